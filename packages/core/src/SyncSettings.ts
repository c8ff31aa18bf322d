/**
 * The settings for staying in sync with the service, and their defaults. Rules S1 to S7 and S10.
 *
 * @since 0.1.0
 */
import { Context, Duration, Effect } from "effect"
import * as Checks from "./internal/port/optionChecks.ts"
import { unsigned32Max } from "./internal/unsigned32.ts"
import { type OptionError, refuse } from "./Options.ts"

/**
 * The settings for staying in sync. Every length may be `Duration.infinity` if never is an answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncSettings {
  /** Time between listings while all is well, give or take a tenth: 5 min. */
  readonly resyncInterval: Duration.Duration
  /** Longest life of an event stream, give or take a tenth: 30 min. The next one stands before it ends. */
  readonly streamAgeMax: Duration.Duration
  /** The largest delay of a command that is still executed, inclusive: 1 min. */
  readonly catchUpWindow: Duration.Duration
  /** Dispatches per page of a listing: 1,000. */
  readonly pageSize: number
  /** The time allowed for a read or write of a record that outlives the process: 5 s (S10). */
  readonly recordTimeout: Duration.Duration
}

/**
 * The settings that an application gives: each length in any form of a duration, such as `"10 minutes"`.
 *
 * @category models
 * @since 0.1.0
 */
export type SyncOptions = {
  readonly [Name in keyof SyncSettings]?:
    | (SyncSettings[Name] extends Duration.Duration ? Duration.Input : SyncSettings[Name])
    | undefined
}

/**
 * The settings that apply unless others are given.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultSettings: SyncSettings = {
  resyncInterval: Duration.minutes(5),
  streamAgeMax: Duration.minutes(30),
  catchUpWindow: Duration.minutes(1),
  pageSize: 1_000,
  recordTimeout: Duration.seconds(5)
}

/**
 * The wait for the confirmation of a subscription. After it the listing goes ahead without one, and is repeated when the
 * confirmation comes (S1). Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const effectiveTimeout: Duration.Duration = Duration.seconds(2)

/**
 * The time for which an event stream to be replaced waits for the confirmation of the next one. After it the next
 * one is closed, and another is opened. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const renewalTimeout: Duration.Duration = Duration.minutes(1)

/**
 * The first step of the backoff between attempts (S3). Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const backoffBase: Duration.Duration = Duration.seconds(1)

/**
 * The longest step of the backoff. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const backoffMax: Duration.Duration = Duration.seconds(60)

/**
 * The time between attempts after a failure that only a person can mend (S3). Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const hopelessDelay: Duration.Duration = Duration.minutes(5)

/**
 * The factor between two steps of the backoff, up to `backoffMax`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const backoffFactor = 1.6

/**
 * The age from which a stream's end does not count as a failure: the steps of the backoff begin anew. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthyAfter: Duration.Duration = Duration.minutes(2)

/**
 * The time without an answer, or another page. After it a call that lists or asks has failed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const answerTimeout: Duration.Duration = Duration.minutes(1)

/**
 * The least time between two listings that show that a deletion was undone (S6). Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reappearanceDelay: Duration.Duration = Duration.seconds(30)

/**
 * The time for which other content that was believed under the same `updateTime` must not be contradicted. After it
 * neither story is doubted any more (S5). Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const contradictionPeriod: Duration.Duration = Duration.minutes(10)

/**
 * The wait of an earlier process's knowledge for an answer, or another page, of the first listing. After it the
 * actor goes on from that knowledge (S10). Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const recoveryPatience: Duration.Duration = Duration.seconds(5)

/**
 * The longest such wait, while pages come. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const recoveryPatienceMax: Duration.Duration = Duration.seconds(60)

/**
 * The number of deletions remembered. Beyond, the oldest are forgotten, which is counted: a late event about one is
 * taken for a new dispatch, until the next listing. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const tombstonesMax = 100_000

/**
 * The number of dispatches in doubt that wait to be asked for (S7). Beyond, everything is listed after their
 * answers, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const doubtsMax = 10_000

/**
 * The number of dispatches in doubt asked for in one call: no more ids than a service takes in a filter. The others
 * wait for the next call. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const asksAtOnceMax = 1_000

/**
 * The number of dispatches asked for one by one at the same time, if a service does not list by ids. The others
 * wait. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const getsAtOnceMax = 8

/**
 * The wait of an earlier process's knowledge for the event stream to stand. After it the listing, which alone can
 * confirm, is asked for without the stream (S10). Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const recoveryStreamPatience: Duration.Duration = Duration.millis(500)

/**
 * The number of failures in a row to ask for dispatches in doubt. From then on the status is `Stale` (S7). Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const askFailuresMax = 3

/**
 * The settings of an actor for which its options say nothing: `defaultSettings` unless set. A client in a world unlike
 * a network's, such as tests in virtual time, sets it.
 *
 * @category references
 * @since 0.1.0
 */
