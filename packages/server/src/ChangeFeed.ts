/**
 * Tells open streams what was committed, in the order of commits.
 *
 * @since 0.1.0
 */
import { DispatchClientError, ResourceExhausted } from "@effect-dispatch/core/DispatchClientError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Cause, Context, Effect, Layer, Queue, type Scope, Stream } from "effect"
import type { Change } from "./DispatchStore.ts"
import { streamBacklogMax } from "./ServiceLimits.ts"

/**
 * Tells open streams what was committed.
 *
 * A subscriber that falls behind by more than `streamBacklogMax` is ended with an error that it can retry; none is ever
 * skipped, and none waits for another.
 *
 * @category services
 * @since 0.1.0
 */
export class ChangeFeed extends Context.Service<
  ChangeFeed,
  {
    /** Tells all subscribers of the change's microgrid. Call it in the order of commits. */
    readonly publish: (change: Change) => Effect.Effect<void>
    /** Subscribes for the life of the scope, from this moment on. */
    readonly subscribe: (
      microgridId: MicrogridId
    ) => Effect.Effect<Stream.Stream<Change, DispatchClientError>, never, Scope.Scope>
  }
>()("@effect-dispatch/server/ChangeFeed") {
  /** A feed within one process. */
  static readonly layer: Layer.Layer<ChangeFeed> = Layer.sync(ChangeFeed, () => {
    const subscribers = new Map<MicrogridId, Set<Queue.Queue<Change, DispatchClientError>>>()
    return ChangeFeed.of({
      publish: (change) =>
        Effect.sync(() => {
          for (const subscriber of subscribers.get(change.microgridId) ?? []) {
            if (!Queue.offerUnsafe(subscriber, change))
              Queue.failCauseUnsafe(subscriber, Cause.fail(tooSlow()))
          }
        }),
      subscribe: (microgridId) =>
        Effect.map(
          Effect.acquireRelease(
            Effect.tap(Queue.dropping<Change, DispatchClientError>(streamBacklogMax), (queue) =>
              Effect.sync(() => {
                const present = subscribers.get(microgridId) ?? new Set()
                subscribers.set(microgridId, present.add(queue))
              })
            ),
            (queue) =>
              Effect.andThen(
                Effect.sync(() => {
                  const present = subscribers.get(microgridId)
                  present?.delete(queue)
                  if (present?.size === 0) subscribers.delete(microgridId)
                }),
                Queue.shutdown(queue)
              )
          ),
          Stream.fromQueue
        )
    })
  })
}

const tooSlow = (): DispatchClientError =>
  new DispatchClientError({
    reason: new ResourceExhausted({
      message: `the stream fell more than ${streamBacklogMax} changes behind: open it again and list`
    })
  })
