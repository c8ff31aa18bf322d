/** All identities of a managed type: carries out, with a fiber each, what their state machines decide. */
import {
  Cause,
  type Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Metric,
  Option,
  type Result,
  type Schedule,
  type Scope
} from "effect"
import type { ActorFactory } from "../../ActorFactory.ts"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { elapsedMillis, onTimers } from "../elapsed.ts"
import { type DispatchInfo, fromChange } from "../../DispatchInfo.ts"
import type { Identity } from "../../MergeStrategy.ts"
import * as Payload from "../../Payload.ts"
import * as Target from "../../Target.ts"
import * as Metrics from "../../Metrics.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import { idle, type Input, type Order, type State, transition } from "./identityState.ts"
import * as Latest from "./latest.ts"

/** How the actors of a type are run. */
export interface Settings<P, E, R> {
  readonly type: string
  readonly factory: ActorFactory<P, E, R>
  /** What the factory works with. */
  readonly services: Context.Context<Exclude<R, Scope.Scope>>
  readonly identityOf: (change: RunningStateChange) => Identity
  /** The payload for the actor, or what is wrong with it. */
  readonly decode: (dispatch: Dispatch) => Result.Result<P, string>
  /** The present version of a dispatch, as far as it is known. */
  readonly present: (id: DispatchId) => Effect.Effect<Option.Option<Dispatch>>
  readonly retry: Schedule.Schedule<unknown, Cause.Cause<E>>
  /** How late after its occurrence a command may be tried again. */
  readonly catchUpWindow: Duration.Duration
  readonly stopTimeLimit: Duration.Duration
  readonly commandTimeLimit: Duration.Duration
}

export interface ManagedType {
  /** Acts on what starts, changes or stops. */
  readonly follow: (change: RunningStateChange) => Effect.Effect<void>
  /** Reports what is left out of its identity, because its payload cannot be decoded. */
  readonly reject: (change: RunningStateChange) => Effect.Effect<void>
  /** A dispatch is deleted, no longer active, or no longer of the type. */
  readonly revoke: (id: DispatchId) => Effect.Effect<void>
  /** Stops what runs without an end, and starts nothing of the kind. Tells whether that is new. */
  readonly hold: Effect.Effect<boolean>
  /** Starts again what was held back. */
  readonly release: Effect.Effect<void>
  /** Stops all actors and waits for their finalizers. */
  readonly stop: Effect.Effect<void>
  /** How many actors are up, or wait to be tried again. */
  readonly running: () => number
}

/** What becomes of one identity. */
interface Managed<P> {
  readonly name: Identity
  state: State<P>
  fiber: Fiber.Fiber<void> | undefined
  told: Latest.Latest<DispatchInfo<P>> | undefined
}

