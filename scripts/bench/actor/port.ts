/** A client port without a network: it hands over what it was given. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, type StreamEvent } from "@effect-dispatch/core/DispatchClient"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Layer, Option, Queue, type Scope, Stream } from "effect"

/** An actor in sync with a port that lists these dispatches, and the function that sends events to it. */
export interface Site {
  readonly actor: DispatchingActor.DispatchingActor["Service"]
  readonly send: (events: ReadonlyArray<StreamEvent>) => void
  /** From the start of the actor until it had listed all, in milliseconds. */
  readonly syncMillis: number
}

/** Starts an actor and waits until it is in sync. */
export const startActor = (
  dispatches: ReadonlyArray<Dispatch>,
  options?: Partial<DispatchingActor.DispatchingActorOptions>
): Effect.Effect<Site, never, Scope.Scope> =>
  Effect.gen(function* () {
    const events = yield* Queue.unbounded<StreamEvent>()
    const client = DispatchClient.of({
      list: (_, { pageSize = 100 } = {}) => pages(dispatches, pageSize),
      stream: () => Effect.succeed({ effective: Effect.void, events: Stream.fromQueue(events) }),
      create: () => Effect.die("not measured"),
      update: () => Effect.die("not measured"),
      get: () => Effect.die("not measured"),
      delete: () => Effect.die("not measured")
    })
    const context = yield* Layer.build(
      Layer.merge(Layer.succeed(DispatchClient, client), DispatchScheduler.layer)
    )
    const actor = yield* Effect.provideContext(
      Effect.orDie(DispatchingActor.make({ microgridId: MicrogridId.make(1n), ...options })),
      context
    )
    const begin = performance.now()
    yield* actor.actor.start
    yield* actor.initialized
    return {
      actor,
      send: (batch: ReadonlyArray<StreamEvent>) => void Queue.offerAllUnsafe(events, batch),
      syncMillis: performance.now() - begin
    }
  })

const pages = (dispatches: ReadonlyArray<Dispatch>, size: number) =>
  Stream.paginate(0, (from) =>
    Effect.sync(() => {
      const next = from + size
      return [
        dispatches.slice(from, next),
        next < dispatches.length ? Option.some(next) : Option.none()
      ] as const
    })
  )
