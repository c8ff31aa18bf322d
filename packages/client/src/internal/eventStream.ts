/** Opens event streams. */
import { create } from "@bufbuild/protobuf"
import type { CallOptions } from "@connectrpc/connect"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { StreamMicrogridDispatchesRequestSchema } from "@effect-dispatch/api/Protobuf"
import type { EventStream, StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchClientError } from "@effect-dispatch/core/DispatchClientError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { type Cause, Deferred, Effect, Exit, Metric, Queue, type Scope, Stream } from "effect"
import { streamBufferMax } from "../ClientLimits.ts"
import { eventsDelayed } from "../Metrics.ts"
import type { Calls } from "./calls.ts"

/**
 * Opens an event stream for the life of the scope. Headers arrive only while messages are being asked for, so a pump
 * asks for them from the start and keeps what arrives for the reader, up to `streamBufferMax`.
 */
export const open = Effect.fnUntraced(function* (
  calls: Calls,
  microgridId: MicrogridId
): Effect.fn.Return<EventStream, never, Scope.Scope> {
  const abort = yield* Effect.acquireRelease(
    // Given to connect, which ends the HTTP/2 stream when the scope closes.
    Effect.sync(() => new AbortController()),
    (controller) => Effect.sync(() => controller.abort())
  )
  const confirmed = yield* Deferred.make<void, DispatchClientError>()
  const received = yield* Queue.bounded<StreamEvent, DispatchClientError | Cause.Done>(streamBufferMax)
  const request = create(StreamMicrogridDispatchesRequestSchema, { microgridId })

  const send = (options: CallOptions) => () =>
    calls.promises.streamMicrogridDispatches(request, {
      ...options,
      signal: abort.signal,
      onHeader: (headers) => {
        // Headers come at the latest with the first message.
        Deferred.doneUnsafe(confirmed, Effect.void)
        options.onHeader?.(headers)
      }
    })

  const pump = Effect.gen(function* () {
    const options = yield* calls.prepareStream("streamMicrogridDispatches")
    const messages = Stream.fromAsyncIterable(opensWhenAsked(send(options)), calls.fail)
    yield* Stream.runForEach(messages, (message) => keep(DispatchCodec.decodeEvent(message)))
  })

  const keep = (event: StreamEvent) =>
    Queue.isFullUnsafe(received)
      ? Effect.andThen(Metric.update(eventsDelayed, 1), Queue.offer(received, event))
      : Queue.offer(received, event)

  const settle = (exit: Exit.Exit<void, DispatchClientError>) => {
    // Whoever still waits has nothing to wait for any more.
    Deferred.doneUnsafe(confirmed, exit)
    return Exit.isSuccess(exit) ? Queue.end(received) : Queue.failCause(received, exit.cause)
  }
  yield* Effect.forkScoped(Effect.onExit(pump, settle))
  return { effective: Deferred.await(confirmed), events: Stream.fromQueue(received) }
})

/**
 * Makes the call together with the first pull. A call made earlier can fail while nobody waits for it, which Node
 * takes for a reason to end the process.
 */
const opensWhenAsked = <A>(open: () => AsyncIterable<A>): AsyncIterable<A> => ({
  [Symbol.asyncIterator]: () => {
    let messages: AsyncIterator<A> | undefined
    return {
      next: () => {
        messages ??= open()[Symbol.asyncIterator]()
        return messages.next()
      }
    }
  }
})
