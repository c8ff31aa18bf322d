/** Event streams of the service for consoles, which tell that it is alive. */
import { timestampMs } from "@bufbuild/protobuf/wkt"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import {
  ConsoleService,
  type WatchMicrogridResponse,
  type WatchMicrogridResponse_CopyStatus
} from "@effect-dispatch/api/Protobuf"
import type { EventStream, StreamEvent } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, type Scope } from "effect"
import { silenceMax } from "../ClientLimits.ts"
import type { Calls } from "./calls.ts"
import { openWith } from "./eventStream.ts"

/** The certainty with which a service knows its original, which it is a copy of. */
export interface CopyStatus {
  readonly isStale: boolean
  /** The instant from which on it is stale, if that is known. */
  readonly since: DateTime.Utc | undefined
  /** The reason why it is stale, for people. */
  readonly cause: string
}

/** The service that is watched: the address in its messages, and what is done at each sign of life. */
export interface Watched {
  readonly where: string
  readonly heard: Effect.Effect<void>
  /** Learns of the certainty of a copy. */
  readonly stands: (status: CopyStatus) => Effect.Effect<void>
}

/** Opens an event stream for the life of the scope. It fails when nothing came for `silenceMax`. */
export const open = (
  calls: Calls,
  microgridId: MicrogridId,
  { heard, stands, where }: Watched
): Effect.Effect<EventStream, never, Scope.Scope> =>
  openWith(calls, {
    method: ConsoleService.method.watchMicrogrid,
    request: { microgridId },
    eventOf,
    watched: (message) =>
      Effect.tap(
        Effect.timeoutOrElse(message, { duration: silenceMax, orElse: () => Effect.fail(silent(where)) }),
        ({ kind }) =>
          kind.case === "copyStatus" ? Effect.andThen(heard, stands(copyStatusOf(kind.value))) : heard
      )
  })

const copyStatusOf = ({ cause, isStale, since }: WatchMicrogridResponse_CopyStatus): CopyStatus => ({
  isStale,
  since: since && DateTime.makeUnsafe(timestampMs(since)),
  cause
})

const eventOf = ({ kind }: WatchMicrogridResponse): StreamEvent | undefined =>
  kind.case === "event" ? DispatchCodec.decodeEvent(kind.value) : undefined

const silent = (where: string) =>
  DispatchError.unavailable(`the dispatch service at ${where} gives no sign of life`)
