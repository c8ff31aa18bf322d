import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"

const rule = new CalendarRule({
  frequency: "MONTHLY",
  interval: 2,
  timeZone: "Europe/Berlin",
  nthWeekdays: [{ nth: -1, weekday: "FRIDAY" }],
  positions: [1],
  weekStart: "SUNDAY",
  byHours: [18],
  exceptions: [DateTime.makeUnsafe("2026-12-24T17:00:00Z")],
  end: { _tag: "Count", count: 10 }
})
const microgridId = MicrogridId.make(1n)
const created = (recurrence = rule) =>
  Result.getOrThrow(
    CreateCodec.encode(microgridId, {
      type: "PEAK",
      startTime: DateTime.makeUnsafe("2026-03-02T17:00:00Z"),
      duration: Duration.hours(1),
      target: Target.componentCategories("BATTERY"),
      recurrence
    })
  )

/** A request of which one part of the rule is another. */
const changed = (change: (calendar: Protobuf.CalendarRule) => void) => {
  const request = created()
  const calendar = request.dispatchData?.calendar
  if (calendar !== undefined) change(calendar)
  return CreateCodec.decode(request)
}

describe("a rule in local time on the wire", () => {
  it("is read as it was written, beside an absent recurrence", () => {
    const request = created()
    assert.isUndefined(request.dispatchData?.recurrence)
    const bytes = toBinary(Protobuf.CreateMicrogridDispatchRequestSchema, request)
    const read = CreateCodec.decode(fromBinary(Protobuf.CreateMicrogridDispatchRequestSchema, bytes))
    assert.deepStrictEqual(Result.getOrThrow(read).dispatch.recurrence, rule)
  })

  it("stands in field 50001 of the data of a dispatch and of an update", () => {
    for (const schema of [
      Protobuf.DispatchDataSchema,
      Protobuf.UpdateMicrogridDispatchRequest_DispatchUpdateSchema
    ]) {
      assert.strictEqual(schema.fields.find(({ name }) => name === "calendar")?.number, 50_001)
      assert.strictEqual(schema.fields.find(({ name }) => name === "name")?.number, 50_002)
    }
  })

  const refused: ReadonlyArray<readonly [string, (calendar: Protobuf.CalendarRule) => void, why: string]> = [
    ["calendar.timeZone", (calendar) => (calendar.timeZone = "Europe/Atlantis"), "Europe/Atlantis"],
    ["calendar.frequency", (calendar) => delete calendar.rule, "required"],
    [
      "calendar.weekStart",
      (calendar) => (calendar.weekStart = Protobuf.RecurrenceRule_Weekday.UNSPECIFIED - 1),
      "not a weekday"
    ],
    [
      "calendar.nthWeekdays[0].nth",
      ({ nthWeekdays }) => nthWeekdays.forEach((each) => (each.nth = 9)),
      "from 1 to 5"
    ],
    ["calendar.byHours[1]", ({ rule }) => rule?.byhours.push(24), "from 0 to 23"],
    ["calendar.positions", ({ rule }) => rule?.byhours.push(9), "one time of day"]
  ]
  for (const [path, change, why] of refused) {
    it(`that is wrong is refused by its place: ${path}`, () => {
      const read = changed(change)
      assert.isTrue(Result.isFailure(read))
      if (Result.isSuccess(read)) return
      assert.strictEqual(read.failure.path, path)
      assert.include(read.failure.message, why)
    })
  }

  it("beside a recurrence is two rules; one without a frequency is none", () => {
    const request = created()
    const data = request.dispatchData
    assert.isDefined(data)
    if (data === undefined) return
    data.recurrence = create(Protobuf.RecurrenceRuleSchema, {})
    assert.isTrue(Result.isSuccess(CreateCodec.decode(request)))
    data.recurrence = create(Protobuf.RecurrenceRuleSchema, { freq: Protobuf.RecurrenceRule_Frequency.DAILY })
    const read = CreateCodec.decode(request)
    assert.isTrue(Result.isFailure(read) && read.failure.message.includes("two rules"))
  })

  /** A dispatch of which parts of the rule are others. */
  const dispatchWith = (parts: Partial<Protobuf.CalendarRule>) =>
    create(Protobuf.DispatchSchema, {
      metadata: {
        dispatchId: 7n,
        createTime: { seconds: 1n },
        updateTime: { seconds: 1n }
      },
      data: {
        ...created().dispatchData,
        calendar: { ...created().dispatchData?.calendar, ...parts }
      } as never
    })

  it("of a zone that is not known here is unreadable, with its id, but read from a store", () => {
    const message = dispatchWith({ timeZone: "Europe/Atlantis" })
    const record = DispatchCodec.decodeRecord(message)
    assert.isTrue("_tag" in record && record._tag === "UnreadableDispatch" && record.id === 7n)
    const stored = Result.getOrThrow(DispatchCodec.decodeStored(message))
    assert.strictEqual(stored.recurrence?.timeZone, "Europe/Atlantis")
    assert.isUndefined(stored.nextRun(DateTime.makeUnsafe(0)))
  })

  it("with any other mistake is not read from a store either", () => {
    const stored = DispatchCodec.decodeStored(dispatchWith({ positions: [0] }))
    assert.isTrue(Result.isFailure(stored) && stored.failure.path.startsWith("calendar.positions"))
  })

  it("is changed as a whole, by its exceptions, and taken away", () => {
    const id = DispatchId.make(7n)
    const exceptions = [DateTime.makeUnsafe("2026-12-25T17:00:00Z")]
    for (const [calendar, path] of [
      [rule, "calendar"],
      [{ exceptions }, "calendar.exceptions"],
      [null, "calendar"]
    ] as const) {
      const request = Result.getOrThrow(UpdateCodec.encode(microgridId, id, { calendar }))
      assert.deepStrictEqual(request.updateMask?.paths, [path])
      assert.deepStrictEqual(Result.getOrThrow(UpdateCodec.decode(request)).changes, { calendar })
    }
  })
})
