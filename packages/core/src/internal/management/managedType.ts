/** All identities of a managed type: finds the one that a change is about, and reaches them all at once. */
import { Duration, Effect, Fiber, Option } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { fromChange } from "../../DispatchInfo.ts"
import type { Identity } from "../../MergeStrategy.ts"
import * as Payload from "../../Payload.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import * as Target from "../../Target.ts"
import { elapsedMillis } from "../elapsed.ts"
import * as Reports from "./actorReports.ts"
import type { Signal, State } from "./identityState.ts"
import { type ActorSettings, ManagedIdentity } from "./managedIdentity.ts"
import type { Decode } from "./payloads.ts"

/** The settings for managing a type. */
export interface TypeSettings<P, E, R> extends ActorSettings<P, E, R> {
  readonly identityOf: (change: RunningStateChange) => Identity
  readonly decode: Decode<P>
  /** The present version of a dispatch, if it is known. */
  readonly present: (id: DispatchId) => Effect.Effect<Option.Option<Dispatch>>
  /** The largest delay after its occurrence at which a command may be tried again. */
  readonly catchUpWindow: Duration.Duration
}

export class ManagedType<P, E, R> {
  readonly #settings: TypeSettings<P, E, R>
  readonly #identities = new Map<Identity, ManagedIdentity<P, E, R>>()
  /** Those that are, or will be, up for a command. */
  readonly #ofCommands = new Set<ManagedIdentity<P, E, R>>()
  #isHeld = false

  constructor(settings: TypeSettings<P, E, R>) {
    this.#settings = settings
  }

  /** The number of actors that are up, or wait to be tried again. */
  get running(): number {
    let number = 0
    for (const { state } of this.#identities.values()) if (state._tag === "Active") number++
    return number
  }

  /** Acts on a start, change or stop. */
  follow(change: RunningStateChange): Effect.Effect<void> {
    return Effect.suspend(() => {
      const name = this.#settings.identityOf(change)
      const identity = this.#identities.get(name)
      if (change.state === "Running") return this.#run(change, identity ?? this.#newIdentity(name))
      identity?.give({ _tag: "Stopped" })
      return Effect.void
    })
  }

  /** Reports a change that is left out of its identity, because its payload cannot be decoded. */
  reject(change: RunningStateChange): Effect.Effect<void> {
    return Effect.suspend(() => {
      const payload = this.#settings.decode(change.dispatch)
      return change.state === "Running" && payload._tag === "Failure"
        ? Reports.payloadUnusable(this.#settings, change, "it is taken as if it did not run", payload.failure)
        : Effect.void
    })
  }

  /** A dispatch is deleted, no longer active, or no longer of the type. */
  revoke(id: DispatchId): Effect.Effect<void> {
    return Effect.sync(() => {
      for (const identity of this.#ofCommands) identity.give({ _tag: "Revoked", id })
    })
  }

  /** Stops runs without an end, and starts no more of them. Tells whether that is new. */
  get hold(): Effect.Effect<boolean> {
    return Effect.sync(() => {
      if (this.#isHeld) return false
      this.#isHeld = true
      this.#giveAll({ _tag: "Held" })
      return true
    })
  }

  /** Starts the held runs again. */
  get release(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#isHeld = false
      for (const identity of this.#identities.values()) {
        if (identity.state._tag !== "Held") continue
        const { dispatch } = identity.state.order.change
        const present = yield* this.#settings.present(dispatch.id)
        // If something has changed meanwhile, a change is on its way.
        if (Option.exists(present, (version) => runsAlike(dispatch, version))) {
          identity.give({ _tag: "Released" })
        }
      }
    })
  }

  /** Stops all actors and waits for their finalizers. */
  get stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const fibers = [...this.#identities.values()].flatMap(({ fiber }) => fiber ?? [])
      this.#giveAll({ _tag: "Closed" })
      return Effect.asVoid(Fiber.awaitAll(fibers))
    })
  }

  #newIdentity(name: Identity): ManagedIdentity<P, E, R> {
    return new ManagedIdentity(name, {
      settings: this.#settings,
      isHeld: () => this.#isHeld,
      changed: (identity) => this.#index(identity)
    })
  }

  #index(identity: ManagedIdentity<P, E, R>): void {
    const { name, state } = identity
    if (state._tag === "Idle") this.#identities.delete(name)
    else this.#identities.set(name, identity)
    if (isOfCommand(state)) this.#ofCommands.add(identity)
    else this.#ofCommands.delete(identity)
  }

  #giveAll(signal: Signal<P>): void {
    for (const identity of this.#identities.values()) identity.give(signal)
  }

  #run(change: RunningStateChange, identity: ManagedIdentity<P, E, R>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { catchUpWindow, decode, journal, present } = this.#settings
      const { dispatch } = change
      let triedUntil = Infinity
      if (isCommand(change)) {
        triedUntil = (yield* elapsedMillis) + timeLeft(change, catchUpWindow)
        // It may have been revoked since: its end comes by another stream.
        if (!Option.exists(yield* present(dispatch.id), ({ active }) => active)) return
      }
      const payload = decode(dispatch)
      if (payload._tag === "Success") {
        const order = { change, info: fromChange(change, payload.success, journal), triedUntil }
        return identity.give({ _tag: "Running", change, order })
      }
      identity.give({ _tag: "Running", change, order: undefined })
      const isUp = identity.state._tag === "Active"
      const consequence = isUp
        ? "its actor goes on with what it was told before"
        : "no actor is started for it"
      yield* Reports.payloadUnusable(this.#settings, change, consequence, payload.failure)
    })
  }
}

/** The time for which a command may be tried from its decision, in milliseconds: less by the delay of the decision. */
const timeLeft = ({ decidedAt, occurrence }: RunningStateChange, catchUpWindow: Duration.Duration): number =>
  Duration.toMillis(catchUpWindow) - Math.max(0, decidedAt.epochMilliseconds - occurrence.epochMilliseconds)

const isOfCommand = <P>(state: State<P>): boolean =>
  state._tag === "Active"
    ? state.isCommand
    : state._tag === "Stopping" && state.next !== undefined && isCommand(state.next.change)

/** True if a dispatch that runs without an end does so in the other version as well, to the same effect. */
const runsAlike = (left: Dispatch, right: Dispatch): boolean =>
  right.active &&
  left.isSameKind(right) &&
  left.startTime.epochMilliseconds === right.startTime.epochMilliseconds &&
  Duration.Equivalence(left.duration, right.duration) &&
  Target.equals(left.target, right.target) &&
  Payload.equals(left.payload, right.payload)
