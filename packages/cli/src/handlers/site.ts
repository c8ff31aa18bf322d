/** The actor of a microgrid, and whoever tells of what it does. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, Effect, Layer, Stream } from "effect"
import * as Json from "../output/json.ts"

/** Tells of everything an actor publishes. */
export interface Teller {
  readonly change: (value: RunningStateChange) => Effect.Effect<void>
  readonly event: (value: DispatchEvent) => Effect.Effect<void>
  readonly missed: (value: MissedRun) => Effect.Effect<void>
  readonly status: (value: SyncStatus) => Effect.Effect<void>
  /** A dispatch that was announced as running by an earlier process, and still runs. */
  readonly running: (dispatch: Dispatch, now: DateTime.Utc) => Effect.Effect<void>
}

/** Tells one JSON object a line; the `kind` says of what. */
export const jsonTeller: Teller = {
  change: (value) => Json.line(Json.change(value)),
  event: (value) => Json.line(Json.event(value)),
  missed: (value) => Json.line(Json.missed(value)),
  status: (value) => Json.line(Json.status(value)),
  running: (dispatch, now) => Json.line(Json.running(dispatch, now))
}

/** The actor of a microgrid, not started yet: who follows it first misses nothing. */
export const layer = (microgridId: MicrogridId) =>
  Layer.effect(DispatchingActor, DispatchingActor.make({ microgridId })).pipe(
    Layer.provide(DispatchScheduler.layer)
  )

/**
 * Starts the actor, and tells of everything it publishes, or of what is about one type, for the life of the scope. What
 * was announced by an earlier process and still runs is told once, as soon as it is known.
 */
export const follow = Effect.fnUntraced(function* (teller: Teller, type?: string) {
  const actor = yield* DispatchingActor
  const told = new Set<DispatchId>()
  const changes = yield* actor.runningStateChanges({ type })
  const events = yield* actor.lifecycleEvents({ type })
  const missed = yield* actor.missedRuns({ type })
  const tellChange = (value: RunningStateChange) => {
    told.add(value.dispatch.id)
    return teller.change(value)
  }
  const tellRunning = Effect.gen(function* () {
    const now = yield* DateTime.now
    const running = (yield* actor.dispatches).filter(
      (dispatch) =>
        dispatch.startedAt(now) && !told.has(dispatch.id) && (type === undefined || dispatch.type === type)
    )
    yield* Effect.forEach(running, (dispatch) => teller.running(dispatch, now), { discard: true })
  })
  yield* actor.actor.start
  yield* Effect.forkScoped(Stream.runForEach(events, teller.event))
  yield* Effect.forkScoped(Stream.runForEach(changes, tellChange))
  yield* Effect.forkScoped(Stream.runForEach(missed, teller.missed))
  let isKnown = false
  const tellStatus = Effect.fnUntraced(function* (status: SyncStatus) {
    yield* teller.status(status)
    if (isKnown || status._tag === "Connecting") return
    isKnown = true
    // What was published meanwhile is told first.
    yield* Effect.yieldNow
    yield* tellRunning
  })
  yield* Effect.forkScoped(Stream.runForEach(actor.statusChanges, tellStatus))
})
