/** Histories drawn at random: processes that cannot read all records, end or die, and leave no identity on. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Logger, Option, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Chance } from "@effect-dispatch/testing/Chance"
import { at, dispatch, t0 } from "./fixtures.ts"
import { UnreliableStore } from "./internal/site/unreliableStore.ts"
import { layer, makeProcess } from "./recovering.ts"
import { settle } from "./site.ts"

const histories = 200

/** Two that share a group of records, and one that does not. */
const ids = [1n, 257n, 2n]

const identityOf = ({ dryRun, target, type }: Dispatch) => `${type} ${dryRun} ${Target.key(target)}`

/** All that consumers believe, over any number of processes: by identity, and by dispatch and kind. */
class Consumers {
  readonly identities = new Set<string>()
  readonly dispatches = new Set<string>()
  readonly log: Array<string> = []
  stops = 0

  hearMerged({ dispatch, state }: RunningStateChange): void {
    this.log.push(`    ${state} ${dispatch.id} v${dispatch.updateTime} as ${identityOf(dispatch)}`)
    if (state === "Running") this.identities.add(identityOf(dispatch))
    else this.identities.delete(identityOf(dispatch))
  }

  hear({ cause, dispatch, state }: RunningStateChange): void {
    const kind = `${dispatch.id} ${dispatch.type} ${dispatch.dryRun}`
    if (state === "Running") this.dispatches.add(kind)
    else this.dispatches.delete(kind)
    if (state === "Stopped" && cause === "Recovered") this.stops += 1
  }
}

const play = Effect.fnUntraced(function* (seed: number) {
  const chance = new Chance(seed * 2_654_435_761)
  yield* TestClock.setTime(t0)
  const service = yield* ScriptedService
  const store = new UnreliableStore()
  const consumers = new Consumers()
  const { log } = consumers
  const held = new Map<bigint, Dispatch>()
  let version = 0
  let seconds = 0

  const pass = (length: number) =>
    Effect.suspend(() => {
      seconds += length
      return settle.pipe(Effect.andThen(TestClock.adjust(Duration.seconds(length))), Effect.andThen(settle))
    })

  /** The store cannot read some of what earlier processes wrote. */
  const blind = () => {
    const what = chance.pick(["everything", "notes", "groups", "first groups", "nothing", "nothing"])
    log.push(`cannot read ${what}`)
    const isHidden = (key: string) =>
      what === "everything" ||
      (what === "notes" && key.includes("/note-")) ||
      (what === "groups" && key.includes("/group-")) ||
      (what === "first groups" && /\/group-\d+$/.test(key))
    store.fateOf = (operation, key) => (operation === "get" && isHidden(key) ? "Failed" : "Done")
  }

  const start = Effect.gen(function* () {
    const made = yield* Effect.provideService(
      makeProcess,
      SitePersistence.SitePersistence,
      Option.some(store.store)
    )
    const listen = (changes: Stream.Stream<RunningStateChange>, hear: (change: RunningStateChange) => void) =>
      Effect.forkIn(
        Stream.runForEach(changes, (change) => Effect.sync(() => hear(change))),
        made.scope
      )
    yield* Effect.gen(function* () {
      const merge = MergeStrategy.byTypeTarget
      yield* listen(yield* made.actor.runningStateChanges({ merge }), (one) => consumers.hearMerged(one))
      yield* listen(yield* made.actor.runningStateChanges(), (one) => consumers.hear(one))
    }).pipe(Scope.provide(made.scope))
    yield* made.actor.actor.start
    yield* settle
    return made
  })

  /** The process ends, or dies: then what it has not written by now is lost. */
  const end = Effect.fnUntraced(function* ({ scope }: Effect.Success<typeof start>, dies: boolean) {
    log.push(dies ? "dies" : "ends")
    if (dies) store.fateOf = (operation) => (operation === "get" ? "Failed" : "Hanging")
    const ending = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* pass(6)
    yield* Fiber.join(ending)
    store.abandon()
  })

  const change = Effect.fnUntraced(function* (isSilent: boolean) {
    const id = chance.pick(ids)
    const before = held.get(id)
    if (before !== undefined && chance.next() < 0.25) {
      held.delete(id)
      log.push(`delete ${id}`)
      return yield* isSilent ? service.holdSilently(before.id, undefined) : service.remove(before.id)
    }
    const next = dispatch({
      id,
      version: ++version,
      type: chance.next() < 0.85 ? "CHARGE" : "DISCHARGE",
      startTime: at(seconds - Math.floor(chance.next() * 20)),
      duration: Duration.seconds(chance.pick([15, 60, 600, 3_600])),
      target: Target.componentIds(chance.pick([1n, 2n])),
      dryRun: chance.next() < 0.1,
      active: chance.next() < 0.85
    })
    held.set(id, next)
    log.push(`put ${id} v${version} ${identityOf(next)}${next.active ? "" : " inactive"}`)
    const kind = before === undefined ? "Created" : "Updated"
    yield* isSilent ? service.holdSilently(next.id, next) : service.put(kind, next)
  })

  for (let life = 0; life < 5; life++) {
    if (life > 0) blind()
    const process = yield* start
    for (let step = Math.floor(chance.next() * 6); step > 0; step--) {
      const action = chance.next()
      if (action < 0.5) yield* change(false)
      else if (action < 0.6) {
        log.push("notes hang")
        const before = store.fateOf
        store.fateOf = (operation, key) =>
          operation === "set" && key.includes("/note-") ? "Hanging" : before(operation, key)
      } else if (action < 0.7) store.release()
      yield* pass(chance.pick([0, 1, 3, 10]))
    }
    yield* end(process, chance.next() < 0.4)
    if (chance.next() < 0.5) yield* change(true)
  }
  log.push("reads everything")
  const last = yield* start
  yield* pass(90)
  const now = at(seconds)
  const running = [...held.values()].filter((one) => one.startedAt(now))
  const wanted = {
    identities: new Set(running.map(identityOf)),
    dispatches: new Set(running.map(({ dryRun, id, type }) => `${id} ${type} ${dryRun}`))
  }
  yield* end(last, false)
  const { dispatches, identities, stops } = consumers
  assert.deepStrictEqual({ identities, dispatches }, wanted, `seed ${seed}\n${log.join("\n")}`)
  return stops
})

describe("S10, R11: over processes that cannot read all records", () => {
  it.live(
    `no identity and no dispatch stays on, or off, in ${histories} histories`,
    () =>
      Effect.gen(function* () {
        let stops = 0
        for (let seed = 1; seed <= histories; seed++) {
          stops += yield* play(seed).pipe(
            Effect.scoped,
            Effect.provide(
              Layer.fresh(layer.pipe(Layer.provideMerge(TestClock.layer()), Layer.merge(Logger.layer([]))))
            )
          )
        }
        // They reach recovered stops.
        assert.isAbove(stops, histories / 4)
      }),
    { timeout: 240_000 }
  )
})
