import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { UpdateMicrogridDispatchRequestSchema } from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import type { DispatchChanges, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Payload from "@effect-dispatch/core/Payload"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Duration, Schema } from "effect"
import { changes as arbitraryChanges, microgridIds } from "./arbitraries.ts"
import { assertRefused, success } from "./expectations.ts"

const microgridId = MicrogridId.make(1n)
const id = DispatchId.make(7n)

const written = (changes: DispatchChanges) => success(UpdateCodec.encode(microgridId, id, changes))

/** Over the wire and back, through the bytes. */
const sent = (changes: DispatchChanges): DispatchChanges => {
  const bytes = toBinary(UpdateMicrogridDispatchRequestSchema, written(changes))
  return success(UpdateCodec.decode(fromBinary(UpdateMicrogridDispatchRequestSchema, bytes))).changes
}

const paths = (changes: DispatchChanges) => written(changes).updateMask?.paths

const read = (mask: ReadonlyArray<string>, update?: object) =>
  UpdateCodec.decode(
    create(UpdateMicrogridDispatchRequestSchema, {
      microgridId: 1n,
      dispatchId: 7n,
      updateMask: { paths: [...mask] },
      ...(update === undefined ? {} : { update })
    } as never)
  )

const daily = new RecurrenceRule({ frequency: "DAILY", interval: 1 })

