import * as DispatchId from "@effect-dispatch/core/DispatchId"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import * as Form from "../src/pages/form.ts"
import { matches, noFilter, rowsOf } from "../src/state/rows.ts"
import { summed } from "../src/words/summary.ts"
import { Zone } from "../src/time/zone.ts"
import { nextRuns } from "../src/words/runs.ts"
import * as Sentence from "../src/words/sentence.ts"
import * as Warnings from "../src/words/warnings.ts"
import * as PartWords from "../src/words/part.ts"
import type { Draft } from "../src/worker/protocol.ts"

const berlin = new Zone("Europe/Berlin")
const now = Date.parse("2026-11-28T12:00:00Z")

type Rule = ConstructorParameters<typeof RecurrenceRule>[0]

const dispatch = (fields: Partial<Dispatch> & { readonly rule?: Rule; readonly start?: string } = {}) => {
  const { rule, start = "2026-11-28T13:00:00Z", ...rest } = fields
  return new Dispatch({
    id: DispatchId.make(1n),
    type: "CHARGE",
    startTime: DateTime.makeUnsafe(start),
    duration: Duration.hours(1),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: DateTime.makeUnsafe(now),
    updateTime: 1n,
    ...(rule === undefined ? undefined : { recurrence: new RecurrenceRule(rule) }),
    ...rest
  })
}

describe("sentences", () => {
  const told = (rule: Rule, start?: string) =>
    Sentence.ofDispatch(dispatch({ rule, ...(start === undefined ? undefined : { start }) }), now, berlin)

  it("say the time that a rule takes from its start, with the seconds", () => {
    assert.strictEqual(
      told({ frequency: "DAILY", interval: 1 }, "2026-11-28T20:54:21Z").rule,
      "Every day at 20:54:21 UTC."
    )
    assert.match(
      told({ frequency: "DAILY", interval: 1, byHours: [6], byMinutes: [0] }, "2026-11-28T20:54:15Z").rule,
      /06:00:15 UTC/
    )
  })

  it("say the second of steps by hours and minutes, too", () => {
    const start = "2026-11-28T20:33:20Z"
    assert.strictEqual(
      told({ frequency: "HOURLY", interval: 1 }, start).rule,
      "Every hour at minute 33, second 20."
    )
    assert.strictEqual(
      told({ frequency: "MINUTELY", interval: 3 }, start).rule,
      "Every 3 minutes at second 20."
    )
    assert.strictEqual(
      told({ frequency: "HOURLY", interval: 1 }, "2026-11-28T20:33:00Z").rule,
      "Every hour at minute 33."
    )
  })

  it("say what it is here, and from which day it is another", () => {
    assert.strictEqual(
      told({ frequency: "DAILY", interval: 1, byHours: [6], byMinutes: [0] }).here,
      "Here at 07:00, from Sun 28 Mar 2027 at 08:00."
    )
  })

  it("of a rule on the clock here say nothing of a move, and of one elsewhere when it moves here", () => {
    const daily = { frequency: "DAILY", interval: 1, byHours: [6], byMinutes: [0] } as const
    const on = (timeZone: string) =>
      Sentence.ofDispatch(dispatch({ recurrence: CalendarRule.make({ ...daily, timeZone }) }), now, berlin)
    assert.deepStrictEqual(on("Europe/Berlin"), {
      rule: "Every day at 06:00 Europe/Berlin.",
      here: undefined
    })
    // New York is set three weeks before Berlin.
    assert.strictEqual(on("America/New_York").here, "Here at 12:00, from Sun 14 Mar 2027 at 11:00.")
    assert.strictEqual(on("Europe/Paris").here, "Here at 06:00.")
  })

  it("say that a dispatch without an end runs once", () => {
    const unending = dispatch({ duration: Duration.infinity, rule: { frequency: "DAILY", interval: 1 } })
    assert.match(Sentence.ofDispatch(unending, now, berlin).rule, /^Once, .* its rule is not looked at/)
  })
})

