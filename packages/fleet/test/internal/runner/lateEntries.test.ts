import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import {
  beginning,
  isAfter,
  type JournalPosition,
  type JournalStore
} from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RunBook } from "@effect-dispatch/core/RunBook"
import { lateEntriesInterval } from "@effect-dispatch/fleet/FleetLimits"
import type { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Latch, Option } from "effect"
import { TestClock } from "effect/testing"
import { EdgeLog } from "../../../src/internal/runner/edgeLog.ts"
import * as SiteJournals from "../../../src/internal/runner/siteJournal.ts"

const microgridId = MicrogridId.make(1n)
const at = (seconds: number) => DateTime.makeUnsafe(1_795_867_200_000 + seconds * 1_000)

const about = (id: bigint) => ({
  dispatch: { id: DispatchId.make(id), type: "CHARGE", dryRun: false, updateTime: 1n },
  occurrence: at(0),
  until: at(60)
})

const outcome = (id: bigint): JournalEvent => ({ _tag: "Reported", ...about(id), outcome: "refused" })

const isAt =
  (one: JournalPosition) =>
  (other: JournalPosition): boolean =>
    !isAfter(one, other) && !isAfter(other, one)

/** The tables of a fleet, of which the journal knows who owns the microgrid. */
class Tables {
  owner = 0n
  /** The number of times that the owner looked for late entries. */
  looks = 0
  entries: ReadonlyArray<JournalEntry> = []
  /** Completes when the tables take what is written. */
  goes: Effect.Effect<void> = Effect.void
  #late: ReadonlyArray<JournalEntry> = []

