import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Duration, Result, Schema } from "effect"
import { dispatches } from "./arbitraries.ts"
import { assertRefused, failure, success } from "./expectations.ts"

const second = { seconds: 1_767_607_200n, nanos: 0 }

type Data = MessageInitShape<typeof Wire.DispatchDataSchema>
type Metadata = MessageInitShape<typeof Wire.DispatchMetadataSchema>

const metadata = { dispatchId: 7n, createTime: second, updateTime: second } satisfies Metadata
const data = {
  type: "CHARGE",
  startTime: second,
  target: { components: { case: "componentIds", value: { ids: [1n] } } }
} satisfies Data

/** A message that is right but for what the test says. */
const message = (changed: { readonly metadata?: Metadata; readonly data?: Data } = {}): Wire.Dispatch =>
  create(Wire.DispatchSchema, {
    metadata: create(Wire.DispatchMetadataSchema, { ...metadata, ...changed.metadata } as Metadata),
    data: create(Wire.DispatchDataSchema, { ...data, ...changed.data } as Data)
  })

const dispatch = success(DispatchCodec.decodeDispatch(message()))

/** The dispatch with other fields, also such that no schema allows. */
const changed = (fields: object): Dispatch =>
  new Dispatch({ ...dispatch, ...fields }, { disableChecks: true })

/** Over the wire and back, through the bytes. */
const sent = (value: Dispatch): Dispatch => {
  const bytes = toBinary(Wire.DispatchSchema, success(DispatchCodec.encodeDispatch(value)))
  return success(DispatchCodec.decodeDispatch(fromBinary(Wire.DispatchSchema, bytes)))
}

