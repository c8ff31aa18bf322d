/** The sites of one bucket that live in this process, or are ending. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Exit, Fiber, Metric } from "effect"
import { stopTimeout } from "../../FleetLimits.ts"
import * as Metrics from "../../Metrics.ts"
import type { SiteEnd } from "./site.ts"

interface Living {
  readonly fiber: Fiber.Fiber<SiteEnd>
  isEnding: boolean
  /** True once its finalizers have taken too long: nobody waits for it any more. */
  isAbandoned: boolean
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
      this.#all.set(id, { fiber, isEnding: false, isAbandoned: false })
      fiber.addObserver((exit) => {
        this.#all.delete(id)
        this.#ended(Exit.isSuccess(exit) ? exit.value : undefined)
      })
    })
  }

  /** Ends sites at once, and waits for their finalizers, also of those that were ending before, but not for ever. */
  end(ids: Iterable<MicrogridId>, reason: "Moved" | "Unwanted"): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const ending = [...ids].flatMap((id) => {
        const living = this.#all.get(id)
        return living === undefined || living.isAbandoned ? [] : [[id, living] as const]
      })
      if (ending.length === 0) return
      const ended = ending.filter(([, { isEnding }]) => !isEnding)
      for (const [, living] of ended) {
        living.isEnding = true
        living.fiber.interruptUnsafe()
      }
      yield* Metric.update(Metrics.sitesEnded.at(reason), ended.length)
      const all = Fiber.awaitAll(ending.map(([, { fiber }]) => fiber))
      // Finalizers are not interruptible.
      yield* Effect.timeoutOption(Effect.interruptible(all), stopTimeout)
      const late = ending.filter(
        ([, { fiber, isAbandoned }]) => fiber.pollUnsafe() === undefined && !isAbandoned
      )
      if (late.length === 0) return
      for (const [, living] of late) living.isAbandoned = true
      yield* Metric.update(Metrics.abandoned.at(), late.length)
      yield* Effect.logError(
        `The finalizers of microgrids ${late.map(([id]) => id).join(", ")} take too long: they are not waited for any more`
      )
    })
  }
}
