/** Opens event streams. */
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type MessageInitShape,
  type MessageShape
} from "@bufbuild/protobuf"
import { createAsyncIterable } from "@connectrpc/connect/protocol"
import { codeOf } from "@effect-dispatch/api/GrpcStatus"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import type { EventStream, StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Cause, Deferred, Effect, Metric, Option, type Scope, Stream } from "effect"
import * as Metrics from "../Metrics.ts"
import type { Calls } from "./calls.ts"
import { StreamSpan } from "./callSpans.ts"

/** A call that answers with a stream, and the events in its messages. */
export interface Streaming<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodServerStreaming<I, O>
  readonly request: MessageInitShape<I>
  /** The event that a message tells, if it tells one. */
  readonly eventOf: (message: MessageShape<O>) => StreamEvent | undefined
  /** Watches over the wait for each message. */
  readonly watched?: (message: Next<MessageShape<O>>) => Next<MessageShape<O>>
}

/** The next one of a stream, or its end. */
export type Next<A> = Effect.Effect<A, DispatchError | Cause.Done>

/** Opens an event stream for the life of the scope. */
export const open = (
  calls: Calls,
  microgridId: MicrogridId
): Effect.Effect<EventStream, never, Scope.Scope> =>
  openWith(calls, {
    method: MicrogridDispatchService.method.streamMicrogridDispatches,
    request: { microgridId },
    eventOf: DispatchCodec.decodeEvent
  })

/**
 * Opens a stream for the life of the scope. It counts as opened with its headers, whether it is read or not; its messages
 * wait in the transport for their reader.
 */
export const openWith = Effect.fnUntraced(function* <I extends DescMessage, O extends DescMessage>(
  calls: Calls,
  streaming: Streaming<I, O>
): Effect.fn.Return<EventStream, never, Scope.Scope> {
  const { method } = streaming
  const { signal } = yield* Effect.acquireRelease(
    // Given to connect, which ends the HTTP/2 stream when the scope closes.
    Effect.sync(() => new AbortController()),
    (controller) => Effect.sync(() => controller.abort())
  )
  const span = yield* StreamSpan.make(method)
  const end = (cause: Cause.Cause<DispatchError | Cause.Done>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const ending = endingOf(cause)
      if (ending === undefined) return Effect.void
      span.end(ending === "ok" ? 0 : codeOf[ending])
      return Metric.update(Metrics.callsEnded.at(method.name, ending), 1)
    })
  const opened = Deferred.makeUnsafe<AsyncIterable<MessageShape<O>>, DispatchError>()
  const opening = span.within(answered(calls, streaming, signal)).pipe(
    Effect.onError((cause) => end(cause)),
    // A fiber that still waits has nothing to wait for any more.
    Effect.onExit((exit) => Effect.sync(() => Deferred.doneUnsafe(opened, exit)))
  )
  yield* Metrics.streamsOpen.observe(() => 1)
  yield* Effect.forkScoped(opening)
  const read = (messages: AsyncIterable<MessageShape<O>>) =>
    Stream.fromEffectRepeat(Effect.onError(nextOf(messages, streaming, calls.failStream), end))
  return {
    effective: Effect.asVoid(Deferred.await(opened)),
    events: Stream.unwrap(Effect.map(Deferred.await(opened), read))
  }
})

/** Makes the call, which is answered with headers, and gives the messages to come. */
const answered = Effect.fnUntraced(function* <I extends DescMessage, O extends DescMessage>(
  { failStream, prepareStream, transport }: Calls,
  { method, request }: Streaming<I, O>,
  signal: AbortSignal
) {
  const { headers, onHeader, timeoutMs } = yield* prepareStream(method)
  const messages = createAsyncIterable([create(method.input, request)])
  const answer = yield* Effect.tryPromise({
    try: () => transport.stream(method, signal, timeoutMs, headers, messages),
    catch: failStream
  })
  onHeader?.(answer.header)
  return answer.message
})

/** The next event, again and again. */
const nextOf = <I extends DescMessage, O extends DescMessage>(
  messages: AsyncIterable<MessageShape<O>>,
  { eventOf, watched = (message) => message }: Streaming<I, O>,
  fail: Calls["failStream"]
): Next<StreamEvent> => {
  const iterator = messages[Symbol.asyncIterator]()
  const message = watched(
    Effect.flatMap(
      Effect.tryPromise({ try: () => iterator.next(), catch: fail }),
      ({ done, value }): Next<MessageShape<O>> => (done === true ? Cause.done() : Effect.succeed(value))
    )
  )
  const next: Next<StreamEvent> = Effect.flatMap(message, (told) => {
    const event = eventOf(told)
    return event === undefined ? next : Effect.succeed(event)
  })
  return next
}

/** The ending to be counted; an interruption is none. */
const endingOf = (cause: Cause.Cause<DispatchError | Cause.Done>) => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error === undefined) return undefined
  return Cause.isDone(error) ? "ok" : error.reason._tag
}