/** True for the place of a fault in the model. */
const isOfDispatch = (path: string): boolean =>
  path === "dispatch" || path.split(/[.[]/, 1).every((name) => Object.hasOwn(Dispatch.fields, name))

describe("DispatchCodec", () => {
  it.prop("a dispatch is the same after the wire, in every field", [dispatches], ([value]) => {
    const read = sent(value)
    assert.isTrue(read.sameContent(value))
    assert.strictEqual(JSON.stringify(read.payload), JSON.stringify(value.payload))
    assert.deepStrictEqual(
      [read.recurrence?.byHours ?? [], read.recurrence?.byMonthDays ?? []],
      [value.recurrence?.byHours ?? [], value.recurrence?.byMonthDays ?? []]
    )
  })

  it.prop(
    "whatever the schemas allow is written or refused with a path, never thrown nor changed",
    [
      Arbitrary.schema(
        Schema.Struct({
          type: Schema.String,
          startTime: Schema.DateTimeUtc,
          duration: Schema.Duration,
          recurrence: Schema.optionalKey(RecurrenceRule),
          createTime: Schema.DateTimeUtc,
          updateTime: Schema.BigInt,
          payload: Schema.Record(Schema.String, Schema.Json)
        })
      )
    ],
    ([fields]) => {
      const value = changed(fields)
      const encoded = DispatchCodec.encodeDispatch(value)
      if (Result.isFailure(encoded)) return assert.isTrue(isOfDispatch(encoded.failure.path))
      assert.isTrue(sent(value).sameContent(value))
    }
  )

  it.prop(
    "whatever bytes say is read or refused with a path, and what is read is written as the same dispatch",
    [
      Arbitrary.schema(
        Schema.Struct({
          freq: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 8 })),
          weekday: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 9 })),
          minute: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 70 })),
          monthDay: Schema.Int.check(Schema.isBetween({ minimum: -40, maximum: 40 })),
          category: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 25 })),
          subtype: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 5 })),
          arm: Schema.Literals(["battery", "inverter", "evCharger"]),
          nanos: Schema.Int.check(Schema.isBetween({ minimum: -5, maximum: 1_000_000_005 })),
          seconds: Schema.BigInt.check(
            Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n })
          ),
          interval: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_294_967_295 }))
        })
      )
    ],
    ([numbers]) => {
      const { arm, category, freq, interval, minute, monthDay, nanos, seconds, subtype, weekday } = numbers
      const written = message({
        metadata: { updateTime: { seconds: seconds % 300_000_000_000n, nanos } },
        data: {
          recurrence: { freq, interval, byminutes: [minute], byweekdays: [weekday], bymonthdays: [monthDay] },
          target: {
            components: {
              case: "componentCategoriesTypes",
              value: { categories: [{ category, type: { case: arm, value: subtype } as never }] }
            }
          }
        }
      })
      const read = DispatchCodec.decodeDispatch(
        fromBinary(Wire.DispatchSchema, toBinary(Wire.DispatchSchema, written))
      )
      if (Result.isFailure(read)) return assert.isTrue(isOfDispatch(read.failure.path))
      assert.isTrue(sent(read.success).sameContent(read.success))
    }
  )

  it("an id is a whole unsigned 64-bit integer", () => {
    for (const id of [0n, 9_007_199_254_740_993n, 2n ** 63n, 2n ** 64n - 1n]) {
      const read = sent(changed({ id: DispatchId.make(id), target: Target.componentIds(id) }))
      assert.strictEqual(read.id, id)
      assert.deepStrictEqual(read.target, Target.componentIds(id))
    }
  })

  it("an update time keeps its nanoseconds, other instants their milliseconds", () => {
    const fine = { seconds: -1n, nanos: 123_456_789 }
    const read = success(
      DispatchCodec.decodeDispatch(
        message({
          metadata: { createTime: fine, updateTime: fine, endTime: fine },
          data: { startTime: fine }
        })
      )
    )
    assert.strictEqual(read.updateTime, -876_543_211n)
    assert.deepStrictEqual(
      [read.startTime, read.createTime, read.endTime].map((instant) => instant?.epochMilliseconds),
      [-877, -877, -877]
    )
    assert.strictEqual(sent(read).updateTime, read.updateTime)
  })

  it("no duration, a duration of zero and the longest one are three things", () => {
    const durationOf = (duration: number | undefined) => {
      const { startTime, target, type } = data
      const bare = duration === undefined ? {} : { duration }
      const read = success(
        DispatchCodec.decodeDispatch(
          create(Wire.DispatchSchema, { metadata, data: { startTime, target, type, ...bare } })
        )
      )
      assert.strictEqual(success(DispatchCodec.encodeDispatch(read)).data?.duration, duration)
      return Duration.toSeconds(read.duration)
    }
    assert.strictEqual(durationOf(undefined), Infinity)
    assert.strictEqual(durationOf(0), 0)
    assert.strictEqual(durationOf(4_294_967_295), 4_294_967_295)
  })

  it("a dispatch without an end has none, and one that is not set is not made up", () => {
    assert.isFalse("endTime" in dispatch)
    assert.isUndefined(success(DispatchCodec.encodeDispatch(dispatch)).metadata?.endTime)
    assert.isFalse("recurrence" in dispatch)
    assert.isUndefined(success(DispatchCodec.encodeDispatch(dispatch)).data?.recurrence)
  })

  const end = (countOrUntil: object) => ({ endCriteria: { countOrUntil } })

  it.each<[string, object]>([
    ["byMinutes", { byminutes: [60] }],
    ["byHours", { byhours: [24] }],
    ["byWeekdays", { byweekdays: [9] }],
    ["byMonthDays", { bymonthdays: [0] }],
    ["byMonthDays", { bymonthdays: [32] }],
    ["byMonths", { bymonths: [13] }],
    ["end.count", end({ case: "count", value: 0 })],
    ["end.until", end({ case: "untilTime", value: { seconds: 300_000_000_000n, nanos: 0 } })]
  ])("S8: a rule of another service whose %s does not exist is unreadable", (field, part) => {
    const recurrence = { freq: Wire.RecurrenceRule_Frequency.WEEKLY, interval: 1, ...part } as never
    const record = DispatchCodec.decodeRecord(message({ data: { recurrence } }))
    assert.match("path" in record ? record.path : "it was read", new RegExp(`^recurrence.${field}`))
  })

  it.each<[string, object, string | undefined]>([
    ["days of month with a weekly rule", { bymonthdays: [8] }, "2026-01-08T10:00:00.000Z"],
    ["an interval over the limit", { interval: 10_001 }, "2217-09-08T10:00:00.000Z"],
    ["a count over the limit", end({ case: "count", value: 4_097 }), "2026-01-12T10:00:00.000Z"],
    ["an until before the start", end({ case: "untilTime", value: { seconds: 3n, nanos: 0 } }), undefined]
  ])("S8: a rule of another service with %s counts as it stands", (_, part, next) => {
    const recurrence = { freq: Wire.RecurrenceRule_Frequency.WEEKLY, interval: 1, ...part } as never
    const { schedule } = success(
      DispatchCodec.decodeDispatch(message({ data: { recurrence, duration: 60 } }))
    )
    const after = schedule.next(Number(second.seconds) * 1000 + 1)
    assert.strictEqual(Number.isFinite(after) ? new Date(after).toISOString() : undefined, next)
  })

  it("the empty, present recurrence of Python clients means once, and is left out of what is written", () => {
    const empty = Uint8Array.of(8 * 8 + 2, 0)
    const dataBytes = toBinary(Wire.DispatchDataSchema, create(Wire.DispatchDataSchema, data))
    const withEmpty = fromBinary(Wire.DispatchDataSchema, Buffer.concat([dataBytes, empty]))
    assert.isDefined(withEmpty.recurrence)
    const read = success(
      DispatchCodec.decodeDispatch(create(Wire.DispatchSchema, { metadata, data: withEmpty }))
    )
    assert.isFalse("recurrence" in read)
    const written = success(DispatchCodec.encodeDispatch(read)).data
    assert.deepStrictEqual(toBinary(Wire.DispatchDataSchema, written as Wire.DispatchData), dataBytes)
  })

  it("a dispatch is written for clients: with plain categories of all generations in the arm they all read", () => {
    const caseOf = (target: Target.Target) =>
      success(DispatchCodec.encodeDispatch(changed({ target }))).data?.target?.components.case
    assert.strictEqual(caseOf(Target.componentCategories("BATTERY", "METER")), "componentCategories")
    assert.strictEqual(caseOf(Target.componentCategories("BATTERY", "CHP")), "componentCategoriesTypes")
    const typed = { category: "BATTERY", subtype: "LI_ION" } as const
    assert.strictEqual(caseOf(Target.componentCategories("METER", typed)), "componentCategoriesTypes")
  })

  it.each<readonly [string, object, RegExp]>([
    ["type", { type: "\udc00" }, /surrogate/],
    ["startTime", { startTime: DateTime.makeUnsafe(8.64e15) }, /years 1 to 9999/],
    ["duration", { duration: Duration.millis(1_500) }, /^1.5 s is not a whole number/],
    ["duration", { duration: Duration.seconds(4_294_967_296) }, /4294967296 s/],
    ["duration", { duration: Duration.seconds(-1) }, /-1 s/],
    ["duration", { duration: Duration.nanos(10n ** 400n) }, /is not a whole number/],
    ["duration", { duration: Duration.negativeInfinity }, /-Infinity s/],
    ["target.ids[1]", { target: { _tag: "ComponentIds", ids: [1n, -1n] } }, /^-1n is not/],
    ["target.ids[0]", { target: { _tag: "ComponentIds", ids: [2n ** 64n] } }, /2n \*\* 64n - 1n/],
    ["payload.a[1].b", { payload: { a: [0, { b: "\ud800" }] } }, /surrogate/],
    [
      "recurrence.end.until",
      {
        recurrence: new RecurrenceRule({
          frequency: "DAILY",
          interval: 1,
          end: { _tag: "Until", until: DateTime.makeUnsafe(-8.64e15) }
        })
      },
      /years 1 to 9999/
    ],
    ["createTime", { createTime: DateTime.makeUnsafe(-8.64e15) }, /years 1 to 9999/],
    ["updateTime", { updateTime: 253_402_300_800_000_000_000n }, /years 1 to 9999/],
    ["updateTime", { updateTime: -62_135_596_800_000_000_001n }, /years 1 to 9999/],
    ["endTime", { endTime: DateTime.makeUnsafe(8.64e15) }, /years 1 to 9999/]
  ])("what the wire cannot carry is refused at %s", (path, fields, text) => {
    assertRefused(DispatchCodec.encodeDispatch(changed(fields)), path, text)
  })

  it.each<readonly [string, Parameters<typeof message>[0], RegExp]>([
    ["createTime", { metadata: { createTime: { seconds: 253_402_300_800n } } }, /years 1 to 9999/],
    ["updateTime", { metadata: { updateTime: { seconds: 0n, nanos: -1 } } }, /nanoseconds/],
    ["endTime", { metadata: { endTime: { seconds: 0n, nanos: 1_000_000_000 } } }, /nanoseconds/],
    ["startTime", { data: { startTime: { seconds: -62_135_596_801n } } }, /years 1 to 9999/],
    ["target", { data: { target: {} } }, /component_ids or component_categories_types/],
    ["payload.x", { data: { payload: { x: Infinity } } }, /^Infinity is not a finite number$/],
    [
      "recurrence.frequency",
      { data: { recurrence: { freq: 7 as never } } },
      /^7 is not a frequency; known are MINUTELY/
    ]
  ])("what the model has no word for is refused at %s", (path, fields, text) => {
    assertRefused(DispatchCodec.decodeDispatch(message(fields)), path, text)
  })

  it.each<readonly [string, (whole: Wire.Dispatch) => void]>([
    ["dispatch", (whole) => delete whole.metadata],
    ["dispatch", (whole) => delete whole.data],
    ["createTime", ({ metadata }) => delete metadata?.createTime],
    ["updateTime", ({ metadata }) => delete metadata?.updateTime],
    ["startTime", ({ data }) => delete data?.startTime],
    ["target", ({ data }) => delete data?.target]
  ])("a dispatch without %s is refused there", (path, leaveOut) => {
    const whole = message()
    leaveOut(whole)
    assertRefused(DispatchCodec.decodeDispatch(whole), path, /required/)
  })

  it("S8: of a record that cannot be read all that is known is kept", () => {
    const faulty = message({
      metadata: { updateTime: { seconds: 5n, nanos: 1 } },
      data: { recurrence: { freq: 77 as never } }
    })
    assert.deepStrictEqual(DispatchCodec.decodeRecord(faulty), {
      _tag: "UnreadableDispatch",
      id: DispatchId.make(7n),
      updateTime: 5_000_000_001n,
      path: "recurrence.frequency",
      message: failure(DispatchCodec.decodeDispatch(faulty)).message
    })
    assert.deepInclude(DispatchCodec.decodeRecord(create(Wire.DispatchSchema)), {
      id: undefined,
      updateTime: undefined,
      path: "dispatch"
    })
    assert.deepInclude(DispatchCodec.decodeRecord(undefined), { id: undefined, path: "dispatch" })
    assert.instanceOf(DispatchCodec.decodeRecord(message()), Dispatch)
  })

  it("events are of the three kinds, and of an unknown one otherwise", () => {
    for (const [kind, number] of [
      ["Created", Wire.Event.CREATED],
      ["Updated", Wire.Event.UPDATED],
      ["Deleted", Wire.Event.DELETED]
    ] as const) {
      const told = { event: number, dispatch: success(DispatchCodec.encodeDispatch(dispatch)) }
      const event = DispatchCodec.decodeEvent(create(Wire.StreamMicrogridDispatchesResponseSchema, told))
      assert.strictEqual(event.kind, kind)
      assert.isTrue(event.record instanceof Dispatch && event.record.sameContent(dispatch))
    }
    for (const event of [0, 4, -1]) {
      const unknown = create(Wire.StreamMicrogridDispatchesResponseSchema, { event, dispatch: message() })
      assert.strictEqual(DispatchCodec.decodeEvent(unknown).kind, "Unknown")
    }
    const empty = DispatchCodec.decodeEvent(create(Wire.StreamMicrogridDispatchesResponseSchema))
    assert.deepInclude(empty.record, { _tag: "UnreadableDispatch", path: "dispatch" })
    assert.strictEqual(failure(DispatchCodec.encodeDispatch(changed({ type: "\ud800" }))).path, "type")
  })
})
