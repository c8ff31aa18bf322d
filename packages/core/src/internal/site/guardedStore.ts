/**
 * A store that nobody waits for longer than a limit, in which no two writes to one key overlap (S10).
 *
 * Each operation runs in a fiber of its own: neither an interruption nor the end of a scope waits for it.
 */
import { Cause, Data, Deferred, type Duration, Effect, Exit, type Fiber, Metric, Predicate } from "effect"
import type { KeyValueStore, KeyValueStoreError } from "effect/persistence/KeyValueStore"
import * as Metrics from "../../Metrics.ts"
import { Fenced } from "../../SitePersistence.ts"

/** It was not done, as far as is known: it failed, was given up, or an earlier write to the key has not returned. */
export class NotDone extends Data.TaggedError("NotDone")<{}> {}

/** What may come of an operation. */
export type Failure = Fenced | NotDone

/** The store as the keeper uses it. Failures are logged and counted here. */
export interface GuardedStore {
  readonly keys: Effect.Effect<ReadonlyArray<string>, Failure>
  readonly get: (key: string) => Effect.Effect<string | undefined, Failure>
  /** Replaces what is under the key, or removes it. */
  readonly put: (key: string, value: string | undefined) => Effect.Effect<void, Failure>
  /** Whether no write to the key is under way. */
  readonly isFree: (key: string) => boolean
  /** Whether a write was given up, and none has returned since. */
  readonly isHanging: () => boolean
  /** Whether an operation failed last. */
  readonly isFailing: () => boolean
  /** Whether no write is under way. */
  readonly isIdle: () => boolean
  /** Completes when the next write returns; at once if none is under way. */
  readonly nextReturn: Effect.Effect<void>
  /** Fails once the store has refused for good. */
  readonly fenced: Effect.Effect<never, Fenced>
}

export interface GuardedStoreOptions {
  /** How long an operation is waited for. */
  readonly recordTimeout: Duration.Duration
  /** Hears of a write that returns when nobody waits for it any more. */
  readonly returnedLate: (key: string) => void
}

/** A write under way. */
interface Writing {
  isAwaited: boolean
}

export const make = (store: KeyValueStore, options: GuardedStoreOptions): GuardedStore => {
  const { recordTimeout } = options
  const fenced = Deferred.makeUnsafe<never, Fenced>()
  const writing = new Map<string, Writing>()
  const waiters = new Set<() => void>()
  const health = makeHealth()
  let fence: Fenced | undefined
  /** A write was given up, and no write has returned since. */
  let isHanging = false

  const settled = (exit: Exit.Exit<unknown, KeyValueStoreError>) => {
    fence ??= Exit.isFailure(exit) ? fencedBy(exit.cause) : undefined
    if (fence !== undefined) Deferred.doneUnsafe(fenced, Effect.fail(fence))
  }

  const outcome = <A>(what: string, exit: Exit.Exit<A, KeyValueStoreError> | undefined) =>
    Effect.gen(function* () {
      if (fence !== undefined) return yield* fence
      if (exit === undefined) {
        yield* Metric.update(Metrics.persistenceGivenUp.at(), 1)
        return yield* health.failed(what, Cause.fail("it was given up: the store does not answer"))
      }
      if (Exit.isFailure(exit)) return yield* health.failed(what, exit.cause)
      yield* health.succeeded(what)
      return exit.value
    })

  const read = <A>(what: string, operation: () => Effect.Effect<A, KeyValueStoreError>) =>
    Effect.gen(function* () {
      if (fence !== undefined) return yield* fence
      const fiber = yield* Effect.forkDetach(Effect.suspend(operation), { startImmediately: true })
      fiber.addObserver(settled)
      const exit = yield* awaitAtMost(fiber, recordTimeout)
      if (exit === undefined) fiber.interruptUnsafe()
      return yield* outcome(what, exit)
    })

  const write = (key: string, operation: () => Effect.Effect<void, KeyValueStoreError>) =>
    Effect.gen(function* () {
      if (fence !== undefined) return yield* fence
      if (writing.has(key)) return yield* new NotDone()
      const state: Writing = { isAwaited: true }
      writing.set(key, state)
      const wasHanging = isHanging
      const fiber = yield* Effect.forkDetach(Effect.suspend(operation), { startImmediately: true })
      fiber.addObserver((exit) => {
        writing.delete(key)
        isHanging = false
        settled(exit)
        if (!state.isAwaited) options.returnedLate(key)
        for (const waiter of waiters) waiter()
      })
      // A store that hangs holds up who comes first, and nobody after.
      const exit = yield* Effect.ensuring(
        wasHanging ? Effect.sync(() => fiber.pollUnsafe()) : awaitAtMost(fiber, recordTimeout),
        Effect.sync(() => void (state.isAwaited = false))
      )
      if (exit === undefined) isHanging = true
      return yield* outcome("write", exit)
    })

  return {
    keys: read("list the records", () => store.keys),
    get: (key) => read(`read ${key}`, () => store.get(key)),
    put: (key, value) => write(key, () => (value === undefined ? store.remove(key) : store.set(key, value))),
    isFree: (key) => !writing.has(key),
    isHanging: () => isHanging,
    isFailing: () => health.isFailing(),
    isIdle: () => writing.size === 0,
    nextReturn: Effect.callback((resume) => {
      if (writing.size === 0) return resume(Effect.void)
      const waiter = () => resume(Effect.void)
      waiters.add(waiter)
      return Effect.sync(() => void waiters.delete(waiter))
    }),
    fenced: Deferred.await(fenced)
  }
}

/** The refusal for good that a failure carries, of whatever copy of the class. */
const fencedBy = (cause: Cause.Cause<KeyValueStoreError>): Fenced | undefined => {
  for (const reason of cause.reasons) {
    if (!Cause.isFailReason(reason)) continue
    const refusal = reason.error.cause
    if (!Predicate.isTagged(refusal, "Fenced")) continue
    if (refusal instanceof Fenced) return refusal
    const { message } = refusal as { readonly message?: unknown }
    return new Fenced({ message: typeof message === "string" ? message : reason.error.message })
  }
  return undefined
}

/** What comes of a fiber, or nothing if that takes too long. The fiber goes on. */
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

/** Reports failures and counts them: in the log the first, and the recovery. */
const makeHealth = () => {
  const failing = new Set<string>()
  return {
    isFailing: () => failing.size > 0,
    failed: (what: string, cause: Cause.Cause<unknown>) =>
      Effect.gen(function* () {
        const isFirst = failing.size === 0
        failing.add(what)
        yield* Metric.update(Metrics.persistenceFailures.at(), 1)
        const line = `Could not ${what}; the actor goes on without`
        yield* isFirst ? Effect.logError(line, cause) : Effect.logDebug(line, cause)
        return yield* new NotDone()
      }),
    succeeded: (what: string) =>
      Effect.suspend(() => {
        const recovers = failing.delete(what) && failing.size === 0
        return recovers ? Effect.logInfo("What is known is kept again") : Effect.void
      })
  }
}
