import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import {
  beginning,
  isAfter,
  type JournalPosition,
  type JournalStore
} from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { lateEntriesInterval } from "@effect-dispatch/fleet/FleetLimits"
import type { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Latch } from "effect"
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
  /** The number of looks of the owner for late entries. */
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
        reachesBackTo: () => Effect.succeed(false),
        late: Effect.sync(() => {
          this.looks += epoch === this.owner ? 1 : 0
          const late = this.#late.filter((entry) => entry.epoch < epoch)
          return late.sort((one, other) => (isAfter(one, other) ? 1 : -1))
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
  const place = SiteJournals.make(tables.store, { microgridId, epoch }, log, SiteJournals.underName("plant"))
  const store: JournalStore = yield* place.open(microgridId)
  const tell = (...events: ReadonlyArray<JournalEvent>) => {
    const entry = (event: JournalEvent, index: number): JournalEntry => {
      return { epoch, number: log.numberOfEntry(), at: at(index), status: "Synchronised", event }
    }
    return store.append(events.map(entry))
  }
  return { store, tell, log }
})

/** All that the journal of an owner says, in words. */
const said = ({ store }: { readonly store: JournalStore }) =>
  Effect.map(store.after(beginning, 100), (entries) =>
    entries.map(({ epoch, event, number }) => {
      const told = event._tag === "Amended" ? ` from ${event.epoch}/${event.number} on` : ""
      return `${epoch}/${number} ${event._tag}${told}`
    })
  )

describe("J6: late entries of an owner that was replaced", () => {
  it.effect("are told of by its successor, once, whatever they are about", () =>
    Effect.gen(function* () {
      const tables = new Tables()
      const first = yield* take(tables, 5n)
      const began = first.log.numberOfEntry()
      yield* first.tell(outcome(1n))
      const second = yield* take(tables, 6n)
      yield* second.tell({ _tag: "Began" })
      const before = ["5/2 Reported", "6/1 Began"]
      assert.deepStrictEqual(yield* said(second), before)
      // The first was at a standstill, and writes what it has.
      yield* first.tell({ _tag: "Missed", ...about(2n), reason: "LateWakeUp", count: 1 })
      yield* first.store.append([
        { epoch: 5n, number: began, at: at(0), status: "Stale", event: { _tag: "Began" } }
      ])
      yield* TestClock.adjust(lateEntriesInterval)
      const all = ["5/1 Began", "5/2 Reported", "5/3 Missed", "6/1 Began", "6/2 Amended from 5/1 on"]
      assert.deepStrictEqual(yield* said(second), all)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* said(second), all)
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
      assert.deepStrictEqual(yield* said(second), ["5/1 Reported", "6/1 Amended from 5/1 on"])
    }).pipe(Effect.scoped)
  )

  it.effect("are told of by the next owner, if theirs was replaced as well before it came to that", () =>
    Effect.gen(function* () {
      const tables = new Tables()
      const first = yield* take(tables, 5n)
      const second = yield* Effect.scoped(take(tables, 6n))
      yield* first.tell(outcome(1n))
      const third = yield* take(tables, 7n)
      yield* second.tell(outcome(2n))
      yield* TestClock.adjust(lateEntriesInterval)
      assert.deepStrictEqual(yield* said(third), [
        "5/1 Reported",
        "6/1 Reported",
        "7/1 Amended from 5/1 on",
        "7/2 Amended from 6/1 on"
      ])
    }).pipe(Effect.scoped)
  )
})