export const SyncDefaults = Context.Reference<SyncSettings>(
  "@effect-dispatch/core/SyncSettings/SyncDefaults",
  { defaultValue: () => defaultSettings }
)

/**
 * The settings, with the default for each that is missing or `undefined`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { SyncSettings } from "@effect-dispatch/core"
 * import { Duration, Effect } from "effect"
 *
 * const program = SyncSettings.withDefaults({ resyncInterval: Duration.minutes(1) })
 * const settings = await Effect.runPromise(program)
 * assert.deepStrictEqual(settings.resyncInterval, Duration.minutes(1))
 * assert.deepStrictEqual(settings.streamAgeMax, SyncSettings.defaultSettings.streamAgeMax)
 * ```
 *
 * @see BEHAVIOUR S4
 * @category constructors
 * @since 0.1.0
 */
export const withDefaults = (given: SyncOptions = {}): Effect.Effect<SyncSettings, OptionError> =>
  Effect.gen(function* () {
    yield* refuse(() => syncCheck(given, "sync"))
    const defaults = yield* SyncDefaults
    const set = Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, settingOf(name, value)]]
    )
    return { ...defaults, ...Object.fromEntries(set) }
  })

/** Accepts settings that an application gives. @internal */
export const syncCheck = Checks.objectOf<SyncOptions>({
  resyncInterval: Checks.optional(Checks.period),
  streamAgeMax: Checks.optional(Checks.period),
  catchUpWindow: Checks.optional(Checks.length),
  pageSize: Checks.optional(Checks.whole(1, unsigned32Max)),
  recordTimeout: Checks.optional(Checks.period)
})

/** The settings that are lengths of time. */
const lengths: ReadonlySet<string> = new Set(
  Object.entries(defaultSettings).flatMap(([name, value]) => (Duration.isDuration(value) ? [name] : []))
)

/** A number is a length in milliseconds where a length is asked for. */
const settingOf = (name: string, value: Duration.Input): Duration.Input =>
  lengths.has(name) ? Duration.fromInputUnsafe(value) : value

/**
 * The least time since its end for which a dispatch is still listed, whatever `catchUpWindow` is (S7). Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const endedWithinMin = Duration.minutes(5)

/**
 * The time since its end for which a dispatch is still listed (S7).
 *
 * @category queries
 * @since 0.1.0
 */
export const endedWithin = (settings: SyncSettings): Duration.Duration =>
  Duration.max(settings.catchUpWindow, endedWithinMin)

/**
 * The delay before attempt number `failures` + 1: full jitter, uniform between nothing and a step that grows from
 * `backoffBase` by `backoffFactor` to `backoffMax`. `random` is between 0 and 1.
 *
 * @category queries
 * @since 0.1.0
 */
export const backoff = (failures: number, random: number): Duration.Duration => {
  const step = Duration.toMillis(backoffBase) * backoffFactor ** Math.max(0, failures - 1)
  return Duration.millis(random * Math.min(step, Duration.toMillis(backoffMax)))
}

/**
 * A length give or take a tenth, so that many actors do not act at once. `random` is between 0 and 1.
 *
 * @category queries
 * @since 0.1.0
 */
export const spread = (length: Duration.Duration, random: number): Duration.Duration =>
  Duration.times(length, 0.9 + 0.2 * random)
