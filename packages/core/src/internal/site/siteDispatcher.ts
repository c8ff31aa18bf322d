/** All of a microgrid in one service: its actor, the manager of its actors, and the client. Members are made when asked for. */
import { Effect } from "effect"
import type { ActorManager } from "../../ActorManager.ts"
import type { DispatchClient } from "../../DispatchClient.ts"
import type { Dispatcher } from "../../Dispatcher.ts"
import type { DispatchingActor } from "../../DispatchingActor.ts"
import { checkSubscriptionOfType as checks } from "../../SubscribeOptions.ts"

type Service = Dispatcher["Service"]

export class SiteDispatcher implements Service {
  readonly client: DispatchClient["Service"]
  readonly #dispatching: DispatchingActor["Service"]
  readonly #manager: ActorManager["Service"]

  constructor(
    client: DispatchClient["Service"],
    dispatching: DispatchingActor["Service"],
    manager: ActorManager["Service"]
  ) {
    this.client = client
    this.#dispatching = dispatching
    this.#manager = manager
  }

  get microgridId() {
    return this.#dispatching.microgridId
  }

  get lifecycleEvents(): Service["lifecycleEvents"] {
    return (type, options = {}) =>
      Effect.andThen(checks.events(options), this.#dispatching.lifecycleEvents({ ...options, type }))
  }

  get runningStateChanges(): Service["runningStateChanges"] {
    return (type, options = {}) =>
      Effect.andThen(checks.changes(options), this.#dispatching.runningStateChanges({ ...options, type }))
  }

  get missedRuns(): Service["missedRuns"] {
    return (type, options = {}) =>
      Effect.andThen(checks.missed(options), this.#dispatching.missedRuns({ ...options, type }))
  }

  get dispatches() {
    return this.#dispatching.dispatches
  }

  get dispatch() {
    return this.#dispatching.dispatch
  }

  get unschedulable() {
    return this.#dispatching.unschedulable
  }

  get status() {
    return this.#dispatching.status
  }

  get statusChanges() {
    return this.#dispatching.statusChanges
  }

  get zoneData() {
    return this.#dispatching.zoneData
  }

  get clockOffset() {
    return this.#dispatching.clockOffset
  }

  get initialized() {
    return this.#dispatching.initialized
  }

  get journal() {
    return this.#dispatching.journal
  }

  get actor() {
    return this.#dispatching.actor
  }

  get manage() {
    return this.#manager.manage
  }

  get stopManaging() {
    return this.#manager.stopManaging
  }

  get isManaged() {
    return this.#manager.isManaged
  }

  get noneManaged() {
    return this.#manager.noneManaged
  }
}
