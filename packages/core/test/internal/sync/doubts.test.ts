import type { ListOptions } from "@effect-dispatch/core/DispatchClient"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import {
  DispatchError,
  InvalidArgument,
  NotFound,
  PermissionDenied,
  Protocol,
  Unavailable,
  Unimplemented
} from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { getsAtOnceMax } from "@effect-dispatch/core/SyncSettings"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Logger, Metric, Random, Stream } from "effect"
import { TestClock } from "effect/testing"
import { dispatch, t0 } from "../../fixtures.ts"
import { unreadable } from "../../mirroring.ts"
import { hold, layer, microgridId, moveTo, quiet, settle } from "../../site.ts"

const endless = (id: bigint) => dispatch({ id, duration: Duration.infinity })
const failure = (reason: DispatchError["reason"]) => new DispatchError({ reason })
const noFilter = failure(new InvalidArgument({ message: "there is no filter by ids" }))
const gone = failure(new Unavailable({ message: "gone" }))

/** Waits are half of their step. */
const middling = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }

interface Script {
  /** The effect of the service on a listing of so many ids. */
  byIds?: (ids: number) => Effect.Effect<void, DispatchError>
  get?: (id: DispatchId) => Effect.Effect<void, DispatchError>
  settings?: Parameters<typeof DispatchingActor.make>[0]["sync"]
}

/** An actor in sync with these, of which the service then holds only some; its calls, and what it warns of. */
const start = Effect.fnUntraced(function* (known: ReadonlyArray<bigint>, script: Script) {
  yield* TestClock.setTime(t0)
  yield* hold(...known.map(endless))
  const real = yield* DispatchClient
  const calls: Array<string> = []
  const warnings: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn") warnings.push(String(message))
  })
  const note = (what: string) =>
    Effect.map(Clock.currentTimeMillis, (now) => void calls.push(`${what} @${(now - t0) / 1_000}`))
  const client = DispatchClient.of({
    ...real,
    list: (microgrid, asked: ListOptions = {}) => {
      const ids = asked.filter?.ids
      const before =
        ids === undefined
          ? note("list")
          : Effect.andThen(note(`ask for ${ids.length}`), script.byIds?.(ids.length) ?? Effect.void)
      return Stream.unwrap(Effect.as(before, real.list(microgrid, asked)))
    },
    get: (microgrid, id) =>
      note(`get ${id}`).pipe(
        Effect.andThen(script.get?.(id) ?? Effect.void),
        Effect.andThen(real.get(microgrid, id))
      )
  })
  const actor = yield* DispatchingActor.make({
    microgridId,
    sync: { ...quiet, resyncInterval: Duration.seconds(300), ...script.settings }
  }).pipe(Effect.provideService(DispatchClient, client))
  yield* actor.actor.start.pipe(
    Effect.provideService(Random.Random, middling),
    Effect.provide(Logger.layer([logger]))
  )
  yield* settle
  return {
    actor,
    warnings,
    take: () => calls.splice(0),
    /** The service holds these no longer, and tells nobody. */
    lose: (...ids: ReadonlyArray<bigint>) =>
      Effect.flatMap(ScriptedService, (service) =>
        Effect.forEach(ids, (id) => service.holdSilently(DispatchId.make(id), undefined), { discard: true })
      ),
    ids: Effect.map(actor.dispatches, (all) => all.map(({ id }) => Number(id)).sort((a, b) => a - b)),
    status: Effect.map(actor.status, (status) =>
      "cause" in status ? `${status._tag}: ${status.cause}` : status._tag
    )
  }
})

