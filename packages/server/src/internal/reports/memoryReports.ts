/** `ReportStore` in memory. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { DateTime, Effect } from "effect"
import {
  type DayPosition,
  type DayQuery,
  type ListedDay,
  type ListedReport,
  type CountIn,
  type ReportAnswer,
  type ReportPlace,
  type ReportPosition,
  type ReportQuery,
  type Reports,
  type ReportsTaken,
  ReportStore,
  type RetainedReports,
  type RunCount,
  type StoredReport,
  type ToldBefore,
  TooManyReporters
} from "../../ReportStore.ts"
import { reportersMax, storiesMax } from "../../ServiceLimits.ts"
import { clockEarliest } from "../retentionTime.ts"
import { DayChanges } from "./dayChanges.ts"
import { decide, type EpochKnowledge, isBehind, lastOf, nothingKnown } from "./decision.ts"

/** A record, and its arrival in epoch milliseconds. */
interface Dated {
  readonly at: number
}

interface Kept extends StoredReport, Dated {
  readonly clockOffsetMillis: number | undefined
}

interface Counted extends RunCount, Dated {}

/** A run whose report went: the place of that report, and how it counts. */
interface Gone extends Counted, ReportPlace {}

interface Taken {
  readonly answer: ReportAnswer
  readonly before: ToldBefore
}

const nameOf = ({ day, type }: Pick<RunCount, "day" | "type">): string => `${day} ${type}`

/** All that one reporter tells of a microgrid. */
class Told {
  reports = new Map<string, Kept>()
  readonly epochs = new Map<bigint, EpochKnowledge>()
  days = new Map<string, Counted>()
  /** By the same keys as the reports. */
  readonly gone = new Map<string, Gone>()
  readonly number: bigint
  readonly id: string
  name = ""
  /** The arrival of its last batch, in epoch milliseconds. */
  toldAt = 0

  constructor(id: string, number: bigint) {
    this.id = id
    this.number = number
  }

  take(report: StoredReport, batch: Reports, changes: DayChanges): Taken {
    const key = `${report.id} ${report.occurrence.epochMilliseconds} ${report.kind}`
    const known = this.epochs.get(report.epoch) ?? nothingKnown
    const before = this.reports.get(key)
    const gone = this.gone.get(key)
    const answer = decide(report, before ?? (gone && { ...gone, bytes: undefined }), known)
    if (answer !== "New") return { answer, before: {} }
    const { clockOffsetMillis, countIn } = batch
    this.epochs.set(report.epoch, { ...known, highest: report.number })
    this.reports.set(key, { ...report, clockOffsetMillis, at: batch.arrivedAt.epochMilliseconds })
    changes.replace(countIn(report.bytes), before === undefined ? gone : countIn(before.bytes))
    this.gone.delete(key)
    return { answer, before: before === undefined ? { gone } : { bytes: before.bytes } }
  }

  count({ all }: DayChanges, at: number): void {
    for (const change of all) {
      const before = this.days.get(nameOf(change))
      const tally = RunTally.plus(before?.tally ?? RunTally.nothing, change.tally)
      this.days.set(nameOf(change), { ...change, tally, at: Math.max(at, before?.at ?? at) })
    }
  }

  /** Removes a report, and remembers how its run counts. */
  removeReport(key: string, countIn: CountIn): void {
    const kept = this.reports.get(key)
    if (kept === undefined) return
    this.reports.delete(key)
    const known = this.epochs.get(kept.epoch) ?? nothingKnown
    if (kept.number > known.removed) this.epochs.set(kept.epoch, { ...known, removed: kept.number })
    const count = countIn(kept.bytes)
    const { at, epoch, number } = kept
    if (count !== undefined) this.gone.set(key, { ...count, at, epoch, number })
  }

  /** Removes the counts of a day, and forgets the runs that are part of them. */
  removeDay(name: string): void {
    this.days.delete(name)
    for (const [key, count] of this.gone) if (nameOf(count) === name) this.gone.delete(key)
  }

  /** Forgets a run; if it is still on, it leaves the counts, and counts when it ends. */
  forget(key: string): void {
    const gone = this.gone.get(key)
    this.gone.delete(key)
    const day = gone && this.days.get(nameOf(gone))
    if (gone === undefined || day === undefined || gone.tally.running === 0) return
    this.days.set(nameOf(day), { ...day, tally: RunTally.minus(day.tally, gone.tally) })
  }
}

