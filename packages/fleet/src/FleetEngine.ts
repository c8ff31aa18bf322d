/**
 * The port to what shares the buckets out among processes: who has which, for how long, and who answers.
 *
 * @since 0.1.0
 */
import { Context, type Effect, type Scope } from "effect"
import type { FleetError } from "./FleetError.ts"

/**
 * The answer to a ping: there was one, the connection was refused, or nothing came in time.
 *
 * @category models
 * @since 0.1.0
 */
export type Pinged = "Answered" | "Refused" | "Silent"

/**
 * Another process, as the engine knows it.
 *
 * @category models
 * @since 0.1.0
 */
export interface EngineRunner {
  readonly address: string
  /** False if it gets no buckets: it is suspected, or leaves. */
  readonly isHealthy: boolean
}

/**
 * An engine gives each bucket to one process at a time, as far as that can be known: a process that stands still may
 * not know that it has lost one, which is what epochs are for.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetEngine } from "@effect-dispatch/fleet"
 * import { Effect } from "effect"
 *
 * // The engine of a process that is alone, and has all of its two buckets at once.
 * const engine = FleetEngine.FleetEngine.of({
 *   address: "127.0.0.1:7070",
 *   release: "alone",
 *   runBuckets: (program) => Effect.forEach([0, 1], (bucket) => Effect.forkScoped(program(bucket)), { discard: true }),
 *   confirmedAt: () => performance.now(),
 *   runners: Effect.succeed([{ address: "127.0.0.1:7070", isHealthy: true }]),
 *   ping: () => Effect.succeed("Refused"),
 *   markUnhealthy: () => Effect.void
 * })
 * const begun: Array<number> = []
 * const program = engine.runBuckets((bucket) => Effect.sync(() => void begun.push(bucket)))
 * await Effect.runPromise(Effect.scoped(Effect.andThen(program, Effect.sleep(1))))
 * assert.deepStrictEqual(begun, [0, 1])
 * ```
 *
 * @see BEHAVIOUR F2
 * @category services
 * @since 0.1.0
 */
export class FleetEngine extends Context.Service<
  FleetEngine,
  {
    /** The address of this process, `host:port`. */
    readonly address: string
    /** The release of the engine: processes with another one cannot share a fleet. */
    readonly release: string
    /**
     * Runs the program of each bucket while this process has it, for the life of the scope. A bucket is given away only
     * after its program was interrupted and has ended.
     */
    readonly runBuckets: (
      program: (bucket: number) => Effect.Effect<void>
    ) => Effect.Effect<void, never, Scope.Scope>
    /** The elapsed instant (milliseconds) at which the locks of this process were confirmed last; -Infinity before. */
    readonly confirmedAt: () => number
    /** All processes, this one among them. */
    readonly runners: Effect.Effect<ReadonlyArray<EngineRunner>, FleetError>
    readonly ping: (address: string) => Effect.Effect<Pinged>
    /** From now on a process gets no buckets, until it is found healthy again. */
    readonly markUnhealthy: (address: string) => Effect.Effect<void, FleetError>
  }
>()("@effect-dispatch/fleet/FleetEngine") {}
