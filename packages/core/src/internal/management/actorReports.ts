/** Logs, counts and entries of the journal for the actors of a managed type. */
import { Cause, Duration, Effect, Metric } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { Identity } from "../../MergeStrategy.ts"
import * as Metrics from "../../Metrics.ts"
import { type ActorStep, reasonOf } from "../../Run.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import type { JournalWriter } from "../journal/journalWriter.ts"

/** The type of actors, and the journal of their site. */
export interface Desk {
  readonly type: string
  readonly journal: JournalWriter | undefined
}

const write = (
  desk: Desk,
  change: RunningStateChange,
  step: ActorStep,
  reason?: string
): Effect.Effect<void> => Effect.sync(() => desk.journal?.actor(change, step, reason))

/** An actor is begun. */
export const started = (desk: Desk, change: RunningStateChange): Effect.Effect<void> =>
  Effect.andThen(Metric.update(Metrics.actorsStarted.at(desk.type), 1), write(desk, change, "Started"))

/** An actor that failed is tried again. */
export const retried = (desk: Desk, change: RunningStateChange): Effect.Effect<void> =>
  Effect.andThen(Metric.update(Metrics.actorsRetried.at(desk.type), 1), write(desk, change, "Retried"))

/** The work of an actor has ended, by itself or because it was interrupted. */
export const finished = (desk: Desk, change: RunningStateChange): Effect.Effect<void> =>
  write(desk, change, "Finished")

/** An actor, or one of its finalizers, failed; an interruption is no failure. */
export const failed = (
  desk: Desk,
  change: RunningStateChange,
  cause: Cause.Cause<unknown>
): Effect.Effect<void> =>
  Cause.hasInterruptsOnly(cause)
    ? Effect.void
    : Effect.andThen(
        Effect.andThen(
          write(desk, change, "Failed", reasonOf(cause)),
          Metric.update(Metrics.actorsFailed.at(desk.type), 1)
        ),
        Effect.logError(`The actor of ${nameOf(change.dispatch)} failed`, cause)
      )

export const triedTooLate = (dispatch: Dispatch): Effect.Effect<void> =>
  Effect.logWarning(`It is too late to try ${nameOf(dispatch)} again`)

export const triedInVain = (dispatch: Dispatch): Effect.Effect<void> =>
  Effect.logError(`The actor of ${nameOf(dispatch)} is not tried again until its next change`)

export const tookTooLong = (
  desk: Desk,
  change: RunningStateChange,
  limit: Duration.Duration
): Effect.Effect<void> =>
  Effect.andThen(
    Effect.andThen(write(desk, change, "TimedOut"), Metric.update(Metrics.commandsTooLong.at(desk.type), 1)),
    Effect.logWarning(
      `The actor of ${nameOf(change.dispatch)} is interrupted: it has taken ${Duration.format(limit)}`
    )
  )

export const stopsLate = (
  desk: Desk,
  { change, name }: { readonly change: RunningStateChange; readonly name: Identity },
  limit: Duration.Duration
): Effect.Effect<void> =>
  Effect.andThen(
    Effect.andThen(write(desk, change, "Overran"), Metric.update(Metrics.stopsLate.at(desk.type), 1)),
    Effect.logWarning(
      `The actor of ${desk.type} ${name} has not ended ${Duration.format(limit)} after it was stopped; it is not started again before it has`
    )
  )

/** A payload does not fit the schema of its type. */
export const payloadUnusable = (
  desk: Desk,
  change: RunningStateChange,
  consequence: string,
  failure: string
): Effect.Effect<void> =>
  Effect.andThen(
    Effect.andThen(
      write(desk, change, "Refused", reasonOf(failure)),
      Metric.update(Metrics.payloadsUnusable.at(desk.type), 1)
    ),
    Effect.logError(`The payload of ${nameOf(change.dispatch)} cannot be used, ${consequence}: ${failure}`)
  )

const nameOf = ({ id, type }: Dispatch): string => `dispatch ${id} (${type})`
