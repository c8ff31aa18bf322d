/** Other implementations of gRPC, each as a client of the service and as a service for the client. */
import type { Effect, Scope } from "effect"

/** A call of a client. */
export interface PeerCall {
  /** The path, such as `/package.Service/Method`. */
  readonly path: string
  /** The bytes of the message. */
  readonly request: Uint8Array
  readonly metadata?: { readonly [name: string]: string | Uint8Array }
  readonly timeoutMs?: number
  /** Cancels the call after so many messages. */
  readonly cancelAfter?: number
  /** Time to think about each message. */
  readonly delayMs?: number
  readonly isCompressed?: boolean
}

/** The end of a call as its client saw it. */
export interface PeerOutcome {
  readonly code: number
  readonly message: string
  readonly messages: ReadonlyArray<Uint8Array>
  /** The status with its details, if it came with any. */
  readonly details: Uint8Array | undefined
}

/** A client of another implementation. */
export interface PeerClient {
  readonly call: (call: PeerCall) => Effect.Effect<PeerOutcome>
}

/** The answers of a service by the number of the microgrid that is asked about. */
export const microgrids = {
  /** A message, or many in a stream. */
  answers: 1n,
  /** A status with details and words beyond ASCII. */
  refuses: 2n,
  /** Nothing, until it is called off. */
  waits: 3n,
  /** A compressed message. */
  compresses: 4n,
  /** A message, and binary metadata after it. */
  adds: 5n,
  /** Some messages, then a failure. */
  breaks: 6n,
  /** A message that is too large for the client. */
  overflows: 7n
} as const

/** The messages that a service answers with. */
export interface Canned {
  readonly get: Uint8Array
  readonly event: Uint8Array
  /** Events of a stream that answers. */
  readonly events: number
  /** The status of a refusal, with its details. */
  readonly status: Uint8Array
  readonly large: Uint8Array
}

/** A service of another implementation. */
export interface PeerService {
  readonly port: number
  /** Calls that it saw called off so far. */
  readonly cancellations: Effect.Effect<number>
}

/** An implementation of clients. */
export interface ClientMaker {
  readonly name: string
  readonly client: (port: number) => Effect.Effect<PeerClient, never, Scope.Scope>
}

/** An implementation of services, which takes at most so many streams on a session. */
export interface ServiceMaker {
  readonly name: string
  readonly service: (canned: Canned, streamsMax: number) => Effect.Effect<PeerService, never, Scope.Scope>
}
