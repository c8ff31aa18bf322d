/**
 * Work in the background: it goes on for the life of its scope, whatever happens in it. Otherwise one defect would end
 * it silently, and nobody would read keys or remove records any more.
 */
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Cause, Context, type Duration, Effect, Schedule, type Scope } from "effect"
import { backgroundRetryDelay } from "../ServiceLimits.ts"

/** The work that fails at present, each with a line that tells it. */
const Troubles = Context.Reference<Map<object, string>>("@effect-dispatch/server/background/Troubles", {
  defaultValue: () => new Map()
})

/** A line for each work in the background that fails at present. */
export const troubles: Effect.Effect<ReadonlyArray<string>> = Effect.map(Troubles, (all) => [...all.values()])

/** Tells of a trouble that is none of work, or of its end, for the life of the scope. */
export const trouble: Effect.Effect<(line: string | undefined) => Effect.Effect<void>, never, Scope.Scope> =
  Effect.gen(function* () {
    const all = yield* Troubles
    const key = {}
    const tell = (line: string | undefined) =>
      Effect.sync(() => (line === undefined ? all.delete(key) : all.set(key, line)))
    yield* Effect.addFinalizer(() => tell(undefined))
    return tell
  })

/** Looks at once, then again after each interval. A look that fails unexpectedly is logged, and the next one follows. */
export const every = <R>(
  name: string,
  interval: Duration.Duration,
  look: Effect.Effect<unknown, never, R>
): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.flatMap(looks(name, interval, look), (all) => Effect.asVoid(Effect.forkScoped(all)))

/** The same, for what was just looked at. */
export const again = <R>(
  name: string,
  interval: Duration.Duration,
  look: Effect.Effect<unknown, never, R>
): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.flatMap(looks(name, interval, look), (all) =>
    Effect.asVoid(Effect.forkScoped(Effect.delay(all, interval)))
  )

const looks = <R>(name: string, interval: Duration.Duration, look: Effect.Effect<unknown, never, R>) =>
  Effect.map(watching(name), ({ failed, passed }) =>
    Effect.repeat(Effect.catchCause(Effect.andThen(look, passed), failed), Schedule.spaced(interval))
  )

/** Does work that goes on by itself. If it fails unexpectedly, that is logged, and it is begun again. */
export const forever = <R>(
  name: string,
  work: Effect.Effect<unknown, never, R>
): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.flatMap(watching(name), ({ failed, passed }) => {
    const wait = Effect.andThen(Effect.sleep(backgroundRetryDelay), passed)
    return work.pipe(
      Effect.as(false),
      Effect.catchCause((cause) => Effect.as(Effect.andThen(failed(cause), wait), true)),
      Effect.repeat({ while: (hasFailed) => hasFailed }),
      Effect.forkScoped,
      Effect.asVoid
    )
  })

/** Notes the failures of a work, and their end, for the life of the scope. */
const watching = (name: string) =>
  Effect.gen(function* () {
    const all = yield* Troubles
    const work = {}
    const end = Effect.sync(() => all.delete(work))
    yield* Effect.addFinalizer(() => end)
    /** Logs the first of several failures. Being interrupted is none. */
    const failed = (cause: Cause.Cause<never>): Effect.Effect<void> => {
      if (Cause.hasInterrupts(cause)) return Effect.failCause(cause)
      const told = all.has(work)
      all.set(work, `${name} fails: ${Thrown.messageOf(Thrown.innermost(Cause.squash(cause)))}`)
      return told ? Effect.void : Effect.logError(`${name} failed unexpectedly, and is tried again`, cause)
    }
    return { failed, passed: end }
  })
