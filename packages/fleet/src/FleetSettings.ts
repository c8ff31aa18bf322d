/**
 * The settings of a fleet. Those of `FleetSettings` have to be the same in all its processes.
 *
 * @since 0.1.0
 */
import { OptionError, readLength } from "@effect-dispatch/core/Options"
import { Duration, Effect, Option } from "effect"

/**
 * The number of buckets into which microgrids are divided, and which processes share: 64 for up to 16 processes, 128 for
 * up to 32. It belongs to the tables: a process with another number is refused. Set by `buckets`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultBuckets = 64

/**
 * The most buckets there may be: more make their locks unstable. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const bucketsMax = 256

/**
 * The time for which a process that cannot reach the database keeps its locks, at most. A third of it is how long the
 * database may be away before all actors are stopped. Set by `lease`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultLease: Duration.Duration = Duration.seconds(30)

/**
 * The shortest `lease`: below it a short trouble of the database stops all actors. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const leaseMin: Duration.Duration = Duration.seconds(3)

/**
 * The time for which no other process may have joined before buckets move to a new one. Set by `joinDebounce`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultJoinDebounce: Duration.Duration = Duration.zero

/**
 * The settings of a fleet, defaults included.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetSettings {
  readonly buckets: number
  readonly lease: Duration.Duration
  readonly joinDebounce: Duration.Duration
}

/**
 * The settings that an operator gives.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetOptions {
  /** The number of buckets, 64 unless given. It stays what it was when the tables were made. */
  readonly buckets?: number | undefined
  /** The longest time for which a process that is cut off keeps its microgrids: 30 seconds unless given. */
  readonly lease?: Duration.Input | undefined
  /** The quiet time before buckets move to a process that joins: none unless given. */
  readonly joinDebounce?: Duration.Input | undefined
}

/**
 * The settings with defaults for what is not given. Fails for a value that cannot be.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetSettings } from "@effect-dispatch/fleet"
 * import { Duration, Effect } from "effect"
 *
 * const settings = Effect.runSync(FleetSettings.withDefaults({ lease: "2 minutes" }))
 * assert.strictEqual(Duration.toSeconds(FleetSettings.toleranceOf(settings)), 40)
 * assert.strictEqual(settings.buckets, 64)
 * ```
 *
 * @see BEHAVIOUR F2
 * @category constructors
 * @since 0.1.0
 */
export const withDefaults = Effect.fnUntraced(function* (
  options: FleetOptions = {}
): Effect.fn.Return<FleetSettings, OptionError> {
  const { buckets = defaultBuckets } = options
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > bucketsMax) {
    return yield* refused("buckets", `a whole number from 1 to ${bucketsMax}`)
  }
  return {
    buckets,
    lease: yield* lengthOf("lease", options.lease ?? defaultLease, leaseMin),
    joinDebounce: yield* lengthOf("joinDebounce", options.joinDebounce ?? defaultJoinDebounce, Duration.zero)
  }
})

/**
 * The longest time for which the database may be away while actors go on: a third of the lease.
 *
 * @category getters
 * @since 0.1.0
 */
export const toleranceOf = ({ lease }: FleetSettings): Duration.Duration =>
  Duration.millis(Duration.toMillis(lease) / 3)

const lengthOf = (
  path: string,
  given: Duration.Input,
  least: Duration.Duration
): Effect.Effect<Duration.Duration, OptionError> => {
  const length = Option.getOrUndefined(readLength(given))
  return length !== undefined && Duration.isFinite(length) && Duration.isGreaterThanOrEqualTo(length, least)
    ? Effect.succeed(length)
    : refused(path, `a length of time such as "30 seconds", from ${Duration.format(least)} on`)
}

const refused = (path: string, expected: string): Effect.Effect<never, OptionError> =>
  Effect.fail(new OptionError({ refusal: { path, message: `is not ${expected}` } }))
