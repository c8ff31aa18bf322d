import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning, isAfter } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { lateEntriesInterval } from "@effect-dispatch/fleet/FleetLimits"
import type { FleetJournal, FleetStore, KeptEdge, Position } from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { journalledEdge } from "../../../src/internal/journalledEdge.ts"
import { EdgeLog } from "../../../src/internal/runner/edgeLog.ts"
import * as FencedStore from "../../../src/internal/runner/fencedStore.ts"
import { Holding } from "../../../src/internal/runner/holdings.ts"
import * as SiteJournals from "../../../src/internal/runner/siteJournal.ts"
import { at, change } from "../changes.ts"

const token = { microgridId: MicrogridId.make(1n), epoch: 7n }

const alive = (epoch: bigint, number: bigint): JournalEntry => ({
  epoch,
  number,
  at,
  status: "Synchronised",
  event: { _tag: "Alive" }
})

/** A log of edges, the tables that its writes go to, and the journal over both. */
const makeOf = Effect.fnUntraced(function* (journals: SiteJournals.Journals) {
  const log = new EdgeLog({ mayTellUnnoted: () => false, onLost: () => {} })
  log.begin(() => "Stale")
  const edges: Array<KeptEdge & Position> = []
  const others: Array<JournalEntry> = []
  const late: Array<Position> = []
  const kept: FleetJournal = {
    reporter: { id: "0".repeat(32), name: "fleet" },
    last: { epoch: token.epoch, number: 0n },
    append: (entries) => Effect.sync(() => void others.push(...entries)),
    after: (_, limit) => Effect.sync(() => others.slice(0, limit)),
    reachesBackTo: (place) => Effect.sync(() => others.some((entry) => !isAfter(entry, place))),
    late: Effect.sync(() => [...late]),
    amended: (done) => Effect.sync(() => void late.splice(0, done.length))
  }
  const removed = { isWhole: true, meanwhile: () => {}, read: Effect.void }
  const store: Pick<FleetStore["Service"], "name" | "journal" | "edgesAfter"> = {
    name: "test",
    edgesAfter: () =>
      Effect.map(removed.read, () => {
        const found = { edges: [...edges], isWhole: removed.isWhole }
        removed.meanwhile()
        removed.meanwhile = () => {}
        return found
      }),
    journal: () => Effect.succeed(kept)
  }
  const place = SiteJournals.make(store, token, log, journals)
  const scope = yield* Scope.make()
  const journal = yield* Scope.provide(place.open(token.microgridId), scope)
  const write = () => {
    const rows = log.takeRows()
    edges.push(...log.kept(rows).map((edge) => ({ ...edge, epoch: token.epoch })))
    for (const number of rows.removed) {
      edges.splice(0, edges.length, ...edges.filter((edge) => edge.number !== number))
    }
    log.markWritten(rows)
  }
  const read = Effect.map(journal.after(beginning, 10), (entries) =>
    entries.map(({ event, number }) => `${number} ${event._tag}`)
  )
  const close = Scope.close(scope, Exit.void)
  return { log, edges, others, late, removed, place, write, read, journal, close }
})

const make = Effect.suspend(() => makeOf(SiteJournals.underName("fleet")))

