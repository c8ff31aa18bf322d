import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Metrics from "@effect-dispatch/core/Metrics"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { Fenced } from "@effect-dispatch/core/SitePersistence"
import * as Target from "@effect-dispatch/core/Target"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Logger, Metric, Scope } from "effect"
import { TestClock } from "effect/testing"
import { type Recalled, SiteKeeper } from "../../../src/internal/site/siteKeeper.ts"
import { at, dispatch, t0 } from "../../fixtures.ts"
import { settle } from "../../site.ts"
import { UnreliableStore } from "./unreliableStore.ts"
import { memory, noStops, recallFrom } from "./recall.ts"
import { recallLate } from "../../recallLate.ts"

/** A test, in which it is known when nothing is scheduled. */
const test = (promise: string, body: () => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.effect(promise, () => Effect.provide(body(), Probe.layer))

/** Moves the clock, and lets everything go on that can. */
const pass = (length: Duration.Input) =>
  settle.pipe(Effect.andThen(TestClock.adjust(length)), Effect.andThen(settle))

const recordTimeout = Duration.seconds(5)

const running = (version: Dispatch): RunningStateChange => ({
  dispatch: version,
  state: "Running",
  at: at(0),
  decidedAt: at(0),
  occurrence: at(0),
  until: at(60),
  continues: false,
  cause: "Scheduled"
})

/** The knowledge of a process, and its keeper. */
const startProcess = Effect.fnUntraced(function* (store: UnreliableStore) {
  const scope = yield* Scope.make()
  const nothing = { version: undefined, announced: [], executed: undefined, evaluatedAt: undefined }
  const keeper = new SiteKeeper(store.store, { recordTimeout, recoveredStops: noStops })
  keeper.remember(memory([]))
  const knows = (version: Dispatch, isRunning = false) =>
    keeper.remember(
      memory([{ ...nothing, id: version.id, version, announced: isRunning ? [running(version)] : [] }])
    )
  return {
    keeper,
    knows,
    /** It knows this, and has it written down. */
    touches: (version: Dispatch, isRunning = false) => {
      knows(version, isRunning)
      keeper.touch([version.id])
    },
    forget: (id: bigint) => keeper.remember(memory([{ ...nothing, id: DispatchId.make(id) }])),
    forgetUpTo: (instant: number) => keeper.remember(memory([], { forgottenUpTo: instant })),
    run: Effect.forkIn(keeper.run, scope),
    crash: Scope.close(scope, Exit.void)
  }
})

const id = (value: bigint) => DispatchId.make(value)

const inShort = (recalled: Recalled | undefined) =>
  recalled?.remembered
    .map(
      ({ announced, id, version }) => `${id} v${version?.updateTime} ${announced.length > 0 ? "on" : "off"}`
    )
    .sort()

/** The knowledge that a process would recall if it started now. */
const recalledBy = (store: UnreliableStore) =>
  Effect.flatMap(startProcess(store), ({ keeper }) => Effect.map(recallFrom(keeper), inShort))

/** A process with an empty store that has read what there is. */
const begun = Effect.gen(function* () {
  const store = new UnreliableStore()
  const one = yield* startProcess(store)
  yield* recallFrom(one.keeper)
  return { one, store }
})

const logged = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))])

