/**
 * The actor of a site as a service. Its members are made when somebody asks for them: there may be thousands of actors,
 * of which nobody asks anything.
 */
import { type Context, Deferred, Effect, Option } from "effect"
import type { Actor } from "../../Actor.ts"
import type { ClockOffset } from "../../ClockOffset.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { DispatchingActor } from "../../DispatchingActor.ts"
import { refuse } from "../../Options.ts"
import type { Fenced } from "../../SitePersistence.ts"
import * as DispatchMirror from "../mirror/dispatchMirror.ts"
import * as OptionChecks from "../port/optionChecks.ts"
import { zoneDataRelease } from "../recurrence/zoneData.ts"
import type { Site } from "./site.ts"
import * as Subscriptions from "./subscriptions.ts"

type Service = DispatchingActor["Service"]

/** The parts that a site is shown by. */
export interface Shown {
  readonly site: Site
  readonly actor: Actor<Fenced>
  readonly clockOffset: () => ClockOffset | undefined
  /** The number of values that a subscriber may be behind, unless its options say otherwise. */
  readonly capacity: number
  readonly context: Context.Context<never>
}

export class SiteActor implements Service {
  readonly #shown: Shown
  #subscriptions: Subscriptions.Subscriptions | undefined

  constructor(shown: Shown) {
    this.#shown = shown
  }

  get microgridId() {
    return this.#shown.site.microgridId
  }

  get settings() {
    return this.#shown.site.settings
  }

  get actor() {
    return this.#shown.actor
  }

  get zoneData() {
    return zoneDataRelease()
  }

  get status(): Service["status"] {
    return Effect.sync(() => this.#shown.site.board.status)
  }

  get statusChanges() {
    return this.#shown.site.board.changes
  }

  get followStatus(): Service["followStatus"] {
    return (follower) => this.#shown.site.board.follow(follower)
  }

  get clockOffset(): Service["clockOffset"] {
    return Effect.sync(() => Option.fromUndefinedOr(this.#shown.clockOffset()))
  }

  get staleMillis(): Service["staleMillis"] {
    return Effect.sync(() => this.#shown.site.vitals.staleMillis())
  }

  get journal(): Service["journal"] {
    return Option.fromUndefinedOr(this.#shown.site.journal)
  }

  get journalWriter() {
    return this.#shown.site.journal
  }

  get initialized(): Service["initialized"] {
    return Deferred.await(this.#shown.site.initialized)
  }

  get dispatches(): Service["dispatches"] {
    return Effect.sync(() => DispatchMirror.dispatches(this.#shown.site.mirror))
  }

  get dispatch(): Service["dispatch"] {
    return (id) =>
      Effect.map(checkId(id), () =>
        Option.fromUndefinedOr(DispatchMirror.dispatch(this.#shown.site.mirror, id))
      )
  }

  get unschedulable(): Service["unschedulable"] {
    return Effect.sync(() => DispatchMirror.unschedulable(this.#shown.site.mirror))
  }

  get lifecycleEvents() {
    return this.#subscribing.lifecycleEvents
  }

  get runningStateChanges() {
    return this.#subscribing.runningStateChanges
  }

  get missedRuns() {
    return this.#subscribing.missedRuns
  }

  get #subscribing(): Subscriptions.Subscriptions {
    const { capacity, context, site } = this.#shown
    return (this.#subscriptions ??= Subscriptions.make(site, capacity, context))
  }
}

/** A number would find some dispatches, and never those of large ids. */
const checkId = (id: DispatchId): Effect.Effect<void> =>
  Effect.orDie(refuse(() => OptionChecks.dispatchId(id, "id")))
