/**
 * A store with a time limit for each operation, in which no two writes to one key overlap (S10).
 *
 * Each operation runs in a fiber of its own: neither an interruption nor the end of a scope waits for it.
 */
import {
  Cause,
  Data,
  Deferred,
  type Duration,
  Effect,
  Exit,
  type Fiber,
  Latch,
  Metric,
  Predicate
} from "effect"
import type { KeyValueStore, KeyValueStoreError } from "effect/persistence/KeyValueStore"
import * as Metrics from "../../Metrics.ts"
import { Fenced } from "../../SitePersistence.ts"

/** It was not done, as far as is known: it failed, was given up, or an earlier write to the key has not returned. */
export class NotDone extends Data.TaggedError("NotDone")<{}> {}

/** The possible failures of an operation. */
export type Failure = Fenced | NotDone

export interface GuardedStoreOptions {
  /** The longest wait for an operation. */
  readonly recordTimeout: Duration.Duration
  /** Called when a write returns after it was given up. */
  readonly returnedLate: (key: string) => void
}

/** The store as the keeper uses it. Failures are logged and counted here. */
export class GuardedStore {
  /** The longest wait for an operation. */
  readonly recordTimeout: Duration.Duration
  readonly #store: KeyValueStore
  readonly #returnedLate: GuardedStoreOptions["returnedLate"]
  readonly #health = new StoreHealth()
  readonly #fenced = Deferred.makeUnsafe<never, Fenced>()
  /** Keys to which a write is under way, and the callers that wait for the next return. */
  readonly #writing = new Set<string>()
  readonly #waiters = new Set<() => void>()
  /** Reads that were given up: a refusal may still come of each, until it is asked for anew. */
  readonly #givenUp = new Map<string, Fiber.Fiber<unknown, KeyValueStoreError>>()
  #fence: Fenced | undefined
  /** Open while the store hangs. */
  readonly #hanging = Latch.makeUnsafe(false)

  constructor(store: KeyValueStore, { recordTimeout, returnedLate }: GuardedStoreOptions) {
    this.#store = store
    this.recordTimeout = recordTimeout
    this.#returnedLate = returnedLate
  }

  get keys(): Effect.Effect<ReadonlyArray<string>, Failure> {
    return this.#read("list the records", () => this.#store.keys)
  }

  get(key: string): Effect.Effect<string | undefined, Failure> {
    return this.#read(`read ${key}`, () => this.#store.get(key))
  }

