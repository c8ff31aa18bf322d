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

export interface SitesOptions {
  /** Called when a site has ended by itself, or was ended, or abandoned, and has made room for another activation. */
  readonly ended: (end: SiteEnd | undefined) => void
  /** Called when the finalizers of a site have taken too long: nobody waits for it any more. */
  readonly abandoned: (id: MicrogridId) => void
}

export class Sites {
  readonly #all = new Map<MicrogridId, Living>()
  readonly #options: SitesOptions

  constructor(options: SitesOptions) {
    this.#options = options
  }

  /** The microgrids that cannot be activated now. */
  get ids(): ReadonlyArray<MicrogridId> {
    return [...this.#all.keys()]
  }

  /** Starts a site, which ends by itself or by `end`. */
  start(id: MicrogridId, life: Effect.Effect<SiteEnd>): Effect.Effect<void> {
    const started = Effect.map(Effect.forkDetach(life), (fiber) => {
      const living = { fiber, isEnding: false }
      this.#all.set(id, living)
      fiber.addObserver((exit) => {
        if (this.#forget(id, living)) this.#options.ended(Exit.isSuccess(exit) ? exit.value : undefined)
      })
    })
    // One that was begun and not noted would never be ended.
    return Effect.uninterruptible(started)
  }

  /** Ends sites at once, and waits for their finalizers, also of those that were ending before, but not for ever. */
  end(ids: Iterable<MicrogridId>, reason: "Moved" | "Unwanted"): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const ending = [...ids].flatMap((id) => {
        const living = this.#all.get(id)
        return living === undefined ? [] : [[id, living] as const]
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
      yield* this.#abandon(ending)
    })
  }

  /** Waits no more for those that have not ended, and makes room for their next activation. */
  #abandon(ending: ReadonlyArray<readonly [MicrogridId, Living]>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const late = ending.flatMap(([id, living]) => (this.#forget(id, living) ? [id] : []))
      if (late.length === 0) return Effect.void
      for (const id of late) this.#options.abandoned(id)
      this.#options.ended(undefined)
      return Effect.andThen(
        Metric.update(Metrics.abandoned.at(), late.length),
        Effect.logError(
          `The finalizers of microgrids ${late.join(", ")} take too long: they are not waited for any more`
        )
      )
    })
  }

  /** False if it was forgotten before. */
  #forget(id: MicrogridId, living: Living): boolean {
    return this.#all.get(id) === living && this.#all.delete(id)
  }
}
