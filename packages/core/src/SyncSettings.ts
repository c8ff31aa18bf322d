/**
 * How an actor keeps in sync with the service: every knob and its default. Rules S1 to S7 and S10.
 *
 * @since 0.1.0
 */
import { Context, Duration, Effect } from "effect"

/**
 * How an actor keeps in sync. Every length may be `Duration.infinity` where never is an answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncSettings {
  /** How long to wait for the confirmation of a subscription before listing without it: 2 s. */
  readonly effectiveTimeout: Duration.Duration
  /** How long an event stream that is to be replaced waits for the confirmation of the next one: 1 min. */
  readonly renewalTimeout: Duration.Duration
  /** First step of the backoff between attempts: 1 s. */
  readonly backoffBase: Duration.Duration
  /** What a step of the backoff is multiplied by: 1.6. */
  readonly backoffFactor: number
  /** Longest step of the backoff: 60 s. */
  readonly backoffMax: Duration.Duration
  /** How long a stream must have stood for its end not to count as a failure: 2 min. */
  readonly healthyAfter: Duration.Duration
  /** Time between attempts when asking again at once cannot mend what is wrong: 5 min. */
  readonly hopelessDelay: Duration.Duration
  /** Time between listings while all is well, give or take a tenth: 5 min. */
  readonly resyncInterval: Duration.Duration
  /** Longest life of an event stream, give or take a tenth: 30 min. The next one stands before it ends. */
  readonly streamAgeMax: Duration.Duration
  /** How late a command may be executed, inclusive: 1 min. */
  readonly catchUpWindow: Duration.Duration
  /** Dispatches per page of a listing: 1,000. */
  readonly pageSize: number
  /** How long a call that lists or asks may go without an answer, or another page, before it has failed: 1 min. */
  readonly answerTimeout: Duration.Duration
  /** How far apart two listings must be, at least, to show that a deletion was undone: 30 s. */
  readonly reappearanceDelay: Duration.Duration
  /** How long other content that was believed under the same `updateTime` must not be contradicted: 10 min. */
  readonly contradictionPeriod: Duration.Duration
  /** How long what an earlier process knew waits for an answer, or another page, of the first listing: 5 s. */
  readonly recoveryPatience: Duration.Duration
  /** How long it waits at most, with pages coming: 60 s. */
  readonly recoveryPatienceMax: Duration.Duration
  /** How long a read or write of what outlives the process is waited for: 5 s (S10). */
  readonly recordTimeout: Duration.Duration
}

/**
 * What is used unless something else is given.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultSettings: SyncSettings = {
  effectiveTimeout: Duration.seconds(2),
  renewalTimeout: Duration.minutes(1),
  backoffBase: Duration.seconds(1),
  backoffFactor: 1.6,
  backoffMax: Duration.seconds(60),
  healthyAfter: Duration.minutes(2),
  hopelessDelay: Duration.minutes(5),
  resyncInterval: Duration.minutes(5),
  streamAgeMax: Duration.minutes(30),
  catchUpWindow: Duration.minutes(1),
  pageSize: 1_000,
  answerTimeout: Duration.minutes(1),
  reappearanceDelay: Duration.seconds(30),
  contradictionPeriod: Duration.minutes(10),
  recoveryPatience: Duration.seconds(5),
  recoveryPatienceMax: Duration.seconds(60),
  recordTimeout: Duration.seconds(5)
}

/**
 * How many deletions are remembered; beyond, the oldest are forgotten.
 *
 * @category limits
 * @since 0.1.0
 */
export const tombstonesMax = 100_000

/**
 * How many dispatches in doubt wait to be asked for (S7). Beyond, everything is listed again once they are answered.
 *
 * @category limits
 * @since 0.1.0
 */
export const doubtsMax = 10_000

/**
 * How many dispatches in doubt are asked for in one call: no more ids than a service takes in a filter.
 *
 * @category limits
 * @since 0.1.0
 */
export const asksAtOnceMax = 1_000

/**
 * How many dispatches are asked for one by one at the same time, where a service does not list by ids.
 *
 * @category limits
 * @since 0.1.0
 */
export const getsAtOnceMax = 8

/**
 * How long what an earlier process knew waits for the event stream to stand: after it the listing, which alone can
 * confirm, is asked for without it (S10).
 *
 * @category limits
 * @since 0.1.0
 */
export const recoveryStreamPatience: Duration.Duration = Duration.millis(500)

/**
 * After so many failures in a row to ask for dispatches in doubt, the status is `Stale` (S7).
 *
 * @category limits
 * @since 0.1.0
 */
export const askFailuresMax = 3

/**
 * What an actor goes by where its options say nothing: `defaultSettings` unless set. A client whose world differs from
 * a network's sets it beside itself, as that of tests in virtual time does.
 *
 * @category references
 * @since 0.1.0
 */
export const SyncDefaults = Context.Reference<SyncSettings>(
  "@effect-dispatch/core/SyncSettings/SyncDefaults",
  { defaultValue: () => defaultSettings }
)

/**
 * Settings in which whatever is not given, or `undefined`, has its default.
 *
 * @category constructors
 * @since 0.1.0
 */
export const withDefaults = (given: Partial<SyncSettings> = {}): Effect.Effect<SyncSettings> =>
  Effect.map(SyncDefaults, (defaults) => {
    const set = Object.entries(given).filter(([, value]) => value !== undefined)
    return { ...defaults, ...Object.fromEntries(set) }
  })

/** A listing always asks at least for what ended within this time. */
const endedWithinMin = Duration.minutes(5)

/**
 * How long ago a dispatch may have ended to be listed still (S7).
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
export const backoff = (settings: SyncSettings, failures: number, random: number): Duration.Duration => {
  const step = Duration.toMillis(settings.backoffBase) * settings.backoffFactor ** Math.max(0, failures - 1)
  return Duration.millis(random * Math.min(step, Duration.toMillis(settings.backoffMax)))
}

/**
 * A length give or take a tenth, so that many actors do not act at once. `random` is between 0 and 1.
 *
 * @category queries
 * @since 0.1.0
 */
export const spread = (length: Duration.Duration, random: number): Duration.Duration =>
  Duration.times(length, 0.9 + 0.2 * random)
