/**
 * The text of a record. A record holds dispatches as they were at a point of the sequence in which all records are
 * written. Format 4 where a rule in local time is in it, else format 3, which the release before reads as well: it would
 * leave out such a rule. Formats 1 and 2, of earlier releases, are read.
 */
import { DateTime, Result, Schema } from "effect"
import { Dispatch, DispatchJson } from "../../Dispatch.ts"
import { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import type { Remembered } from "../timeline/timeline.ts"
import type { ToldRun } from "./toldContents.ts"
import { ExecutedRecord, Instant, ofInstants } from "../timeline/executedRecord.ts"

/** Beyond any instant of a clock that shows four digits of a year: a number that a record cannot have. */
const sequenceMax = 300_000_000_000_000

const Sequence = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: sequenceMax }))

/** The newest format. */
export const formatNumber = 4

/** The format of records without rules in local time. */
const formatPlain = 3

/** The form of a dispatch in a record. */
type DispatchForm = typeof DispatchJson | typeof Dispatch

const announcedIn = <Form extends DispatchForm>(dispatch: Form) =>
  Schema.Struct({
    /** The version that runs, if it is not the known one. */
    dispatch: Schema.optionalKey(dispatch),
    at: Instant,
    occurrence: Instant,
    until: Schema.NullOr(Instant),
    continues: Schema.Boolean
  })

const movedIn = <Form extends DispatchForm>(dispatch: Form) =>
  Schema.Struct({
    ...announcedIn(dispatch).fields,
    /** The version as which the run went on, if it is not the known one. */
    next: Schema.optionalKey(dispatch)
  })

const toldIn = <Form extends DispatchForm>(dispatch: Form) =>
  Schema.Struct({
    ...announcedIn(dispatch).fields,
    /** It says nothing of records of this number or a greater one; absent if that is the record's own. */
    before: Schema.optionalKey(Sequence)
  })

const keptIn = <Form extends DispatchForm>(dispatch: Form) =>
  Schema.Struct({
    id: DispatchId,
    /** Absent if it is that of the record. */
    evaluatedAt: Schema.optionalKey(Instant),
    version: Schema.optionalKey(dispatch),
    /** The version is the one that the group record before this note has. */
    asKept: Schema.optionalKey(Schema.Literal(true)),
    announced: Schema.optionalKey(Schema.Array(announcedIn(dispatch))),
    /** Runs that went on as another version, while nobody who tells the two apart was told. */
    moved: Schema.optionalKey(Schema.Array(movedIn(dispatch))),
    /** The process had not read an older record of it: the announcements there stand beside the own ones. */
    blind: Schema.optionalKey(Schema.Literal(true)),
    /** Told of without having read that record: an announcement of the like there is over. */
    told: Schema.optionalKey(Schema.Array(toldIn(dispatch))),
    executed: Schema.optionalKey(ExecutedRecord)
  })

const dispatchesIn = <Form extends DispatchForm>(dispatch: Form) =>
  Schema.toCodecJson(
    Schema.Struct({
      version: Schema.Int,
      sequence: Sequence,
      evaluatedAt: Instant,
      dispatches: Schema.Array(keptIn(dispatch))
    })
  )

const Dispatches1 = Schema.toCodecJson(
  Schema.Struct({
    version: Schema.Int,
    evaluatedAt: Instant,
    dispatches: Schema.Array(
      Schema.Struct({
        id: DispatchId,
        version: Schema.optionalKey(Dispatch),
        announced: Schema.optionalKey(Schema.Array(announcedIn(Dispatch))),
        executed: Schema.optionalKey(Schema.Array(Instant))
      })
    )
  })
)

const Site = Schema.toCodecJson(
  Schema.Struct({
    version: Schema.Int,
    sequence: Sequence,
    listed: Schema.Boolean,
    forgottenUpTo: Schema.optionalKey(Instant)
  })
)

/** An earlier release made this mark once the microgrid had been listed. */
const Site1 = Schema.toCodecJson(Schema.Struct({ version: Schema.Literal(1) }))

const Kept = keptIn(DispatchJson)

const encodeEntry = Schema.encodeSync(Schema.toCodecJson(Kept))
const readJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))
const readVersion = Schema.decodeUnknownResult(Schema.Struct({ version: Schema.Int }))
const readDispatches = Schema.decodeUnknownResult(dispatchesIn(DispatchJson))
const readDispatches2 = Schema.decodeUnknownResult(dispatchesIn(Dispatch))
const readDispatches1 = Schema.decodeUnknownResult(Dispatches1)
const readSite = Schema.decodeUnknownResult(Site)
const readSite1 = Schema.decodeUnknownResult(Site1)

