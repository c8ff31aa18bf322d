/** The present status of a site, and those who follow it. Rule S9. */
import { Effect, Queue, type Scope, Stream } from "effect"
import { SyncStatus } from "../../SyncStatus.ts"

export class StatusBoard {
  #status: SyncStatus = SyncStatus.Connecting({})
  readonly #followers = new Set<(status: SyncStatus) => void>()

  get status(): SyncStatus {
    return this.#status
  }

  /** Replaces the status, and tells all who follow it. */
  show(status: SyncStatus): void {
    this.#status = status
    for (const follow of this.#followers) follow(status)
  }

  /** Calls a function with the present status and with each that follows, for the life of the scope. */
  follow(follower: (status: SyncStatus) => void): Effect.Effect<void, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.sync(() => {
        follower(this.#status)
        this.#followers.add(follower)
      }),
      () => Effect.sync(() => this.#followers.delete(follower))
    )
  }

  /** The present status, then every change of it. */
  get changes(): Stream.Stream<SyncStatus> {
    return Stream.callback<SyncStatus>(
      (queue) => this.follow((status) => void Queue.offerUnsafe(queue, status)),
      { bufferSize: Infinity }
    )
  }
}
