/**
 * The options for managing the actors of a dispatch type.
 *
 * @since 0.1.0
 */
import { type Cause, Duration, Effect, type Schedule, type Schema, type Scope } from "effect"
import type { ActorFactory } from "./ActorFactory.ts"
import * as Checks from "./internal/port/optionChecks.ts"
import type { MergeStrategy } from "./MergeStrategy.ts"
import { refuse } from "./Options.ts"
import type { Payload } from "./Payload.ts"

/**
 * The delay between a failure of a managed actor and its next try. Set by `retry`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultRetryDelay: Duration.Duration = Duration.seconds(60)

/**
 * The longest time an actor may take to end after a stop. After it that is reported and counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const stopTimeLimit: Duration.Duration = Duration.seconds(10)

/**
 * The number of changes that may wait for a type's manager before they are conflated, which is counted: enough for
 * one instant. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const managingCapacity = 100_000

/**
 * The treatment of actors of runs without an end while the service cannot be reached: let them go on, or stop them once
 * that has lasted `stopAfter` and start them again when all is known again.
 *
 * @category models
 * @since 0.1.0
 */
export type WhenStale = "continue" | { readonly stopAfter: Duration.Input }

/**
 * The options for managing the actors of a type.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Schedule } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, manage, microgridId } = yield* Dispatcher.Dispatcher
 *   let tries = 0
 *   const factory = () => Effect.suspend(() => Effect.fail(`away, try ${++tries}`))
 *   yield* manage("CHARGE", factory, { retry: Schedule.spaced("10 seconds"), whenStale: "continue" })
 *   const target = Target.componentIds(7n)
 *   yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", target })
 *   yield* TestClock.adjust("25 seconds")
 *   assert.strictEqual(tries, 3)
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.provide(program, Site))
 * ```
 *
 * @see BEHAVIOUR section 7
 * @category models
 * @since 0.1.0
 */
export interface ManageOptions<E = never, P = Payload> {
  /**
   * The strategy by which dispatches share an actor: each has its own unless given. It sees payloads decoded, if they
   * have a schema. A command for an actor that is up is only an update to it, and a replaced one at once: to have every
   * command seen, give each its own actor.
   */
  readonly merge?: MergeStrategy<NoInfer<P>> | undefined
  /**
   * The schedule of new tries after a failure, while the dispatch runs: every 60 seconds unless given. It begins anew
   * with every change of the dispatch.
   */
  readonly retry?: Schedule.Schedule<unknown, Cause.Cause<E>> | undefined
  /** The treatment of actors while the service cannot be reached: `continue` unless given. */
  readonly whenStale?: WhenStale | undefined
  /** The longest time for the actor of a command, retries included, before an interruption: no limit unless given. */
  readonly commandTimeLimit?: Duration.Input | undefined
}

/**
 * Manages the actors of a type, with the payload as it is, or decoded with a schema. Completes once all that runs at
 * this moment and everything later has its actor. The services that the factory needs come from the environment.
 *
 * @category models
 * @since 0.1.0
 */
export interface Manage {
  <E = never, R = never>(
    type: string,
    factory: ActorFactory<Payload, E, R>,
    options?: ManageOptions<E> & { readonly payload?: undefined }
  ): Effect.Effect<void, never, Exclude<R, Scope.Scope>>
  <P, E = never, R = never>(
    type: string,
    factory: ActorFactory<P, E, R>,
    options: ManageOptions<E, P> & {
      /**
       * The schema of the payload. A payload that does not fit never starts an actor, and is reported; under a merge
       * strategy its dispatch counts as not running.
       */
      readonly payload: Schema.ConstraintDecoder<P>
    }
  ): Effect.Effect<void, never, Exclude<R, Scope.Scope>>
}

const { length, objectOf, optional, period } = Checks

const whenStale: Checks.Check = (value, path) =>
  value === "continue"
    ? undefined
    : objectOf<{ stopAfter: Duration.Input }>({ stopAfter: length })(value, path)

const checkOptions = Checks.checkedOrDie<ManageOptions & { readonly payload?: unknown }>({
  merge: optional(Checks.merge),
  retry: optional(Checks.aSchedule),
  whenStale: optional(whenStale),
  commandTimeLimit: optional(period),
  payload: optional(Checks.aSchema)
})

/** Dies for arguments that `manage` cannot use. @internal */
export const checkManaging = (type: string, factory: unknown, options: object): Effect.Effect<void> =>
  Effect.andThen(
    Effect.orDie(refuse(() => Checks.dispatchType(type, "type") ?? Checks.aFunction(factory, "factory"))),
    checkOptions(options)
  )
