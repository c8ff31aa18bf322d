/** Reports of runs as a store receives them. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { dayOf } from "@effect-dispatch/core/ReportedRun"
import * as RunTally from "@effect-dispatch/core/RunTally"
import type { RunTally as Tally } from "@effect-dispatch/core/RunTally"
import {
  type CountIn,
  type ListedReport,
  type ReportQuery,
  ReportStore,
  type RunCount,
  type StoredReport
} from "@effect-dispatch/server/ReportStore"
import { Effect, Schema } from "effect"
import { one, second } from "./storeFixtures.ts"

export const today = dayOf(second(0))

export const ran: Tally = { ...RunTally.nothing, ran: 1, onMillis: 1_000, late: { 4: 1 } }
export const on: Tally = { ...RunTally.nothing, running: 1, late: { 4: 1 } }
export const missed: Tally = { ...RunTally.nothing, missed: { LateWakeUp: 1 } }

const Text = Schema.fromJsonString(
  Schema.Struct({ day: Schema.Int, type: Schema.String, tally: RunTally.RunTally })
)
const textOf = Schema.encodeSync(Text)

/** The bytes of a run, which tell how it counts. */
export const bytesOf = (count: RunCount): Uint8Array => new TextEncoder().encode(textOf(count))

export const countIn: CountIn = (bytes) => {
  const count = Schema.decodeSync(Text)(new TextDecoder().decode(bytes))
  return RunTally.isNothing(count.tally) ? undefined : count
}

interface Fields extends Partial<StoredReport> {
  readonly type?: string
  readonly tally?: Tally
}

/** A report of a run of a dispatch at a second; it ran unless its fields say otherwise. */
export const report = (
  number: number,
  id: number,
  at: number,
  { tally = ran, type = "CHARGE", ...fields }: Fields = {}
): StoredReport => ({
  epoch: 0n,
  number: BigInt(number),
  id: DispatchId.make(BigInt(id)),
  occurrence: second(at),
  kind: `live ${type}`,
  verdict: "Ran",
  bytes: bytesOf({ day: dayOf(second(at)), type, tally }),
  ...fields
})

export const missedReport = (number: number, id: number, at: number, fields: Fields = {}) =>
  report(number, id, at, { verdict: "Missed", tally: missed, ...fields })

/** A run without effect, which does not count. */
export const dry = { kind: "dry CHARGE", tally: RunTally.nothing }

interface Sent {
  readonly by?: string
  readonly microgridId?: typeof one
  readonly arrivedAt?: number
  readonly after?: StoredReport
}

/** Sends reports; gives the answer to each. */
export const send = (reports: ReadonlyArray<StoredReport>, sent?: Sent) =>
  Effect.map(taken(reports, sent), ({ answers }) => answers)

export const taken = (
  reports: ReadonlyArray<StoredReport>,
  { after, arrivedAt = 900, by = "a", microgridId = one }: Sent = {}
) =>
  Effect.flatMap(ReportStore, (store) =>
    store.report({
      microgridId,
      reporter: { id: by, name: `journal ${by}` },
      clockOffsetMillis: -7,
      arrivedAt: second(arrivedAt),
      reports,
      after,
      countIn
    })
  )

export const page = (query: Partial<ReportQuery> = {}) =>
  Effect.flatMap(ReportStore, (store) => store.page({ microgridId: one, limit: 100, ...query }))

export const days = (microgridId = one) =>
  Effect.flatMap(ReportStore, (store) => store.days({ microgridId, from: -100_000, to: 100_000, limit: 100 }))

export const told = (listed: ReadonlyArray<ListedReport>) =>
  listed.map(({ position, reporter }) => {
    const seconds = (Number(position.occurrence) - second(0).epochMilliseconds) / 1_000
    return `${reporter.id} ${position.id} ${seconds}`
  })

export const prune = (what: "reports" | "days", before: number, limit = 100) =>
  Effect.flatMap(ReportStore, (store) =>
    store.pruneReports(what, { now: second(1_000), before: second(before) }, limit, countIn)
  )