describe("what is in doubt", () => {
  it.effect("S7: is asked for by get, one by one, where asking by ids fails for good", () =>
    Effect.gen(function* () {
      for (const error of [
        noFilter,
        failure(new Unimplemented({ message: "no listing of ids" })),
        failure(new NotFound({ message: "no such call" })),
        failure(new PermissionDenied({ message: "not by ids" }))
      ]) {
        const { actor, ids, lose, status, take, warnings } = yield* start([1n, 2n, 3n], {
          byIds: () => Effect.fail(error)
        })
        yield* lose(1n, 3n)
        yield* moveTo(299)
        take()
        yield* moveTo(301)
        assert.deepStrictEqual(take(), ["list @300", "ask for 2 @300", "get 1 @300", "get 3 @300"])
        assert.deepStrictEqual([yield* ids, yield* status, warnings], [[2], "Synchronised", []])
        yield* actor.actor.stop()
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: is not asked for one by one where asking by ids fails for now", () =>
    Effect.gen(function* () {
      let isDown = true
      const { ids, lose, take } = yield* start([1n, 2n], {
        byIds: () => Effect.suspend(() => (isDown ? Effect.fail(gone) : Effect.void))
      })
      yield* lose(1n)
      yield* moveTo(301)
      assert.deepStrictEqual([take().filter((call) => call.startsWith("get")), yield* ids], [[], [1, 2]])
      isDown = false
      yield* moveTo(310)
      assert.deepStrictEqual(yield* ids, [2])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7, S8: that get cannot read exists, and cannot be read", () =>
    Effect.gen(function* () {
      const { actor, ids, lose } = yield* start([1n, 2n], {
        byIds: () => Effect.fail(noFilter),
        get: () => Effect.fail(failure(new Protocol({ message: "a target of the future" })))
      })
      yield* lose(1n)
      yield* moveTo(301)
      assert.deepStrictEqual(yield* ids, [2])
      assert.deepStrictEqual(
        (yield* actor.unschedulable).map(({ id, message }) => `${id}: ${message}`),
        ["1: a target of the future"]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S7, S9: that cannot be asked for makes the status stale at the third failure, until an answer",
    () =>
      Effect.gen(function* () {
        let isDown = true
        const { ids, lose, status, warnings } = yield* start([1n, 2n], {
          byIds: () => Effect.fail(noFilter),
          get: () => Effect.suspend(() => (isDown ? Effect.fail(gone) : Effect.void))
        })
        yield* lose(1n)
        const failed = Effect.map(Metric.value(Metrics.asksFailed.at("Unavailable")), ({ count }) => count)
        const before = yield* failed
        // Half of 1 s, then of 1.6 s: the second failure is at 300.5, the third at 301.3.
        yield* moveTo(301.2)
        assert.deepStrictEqual([yield* status, (yield* failed) - before], ["Synchronised", 2])
        yield* moveTo(301.4)
        const reason = "the service cannot be asked for what is in doubt: gone"
        assert.deepStrictEqual([yield* status, (yield* failed) - before], [`Stale: ${reason}`, 3])
        yield* moveTo(500)
        assert.deepStrictEqual([yield* status, warnings], [`Stale: ${reason}`, [`Not in sync: ${reason}`]])
        assert.deepStrictEqual(yield* ids, [1, 2])
        isDown = false
        yield* moveTo(600)
        assert.deepStrictEqual([yield* status, yield* ids], ["Synchronised", [2]])
      }).pipe(Effect.provide(layer))
  )

  it.effect("S9: that cannot be asked for is no reason any more once the actor has ended", () =>
    Effect.gen(function* () {
      const { actor, lose, status } = yield* start([1n], { byIds: () => Effect.fail(gone) })
      yield* lose(1n)
      yield* moveTo(500)
      assert.strictEqual(yield* status, "Stale: the service cannot be asked for what is in doubt: gone")
      yield* actor.actor.stop()
      assert.strictEqual(yield* status, "Stale: the actor does not run")
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7, S9: is in doubt no more, nor the status stale, when a listing shows it again", () =>
    Effect.gen(function* () {
      const { lose, status, take } = yield* start([1n, 2n], { byIds: () => Effect.fail(gone) })
      yield* lose(1n)
      yield* moveTo(599)
      assert.match(yield* status, /^Stale/)
      yield* hold(endless(1n))
      yield* moveTo(601)
      assert.deepStrictEqual(yield* status, "Synchronised")
      take()
      yield* moveTo(899)
      assert.deepStrictEqual(take(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: one that cannot be asked for keeps no other from being answered", () =>
    Effect.gen(function* () {
      const { ids, lose, status } = yield* start([1n, 2n, 3n], {
        byIds: () => Effect.fail(noFilter),
        get: (id) => (id === 1n ? Effect.fail(gone) : Effect.void)
      })
      yield* lose(1n, 2n, 3n)
      yield* moveTo(310)
      assert.deepStrictEqual(yield* ids, [1])
      assert.match(yield* status, /^Stale: the service cannot be asked/)
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7, S9: where each asking answers for some, no failure is one in a row", () =>
    Effect.gen(function* () {
      const asked = new Map<DispatchId, number>()
      const { ids, lose, status } = yield* start([1n, 2n, 3n, 4n, 5n], {
        byIds: () => Effect.fail(noFilter),
        // The first is given when it is asked for the fourth time, the second at once, and so on.
        get: (id) =>
          Effect.suspend(() => {
            const times = (asked.get(id) ?? 0) + 1
            asked.set(id, times)
            const wanted = id === 1n ? 4 : Number(id) - 1
            return times >= wanted ? Effect.void : Effect.fail(gone)
          })
      })
      yield* lose(1n, 2n, 3n, 4n)
      for (const seconds of [300.1, 300.6, 301.1]) {
        yield* moveTo(seconds)
        assert.strictEqual(yield* status, "Synchronised")
      }
      assert.deepStrictEqual(yield* ids, [1, 5])
      yield* moveTo(301.6)
      assert.deepStrictEqual([yield* status, yield* ids], ["Synchronised", [5]])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: is asked for again when the call hangs, and so is everything else", () =>
    Effect.gen(function* () {
      let isHanging = true
      const hang = Effect.suspend(() => (isHanging ? Effect.never : Effect.void))
      for (const byIds of [() => hang, () => Effect.fail(noFilter)]) {
        isHanging = true
        const { actor, ids, lose, status } = yield* start([1n, 2n], { byIds, get: () => hang })
        yield* lose(1n)
        yield* moveTo(900)
        assert.match(yield* status, /^Stale: the service cannot be asked .*: no answer came within 1m$/)
        isHanging = false
        yield* moveTo(1_000)
        assert.deepStrictEqual([yield* ids, yield* status], [[2], "Synchronised"])
        yield* actor.actor.stop()
      }
    }).pipe(Effect.provide(layer))
  )

  const many = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1))

  it.effect("S7: a thousand are asked for in one call, one more in two", () =>
    Effect.gen(function* () {
      for (const [count, calls] of [
        [1_000, ["ask for 1000"]],
        [1_001, ["ask for 1000", "ask for 1"]]
      ] as const) {
        const { actor, ids, lose, take } = yield* start(many(count), {})
        yield* lose(...many(count))
        yield* moveTo(299)
        take()
        yield* moveTo(301)
        assert.deepStrictEqual(
          take(),
          ["list", ...calls].map((call) => `${call} @300`)
        )
        assert.deepStrictEqual(yield* ids, [])
        yield* actor.actor.stop()
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: one that is in doubt already takes no other's place", () =>
    Effect.gen(function* () {
      const left = Effect.map(Metric.value(Metrics.doubtsLeft.at()), ({ count }) => count)
      const service = yield* ScriptedService
      const { lose } = yield* start(many(10_001), { byIds: () => Effect.fail(gone) })
      yield* lose(...many(10_000))
      yield* moveTo(301)
      const before = yield* left
      const comesIntoDoubt = (id: bigint) =>
        Effect.andThen(
          service.send({ kind: "Updated", record: { ...unreadable(2), id: DispatchId.make(id) } }),
          settle
        )
      yield* comesIntoDoubt(1n)
      assert.strictEqual((yield* left) - before, 0)
      yield* comesIntoDoubt(10_001n)
      assert.strictEqual((yield* left) - before, 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: beyond ten thousand nothing is forgotten, since it is listed again", () =>
    Effect.gen(function* () {
      const left = Effect.map(Metric.value(Metrics.doubtsLeft.at()), ({ count }) => count)
      for (const [count, listings, beyond] of [
        [10_000, 1, 0],
        [10_001, 2, 1]
      ] as const) {
        const before = yield* left
        const another = BigInt(count + 1)
        const { actor, ids, lose, take } = yield* start([...many(count), another], {})
        yield* lose(...many(count))
        yield* moveTo(299)
        take()
        yield* moveTo(301)
        assert.deepStrictEqual(take().filter((call) => call.startsWith("list")).length, listings)
        assert.deepStrictEqual([yield* ids, (yield* left) - before], [[Number(another)], beyond])
        // That is over: the next doubt leads to a question, and to nothing else.
        yield* lose(another)
        yield* moveTo(602)
        assert.deepStrictEqual(
          take().map((call) => call.split(" @")[0]),
          ["list", "ask for 1"]
        )
        yield* actor.actor.stop()
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: a service that fails to answer three times is not asked for the others at once", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 20 }, (_, index) => BigInt(index + 1))
      // All but one of those that are asked for at once hang, so that the others are asked for one after the other.
      const { lose, take } = yield* start(many, {
        byIds: () => Effect.fail(noFilter),
        get: (id) => (id < getsAtOnceMax ? Effect.never : Effect.fail(gone))
      })
      yield* lose(...many)
      yield* moveTo(299)
      take()
      yield* moveTo(310)
      assert.lengthOf(
        take().filter((call) => call.startsWith("get")),
        getsAtOnceMax - 1 + 3
      )
    }).pipe(Effect.provide(layer))
  )
})
