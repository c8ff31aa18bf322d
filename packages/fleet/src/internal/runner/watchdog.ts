/**
 * The heartbeat of this process, and its look after the others (F7). Whatever it decides is safe, because microgrids
 * move by locks and epochs alone; a wrong decision costs a move.
 */
import { Duration, Effect, Metric, Option } from "effect"
import type { FleetEngine } from "../../FleetEngine.ts"
import type { FleetError } from "../../FleetError.ts"
import { heartbeatInterval, judgementValidFor, pingRetryDelay } from "../../FleetLimits.ts"
import {
  type Beat,
  type FleetStore,
  type RestlessBucket,
  restlessInWords,
  type Suspicion
} from "../../FleetStore.ts"
import * as Metrics from "../../Metrics.ts"
import { elapsed } from "../elapsed.ts"
import { judge, Unbroken } from "./suspicion.ts"

export interface WatchdogOptions {
  readonly engine: FleetEngine["Service"]
  readonly store: FleetStore["Service"]
  /** Completes with the request to leave. */
  readonly drain: Effect.Effect<unknown>
}

export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #unbroken = new Unbroken()
  readonly #looking = new Set<string>()
  /** The instants at which processes were known to get no buckets; those that have answered since are not among them. */
  readonly #judged = new Map<string, number>()

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  /** Beats and looks for ever. Neither waits for the other's answer. */
  get run(): Effect.Effect<never> {
    const { engine, store } = this.#options
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        const beat = yield* Effect.option(store.beat(engine.address))
        if (Option.isSome(beat)) yield* this.#lookAfter(beat.value)
        yield* Effect.sleep(heartbeatInterval)
      }
    })
  }

  #lookAfter({ isDraining, isListed, others }: Beat) {
    const { drain, engine, store } = this.#options
    return Effect.gen({ self: this }, function* () {
      this.#unbroken.beat(yield* elapsed)
      // Others look after those on the list alone.
      if (!isListed) yield* Effect.ignore(store.join(engine.address, engine.release))
      if (isDraining) yield* drain
      for (const address of others) {
        if (this.#looking.has(address)) continue
        this.#looking.add(address)
        const done = Effect.sync(() => void this.#looking.delete(address))
        yield* Effect.forkChild(Effect.ensuring(Effect.ignore(this.#look(address)), done))
      }
    })
  }

  #look(address: string): Effect.Effect<void, FleetError> {
    const { engine, store } = this.#options
    return Effect.gen({ self: this }, function* () {
      const first = yield* engine.ping(address)
      if (first === "Answered") return void this.#judged.delete(address)
      if (yield* this.#isJudged(address)) return
      yield* Effect.sleep(pingRetryDelay)
      const pings = [first, yield* engine.ping(address)] as const
      const runner = Option.getOrUndefined(yield* store.runner(address))
      if (runner === undefined) return
      const judgement = judge({
        pings,
        heartbeatAge: Duration.toMillis(runner.heartbeatAge),
        holdsLocks: runner.holdsLocks,
        unbrokenFor: this.#unbroken.lengthAt(yield* elapsed)
      })
      if (judgement !== "Alive") yield* this.#act(address, judgement)
    })
  }

  /** A process that was judged may have come back and died between two looks, so the engine is asked now and then. */
  #isJudged(address: string): Effect.Effect<boolean, FleetError> {
    return Effect.gen({ self: this }, function* () {
      const now = yield* elapsed
      const judgedAt = this.#judged.get(address)
      if (judgedAt === undefined) return false
      if (now - judgedAt < Duration.toMillis(judgementValidFor)) return true
      const runners = yield* this.#options.engine.runners
      const hasBuckets = runners.some((runner) => runner.address === address && runner.isHealthy)
      if (!hasBuckets) this.#judged.set(address, now)
      return !hasBuckets
    })
  }

  #act(address: string, judgement: Suspicion): Effect.Effect<void, FleetError> {
    const { engine, store } = this.#options
    return Effect.gen({ self: this }, function* () {
      // Others ask for its locks as soon as it is marked.
      const [, buckets] = yield* Effect.all(
        [engine.markUnhealthy(address), store.suspect(address, judgement)],
        {
          concurrency: 2
        }
      )
      const moving = new Set(buckets)
      this.#judged.set(address, yield* elapsed)
      yield* Metric.update(Metrics.suspicions.at(judgement), 1)
      const why = judgement === "Dead" ? "has died" : "does not answer, and its heartbeat has stopped"
      yield* Effect.logWarning(`The process ${address} ${why}: others take over its microgrids`)
      if (moving.size === 0) return
      const restless = (yield* store.restless).filter(({ bucket }) => moving.has(bucket))
      yield* Effect.forEach(restless, tellRestless, { discard: true })
    })
  }
}

const tellRestless = (bucket: RestlessBucket): Effect.Effect<void> =>
  Effect.andThen(Metric.update(Metrics.restless.at(), 1), Effect.logError(restlessInWords(bucket)))
