import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import type { RunningStateOptions } from "@effect-dispatch/core/SubscribeOptions"
import { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Deferred, Duration, Effect, Logger, Metric, Schema, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { happen, histories, initialOf } from "./histories.ts"
import { makeLogs } from "./managing.ts"
import { collect, hold, inShort, layer, microgridId, moveTo, put, quiet, secondsOf, settle } from "./site.ts"

const { byComponent, byType, byTypeTarget } = MergeStrategy

/** A started actor and what one subscriber, there from the beginning, is told; others may be there as well. */
const start = Effect.fnUntraced(function* <A = void>(
  options: RunningStateOptions,
  others: (
    actor: DispatchingActor.DispatchingActor["Service"]
  ) => Effect.Effect<A, never, Scope.Scope> = () => Effect.void as Effect.Effect<A>
) {
  yield* TestClock.setTime(t0 - 10_000)
  const actor = yield* DispatchingActor.make({ microgridId, sync: quiet })
  const changes = yield* collect(yield* actor.runningStateChanges(options))
  const other = yield* others(actor)
  yield* actor.actor.start
  yield* settle
  return { actor, changes, other, take: () => changes.splice(0).map(inShort) }
})

const isAboutMerging = (line: string): boolean => line.includes("merge strategy")

/** From one second to another, of one type and target. */
const run = (id: bigint, from: number, to: number, fields: Parameters<typeof dispatch>[0] = {}) =>
  dispatch({ id, startTime: at(from), duration: Duration.seconds(to - from), ...fields })

describe("MergeStrategy", () => {
  it("tells apart types, targets, live and dry runs, by a text that is the same in every process", () => {
    const one = dispatch({ target: Target.componentIds(2n, 1n, 2n) })
    const same = dispatch({ id: 2n, target: Target.componentIds(1n, 2n) })
    assert.strictEqual(byTypeTarget.identity(one), '["CHARGE",false,"ComponentIds","#1,#2"]')
    assert.strictEqual(byTypeTarget.identity(one), byTypeTarget.identity(same))
    const others = [
      dispatch({ target: Target.componentIds(2n, 3n) }),
      dispatch({ target: Target.componentCategories("BATTERY") }),
      dispatch({ target: Target.componentIds() }),
      dispatch({ target: Target.componentCategories() }),
      dispatch({ type: "OTHER", target: one.target }),
      dispatch({ dryRun: true, target: one.target })
    ]
    assert.strictEqual(new Set([one, ...others].map(byTypeTarget.identity)).size, 7)
    assert.strictEqual(new Set([one, ...others].map(byType.identity)).size, 3)
  })

  it.effect("section 6: back to back: start, reconfigure, one stop", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 60, 90))
      const { take } = yield* start({ merge: byType })
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["Running 1 @0", "Running 2 @60", "Stopped 2 @90"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: overlapping: two starts, one stop", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 30, 90))
      const { take } = yield* start({ merge: byType })
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["Running 1 @0", "Running 2 @30", "Stopped 2 @90"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: when what was told last ends first, what still runs is announced again", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 90), run(2n, 10, 90), run(3n, 10, 90), run(4n, 20, 60))
      const { changes } = yield* start({ merge: byType })
      yield* moveTo(600)
      // Of those that began last the one of the highest id.
      assert.deepStrictEqual(changes.map(inShort).slice(3), [
        "Running 4 @20",
        "Running 3 @60 Merged",
        "Stopped 3 @90"
      ])
      const again = changes[4]
      assert.deepInclude(again, { at: at(60), occurrence: at(10), until: at(90) })
      assert.notProperty(again, "previous")
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: an inactive one of the same type does not hold back a stop", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 0, 600, { active: false }))
      const { take } = yield* start({ merge: byType })
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["Running 1 @0", "Stopped 1 @60"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: several stops at one instant are one", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(3n, 10, 60), run(2n, 0, 60, { type: "OTHER" }))
      const { take } = yield* start({ merge: byType })
      yield* moveTo(100)
      assert.deepStrictEqual(take().slice(3), ["Stopped 2 @60", "Stopped 3 @60"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: what is due at the instant of an input is settled, and merged, before it", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, -20, 60))
      const { take } = yield* start({ merge: byType })
      yield* moveTo(60)
      yield* put("Created", run(2n, 60, 90))
      assert.deepStrictEqual(take(), ["Running 1 @-10", "Stopped 1 @60", "Running 2 @60"])
    }).pipe(
      // Nobody is woken by the clock: the input itself finds what is due.
      Effect.provideService(DispatchScheduler, {
        alarm: () => Effect.succeed({ set: () => {} })
      }),
      Effect.provide(layer)
    )
  )

  it.effect("section 6: an update of the identity stops the old one and starts the new one", () =>
    Effect.gen(function* () {
      const moved = { target: Target.componentIds(7n), version: 2 }
      yield* hold(run(1n, 0, 600))
      const { changes, take } = yield* start({ merge: byTypeTarget })
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, moved))
      assert.deepStrictEqual(
        changes.slice(1).map(({ dispatch }) => Target.key(dispatch.target)),
        ["#1", "#7"]
      )
      assert.strictEqual(changes[1]?.next, changes[2]?.dispatch)
      assert.deepStrictEqual(take(), ["Running 1 @0", "Stopped 1 @10", "Running 1 @10"])
      // Another keeps the old identity running: it is announced again, since it was not told last.
      yield* put("Created", run(2n, 10, 600, { target: Target.componentIds(7n) }))
      yield* moveTo(20)
      yield* put("Updated", run(2n, 10, 600, { target: Target.componentIds(8n), version: 2 }))
      assert.deepStrictEqual(take(), ["Running 2 @10", "Running 1 @20 Merged", "Running 2 @20"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: R4 within one identity is a stop and a start", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 600))
      const { take } = yield* start({ merge: { identity: () => "all" } })
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { dryRun: true, version: 2 }))
      assert.deepStrictEqual(take(), ["Running 1 @0", "Stopped 1 @10", "Running 1 @10"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: a command while another runs: told, then the other again", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 30, 30), run(3n, 60, 60), run(4n, 60, 60), run(5n, 90, 90))
      const { take } = yield* start({ merge: byType })
      yield* moveTo(100)
      assert.deepStrictEqual(take(), [
        "Running 1 @0",
        "Running 2 @30",
        "Running 1 @30 Merged",
        "Stopped 1 @60",
        "Running 3 @60",
        "Stopped 3 @60",
        "Running 4 @60",
        "Stopped 4 @60",
        "Running 5 @90",
        "Stopped 5 @90"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: own strategies choose by identity and filter, which sees the version that ran", () =>
    Effect.gen(function* () {
      const zone = (name: string, version = 1) => ({ payload: { zone: name }, version })
      yield* hold(
        run(1n, 0, 60, zone("north")),
        run(2n, 30, 90, zone("north")),
        run(3n, 0, 90, zone("south")),
        run(4n, 0, 90, { ...zone("north"), type: "OTHER" })
      )
      const asked: Array<string | undefined> = []
      const { take } = yield* start({
        type: "CHARGE",
        merge: {
          identity: ({ payload }) => String(payload["zone"]),
          filter: ({ payload }, type) => (asked.push(type), payload["zone"] !== "south")
        }
      })
      yield* moveTo(40)
      assert.deepStrictEqual(new Set(asked), new Set(["CHARGE"]))
      assert.deepStrictEqual(take(), ["Running 1 @0", "Running 2 @30"])
      yield* moveTo(70)
      assert.deepStrictEqual(take(), [])
      yield* put("Updated", run(2n, 30, 90, zone("south", 2)))
      assert.deepStrictEqual(take(), ["Stopped 2 @70"])
      yield* moveTo(100)
      assert.deepStrictEqual(take(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 6: one component is followed through targets that differ", () =>
    Effect.gen(function* () {
      yield* hold(
        run(1n, 0, 60, { target: Target.componentIds(1n, 2n) }),
        run(2n, 30, 90, { target: Target.componentIds(2n, 3n) }),
        run(3n, 0, 120, { target: Target.componentIds(3n) })
      )
      const { take } = yield* start({ merge: byComponent(2n) })
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["Running 1 @0", "Running 2 @30", "Stopped 2 @90"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 5: a late subscriber gets all that run of each identity, or at first only a stop", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 30, 90), run(3n, 40, 50, { type: "OTHER" }), run(4n, 45, 45))
      const { actor, take } = yield* start({ merge: byType })
      yield* moveTo(45)
      take()
      const present = yield* collect(yield* actor.runningStateChanges({ merge: byType, current: true }))
      const silent = yield* collect(yield* actor.runningStateChanges({ merge: byType }))
      const typed = yield* collect(
        yield* actor.runningStateChanges({ merge: byType, current: true, type: "OTHER" })
      )
      yield* settle
      assert.deepStrictEqual(present.splice(0).map(inShort), [
        "Running 1 @0",
        "Running 2 @30",
        "Running 3 @40"
      ])
      assert.deepStrictEqual([silent.length, take()], [0, []])
      yield* moveTo(70)
      yield* moveTo(100)
      assert.deepStrictEqual(present.map(inShort), ["Stopped 3 @50", "Stopped 2 @90"])
      // Nobody has told it of anything, so it hears of what goes on when a stop is withheld.
      assert.deepStrictEqual(silent.map(inShort), ["Stopped 3 @50", "Running 2 @60 Merged", "Stopped 2 @90"])
      assert.deepStrictEqual(typed.map(inShort), ["Running 3 @40", "Stopped 3 @50"])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "section 6: the identity is asked once for each version that starts, and a stop asks nobody",
    () =>
      Effect.gen(function* () {
        const asked: Array<string> = []
        const fickle: MergeStrategy.MergeStrategy = {
          identity: ({ id, updateTime }) => {
            asked.push(`${id} v${updateTime}`)
            return `${id}, asked ${asked.length} times`
          },
          filter: ({ id }) => {
            if (asked.includes(`${id} v1`)) asked.push(`filter of ${id} again`)
            return true
          }
        }
        yield* hold(
          run(1n, 0, 20, { recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: 1 }) }),
          run(2n, 30, 30)
        )
        const { changes, take } = yield* start({ merge: fickle, capacity: 2 })
        yield* moveTo(100)
        assert.deepStrictEqual(asked.splice(0), ["1 v1", "2 v1"])
        assert.deepStrictEqual(take(), [
          "Running 1 @0",
          "Stopped 1 @20",
          "Running 2 @30",
          "Stopped 2 @30",
          "Running 1 @60",
          "Stopped 1 @80"
        ])
        yield* put("Updated", run(1n, 0, 20, { version: 2, active: false }))
        yield* moveTo(130)
        assert.deepStrictEqual([changes, asked], [[], []])
      }).pipe(Effect.provide(layer))
  )

  it.effect('section 6: 1, 1n and "1" are three identities, all that look alike of one kind are one', () =>
    Effect.gen(function* () {
      const identities: ReadonlyArray<MergeStrategy.Identity> = [1, 1n, "1", 1, 1n, "1", 0, -0, Infinity]
      yield* hold(...identities.map((_, index) => run(BigInt(index), 0, 60 + index)))
      const { take } = yield* start({
        merge: { identity: ({ id }) => identities[Number(id)] as MergeStrategy.Identity }
      })
      yield* moveTo(0)
      assert.strictEqual(take().length, identities.length)
      yield* moveTo(100)
      assert.deepStrictEqual(
        take(),
        [3, 4, 5, 7, 8].map((id) => `Stopped ${id} @${60 + id}`)
      )
    }).pipe(Effect.provide(layer))
  )

  /** Values that are no identity, and their messages. */
  const without: ReadonlyArray<readonly [string, () => unknown, string]> = [
    ["undefined", () => undefined, "its identity gives undefined, which"],
    ["null", () => null, "its identity gives null, which"],
    ["NaN", () => Number.NaN, "its identity gives NaN, which"],
    ["a boolean", () => true, "its identity gives boolean, which"],
    ["an object", () => ({}), "its identity gives object, which"],
    [
      "nothing, since it throws",
      () => {
        throw new Error("no zone")
      },
      "its identity throws: Error: no zone"
    ]
  ]
  for (const [name, give, message] of without) {
    it.effect(`section 6: ${name} is no identity: reported once, left out, and nothing else is touched`, () =>
      Effect.gen(function* () {
        const { layer: logs, lines } = makeLogs()
        const before = yield* Metric.value(Metrics.mergeFailures.at())
        const zone = { payload: { zone: "north" } }
        const repeated = { recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: 1 }) }
        yield* hold(run(1n, 0, 40, zone), run(2n, 10, 20, repeated), run(3n, 15, 15))
        const merge = {
          identity: ({ payload }: Dispatch) => (payload["zone"] ?? give()) as string
        }
        const { take } = yield* Effect.provide(start({ merge, current: true }), logs)
        yield* moveTo(200)
        assert.deepStrictEqual(take(), ["Running 1 @0", "Stopped 1 @40"])
        const told = lines.filter(isAboutMerging)
        assert.strictEqual(told.length, 2)
        for (const [index, id] of [2, 3].entries()) {
          assert.include(told[index] ?? "", `leaves out dispatch ${id} (CHARGE): ${message}`)
        }
        const after = yield* Metric.value(Metrics.mergeFailures.at())
        assert.strictEqual(after.count - before.count, 2)
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect(
    "section 6: a filter that throws leaves out its dispatch, is reported once, and breaks nothing",
    () =>
      Effect.gen(function* () {
        const { layer: logs, lines } = makeLogs()
        yield* hold(run(1n, 0, 60), run(2n, 0, 60))
        const { take } = yield* Effect.provide(
          start({
            merge: {
              identity: byType.identity,
              filter: ({ id }) => {
                if (id === 2n) throw new Error("no filter")
                return true
              }
            }
          }),
          logs
        )
        yield* moveTo(100)
        assert.deepStrictEqual(take(), ["Running 1 @0", "Stopped 1 @60"])
        assert.deepStrictEqual(lines.filter(isAboutMerging), [
          "Error A merge strategy leaves out dispatch 2 (CHARGE): its filter throws: Error: no filter"
        ])
      }).pipe(Effect.provide(layer))
  )

  it.effect(
    "section 6: a version that loses its identity leaves it: Stopped, unless another of it runs",
    () =>
      Effect.gen(function* () {
        const zone = (name: string | undefined, version = 1) => ({
          version,
          payload: name === undefined ? {} : { zone: name }
        })
        yield* hold(run(1n, 0, 600, zone("north")), run(2n, 5, 600, zone("north")))
        const { take } = yield* Effect.provide(
          start({ merge: { identity: ({ payload }) => payload["zone"] as string } }),
          Logger.layer([])
        )
        yield* moveTo(10)
        yield* put("Updated", run(2n, 5, 600, zone(undefined, 2)))
        yield* moveTo(20)
        yield* put("Updated", run(1n, 0, 600, zone(undefined, 2)))
        assert.deepStrictEqual(take(), [
          "Running 1 @0",
          "Running 2 @5",
          "Running 1 @10 Merged",
          "Stopped 1 @20"
        ])
        yield* moveTo(700)
        assert.deepStrictEqual(take(), [])
      }).pipe(Effect.provide(layer))
  )
})

interface Interval {
  readonly from: number
  readonly to: number
}

/** Intervals joined where they touch; what has no length is left out. */
const joined = (some: ReadonlyArray<Interval>): ReadonlyArray<Interval> => {
  const all: Array<Interval> = []
  for (const { from, to } of some.toSorted((left, right) => left.from - right.from)) {
    const last = all.at(-1)
    if (from === to) continue
    if (last === undefined || from > last.to) all.push({ from, to })
    else all[all.length - 1] = { from: last.from, to: Math.max(last.to, to) }
  }
  return all
}

/**
 * The intervals, in seconds, in which each identity runs. `nameOf` says to what a `Stopped` belongs: to a dispatch, or
 * to an identity.
 */
const intervals = (
  changes: ReadonlyArray<RunningStateChange>,
  nameOf: (dispatch: Dispatch) => string,
  identity: (dispatch: Dispatch) => string
) => {
  const found = new Map<string, Array<Interval>>()
  const open = new Map<string, { readonly key: string; readonly from: number }>()
  const close = (name: string, to: number) => {
    const { from, key } = open.get(name) ?? { from: to, key: "" }
    open.delete(name)
    if (from !== to) found.set(key, [...(found.get(key) ?? []), { from, to }])
  }
  for (const { decidedAt, dispatch, state } of changes) {
    const name = nameOf(dispatch)
    const key = identity(dispatch)
    const now = secondsOf(decidedAt)
    if (state === "Running" && open.get(name)?.key === key) continue
    close(name, now)
    if (state === "Running") open.set(name, { key, from: now })
  }
  for (const name of open.keys()) close(name, Infinity)
  return new Map([...found].map(([key, some]) => [key, joined(some)]))
}

/** The runs left at the end. Every stop must be of something that was told to run. */
const runningAtEnd = (
  changes: ReadonlyArray<RunningStateChange>,
  nameOf: (dispatch: Dispatch) => string
): Map<string, RunningStateChange> => {
  const running = new Map<string, RunningStateChange>()
  for (const change of changes) {
    const name = nameOf(change.dispatch)
    if (change.state === "Running") running.set(name, change)
    else assert.isTrue(running.delete(name), `${name} is stopped and does not run`)
  }
  return running
}

const commandsOf = (changes: ReadonlyArray<RunningStateChange>) =>
  changes.filter((change) => isCommand(change) && change.state === "Running").length

const options = { arbitrary: { runs: 60 } }

describe("MergeStrategy, of any history", () => {
  const idOf = ({ id }: Dispatch) => String(id)
  const strategies = { byType, byTypeTarget, "all as one": { identity: () => "all" } }

  for (const [name, merge] of Object.entries(strategies)) {
    it.effect.prop(
      `section 6: ${name}: runs when any runs, and is told to in turns of starts and one stop`,
      [histories],
      ([history]) =>
        Effect.gen(function* () {
          yield* hold(...initialOf(history))
          const { changes: merged, other: single } = yield* start({ merge }, (actor) =>
            Effect.flatMap(actor.runningStateChanges(), collect)
          )
          yield* happen(history)
          assert.deepStrictEqual(
            intervals(merged, merge.identity, merge.identity),
            intervals(single, idOf, merge.identity)
          )
          runningAtEnd(merged, merge.identity)
        }).pipe(Effect.provide(layer)),
      options
    )
  }

  const slownesses = Arbitrary.schema(
    Schema.Struct({
      capacity: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 6 })),
      readsAtFirst: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 }))
    })
  )

  for (const [name, merge] of Object.entries({ ...strategies, "each by itself": undefined })) {
    it.effect.prop(
      `section 5: ${name}: a reader that never reads, or stops reading, then drains, ends in the right state`,
      [histories, slownesses],
      ([history, { capacity, readsAtFirst }]) =>
        Effect.gen(function* () {
          yield* hold(...initialOf(history))
          const nameOf = merge?.identity ?? idOf
          const goOn = yield* Deferred.make<void>()
          const slow: Array<RunningStateChange> = []
          const { actor, changes: quick } = yield* start({ merge, capacity: 100_000 }, (actor) =>
            Effect.gen(function* () {
              const slowly = yield* actor.runningStateChanges({ merge, capacity })
              const read = (change: RunningStateChange) =>
                Effect.andThen(
                  slow.length === readsAtFirst ? Deferred.await(goOn) : Effect.void,
                  Effect.sync(() => slow.push(change))
                )
              yield* Effect.forkScoped(Stream.runForEach(slowly, read))
            })
          )
          const missed = yield* collect(yield* actor.missedRuns())
          yield* happen(history)
          yield* Deferred.succeed(goOn, undefined)
          yield* settle
          assert.deepStrictEqual(runningAtEnd(slow, nameOf), runningAtEnd(quick, nameOf))
          // A command is executed by the reader, or reported.
          const dropped = missed.filter(({ reason }) => reason === "SlowSubscriber").length
          assert.strictEqual(commandsOf(slow) + dropped, commandsOf(quick))
        }).pipe(Effect.provide(layer)),
      options
    )
  }
})
