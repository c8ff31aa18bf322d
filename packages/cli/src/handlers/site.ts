/** The actor of a microgrid, and the tellers of what it does. */
import * as RunReporter from "@effect-dispatch/client/RunReporter"
import type { ClockOffset } from "@effect-dispatch/core/ClockOffset"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { Duration, Effect, Fiber, Layer, type LogLevel, Option, References, Stream } from "effect"
import * as SitePersistence from "../sitePersistence.ts"
import * as Json from "../output/json.ts"

/** Tells of everything an actor publishes. */
export interface Teller {
  readonly change: (value: RunningStateChange) => Effect.Effect<void>
  readonly event: (value: DispatchEvent) => Effect.Effect<void>
  readonly missed: (value: MissedRun) => Effect.Effect<void>
  /** The sync status, and how far the service's clock is ahead. */
  readonly status: (value: SyncStatus, clockOffset?: ClockOffset) => Effect.Effect<void>
}

/** Tells one JSON object a line; `kind` names its content. */
export const jsonTeller: Teller = {
  change: (value) => Json.line(Json.change(value)),
  event: (value) => Json.line(Json.event(value)),
  missed: (value) => Json.line(Json.missed(value)),
  status: (value, clockOffset) => Json.line(Json.status(value, clockOffset))
}

/** Longest time that an actor may be stale before it is reported. */
const staleMax = Duration.seconds(1)

/** Leaves out stale spells of less than a second, and the return to sync after them. */
export const patient = Effect.fnUntraced(function* (teller: Teller) {
  const scope = yield* Effect.scope
  let told: SyncStatus | undefined
  let stale: Parameters<Teller["status"]> | undefined
  const tell: Teller["status"] = (...status) => {
    told = status[0]
    stale = undefined
    return teller.status(...status)
  }
  const tellStale = Effect.suspend(() => (stale === undefined ? Effect.void : tell(...stale)))
  let waiting: Fiber.Fiber<void> | undefined
  const status = Effect.fnUntraced(function* (...given: Parameters<Teller["status"]>) {
    const [value] = given
    if (value._tag !== "Stale") {
      stale = undefined
      if (waiting !== undefined) yield* Fiber.interrupt(waiting)
      waiting = undefined
      if (told?._tag !== "Synchronised" || value._tag !== "Synchronised") yield* tell(...given)
    } else if (told?._tag === "Stale") {
      yield* tell(...given)
    } else {
      stale = given
      waiting ??= yield* Effect.forkIn(Effect.delay(tellStale, staleMax), scope)
    }
  })
  return { ...teller, status } satisfies Teller
})

/** The actor of a microgrid, not started yet: a follower that comes first misses nothing. */
export const layer = (microgridId: MicrogridId) =>
  Layer.effect(
    DispatchingActor.DispatchingActor,
    DispatchingActor.make({ microgridId }).pipe(
      Effect.catchTag("OptionError", Effect.die),
      Effect.mapError(SitePersistence.taken),
      Effect.updateService(References.MinimumLogLevel, quieter)
    )
  ).pipe(Layer.provide(DispatchScheduler.layer))

/** The actor's own remarks are left out: the commands report in their own words. */
const quieter = (level: LogLevel.LogLevel): LogLevel.LogLevel => (level === "Info" ? "Warn" : level)

/** Starts the actor, and tells of all that it publishes about types that are wanted, for the life of the scope. */
export const follow = Effect.fnUntraced(function* (
  teller: Teller,
  isWanted: (type: string) => boolean = () => true
) {
  const actor = yield* DispatchingActor.DispatchingActor
  const wanted = <A extends { readonly dispatch: { readonly type: string } }>(values: Stream.Stream<A>) =>
    Stream.filter(values, ({ dispatch }) => isWanted(dispatch.type))
  const changes = yield* actor.runningStateChanges()
  const events = yield* actor.lifecycleEvents()
  const missed = yield* actor.missedRuns()
  yield* actor.actor.start
  const tellStatus = (status: SyncStatus) =>
    Effect.flatMap(actor.clockOffset, (offset) => teller.status(status, Option.getOrUndefined(offset)))
  yield* Effect.forkScoped(Stream.runForEach(Stream.changesWith(actor.statusChanges, isSame), tellStatus))
  yield* Effect.forkScoped(Stream.runForEach(wanted(changes), teller.change))
  yield* Effect.forkScoped(Stream.runForEach(wanted(events), teller.event))
  yield* Effect.forkScoped(Stream.runForEach(wanted(missed), teller.missed))
})

/** True if a status says no more than the one before; it is set again with every attempt to connect. */
const isSame = (one: SyncStatus, other: SyncStatus): boolean =>
  one._tag === other._tag && causeOf(one) === causeOf(other)

const causeOf = (status: SyncStatus): string | undefined => ("cause" in status ? status.cause : undefined)

/** Reports what really runs, if there is a journal of it, for the life of the scope. */
export const report = Effect.fnUntraced(function* (microgridId: MicrogridId) {
  const { clockOffset, journal } = yield* DispatchingActor.DispatchingActor
  if (Option.isNone(journal)) return
  yield* Effect.forkScoped(RunReporter.run({ microgridId, clockOffset, journal: journal.value }))
})
