/**
 * The error when another process uses the directory of a microgrid. Rule S10.
 *
 * @since 0.1.0
 */
import { DateTime, Duration, Schema } from "effect"
import { MicrogridId } from "./MicrogridId.ts"

/**
 * The process that uses the directory of a microgrid: its id, the name of its host (in a container, that of the
 * container), and since when.
 *
 * @category models
 * @since 0.1.0
 */
export const MicrogridHolder = Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  since: Schema.DateTimeUtc
})

/**
 * The process that uses the directory of a microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export type MicrogridHolder = typeof MicrogridHolder.Type

/**
 * Another process uses the microgrid's records in the directory, and did not go within `takenPatience`. `holder` is
 * absent if that process did not say who it is.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId, MicrogridTaken } from "@effect-dispatch/core"
 * import { Effect } from "effect"
 *
 * const site = Effect.fail(
 *   new MicrogridTaken.MicrogridTaken({
 *     directory: "/var/lib/site",
 *     microgridId: MicrogridId.make(7n),
 *     message: "in use by another process"
 *   })
 * )
 * const told = Effect.catchTag(site, "MicrogridTaken", ({ message, microgridId }) =>
 *   Effect.succeed(`microgrid ${microgridId} is ${message}`)
 * )
 * assert.strictEqual(await Effect.runPromise(told), "microgrid 7 is in use by another process")
 * ```
 *
 * @see BEHAVIOUR S10
 * @category errors
 * @since 0.1.0
 */
export class MicrogridTaken extends Schema.TaggedError<MicrogridTaken>()("MicrogridTaken", {
  directory: Schema.String,
  microgridId: MicrogridId,
  holder: Schema.optionalKey(MicrogridHolder),
  message: Schema.String
}) {}

/**
 * The error about a directory in use, with a message for people.
 *
 * @category constructors
 * @since 0.1.0
 * @internal
 */
export const by = (
  directory: string,
  microgridId: MicrogridId,
  holder: MicrogridHolder | "EarlierRelease" | undefined
): MicrogridTaken =>
  new MicrogridTaken({
    directory,
    microgridId,
    ...(typeof holder === "object" ? { holder } : {}),
    message: `What is kept of microgrid ${microgridId} in ${directory} is in use by ${named(holder)}`
  })

const named = (holder: MicrogridHolder | "EarlierRelease" | undefined): string => {
  if (holder === undefined) return "another process"
  if (holder === "EarlierRelease") return "a process of an earlier release, which holds all of the directory"
  return `process ${holder.pid} on ${holder.host}, since ${DateTime.formatIso(holder.since)}`
}

/**
 * The time an actor waits for another process that uses the records of its microgrid. After it the actor fails with
 * `MicrogridTaken`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const takenPatience = Duration.seconds(30)
