/** Runs an actor of the application again and again while it fails, with the info that it was told last. */
import { Cause, Effect, Exit, type Schedule, type Scope, Stream } from "effect"
import type { ActorFactory } from "../../ActorFactory.ts"
import { checkEffect } from "../port/optionChecks.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import * as Reports from "./actorReports.ts"
import type { Order, Signal } from "./identityState.ts"
import type { Latest } from "./latest.ts"

/** The actor to try, and the schedule of its tries. */
export interface Trial<P, E, R> extends Reports.Desk {
  readonly factory: ActorFactory<P, E, R>
  readonly retry: Schedule.Schedule<unknown, Cause.Cause<E>>
  readonly told: Latest<Order<P>>
  /** True if another attempt comes too late for its command. */
  readonly isTooLate: Effect.Effect<boolean>
  /** Receives the outcome of each attempt as a signal. */
  readonly hear: (signal: Signal<P>) => void
}

export class Attempts<P, E, R> {
  readonly #trial: Trial<P, E, R>
  #begun = 0
  /** The actor itself failed, and that was reported. */
  #isReported = false

  constructor(trial: Trial<P, E, R>) {
    this.#trial = trial
  }

  /** Ends when the actor has ended well, was interrupted, or is not to be tried again. */
  get run(): Effect.Effect<void, never, Exclude<R, Scope.Scope>> {
    return this.#attempt.pipe(
      // Not yet reported: a finalizer failed.
      Effect.tapCause((cause) => (this.#isReported ? Effect.void : this.#failed(cause))),
      Effect.sandbox,
      // A failing finalizer changes nothing for an actor that has ended by itself.
      Effect.retry({
        schedule: this.#trial.retry,
        while: (cause) => this.#isReported && !Cause.hasInterruptsOnly(cause)
      }),
      Effect.catch((cause) =>
        Cause.hasInterruptsOnly(cause) || !this.#isReported
          ? Effect.void
          : Reports.triedInVain(this.#change.dispatch)
      )
    )
  }

  get #attempt() {
    return Effect.gen({ self: this }, function* () {
      const { factory, hear, isTooLate, told } = this.#trial
      if (this.#begun++ > 0) {
        if (yield* isTooLate) return yield* Reports.triedTooLate(this.#change.dispatch)
        hear({ _tag: "Retried" })
        yield* Reports.retried(this.#trial, this.#change)
      }
      yield* Reports.started(this.#trial, this.#change)
      const updates = Stream.map(told.changes, ({ info }) => info)
      const actor = Effect.suspend(() => {
        const made = factory(told.value.info, updates)
        return Effect.andThen(checkEffect(made, "factory"), made)
      })
      yield* Effect.scoped(Effect.onExit(actor, (exit) => this.#finish(exit)))
    })
  }

  #finish(exit: Exit.Exit<unknown, E>): Effect.Effect<void> {
    return Effect.suspend(() => {
      // A change that comes from now on is for the next attempt: this one no longer listens.
      this.#trial.hear({
        _tag: "Finished",
        isWell: Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
      })
      this.#isReported = Exit.isFailure(exit)
      if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) {
        return Reports.finished(this.#trial, this.#change)
      }
      return this.#failed(exit.cause)
    })
  }

  #failed(cause: Cause.Cause<unknown>): Effect.Effect<void> {
    return Reports.failed(this.#trial, this.#change, cause)
  }

  /** The change that the actor was told last. */
  get #change(): RunningStateChange {
    return this.#trial.told.value.change
  }
}
