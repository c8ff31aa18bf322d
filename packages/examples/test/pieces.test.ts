import { create, toBinary } from "@bufbuild/protobuf"
import { DispatchCodec, Protobuf } from "@effect-dispatch/api"
import { Dispatch, DispatchId, Target } from "@effect-dispatch/core"
import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Result } from "effect"
import { dischargeFor } from "../src/createDispatch.ts"
import { clientOf } from "../src/otherTransport.ts"
import { nextPeak } from "../src/peakHours.ts"
import { describeEvent } from "../src/readEvent.ts"

const at = (text: string) => DateTime.makeUnsafe(text)

describe("the examples in the documents of packages", () => {
  it("core: a peak begins on working days, in a hundred years as well", () => {
    assert.deepStrictEqual(nextPeak(at("2026-11-27T17:30:00Z")), at("2026-11-27T17:30:00Z"))
    assert.deepStrictEqual(nextPeak(at("2026-11-27T17:30:01Z")), at("2026-11-30T17:30:00Z"))
    assert.deepStrictEqual(nextPeak(at("2126-11-28T00:00:00Z")), at("2126-11-28T17:30:00Z"))
  })

  it("api: an event is told, and so is one that cannot be read", () => {
    const dispatch = new Dispatch.Dispatch({
      id: DispatchId.make(7n),
      type: "CHARGE",
      startTime: at("2026-11-27T12:00:00Z"),
      duration: Duration.minutes(20),
      target: Target.componentIds(1n),
      active: true,
      dryRun: false,
      payload: {},
      createTime: at("2026-11-27T11:00:00Z"),
      updateTime: 1n
    })
    const message = Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch))
    const event = (dispatch: Protobuf.Dispatch) => {
      const schema = Protobuf.StreamMicrogridDispatchesResponseSchema
      return toBinary(schema, create(schema, { event: Protobuf.Event.CREATED, dispatch }))
    }
    assert.strictEqual(describeEvent(event(message)), "Created: #7 CHARGE, ComponentIds")
    delete message.data?.target
    assert.match(describeEvent(event(message)), /^Created: target cannot be read: \S/)
  })

  it.effect("client: what is created is listed, and what is wrong with a field is told", () =>
    Effect.gen(function* () {
      const { count, dispatch } = yield* dischargeFor(Duration.minutes(20), 5_000)
      assert.strictEqual(count, 1)
      assert.deepStrictEqual(dispatch.payload, { power_w: 5_000 })
      const refused = yield* Effect.exit(dischargeFor(Duration.minutes(20), Number.NaN))
      assert.include(String(refused), "payload")
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.live("client: another transport of connect does as well", () =>
    Effect.gen(function* () {
      const { port } = yield* GrpcServer.GrpcServer
      const { count } = yield* Effect.provide(dischargeFor(Duration.minutes(20), 5_000), clientOf(port))
      assert.strictEqual(count, 1)
    }).pipe(
      Effect.provide(
        GrpcServer.layer({ port: 0 }).pipe(
          Layer.provide(DispatchService.layer),
          Layer.provide(DispatchStoreMemory.layer)
        )
      )
    )
  )
})