  /** Replaces the value under the key, or removes it. */
  put(key: string, value: string | undefined): Effect.Effect<void, Failure> {
    return this.#write(key, () =>
      value === undefined ? this.#store.remove(key) : this.#store.set(key, value)
    )
  }

  /** True if no write to the key is under way. */
  isFree(key: string): boolean {
    return !this.#writing.has(key)
  }

  /** True if a write was given up, and none has returned since. */
  get isHanging(): boolean {
    return this.#hanging.isOpen()
  }

  /** True if an operation failed last. */
  get isFailing(): boolean {
    return this.#health.isFailing
  }

  /** True if no write is under way. */
  get isIdle(): boolean {
    return this.#writing.size === 0
  }

  /** Completes when the next write returns; at once if none is under way. */
  get nextReturn(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (this.isIdle) return resume(Effect.void)
      const waiter = () => resume(Effect.void)
      this.#waiters.add(waiter)
      return Effect.sync(() => void this.#waiters.delete(waiter))
    })
  }

  /** Fails once the store has refused for good. */
  get fenced(): Effect.Effect<never, Fenced> {
    return Deferred.await(this.#fenced)
  }

  #read<A>(what: string, operation: () => Effect.Effect<A, KeyValueStoreError>): Effect.Effect<A, Failure> {
    return Effect.gen({ self: this }, function* () {
      if (this.#fence !== undefined) return yield* this.#fence
      this.#givenUp.get(what)?.interruptUnsafe()
      const fiber = yield* Effect.forkDetach(Effect.suspend(operation), { startImmediately: true })
      fiber.addObserver((exit) => this.#look(exit))
      const exit = yield* awaitAtMost(fiber, this.recordTimeout)
      if (exit === undefined) this.#givenUp.set(what, fiber)
      else this.#givenUp.delete(what)
      return yield* this.#outcome(what, exit)
    })
  }

  #write(
    key: string,
    operation: () => Effect.Effect<void, KeyValueStoreError>
  ): Effect.Effect<void, Failure> {
    return Effect.gen({ self: this }, function* () {
      if (this.#fence !== undefined) return yield* this.#fence
      if (this.#writing.has(key)) return yield* new NotDone()
      this.#writing.add(key)
      let isAwaited = true
      const fiber = yield* Effect.forkDetach(Effect.suspend(operation), { startImmediately: true })
      fiber.addObserver((exit) => {
        this.#returned(key, exit)
        if (!isAwaited) this.#returnedLate(key)
        this.#wakeWaiters()
      })
      const exit = yield* Effect.ensuring(
        this.#returnOf(fiber),
        Effect.sync(() => void (isAwaited = false))
      )
      if (exit === undefined) this.#hanging.openUnsafe()
      return yield* this.#outcome("write", exit)
    })
  }

  /** A store that hangs delays those that wait until the first gives it up, and nobody after. */
  #returnOf<A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<Exit.Exit<A, E> | undefined> {
    return Effect.suspend(() => {
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return Effect.succeed(exit)
      const givenUp = Effect.as(this.#hanging.await, undefined)
      return Effect.raceFirst(awaitAtMost(fiber, this.recordTimeout), givenUp)
    })
  }

  #returned(key: string, exit: Exit.Exit<void, KeyValueStoreError>): void {
    this.#writing.delete(key)
    this.#hanging.closeUnsafe()
    this.#look(exit)
  }

  /** A waiter that is woken may begin to wait anew, at once. */
  #wakeWaiters(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) waiter()
  }

  /** Checks if the store refuses for good. */
  #look(exit: Exit.Exit<unknown, KeyValueStoreError>): void {
    this.#fence ??= Exit.isFailure(exit) ? fencedBy(exit.cause) : undefined
    if (this.#fence !== undefined) Deferred.doneUnsafe(this.#fenced, Effect.fail(this.#fence))
  }

  #outcome<A>(what: string, exit: Exit.Exit<A, KeyValueStoreError> | undefined): Effect.Effect<A, Failure> {
    return Effect.gen({ self: this }, function* () {
      if (this.#fence !== undefined) return yield* this.#fence
      if (exit === undefined) {
        yield* Metric.update(Metrics.persistenceGivenUp.at(), 1)
        return yield* this.#health.failed(what, Cause.fail("it was given up: the store does not answer"))
      }
      if (Exit.isFailure(exit)) return yield* this.#health.failed(what, exit.cause)
      yield* this.#health.succeeded(what)
      return exit.value
    })
  }
}

/** The refusal for good that a failure carries, from any copy of the class. */
const fencedBy = (cause: Cause.Cause<KeyValueStoreError>): Fenced | undefined => {
  for (const reason of cause.reasons) {
    if (!Cause.isFailReason(reason)) continue
    const refusal = reason.error.cause
    if (!Predicate.isTagged(refusal, "Fenced")) continue
    if (refusal instanceof Fenced) return refusal
    const message = Predicate.hasProperty(refusal, "message") ? refusal.message : undefined
    return new Fenced({ message: typeof message === "string" ? message : reason.error.message })
  }
  return undefined
}

/** The exit of a fiber, or nothing if that takes too long. The fiber goes on. */
export const awaitAtMost = <A, E>(
  fiber: Fiber.Fiber<A, E>,
  atMost: Duration.Duration
): Effect.Effect<Exit.Exit<A, E> | undefined> =>
  Effect.suspend(() => {
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return Effect.succeed(exit)
    return Effect.flatMap(Effect.forkDetach(Effect.sleep(atMost)), (timer) =>
      Effect.callback<Exit.Exit<A, E> | undefined>((resume) => {
        fiber.addObserver((ended) => {
          timer.interruptUnsafe()
          resume(Effect.succeed(ended))
        })
        timer.addObserver((rang) => {
          if (Exit.isSuccess(rang)) resume(Effect.undefined)
        })
        return Effect.sync(() => timer.interruptUnsafe())
      })
    )
  })

/** Reports failures and counts them; the log gets the first, and the recovery. */
class StoreHealth {
  readonly #failing = new Set<string>()

  get isFailing(): boolean {
    return this.#failing.size > 0
  }

  failed(what: string, cause: Cause.Cause<unknown>): Effect.Effect<never, NotDone> {
    return Effect.gen({ self: this }, function* () {
      const isFirst = !this.isFailing
      this.#failing.add(what)
      yield* Metric.update(Metrics.persistenceFailures.at(), 1)
      const line = `Could not ${what}; the actor goes on without`
      yield* isFirst ? Effect.logError(line, cause) : Effect.logDebug(line, cause)
      return yield* new NotDone()
    })
  }

  succeeded(what: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const recovers = this.#failing.delete(what) && !this.isFailing
      return recovers ? Effect.logInfo("The store of records works again") : Effect.void
    })
  }
}
