/**
 * One occurrence of a dispatch as it really was. Section "Journal and reports" of the behaviour.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import { DispatchId } from "./DispatchId.ts"
import * as InstantText from "./internal/journal/instantText.ts"
import { outcomeFault } from "./internal/journal/outcome.ts"
import { reasonLengthMax } from "./internal/journal/reason.ts"
import { ChangeCause, MissedReason } from "./RunningStateChange.ts"
import * as Refusal from "./Refusal.ts"

export { outcomeBytesMax, outcomeFault } from "./internal/journal/outcome.ts"
export { reasonLengthMax, reasonOf } from "./internal/journal/reason.ts"

const Instant = Schema.DateTimeUtcFromString
const Millis = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** A text for people, without the places in code: at most `reasonLengthMax` characters. @internal */
export const Reason = Schema.String.check(Schema.isMaxLength(reasonLengthMax))

/** The JSON that an application adds to a run: at most `outcomeBytesMax` bytes as text. @internal */
export const Outcome = Schema.Json.check(
  Schema.makeFilter((outcome: Schema.Json) => {
    const fault = outcomeFault(outcome)
    return fault === undefined ? true : Refusal.inOneLine(fault)
  })
)

/**
 * The version of a dispatch that a run belongs to: enough to name it, without target, payload and rule.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunDispatch = Schema.Struct({
  id: Schema.BigIntFromString.pipe(Schema.decodeTo(DispatchId)),
  name: Schema.optionalKey(Schema.String),
  type: Schema.String,
  dryRun: Schema.Boolean,
  /** It orders versions: nanoseconds since 1970-01-01T00:00:00Z. */
  updateTime: Schema.BigIntFromString
})

/**
 * The version of a dispatch that a run belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export type RunDispatch = typeof RunDispatch.Type

/** The name of a version of a dispatch, as its runs have it. @internal */
export const runDispatchOf = ({ dryRun, id, name, type, updateTime }: Dispatch): RunDispatch => ({
  id,
  ...(name === undefined ? undefined : { name }),
  type,
  dryRun,
  updateTime
})

/** The beginning of a run that is known to have begun: its instant, and the delay after the instant decided for it. */
const begun = { from: Instant, lateMillis: Millis }
const perhapsBegun = { from: Schema.optionalKey(Instant), lateMillis: Schema.optionalKey(Millis) }

/**
 * The fate of a run:
 *
 * - `Planned`: it has not begun;
 * - `Running`: it was told to run `from` then on, and has been on `since` then;
 * - `Ran`: it was told to stop, or its planned end came; `stoppedBy` is there if it was stopped early;
 * - `Missed`: it came and went. `count` occurrences to `last` share it, if there is more than one;
 * - `Unknown`: nothing is known from `since` on: there was no process, or no room in the journal.
 *
 * `from` is absent if it is not known that it has begun, or when. `onMillis` is the time it was on, without pauses,
 * times about which nothing is known, and the time from `since` on.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunFate = Schema.Union([
  Schema.TaggedStruct("Planned", {}),
  Schema.TaggedStruct("Running", { ...begun, since: Instant, onMillis: Millis }),
  Schema.TaggedStruct("Ran", {
    ...perhapsBegun,
    to: Instant,
    onMillis: Millis,
    stoppedBy: Schema.optionalKey(ChangeCause)
  }),
  Schema.TaggedStruct("Missed", {
    reason: MissedReason,
    count: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
    last: Schema.optionalKey(Instant)
  }),
  Schema.TaggedStruct("Unknown", { ...perhapsBegun, since: Instant, onMillis: Millis })
])

/**
 * The fate of a run.
 *
 * @category models
 * @since 0.1.0
 */
export type RunFate = typeof RunFate.Type

/**
 * A step of an application's actor: begun, failed, tried again, finished, its finalizers took too long, its time was
 * over, or it was not begun because its payload could not be used.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ActorStep = Schema.Literals([
  "Started",
  "Failed",
  "Retried",
  "Finished",
  "Overran",
  "TimedOut",
  "Refused"
])

/**
 * A step of an application's actor.
 *
 * @category models
 * @since 0.1.0
 */
export type ActorStep = typeof ActorStep.Type

/** A failure of an application's actor, and its instant. */
const RunFailure = Schema.Struct({ at: Instant, reason: Reason })

/**
 * One occurrence of a dispatch as it really was, as far as its journal tells. A dispatch that changes its type, or
 * becomes a dry run, in the midst of an occurrence has two runs of it.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Run } from "@effect-dispatch/core"
 * import { Schema } from "effect"
 *
 * const run = Schema.decodeSync(Run.Run)({
 *   dispatch: { id: "7", type: "CHARGE", dryRun: false, updateTime: "1795435200000000000" },
 *   occurrence: "2026-11-23T12:00:00.000Z",
 *   until: "2026-11-23T12:20:00.000Z",
 *   fate: { _tag: "Missed", reason: "LateWakeUp", count: 1 },
 *   failures: [],
 *   failuresTotal: 0
 * })
 * assert.strictEqual(Run.keyOf(run), "7 2026-11-23T12:00:00.000Z CHARGE live")
 * ```
 *
 * @see BEHAVIOUR J1
 * @category schemas
 * @since 0.1.0
 */
export const Run = Schema.Struct({
  /** The version that was told last. */
  dispatch: RunDispatch,
  /** The planned beginning. */
  occurrence: Instant,
  /** The planned end, as told last; absent if there is none, or if nobody knows. */
  until: Schema.optionalKey(Instant),
  fate: RunFate,
  /** The last step of the application's actor. */
  actor: Schema.optionalKey(
    Schema.Struct({ step: ActorStep, at: Instant, reason: Schema.optionalKey(Reason) })
  ),
  /** The latest failures of its actor, the oldest first: at most `failuresMax`. */
  failures: Schema.Array(RunFailure),
  failuresTotal: Schema.Int,
  /** The JSON that the application added last. */
  outcome: Schema.optionalKey(Outcome)
})

/**
 * One occurrence of a dispatch as it really was.
 *
 * @category models
 * @since 0.1.0
 */
export type Run = typeof Run.Type

/**
 * The number of failures that a run keeps. Beyond, the oldest go; `failuresTotal` counts them all. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const failuresMax = 4

/**
 * The name of a run within its microgrid: dispatch, occurrence, type, and `live` or `dry`. There is one run of a name.
 *
 * @category queries
 * @since 0.1.0
 */
export const keyOf = ({ dispatch, occurrence }: Pick<Run, "dispatch" | "occurrence">): string =>
  `${dispatch.id} ${InstantText.of(occurrence)} ${dispatch.type} ${dispatch.dryRun ? "dry" : "live"}`

/**
 * A run as it stood after an entry of its journal. The same entry always makes the same report of a run, so that a
 * report may be sent twice; a later place (by `epoch`, then by `number`) replaces an earlier one.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunReport = Schema.Struct({
  epoch: Schema.BigIntFromString,
  number: Schema.BigIntFromString,
  run: Run
})

/**
 * A run as it stood after an entry of its journal.
 *
 * @category models
 * @since 0.1.0
 */
export type RunReport = typeof RunReport.Type