describe("UpdateCodec", () => {
  it.prop("an update changes exactly the keys given, to what was given", [arbitraryChanges], ([changes]) => {
    const back = sent(changes)
    assert.sameMembers(Object.keys(back), Object.keys(changes))
    assert.deepStrictEqual(back.startTime, changes.startTime)
    assert.strictEqual(back.active, changes.active)
    if (changes.duration) {
      const sent = Duration.fromInputUnsafe(changes.duration)
      assert.isTrue(Duration.Equivalence(back.duration as never, sent))
    }
    if (changes.target) assert.isTrue(Target.equals(back.target as never, changes.target))
    if (changes.payload) assert.isTrue(Payload.equals(back.payload as never, changes.payload))
    assert.deepStrictEqual(plain(back.recurrence), plain(changes.recurrence))
    assert.strictEqual(
      back.recurrence instanceof RecurrenceRule,
      changes.recurrence instanceof RecurrenceRule
    )
  })

  it.prop(
    "microgrid and dispatch are whole unsigned 64-bit integers",
    [microgridIds, Arbitrary.schema(DispatchId)],
    ([microgrid, dispatch]) => {
      const request = success(UpdateCodec.encode(microgrid, dispatch, { active: true }))
      const back = success(UpdateCodec.decode(request))
      assert.deepStrictEqual([back.microgridId, back.id], [microgrid, dispatch])
    }
  )

  it("the mask names the keys given, in the names of the API", () => {
    assert.deepStrictEqual(
      paths({
        startTime: DateTime.makeUnsafe(0),
        duration: Duration.zero,
        target: Target.componentIds(1n),
        active: false,
        payload: {},
        recurrence: daily
      }),
      ["start_time", "duration", "target", "is_active", "payload", "recurrence"]
    )
    const part = {
      frequency: "DAILY",
      interval: 2,
      end: null,
      byMinutes: [0],
      byHours: [],
      byWeekdays: ["MONDAY"],
      byMonthDays: [-1],
      byMonths: [12]
    } as const satisfies RecurrenceChanges
    assert.deepStrictEqual(
      paths({ recurrence: part }),
      [
        "freq",
        "interval",
        "end_criteria",
        "byminutes",
        "byhours",
        "byweekdays",
        "bymonthdays",
        "bymonths"
      ].map((field) => `recurrence.${field}`)
    )
  })

  it("the target of an update says categories in the arm that says one thing to every service", () => {
    const { update } = written({ target: Target.componentCategories("BATTERY") })
    assert.strictEqual(update?.target?.components.case, "componentCategoriesTypes")
  })

  it("null clears, and so does what has no end", () => {
    for (const duration of [null, Duration.infinity]) {
      assert.deepStrictEqual(paths({ duration }), ["duration"])
      assert.isUndefined(written({ duration }).update?.duration)
      assert.strictEqual(Duration.toSeconds(sent({ duration }).duration as never), Infinity)
    }
    assert.deepStrictEqual(paths({ recurrence: null }), ["recurrence"])
    assert.isNull(sent({ recurrence: null }).recurrence)
    assert.deepStrictEqual(sent({ recurrence: { end: null, byHours: [] } }).recurrence, {
      end: null,
      byHours: []
    })
  })

  it("a duration is written as Effect takes one", () => {
    assert.strictEqual(written({ duration: "10 minutes" }).update?.duration, 600)
    assert.isUndefined(written({ duration: "Infinity" }).update?.duration)
  })

  it("a duration of zero and a false are values", () => {
    assert.strictEqual(Duration.toSeconds(sent({ duration: Duration.zero }).duration as never), 0)
    assert.isFalse(sent({ active: false }).active)
  })

  it("an interval of 0 becomes 1", () => {
    assert.deepStrictEqual(success(read(["recurrence.interval"], { recurrence: { interval: 0 } })).changes, {
      recurrence: { interval: 1 }
    })
    const whole = success(read(["recurrence"], { recurrence: { freq: 3, interval: 0 } })).changes
    assert.strictEqual(whole.recurrence?.interval, 1)
  })

  it("a rule as a whole says also what is named beside it, in either order", () => {
    for (const mask of [
      ["recurrence.interval", "recurrence"],
      ["recurrence", "recurrence.interval"]
    ]) {
      const { changes } = success(read(mask, { recurrence: { freq: 4, interval: 3 } }))
      assert.instanceOf(changes.recurrence, RecurrenceRule)
      assert.deepStrictEqual(plain(changes.recurrence), { frequency: "WEEKLY", interval: 3 })
    }
  })

  it("a whole rule without a frequency makes it once, whatever else it carries", () => {
    for (const recurrence of [{}, { freq: 0 }, { freq: 0, interval: 3, byhours: [99] }]) {
      const { changes } = success(read(["recurrence"], { recurrence }))
      assert.deepStrictEqual(changes, { recurrence: null })
    }
  })

  it("the empty, present message of Python clients makes it once", () => {
    // microgrid 1, dispatch 7, mask "recurrence", update with field 6 of length 0.
    const bytes = Buffer.from("080110071a0c0a0a726563757272656e6365" + "22023200", "hex")
    const request = fromBinary(UpdateMicrogridDispatchRequestSchema, bytes)
    assert.isDefined(request.update?.recurrence)
    assert.deepStrictEqual(success(UpdateCodec.decode(request)).changes, { recurrence: null })
  })

  it.each([
    [["recurrence.freq"]],
    [["recurrence.freq", "recurrence.interval", "recurrence.byhours"]],
    [["recurrence.interval", "recurrence.byhours", "recurrence.freq"]],
    [["recurrence.interval", "recurrence", "recurrence.freq"]]
  ])("a frequency of 0 wins over all else that %j says of the rule", (mask) => {
    for (const update of [
      { recurrence: { freq: 0, interval: 2, byhours: [99] } },
      { recurrence: { interval: 2, byhours: [99] } }
    ])
      assert.deepStrictEqual(success(read(mask, update)).changes, { recurrence: null })
    // Control: with a frequency the rest is looked at.
    const control = read(mask, { recurrence: { freq: 3, interval: 2, byhours: [23] } })
    assert.strictEqual(success(control).changes.recurrence?.frequency, "DAILY")
  })

  it("a frequency of 0 hides no path that is none", () => {
    assertRefused(read(["recurrence.freq", "recurrence.nonsense"], {}), "changes", /"recurrence.nonsense"/)
  })

  it("selector, which older clients say, is the target; what is below it is what is below the target", () => {
    const update = { target: { components: { case: "componentIds", value: { ids: [3n] } } } }
    assert.deepStrictEqual(success(read(["selector"], update)).changes, { target: Target.componentIds(3n) })
    assert.deepStrictEqual(
      read(["selector.component_ids"], update)._tag,
      read(["target.component_ids"], update)._tag
    )
    assertRefused(read(["selectors"], update), "changes", /"selectors" is not a field/)
  })

  it("what is not in the mask is not changed", () => {
    const changes = success(
      read(["is_active"], { isActive: true, duration: 5, recurrence: { freq: 1 } })
    ).changes
    assert.deepStrictEqual(changes, { active: true })
  })

  it("an update of nothing is refused on both sides", () => {
    assertRefused(UpdateCodec.encode(microgridId, id, {}), "changes", /at least one field/)
    assertRefused(UpdateCodec.encode(microgridId, id, { recurrence: {} }), "changes", /at least one field/)
    assertRefused(read([], { isActive: true }), "changes", /at least one field/)
    assertRefused(UpdateCodec.decode(create(UpdateMicrogridDispatchRequestSchema)), "changes", /at least/)
  })

  it.prop(
    "a path that no update has is refused by name, and what is known is said",
    [
      Arbitrary.schema(
        Schema.Union([
          Schema.String,
          Schema.Literals([
            "type",
            "is_dry_run",
            "recurrence.",
            "*",
            "recurrence.constructor",
            "constructor",
            "__proto__",
            "recurrence.__proto__"
          ])
        ])
      )
    ],
    ([path]) => {
      assertRefused(
        read(["is_active", path], { isActive: true }),
        "changes",
        `"${path}" is not a field of an update; known are start_time, duration, target, is_active, payload, recurrence, calendar, name, recurrence.freq, recurrence.interval, recurrence.end_criteria, recurrence.byminutes, recurrence.byhours, recurrence.byweekdays, recurrence.bymonthdays, recurrence.bymonths, calendar.exceptions`
      )
    }
  )

  it.each<readonly [string, ReadonlyArray<string>, object | undefined, RegExp]>([
    ["startTime", ["start_time"], undefined, /an instant is required/],
    ["target", ["target"], {}, /a target is required/],
    ["active", ["is_active"], {}, /true or false is required/],
    ["payload.x", ["payload"], { payload: { x: Number.NaN } }, /not a finite number/],
    ["recurrence.frequency", ["recurrence"], { recurrence: { freq: 7 } }, /^7 is not a frequency/],
    ["recurrence.frequency", ["recurrence.freq"], { recurrence: { freq: 7 } }, /^7 is not a frequency/],
    ["target", ["selector"], {}, /a target is required/],
    [
      "recurrence.end.count",
      ["recurrence.end_criteria"],
      { recurrence: { endCriteria: { countOrUntil: { case: "count", value: 0 } } } },
      /from 1 to 4294967295/
    ],
    [
      "recurrence.byMinutes[0]",
      ["recurrence.byminutes"],
      { recurrence: { byminutes: [60] } },
      /^the number 60 is/
    ],
    ["recurrence.byHours[0]", ["recurrence.byhours"], { recurrence: { byhours: [24] } }, /^the number 24 is/],
    ["recurrence.byWeekdays[0]", ["recurrence.byweekdays"], { recurrence: { byweekdays: [8] } }, /^8/],
    [
      "recurrence.byMonthDays[0]",
      ["recurrence.bymonthdays"],
      { recurrence: { bymonthdays: [0] } },
      /^the number 0 is/
    ],
    [
      "recurrence.byMonths[0]",
      ["recurrence.bymonths"],
      { recurrence: { bymonths: [13] } },
      /^the number 13 is/
    ]
  ])("what no update can say is refused at %s", (path, mask, update, message) => {
    assertRefused(read(mask, update), path, message)
  })

  it.each<readonly [string, object, RegExp]>([
    ["startTime", { startTime: DateTime.makeUnsafe(8.64e15) }, /years 1 to 9999/],
    ["duration", { duration: Duration.millis(1) }, /whole number of seconds/],
    ["duration", { duration: Number.NaN }, /^the number NaN is not a duration/],
    ["payload.seen", { payload: { seen: new Map() } }, /^a Map is not a JSON value/],
    ["target.ids[0]", { target: { _tag: "ComponentIds", ids: [-1n] } }, /-1/],
    ["payload.x", { payload: { x: Infinity } }, /not a finite number/],
    ["recurrence.interval", { recurrence: { interval: -1 } }, /^the number -1 is not a whole number/],
    ["recurrence.interval", { recurrence: { interval: 0.5 } }, /^the number 0.5 is not a whole number/],
    ["recurrence.end.count", { recurrence: { end: { _tag: "Count", count: 0 } } }, /from 1 to 4294967295/],
    ["recurrence.end.count", { recurrence: { end: { _tag: "Count", count: -1 } } }, /^the number -1 is/],
    [
      "recurrence.byMinutes[1]",
      { recurrence: { byMinutes: [0, 0.5] } },
      /^the number 0.5 is not a whole number from 0 to 59/
    ],
    [
      "recurrence.byHours[0]",
      { recurrence: { byHours: [-1] } },
      /^the number -1 is not a whole number from 0 to 23/
    ],
    [
      "recurrence.byMonthDays[0]",
      { recurrence: { byMonthDays: [1.5] } },
      /^the number 1.5 is not a whole number from 1 to 31/
    ],
    [
      "recurrence.byMonths[0]",
      { recurrence: { byMonths: [13] } },
      /^the number 13 is not a whole number from 1 to 12/
    ]
  ])("what the wire cannot carry is refused at %s", (path, changes, message) => {
    assertRefused(UpdateCodec.encode(microgridId, id, changes), path, message)
  })
})

/** Fields of a rule as they are; an empty list of a whole rule is none. */
const plain = (recurrence: DispatchChanges["recurrence"]): unknown =>
  recurrence instanceof RecurrenceRule
    ? Object.fromEntries(
        Object.entries(recurrence).filter(([, value]) => !Array.isArray(value) || value.length > 0)
      )
    : recurrence