/** One dispatch of a record. */
export type Kept = typeof Kept.Type

type Announced = NonNullable<Kept["announced"]>[number]

type Moved = NonNullable<Kept["moved"]>[number]

type Told = NonNullable<Kept["told"]>[number]

/** Dispatches as they were when the record was written. */
export interface DispatchesRecord {
  readonly sequence: number
  readonly evaluatedAt: number
  readonly dispatches: ReadonlyArray<Kept>
}

/** The record of the site as a whole. */
export interface SiteRecord {
  readonly sequence: number
  readonly listed: boolean
  readonly forgottenUpTo?: number | undefined
}

/** The reason why a record was not read: it is damaged, or a newer release wrote it. */
export type Unreadable =
  | { readonly _tag: "Damaged"; readonly why: string }
  | { readonly _tag: "Newer"; readonly version: number }

const damaged = (cause: { readonly message: unknown }): Unreadable => ({
  _tag: "Damaged",
  why: String(cause.message).slice(0, 200)
})

/** Reads a text in the format that it names. */
const parse = <A>(
  text: string,
  readers: { readonly [version: number]: (json: unknown) => Result.Result<A, { readonly message: unknown }> }
): Result.Result<A, Unreadable> => {
  const json = readJson(text)
  if (Result.isFailure(json)) return Result.fail(damaged(json.failure))
  const header = readVersion(json.success)
  if (Result.isFailure(header)) return Result.fail(damaged(header.failure))
  const { version } = header.success
  if (version > formatNumber) return Result.fail({ _tag: "Newer", version })
  const read = readers[version]
  if (read === undefined) return Result.fail({ _tag: "Damaged", why: `there is no format ${version}` })
  return Result.mapError(read(json.success), damaged)
}

/** Reads a group record or a note. */
export const parseDispatches = (text: string): Result.Result<DispatchesRecord, Unreadable> =>
  parse<DispatchesRecord>(text, {
    1: (json) =>
      Result.map(readDispatches1(json), ({ dispatches, evaluatedAt }) => ({
        sequence: 0,
        evaluatedAt,
        dispatches: dispatches.map(({ executed, ...rest }) => ({
          ...rest,
          ...(executed === undefined ? {} : { executed: ofInstants(executed) })
        }))
      })),
    2: readDispatches2,
    3: readDispatches,
    4: readDispatches
  })

/** Reads the record of the site. */
export const parseSite = (text: string): Result.Result<SiteRecord, Unreadable> =>
  parse<SiteRecord>(text, {
    1: (json) => Result.map(readSite1(json), () => ({ sequence: 0, listed: true })),
    2: readSite,
    3: readSite,
    4: readSite
  })

/** Writes a group record or a note. */
export const printDispatches = (sequence: number, dispatches: ReadonlyArray<Kept>): string => {
  const evaluatedAt = dispatches[0]?.evaluatedAt ?? 0
  return JSON.stringify({
    version: dispatches.some(hasLocalTime) ? formatNumber : formatPlain,
    sequence,
    evaluatedAt,
    dispatches: dispatches.map((entry) => printEntry(entry, evaluatedAt))
  })
}

/** Writes the record of the site. */
export const printSite = ({ forgottenUpTo, listed, sequence }: SiteRecord): string =>
  JSON.stringify({
    version: formatPlain,
    sequence,
    listed,
    ...(forgottenUpTo === undefined ? {} : { forgottenUpTo })
  })

const hasLocalTime = ({ announced = [], executed, moved = [], told = [], version }: Kept): boolean =>
  [
    version,
    ...[...announced, ...moved, ...told].map(({ dispatch }) => dispatch),
    ...moved.map(({ next }) => next),
    ...(executed?.rules ?? [])
  ].some((one) => one?.recurrence?.timeZone !== undefined)

/** Most entries of a note are plain: for those, the codec would cost more than all the rest. */
const printEntry = (entry: Kept, evaluatedAt: number): unknown => {
  const { evaluatedAt: own, ...rest } = entry
  const kept = own === evaluatedAt || own === undefined ? rest : { ...rest, evaluatedAt: own }
  const isPlain =
    entry.version === undefined &&
    entry.executed === undefined &&
    entry.moved === undefined &&
    [...(entry.announced ?? []), ...(entry.told ?? [])].every(({ dispatch }) => dispatch === undefined)
  return isPlain ? { ...kept, id: String(entry.id) } : encodeEntry(kept)
}