describe("next runs", () => {
  const noted = (timeZone: string, time: readonly [number, number], from: string) =>
    nextRuns(
      dispatch({
        start: from,
        recurrence: CalendarRule.make({
          frequency: "DAILY",
          interval: 1,
          byHours: [time[0]],
          byMinutes: [time[1]],
          timeZone
        })
      }),
      Date.parse(from),
      3,
      new Zone(timeZone)
    ).map(({ begin, note }) => `${new Date(begin).toISOString().slice(5, 16)} ${note ?? "-"}`)

  it("say what a change of the clock does to a run", () => {
    assert.deepStrictEqual(noted("Europe/Berlin", [2, 30], "2027-03-27T00:00:00Z"), [
      "03-27T01:30 -",
      "03-28T01:30 later, as the clock leaps over its time",
      "03-29T00:30 -"
    ])
    assert.deepStrictEqual(noted("Europe/Berlin", [2, 30], "2027-10-30T00:00:00Z"), [
      "10-30T00:30 -",
      "10-31T00:30 the first of two such times",
      "11-01T01:30 clock now +01:00"
    ])
    // Lord Howe is set by half an hour.
    assert.deepStrictEqual(noted("Australia/Lord_Howe", [2, 15], "2027-10-02T00:00:00Z"), [
      "10-02T15:45 later, as the clock leaps over its time",
      "10-03T15:15 -",
      "10-04T15:15 -"
    ])
  })
})

describe("a run during which the clock is set", () => {
  it("says so, as its end reads as if it were shorter or longer", () => {
    const notes = (start: string, zone: string) =>
      nextRuns(dispatch({ start, duration: Duration.hours(2) }), Date.parse(start), 1, new Zone(zone)).map(
        ({ note }) => note
      )
    assert.deepStrictEqual(notes("2027-10-31T00:30:00Z", "Europe/Berlin"), ["clock +01:00 at its end"])
    assert.deepStrictEqual(notes("2027-03-28T00:30:00Z", "Europe/Berlin"), ["clock +02:00 at its end"])
    assert.deepStrictEqual(notes("2027-10-31T00:30:00Z", "UTC"), [undefined])
    assert.deepStrictEqual(notes("2027-10-31T01:30:00Z", "Europe/Berlin"), [undefined])
  })
})

