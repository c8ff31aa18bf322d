import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Result, Schema } from "effect"
import * as Times from "../../src/output/times.ts"
import type { Plan } from "../../src/plan/plan.ts"
import { jsonSchema, PlanFields } from "../../src/plan/planFields.ts"
import { parsePlan } from "../../src/plan/planReading.ts"
import { ofDispatches, ofNew } from "../../src/plan/planWriting.ts"
import { stepOf } from "../../src/plan/steps.ts"
import { sameDraft, draftOf } from "../../src/schedule/draft.ts"
import { plainest } from "../../src/schedule/rule.ts"
import { newDraft } from "../../src/plan/plan.ts"
import { at, clock, dispatchOf } from "../fixtures.ts"
import { Draw } from "./generated.ts"

const now = at("2026-03-27T10:30:00Z")
const origin = { plan: undefined, microgrid: MicrogridId.make(7n), service: "dispatch.example:443" }

const planOf = (text: string): Plan =>
  Result.getOrThrowWith(parsePlan(text), (faults) => new Error(JSON.stringify(faults)))

const faultsOf = (text: string): ReadonlyArray<string> => {
  const read = parsePlan(text)
  return Result.isFailure(read) ? read.failure.map(({ line, message }) => `${line}: ${message}`) : []
}

const one = (fields: string) => planOf(`dispatches:\n  - ${fields}`).dispatches[0]
const faultOf = (fields: string) => faultsOf(`dispatches:\n  - ${fields}`)[0] ?? "read"

describe("a plan that was exported", () => {
  it("says the same again, of every kind of dispatch, in any zone", () => {
    const dispatches = Array.from({ length: 1_000 }, (_, index) => new Draw(index).dispatch(index + 1, now))
    for (const zone of ["Europe/Berlin", "Asia/Kolkata", "UTC"]) {
      const times = Times.make(clock(zone))
      const plan = planOf(ofDispatches(dispatches, origin, times))
      assert.deepStrictEqual([plan.microgrid, plan.service], [origin.microgrid, origin.service])
      assert.lengthOf(plan.dispatches, dispatches.length)
      for (const [index, planned] of plan.dispatches.entries()) {
        const dispatch = dispatches[index] ?? dispatchOf(1)
        assert.strictEqual(stepOf(planned, dispatch, now)._tag, "Same", String(planned.id))
        const draft = Result.getOrThrowWith(newDraft(planned), (fault) => new Error(fault))
        const { recurrence, ...fields } = draftOf(dispatch)
        const original = recurrence === undefined ? fields : { ...fields, recurrence: plainest(recurrence) }
        assert.isTrue(sameDraft(draft, original, now), String(planned.id))
      }
    }
  })

  it("says the name of what has one, and is that of a plan if it is asked for", () => {
    const dispatches = [dispatchOf(1), dispatchOf(2, { name: "week/a" }), dispatchOf(3, { name: "week/b/c" })]
    const keys = (plan: string | undefined, list = dispatches) => {
      const read = planOf(ofDispatches(list, { ...origin, plan }, Times.make(clock("UTC"))))
      return [read.name, ...read.dispatches.map(({ id, name }) => name ?? String(id))]
    }
    assert.deepStrictEqual(keys(undefined), [undefined, "1", "week/a", "week/b/c"])
    assert.deepStrictEqual(keys("week", dispatches.slice(1)), ["week", "week/a", "week/b/c"])
  })

  it("has names where it is of new ones, and is JSON as well", () => {
    const draft = { ...draftOf(dispatchOf(1)), startTime: at("2026-03-27T10:00:00Z"), name: "1: a#b" }
    const plan = planOf(ofNew([draft], undefined, Times.make(clock("UTC"))))
    assert.deepStrictEqual(
      plan.dispatches.map(({ id, name }) => [id, name]),
      [[undefined, "1: a#b"]]
    )
    const json =
      '{\n\t"microgrid": "7",\n\t"dispatches": [\n\t\t{"id": "18446744073709551615", "duration": 90}\n\t]\n}'
    assert.deepStrictEqual(String(planOf(json).dispatches[0]?.id), "18446744073709551615")
  })
})

