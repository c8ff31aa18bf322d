/** Logs and counts for the actors of a managed type. */
import { Cause, Duration, Effect, Metric } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { Identity } from "../../MergeStrategy.ts"
import * as Metrics from "../../Metrics.ts"

/** An actor, or one of its finalizers, failed; an interruption is no failure. */
export const failed = (type: string, dispatch: Dispatch, cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  Cause.hasInterruptsOnly(cause)
    ? Effect.void
    : Effect.andThen(
        Metric.update(Metrics.actorsFailed.at(type), 1),
        Effect.logError(`The actor of ${nameOf(dispatch)} failed`, cause)
      )

export const triedTooLate = (dispatch: Dispatch): Effect.Effect<void> =>
  Effect.logWarning(`It is too late to try ${nameOf(dispatch)} again`)

export const triedInVain = (dispatch: Dispatch): Effect.Effect<void> =>
  Effect.logError(`The actor of ${nameOf(dispatch)} is not tried again until its next change`)

export const tookTooLong = (
  type: string,
  dispatch: Dispatch,
  limit: Duration.Duration
): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(Metrics.commandsTooLong.at(type), 1),
    Effect.logWarning(
      `The actor of ${nameOf(dispatch)} is interrupted: it has taken ${Duration.format(limit)}`
    )
  )

export const stopsLate = (type: string, name: Identity, limit: Duration.Duration): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(Metrics.stopsLate.at(type), 1),
    Effect.logWarning(
      `The actor of ${type} ${name} has not ended ${Duration.format(limit)} after it was stopped; it is not started again before it has`
    )
  )

/** A payload does not fit the schema of its type. */
export const payloadUnusable = (
  type: string,
  dispatch: Dispatch,
  consequence: string,
  failure: string
): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(Metrics.payloadsUnusable.at(type), 1),
    Effect.logError(`The payload of ${nameOf(dispatch)} cannot be used, ${consequence}: ${failure}`)
  )

const nameOf = ({ id, type }: Dispatch): string => `dispatch ${id} (${type})`
