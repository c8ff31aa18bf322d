/**
 * A named, supervised, scoped fiber: started and stopped at will, restarted when it fails.
 *
 * @since 0.1.0
 */
import { Cause, Context, Duration, Effect, Exit, Fiber, Formatter, Metric, Scope, Semaphore } from "effect"
import * as Checks from "./internal/port/optionChecks.ts"
import * as Metrics from "./Metrics.ts"

/**
 * The delay between a failure of an actor's logic and its next start. Set by `restartDelay`.
 *
 * @category limits
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
  /**
   * Starts the logic; no effect while it is running. While it stops, waits for the end and then starts it, unless it is
   * stopped once more. Called from within the logic's own finalizers it does not wait.
   */
  readonly start: Effect.Effect<void>
  /**
   * Interrupts the logic and waits for its end; failures other than the interruption surface. Called from within the
   * logic's own finalizers it does not wait.
   */
  readonly stop: (reason?: string) => Effect.Effect<void, E>
  /** Interrupts the logic without waiting. */
  readonly cancel: (reason?: string) => Effect.Effect<void>
  /**
   * Waits until the logic has ended, and fails with all failures of its last run, those of finalizers included. Returns
   * at once if it was never started.
   */
  readonly wait: Effect.Effect<void, E>
  readonly isRunning: Effect.Effect<boolean>
  /** The supervised fibers, empty while nothing runs. */
  readonly fibers: Effect.Effect<ReadonlyArray<Fiber.Fiber<void, E>>>
  toString(): string
  toJSON(): unknown
}

/**
 * The parts that an actor is made of.
 *
 * @category models
 * @since 0.1.0
 */
export interface ActorOptions<E, R> {
  readonly name: string
  /** The logic. Every run has a scope of its own, closed when the run ends. */
  readonly logic: Effect.Effect<void, E, R | Scope.Scope>
  /** The delay between a failure and the next start: 2 seconds unless given. */
  readonly restartDelay?: Duration.Input | undefined
  /** The number of restarts before a failure is final: without limit unless given. */
  readonly restartLimit?: number | undefined
  /** Tells which failures of the logic are final whatever the limit: none unless given. */
  readonly isFinal?: ((cause: Cause.Cause<E>) => boolean) | undefined
}

const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom")

/** From a start to the end that follows it, restarts included. */
interface Life<E> {
  fiber: Fiber.Fiber<void, E> | undefined
  /** It was stopped, or its logic has ended and is not started again. */
  isEnding: boolean
  /** It was started again after it began to end. */
  isFollowed: boolean
}

/** The actors in whose logic or finalizers this code runs: it cannot wait for any of them. */
const Within = Context.Reference<ReadonlySet<object>>("@effect-dispatch/core/Actor/Within", {
  defaultValue: () => new Set()
})

