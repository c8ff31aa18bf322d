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
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchInfo } from "../../DispatchInfo.ts"
import { stopTimeLimit } from "../../ManageOptions.ts"
import type { Identity } from "../../MergeStrategy.ts"
import { isCommand } from "../../RunningStateChange.ts"
import { elapsedMillis } from "../elapsed.ts"
import * as Reports from "./actorReports.ts"
import { Attempts } from "./attempts.ts"
import { idle, type Signal, type Order, type State, react } from "./identityState.ts"
import { Latest } from "./latest.ts"

/** The settings for running the actors of a type. */
export interface ActorSettings<P, E, R> {
  readonly type: string
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
  #told: Latest<DispatchInfo<P>> | undefined

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
    else if (action._tag === "Update") this.#told?.set(action.order.info)
    else this.#interrupt()
  }

  #launch({ change, info }: Order<P>): void {
    const { commandTimeLimit, type } = this.#siblings.settings
    const told = new Latest(info)
    const fiber = this.#fork(this.#attempts(told).run)
    this.#told = told
    this.#fiber = fiber
    if (isCommand(change)) this.#unlessEnded(fiber, commandTimeLimit, this.#expire(fiber, change.dispatch))
    fiber.addObserver((exit) => {
      // A failure while it ran has been reported: this one is of a finalizer, after the stop.
      if (Exit.isFailure(exit)) this.#fork(Reports.failed(type, told.value.dispatch, exit.cause))
      this.give({ _tag: "Ended" })
    })
  }

  #attempts(told: Latest<DispatchInfo<P>>): Attempts<P, E, R> {
    const { factory, retry, type } = this.#siblings.settings
    const hear = (signal: Signal<P>) => this.give(signal)
    return new Attempts({ type, factory, retry, told, isTooLate: this.#isTooLate, hear })
  }

  get #isTooLate(): Effect.Effect<boolean> {
    return Effect.map(elapsedMillis, (now) => {
      const state = this.#state
      return state._tag === "Active" && state.isCommand && now > state.order.triedUntil
    })
  }

  #interrupt(): void {
    const fiber = this.#fiber
    if (fiber === undefined) return
    const { type } = this.#siblings.settings
    fiber.interruptUnsafe()
    this.#unlessEnded(fiber, stopTimeLimit, Reports.stopsLate(type, this.name, stopTimeLimit))
  }

  /** Ends a command that has had all its time. */
  #expire(fiber: Fiber.Fiber<void>, dispatch: Dispatch): Effect.Effect<void> {
    return Effect.suspend(() => {
      const isStillIt = this.#fiber === fiber && this.#state._tag === "Active" && this.#state.isCommand
      if (!isStillIt) return Effect.void
      this.give({ _tag: "Expired" })
      const { commandTimeLimit, type } = this.#siblings.settings
      return Reports.tookTooLong(type, dispatch, commandTimeLimit)
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
