/** The gate between an actor and its service: it opens once the application's code stands beside the actor (F8). */
import { Duration, Effect, Latch, Metric } from "effect"
import { codePatience } from "../../FleetLimits.ts"
import * as Metrics from "../../Metrics.ts"

export class CodeGate {
  readonly #isOpen = Latch.makeUnsafe(false)

  /** Opens it, for ever: the code stands. */
  get open(): Effect.Effect<void> {
    return Effect.sync(() => void this.#isOpen.openUnsafe())
  }

  /** Completes once the code stands, or has had its time. */
  get passed(): Effect.Effect<void> {
    return Effect.suspend(() => (this.#isOpen.isOpen() ? Effect.void : this.#waited))
  }

  get #waited(): Effect.Effect<void> {
    return Effect.flatMap(
      Effect.timeoutOption(this.#isOpen.await, codePatience),
      // It may have been built at the very instant.
      () => (this.#isOpen.isOpen() ? Effect.void : this.#goneOn)
    )
  }

  get #goneOn(): Effect.Effect<void> {
    return Metric.update(Metrics.codeLate.at(), 1).pipe(
      Effect.andThen(
        Effect.logWarning(
          `The code of a site is not built after ${Duration.format(codePatience)}: its actor begins without it, and executes commands of which it is not told`
        )
      ),
      Effect.andThen(this.open)
    )
  }
}
