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
import type { Effect, Scope } from "effect"
import type { Source } from "../backlog.ts"

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

/** The frame of a message. */
export const frameOf = <Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Frame =>
  frame(toBinary(schema, create(schema, init)))

/** The messages of a stream, which comes to its end only with a failure. */
export type Frames = Source<Frame, DispatchError>

/** The part of an admission that does not depend on the kind of answer. */
interface Place {
  /** The key that unread bytes count for. */
  readonly keyId: string | undefined
  /** Waits for its turn among the calls of the key; nothing of the call is read before. */
  readonly turn: Effect.Effect<void, DispatchError>
}

/** An admitted call that has one answer. */
export interface Unary<R, M = Message> extends Place {
  readonly _tag: "Unary"
  answer(message: M): Effect.Effect<Frame, DispatchError, R>
}

/** An admitted call that is answered with a stream, for the life of a scope. */
export interface Streamed<R, M = Message> extends Place {
  readonly _tag: "Stream"
  answer(message: M): Effect.Effect<Frames, DispatchError, R | Scope.Scope>
}

/** The one way from an admitted call to its answer. */
export type Admitted<R> = Unary<R> | Streamed<R>

/** A method, and its gate: that decides by the headers of a call, and writes nothing. */
export interface Route<R> {
  readonly method: DescMethodUnary | DescMethodServerStreaming
  readonly gate: (call: Call) => Effect.Effect<Admitted<R>, DispatchError, R>
}

/** A method that has one answer; its gate knows its messages. */
export const unary = <I extends DescMessage, O extends DescMessage, R>(
  method: DescMethodUnary<I, O>,
  gate: (call: Call) => Effect.Effect<Unary<R, MessageShape<I>>, DispatchError, R>
): Route<R> => ({ method, gate })

/** A method that answers with a stream. */
export const serverStream = <I extends DescMessage, O extends DescMessage, R>(
  method: DescMethodServerStreaming<I, O>,
  gate: (call: Call) => Effect.Effect<Streamed<R, MessageShape<I>>, DispatchError, R>
): Route<R> => ({ method, gate })

/** The path of a method. */
export const pathOf = ({ method }: Pick<Route<never>, "method">): string =>
  `/${method.parent.typeName}/${method.name}`
