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
import { Cause, Deferred, Effect, Exit, Metric, Option, type Scope, Stream } from "effect"
import * as Metrics from "../Metrics.ts"
import type { Calls } from "./calls.ts"
import { StreamSpan } from "./callSpans.ts"

/** A call that answers with a stream, and the events in its messages. */
export interface Streaming<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodServerStreaming<I, O>
  readonly request: MessageInitShape<I>
  /** The event that a message tells, if it tells one. */
  readonly eventOf: (message: MessageShape<O>) => StreamEvent | undefined
  /** Watches over the messages; the stream ends as it ends. */
  readonly watched?: (
    messages: Stream.Stream<MessageShape<O>, DispatchError>
  ) => Stream.Stream<MessageShape<O>, DispatchError>
}

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
  { eventOf, method, request, watched = (messages) => messages }: Streaming<I, O>
): Effect.fn.Return<EventStream, never, Scope.Scope> {
  const { signal } = yield* Effect.acquireRelease(
    // Given to connect, which ends the HTTP/2 stream when the scope closes.
    Effect.sync(() => new AbortController()),
    (controller) => Effect.sync(() => controller.abort())
  )
  const span = yield* StreamSpan.make(method)
  const opened = Deferred.makeUnsafe<AsyncIterable<MessageShape<O>>, DispatchError>()

  const opening = Effect.gen(function* () {
    const { headers, onHeader, timeoutMs } = yield* calls.prepareStream(method)
    const answer = yield* Effect.tryPromise({
      try: () =>
        calls.transport.stream(
          method,
          signal,
          timeoutMs,
          headers,
          createAsyncIterable([create(method.input, request)])
        ),
      catch: calls.failStream
    })
    onHeader?.(answer.header)
    return answer.message
  })

  const end = (exit: Exit.Exit<unknown, DispatchError>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const ending = endingOf(exit)
      if (ending === undefined) return Effect.void
      span.end(ending === "ok" ? 0 : codeOf[ending])
      return Metric.update(Metrics.callsEnded.at(method.name, ending), 1)
    })

  const opens = Effect.onExit(span.within(opening), (exit) => {
    // A fiber that still waits has nothing to wait for any more.
    Deferred.doneUnsafe(opened, exit)
    return Exit.isSuccess(exit) ? Effect.void : end(exit)
  })
  const read = (messages: AsyncIterable<MessageShape<O>>) =>
    watched(Stream.fromAsyncIterable(messages, calls.failStream)).pipe(
      Stream.map(eventOf),
      Stream.filter((event) => event !== undefined),
      Stream.onExit(end)
    )
  yield* Metrics.streamsOpen.observe(() => 1)
  yield* Effect.forkScoped(opens)
  return {
    effective: Effect.asVoid(Deferred.await(opened)),
    events: Stream.unwrap(Effect.map(Deferred.await(opened), read))
  }
})

/** The ending to be counted; an interruption is none. */
const endingOf = (exit: Exit.Exit<unknown, DispatchError>) => {
  if (Exit.isSuccess(exit)) return "ok"
  return Option.getOrUndefined(Cause.findErrorOption(exit.cause))?.reason._tag
}