export const make = <P, E, R>(settings: Settings<P, E, R>): ManagedType => {
  const { commandTimeLimit, services, stopTimeLimit, type } = settings
  const identities = new Map<Identity, Managed<P>>()
  /** Those that are, or will be, up for a command. */
  const ofCommands = new Set<Managed<P>>()
  const fork = Effect.runForkWith(services)
  /** Until when commands may be tried, by the clock that nobody sets, in milliseconds. */
  const triedUntil = new WeakMap<RunningStateChange, number>()
  const retry = onTimers(settings.retry)
  let isHeld = false

  /** Lets an input have its effect, at once. */
  const give = (identity: Managed<P>, input: Input<P>): void => {
    const [state, action] = transition(identity.state, input, isHeld)
    identity.state = state
    if (state._tag === "Idle") identities.delete(identity.name)
    else identities.set(identity.name, identity)
    if (isOfCommand(state)) ofCommands.add(identity)
    else ofCommands.delete(identity)
    if (action === undefined) return
    if (action._tag === "Launch") launch(identity, action.order)
    else if (action._tag === "Update") identity.told?.set(action.order.info)
    else interrupt(identity)
  }

  const launch = (identity: Managed<P>, { change, info }: Order<P>): void => {
    const told = Latest.make(info)
    const fiber = fork(work(identity, told))
    identity.told = told
    identity.fiber = fiber
    if (isCommand(change)) {
      const expire = Effect.suspend(() => {
        const isStillIt =
          identity.fiber === fiber && identity.state._tag === "Active" && identity.state.isCommand
        if (!isStillIt) return Effect.void
        give(identity, { _tag: "Expired" })
        return Effect.andThen(
          Metric.update(Metrics.commandsTooLong.at(type), 1),
          Effect.logWarning(
            `The actor of ${nameOf(change.dispatch)} is interrupted: it has taken ${Duration.format(commandTimeLimit)}`
          )
        )
      })
      within(fiber, commandTimeLimit, expire)
    }
    fiber.addObserver((exit) => {
      // What failed as it went on has been reported: this is one of its finalizers, as it was stopped.
      if (Exit.isFailure(exit)) fork(report(told.get().dispatch, exit.cause))
      give(identity, { _tag: "Ended" })
    })
  }

  const interrupt = ({ fiber, name }: Managed<P>): void => {
    if (fiber === undefined) return
    fiber.interruptUnsafe()
    const report = Effect.andThen(
      Metric.update(Metrics.stopsLate.at(type), 1),
      Effect.logWarning(
        `The actor of ${type} ${name} has not ended ${Duration.format(stopTimeLimit)} after it was stopped; it is not started again before it has`
      )
    )
    within(fiber, stopTimeLimit, report)
  }

  /** Does something should the fiber not have ended in time. */
  const within = (fiber: Fiber.Fiber<void>, limit: Duration.Duration, late: Effect.Effect<void>): void => {
    if (!Duration.isFinite(limit) || fiber.pollUnsafe() !== undefined) return
    fork(
      Effect.flatMap(Effect.timeoutOption(Fiber.await(fiber), limit), (ended) =>
        Option.isNone(ended) ? late : Effect.void
      )
    )
  }

  /** The actor, again and again while it fails, with what it was told last. */
  const work = (identity: Managed<P>, told: Latest.Latest<DispatchInfo<P>>) => {
    let attempts = 0
    /** The actor itself failed, and that was reported. */
    let isReported = false
    const attempt = Effect.gen(function* () {
      if (attempts++ > 0) {
        if (yield* isTooLate(identity)) {
          return yield* Effect.logWarning(`It is too late to try ${nameOf(told.get().dispatch)} again`)
        }
        give(identity, { _tag: "Retried" })
        yield* Metric.update(Metrics.actorsRetried.at(type), 1)
      }
      yield* Metric.update(Metrics.actorsStarted.at(type), 1)
      const actor = Effect.suspend(() => settings.factory(told.get(), told.changes))
      const finish = (exit: Exit.Exit<unknown, E>) =>
        Effect.suspend(() => {
          // What comes from now on is for the next one: nobody hears of it here.
          give(identity, {
            _tag: "Finished",
            isWell: Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
          })
          isReported = Exit.isFailure(exit)
          return Exit.isFailure(exit) ? report(told.get().dispatch, exit.cause) : Effect.void
        })
      yield* Effect.scoped(Effect.onExit(actor, finish))
    })
    return attempt.pipe(
      // Else it is one of its finalizers that failed.
      Effect.tapCause((cause) => (isReported ? Effect.void : report(told.get().dispatch, cause))),
      Effect.sandbox,
      // A finalizer that fails leaves an actor that has ended by itself as ended as it is.
      Effect.retry({ schedule: retry, while: (cause) => isReported && !Cause.hasInterruptsOnly(cause) }),
      Effect.catch((cause) =>
        Cause.hasInterruptsOnly(cause) || !isReported
          ? Effect.void
          : Effect.logError(
              `The actor of ${nameOf(told.get().dispatch)} is not tried again until its next change`
            )
      )
    )
  }

  /** Counts and logs a failure; an interruption is none. */
  const report = (dispatch: Dispatch, cause: Cause.Cause<unknown>) =>
    Effect.gen(function* () {
      if (Cause.hasInterruptsOnly(cause)) return
      yield* Metric.update(Metrics.actorsFailed.at(type), 1)
      yield* Effect.logError(`The actor of ${nameOf(dispatch)} failed`, cause)
    })

  const isTooLate = ({ state }: Managed<P>) =>
    Effect.map(elapsedMillis, (now) => {
      if (state._tag !== "Active" || !state.isCommand) return false
      return now > (triedUntil.get(state.order.change) ?? Infinity)
    })

  const run = Effect.fnUntraced(function* (change: RunningStateChange, identity: Managed<P>) {
    const { dispatch } = change
    if (isCommand(change)) {
      triedUntil.set(change, (yield* elapsedMillis) + timeLeft(change, settings.catchUpWindow))
      // It may have been revoked since: its end comes by another stream.
      const present = yield* settings.present(dispatch.id)
      if (!Option.exists(present, ({ active }) => active)) return
    }
    const payload = settings.decode(dispatch)
    const order =
      payload._tag === "Success" ? { change, info: fromChange(change, payload.success) } : undefined
    give(identity, { _tag: "Running", change, order })
    if (payload._tag === "Success") return
    const isUp = identity.state._tag === "Active"
    const consequence = isUp ? "its actor goes on with what it was told before" : "no actor is started for it"
    yield* reportPayload(dispatch, consequence, payload.failure)
  })

  const reportPayload = (dispatch: Dispatch, consequence: string, failure: string) =>
    Effect.andThen(
      Metric.update(Metrics.payloadsUnusable.at(type), 1),
      Effect.logError(`The payload of ${nameOf(dispatch)} cannot be used, ${consequence}: ${failure}`)
    )

  const all = (input: Input<P>) => {
    for (const identity of identities.values()) give(identity, input)
  }

  return {
    follow: (change) =>
      Effect.suspend(() => {
        const name = settings.identityOf(change)
        const identity = identities.get(name)
        if (change.state === "Running") {
          return run(change, identity ?? { name, state: idle, fiber: undefined, told: undefined })
        }
        if (identity !== undefined) give(identity, { _tag: "Stopped" })
        return Effect.void
      }),
    reject: ({ dispatch, state }) =>
      Effect.suspend(() => {
        const payload = settings.decode(dispatch)
        return state === "Running" && payload._tag === "Failure"
          ? reportPayload(dispatch, "it is taken as if it did not run", payload.failure)
          : Effect.void
      }),
    revoke: (id) =>
      Effect.sync(() => {
        for (const identity of ofCommands) give(identity, { _tag: "Revoked", id })
      }),
    hold: Effect.sync(() => {
      if (isHeld) return false
      isHeld = true
      all({ _tag: "Held" })
      return true
    }),
    release: Effect.gen(function* () {
      isHeld = false
      for (const identity of identities.values()) {
        if (identity.state._tag !== "Held") continue
        const { dispatch } = identity.state.order.change
        const present = yield* settings.present(dispatch.id)
        // Of whatever has changed meanwhile, a change is on its way.
        if (Option.exists(present, (version) => runsAlike(dispatch, version))) {
          give(identity, { _tag: "Released" })
        }
      }
    }),
    stop: Effect.suspend(() => {
      const fibers: Array<Fiber.Fiber<void>> = []
      for (const identity of identities.values()) {
        const hasFiber = identity.state._tag === "Active" || identity.state._tag === "Stopping"
        if (hasFiber && identity.fiber !== undefined) fibers.push(identity.fiber)
        give(identity, { _tag: "Closed" })
      }
      return Effect.asVoid(Fiber.awaitAll(fibers))
    }),
    running: () => {
      let number = 0
      for (const { state } of identities.values()) if (state._tag === "Active") number++
      return number
    }
  }
}

/** How long a command may be tried from when it was decided, in milliseconds: less by how late that was. */
const timeLeft = ({ decidedAt, occurrence }: RunningStateChange, catchUpWindow: Duration.Duration): number =>
  Duration.toMillis(catchUpWindow) - Math.max(0, decidedAt.epochMilliseconds - occurrence.epochMilliseconds)

const isOfCommand = <P>(state: State<P>): boolean =>
  state._tag === "Active"
    ? state.isCommand
    : state._tag === "Stopping" && state.next !== undefined && isCommand(state.next.change)

/** Whether a dispatch that runs without an end does so in the other version as well, to the same effect. */
const runsAlike = (left: Dispatch, right: Dispatch): boolean =>
  right.active &&
  left.type === right.type &&
  left.dryRun === right.dryRun &&
  left.startTime.epochMilliseconds === right.startTime.epochMilliseconds &&
  Duration.Equivalence(left.duration, right.duration) &&
  Target.equals(left.target, right.target) &&
  Payload.equals(left.payload, right.payload)

const nameOf = ({ id, type }: Dispatch): string => `dispatch ${id} (${type})`
