/** A dispatcher of a scripted service, and actors that tell what becomes of them. */
import type { ActorFactory } from "@effect-dispatch/core/ActorFactory"
import * as ActorManager from "@effect-dispatch/core/ActorManager"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import type { DispatchInfo } from "@effect-dispatch/core/DispatchInfo"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import type { Counter } from "@effect-dispatch/core/Instrument"
import type { Payload } from "@effect-dispatch/core/Payload"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as SkewClock from "@effect-dispatch/testing/SkewClock"
import { Cause, DateTime, Duration, Effect, Layer, Logger, Metric, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { layer, microgridId, quiet, secondsOf, settle } from "./site.ts"

/** A dispatcher that has listed all, ten seconds before `t0` unless the clock stands elsewhere. */
export const startDispatcher = Effect.fnUntraced(function* (
  options: Partial<DispatchingActor.DispatchingActorOptions> = {}
) {
  const now = yield* DateTime.now
  if (now.epochMilliseconds === 0) yield* TestClock.setTime(t0 - 10_000)
  const dispatcher = yield* Dispatcher.make({ microgridId, sync: quiet, ...options })
  // At the end of a test, finalizers that take their time get it.
  const pass = Effect.andThen(TestClock.adjust("1 minute"), settle)
  yield* Effect.addFinalizer(() => Effect.forkDetach(Effect.repeat(pass, { times: 20 })))
  yield* settle
  return dispatcher
})

/** The deeds of actors since last asked: `start 1 @0`, `update 1 @5`, `stop 1 @60`; dry runs with `dry` behind. */
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

/** The logged lines, level and text, in tests that expect them. */
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

/** The present count of a counter of a type. */
export const countOf = (counter: Counter<readonly [readonly ["type", "any"]]>, type: string) =>
  Effect.map(Metric.value(counter.at(type)), ({ count }) => count)

/** From one second to another; a command if they are the same. */
export const run = (id: bigint, from: number, to: number, fields: Parameters<typeof dispatch>[0] = {}) =>
  dispatch({
    id,
    startTime: at(from),
    duration: to === Infinity ? Duration.infinity : Duration.seconds(to - from),
    ...fields
  })

export const everyMinute = { recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: 1 }) }
export const unavailable = DispatchError.unavailable("gone")

/** A scripted service under a wall clock that can be set, ten seconds before `t0`. */
export const skewedLayer = layer.pipe(Layer.provideMerge(SkewClock.layer({ start: t0 - 10_000 })))

/** Lets so many seconds pass, whatever the wall clock says. */
export const pass = (seconds: number) =>
  settle.pipe(Effect.andThen(TestClock.adjust(seconds * 1_000)), Effect.andThen(settle))

/** The same actor with other running-state changes. */
export const withChanges = (
  dispatching: DispatchingActor.DispatchingActor["Service"],
  runningStateChanges: DispatchingActor.DispatchingActor["Service"]["runningStateChanges"]
): DispatchingActor.DispatchingActor["Service"] =>
  new Proxy(dispatching, {
    get: (actor, name: keyof DispatchingActor.DispatchingActor["Service"]) =>
      name === "runningStateChanges" ? runningStateChanges : actor[name]
  })

/** A manager that hears of what starts and stops a second later than of all else. */
export const hearsLate = Effect.gen(function* () {
  const dispatching = yield* DispatchingActor.make({ microgridId, sync: quiet })
  const late = withChanges(dispatching, (options) =>
    Effect.map(
      dispatching.runningStateChanges(options),
      Stream.mapEffect((change) => Effect.as(Effect.sleep("1 second"), change))
    )
  )
  const manager = yield* Effect.provideService(ActorManager.make, DispatchingActor.DispatchingActor, late)
  yield* dispatching.actor.start
  yield* settle
  return { dispatching, manager }
})
