/** The time for which knowledge of an earlier process waits for a listing. Rule S10, recovery. */
import { Duration, Effect } from "effect"
import { recoveryPatience, recoveryPatienceMax } from "../../SyncSettings.ts"
import { elapsedMillis, reached } from "../elapsed.ts"

/** The wait of one site. It outlives restarts of the loop, and continues from there. */
export class RecoveryWait {
  readonly #isWaiting: () => boolean
  /** The beginning of patience, with the first question or a later reading, and the last page (elapsed milliseconds). */
  #beganAt: number | undefined
  #heardAt = -Infinity

  constructor(isWaiting: () => boolean) {
    this.#isWaiting = isWaiting
  }

  /** True if something waits. */
  get isOn(): boolean {
    return this.#isWaiting()
  }

  /** A page of a listing has come. */
  heard(elapsed: number): void {
    this.#heardAt = elapsed
  }

  /** A record begins to wait where nothing else did: from now on, unless the service is still to be asked. */
  beginAnew(elapsed: number): void {
    if (this.#beganAt !== undefined) this.#beganAt = elapsed
  }

  /** Completes when patience is over, with the reason, or without one once nothing waits any more. */
  readonly over: Effect.Effect<string | undefined> = Effect.gen({ self: this }, function* () {
    if (this.#isWaiting()) {
      this.#beganAt ??= yield* elapsedMillis
      // Once confirmed, nothing waits any more.
      yield* reached(() => (this.#isWaiting() ? this.#endsAt() : -Infinity))
      if (this.#isWaiting()) return this.#giveUp()
    }
    this.#beganAt = undefined
    return undefined
  })

  #lastAt(): number {
    return (this.#beganAt ?? -Infinity) + Duration.toMillis(recoveryPatienceMax)
  }

  #endsAt(): number {
    const heardAt = Math.max(this.#beganAt ?? -Infinity, this.#heardAt)
    return Math.min(heardAt + Duration.toMillis(recoveryPatience), this.#lastAt())
  }

  /** A record that is read later begins to wait anew. */
  #giveUp(): string {
    const why =
      this.#endsAt() === this.#lastAt()
        ? `the listing is not whole after ${Duration.format(recoveryPatienceMax)}`
        : `the service has not answered within ${Duration.format(recoveryPatience)}`
    this.#beganAt = undefined
    return why
  }
}