describe("doubts", () => {
  const doubts = (
    shown: Dispatch,
    others: ReadonlyArray<Dispatch> = [],
    { isNew = true, hasStart = true } = {}
  ) => Warnings.ofDispatch(shown, { others, now, zone: berlin, isNew, hasStart }).join(" ")

  it.each([
    ["in the past", dispatch({ start: "2026-11-28T11:00:00Z" }), /in the past/],
    [
      "never",
      dispatch({ rule: { frequency: "YEARLY", interval: 1, byMonths: [2], byMonthDays: [30] } }),
      /never occurs/
    ],
    [
      "overlapping itself",
      dispatch({ duration: Duration.hours(2), rule: { frequency: "HOURLY", interval: 1 } }),
      /overlaps itself/
    ],
    [
      "on another day",
      dispatch({ rule: { frequency: "WEEKLY", interval: 1, byWeekdays: ["MONDAY"] } }),
      /not on the day of the start but on Mon 30 Nov/
    ],
    [
      "unending with a rule",
      dispatch({ duration: Duration.infinity, rule: { frequency: "DAILY", interval: 1 } }),
      /runs once/
    ],
    [
      "moved by the clock",
      dispatch({ rule: { frequency: "DAILY", interval: 1, byHours: [6], byMinutes: [0] } }),
      /07:00 here becomes 08:00 on Sun 28 Mar/
    ]
  ] as const)("are told of a dispatch that is %s", (_, shown, expected) =>
    assert.match(doubts(shown), expected)
  )

  it("are told of one that shares a component with another at a time, and of no other", () => {
    const other = (fields: Parameters<typeof dispatch>[0]) =>
      dispatch({ id: DispatchId.make(2n), type: "PEAK", ...fields })
    const shared = other({ start: "2026-11-28T13:30:00Z" })
    assert.match(doubts(dispatch(), [shared]), /shares 1 with #2 PEAK at 14:30/)
    const named = other({ start: "2026-11-28T13:30:00Z", name: "winter peak" })
    assert.match(doubts(dispatch(), [named]), /shares 1 with #2 winter peak PEAK at 14:30/)
    assert.strictEqual(doubts(dispatch(), [other({ start: "2026-11-28T14:30:00Z" })]), "")
    assert.strictEqual(
      doubts(dispatch(), [other({ start: "2026-11-28T13:30:00Z", target: Target.componentIds(2n) })]),
      ""
    )
    assert.strictEqual(doubts(dispatch(), [other({ start: "2026-11-28T13:30:00Z", active: false })]), "")
  })
})

describe("the form", () => {
  const draft: Draft = {
    type: "CHARGE",
    startTime: DateTime.makeUnsafe("2027-10-31T01:30:00Z"),
    durationSeconds: Duration.minutes(90),
    target: Target.componentCategories("BATTERY", { category: "INVERTER", subtype: "PV" }),
    active: true,
    dryRun: false,
    payload: { power_w: 1 },
    recurrence: new RecurrenceRule({ frequency: "DAILY", interval: 1 })
  }

  it("gives back what it was opened with, also at a time that comes twice", () => {
    const read = Form.draftOf(Form.formOf(draft, berlin), berlin, now)
    assert.deepStrictEqual(Result.getOrThrow(read), draft)
  })

  it("says of each field what is wrong", () => {
    const form = {
      ...Form.withRuleText(Form.formOf(draft, berlin), "FREQ=SOMETIMES", berlin),
      type: "",
      categories: [],
      start: "2027-03-28T02:30:00",
      length: "soon",
      payload: '{\n "a": }'
    }
    const read = Form.draftOf(form, berlin, now)
    const faults: Form.Faults = Result.isFailure(read) ? read.failure : {}
    assert.deepStrictEqual(Object.keys(faults).sort(), [
      "categories",
      "length",
      "payload",
      "ruleText",
      "start",
      "type"
    ])
    assert.match(faults.start ?? "", /does not exist in Europe\/Berlin/)
    assert.match(faults.payload ?? "", /line 2/)
  })

  it.each([
    ["1h 30m", 5_400],
    ["90m", 5_400],
    ["45 s", 45],
    ["1:30", 5_400],
    ["1:30:15", 5_415],
    ["2d", 172_800]
  ])("reads the length %s", (length, seconds) => {
    const read = Form.readLength({ length, lengthKind: "length" })
    assert.strictEqual(Duration.toSeconds(Result.getOrThrow(read)), seconds)
  })

  it("text and choices of a rule fill each other, and a text that cannot be read changes no choice", () => {
    const form = Form.formOf({ ...draft, recurrence: null }, berlin)
    const typed = Form.withRuleText(form, "FREQ=WEEKLY;BYDAY=MO", berlin)
    assert.deepStrictEqual(typed.rule?.byWeekdays, ["MONDAY"])
    assert.strictEqual(Form.withRuleText(typed, "FREQ=WEE", berlin).rule, typed.rule)
    assert.isDefined(Form.withRuleText(typed, "FREQ=WEE", berlin).ruleFault)
    assert.strictEqual(
      Form.withRule(form, typed.rule && Result.succeed(typed.rule)).ruleText,
      "RRULE:FREQ=WEEKLY;BYDAY=MO"
    )
  })

  it("a rule that is typed is on the clock of the page, unless its text names another", () => {
    const form = Form.formOf({ ...draft, recurrence: null }, berlin)
    const typed = (text: string) => Form.withRuleText(form, text, berlin)
    assert.strictEqual(typed("FREQ=DAILY;BYHOUR=6;BYMINUTE=0").rule?.timeZone, "Europe/Berlin")
    assert.isUndefined(typed("FREQ=HOURLY").rule?.timeZone)
    const elsewhere = typed("DTSTART;TZID=America/New_York:20261201T080000\nRRULE:FREQ=DAILY")
    assert.strictEqual(elsewhere.rule?.timeZone, "America/New_York")
    assert.strictEqual(elsewhere.start, "2026-12-01T14:00:00")
  })

  it("gives back a rule in local time with its exceptions, also of a clock that it does not show", () => {
    const calendar = CalendarRule.make({
      frequency: "MONTHLY",
      interval: 1,
      timeZone: "America/New_York",
      nthWeekdays: [{ nth: -1, weekday: "FRIDAY" }],
      exceptions: [DateTime.makeUnsafe("2027-01-29T13:00:00Z")]
    })
    const form = Form.formOf({ ...draft, recurrence: null, calendar }, berlin)
    assert.deepStrictEqual(Result.getOrThrow(Form.draftOf(form, berlin, now)).calendar, calendar)
    assert.deepStrictEqual(Form.withRuleText(form, form.ruleText, berlin).rule, calendar)
  })

  it("a rule that names its times, from now on, is not at the seconds of now", () => {
    const at = (ruleText: string) => {
      const form = Form.withRuleText({ ...Form.formOf(draft, berlin), startKind: "now" }, ruleText, berlin)
      return Result.getOrThrow(Form.draftOf(form, berlin, now + 25_000)).startTime?.epochMilliseconds
    }
    assert.strictEqual(at("FREQ=DAILY;BYHOUR=6;BYMINUTE=0"), now + 60_000)
    assert.isUndefined(at("FREQ=DAILY"))
  })

  it("a name is checked as the service checks it", () => {
    const read = Form.draftOf({ ...Form.formOf(draft, berlin), name: " peak" }, berlin, now)
    assert.match(Result.isFailure(read) ? (read.failure.name ?? "") : "", /blank/)
    const named = Form.draftOf({ ...Form.formOf(draft, berlin), name: "winter/peak" }, berlin, now)
    assert.strictEqual(Result.getOrThrow(named).name, "winter/peak")
  })
})

describe("rows", () => {
  const at = DateTime.makeUnsafe(now)
  const all = [
    dispatch({ id: DispatchId.make(10n), type: "PEAK", start: "2026-11-29T00:00:00Z" }),
    dispatch({ id: DispatchId.make(2n), start: "2026-11-28T11:30:00Z" }),
    dispatch({ id: DispatchId.make(3n), active: false }),
    dispatch({ id: DispatchId.make(4n), start: "2026-11-28T12:30:00Z", payload: { note: "Keller" } })
  ]
  const ids = (choice: Partial<Parameters<typeof rowsOf>[1]>) =>
    rowsOf(all, { filter: noFilter, sort: "next", group: "none", missed: new Map(), ...choice }, at).map(
      ({ dispatch }) => Number(dispatch.id)
    )

  it("come with what runs, then by the next run; paused ones are last", () =>
    assert.deepStrictEqual(ids({}), [2, 4, 10, 3]))

  it("are filtered by id, by type, and by words of the payload", () => {
    assert.deepStrictEqual(ids({ filter: { ...noFilter, text: "#1" } }), [])
    assert.deepStrictEqual(ids({ filter: { ...noFilter, text: "#10" } }), [10])
    assert.deepStrictEqual(ids({ filter: { ...noFilter, text: "keller charge" } }), [4])
    assert.deepStrictEqual(ids({ filter: { ...noFilter, onlyPaused: true } }), [3])
    const missed = new Map([[4n, 2]])
    assert.deepStrictEqual(ids({ filter: { ...noFilter, onlyMissed: true }, missed }), [4])
    assert.isTrue(all.every((each) => matches(each, "  ")))
  })

  it("in groups keep their order within", () =>
    assert.deepStrictEqual(ids({ group: "type", sort: "id" }), [2, 3, 4, 10]))

  it("starts and stops are said in one sentence", () => {
    const line = (kind: "Running" | "Stopped" | "Created") => ({
      at: 1,
      kind,
      dispatch: null,
      detail: ""
    })
    assert.strictEqual(
      summed([line("Running"), line("Running"), line("Created"), line("Stopped")]),
      "2 runs started, 1 run stopped"
    )
    assert.strictEqual(summed([line("Created")]), "")
  })
})

describe("the part that is shown", () => {
  it("W12: says how many of how many are shown", () => {
    const size = { all: 250_000, chosen: 1_234, isTooMany: false }
    assert.strictEqual(PartWords.counts(1_235, "CHARGE", size), "1,235 of 250,000 dispatches")
    assert.strictEqual(PartWords.counts(1, "", { ...size, all: 1 }), "1 dispatch")
    assert.strictEqual(PartWords.counts(3, "CHARGE", null), "3 dispatches")
    assert.strictEqual(PartWords.counts(0, "", { ...size, isTooMany: true }), "250,000 dispatches")
    const tooMany = { all: 250_000, chosen: 120_000, isTooMany: true }
    assert.match(PartWords.tooMany("", tooMany), /has 250,000 dispatches.* up to 100,000\. Choose a part/)
    assert.match(PartWords.tooMany("CHARGE", tooMany), /120,000 of them are in the part “CHARGE”/)
  })
})
