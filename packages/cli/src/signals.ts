/** The end of commands by SIGINT (Ctrl-C), SIGTERM, or SIGHUP (the terminal goes). */
import { Deferred, type Duration, Effect } from "effect"
import { tell } from "./output/terminal.ts"

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** The listeners for signals, the latest last. */
const listeners: Array<() => void> = []

/** Tells the latest listener of a signal; true if there is one. */
export const hearSignal = (): boolean => {
  const listener = listeners.at(-1)
  listener?.()
  return listener !== undefined
}

/**
 * Calls a function with every SIGINT, SIGTERM and SIGHUP.
 */
export const onSignal = (listener: () => void): void => {
  for (const signal of signals) process.on(signal, listener)
}

/** Hears of requests to stop, which the listener counts; from the second one on the process ends with exit code 130. */
const listening = (heard: () => void) => {
  let times = 0
  const listener = () => {
    times += 1
    if (times > 1) process.exit(130)
    heard()
  }
  return Effect.acquireRelease(
    Effect.sync(() => listeners.push(listener)),
    () => Effect.sync(() => listeners.splice(listeners.indexOf(listener), 1))
  )
}

/** Tells, for the life of the scope, whether the process was asked to stop: work that is under way ends first. */
export const watchingForStop = Effect.gen(function* () {
  let isAsked = false
  yield* listening(() => {
    isAsked = true
  })
  return () => isAsked
})

/**
 * Runs until the effect ends or the process is asked to stop. The first request to stop is a success; a second one,
 * also while finalizers run, ends the process at once with exit code 130.
 */
export const untilStopped = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<void, E, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      yield* listening(() => Deferred.doneUnsafe(asked, Effect.void))
      yield* Effect.raceFirst(Effect.asVoid(effect), Deferred.await(asked))
    })
  )

/**
 * Ends the process with exit code 1 if what the scope began before takes longer than this to end. Whatever it held goes
 * with it.
 */
export const endingWithin = (atMost: Duration.Input) =>
  Effect.addFinalizer(() =>
    Effect.forkDetach(
      Effect.gen(function* () {
        yield* Effect.sleep(atMost)
        yield* tell("It takes too long to end, so it is ended.")
        process.exit(1)
      })
    )
  )
