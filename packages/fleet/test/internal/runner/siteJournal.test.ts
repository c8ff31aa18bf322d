import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning, type JournalStore } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Target from "@effect-dispatch/core/Target"
import type { FleetStore, KeptEdge, Position } from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { EdgeLog } from "../../../src/internal/runner/edgeLog.ts"
import * as SiteJournals from "../../../src/internal/runner/siteJournal.ts"

const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")
const token = { microgridId: MicrogridId.make(1n), epoch: 7n }

const change = (id: bigint, state: "Running" | "Stopped" = "Running"): RunningStateChange => ({
  dispatch: new Dispatch({
    id: DispatchId.make(id),
    type: "CHARGE",
    startTime: at,
    duration: Duration.infinity,
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: at,
    updateTime: 1n
  }),
  state,
  at,
  decidedAt: at,
  occurrence: at,
  until: undefined,
  continues: false,
  cause: "Created"
})

const alive = (epoch: bigint, number: bigint): JournalEntry => ({
  epoch,
  number,
  at,
  status: "Synchronised",
  event: { _tag: "Alive" }
})

/** A log of edges, the tables that its writes go to, and the journal over both. */
const make = Effect.gen(function* () {
  const log = new EdgeLog({ mayTellUnnoted: () => false, onLost: () => {} })
  log.begin(() => "Stale")
  const edges: Array<KeptEdge & Position> = []
  const others: Array<JournalEntry> = []
  const kept: JournalStore = {
    reporter: { id: "0".repeat(32), name: "fleet" },
    last: { epoch: token.epoch, number: 0n },
    append: (entries) => Effect.sync(() => void others.push(...entries)),
    after: (_, limit) => Effect.sync(() => others.slice(0, limit))
  }
  const store: Pick<FleetStore["Service"], "name" | "journal" | "edgesAfter"> = {
    name: "test",
    edgesAfter: () => Effect.succeed({ edges, isWhole: true }),
    journal: () => Effect.succeed(kept)
  }
  const place = SiteJournals.make(store, token, log, "fleet")
  const journal = yield* Effect.scoped(place.open(token.microgridId))
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
  return { log, others, place, write, read, journal }
})

describe("J6: the journal of a site in a fleet", () => {
  it.effect("edges and other entries share their numbers, and are read in one order", () =>
    Effect.gen(function* () {
      const { log, others, place, read, write } = yield* make
      const began = place.nextNumber?.() ?? 0n
      const start = change(1n)
      log.noting([start])
      write()
      log.telling([start])
      const step = place.nextNumber?.() ?? 0n
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
      others.push(alive(token.epoch, place.nextNumber?.() ?? 0n), alive(3n, 50n))
      assert.deepStrictEqual(yield* read, ["50 Alive"])
      log.dropping([start])
      assert.deepStrictEqual(yield* read, ["50 Alive"])
      write()
      assert.deepStrictEqual(yield* read, ["50 Alive", "2 Alive"])
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
      others.push(alive(token.epoch, place.nextNumber?.() ?? 0n))
      assert.deepStrictEqual(yield* read, ["1 Running"])
      write()
      assert.deepStrictEqual(yield* read, ["1 Running", "2 Stopped", "3 Alive"])
      const [first] = yield* journal.after(beginning, 1)
      assert.strictEqual(first?.status, "Stale")
    })
  )
})