/**
 * Makes an actor for the life of the scope. It does not run until it is started.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Actor } from "@effect-dispatch/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   let runs = 0
 *   const logic = Effect.suspend(() => (++runs < 3 ? Effect.fail("the meter is away") : Effect.void))
 *   const actor = yield* Actor.make({ name: "meter", logic, restartDelay: "1 millis" })
 *   yield* actor.start
 *   yield* actor.wait
 *   assert.strictEqual(runs, 3)
 * })
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @see BEHAVIOUR section 8
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <E, R>(
  options: ActorOptions<E, R>
): Effect.fn.Return<Actor<E>, never, Exclude<R, Scope.Scope> | Scope.Scope> {
  yield* checkOptions(options)
  const scope = yield* Effect.scope
  const services = yield* Effect.context<Exclude<R, Scope.Scope>>()
  return new Supervised(options, scope, services, yield* Within)
})

const checkOptions = Checks.checkedOrDie<Partial<Record<keyof ActorOptions<never, never>, unknown>>>({
  name: Checks.text,
  logic: Checks.anEffect,
  restartDelay: Checks.optional(Checks.length),
  restartLimit: Checks.optional(Checks.restartLimit),
  isFinal: Checks.optional(Checks.aFunction)
})

class Supervised<E, R> implements Actor<E> {
  readonly name: string
  readonly #options: ActorOptions<E, R>
  readonly #scope: Scope.Scope
  /** The services of the logic, which knows by them that it runs within this actor. */
  readonly #services: Context.Context<Exclude<R, Scope.Scope>>
  readonly #starting = Semaphore.makeUnsafe(1)
  #life: Life<E> = { fiber: undefined, isEnding: true, isFollowed: false }

  constructor(
    options: ActorOptions<E, R>,
    scope: Scope.Scope,
    services: Context.Context<Exclude<R, Scope.Scope>>,
    within: ReadonlySet<object>
  ) {
    this.name = options.name
    this.#options = options
    this.#scope = scope
    this.#services = Context.add(services, Within, new Set([...within, this]))
  }

  readonly start = Effect.suspend(() => {
    if (!this.#runs) return this.#launch
    if (!this.#life.isEnding) return Effect.void
    const before = this.#life
    before.isFollowed = true
    const follow = Effect.flatMap(ended(before), () =>
      before.isFollowed && this.#life === before ? this.#launch : Effect.void
    )
    return Effect.flatMap(this.#isWithin, (isOwn) =>
      isOwn ? Effect.asVoid(Effect.forkIn(follow, this.#scope)) : follow
    )
  })

  readonly stop = (reason?: string): Effect.Effect<void, E> =>
    Effect.andThen(
      this.cancel(reason),
      Effect.flatMap(this.#isWithin, (isOwn) => (isOwn ? Effect.void : this.wait))
    )

  readonly cancel = (reason?: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      const { fiber } = this.#life
      this.#life.isFollowed = false
      if (fiber === undefined || !this.#runs) return Effect.void
      this.#life.isEnding = true
      const log = Effect.logDebug(
        reason === undefined ? `${this.name} stops` : `${this.name} stops: ${reason}`
      )
      return Effect.andThen(
        log,
        Effect.sync(() => fiber.interruptUnsafe())
      )
    }).pipe(Effect.uninterruptible)

  readonly wait = Effect.suspend(() => Effect.flatMap(ended(this.#life), surface))

  readonly isRunning = Effect.sync(() => this.#runs)

  readonly fibers = Effect.sync(() => {
    const { fiber } = this.#life
    return fiber !== undefined && this.#runs ? [fiber] : []
  })

  toString(): string {
    return Formatter.format(this.toJSON())
  }

  toJSON() {
    return { _id: "Actor", name: this.name, isRunning: this.#runs }
  }

  /** Node's inspect prints the result of `toJSON`. */
  [inspect]() {
    return this.toJSON()
  }

  get #runs(): boolean {
    const { fiber } = this.#life
    return fiber !== undefined && fiber.pollUnsafe() === undefined
  }

  get #isWithin(): Effect.Effect<boolean> {
    return Effect.map(Within, (actors) => actors.has(this))
  }

  get #launch(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#runs) return Effect.void
      const next: Life<E> = { fiber: undefined, isEnding: false, isFollowed: false }
      const supervised = Effect.provideContext(supervise(this.#options, next), this.#services)
      return Effect.map(Effect.forkIn(Effect.interruptible(supervised), this.#scope), (fiber) => {
        next.fiber = fiber
        this.#life = next
      })
    }).pipe(this.#starting.withPermit, Effect.uninterruptible)
  }
}

const ended = <E>({ fiber }: Life<E>): Effect.Effect<Exit.Exit<void, E>> =>
  fiber === undefined ? Effect.succeed(Exit.void) : Fiber.await(fiber)

/** Runs the logic again after every failure or defect, as long as restarts are left. */
const supervise = <E, R>(
  options: ActorOptions<E, R>,
  life: Life<E>
): Effect.Effect<void, E, Exclude<R, Scope.Scope>> => {
  const { isFinal, logic, name, restartDelay = defaultRestartDelay } = options
  let restarts = options.restartLimit ?? Infinity
  const isMended = (exit: Exit.Exit<void, E>): boolean =>
    Exit.isFailure(exit) &&
    !Cause.hasInterruptsOnly(exit.cause) &&
    restarts-- > 0 &&
    isFinal?.(exit.cause) !== true
  const run: Effect.Effect<void, E, Exclude<R, Scope.Scope>> = inScope(logic, (exit) => {
    if (!isMended(exit)) life.isEnding = true
  }).pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.andThen(
            Metric.update(Metrics.supervisedFailures.at(), 1),
            Effect.logError(`${name} failed`, cause)
          )
    ),
    Effect.catchCause((cause) => {
      if (life.isEnding) return Effect.failCause(cause)
      // Stopped before its next start, it has ended with that failure.
      const delay = Effect.onInterrupt(Effect.sleep(restartDelay), () => Effect.failCause(cause))
      return Effect.andThen(delay, run)
    })
  )
  return run
}

/** Runs the logic in a scope of its own. Unlike `Effect.scoped`, it leaves the failures of both as they are. */
const inScope = <E, R>(
  logic: Effect.Effect<void, E, R>,
  onEnd: (exit: Exit.Exit<void, E>) => void
): Effect.Effect<void, E, Exclude<R, Scope.Scope>> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = Scope.makeUnsafe()
      const exit = yield* Effect.exit(restore(Scope.provide(logic, scope)))
      onEnd(exit)
      return yield* Exit.asVoidAll([exit, yield* Effect.exit(Scope.close(scope, exit))])
    })
  )

/** The end of a fiber as a waiter sees it: an interruption is an end like any other, a failure is not. */
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
