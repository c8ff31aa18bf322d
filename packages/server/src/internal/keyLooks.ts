/** Looks into the store for keys that are not known yet: one look for all who ask, and never more than one a second. */
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Clock, Deferred, Duration, Effect, Exit, Queue, type Scope } from "effect"
import type { AccessKey } from "../AccessKeyStore.ts"
import type { StoreError } from "../DispatchStore.ts"
import { keyLookInterval, keyRefreshInterval, keysSoughtMax } from "../ServiceLimits.ts"
import * as Background from "./background.ts"
import * as UnseenSpans from "./unseenSpans.ts"

type Sought = Deferred.Deferred<void, DispatchError.DispatchError>

/** Those who wait for the next look. */
export interface KeyLooks {
  /** Waits for the next look, which begins after now; fails when it does, or when too many have asked since. */
  readonly next: (hash: string) => Effect.Effect<void, DispatchError.DispatchError>
  /** True if a key was looked for in vain within the last interval. */
  readonly isVain: (hash: string) => Effect.Effect<boolean>
}

/** Where there is no store, no key is unknown. */
export const none: KeyLooks = { next: () => Effect.void, isVain: () => Effect.succeed(true) }

/** Looks when somebody asks, and every `keyRefreshInterval`; all keys that are found go to `learn`. */
export const make = Effect.fnUntraced(function* (
  keys: Effect.Effect<ReadonlyArray<AccessKey>, StoreError>,
  learn: (keys: ReadonlyArray<AccessKey>) => Effect.Effect<void>
): Effect.fn.Return<KeyLooks, StoreError, Scope.Scope> {
  const asked = yield* Queue.sliding<void>(1)
  const clock = yield* Clock.Clock
  const seekers = new Seekers()
  const look = Effect.suspend(() => {
    const all = seekers.take()
    seekers.lookedAt = clock.monotonicTimeNanosUnsafe()
    return Effect.exit(Effect.flatMap(keys, learn)).pipe(
      Effect.tap((exit) => Effect.sync(() => seekers.answer(all, exit))),
      Effect.flatMap((exit) => (Exit.isFailure(exit) && all.size === 0 ? failed(exit) : Effect.void))
    )
  })
  yield* Effect.flatMap(keys, learn)
  seekers.lookedAt = clock.monotonicTimeNanosUnsafe()
  const pause = Effect.suspend(() =>
    Effect.sleep(Duration.nanos(seekers.lookedAt + intervalNanos - clock.monotonicTimeNanosUnsafe()))
  )
  const wait = Effect.timeoutOption(Effect.andThen(Queue.take(asked), pause), keyRefreshInterval)
  yield* Background.forever(
    "Reading the keys",
    UnseenSpans.unasked(Effect.forever(Effect.andThen(wait, look)))
  )
  return {
    next: (hash) =>
      Effect.suspend(() => {
        const sought = seekers.add(hash)
        Queue.offerUnsafe(asked, undefined)
        return Effect.onInterrupt(Deferred.await(sought), () => Effect.sync(() => seekers.forget(sought)))
      }),
    isVain: (hash) =>
      Effect.sync(
        () => seekers.vain.has(hash) && clock.monotonicTimeNanosUnsafe() - seekers.lookedAt <= intervalNanos
      )
  }
})

const intervalNanos = Duration.toNanosUnsafe(keyLookInterval)

const failed = (exit: Exit.Failure<void, StoreError>) =>
  Effect.logWarning("The keys could not be read again", exit.cause)

/** Calls that show an unknown key, the oldest first. They hold headers alone. */
class Seekers {
  #waiting = new Map<Sought, string>()
  /** When the last look began, in nanoseconds. */
  lookedAt = 0n
  /** The keys that the last look was for. */
  vain: ReadonlySet<string> = new Set()

  add(hash: string): Sought {
    const sought = Deferred.makeUnsafe<void, DispatchError.DispatchError>()
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size < keysSoughtMax) break
      this.#waiting.delete(oldest)
      Deferred.doneUnsafe(oldest, Effect.fail(tooMany()))
    }
    this.#waiting.set(sought, hash)
    return sought
  }

  forget(sought: Sought): void {
    this.#waiting.delete(sought)
  }

  /** Those whom the next look answers. */
  take(): ReadonlyMap<Sought, string> {
    const all = this.#waiting
    this.#waiting = new Map()
    return all
  }

  answer(all: ReadonlyMap<Sought, string>, exit: Exit.Exit<void, StoreError>): void {
    this.vain = new Set(Exit.isSuccess(exit) ? all.values() : [])
    const answer = Exit.mapError(exit, ({ message }) => DispatchError.unavailable(message))
    for (const sought of all.keys()) Deferred.doneUnsafe(sought, answer)
  }
}

const tooMany = (): DispatchError.DispatchError =>
  DispatchError.unavailable("too many calls show unknown keys; try again in a moment")
