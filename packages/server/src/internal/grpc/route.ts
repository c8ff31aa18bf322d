/** Methods of gRPC services, and the effects that answer them. */
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
  toBinary
} from "@bufbuild/protobuf"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { type Array as Arr, type Cause, Effect, type Scope, Stream } from "effect"

/** A call at hand, beyond its message. */
export interface Call {
  readonly method: DescMethodUnary | DescMethodServerStreaming
  /** Gives its metadata by name, in lower case. */
  header(name: string): string | undefined
  /** Its origin, as an IP address. */
  readonly remoteAddress: string | undefined
  /** Sends the headers of the response before there is a message. */
  sendHeaders(): void
  /** Ends the call with an error, whatever it is at; what it has handed over has `stallGrace` to be taken. */
  fail(error: DispatchError): void
  /** The error that it was ended with in this way. */
  readonly failure: DispatchError | undefined
  /** Cuts the call off unless it is over within `stallGrace`: perhaps its reader takes nothing any more. */
  expire(): void
  /** Does something once the call is over, at once if it is. */
  whenOver(release: () => void): void
}

/** The message of a request; its schema belongs to the method. */
export type Message = MessageShape<DescMessage>

/** A message of an answer, in its frame: many streams may send the very same one. */
export type Frame = Uint8Array

/** Waits for the next messages of a stream each time it is run. */
export type Pull = Effect.Effect<Arr.NonEmptyReadonlyArray<Frame>, DispatchError | Cause.Done>

/** The frame of a message. */
export const frameOf = <Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Frame =>
  frame(toBinary(schema, create(schema, init)))

/** The part of an admission that does not depend on the kind of answer. */
interface Place {
  /** The key that unread bytes count for. */
  readonly keyId: string | undefined
  /** Waits for its turn among the calls of the key; nothing of the call is read before. */
  readonly turn: Effect.Effect<void, DispatchError>
}

/** The one way from an admitted call to its answer. */
export type Admitted<R> = Place &
  (
    | {
        readonly _tag: "Unary"
        readonly answer: (message: Message) => Effect.Effect<Frame, DispatchError, R>
      }
    | {
        readonly _tag: "Stream"
        readonly answer: (message: Message) => Effect.Effect<Pull, DispatchError, R | Scope.Scope>
      }
  )

/** A method, and its gate: that decides by the headers of a call, and writes nothing. */
export interface Route<R> {
  readonly method: DescMethodUnary | DescMethodServerStreaming
  readonly gate: (call: Call) => Effect.Effect<Admitted<R>, DispatchError, R>
}

/** A gate that knows its messages. */
type Gate<I extends DescMessage, A, R> = (
  call: Call
) => Effect.Effect<Place & { readonly answer: (message: MessageShape<I>) => A }, DispatchError, R>

/** A method that has one answer. */
export const unary = <I extends DescMessage, O extends DescMessage, R>(
  method: DescMethodUnary<I, O>,
  gate: Gate<I, Effect.Effect<Frame, DispatchError, R>, R>
): Route<R> => ({
  method,
  gate: (call) =>
    Effect.map(gate(call), ({ answer, ...place }) => ({
      _tag: "Unary",
      ...place,
      answer: (message) => answer(message as MessageShape<I>)
    }))
})

/** A method that answers with a stream, which costs less than one of Effect's. */
export const serverPull = <I extends DescMessage, O extends DescMessage, R>(
  method: DescMethodServerStreaming<I, O>,
  gate: Gate<I, Effect.Effect<Pull, DispatchError, R | Scope.Scope>, R>
): Route<R> => ({
  method,
  gate: (call) =>
    Effect.map(gate(call), ({ answer, ...place }) => ({
      _tag: "Stream",
      ...place,
      answer: (message) => answer(message as MessageShape<I>)
    }))
})

/** A method that answers with a stream of Effect's. */
export const serverStream = <I extends DescMessage, O extends DescMessage, R>(
  method: DescMethodServerStreaming<I, O>,
  gate: Gate<I, Stream.Stream<Frame, DispatchError>, R>
): Route<R> =>
  serverPull(method, (call) =>
    Effect.map(gate(call), ({ answer, ...place }) => ({
      ...place,
      answer: (message) => Stream.toPull(answer(message))
    }))
  )

/** The path of a method. */
export const pathOf = ({ method }: Pick<Route<never>, "method">): string =>
  `/${method.parent.typeName}/${method.name}`
