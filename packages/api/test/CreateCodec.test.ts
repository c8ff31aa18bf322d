import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import {
  CreateMicrogridDispatchRequestSchema,
  type DispatchData,
  DispatchDataSchema
} from "@effect-dispatch/api/Protobuf"
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { dispatches, microgridIds } from "./arbitraries.ts"
import { assertRefused, success } from "./expectations.ts"

const microgridId = MicrogridId.make(1n)
const least: NewDispatch = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(1n) }

/** Over the wire and back, through the bytes. */
const sent = (id: MicrogridId, dispatch: NewDispatch) => {
  const bytes = toBinary(CreateMicrogridDispatchRequestSchema, success(CreateCodec.encode(id, dispatch)))
  return success(CreateCodec.decode(fromBinary(CreateMicrogridDispatchRequestSchema, bytes)))
}

describe("CreateCodec", () => {
  it.prop(
    "a dispatch to be created is the same after the wire",
    [dispatches, microgridIds],
    ([given, id]) => {
      const back = sent(id, given)
      assert.strictEqual(back.microgridId, id)
      const { duration, payload, recurrence, startTime, target, ...rest } = back.dispatch
      const { active, dryRun, name, type } = given
      assert.deepStrictEqual(rest, { ...(name !== undefined && { name }), type, active, dryRun })
      assert.deepStrictEqual(startTime, given.startTime)
      assert.isTrue(
        duration !== undefined && Duration.Equivalence(Duration.fromInputUnsafe(duration), given.duration)
      )
      assert.isTrue(Target.equals(target, given.target))
      assert.strictEqual(JSON.stringify(payload), JSON.stringify(given.payload))
      assert.strictEqual(recurrence?.frequency, given.recurrence?.frequency)
    }
  )

  it("what is not given is as documented: active, no dry run, no end, no payload", () => {
    const request = success(CreateCodec.encode(microgridId, least))
    assert.deepInclude({ ...request.dispatchData }, { isActive: true, isDryRun: false, type: "CHARGE" })
    for (const field of ["duration", "payload", "recurrence", "startTime"]) {
      assert.isUndefined((request.dispatchData as object)[field as never], field)
    }
    assert.isTrue(
      Duration.Equivalence(sent(microgridId, least).dispatch.duration as never, Duration.infinity)
    )
  })

  it("a name is read as it was written; an empty one is none", () => {
    const name = "winter/peak"
    assert.strictEqual(sent(microgridId, { ...least, name }).dispatch.name, name)
    assert.notProperty(sent(microgridId, least).dispatch, "name")
    assertRefused(CreateCodec.encode(microgridId, { ...least, name: "\ud800" }), "name", /surrogate/)
  })

  it("what a client asks for has categories in the arm that says one thing to every service", () => {
    const target = Target.componentCategories("BATTERY")
    const request = success(CreateCodec.encode(microgridId, { ...least, target }))
    assert.strictEqual(request.dispatchData?.target?.components.case, "componentCategoriesTypes")
  })

  it("an empty, present recurrence means once", () => {
    const request = success(CreateCodec.encode(microgridId, least))
    const bytes = toBinary(CreateMicrogridDispatchRequestSchema, request)
    const dataBytes = toBinary(DispatchDataSchema, request.dispatchData as DispatchData)
    // Field 2 is the data, to which an empty field 8 is added.
    const python = Buffer.concat([
      Uint8Array.of(8, 1, 18, dataBytes.length + 2),
      dataBytes,
      Uint8Array.of(66, 0, 24, 1)
    ])
    assert.strictEqual(python.length, bytes.length + 2)
    const read = fromBinary(CreateMicrogridDispatchRequestSchema, python)
    assert.isDefined(read.dispatchData?.recurrence)
    assert.isFalse("recurrence" in success(CreateCodec.decode(read)).dispatch)
  })

  it("now is said by start_immediately alone, an instant by start_time alone", () => {
    const now = success(CreateCodec.encode(microgridId, least))
    assert.deepStrictEqual([now.startImmediately, now.dispatchData?.startTime], [true, undefined])
    assert.strictEqual(sent(microgridId, least).dispatch.startTime, "NOW")
    const startTime = DateTime.makeUnsafe(5_000)
    const later = success(CreateCodec.encode(microgridId, { ...least, startTime }))
    assert.deepStrictEqual([later.startImmediately, later.dispatchData?.startTime?.seconds], [undefined, 5n])
    assert.deepStrictEqual(sent(microgridId, { ...least, startTime }).dispatch.startTime, startTime)
  })

  it("start_immediately counts also beside a start_time", () => {
    const both = success(CreateCodec.encode(microgridId, { ...least, startTime: DateTime.makeUnsafe(0) }))
    both.startImmediately = true
    assert.strictEqual(success(CreateCodec.decode(both)).dispatch.startTime, "NOW")
    both.startImmediately = false
    assert.deepStrictEqual(success(CreateCodec.decode(both)).dispatch.startTime, DateTime.makeUnsafe(0))
  })

  it("a request without data, or without a start, is refused there", () => {
    const empty = create(CreateMicrogridDispatchRequestSchema, { microgridId: 1n })
    assertRefused(CreateCodec.decode(empty), "dispatch", /required/)
    const never = success(CreateCodec.encode(microgridId, least))
    never.startImmediately = false
    assertRefused(CreateCodec.decode(never), "startTime", /required/)
    const nowhere = success(CreateCodec.encode(microgridId, least))
    delete nowhere.dispatchData?.target
    assertRefused(CreateCodec.decode(nowhere), "target", /required/)
  })

  it.each(["10 minutes", 600_000, { minutes: 10 }, [600, 0], 600_000_000_000n] as const)(
    "a duration is written as %o",
    (duration) => {
      const { dispatchData } = success(CreateCodec.encode(microgridId, { ...least, duration }))
      assert.strictEqual(dispatchData?.duration, 600)
    }
  )

  it.each<readonly [string, object, RegExp]>([
    ["type", { type: "\udc00" }, /surrogate/],
    ["startTime", { startTime: DateTime.makeUnsafe(8.64e15) }, /years 1 to 9999/],
    ["duration", { duration: Duration.millis(1) }, /0.001 s is not a whole number/],
    ["duration", { duration: "10 minuts" }, /^the text "10 minuts" is not a duration/],
    ["payload.at", { payload: { at: new Date(0) } }, /^a Date is not a JSON value/],
    ["target.ids[0]", { target: { _tag: "ComponentIds", ids: [-1n] } }, /-1n is not/],
    ["payload.a", { payload: { a: Infinity } }, /not a finite number/]
  ])("what the wire cannot carry is refused at %s", (path, fields, message) => {
    assertRefused(CreateCodec.encode(microgridId, { ...least, ...fields }), path, message)
  })
})
