/** Histories drawn at random: whatever becomes of the store and of processes, what was kept is found again. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { type Recalled, SiteKeeper } from "../../../src/internal/site/siteKeeper.ts"
import type { DispatchMemory } from "../../../src/internal/timeline/memory.ts"
import { Chance } from "@effect-dispatch/testing/Chance"
import { at, dispatch } from "../../fixtures.ts"
import { settle } from "../../site.ts"
import { type Fate, UnreliableStore } from "./unreliableStore.ts"
import { memory, noStops, recallFrom } from "./recall.ts"
import { recallLate } from "../../recallLate.ts"

/** The knowledge of a dispatch: its version, or that it is gone; and its running state. */
interface Known {
  readonly version: number | undefined
  readonly isRunning: boolean
}

/** Ids that share groups, and ids that do not. */
const ids = [1n, 257n, 513n, 2n, 258n, 3n].map((id) => DispatchId.make(id))

const toMemory = (id: DispatchId, { isRunning, version }: Known): DispatchMemory => {
  const known = version === undefined ? undefined : dispatch({ id, version })
  const run = known && {
    dispatch: known,
    state: "Running" as const,
    at: at(0),
    decidedAt: at(0),
    occurrence: at(0),
    until: at(60),
    continues: false,
    cause: "Scheduled" as const
  }
  return {
    id,
    version: known,
    announced: isRunning && run !== undefined ? [run] : [],
    executed: undefined,
    evaluatedAt: undefined
  }
}

const toText = (known: Known | undefined): string =>
  known?.version === undefined ? "nothing" : `v${known.version}${known.isRunning ? " on" : ""}`

const play = Effect.fnUntraced(function* (seed: number) {
  const chance = new Chance(seed * 2_654_435_761)
  const store = new UnreliableStore()
  const log: Array<string> = []
  /** Everything that was ever true of each, in order; and the position of what must not be forgotten any more. */
  const history = new Map(ids.map((id) => [id, [{ version: undefined, isRunning: false } as Known]]))
  const kept = new Map(ids.map((id) => [id, 0]))
  let version = 0

  const latest = (id: DispatchId) => history.get(id)?.at(-1) as Known
  const isKept = (some: ReadonlyArray<DispatchId>) => {
    for (const id of some) kept.set(id, (history.get(id)?.length ?? 1) - 1)
  }
  const change = (id: DispatchId) => {
    const goes = chance.next() < 0.25
    history
      .get(id)
      ?.push(
        goes
          ? { version: undefined, isRunning: false }
          : { version: ++version, isRunning: chance.next() < 0.5 }
      )
  }

  /** Sets how a store misbehaves until it is told otherwise. */
  const misbehave = () => {
    const badness = chance.next()
    const fate: Fate = chance.next() < 0.5 ? "Failed" : "Hanging"
    store.fateOf = (operation) =>
      badness < 0.4 || operation === "keys" || operation === "get"
        ? "Done"
        : chance.next() < 0.5
          ? fate
          : "Done"
  }

  const startProcess = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const truth = new Map<DispatchId, Known>()
    const keeper = new SiteKeeper(store.store, {
      recordTimeout: Duration.seconds(5),
      recoveredStops: noStops
    })
    const knows = (id: DispatchId, known: Known) => {
      truth.set(id, known)
      keeper.remember(memory([toMemory(id, known)]))
    }
    const readsFail = chance.next() < 0.3
    if (readsFail) {
      const until = chance.next() < 0.3 ? "keys" : chance.pick(["group-1", "group-2", "note"])
      store.fateOf = (operation, key) =>
        (operation === "keys" && until === "keys") || (operation === "get" && key.startsWith(until))
          ? "Failed"
          : "Done"
    }
    const found = new Map<DispatchId, Known>()
    const take = (recalled: Recalled | undefined) => {
      for (const { announced, id, version } of recalled?.remembered ?? []) {
        const known = {
          version: version === undefined ? undefined : Number(version.updateTime),
          isRunning: announced.length > 0
        }
        found.set(id, known)
        if (!truth.has(id)) knows(id, known)
        keeper.touch([id])
      }
    }
    take(yield* recallFrom(keeper))
    yield* Effect.forkIn(keeper.run, scope)
    yield* Effect.forkIn(
      recallLate(keeper, () => keeper.releaseReadings().forEach(take)),
      scope
    )
    /** The dispatches that this process learned of before it could read: newer than the records. */
    const own = new Set<DispatchId>()
    if (readsFail && chance.next() < 0.5) {
      // New records come while old ones cannot be read.
      for (const id of ids) {
        if (chance.next() < 0.5 || found.has(id)) continue
        change(id)
        knows(id, latest(id))
        own.add(id)
        keeper.touch([id])
      }
      yield* settle
    }
    store.release()
    yield* settle
    yield* TestClock.adjust("3 minutes")
    yield* settle
    // Now all has been read.
    for (const id of ids) {
      if (own.has(id)) continue
      const possible = history.get(id)?.slice(kept.get(id)).map(toText) ?? []
      const recalled = found.get(id) ?? { version: undefined, isRunning: false }
      if (!possible.includes(toText(recalled))) {
        assert.fail(
          `seed ${seed}: ${id} is ${toText(recalled)}, not ${possible.join(" or ")}\n${log.join("\n")}`
        )
      }
      history.get(id)?.push(recalled)
      knows(id, recalled)
    }
    isKept(ids)
    return { keeper, scope, knows }
  })

  for (let life = 0; life < 6; life++) {
    const { keeper, knows, scope } = yield* startProcess
    log.push(`process ${life}: ${ids.map((id) => `${id} ${toText(latest(id))}`).join(", ")}`)
    misbehave()
    for (let step = 0; step < 8; step++) {
      const some = ids.filter(() => chance.next() < 0.4)
      for (const id of some) {
        change(id)
        knows(id, latest(id))
      }
      const action = chance.pick(["note", "touch", "touch", "wait", "rest", "trouble"])
      log.push(`${action} ${some.map((id) => `${id} ${toText(latest(id))}`).join(", ")}`)
      if (action === "note") {
        const before = new Set(store.values.keys())
        yield* Effect.forkIn(keeper.note(some), scope)
        yield* settle
        const isNoted = [...store.values].some(
          ([key, text]) =>
            key.startsWith("note-") && !before.has(key) && some.every((id) => text.includes(`"id":"${id}"`))
        )
        if (isNoted) isKept(some)
        if (isNoted) log.push("noted")
      } else {
        keeper.touch(some)
      }
      if (action === "wait") yield* TestClock.adjust(Duration.millis(chance.next() * 8_000))
      if (action === "trouble") misbehave()
      if (action === "rest") {
        store.release()
        yield* settle
        yield* TestClock.adjust("3 minutes")
        yield* settle
        isKept(ids)
        assert.deepStrictEqual(
          [...store.values.keys()].filter((key) => key.startsWith("note-") || key.includes(".")),
          []
        )
      }
      yield* settle
    }
    assert.deepStrictEqual(store.overlaps, [])
    // The process dies: what it was writing comes to nothing.
    yield* Scope.close(scope, Exit.void)
    store.abandon()
  }
})

describe("what is kept of a site", () => {
  it.effect(
    "S10: is found again by the next process, whatever becomes of stores and processes",
    () =>
      Effect.gen(function* () {
        for (let seed = 1; seed <= 60; seed++) yield* Effect.provide(play(seed), TestClock.layer())
      }).pipe(Effect.provide(Probe.layer)),
    120_000
  )
})