  readonly store: Pick<FleetStore["Service"], "name" | "journal" | "edgesAfter"> = {
    name: "test",
    edgesAfter: () => Effect.succeed({ edges: [], isWhole: true }),
    journal: ({ epoch }, name) =>
      Effect.succeed({
        reporter: { id: "0".repeat(32), name },
        last: { epoch, number: 0n },
        append: (entries) =>
          Effect.map(this.goes, () => {
            this.entries = [...this.entries, ...entries].sort((one, other) => (isAfter(one, other) ? 1 : -1))
            this.#late = [...this.#late, ...entries.filter((entry) => entry.epoch < this.owner)]
          }),
        after: (position, limit) =>
          Effect.sync(() => this.entries.filter((entry) => isAfter(entry, position)).slice(0, limit)),
        late: Effect.sync(() => {
          this.looks += epoch === this.owner ? 1 : 0
          return this.#late
            .filter((entry) => entry.epoch < epoch)
            .map((entry) => ({ ...entry, entry: Option.some(entry) }))
        }),
        amended: (done) =>
          Effect.sync(() => void (this.#late = this.#late.filter((entry) => !done.some(isAt(entry)))))
      })
  }
}

/** An owner of the microgrid, who replaces the one before. */
const take = Effect.fnUntraced(function* (tables: Tables, epoch: bigint) {
  tables.owner = epoch
  const log = new EdgeLog({ mayTellUnnoted: () => false, onLost: () => {} })
  const place = SiteJournals.make(tables.store, { microgridId, epoch }, log, "plant")
  const store: JournalStore = yield* place.open(microgridId)
  const tell = (...events: ReadonlyArray<JournalEvent>) => {
    const entry = (event: JournalEvent, index: number): JournalEntry => {
      return { epoch, number: log.numberOfEntry(), at: at(index), status: "Synchronised", event }
    }
    return store.append(events.map(entry))
  }
  return { store, tell, log }
})

/** One who reads on from the place where it is, and from the beginning where an entry says that some came late. */
class Reader {
  #book = new RunBook()
  #read = beginning
  readonly #store: JournalStore

  constructor(store: JournalStore) {
    this.#store = store
  }

  /** The reports that follow from what is new. */
  get news() {
    return Effect.gen({ self: this }, function* () {
      const from = this.#read
      const found = yield* this.#store.after(from, 100)
      const isAnew = found.some(({ event }) => event._tag === "Amended")
      if (isAnew) this.#book = new RunBook()
      const entries = isAnew ? yield* this.#store.after(beginning, 100) : found
      const reports = entries.flatMap((entry) => this.#book.add(entry))
      this.#read = entries.at(-1) ?? from
      return reports
        .filter((report) => isAfter(report, from))
        .map(
          ({ epoch, number, run }) => `${epoch}/${number} ${run.dispatch.id} ${run.fate._tag} ${run.outcome}`
        )
    })
  }
}

describe("J6: late entries of an owner that was replaced", () => {
  it.effect("have their runs told anew by its successor, as they were, and once", () =>
    Effect.gen(function* () {
      const tables = new Tables()
      const first = yield* take(tables, 5n)
      const started: JournalEvent = { _tag: "Running", ...about(1n), plannedAt: at(0), cause: "Scheduled" }
      yield* first.tell({ _tag: "Began" }, started)
      const number = first.log.numberOfEntry()
      yield* first.tell({ _tag: "Stopped", ...about(1n), plannedAt: at(60), cause: "Scheduled" })
      const second = yield* take(tables, 6n)
      yield* second.tell({ _tag: "Began" })
      const reader = new Reader(second.store)
      assert.deepStrictEqual(yield* reader.news, ["5/2 1 Running undefined", "5/4 1 Ran undefined"])
      // The first was at a standstill, and writes what it has.
      yield* first.store.append([{ epoch: 5n, number, at: at(9), status: "Stale", event: outcome(1n) }])
      yield* first.tell({ _tag: "Missed", ...about(2n), reason: "LateWakeUp", count: 1 })
      assert.deepStrictEqual(yield* reader.news, [])
      yield* TestClock.adjust(lateEntriesInterval)
      assert.deepStrictEqual(yield* reader.news, ["6/2 1 Ran refused", "6/3 2 Missed undefined"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* reader.news, [])
    }).pipe(Effect.scoped)
  )

  it.effect("are not overtaken while their successor is still writing about them", () =>
    Effect.gen(function* () {
      const tables = new Tables()
      const first = yield* take(tables, 5n)
      const second = yield* take(tables, 6n)
      yield* first.tell(outcome(1n))
      const disc = Latch.makeUnsafe(false)
      tables.goes = disc.await
      yield* TestClock.adjust(lateEntriesInterval)
      const number = second.log.numberOfEntry()
      const alive: JournalEntry = { epoch: 6n, number, at: at(9), status: "Stale", event: { _tag: "Alive" } }
      tables.entries = [...tables.entries, alive]
      const seen = Effect.map(second.store.after(beginning, 100), (all) => all.map(({ event }) => event._tag))
      assert.deepStrictEqual(yield* seen, ["Reported"])
      yield* disc.open
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* seen, ["Reported", "Amended", "Alive"])
    }).pipe(Effect.scoped)
  )

  it.effect("are looked for seldom by one that took over long ago", () =>
    Effect.gen(function* () {
      const tables = new Tables()
      const first = yield* take(tables, 5n)
      const second = yield* take(tables, 6n)
      yield* TestClock.adjust("2 hours")
      const looks = tables.looks
      yield* first.tell(outcome(1n))
      yield* TestClock.adjust("5 hours")
      assert.isBelow(tables.looks - looks, 12)
      assert.deepStrictEqual(yield* new Reader(second.store).news, [
        "5/1 1 Unknown refused",
        "6/1 1 Unknown refused"
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("are amended by the next owner, if theirs was replaced as well before it came to that", () =>
    Effect.gen(function* () {
      const tables = new Tables()
      const first = yield* take(tables, 5n)
      yield* Effect.scoped(take(tables, 6n))
      yield* first.tell(outcome(1n))
      const third = yield* take(tables, 7n)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* new Reader(third.store).news, [
        "5/1 1 Unknown refused",
        "7/1 1 Unknown refused"
      ])
    }).pipe(Effect.scoped)
  )
})