/** The records to remove: the oldest before an instant, at most so many of each microgrid. */
interface Removal {
  readonly what: RetainedReports
  readonly most: (count: number) => number
  readonly before?: number
  readonly countIn: CountIn
}

/** The reports of a store. */
class Site {
  readonly microgrids = new Map<MicrogridId, Map<string, Told>>()
  #reporters = 0n

  of(microgridId: MicrogridId): ReadonlyArray<Told> {
    return [...(this.microgrids.get(microgridId)?.values() ?? [])]
  }

  teller(microgridId: MicrogridId, id: string): Told | undefined {
    const all = this.microgrids.get(microgridId) ?? new Map<string, Told>()
    this.microgrids.set(microgridId, all)
    const known = all.get(id)
    if (known !== undefined || all.size >= reportersMax) return known
    this.#reporters += 1n
    const told = new Told(id, this.#reporters)
    all.set(id, told)
    return told
  }

  /** Records of a clock without battery count from now on. */
  dateAnew(now: number): void {
    for (const told of [...this.microgrids.keys()].flatMap((id) => this.of(id))) {
      const dated = <A extends Dated>(records: ReadonlyMap<string, A>): Map<string, A> =>
        new Map(
          [...records].map(([key, each]) => [key, each.at < clockEarliest ? { ...each, at: now } : each])
        )
      told.reports = dated(told.reports)
      told.days = dated(told.days)
    }
  }

  /** Forgets reporters of which nothing is kept any more, and that told nothing for as long. */
  forget(before: number): void {
    for (const all of this.microgrids.values()) {
      for (const [id, { days, reports, toldAt }] of all) {
        if (reports.size === 0 && days.size === 0 && toldAt < before) all.delete(id)
      }
    }
  }

  /** Removes records; gives their number. The counts of a day go after the reports that came before its last one. */
  removeOldest({ before = Infinity, countIn, most, what }: Removal): number {
    let removed = 0
    for (const microgridId of this.microgrids.keys()) {
      const all = this.#byAge(microgridId, what)
      const first = what === "days" ? this.#byAge(microgridId, "reports")[0]?.at : undefined
      const end = Math.min(before, first ?? Infinity)
      const gone = all.filter(({ at }) => at < end).slice(0, most(all.length))
      for (const { key, told } of gone) {
        if (what === "reports") told.removeReport(key, countIn)
        else told.removeDay(key)
      }
      removed += gone.length
    }
    return removed
  }

  /** Forgets all but so many runs of each microgrid whose reports went. */
  forgetOldest(most: number): void {
    for (const microgridId of this.microgrids.keys()) {
      const all = this.#byAge(microgridId, "gone")
      for (const { key, told } of all.slice(0, Math.max(0, all.length - most))) told.forget(key)
    }
  }

  #byAge(microgridId: MicrogridId, what: RetainedReports | "gone") {
    return this.of(microgridId)
      .flatMap((told) => [...told[what]].map(([key, { at }]) => ({ told, key, at })))
      .sort((one, other) => one.at - other.at)
  }
}

/** Takes the reports of a batch, unless its reporter is one too many. */
const taken = (site: Site, batch: Reports): Effect.Effect<ReportsTaken, TooManyReporters> => {
  const told = site.teller(batch.microgridId, batch.reporter.id)
  if (told === undefined) return Effect.fail(new TooManyReporters())
  told.name = batch.reporter.name
  told.toldAt = batch.arrivedAt.epochMilliseconds
  const before = lastOf(told.epochs)
  if (isBehind(before, batch.after)) {
    return Effect.succeed({ answers: [], before: [], last: before, isBehind: true })
  }
  const changes = new DayChanges()
  const all = batch.reports.map((report) => told.take(report, batch, changes))
  told.count(changes, batch.arrivedAt.epochMilliseconds)
  return Effect.succeed({
    answers: all.map(({ answer }) => answer),
    before: all.map((each) => each.before),
    last: lastOf(told.epochs),
    isBehind: false
  })
}

