/**
 * A bad network to a dispatch service: the faults of networks and services, as often as told.
 *
 * Events of one stream are never skipped, since HTTP/2 does not; they come late, twice, out of order, or stop coming.
 *
 * @since 0.1.0
 */
import { DispatchClient, type EventStream } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Context, Deferred, Effect, Layer, Random, type Scope, Stream } from "effect"
import { anyError, delayUpTo, FaultDraws } from "./internal/faultDraws.ts"
import type { FaultKind, Faults } from "./internal/faultKinds.ts"
import { mangle } from "./internal/mangledEvents.ts"

export { type FaultKind, faultKinds, type Faults } from "./internal/faultKinds.ts"

/**
 * The controls of the network.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClient, DispatchId, MicrogridId } from "@effect-dispatch/core"
 * import { FaultyNetwork, ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const network = yield* FaultyNetwork.FaultyNetwork
 *   const client = yield* DispatchClient.DispatchClient
 *   yield* network.setFaults({ refuse: 1 })
 *   yield* Effect.flip(client.get(MicrogridId.make(1n), DispatchId.make(7n)))
 *   assert.strictEqual((yield* network.occurred).refuse, 1)
 * })
 * const layer = Layer.provide(FaultyNetwork.layer, ServiceClient.layerMemory)
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class FaultyNetwork extends Context.Service<
  FaultyNetwork,
  {
    /** Sets the faults from now on; an absent one never happens. Streams that are half open stay so. */
    readonly setFaults: (faults: Faults) => Effect.Effect<void>
    /** The number of times that each fault has occurred. */
    readonly occurred: Effect.Effect<{ readonly [kind in FaultKind]: number }>
  }
>()("@effect-dispatch/testing/FaultyNetwork") {}

/**
 * Puts the network before the client at hand. Chance is Effect's `Random`, so a seed decides everything.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<FaultyNetwork | DispatchClient, never, DispatchClient> = Layer.effectContext(
  Effect.map(DispatchClient, (inner) => {
    const draws = new FaultDraws()
    const network = FaultyNetwork.of({
      setFaults: (faults) => Effect.sync(() => void (draws.faults = faults)),
      occurred: Effect.sync(() => ({ ...draws.occurred }))
    })
    const client = DispatchClient.of({
      ...inner,
      list: listOver(inner, draws),
      stream: streamOver(inner, draws),
      get: (microgridId, id) => Effect.andThen(draws.atCall, inner.get(microgridId, id))
    })
    return Context.make(DispatchClient, client).pipe(Context.add(FaultyNetwork, network))
  })
)

type Client = DispatchClient["Service"]

const listOver =
  (inner: Client, draws: FaultDraws): Client["list"] =>
  (microgridId, options) =>
    Stream.unwrap(
      Effect.gen(function* () {
        yield* draws.atCall
        if (options?.filter?.ids !== undefined && (yield* draws.strikes("refuseIds"))) {
          return yield* DispatchError.unimplemented("a faulty network knows no filter by ids")
        }
        // A listing is drawn up at once, and reaches the client bit by bit.
        const records = Stream.mapEffect(inner.list(microgridId, options), (record) =>
          Effect.as(draws.perhapsDelay, record)
        )
        if (!(yield* draws.strikes("breakListing"))) return records
        const error = yield* anyError
        const count = Math.floor((yield* Random.next) * 5)
        return Stream.concat(Stream.take(records, count), Stream.fail(error))
      })
    )

const streamOver = (inner: Client, draws: FaultDraws): Client["stream"] =>
  Effect.fnUntraced(function* (microgridId) {
    yield* draws.atCall
    const opening = inner.stream(microgridId)
    const { effective, events } = (yield* draws.strikes("lateHeaders"))
      ? yield* late(opening)
      : yield* opening
    const headers = (yield* draws.strikes("noHeaders"))
      ? Effect.never
      : Effect.andThen(draws.perhapsDelay, effective)
    if (yield* draws.strikes("closeAtOnce")) return { effective: headers, events: Stream.empty }
    return { effective: headers, events: yield* mangle(events, draws) } satisfies EventStream
  })

/** A stream that is asked for now and subscribed to up to ten seconds later. */
const late = Effect.fnUntraced(function* (
  opening: Effect.Effect<EventStream, DispatchError.DispatchError, Scope.Scope>
) {
  const opened = yield* Deferred.make<EventStream, DispatchError.DispatchError>()
  yield* Effect.forkScoped(delayUpTo(10_000).pipe(Effect.andThen(opening), Deferred.into(opened)))
  const stream = Deferred.await(opened)
  return {
    effective: Effect.flatMap(stream, ({ effective }) => effective),
    events: Stream.unwrap(Effect.map(stream, ({ events }) => events))
  }
})
