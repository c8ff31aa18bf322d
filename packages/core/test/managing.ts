/** A dispatcher of a scripted service, and actors that tell what becomes of them. */
import type { ActorFactory } from "@effect-dispatch/core/ActorFactory"
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import type { DispatchInfo } from "@effect-dispatch/core/DispatchInfo"
import type { DispatchingActorOptions } from "@effect-dispatch/core/DispatchingActor"
import type { Counter } from "@effect-dispatch/core/Instrument"
import type { Payload } from "@effect-dispatch/core/Payload"
import { Cause, DateTime, Effect, Logger, Metric, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"
import { microgridId, quiet, secondsOf, settle } from "./site.ts"

/** A dispatcher that has listed all, ten seconds before `t0` unless the clock stands elsewhere. */
export const startDispatcher = Effect.fnUntraced(function* (options: Partial<DispatchingActorOptions> = {}) {
  const now = yield* DateTime.now
  if (now.epochMilliseconds === 0) yield* TestClock.setTime(t0 - 10_000)
  const dispatcher = yield* Dispatcher.make({ microgridId, sync: quiet, ...options })
  // At the end of a test, finalizers that take their time get it.
  const pass = Effect.andThen(TestClock.adjust("1 minute"), settle)
  yield* Effect.addFinalizer(() => Effect.forkDetach(Effect.repeat(pass, { times: 20 })))
  yield* settle
  return dispatcher
})

/** What actors did since last asked: `start 1 @0`, `update 1 @5`, `stop 1 @60`; dry runs with `dry` behind. */
export const makeRecorder = <P = Payload>() => {
  const log: Array<string> = []
  const infos: Array<DispatchInfo<P>> = []
  const write = (what: string, { _tag, dispatch: { id } }: DispatchInfo<P>) =>
    Effect.map(
      DateTime.now,
      (now) => void log.push(`${what} ${id} @${secondsOf(now)}${_tag === "DryRun" ? " dry" : ""}`)
    )
  /** Tells of its start, its updates and its end; what it does besides is `work`. */
  const factory =
    (work: Effect.Effect<unknown> = Effect.never): ActorFactory<P, never, Scope.Scope> =>
    (info, updates) =>
      Effect.gen(function* () {
        infos.push(info)
        yield* write("start", info)
        yield* Effect.addFinalizer(() => write("stop", info))
        const follow = Stream.runForEach(Stream.drop(updates, 1), (update) => {
          infos.push(update)
          return write("update", update)
        })
        yield* Effect.raceFirst(work, follow)
      })
  return { factory, infos, take: () => log.splice(0), write }
}

/** What is logged, level and text, in tests that expect it. */
export const makeLogs = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([
    Logger.make(({ cause, logLevel, message }) => {
      const why = cause.reasons.length === 0 ? "" : `: ${String(Cause.squash(cause))}`
      lines.push(`${logLevel} ${String(message)}${why}`)
    })
  ])
  return { layer, lines }
}

/** How much a counter of a type has counted so far. */
export const countOf = (counter: Counter<readonly [readonly ["type", "any"]]>, type: string) =>
  Effect.map(Metric.value(counter.at(type)), ({ count }) => count)