describe("what is kept of a site", () => {
  test("S10: one write notes a slice, and does not repeat what the records have", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      const versions = Array.from({ length: 1_000 }, (_, index) => dispatch({ id: BigInt(index + 1) }))
      for (const version of versions) one.knows(version)
      yield* recallFrom(one.keeper)
      one.keeper.touch(versions.map(({ id }) => id))
      yield* one.keeper.flush
      for (const version of versions) one.knows(version, true)
      store.asked.length = 0
      yield* one.keeper.note(versions.map(({ id }) => id))
      assert.strictEqual(store.asked.length, 1)
      const note = [...store.values].find(([key]) => key.startsWith("note-"))?.[1] ?? ""
      assert.isFalse(note.includes("startTime"))
      const recalled = yield* recalledBy(store)
      assert.strictEqual(recalled?.length, 1_000)
      assert.isTrue(recalled?.every((one) => one.endsWith(" v1 on")))
    }))

  test("S10: a record that cannot be read costs little when it is tried again, however many were read", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      const versions = Array.from({ length: 10_000 }, (_, index) => dispatch({ id: BigInt(index + 1) }))
      yield* recallFrom(one.keeper)
      for (const version of versions) one.touches(version, true)
      yield* one.keeper.flush
      store.values.set("note-1", "whatever it is")
      store.fateOf = (operation, key) => (operation === "get" && key === "note-1" ? "Failed" : "Done")
      const { keeper } = yield* startProcess(store)
      const costOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.suspend(() => {
          const before = process.cpuUsage()
          return Effect.map(effect, () => process.cpuUsage(before).user)
        })
      const first = yield* costOf(recallFrom(keeper))
      const again: Array<number> = []
      for (let attempt = 0; attempt < 5; attempt++) {
        const trying = yield* Effect.forkChild(keeper.recallAgain(attempt))
        again.push(yield* costOf(pass("1 minute")))
        assert.isTrue(yield* Fiber.join(trying))
      }
      assert.isBelow(Math.min(...again), first / 20)
    }))

  test("S10: what was noted and struck out since is not recalled, whatever becomes of the note", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      yield* one.run
      one.knows(dispatch(), true)
      yield* one.keeper.note([id(1n)])
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on"])
      // The note cannot be removed.
      store.fateOf = (operation, key) =>
        operation === "remove" && key.startsWith("note") ? "Failed" : "Done"
      one.forget(1n)
      one.keeper.touch([id(1n)])
      yield* settle
      assert.isTrue([...store.values.keys()].some((key) => key.startsWith("note-")))
      assert.deepStrictEqual(yield* recalledBy(store), [])
      // And when it can, nothing stays.
      store.release()
      yield* pass("2 minutes")
      assert.deepStrictEqual([...store.values.keys()], [])
    }))

  test("S10: notes are removed when their groups have been rewritten", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      yield* one.run
      for (const value of [1n, 2n]) {
        one.knows(dispatch({ id: value }), true)
        yield* one.keeper.note([id(value)])
      }
      yield* settle
      assert.strictEqual([...store.values.keys()].filter((key) => key.startsWith("note-")).length, 2)
      yield* pass("1 second")
      assert.deepStrictEqual([...store.values.keys()].sort(), ["group-1", "group-2"])
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on", "2 v1 on"])
    }))

  test("S10: a store that hangs is given up once, and holds up nobody after that", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const { one, store } = yield* begun
      store.fateOf = () => "Hanging"
      one.knows(dispatch(), true)
      const first = yield* Effect.forkChild(Effect.provide(one.keeper.note([id(1n)]), logged(lines)))
      yield* pass("4999 millis")
      assert.isUndefined(first.pollUnsafe())
      yield* pass("1 millis")
      yield* Fiber.join(first)
      // Nobody moves the clock for these.
      yield* Effect.provide(one.keeper.note([id(1n)]), logged(lines))
      yield* one.keeper.flush
      assert.deepStrictEqual(
        lines.map((line) => line.split(";")[0]),
        ["Error Could not write"]
      )
    }))

  test("S10: writes to one key never overlap, and after one that was given up the present is written", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      yield* one.run
      store.fateOf = (operation, key) => (operation === "set" && key === "group-1" ? "Hanging" : "Done")
      one.touches(dispatch({ version: 1 }))
      yield* settle
      store.fateOf = () => "Done"
      for (const version of [2, 3]) {
        one.touches(dispatch({ version }))
        yield* pass("30 seconds")
      }
      assert.deepStrictEqual(yield* recalledBy(store), undefined)
      store.release()
      yield* settle
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v3 off"])
      assert.deepStrictEqual(store.overlaps, [])
    }))

  test("S10: nor does the removal of a note whose write was given up: it goes once that has returned", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      yield* one.run
      store.fateOf = (operation, key) => (operation === "set" && key.startsWith("note-") ? "Hanging" : "Done")
      one.knows(dispatch(), true)
      const note = yield* Effect.forkChild(one.keeper.note([id(1n)]))
      yield* pass("10 seconds")
      yield* Fiber.join(note)
      // Its group has been rewritten, so that it is superfluous.
      assert.deepStrictEqual([[...store.values.keys()], store.overlaps], [["group-1"], []])
      store.release()
      yield* settle
      assert.lengthOf([...store.values.keys()], 2)
      yield* pass("2 minutes")
      assert.deepStrictEqual([[...store.values.keys()], store.overlaps], [["group-1"], []])
    }))

  test("S10: a note says the version itself while the record that had it may be replaced", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.touches(dispatch())
      yield* one.keeper.flush
      store.fateOf = (operation) => (operation === "remove" ? "Hanging" : "Done")
      one.forget(1n)
      one.keeper.touch([id(1n)])
      const end = yield* Effect.forkChild(one.keeper.flush)
      yield* pass("5 seconds")
      yield* Fiber.join(end)
      one.knows(dispatch(), true)
      yield* one.keeper.note([id(1n)])
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on"])
      store.release()
      yield* settle
      assert.isFalse(store.values.has("group-1"))
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on"])
    }))

  test("S10: a note says the version itself if only a record from before the last one has it", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.touches(dispatch())
      one.touches(dispatch({ id: 257n }))
      yield* one.keeper.flush
      one.knows(dispatch({ id: 2n }), true)
      yield* one.keeper.note([id(2n)])
      store.fateOf = (operation, key) => (operation === "get" && key.startsWith("note-") ? "Failed" : "Done")
      const two = yield* startProcess(store)
      assert.deepStrictEqual(inShort(yield* recallFrom(two.keeper)), ["1 v1 off", "257 v1 off"])
      two.forget(1n)
      two.keeper.touch([id(1n)])
      yield* two.keeper.flush
      store.release()
      const late = yield* Effect.forkChild(two.keeper.recallAgain(0))
      yield* pass("1 second")
      assert.isTrue(yield* Fiber.join(late))
      two.keeper.releaseReadings()
      two.knows(dispatch(), true)
      yield* two.keeper.note([id(1n)])
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on", "2 v1 on", "257 v1 off"])
    }))

  test("S10: a record that is gone when it is read is nothing to wait for, and its place is free", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      for (const key of ["group-1", "note-5", "site"]) store.values.set(key, "gone")
      store.fateOf = (operation, key) => {
        if (operation === "get") store.values.delete(key)
        return "Done"
      }
      const one = yield* startProcess(store)
      assert.isUndefined(yield* recallFrom(one.keeper))
      assert.isFalse(yield* one.keeper.recallAgain(0))
      one.touches(dispatch())
      one.keeper.noteListed()
      yield* one.keeper.flush
      assert.deepStrictEqual([...store.values.keys()].sort(), ["group-1", "site"])
    }))

  test("S10: a write that fails is repeated without a change", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      yield* one.run
      store.fateOf = () => "Failed"
      one.touches(dispatch())
      yield* pass("30 seconds")
      store.release()
      yield* pass("1 minute")
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 off"])
    }))

  for (const [what, fails] of [
    ["the keys", (operation: string) => operation === "keys"],
    ["a group", (operation: string, key: string) => operation === "get" && key === "group-1"],
    ["a note", (operation: string, key: string) => operation === "get" && key.startsWith("note-")]
  ] as const) {
    for (const fate of ["Failed", "Hanging"] as const) {
      test(`S10: ${what}: a read that is ${fate} at the start is repeated, and overwritten is nothing`, () =>
        Effect.gen(function* () {
          const store = new UnreliableStore()
          const before = yield* startProcess(store)
          yield* recallFrom(before.keeper)
          for (const value of [1n, 2n, 257n]) before.knows(dispatch({ id: value }), true)
          before.keeper.touch([id(1n), id(2n), id(257n)])
          yield* before.keeper.flush
          before.knows(dispatch({ id: 257n, version: 2 }), true)
          yield* before.keeper.note([id(257n)])

          const whole = new Map(store.values)
          store.fateOf = (operation, key) => (fails(operation, key) ? fate : "Done")
          const one = yield* startProcess(store)
          const early = yield* Effect.forkChild(recallFrom(one.keeper))
          yield* pass("10 seconds")
          const recalled = yield* Fiber.join(early)
          assert.isFalse(recalled?.isWhole)
          const known = recalled?.remembered ?? []
          for (const { version } of known) if (version !== undefined) one.knows(version, true)
          one.keeper.touch(known.map(({ id }) => id))
          one.touches(dispatch({ id: 513n }))
          yield* one.keeper.flush
          for (const [key, text] of whole) {
            if (fails("keys", key) || fails("get", key)) assert.strictEqual(store.values.get(key), text)
          }
          const late: Array<Recalled> = []
          yield* Effect.forkChild(
            recallLate(one.keeper, () => {
              for (const found of one.keeper.releaseReadings()) {
                late.push(found)
                for (const { version } of found.remembered)
                  if (version !== undefined) one.knows(version, true)
                one.keeper.touch(found.remembered.map(({ id }) => id))
              }
            })
          )
          store.release()
          yield* pass("1 minute")
          const all = new Map(
            [...known, ...late.flatMap(({ remembered }) => remembered)].map((each) => [each.id, each])
          )
          assert.deepStrictEqual(
            inShort({ remembered: [...all.values()], joined: 0, isWhole: true, facts: undefined }),
            ["1 v1 on", "2 v1 on", "257 v2 on"]
          )
          // Nothing is lost before the actor has said how these are now.
          yield* one.run
          yield* pass("1 minute")
          assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on", "2 v1 on", "257 v2 on", "513 v1 off"])
          assert.deepStrictEqual(
            [...store.values.keys()].filter((key) => key.includes(".") || key.startsWith("note")),
            []
          )
        }))
    }
  }

  test("S10: a record that is never read is named once, left, and hides nothing that lies beside it", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      for (const value of [1n, 2n]) one.knows(dispatch({ id: value }), true)
      one.keeper.touch([id(1n), id(2n)])
      yield* one.keeper.flush
      const unreadable = ["group-1", `note-${t0}`]
      store.values.set(`note-${t0}`, "whatever it is")
      const left = unreadable.map((key) => store.values.get(key))
      // Each finds what the one before has kept beside.
      for (const version of [2, 3, 4]) {
        const lines: Array<string> = []
        store.fateOf = (operation, key) =>
          operation === "get" && unreadable.includes(key) ? "Failed" : "Done"
        const next = yield* startProcess(store)
        const recalled = yield* Effect.provide(recallFrom(next.keeper), logged(lines))
        yield* Effect.provide(
          recallLate(next.keeper, () => void next.keeper.releaseReadings()),
          logged(lines)
        ).pipe(Effect.timeoutOption("1 minute"), Effect.forkChild)
        yield* next.run
        yield* pass("30 seconds")
        assert.deepStrictEqual(
          inShort(recalled),
          version === 2 ? ["2 v1 on"] : [`1 v${version - 1} on`, "2 v1 on"]
        )
        const named = lines.filter((line) => line.startsWith("Warn"))
        assert.strictEqual(named.length, 1)
        for (const key of unreadable) assert.include(named[0], key)
        next.knows(dispatch({ version }), true)
        next.knows(dispatch({ id: 2n }), true)
        next.keeper.touch([id(1n), id(2n)])
        yield* pass("30 seconds")
        yield* next.crash
      }
      assert.deepStrictEqual(
        unreadable.map((key) => store.values.get(key)),
        left
      )
    }))

  test("S10: what a process knew and let go is known no more from a record that it reads late", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.touches(dispatch())
      yield* one.keeper.flush
      store.fateOf = (operation) => (operation === "get" ? "Failed" : "Done")
      const blind = yield* startProcess(store)
      yield* recallFrom(blind.keeper)
      /** The version that a record tells of, after what the process knows itself. */
      const versionIn = ({ keeper }: typeof blind, value: bigint) => {
        const version = dispatch({ id: value })
        return keeper.withoutOwn({
          id: version.id,
          version,
          announced: [],
          executed: undefined,
          evaluatedAt: t0
        }).version?.id
      }
      // Another it stops, of which it knew nothing but a run.
      blind.knows(dispatch())
      for (const value of [1n, 257n]) blind.forget(value)
      assert.deepStrictEqual([versionIn(blind, 1n), versionIn(blind, 257n)], [undefined, id(257n)])
      // Nothing of the kind is kept where all was read.
      one.forget(1n)
      assert.strictEqual(versionIn(one, 1n), id(1n))
    }))

  test("S10: a note that is read late says how what was given is by now, and that it is gone", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      for (const value of [1n, 2n, 3n]) one.knows(dispatch({ id: value }), true)
      one.keeper.touch([id(1n), id(2n), id(3n)])
      yield* one.keeper.flush
      one.knows(dispatch({ version: 2 }), true)
      one.forget(2n)
      yield* TestClock.setTime(t0 + 60_000)
      yield* one.keeper.note([id(1n), id(2n)])
      store.fateOf = (operation, key) => (operation === "get" && key.startsWith("note-") ? "Failed" : "Done")
      const two = yield* startProcess(store)
      const recalled = yield* recallFrom(two.keeper)
      assert.deepStrictEqual(inShort(recalled), ["1 v1 on", "2 v1 on", "3 v1 on"])
      // Occurrences up to the writing of the note may have been executed.
      assert.deepStrictEqual(
        recalled?.remembered.map(({ evaluatedAt }) => evaluatedAt - t0),
        [60_000, 60_000, 60_000]
      )
      const late: Array<Recalled> = []
      yield* Effect.forkChild(recallLate(two.keeper, () => void late.push(...two.keeper.releaseReadings())))
      store.release()
      yield* pass("1 second")
      assert.deepStrictEqual(late.map(inShort), [["1 v2 on", "2 vundefined off"]])
      // Untouched, it is kept as the note has it.
      yield* two.run
      yield* pass("1 minute")
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v2 on", "3 v1 on"])
    }))

  test("S10: what is damaged is set aside behind what was recalled, however long that takes", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      for (const value of [1n, 2n]) one.knows(dispatch({ id: value }), true)
      one.keeper.touch([id(1n), id(2n)])
      yield* one.keeper.flush
      store.values.set("group-2", "{ damaged")
      store.fateOf = (operation) => (operation === "set" || operation === "remove" ? "Hanging" : "Done")
      const two = yield* startProcess(store)
      // Nothing waits: no time passes.
      const recalled = yield* recallFrom(two.keeper)
      assert.deepStrictEqual([inShort(recalled), recalled?.isWhole], [["1 v1 on"], false])
      yield* two.run
      yield* Effect.forkChild(recallLate(two.keeper, () => void two.keeper.releaseReadings()))
      two.touches(dispatch({ id: 2n, version: 2 }), true)
      yield* pass("1 minute")
      assert.strictEqual(store.values.get("group-2"), "{ damaged")
      store.release()
      yield* pass("1 minute")
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on", "2 v2 on"])
    }))

  test("S10: what is damaged and cannot be set aside is not overwritten: its group is kept beside it", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      for (const value of [1n, 2n]) one.touches(dispatch({ id: value }), true)
      yield* one.keeper.flush
      store.values.set("group-2", "{ damaged")
      store.fateOf = (operation, key) =>
        operation === "set" && key === "group-2.damaged" ? "Failed" : "Done"
      const two = yield* startProcess(store)
      yield* recallFrom(two.keeper)
      assert.isFalse(yield* two.keeper.recallAgain(0))
      two.touches(dispatch({ id: 2n, version: 2 }), true)
      yield* two.keeper.flush
      assert.strictEqual(store.values.get("group-2"), "{ damaged")
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v1 on", "2 v2 on"])
      store.release()
      const three = yield* startProcess(store)
      yield* recallFrom(three.keeper)
      assert.isFalse(yield* three.keeper.recallAgain(0))
      assert.strictEqual(store.values.get("group-2.damaged"), "{ damaged")
    }))

  for (const [what, hinder] of [
    [
      "cannot be read",
      (store: UnreliableStore) => {
        store.fateOf = (operation, key) => (operation === "get" && key === "group-5" ? "Failed" : "Done")
      }
    ],
    [
      "lies beside a note of a newer release",
      (store: UnreliableStore) => {
        store.values.set("note-77", JSON.stringify({ version: 4, anything: "else" }))
      }
    ]
  ] as const) {
    test(`S6, S10: what is gone stays gone while the group ${what}, over any number of processes`, () =>
      Effect.gen(function* () {
        const store = new UnreliableStore()
        const one = yield* startProcess(store)
        yield* recallFrom(one.keeper)
        for (const value of [5n, 261n]) one.knows(dispatch({ id: value }), true)
        one.keeper.touch([id(5n), id(261n)])
        yield* one.keeper.flush
        hinder(store)
        const two = yield* startProcess(store)
        yield* recallFrom(two.keeper)
        for (const value of [5n, 261n]) two.knows(dispatch({ id: value }), true)
        two.keeper.touch([id(5n), id(261n)])
        yield* two.keeper.flush
        two.forget(5n)
        two.keeper.touch([id(5n)])
        yield* two.keeper.flush
        for (const version of [2, 3]) {
          const next = yield* startProcess(store)
          yield* recallFrom(next.keeper)
          yield* next.run
          next.touches(dispatch({ id: 261n, version }), true)
          // The records of the process before are superfluous now, and removed.
          yield* pass("2 seconds")
          yield* next.crash
        }
        store.release()
        store.values.delete("note-77")
        assert.deepStrictEqual(yield* recalledBy(store), ["261 v3 on"])
      }))
  }

  test("S10: a thousand that are gone are remembered beside a group that was not read; one more is told of", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      const gone = Array.from({ length: 1_001 }, (_, index) => id(5n + 256n * BigInt(index)))
      const forgotten = Effect.map(Metric.value(Metrics.strikesForgotten.at()), ({ count }) => count)
      one.knows(dispatch({ id: 5n }), true)
      one.keeper.touch([id(5n)])
      yield* one.keeper.flush
      store.fateOf = (operation, key) => (operation === "get" && key === "group-5" ? "Failed" : "Done")
      const two = yield* startProcess(store)
      yield* recallFrom(two.keeper)
      const lines: Array<string> = []
      const loses = (ids: ReadonlyArray<DispatchId>) =>
        Effect.gen(function* () {
          const before = yield* forgotten
          for (const one of ids) two.knows(dispatch({ id: one }), true)
          two.keeper.touch(ids)
          yield* two.keeper.flush
          for (const one of ids) two.forget(one)
          two.keeper.touch(ids)
          yield* two.keeper.flush
          return (yield* forgotten) - before
        }).pipe(Effect.provide(logged(lines)))
      assert.deepStrictEqual([yield* loses(gone.slice(0, 1_000)), lines], [0, []])
      const { fateOf } = store
      store.release()
      assert.deepStrictEqual(yield* recalledBy(store), [])
      store.fateOf = fateOf
      assert.deepStrictEqual([yield* loses(gone.slice(1_000)), lines.length], [1, 1])
      assert.match(lines[0] ?? "", /^Warn .*1 dispatch that is gone/)
      store.release()
      assert.deepStrictEqual(yield* recalledBy(store), ["5 v1 on"])
    }))

  /** Beside a group that announces the last of seventeen contents and cannot be read, a process has told the others. */
  const sixteenTold = Effect.gen(function* () {
    const { one, store } = yield* begun
    const ofContent = (number: number) =>
      dispatch({ version: number, target: Target.componentIds(BigInt(number)) })
    one.touches(ofContent(17), true)
    yield* one.keeper.flush
    store.fateOf = (operation, key) => (operation === "get" && key === "group-1" ? "Failed" : "Done")
    const two = yield* startProcess(store)
    yield* recallFrom(two.keeper)
    const forgotten = Effect.map(Metric.value(Metrics.contentsForgotten.at()), ({ count }) => count)
    const before = yield* forgotten
    for (let number = 1; number <= 16; number++) {
      two.touches(ofContent(number), true)
      yield* two.keeper.flush
    }
    return { store, two, ofContent, lost: Effect.map(forgotten, (count) => count - before) }
  })

  test("S10: sixteen contents are remembered as told beside a group that was not read; one more is counted", () =>
    Effect.gen(function* () {
      const { lost, ofContent, two } = yield* sixteenTold
      assert.strictEqual(yield* lost, 0)
      for (const [number, count] of [
        [16, 0],
        [17, 1],
        [18, 2]
      ] as const) {
        two.touches(ofContent(number), true)
        yield* two.keeper.flush
        assert.strictEqual(yield* lost, count)
      }
    }))

  test("S10: what is read again and again takes the place of nothing that was told since, and costs nothing", () =>
    Effect.gen(function* () {
      const { lost, ofContent, store } = yield* sixteenTold
      const three = yield* startProcess(store)
      yield* recallFrom(three.keeper)
      yield* three.run
      three.touches(ofContent(17), true)
      yield* pass("2 seconds")
      yield* Effect.forkChild(recallLate(three.keeper, () => void three.keeper.releaseReadings()))
      yield* pass("1 minute")
      three.forget(1n)
      three.keeper.touch([id(1n)])
      yield* pass("2 seconds")
      assert.strictEqual(yield* lost, 1)
      yield* three.crash
      store.release()
      // The run of the first process was told and ended by the third.
      assert.deepStrictEqual(yield* recalledBy(store), [])
    }))

  test("S10: of what is read late, runs like those that this process told are left out, also of what has moved on", () =>
    Effect.gen(function* () {
      const { ofContent, two } = yield* sixteenTold
      const runs = [ofContent(3), ofContent(17)].map(running)
      const late = { id: id(1n), version: undefined, executed: undefined, evaluatedAt: t0 }
      const { announced, moved = [] } = two.keeper.withoutOwn({ ...late, announced: runs, moved: runs })
      assert.deepStrictEqual([announced, moved], [runs.slice(1), runs.slice(1)])
    }))

  for (const isForgotten of [false, true]) {
    test(`R11, S10: an announcement in a record that was never read is not lost with a process that ${isForgotten ? "forgot its dispatch" : "did not announce it"}`, () =>
      Effect.gen(function* () {
        const store = new UnreliableStore()
        const one = yield* startProcess(store)
        yield* recallFrom(one.keeper)
        one.knows(dispatch({ id: 5n }), true)
        one.keeper.touch([id(5n)])
        yield* one.keeper.flush
        store.fateOf = (operation, key) => (operation === "get" && key === "group-5" ? "Failed" : "Done")
        const two = yield* startProcess(store)
        yield* recallFrom(two.keeper)
        two.knows(dispatch({ id: 5n }))
        two.knows(dispatch({ id: 261n }))
        two.keeper.touch([id(5n), id(261n)])
        yield* two.keeper.flush
        if (isForgotten) {
          two.forget(5n)
          two.keeper.touch([id(5n)])
          yield* two.keeper.flush
        }
        // The next one cannot read it either.
        const three = yield* startProcess(store)
        yield* recallFrom(three.keeper)
        three.touches(dispatch({ id: 261n, version: 2 }))
        yield* three.keeper.flush
        store.release()
        assert.deepStrictEqual(yield* recalledBy(store), [
          "261 v2 off",
          isForgotten ? "5 vundefined on" : "5 v1 on"
        ])
      }))
  }

  test("S10: a reading waits until it is taken, and nothing is rewritten before", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      one.knows(dispatch({ id: 5n }), true)
      one.keeper.touch([id(5n)])
      yield* one.keeper.flush
      const left = store.values.get("group-5")
      store.fateOf = (operation, key) => (operation === "get" && key === "group-5" ? "Failed" : "Done")
      const two = yield* startProcess(store)
      yield* recallFrom(two.keeper)
      two.knows(dispatch({ id: 5n }))
      two.keeper.touch([id(5n)])
      yield* two.run
      let woken = 0
      const late = yield* Effect.forkChild(recallLate(two.keeper, () => void (woken += 1)))
      store.release()
      yield* pass("1 minute")
      assert.strictEqual(woken, 1)
      // The loop ended before it took the reading; the next one is woken again.
      yield* Fiber.interrupt(late)
      assert.strictEqual(store.values.get("group-5"), left)
      yield* Effect.forkChild(recallLate(two.keeper, () => void (woken += 1)))
      yield* pass("1 second")
      assert.strictEqual(woken, 2)
      assert.deepStrictEqual(two.keeper.releaseReadings().map(inShort), [["5 v1 on"]])
      assert.deepStrictEqual(two.keeper.releaseReadings(), [])
    }))

  test("S10: a number that no record can have is damage, and does not spread", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      for (const value of [1n, 2n]) one.knows(dispatch({ id: value }), true)
      one.keeper.touch([id(1n), id(2n)])
      yield* one.keeper.flush
      const group = JSON.parse(store.values.get("group-1") ?? "") as object
      store.values.set("group-1", JSON.stringify({ ...group, sequence: Number.MAX_SAFE_INTEGER }))
      const two = yield* startProcess(store)
      assert.deepStrictEqual(inShort(yield* recallFrom(two.keeper)), ["2 v1 on"])
      two.touches(dispatch({ version: 2 }), true)
      yield* two.keeper.flush
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v2 on", "2 v1 on"])
    }))

  test("S10: after the clock was set back nothing takes the place of a note or a record beside that is not read yet", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const store = new UnreliableStore()
      // No process gives a number like the last two.
      const keys = [t0, t0 + 1, t0 + 2].map((number) => `note-${number}`)
      for (const key of [...keys, `group-1.${t0 + 3}`, "note-300000000000001", `foreign.${t0 + 9_000}`])
        store.values.set(key, "unread")
      store.fateOf = (operation) => (operation === "get" ? "Failed" : "Done")
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      one.knows(dispatch(), true)
      yield* one.keeper.note([id(1n)])
      yield* one.keeper.flush
      one.keeper.touch([id(1n)])
      yield* one.keeper.flush
      const own = [...store.values].flatMap(([key, text]) => (text === "unread" ? [] : [key]))
      assert.deepStrictEqual(own, [`note-${t0 + 4}`, `group-1.${t0 + 5}`])
    }))

  test("S10: a record with a rule in local time is refused by releases that know none, any other is read by them", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      const recurrence = new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin" })
      const formats = () =>
        [...store.values].map(([key, text]) => `${key} ${(JSON.parse(text) as { version: number }).version}`)
      one.knows(dispatch(), true)
      one.knows(dispatch({ id: 2n, recurrence }), true)
      yield* one.keeper.note([id(1n)])
      yield* one.keeper.note([id(2n)])
      assert.deepStrictEqual(
        formats().flatMap((format) => (format.startsWith("note") ? [format.at(-1)] : [])),
        ["3", "4"]
      )
      const again = yield* recallFrom((yield* startProcess(store)).keeper)
      const versions = again?.remembered.map(({ version }) => version?.recurrence)
      assert.deepStrictEqual(versions, [undefined, recurrence])
    }))

  test("S10: what a newer release wrote is refused by name, left, and kept beside", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const newer = JSON.stringify({ version: 5, anything: "else" })
      const store = new UnreliableStore()
      store.values.set("group-1", newer).set("site", newer)
      const one = yield* startProcess(store)
      const recalled = yield* Effect.provide(recallFrom(one.keeper), logged(lines))
      assert.deepStrictEqual([inShort(recalled), recalled?.isWhole], [[], false])
      assert.isTrue(lines.some((line) => line.includes("group-1") && line.includes("format 5")))
      yield* one.run
      one.knows(dispatch(), true)
      one.knows(dispatch({ id: 257n }))
      yield* one.keeper.note([id(1n)])
      one.keeper.touch([id(1n), id(257n)])
      one.keeper.noteListed()
      yield* pass("1 minute")
      one.forget(257n)
      one.keeper.touch([id(257n)])
      yield* settle
      yield* one.crash
      const two = yield* startProcess(store)
      const again = yield* recallFrom(two.keeper)
      assert.deepStrictEqual([inShort(again), again?.isWhole], [["1 v1 on"], false])
      assert.deepStrictEqual([store.values.get("group-1"), store.values.get("site")], [newer, newer])
      // It is kept in one place, not in one for each process.
      yield* two.run
      two.touches(dispatch({ version: 2 }), true)
      yield* pass("1 minute")
      assert.strictEqual([...store.values.keys()].filter((key) => key.startsWith("group-1.")).length, 1)
      assert.deepStrictEqual(yield* recalledBy(store), ["1 v2 on"])
    }))

  test("S10: a foreign record is named in a warning once, and hides nothing", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const { one, store } = yield* begun
      one.touches(dispatch())
      yield* one.keeper.flush
      store.values.set("group-256", "").set("notes", "")
      const two = yield* startProcess(store)
      const recalled = yield* Effect.provide(recallFrom(two.keeper), logged(lines))
      assert.deepStrictEqual(inShort(recalled), ["1 v1 off"])
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "group-256, notes")
    }))

  test("S10: kept is whole only if the microgrid was listed and nothing was lost since", () =>
    Effect.gen(function* () {
      const store = new UnreliableStore()
      const isWhole = Effect.flatMap(startProcess(store), ({ keeper }) =>
        Effect.map(recallFrom(keeper), (recalled) => recalled?.isWhole)
      )
      assert.isUndefined(yield* isWhole)
      const one = yield* startProcess(store)
      yield* recallFrom(one.keeper)
      one.touches(dispatch())
      yield* one.keeper.flush
      assert.isFalse(yield* isWhole)
      one.keeper.noteListed()
      yield* one.keeper.flush
      assert.isTrue(yield* isWhole)
      store.values.set("group-2", "{")
      assert.isFalse(yield* isWhole)
      // The one who found the damage has not listed.
      assert.isFalse(yield* isWhole)
    }))

  test("S10: once damage was set aside nothing is whole before the microgrid is listed again, by any process", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.touches(dispatch())
      one.keeper.noteListed()
      yield* one.keeper.flush
      store.values.set("group-2", "{")
      const two = yield* startProcess(store)
      yield* recallFrom(two.keeper)
      assert.isFalse(yield* two.keeper.recallAgain(0))
      assert.isTrue(store.values.has("group-2.damaged"))
      for (const isWhole of [false, true]) {
        const next = yield* startProcess(store)
        assert.strictEqual((yield* recallFrom(next.keeper))?.isWhole, isWhole)
        next.keeper.noteListed()
        yield* next.keeper.flush
      }
    }))

  for (const lost of ["{", JSON.stringify({ version: 3 })]) {
    test(`R9: what fell due until a note was written that is lost (${lost}) counts as executed`, () =>
      Effect.gen(function* () {
        const { one, store } = yield* begun
        one.touches(dispatch())
        yield* one.keeper.flush
        yield* TestClock.setTime(t0 + 60_000)
        yield* one.keeper.note([id(1n)])
        for (const key of store.values.keys()) if (key.startsWith("note-")) store.values.set(key, lost)
        const { keeper } = yield* startProcess(store)
        const recalled = yield* recallFrom(keeper)
        assert.deepStrictEqual(
          [recalled?.remembered.map(({ evaluatedAt }) => evaluatedAt), recalled?.isWhole],
          [[t0 + 60_000], false]
        )
      }))
  }

  test("S10: what is known of the site as a whole is kept", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.forgetUpTo(t0)
      yield* one.keeper.flush
      const { keeper } = yield* startProcess(store)
      assert.deepStrictEqual((yield* recallFrom(keeper))?.facts, { forgottenUpTo: t0 })
    }))

  test("S10, R11: what was told says nothing of a newer record, which the process that hands it on never read", () =>
    Effect.gen(function* () {
      const targets = [1n, 2n, 1n].map((component) => Target.componentIds(component))
      const [v1, v2, v3] = targets.map((target, index) => dispatch({ version: index + 1, target }))
      const { one, store } = yield* begun
      one.touches(dispatch({ active: false }))
      yield* one.keeper.flush
      const hide = (isHidden: (key: string) => boolean) => {
        store.fateOf = (operation, key) => (operation === "get" && isHidden(key) ? "Failed" : "Done")
      }
      hide((key) => key === "group-1")
      const two = yield* startProcess(store)
      yield* recallFrom(two.keeper)
      for (const version of [v1, v2] as Array<Dispatch>) {
        two.knows(version, true)
        yield* two.keeper.note([id(1n)])
      }
      two.touches(v3 as Dispatch, true)
      yield* two.keeper.flush
      // Numbers are instants.
      yield* TestClock.setTime(t0)
      hide((key) => key.startsWith("group"))
      const three = yield* startProcess(store)
      yield* recallFrom(three.keeper)
      three.forget(1n)
      three.keeper.touch([id(1n)])
      yield* three.keeper.flush
      store.release()
      const { keeper } = yield* startProcess(store)
      const recalled = yield* recallFrom(keeper)
      assert.deepStrictEqual(
        recalled?.remembered.flatMap(({ announced }) => announced.map((run) => run.dispatch.updateTime)),
        [3n]
      )
    }))

  test("R9: until a note of a newer release was written, all that was due counts as executed", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.touches(dispatch())
      yield* one.keeper.flush
      store.values.set(`note-${t0 + 90_000}`, JSON.stringify({ version: 4, anything: "else" }))
      const { keeper } = yield* startProcess(store)
      const recalled = yield* recallFrom(keeper)
      assert.deepStrictEqual(
        recalled?.remembered.map(({ evaluatedAt }) => evaluatedAt),
        [t0 + 90_000]
      )
    }))

  for (const [what, text] of [
    ["that cannot be read", undefined],
    ["of a newer release", JSON.stringify({ version: 5, anything: "else" })],
    ["that is damaged", "{"]
  ] as const) {
    test(`R9: beside a group ${what} all that was due until now counts as executed`, () =>
      Effect.gen(function* () {
        const { one, store } = yield* begun
        one.touches(dispatch())
        yield* one.keeper.flush
        const hide = () => {
          store.fateOf = (operation, key) => (operation === "get" && key === "group-1" ? "Failed" : "Done")
        }
        hide()
        const two = yield* startProcess(store)
        yield* recallFrom(two.keeper)
        for (const value of [257n, 2n]) two.touches(dispatch({ id: value }))
        yield* two.keeper.flush
        store.release()
        if (text === undefined) hide()
        else store.values.set("group-1", text)
        yield* TestClock.setTime(t0 + 90_000)
        const { keeper } = yield* startProcess(store)
        const recalled = yield* recallFrom(keeper)
        assert.deepStrictEqual(
          recalled?.remembered.map(({ evaluatedAt, id }) => [id, evaluatedAt]),
          [
            [257n, t0 + 90_000],
            [2n, t0]
          ]
        )
      }))
  }

  test("S10: a group is left as it is while a note of a newer release may say something of it", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.touches(dispatch(), true)
      yield* one.keeper.flush
      const group = store.values.get("group-1")
      store.values.set("note-77", JSON.stringify({ version: 4, anything: "else" }))
      const two = yield* startProcess(store)
      yield* recallFrom(two.keeper)
      two.touches(dispatch({ version: 2 }))
      yield* two.keeper.flush
      assert.strictEqual(store.values.get("group-1"), group)
      const beside = [...store.values].find(([key]) => key.startsWith("group-1."))
      assert.include(beside?.[1], '"blind":true')
    }))

  for (const operation of ["set", "remove"] as const) {
    test(`S10: the end waits for a ${operation} that hangs for as long as recordTimeout, and no longer`, () =>
      Effect.gen(function* () {
        const { one, store } = yield* begun
        one.touches(dispatch())
        yield* one.keeper.flush
        yield* one.run
        store.fateOf = (asked) => (asked === operation ? "Hanging" : "Done")
        if (operation === "set") one.touches(dispatch({ version: 2 }))
        else {
          one.forget(1n)
          one.keeper.touch([id(1n)])
        }
        yield* settle
        // Another record waits behind it.
        one.touches(dispatch({ id: 2n }))
        yield* pass("1 second")
        yield* one.crash
        const end = yield* Effect.forkChild(one.keeper.flush)
        yield* pass(4_999)
        assert.isUndefined(end.pollUnsafe())
        yield* pass(1)
        assert.isDefined(end.pollUnsafe())
      }))
  }

  for (const operation of ["keys", "get", "set", "remove"] as const) {
    test(`S10: a store that refuses for good on ${operation} ends everything`, () =>
      Effect.gen(function* () {
        const store = new UnreliableStore()
        store.values.set("group-2", "{}")
        store.fateOf = (asked) =>
          asked === operation ? { cause: { _tag: "Fenced", message: "taken" } } : "Done"
        const one = yield* startProcess(store)
        const recalled = yield* Effect.exit(recallFrom(one.keeper))
        if (operation === "keys" || operation === "get") assert.isTrue(Exit.isFailure(recalled))
        const running = yield* Effect.forkChild(Effect.flip(one.keeper.run))
        one.touches(dispatch())
        yield* Effect.exit(one.keeper.note([id(1n)]))
        one.forget(1n)
        one.keeper.touch([id(1n)])
        yield* pass("1 minute")
        const fenced = yield* Fiber.join(running)
        assert.isTrue(fenced instanceof Fenced)
        assert.strictEqual(fenced.message, "taken")
        assert.deepStrictEqual(yield* Effect.flip(one.keeper.note([id(1n)])), fenced)
      }))
  }

  test("S10: at most 256 notes lie in the store, and more are told without", () =>
    Effect.gen(function* () {
      const { one, store } = yield* begun
      one.knows(dispatch(), true)
      for (let count = 0; count < 256; count++) yield* one.keeper.note([id(1n)])
      assert.strictEqual(store.values.size, 256)
      const more = yield* Effect.forkChild(one.keeper.note([id(1n)]))
      yield* pass("5 seconds")
      yield* Fiber.join(more)
      assert.strictEqual(store.values.size, 256)
      yield* one.run
      yield* pass("1 second")
      assert.deepStrictEqual([...store.values.keys()], ["group-1"])
    }))

  for (const instants of [
    [100, 50],
    [50, 100]
  ] as const) {
    test(`R9: of what several records say is forgotten the latest counts, ${instants.join(" before ")}`, () =>
      Effect.gen(function* () {
        const store = new UnreliableStore()
        for (const instant of instants) {
          const process = yield* startProcess(store)
          yield* recallFrom(process.keeper)
          process.forgetUpTo(instant)
          yield* process.keeper.flush
          // Later records lie beside the one that is not read.
          store.fateOf = (operation, key) => (operation === "get" && key === "site" ? "Failed" : "Done")
        }
        store.release()
        const next = yield* startProcess(store)
        assert.strictEqual((yield* recallFrom(next.keeper))?.facts?.forgottenUpTo, 100)
      }))
  }
})
