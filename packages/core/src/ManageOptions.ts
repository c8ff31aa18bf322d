/**
 * How an application has the actors of a dispatch type managed.
 *
 * @since 0.1.0
 */
import { type Cause, Duration, type Effect, type Schedule, type Schema, type Scope } from "effect"
import type { ActorFactory } from "./ActorFactory.ts"
import type { MergeStrategy } from "./MergeStrategy.ts"
import type { Payload } from "./Payload.ts"

/**
 * How long after a failure an actor is tried again.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultRetryDelay: Duration.Duration = Duration.seconds(60)

/**
 * How long an actor may take to end after it was stopped before that is reported.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultStopTimeLimit: Duration.Duration = Duration.seconds(10)

/**
 * How many changes may wait for the manager of a type before they are conflated: enough for what begins at one instant.
 *
 * @category limits
 * @since 0.1.0
 */
export const managingCapacity = 100_000

/**
 * What to do with actors of runs without an end while the service cannot be reached: let them go on, or stop them once
 * that has lasted `stopAfter`, and start them again when all is known again.
 *
 * @category models
 * @since 0.1.0
 */
export type WhenStale = "continue" | { readonly stopAfter: Duration.Input }

/**
 * How the actors of a type are managed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ManageOptions<E = never, P = Payload> {
  /**
   * Which dispatches share an actor: each has its own unless given. It sees payloads decoded, if there is a schema for
   * them. A command that shares an actor which is up is only
   * an update to it, and one that is replaced at once: where none may go unseen, let each have its own.
   */
  readonly merge?: MergeStrategy<NoInfer<P>> | undefined
  /**
   * When to try again what failed, for as long as its dispatch runs: every 60 seconds unless given. It begins anew with
   * every change of the dispatch.
   */
  readonly retry?: Schedule.Schedule<unknown, Cause.Cause<E>> | undefined
  /** What to do while the service cannot be reached: `continue` unless given. */
  readonly whenStale?: WhenStale | undefined
  /** How long an actor may take to end before that is reported: 10 seconds unless given. */
  readonly stopTimeLimit?: Duration.Input | undefined
  /** How long the actor of a command may take, retries included, before it is interrupted: without limit unless given. */
  readonly commandTimeLimit?: Duration.Input | undefined
}

/**
 * Manages the actors of a type, with the payload as it is, or decoded with a schema. Completes once it stands: all that
 * runs at this moment and everything later has its actor. What the factory works with is taken from the environment.
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
       * What the payload must be. One that is not never starts an actor, and is reported; under a merge strategy its
       * dispatch is taken as if it did not run.
       */
      readonly payload: Schema.ConstraintDecoder<P>
    }
  ): Effect.Effect<void, never, Exclude<R, Scope.Scope>>
}