describe("J6: the journal of a site in a fleet", () => {
  it.effect("those of a process are read by turns, so that connections are left to the records", () =>
    Effect.gen(function* () {
      const journals = SiteJournals.underName("fleet")
      const sites = yield* Effect.replicateEffect(makeOf(journals), 5)
      let [reading, most] = [0, 0]
      for (const { removed } of sites) {
        removed.read = Effect.acquireUseRelease(
          Effect.sync(() => void (most = Math.max(most, ++reading))),
          () => Effect.sleep("1 second"),
          () => Effect.sync(() => void (reading -= 1))
        )
      }
      const all = yield* Effect.forkChild(
        Effect.all(
          sites.map(({ read }) => read),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(all)
      assert.strictEqual(most, 2)
    })
  )

  it.effect("edges and other entries share their numbers, and are read in one order", () =>
    Effect.gen(function* () {
      const { log, others, place, read, write } = yield* make
      const began = place.edges?.nextNumber() ?? 0n
      const start = change(1n)
      log.noting([start])
      write()
      log.telling([start])
      const step = place.edges?.nextNumber() ?? 0n
      others.push(alive(token.epoch, step), alive(token.epoch, began))
      assert.deepStrictEqual(yield* read, ["1 Alive", "2 Running", "3 Alive"])
    })
  )

  it.effect("a start that is noted and not told yet is not read, nor what comes after it", () =>
    Effect.gen(function* () {
      const { log, others, place, read, write } = yield* make
      const start = change(1n)
      log.noting([start])
      write()
      others.push(alive(token.epoch, place.edges?.nextNumber() ?? 0n), alive(3n, 50n))
      assert.deepStrictEqual(yield* read, ["50 Alive"])
      log.dropping([start])
      assert.deepStrictEqual(yield* read, ["50 Alive"])
      write()
      assert.deepStrictEqual(yield* read, ["50 Alive", "2 Alive"])
    })
  )

  it.effect(
    "a reader is called when a start is told that it had to wait for, and when a stop is written",
    () =>
      Effect.gen(function* () {
        const { log, place, write } = yield* make
        const written = place.edges?.written ?? Stream.empty
        const reader = yield* Effect.forkChild(Stream.runCollect(Stream.take(written, 2)), {
          startImmediately: true
        })
        yield* Effect.yieldNow
        const start = change(1n)
        log.noting([start])
        write()
        log.telling([start])
        yield* Effect.yieldNow
        log.telling([change(1n, "Stopped")])
        write()
        const numbers = (yield* Fiber.join(reader)).map(({ number }) => number)
        assert.deepStrictEqual(numbers.at(-1), 2n)
      })
  )

  it.effect("edges that were told and never written are entries, once its owner was replaced", () =>
    Effect.gen(function* () {
      const { close, edges, log, others } = yield* make
      const start = change(1n)
      // One is noted as well, and was not told.
      log.noting([start, change(3n)])
      const store: Parameters<typeof FencedStore.make>[0] = {
        keys: () => Effect.succeed([]),
        read: () => Effect.undefined,
        write: () =>
          Effect.sync(() => {
            log.telling([start, change(2n, "Stopped")])
            return false
          })
      }
      const records = FencedStore.make(store, { token, records: new Map() }, log, new Holding(token, 0))
      yield* Effect.flip(records.set("note-1", "too late"))
      yield* close
      assert.deepStrictEqual(
        others.map(({ epoch, event, number }) => `${epoch}/${number} ${event._tag}`),
        ["7/1 Running", "7/3 Stopped"]
      )
      assert.lengthOf(edges, 0)
    })
  )

  it.effect("an edge that was written all the same is there once", () =>
    Effect.gen(function* () {
      const { close, edges, log, read } = yield* make
      const start = change(1n)
      log.noting([start])
      const rows = log.takeRows()
      edges.push(...log.kept(rows).map((edge) => ({ ...edge, epoch: token.epoch })))
      log.telling([start])
      log.giveBack(rows)
      yield* close
      log.markWritten(log.takeRows())
      assert.deepStrictEqual(yield* read, ["1 Running"])
    })
  )

  it.effect("a reader is told that edges went before it came, and one who begins has lost nothing", () =>
    Effect.gen(function* () {
      const { journal, log, read, removed, write } = yield* make
      for (const id of [1n, 2n, 3n]) log.telling([change(id, "Stopped")])
      write()
      removed.isWhole = false
      assert.deepStrictEqual(yield* read, ["1 Stopped", "2 Stopped", "3 Stopped"])
      const later = yield* journal.after({ epoch: 3n, number: 9n }, 10)
      assert.deepStrictEqual(
        later.map(({ event, number }) => `${number} ${event._tag}`),
        ["0 Lost", "1 Stopped", "2 Stopped", "3 Stopped"]
      )
    })
  )

  it.effect(
    "edges that were removed are entries, and whoever reads on from one of these has lost nothing",
    () =>
      Effect.gen(function* () {
        const { edges, journal, log, others, removed, write } = yield* make
        for (const id of [1n, 2n, 3n]) log.telling([change(id, "Stopped")])
        write()
        others.push(alive(3n, 9n))
        const later = Effect.map(journal.after({ epoch: 3n, number: 9n }, 10), (entries) =>
          entries.map(({ event, number }) => `${number} ${event._tag}`)
        )
        // It becomes an entry between the two looks of the reader.
        const [first] = edges
        removed.isWhole = false
        removed.meanwhile = () => {
          if (first !== undefined) others.push(...Option.toArray(journalledEdge(first)))
          edges.splice(0, 1)
        }
        assert.deepStrictEqual(yield* later, ["9 Alive", "1 Stopped", "2 Stopped", "3 Stopped"])
        assert.deepStrictEqual(yield* later, ["9 Alive", "1 Stopped", "2 Stopped", "3 Stopped"])
      })
  )

  it.effect("a stop that is told and not written yet is not overtaken", () =>
    Effect.gen(function* () {
      const { journal, log, others, place, read, write } = yield* make
      const start = change(1n)
      log.noting([start])
      write()
      log.telling([start])
      log.telling([change(1n, "Stopped")])
      others.push(alive(token.epoch, place.edges?.nextNumber() ?? 0n))
      assert.deepStrictEqual(yield* read, ["1 Running"])
      write()
      assert.deepStrictEqual(yield* read, ["1 Running", "2 Stopped", "3 Alive"])
      const [first] = yield* journal.after(beginning, 1)
      assert.strictEqual(first?.status, "Stale")
    })
  )

  it.effect(
    "the journal says from where on an owner before wrote late, by an entry that nobody overtakes",
    () =>
      Effect.gen(function* () {
        const { close, journal, late, log, others, place, read } = yield* make
        const next = () => alive(token.epoch, place.edges?.nextNumber() ?? 0n)
        others.push(next())
        late.push({ epoch: 6n, number: 4n }, { epoch: 6n, number: 9n })
        yield* TestClock.adjust(lateEntriesInterval)
        assert.deepStrictEqual(yield* read, ["1 Alive", "2 Amended"])
        assert.deepStrictEqual(others.at(-1)?.event, { _tag: "Amended", epoch: 6n, number: 4n })
        assert.lengthOf(late, 0)
        others.push(next())
        assert.deepStrictEqual(yield* read, ["1 Alive", "2 Amended", "3 Alive"])
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(others, 3)
        // One that is still to be written.
        const number = log.hold()
        others.push(next())
        assert.lengthOf(yield* read, 3)
        log.release(number)
        assert.lengthOf(yield* journal.after(beginning, 10), 4)
        yield* close
      })
  )
})
