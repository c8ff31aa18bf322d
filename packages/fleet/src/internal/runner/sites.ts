/** The sites of one bucket that live in this process, or are ending. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Exit, Fiber, Metric } from "effect"
import { stopTimeout } from "../../FleetLimits.ts"
import * as Metrics from "../../Metrics.ts"
import type { SiteEnd } from "./site.ts"

interface Living {
  readonly fiber: Fiber.Fiber<SiteEnd>
  isEnding: boolean
}

export class Sites {
  readonly #all = new Map<MicrogridId, Living>()
  readonly #ended: (end: SiteEnd | undefined) => void

  /** `ended` is called when a site has ended by itself, or was ended and has made room for another activation. */
  constructor(ended: (end: SiteEnd | undefined) => void) {
    this.#ended = ended
  }

  /** The microgrids that cannot be activated now. */
  get ids(): ReadonlyArray<MicrogridId> {
    return [...this.#all.keys()]
  }

  /** Starts a site, which ends by itself or by `end`. */
  start(id: MicrogridId, life: Effect.Effect<SiteEnd>): Effect.Effect<void> {
    return Effect.map(Effect.forkDetach(life), (fiber) => {
      this.#all.set(id, { fiber, isEnding: false })
      fiber.addObserver((exit) => {
        this.#all.delete(id)
        this.#ended(Exit.isSuccess(exit) ? exit.value : undefined)
      })
    })
  }

  /** Ends sites at once, and waits for their finalizers, but not for ever. */
  end(ids: Iterable<MicrogridId>, reason: "Moved" | "Unwanted"): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const ending = [...ids].flatMap((id) => {
        const living = this.#all.get(id)
        if (living === undefined || living.isEnding) return []
        living.isEnding = true
        living.fiber.interruptUnsafe()
        return [[id, living.fiber] as const]
      })
      if (ending.length === 0) return
      yield* Metric.update(Metrics.sitesEnded.at(reason), ending.length)
      const all = Fiber.awaitAll(ending.map(([, fiber]) => fiber))
      // Finalizers are not interruptible.
      yield* Effect.timeoutOption(Effect.interruptible(all), stopTimeout)
      const late = ending.filter(([, fiber]) => fiber.pollUnsafe() === undefined)
      if (late.length === 0) return
      yield* Metric.update(Metrics.abandoned.at(), late.length)
      yield* Effect.logError(
        `The finalizers of microgrids ${late.map(([id]) => id).join(", ")} take too long: they are not waited for any more`
      )
    })
  }
}
