/**
 * A named, supervised, scoped fiber: started and stopped at will, restarted when it fails.
 *
 * @since 0.1.0
 */
import {
  Cause,
  Duration,
  Effect,
  Exit,
  Fiber,
  Formatter,
  Metric,
  Schedule,
  type Scope,
  Semaphore
} from "effect"
import * as Metrics from "./Metrics.ts"

/**
 * How long after a failure an actor's logic is started again.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultRestartDelay: Duration.Duration = Duration.seconds(2)

/**
 * A supervised scoped fiber.
 *
 * An unhandled failure or defect of its logic restarts the logic after a delay; a normal return or an interruption ends
 * it. Leaving the scope it was made in stops it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Actor<out E = never> {
  readonly name: string
  /** Starts the logic; no effect while it is running. */
  readonly start: Effect.Effect<void>
  /** Interrupts the logic and waits for its end; failures other than the interruption surface. */
  readonly stop: (reason?: string) => Effect.Effect<void, E>
  /** Interrupts the logic without waiting. */
  readonly cancel: (reason?: string) => Effect.Effect<void>
  /** Waits until the logic has ended, and fails with what it failed with. Returns at once if it was never started. */
  readonly wait: Effect.Effect<void, E>
  readonly isRunning: Effect.Effect<boolean>
  /** The supervised fibers, empty while nothing runs. */
  readonly fibers: Effect.Effect<ReadonlyArray<Fiber.Fiber<void, E>>>
  toString(): string
  toJSON(): unknown
}

/**
 * What an actor is made of.
 *
 * @category models
 * @since 0.1.0
 */
export interface ActorOptions<E, R> {
  readonly name: string
  /** What it does. Every run has a scope of its own, closed when the run ends. */
  readonly logic: Effect.Effect<void, E, R | Scope.Scope>
  /** How long after a failure the logic is started again: 2 seconds unless given. */
  readonly restartDelay?: Duration.Input | undefined
  /** How often it is started again before its failure is final: without limit unless given. */
  readonly restartLimit?: number | undefined
}

/**
 * Makes an actor for the life of the scope. It does not run until it is started.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <E, R>(
  options: ActorOptions<E, R>
): Effect.fn.Return<Actor<E>, never, Exclude<R, Scope.Scope> | Scope.Scope> {
  const { name } = options
  const scope = yield* Effect.scope
  const services = yield* Effect.context<Exclude<R, Scope.Scope>>()
  const supervised = supervise(options).pipe(Effect.provideContext(services))
  let fiber: Fiber.Fiber<void, E> | undefined
  const starting = Semaphore.makeUnsafe(1)

  const isRunning = () => fiber !== undefined && fiber.pollUnsafe() === undefined

  const wait = Effect.suspend(() =>
    fiber === undefined ? Effect.void : Effect.flatMap(Fiber.await(fiber), surface)
  )

  const interrupt = (reason: string | undefined) =>
    Effect.suspend(() => {
      if (!isRunning()) return Effect.void
      const log = Effect.logDebug(reason === undefined ? `${name} stops` : `${name} stops: ${reason}`)
      return Effect.andThen(
        log,
        Effect.sync(() => fiber?.interruptUnsafe())
      )
    })

  const describe = () => ({ _id: "Actor", name, isRunning: isRunning() })

  return {
    name,
    start: Effect.suspend(() => {
      if (isRunning()) return Effect.void
      return Effect.asVoid(
        Effect.tap(Effect.forkIn(Effect.interruptible(supervised), scope), (started) =>
          Effect.sync(() => (fiber = started))
        )
      )
    }).pipe(starting.withPermit, Effect.uninterruptible),
    stop: (reason) => Effect.andThen(interrupt(reason), wait),
    cancel: interrupt,
    wait,
    isRunning: Effect.sync(isRunning),
    fibers: Effect.sync(() => (fiber !== undefined && isRunning() ? [fiber] : [])),
    toString: () => Formatter.format(describe()),
    toJSON: describe,
    // Node's inspect prints what `toJSON` gives.
    [inspect]: describe
  }
})

const inspect: symbol = Symbol.for("nodejs.util.inspect.custom")

/** Runs the logic again after every failure or defect, as long as restarts are left. */
const supervise = <E, R>(options: ActorOptions<E, R>): Effect.Effect<void, E, Exclude<R, Scope.Scope>> => {
  const spaced = Schedule.spaced(options.restartDelay ?? defaultRestartDelay)
  const restarts =
    options.restartLimit === undefined ? spaced : Schedule.upTo(spaced, { times: options.restartLimit })
  return Effect.scoped(options.logic).pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.andThen(
            Metric.update(Metrics.supervisedFailures.at(), 1),
            Effect.logError(`${options.name} failed`, cause)
          )
    ),
    Effect.sandbox,
    Effect.retry({ schedule: restarts, while: (cause) => !Cause.hasInterruptsOnly(cause) }),
    Effect.catch(Effect.failCause)
  )
}

/** The end of a fiber as seen by who waits for it: an interruption is an end like any other, what failed is not. */
const surface = <E>(exit: Exit.Exit<void, E>): Effect.Effect<void, E> => {
  if (Exit.isSuccess(exit)) return Effect.void
  const failures = exit.cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
  return failures.length === 0 ? Effect.void : Effect.failCause(Cause.fromReasons(failures))
}

/**
 * Starts all actors and waits until all have ended; fails with the failures of all.
 *
 * @category running
 * @since 0.1.0
 */
export const runAll = <E>(...actors: ReadonlyArray<Actor<E>>): Effect.Effect<void, E> =>
  Effect.gen(function* () {
    yield* Effect.forEach(actors, (actor) => actor.start, { discard: true })
    const exits = yield* Effect.forEach(actors, (actor) => Effect.exit(actor.wait), {
      concurrency: "unbounded"
    })
    const reasons = exits.flatMap((exit) => (Exit.isFailure(exit) ? exit.cause.reasons : []))
    if (reasons.length > 0) return yield* Effect.failCause(Cause.fromReasons(reasons))
  })