/** A store that forgets with its process. */
export const make = (): ReportStore["Service"] => {
  const site = new Site()
  return ReportStore.of({
    report: (batch) => Effect.suspend(() => taken(site, batch)),
    page: (query) => Effect.sync(() => pageOf(site.of(query.microgridId), query)),
    last: (microgridId, after, limit) =>
      Effect.sync(() => {
        const all = site.of(microgridId)
        const ids = new Set(all.flatMap(({ reports }) => [...reports.values()].map(({ id }) => id)))
        const next = [...ids].filter((id) => id > after).sort(order)
        return next
          .slice(0, limit)
          .flatMap((id) => lastRunOf(all, id))
          .slice(0, storiesMax)
      }),
    lastOf: (microgridId, ids) =>
      Effect.sync(() => [...ids].sort(order).flatMap((id) => lastRunOf(site.of(microgridId), id))),
    days: (query) => Effect.sync(() => daysOf(site.of(query.microgridId), query)),
    pruneReports: (what, { before, now }, limit, countIn) =>
      Effect.sync(() => {
        site.dateAnew(now.epochMilliseconds)
        const most = () => limit
        const removed = site.removeOldest({ what, most, before: before.epochMilliseconds, countIn })
        if (what === "days") site.forget(before.epochMilliseconds)
        return removed
      }),
    trimReports: (what, most, limit, countIn) =>
      Effect.sync(() => {
        const excess = (count: number) => Math.min(limit, Math.max(0, count - most))
        const removed = site.removeOldest({ what, most: excess, countIn })
        if (what === "reports") site.forgetOldest(most)
        return removed
      })
  })
}

const order = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0)

const byCodeUnits = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const compare = (one: ReportPosition, other: ReportPosition): number =>
  order(other.occurrence, one.occurrence) ||
  order(other.id, one.id) ||
  byCodeUnits(other.kind, one.kind) ||
  order(other.reporter, one.reporter)

const listed = (
  all: ReadonlyArray<Told>,
  { id, name, number }: Told,
  [key, kept]: [string, Kept]
): ListedReport => {
  const others = all.flatMap((other) => (other.number === number ? [] : (other.reports.get(key) ?? [])))
  const isContrary = ({ verdict }: Kept) => verdict !== "Open" && verdict !== kept.verdict
  return {
    reporter: { id, name },
    position: {
      occurrence: BigInt(kept.occurrence.epochMilliseconds),
      id: kept.id,
      kind: kept.kind,
      reporter: number
    },
    bytes: kept.bytes,
    arrivedAt: DateTime.makeUnsafe(kept.at),
    clockOffsetMillis: kept.clockOffsetMillis,
    contradicted: kept.verdict !== "Open" && others.some(isContrary)
  }
}

const everything = (all: ReadonlyArray<Told>, isWanted: (kept: Kept) => boolean): Array<ListedReport> =>
  all
    .flatMap((told) =>
      [...told.reports].filter(([, kept]) => isWanted(kept)).map((each) => listed(all, told, each))
    )
    .sort((one, other) => compare(one.position, other.position))

const pageOf = (all: ReadonlyArray<Told>, query: ReportQuery): ReadonlyArray<ListedReport> => {
  const { after, from, id, limit, missed = false, to } = query
  return everything(
    all,
    (kept) =>
      (id === undefined || kept.id === id) &&
      (from === undefined ||
        (kept.lastOccurrence ?? kept.occurrence).epochMilliseconds >= from.epochMilliseconds) &&
      (to === undefined || kept.occurrence.epochMilliseconds < to.epochMilliseconds) &&
      (!missed || kept.verdict === "Missed")
  )
    .filter(({ position }) => after === undefined || compare(position, after) > 0)
    .slice(0, limit)
}

const lastRunOf = (all: ReadonlyArray<Told>, id: DispatchId): ReadonlyArray<ListedReport> => {
  const reports = everything(all, (kept) => kept.id === id)
  return reports.filter(({ position }) => position.occurrence === reports[0]?.position.occurrence)
}

const daysOf = (all: ReadonlyArray<Told>, query: DayQuery): ReadonlyArray<ListedDay> =>
  all
    .flatMap(({ days, id, name, number }) =>
      [...days.values()].map(({ day, tally, type }) => ({
        day,
        type,
        tally,
        reporter: { id, name },
        position: { day, type, reporter: number }
      }))
    )
    .filter(({ day }) => day >= query.from && day < query.to)
    .filter(({ position }) => query.after === undefined || compareDays(position, query.after) > 0)
    .sort((one, other) => compareDays(one.position, other.position))
    .slice(0, query.limit)

const compareDays = (one: DayPosition, other: DayPosition): number =>
  one.day - other.day || byCodeUnits(one.type, other.type) || order(one.reporter, other.reporter)
