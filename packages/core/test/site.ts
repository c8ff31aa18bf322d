/** A dispatching actor of a scripted service under a test clock. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchRecord } from "@effect-dispatch/core/DispatchClient"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { DateTime, Duration, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"

export const microgridId = MicrogridId.make(1n)

/** Nothing but the script happens: no listings from time to time, no new streams. */
export const quiet = { resyncInterval: Duration.infinity, streamAgeMax: Duration.infinity }

/** Lets everything that can go on go on. */
export const settle = Probe.settled

/** Moves the clock to so many seconds after `t0`. */
export const moveTo = (seconds: number) =>
  Effect.flatMap(DateTime.now, (now) =>
    settle.pipe(
      Effect.andThen(TestClock.adjust(t0 + seconds * 1_000 - now.epochMilliseconds)),
      Effect.andThen(settle)
    )
  )

/** The service holds these from before the actor began. */
export const hold = (...held: ReadonlyArray<Dispatch>) =>
  Effect.flatMap(ScriptedService.ScriptedService, (service) =>
    Effect.forEach(held, (one) => service.holdSilently(one.id, one), { discard: true })
  )

/** The service tells of a new or changed dispatch, and everybody learns of it. */
export const put = (kind: "Created" | "Updated", version: DispatchRecord) =>
  Effect.flatMap(ScriptedService.ScriptedService, (service) =>
    Effect.andThen(service.put(kind, version), settle)
  )

/** The service deletes a dispatch, and everybody learns of it. */
export const remove = (id: bigint) =>
  Effect.flatMap(ScriptedService.ScriptedService, (service) =>
    Effect.andThen(service.remove(DispatchId.make(id)), settle)
  )

/** Collects what a stream gives, from now on. */
export const collect = Effect.fnUntraced(function* <A>(stream: Stream.Stream<A>) {
  const all: Array<A> = []
  yield* Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => all.push(value))))
  return all
})

/** Seconds after `t0`. */
export const secondsOf = (instant: DateTime.Utc): number => (instant.epochMilliseconds - t0) / 1_000

/** A change in short: `Running 1 @0`. */
export const inShort = ({ cause, decidedAt, dispatch: { id }, state }: RunningStateChange): string =>
  `${state} ${id} @${secondsOf(decidedAt)}${cause === "Merged" ? " Merged" : ""}`

// The clock of these tests does not step by itself, so nobody has to look at it every ten seconds.
export const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer),
  Layer.provideMerge(Probe.layer)
)
