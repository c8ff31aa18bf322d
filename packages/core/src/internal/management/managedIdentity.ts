/** One identity of a managed type: its fiber carries out the decisions of its state machine. */
import {
  type Cause,
  type Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Option,
  type Schedule,
  type Scope
} from "effect"
import type { ActorFactory } from "../../ActorFactory.ts"
import { stopTimeLimit } from "../../ManageOptions.ts"
import type { Identity } from "../../MergeStrategy.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import { elapsedMillis } from "../elapsed.ts"
import * as Reports from "./actorReports.ts"
import { Attempts } from "./attempts.ts"
import { idle, type Signal, type Order, type State, react } from "./identityState.ts"
import { Latest } from "./latest.ts"

/** The settings for running the actors of a type. */
export interface ActorSettings<P, E, R> extends Reports.Desk {
  readonly factory: ActorFactory<P, E, R>
  /** The services that the factory needs. */
  readonly services: Context.Context<Exclude<R, Scope.Scope>>
  /** The schedule for trying again after a failure, by the monotonic clock. */
  readonly retry: Schedule.Schedule<unknown, Cause.Cause<E>>
  readonly commandTimeLimit: Duration.Duration
}

/** The parts that the identities of a type share. */
export interface Siblings<P, E, R> {
  readonly settings: ActorSettings<P, E, R>
  /** True while runs without an end are held back. */
  readonly isHeld: () => boolean
  /** Notes that the state of one has changed. */
  readonly changed: (identity: ManagedIdentity<P, E, R>) => void
}

export class ManagedIdentity<P, E, R> {
  readonly name: Identity
  readonly #siblings: Siblings<P, E, R>
  readonly #fork: <A, F>(effect: Effect.Effect<A, F, Exclude<R, Scope.Scope>>) => Fiber.Fiber<A, F>
  #state: State<P> = idle
  #fiber: Fiber.Fiber<void> | undefined
  #told: Latest<Order<P>> | undefined

  constructor(name: Identity, siblings: Siblings<P, E, R>) {
    this.name = name
    this.#siblings = siblings
    this.#fork = Effect.runForkWith(siblings.settings.services)
  }

  get state(): State<P> {
    return this.#state
  }

  /** The fiber of an actor that is up, or has not ended yet. */
  get fiber(): Fiber.Fiber<void> | undefined {
    const { _tag } = this.#state
    return _tag === "Active" || _tag === "Stopping" ? this.#fiber : undefined
  }

  /** Applies a signal at once. */
  give(signal: Signal<P>): void {
    const [state, action] = react(this.#state, signal, { isHeld: this.#siblings.isHeld() })
    this.#state = state
    this.#siblings.changed(this)
    if (action === undefined) return
    if (action._tag === "Launch") this.#launch(action.order)
    else if (action._tag === "Update") this.#told?.set(action.order)
    else this.#interrupt()
  }

  #launch(order: Order<P>): void {
    const { settings } = this.#siblings
    const { change } = order
    const told = new Latest(order)
    const fiber = this.#fork(this.#attempts(told).run)
    this.#told = told
    this.#fiber = fiber
    if (isCommand(change)) {
      this.#unlessEnded(fiber, settings.commandTimeLimit, this.#expire(fiber, change))
    }
    fiber.addObserver((exit) => {
      // A failure while it ran has been reported: this one is of a finalizer, after the stop.
      if (Exit.isFailure(exit)) this.#fork(Reports.failed(settings, told.value.change, exit.cause))
      this.give({ _tag: "Ended" })
    })
  }

  #attempts(told: Latest<Order<P>>): Attempts<P, E, R> {
    const { factory, journal, retry, type } = this.#siblings.settings
    const hear = (signal: Signal<P>) => this.give(signal)
    return new Attempts({ type, journal, factory, retry, told, isTooLate: this.#isTooLate, hear })
  }

  get #isTooLate(): Effect.Effect<boolean> {
    return Effect.map(elapsedMillis, (now) => {
      const state = this.#state
      return state._tag === "Active" && state.isCommand && now > state.order.triedUntil
    })
  }

  #interrupt(): void {
    const fiber = this.#fiber
    const change = this.#told?.value.change
    if (fiber === undefined || change === undefined) return
    fiber.interruptUnsafe()
    const late = Reports.stopsLate(this.#siblings.settings, { change, name: this.name }, stopTimeLimit)
    this.#unlessEnded(fiber, stopTimeLimit, late)
  }

  /** Ends a command that has had all its time. */
  #expire(fiber: Fiber.Fiber<void>, change: RunningStateChange): Effect.Effect<void> {
    return Effect.suspend(() => {
      const isStillIt = this.#fiber === fiber && this.#state._tag === "Active" && this.#state.isCommand
      if (!isStillIt) return Effect.void
      this.give({ _tag: "Expired" })
      const { settings } = this.#siblings
      return Reports.tookTooLong(settings, change, settings.commandTimeLimit)
    })
  }

  /** Runs an effect if the fiber has not ended in time. */
  #unlessEnded(fiber: Fiber.Fiber<void>, limit: Duration.Duration, late: Effect.Effect<void>): void {
    if (!Duration.isFinite(limit) || fiber.pollUnsafe() !== undefined) return
    this.#fork(
      Effect.flatMap(Effect.timeoutOption(Fiber.await(fiber), limit), (ended) =>
        Option.isNone(ended) ? late : Effect.void
      )
    )
  }
}
