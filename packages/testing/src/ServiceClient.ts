/**
 * The client port straight into the logic of the service: no network, no second implementation.
 *
 * @since 0.1.0
 */
import { DispatchClient, type StreamEvent } from "@effect-dispatch/core/DispatchClient"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import { Effect, Layer, Option, Stream } from "effect"
import * as VirtualTime from "./internal/virtualTime.ts"

/**
 * A client of the service at hand.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<DispatchClient, never, DispatchService.DispatchService> = Layer.effect(
  DispatchClient,
  Effect.map(DispatchService.DispatchService, (service) =>
    DispatchClient.of({
      list: (microgridId, { filter, pageSize, sort } = {}) =>
        Stream.paginate(undefined as string | undefined, (pageToken) =>
          Effect.map(
            service.list(microgridId, pageToken === undefined ? { filter, sort, pageSize } : { pageToken }),
            ({ dispatches, nextPageToken, unreadable }) => [
              [...dispatches.map(({ dispatch }) => dispatch), ...unreadable],
              nextPageToken === undefined ? Option.none<string>() : Option.some(nextPageToken)
            ]
          )
        ),
      stream: (microgridId) =>
        Effect.map(service.subscribe(microgridId), ({ changes }) => ({
          effective: Effect.void,
          events: Stream.map(changes, ({ dispatch, kind }): StreamEvent => ({ kind, record: dispatch }))
        })),
      create: service.create,
      update: service.update,
      get: (microgridId, id) => Effect.map(service.get(microgridId, id), ({ dispatch }) => dispatch),
      delete: service.delete
    })
  )
)

/**
 * A service in memory of its own and a client of it, for tests of applications under `TestClock`.
 *
 * Virtual time does not step, and nothing is lost between this client and its service. So under a `TestClock`
 * `MaxSleep` is infinite, nothing is listed periodically and no stream is renewed: a year passes in the time that its
 * dispatches take. A call that creates, changes or deletes returns only when all followers know the change, so time may
 * move on. On another clock all is as over a network.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, manage, microgridId } = yield* Dispatcher.Dispatcher
 *   let hours = 0
 *   yield* manage("COUNT", () => Effect.sync(() => (hours += 1)))
 *   const recurrence = { frequency: "HOURLY", interval: 1 } as const
 *   const target = Target.componentIds(7n)
 *   yield* client.create(microgridId, { type: "COUNT", startTime: "NOW", duration: 0, target, recurrence })
 *   yield* TestClock.adjust("23 hours")
 *   assert.strictEqual(hours, 24)
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.provide(program, Site))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<DispatchClient | DispatchService.DispatchService> = layer.pipe(
  Layer.provideMerge(VirtualTime.settling(DispatchService.layer)),
  Layer.provide(DispatchStoreMemory.layer),
  Layer.provideMerge(VirtualTime.layer)
)
