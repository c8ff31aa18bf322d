import { fromBinary } from "@bufbuild/protobuf"
import * as Wire from "@effect-dispatch/api/Protobuf"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Stream } from "effect"
import { clientOf, id, microgridId } from "./clientOf.ts"
import { answer, answerList, type Exchange, make, wireDispatch } from "./grpcService.ts"

const announced = { "dispatch-features": "name" }

const peak = {
  name: "plan/peak",
  type: "PEAK",
  startTime: DateTime.makeUnsafe("2027-03-23T17:00:00Z"),
  duration: Duration.hours(1),
  target: Target.componentIds(1n)
} as const

/** A service that keeps what it is sent, with the features that it announces; `forgets` loses names. */
const serviceOf = (features: { readonly [header: string]: string }, forgets = false) =>
  make((exchange: Exchange) => {
    exchange.open(features)
    if (exchange.method === "ListMicrogridDispatches") return answerList(exchange, [])
    if (exchange.method === "DeleteMicrogridDispatch") {
      return answer(exchange, Wire.DeleteMicrogridDispatchResponseSchema, {})
    }
    if (exchange.method === "UpdateMicrogridDispatch") {
      const { update } = fromBinary(Wire.UpdateMicrogridDispatchRequestSchema, exchange.request)
      return answer(exchange, Wire.UpdateMicrogridDispatchResponseSchema, {
        dispatch: wireDispatch(7n, { name: forgets ? "before" : (update?.name ?? "") })
      })
    }
    const { dispatchData } = fromBinary(Wire.CreateMicrogridDispatchRequestSchema, exchange.request)
    return answer(exchange, Wire.CreateMicrogridDispatchResponseSchema, {
      dispatch: wireDispatch(7n, { name: forgets ? "" : (dispatchData?.name ?? "") })
    })
  })

const methods = ({ exchanges }: { readonly exchanges: ReadonlyArray<Exchange> }) =>
  exchanges.map(({ method }) => method.replace("MicrogridDispatch", ""))

const failing = <A>(call: Effect.Effect<A, DispatchError>) =>
  Effect.map(Effect.flip(call), ({ reason }) => reason)

describe("names, written by the client", () => {
  it.live("are sent once the service has announced them, and read from its answer", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(announced)
      const client = yield* clientOf(service)
      assert.strictEqual((yield* client.create(microgridId, peak)).name, "plan/peak")
      assert.strictEqual((yield* client.update(microgridId, id(7n), { name: "other" })).name, "other")
      assert.notProperty(yield* client.update(microgridId, id(7n), { name: null }), "name")
      yield* Stream.runDrain(client.list(microgridId, { filter: { names: ["plan/peak"] } }))
      assert.deepStrictEqual(methods(service), ["Listes", "Create", "Update", "Update", "Listes"])
      const request = fromBinary(
        Wire.ListMicrogridDispatchesRequestSchema,
        service.exchanges.at(-1)?.request ?? new Uint8Array()
      )
      assert.deepStrictEqual(request.filter?.names, ["plan/peak"])
    })
  )

  it.live("are refused before anything is sent to a service that announces none", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf({ "dispatch-features": "calendar" })
      const client = yield* clientOf(service)
      for (const call of [
        client.create(microgridId, peak),
        client.update(microgridId, id(7n), { name: null }),
        Stream.runDrain(client.list(microgridId, { filter: { names: ["plan/peak"] } }))
      ]) {
        const reason = yield* failing(call)
        assert.strictEqual(reason._tag, "Unsupported")
        assert.include(reason.message, "keeps no names of dispatches")
      }
      assert.deepStrictEqual(methods(service), ["Listes"])
    })
  )

  it.live("that the service loses are told with the id; what was created so is taken back", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(announced, true)
      const client = yield* clientOf(service)
      const created = yield* failing(client.create(microgridId, peak))
      assert.match(
        created.message,
        /^the service lost the name: dispatch 7 is stored as .*, and was deleted$/
      )
      for (const name of ["other", null]) {
        const updated = yield* failing(client.update(microgridId, id(7n), { name }))
        assert.match(updated.message, /^the service lost the name: dispatch 7 is stored/)
      }
      assert.deepStrictEqual(methods(service), ["Listes", "Create", "Delete", "Update", "Update"])
    })
  )
})
