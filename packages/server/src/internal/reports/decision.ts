/** The answer to a report: a decision on what is known, without time and effects. Rules J20 to J22. */
import type { ReportAnswer, ReportPlace, StoredReport } from "../../ReportStore.ts"

/** A report as far as it is compared. */
export interface Placed extends ReportPlace {
  /** Absent if the report went. */
  readonly bytes: Uint8Array | undefined
}

/** The knowledge of one epoch of a reporter. */
export interface EpochKnowledge {
  /** The highest number that was taken. */
  readonly highest: bigint
  /** The highest number of which a report was removed; below it nothing is remembered. */
  readonly removed: bigint
}

/** No report of the epoch was taken. */
export const nothingKnown: EpochKnowledge = { highest: -1n, removed: -1n }

/**
 * Decides on a report. A reporter sends its numbers in order, so one that was passed can only repeat what is known.
 * Several runs may share a number.
 */
export const decide = (
  report: StoredReport,
  present: Placed | undefined,
  { highest, removed }: EpochKnowledge
): ReportAnswer => {
  const order = present === undefined ? 1 : compare(report, present)
  if (order < 0) return "Known"
  if (order === 0 && present?.bytes !== undefined) {
    return isSame(report.bytes, present.bytes) ? "Known" : "Conflict"
  }
  if (report.number <= removed) return "Known"
  return report.number >= highest ? "New" : "Conflict"
}

/** The latest of all places that were taken. */
export const lastOf = (epochs: Iterable<readonly [bigint, EpochKnowledge]>): ReportPlace | undefined => {
  let last: ReportPlace | undefined
  for (const [epoch, { highest }] of epochs) {
    if (last === undefined || epoch > last.epoch) last = { epoch, number: highest }
  }
  return last
}

/** True if less was taken than a reporter thinks. */
export const isBehind = (last: ReportPlace | undefined, after: ReportPlace | undefined): boolean =>
  after !== undefined && (last === undefined || compare(last, after) < 0)

/** The order of places: negative if the first comes before. */
export const compare = (one: ReportPlace, other: ReportPlace): number =>
  one.epoch === other.epoch ? sign(one.number - other.number) : sign(one.epoch - other.epoch)

const sign = (difference: bigint): number => (difference < 0n ? -1 : difference > 0n ? 1 : 0)

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index])
