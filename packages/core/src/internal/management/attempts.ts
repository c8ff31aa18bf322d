/** Runs an actor of the application again and again while it fails, with the info that it was told last. */
import { Cause, Effect, Exit, Metric, type Schedule, type Scope } from "effect"
import type { ActorFactory } from "../../ActorFactory.ts"
import type { DispatchInfo } from "../../DispatchInfo.ts"
import * as Metrics from "../../Metrics.ts"
import { checkEffect } from "../port/optionChecks.ts"
import * as Reports from "./actorReports.ts"
import type { Signal } from "./identityState.ts"
import type { Latest } from "./latest.ts"

/** The actor to try, and the schedule of its tries. */
export interface Trial<P, E, R> {
  readonly type: string
  readonly factory: ActorFactory<P, E, R>
  readonly retry: Schedule.Schedule<unknown, Cause.Cause<E>>
  readonly told: Latest<DispatchInfo<P>>
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
          : Reports.triedInVain(this.#trial.told.value.dispatch)
      )
    )
  }

  get #attempt() {
    return Effect.gen({ self: this }, function* () {
      const { factory, hear, isTooLate, told, type } = this.#trial
      if (this.#begun++ > 0) {
        if (yield* isTooLate) return yield* Reports.triedTooLate(told.value.dispatch)
        hear({ _tag: "Retried" })
        yield* Metric.update(Metrics.actorsRetried.at(type), 1)
      }
      yield* Metric.update(Metrics.actorsStarted.at(type), 1)
      const actor = Effect.suspend(() => {
        const made = factory(told.value, told.changes)
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
      return Exit.isFailure(exit) ? this.#failed(exit.cause) : Effect.void
    })
  }

  #failed(cause: Cause.Cause<unknown>): Effect.Effect<void> {
    return Reports.failed(this.#trial.type, this.#trial.told.value.dispatch, cause)
  }
}
