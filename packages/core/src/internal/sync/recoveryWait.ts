/** How long what an earlier process knew waits for the first listing. Rule S10, recovery. */
import { Duration, Effect } from "effect"
import type { SyncSettings } from "../../SyncSettings.ts"
import { elapsedMillis, reached } from "./elapsed.ts"

/** The wait of one site. It outlives restarts of the loop, and goes on where it was. */
export class RecoveryWait {
  readonly #patience: Duration.Duration
  readonly #patienceMax: Duration.Duration
  readonly #isWaiting: () => boolean
  /** When the service was asked first, and gave a page last (elapsed milliseconds). */
  #beganAt: number | undefined
  #heardAt = -Infinity

  constructor(
    { recoveryPatience, recoveryPatienceMax }: Pick<SyncSettings, "recoveryPatience" | "recoveryPatienceMax">,
    isWaiting: () => boolean
  ) {
    this.#patience = recoveryPatience
    this.#patienceMax = recoveryPatienceMax
    this.#isWaiting = isWaiting
  }

  /** Whether something waits. */
  get isOn(): boolean {
    return this.#isWaiting()
  }

  /** The first listing has come so far. */
  heard(elapsed: number): void {
    this.#heardAt = elapsed
  }

  /** Completes when patience is over, with why; never if nothing waits any more. */
  readonly over: Effect.Effect<string> = Effect.gen({ self: this }, function* () {
    const beganAt = (this.#beganAt ??= yield* elapsedMillis)
    const patience = Duration.toMillis(this.#patience)
    const lastAt = beganAt + Duration.toMillis(this.#patienceMax)
    const patienceEndsAt = () => Math.min(Math.max(beganAt, this.#heardAt) + patience, lastAt)
    // What is confirmed meanwhile waits for nothing.
    yield* reached(() => (this.#isWaiting() ? patienceEndsAt() : -Infinity))
    if (!this.#isWaiting()) return yield* Effect.never
    return patienceEndsAt() === lastAt
      ? `the first listing is not whole after ${Duration.format(this.#patienceMax)}`
      : `the service has not answered within ${Duration.format(this.#patience)}`
  })
}