/** An instant beyond all dates is written as the earliest date. */
const instantMin = -8.64e15

/**
 * A dispatch as it is, for a record. `isKept` says that the record before has its version, and `blind` that older
 * records were not read: it holds the runs that were told of since.
 */
export const toKept = (
  { announced, evaluatedAt, executed, id, moved = [], version }: Remembered,
  {
    blind,
    isKept = false
  }: { readonly isKept?: boolean; readonly blind?: ReadonlyArray<ToldRun> | undefined } = {}
): Kept => ({
  id,
  ...(blind === undefined ? {} : { blind: true }),
  ...(blind === undefined || blind.length === 0 ? {} : { told: blind.map((one) => toTold(one, version)) }),
  evaluatedAt: Number.isFinite(evaluatedAt) ? evaluatedAt : instantMin,
  ...(version === undefined ? {} : isKept ? { asKept: true } : { version }),
  ...(announced.length === 0 ? {} : { announced: announced.map((change) => toAnnounced(change, version)) }),
  ...(moved.length === 0 ? {} : { moved: moved.map((change) => toMoved(change, version)) }),
  ...(executed === undefined ? {} : { executed })
})

/** An entry that says only that a dispatch is gone. */
export const toGone = (id: DispatchId, blind: ReadonlyArray<ToldRun> | undefined): Kept => {
  const { evaluatedAt: _, ...entry } = toKept(
    { id, version: undefined, announced: [], executed: undefined, evaluatedAt: 0 },
    { blind }
  )
  return entry
}

const toAnnounced = (change: RunningStateChange, version: Dispatch | undefined): Announced => ({
  ...(change.dispatch === version ? {} : { dispatch: change.dispatch }),
  at: change.at.epochMilliseconds,
  occurrence: change.occurrence.epochMilliseconds,
  until: change.until?.epochMilliseconds ?? null,
  continues: change.continues
})

const toTold = ({ before, run }: ToldRun, version: Dispatch | undefined): Told => ({
  ...toAnnounced(run, version),
  ...(before === Infinity ? {} : { before })
})

const toMoved = (change: RunningStateChange, version: Dispatch | undefined): Moved => ({
  ...toAnnounced(change, version),
  ...(change.next === undefined || change.next === version ? {} : { next: change.next })
})

/** A dispatch as a record has it; `kept` is the version that the record before has. */
export const fromKept = (entry: Kept, evaluatedAt: number, kept: Dispatch | undefined): Remembered => {
  const version = entry.asKept === true ? kept : entry.version
  return {
    id: entry.id,
    version,
    announced: (entry.announced ?? []).flatMap((change) => fromAnnounced(change, version)),
    ...(entry.moved === undefined
      ? {}
      : { moved: entry.moved.flatMap((change) => fromMoved(change, version)) }),
    executed: entry.executed,
    evaluatedAt: entry.evaluatedAt ?? evaluatedAt
  }
}

const fromMoved = ({ next, ...change }: Moved, version: Dispatch | undefined): Array<RunningStateChange> => {
  const nextVersion = next ?? version
  return fromAnnounced(change, version).map((run) =>
    nextVersion === undefined ? run : { ...run, next: nextVersion }
  )
}

/** The runs that an entry of a record names as told of, with the version that the dispatch had. */
export const fromTold = (
  { told = [] }: Kept,
  version: Dispatch | undefined,
  sequence: number
): ReadonlyArray<ToldRun> =>
  told.flatMap(({ before = sequence, ...change }) =>
    fromAnnounced(change, version).map((run) => ({ run, before }))
  )

const fromAnnounced = (
  { at, continues, dispatch, occurrence, until }: Announced,
  version: Dispatch | undefined
): Array<RunningStateChange> => {
  const announced = dispatch ?? version
  if (announced === undefined) return []
  return [
    {
      dispatch: announced,
      state: "Running",
      at: DateTime.makeUnsafe(at),
      decidedAt: DateTime.makeUnsafe(at),
      occurrence: DateTime.makeUnsafe(occurrence),
      until: until === null ? undefined : DateTime.makeUnsafe(until),
      continues,
      cause: "Recovered"
    }
  ]
}
