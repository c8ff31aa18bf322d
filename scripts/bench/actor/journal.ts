/**
 * Updates through an actor that keeps a journal in files, beside one that keeps none, in turn: `node journal.ts` prints
 * one line of JSON.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beginning } from "@effect-dispatch/core/JournalStore"
import * as SiteJournal from "@effect-dispatch/core/SiteJournal"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Logger, Option } from "effect"
import { percentile } from "../shared/statistics.ts"
import { measureActor, updatesOf } from "./atSize.ts"
import { mix } from "./dispatches.ts"
import { startActor } from "./port.ts"

/** Updates a second, and the share of entries that had no room. */
export interface Journalled {
  readonly without: number
  readonly with: number
  readonly entries: number
  readonly lost: number
}

const known = 10_000
const turns = 5

/** The rate of one actor, and its entries: those that had no room, and all. */
const measure = Effect.gen(function* () {
  const now = Date.now()
  const site = yield* startActor(mix(known, now))
  const rate = yield* measureActor(site, updatesOf(known, now))
  const journal = Option.getOrUndefined(site.actor.journal)
  if (journal === undefined) return { rate, entries: 0, lost: 0 }
  yield* Effect.sleep("3 seconds")
  const entries = yield* journal.after(beginning, 10_000_000)
  const lost = entries.map(({ event }) => (event._tag === "Lost" ? event.count : 0))
  const none = lost.reduce((sum, count) => sum + count, 0)
  return { rate, entries: entries.length + none, lost: none }
}).pipe(Effect.scoped)

const folder = mkdtempSync(join(tmpdir(), "dispatch-journal-"))

const compared = Effect.gen(function* () {
  const without: Array<number> = []
  const kept: Array<number> = []
  const counted = { entries: 0, lost: 0 }
  for (let turn = 0; turn < turns; turn++) {
    without.push((yield* measure).rate)
    const files = SiteJournal.layerFiles({ directory: join(folder, String(turn)), name: "bench" })
    const { entries, lost, rate } = yield* Effect.provide(measure, files)
    kept.push(rate)
    counted.entries += entries
    counted.lost += lost
  }
  return {
    without: percentile(without, 0.5),
    with: percentile(kept, 0.5),
    ...counted
  } satisfies Journalled
}).pipe(Effect.provide([NodeServices.layer, Logger.layer([])]))

try {
  console.log(JSON.stringify(await Effect.runPromise(compared)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