describe("a plan that a person has written", () => {
  it("has its defaults in one place, which an entry may take back", () => {
    const plan = planOf(`
plan: week
defaults:
  zone: Europe/Berlin
  target: [BATTERY, EV_CHARGER:AC]
  payload: {power_w: 5}
dispatches:
  - {name: a, start: 2026-03-29T08:00}
  - {name: b, start: 2026-03-29 08:00:30Z, target: 1-3, payload: null, duration: 20m}
`)
    const [first, second] = plan.dispatches
    assert.deepStrictEqual([plan.name, first?.line, second?.line], ["week", 8, 9])
    assert.deepStrictEqual(first?.startTime, at("2026-03-29T06:00:00Z"))
    assert.deepStrictEqual(
      first?.target,
      Target.componentCategories("BATTERY", { category: "EV_CHARGER", subtype: "AC" })
    )
    assert.deepStrictEqual(first?.payload, { power_w: 5 })
    assert.deepStrictEqual(second?.startTime, at("2026-03-29T08:00:30Z"))
    assert.deepStrictEqual([second?.target, second?.payload], [Target.componentIds(1n, 2n, 3n), {}])
    assert.deepStrictEqual(second?.duration, Duration.minutes(20))
  })

  it("calls its dispatches PLAN/NAME; without a name of its own it says whole names", () => {
    const named = (head: string) =>
      planOf(`${head}dispatches: [{name: a}, {id: 2}]`).dispatches.map(({ name }) => name)
    assert.deepStrictEqual(named("plan: week\n"), ["week/a", undefined])
    assert.deepStrictEqual(named(""), ["a", undefined])
    assert.match(
      faultsOf("plan: a/b\ndispatches: []")[0] ?? "",
      /^1: plan "a\/b" must be a name without a slash/
    )
  })

  it("says nothing of a field that is not there, and null clears", () => {
    assert.deepStrictEqual(Object.keys(one("id: 3") ?? {}), ["line", "id"])
    const cleared = one("{id: 3, duration: null, payload: null, recurrence: null}")
    assert.isFalse(Duration.isFinite(cleared?.duration ?? Duration.zero))
    assert.deepStrictEqual([cleared?.payload, cleared?.recurrence], [{}, null])
    assert.isTrue(Duration.isZero(one("{id: 3, duration: 0}")?.duration ?? Duration.infinity))
  })

  it("has rules by fields or as RRULE", () => {
    const rule = new RecurrenceRule({
      frequency: "WEEKLY",
      interval: 2,
      byWeekdays: ["MONDAY", "SUNDAY"],
      byHours: [8],
      end: { _tag: "Until", until: at("2026-06-01T22:00:00Z") }
    })
    const [byFields, byText] = planOf(`
dispatches:
  - {id: 1, recurrence: {frequency: weekly, interval: 2, byWeekdays: [mon, SUNDAY], byHours: [8], until: 2026-06-02T00:00+02:00}}
  - {id: 2, recurrence: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;BYHOUR=8;UNTIL=20260601T220000Z"}
`).dispatches
    assert.deepStrictEqual([byFields?.recurrence, byText?.recurrence], [rule, rule])
  })

  it("has rules on the clock of its zone, unless they say another one; steps of real time have none", () => {
    const rules = planOf(`
defaults: {zone: Europe/Berlin}
dispatches:
  - {id: 1, recurrence: {frequency: daily, until: 2026-06-02, byHours: [8]}}
  - {id: 2, recurrence: {frequency: daily, zone: UTC}}
  - {id: 3, recurrence: {frequency: monthly, zone: america/new_york, nthWeekdays: [-1fri, 2mon]}}
  - {id: 4, recurrence: {frequency: hourly, interval: 6}}
  - {id: 5, recurrence: {frequency: weekly, interval: 2, byWeekdays: [mon, sun], weekStart: sun, positions: [1]}}
  - {id: 6, recurrence: "FREQ=WEEKLY;BYDAY=MO"}
  - {id: 7, recurrence: {frequency: monthly, zone: UTC, nthWeekdays: [1mon]}}
`).dispatches.map(({ recurrence }) => ({ ...recurrence }))
    const zoned = { interval: 1, timeZone: "Europe/Berlin" }
    assert.deepStrictEqual(rules, [
      {
        ...zoned,
        frequency: "DAILY",
        byHours: [8],
        end: { _tag: "Until", until: at("2026-06-02T21:59:59Z") }
      },
      { frequency: "DAILY", interval: 1 },
      {
        frequency: "MONTHLY",
        interval: 1,
        timeZone: "America/New_York",
        nthWeekdays: [
          { nth: -1, weekday: "FRIDAY" },
          { nth: 2, weekday: "MONDAY" }
        ]
      },
      { frequency: "HOURLY", interval: 6 },
      {
        ...zoned,
        frequency: "WEEKLY",
        interval: 2,
        byWeekdays: ["MONDAY", "SUNDAY"],
        weekStart: "SUNDAY",
        positions: [1]
      },
      { ...zoned, frequency: "WEEKLY", byWeekdays: ["MONDAY"] },
      { frequency: "MONTHLY", interval: 1, timeZone: "UTC", nthWeekdays: [{ nth: 1, weekday: "MONDAY" }] }
    ])
  })

  it("has exceptions by their start or by the day, and null for none", () => {
    const plan = planOf(`
defaults: {zone: Europe/Berlin}
dispatches:
  - {id: 1, exceptions: [2026-12-24, 2026-12-25T08:00, 2026-12-26T08:00Z]}
  - {id: 2, exceptions: null}
`)
    assert.deepStrictEqual(
      plan.dispatches.map(({ exceptions }) => exceptions),
      [
        [
          { _tag: "Day", day: Date.UTC(2026, 11, 24) / 86_400_000 },
          { _tag: "Time", at: at("2026-12-25T07:00:00Z") },
          { _tag: "Time", at: at("2026-12-26T08:00:00Z") }
        ],
        null
      ]
    )
  })

  it("is refused with the line and the field of each fault, all of them at once", () => {
    const cases: ReadonlyArray<readonly [string, RegExp]> = [
      ["start: tomorrow", /^2: start "tomorrow" must be a date and a time of day/],
      ["start: now", /^2: start "now" must be/],
      ["start: 2026-03-01", /^2: start "2026-03-01" must be/],
      ["start: 2026-02-30T08:00Z", /^2: start "2026-02-30T08:00Z" is not in the calendar/],
      ["start: 2026-03-01T25:00Z", /^2: start "2026-03-01T25:00Z" is not a time/],
      [
        "start: 2026-03-01T08:00",
        /^2: start ".*" needs an offset, as in 2026-03-01T08:00Z, or the plan a zone/
      ],
      ["active: yes", /^2: active "yes" must be true or false/],
      ["durration: 3", /^2: durration is no field of a plan there/],
      ["duration: long", /^2: duration "long" is not understood/],
      ["duration: -1", /^2: duration -1 is not understood/],
      ["duration: true", /^2: duration true must be a length/],
      ["target: toaster", /^2: target "toaster" has "toaster", which is not a category/],
      ["target: []", /^2: target/],
      ["payload: [1]", /^2: payload \[1\] must be a map/],
      ["payload: {id: 9007199254740993}", /^2: payload.id 9007199254740993 is beyond 2\^53/],
      ["payload: {id: 1e300}", /beyond 2\^53 .*; use a text/],
      ["id: twelve", /^2: id "twelve" must be an id/],
      ["id: 18446744073709551616", /^2: id 18446744073709551616 must be from 0/],
      [`name: " a"`, /^2: name " a" begins or ends with a blank/],
      [`name: ${"a".repeat(257)}`, /^2: name ".*" 257 characters, must be from 1 to 256/],
      ["{id: 1, name: a}", /^2: name and id cannot both be given/],
      ["recurrence: {interval: 2}", /^2: recurrence.frequency is missing/],
      [
        "recurrence: {frequency: daily, byHours: [24]}",
        /^2: recurrence.byHours\[0\] 24 must be a whole number from 0 to 23$/
      ],
      [
        "recurrence: {frequency: fortnightly}",
        /^2: recurrence.frequency "fortnightly" must be one of minutely, hourly/
      ],
      ["recurrence: {frequency: daily, byHour: [2]}", /^2: recurrence.byHour is no field/],
      ["recurrence: {frequency: daily, count: 1, until: 2026-03-01T08:00Z}", /^2: recurrence has both/],
      ["recurrence: {frequency: daily, zone: Mars}", /^2: recurrence "Mars" is no time zone/],
      [
        "recurrence: {frequency: daily, until: 2026-02-30}",
        /^2: recurrence until ".*" is not in the calendar/
      ],
      [
        "recurrence: {frequency: hourly, zone: Europe/Berlin}",
        /^2: recurrence zone means nothing to a rule of hourly/
      ],
      [
        "recurrence: {frequency: hourly, positions: [1]}",
        /^2: recurrence positions means nothing to a rule of hourly/
      ],
      ["recurrence: {frequency: daily, nthWeekdays: [1mon]}", /^2: recurrence nthWeekdays/],
      [
        "recurrence: {frequency: monthly, nthWeekdays: [first]}",
        /^2: recurrence.nthWeekdays\[0\] "first" must be a weekday with/
      ],
      ["exceptions: 2026-12-24", /^2: exceptions "2026-12-24" must be a list/],
      ["exceptions: [2026-12-32]", /^2: exceptions\[0\] "2026-12-32" is not in the calendar/],
      ["exceptions: [christmas]", /^2: exceptions\[0\] "christmas" must be a date/],
      ['recurrence: "RRULE:FREQ=DAILY\\nEXDATE:20260301T080000Z"', /^2: recurrence has an EXDATE/],
      ["recurrence: FREQ=NEVER", /^2: recurrence "FREQ=NEVER" is not a rule: /],
      [`recurrence: "DTSTART:20260301T080000Z\\nRRULE:FREQ=DAILY"`, /^2: recurrence has a DTSTART/]
    ]
    for (const [fields, expected] of cases) assert.match(faultOf(fields), expected, fields)
    const several = faultsOf(`
microgrid: site
dispatches:
  - id: 1
    start: soon
  - id: 2
    active: 1
`)
    assert.deepStrictEqual(
      several.map((fault) => fault.split(" ").slice(0, 2).join(" ")),
      ["2: microgrid", "5: start", "7: active"]
    )
    assert.deepStrictEqual(faultsOf("dispatches:\n  - id: 1\n  - name: a\n  - id: 01\n  - name: a"), [
      "4: id 1 is planned on line 2 already",
      "5: name a is planned on line 3 already"
    ])
  })

  it("is refused where its clock shows a time twice or never", () => {
    const zoned = (time: string) =>
      faultsOf(`defaults: {zone: Europe/Berlin}\ndispatches:\n  - start: ${time}`)
    assert.deepStrictEqual(zoned("2026-03-29T03:30"), [])
    for (const time of ["2026-03-29T02:30", "2026-10-25T02:30"])
      assert.match(zoned(time)[0] ?? "", /no instant in Europe\/Berlin, or two/)
    assert.match(
      faultsOf("defaults: {zone: Europe/Nowhere}\ndispatches: []")[0] ?? "",
      /^1: defaults.zone "Europe\/Nowhere" is no time zone/
    )
  })

  it("is refused where it is no plan at all", () => {
    for (const text of [
      "",
      "[]",
      "1",
      "dispatches: 3",
      "{",
      "a: b: c",
      "dispatches:\n - x\n- y",
      '{"id": "1"}'
    ]) {
      assert.isAbove(faultsOf(text).length, 0, text)
    }
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1,1]\n${"bcdefghij"
      .split("")
      .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdefghij"[index]}`).join()}]`)
      .join("\n")}\ndispatches: []`
    assert.match(faultsOf(bomb)[0] ?? "", /alias/)
  })
})

describe("the JSON Schema of plans", () => {
  it("takes what is exported, names every field with its meaning, and leaves no other", () => {
    const schema = JSON.stringify(jsonSchema())
    for (const field of ["defaults", "dispatches", "recurrence", "byWeekdays", "dryRun", "zone"])
      assert.include(schema, `"${field}":{`)
    assert.include(schema, `"description":"How long it runs`)
    assert.match(schema, /^\{"\$schema":"https:\/\/json-schema.org\/draft\/2020-12\/schema"/)
    assert.isTrue(Schema.is(PlanFields)({ dispatches: [] }))
    assert.strictEqual(schema.match(/"additionalProperties":false/g)?.length, 4)
  })
})
