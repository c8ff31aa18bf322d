/** Tells the log of outages, their causes and their ends: an application that ignores the status would learn nothing. */
import { Duration, Effect, type Fiber } from "effect"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { SyncStatus } from "../../SyncStatus.ts"
import type { Errands } from "../errands.ts"

/**
 * The shortest outage to be logged: going on from what an earlier process knew is no outage. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const outageMin = Duration.seconds(2)

export class OutageLog {
  readonly #microgridId: MicrogridId
  readonly #errands: Errands
  /** The cause that the log names; none while it says that all is well. */
  #told: string | undefined
  #present: string | undefined
  #waiting: Fiber.Fiber<unknown, unknown> | undefined

  constructor(microgridId: MicrogridId, errands: Errands) {
    this.#microgridId = microgridId
    this.#errands = errands
  }

  /** Notes the status; it is told once it has lasted. */
  readonly note = (status: SyncStatus): void => {
    const cause = status._tag === "Synchronised" ? undefined : status.cause
    if (cause === this.#present) return
    this.#present = cause
    this.#waiting?.interruptUnsafe()
    this.#waiting = cause === this.#told ? undefined : this.#errands.beginAfter(outageMin, this.#tell)
  }

  get #tell(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const cause = (this.#told = this.#present)
      return cause === undefined
        ? Effect.logInfo("In sync again")
        : Effect.logWarning(`Out of sync: ${cause}`)
    }).pipe(Effect.annotateLogs("microgrid", String(this.#microgridId)))
  }
}
