/**
 * Several writes in one transaction: those that wait while others are being committed are committed together, each
 * within a savepoint of its own, so that one that fails takes none with it. A disc that takes long to say that
 * something is safe is asked once for all of them.
 */
import { type Cause, Deferred, Effect, Exit, Queue, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { writesAtOnce } from "../ServiceLimits.ts"

/** Runs a write in a transaction. */
export type Transact = <A, E>(write: Effect.Effect<A, E>) => Effect.Effect<A, E | SqlError>

interface Waiting {
  /** Runs within a transaction, and keeps how it ended. */
  readonly run: Effect.Effect<void, SqlError>
  /** Tells how it ended, once that is committed. */
  readonly tell: Effect.Effect<void>
  /** Tells that nothing was committed. */
  readonly refuse: (cause: Cause.Cause<SqlError>) => Effect.Effect<void>
  isGone: boolean
}

/** Commits writes in groups, for the life of the scope; `alone` runs a transaction. */
export const make = (sql: SqlClient, alone: Transact): Effect.Effect<Transact, never, Scope.Scope> =>
  Effect.gen(function* () {
    const waiting = yield* Queue.unbounded<Waiting>()

    const commit = (group: ReadonlyArray<Waiting>) =>
      Effect.matchCauseEffect(alone(Effect.forEach(group, ({ run }) => run, { discard: true })), {
        onFailure: (cause) => Effect.forEach(group, ({ refuse }) => refuse(cause), { discard: true }),
        onSuccess: () => Effect.forEach(group, ({ tell }) => tell, { discard: true })
      })

    yield* Effect.yieldNow.pipe(
      Effect.andThen(Queue.takeBetween(waiting, 1, writesAtOnce)),
      Effect.map((taken) => taken.filter(({ isGone }) => !isGone)),
      Effect.flatMap((group) => (group.length === 0 ? Effect.void : commit(group))),
      Effect.forever,
      Effect.forkScoped
    )

    return <A, E>(write: Effect.Effect<A, E>) =>
      Effect.gen(function* () {
        const done = yield* Deferred.make<A, E | SqlError>()
        let exit: Exit.Exit<A, E | SqlError> = Exit.interrupt()
        const mine: Waiting = {
          run: Effect.map(Effect.exit(sql.withTransaction(write)), (ended) => {
            exit = ended
          }),
          tell: Effect.suspend(() => Deferred.done(done, exit)),
          refuse: (cause) => Deferred.failCause(done, cause),
          isGone: false
        }
        yield* Queue.offer(waiting, mine)
        // Who does not wait any more before it has begun is not served.
        return yield* Effect.onInterrupt(Deferred.await(done), () =>
          Effect.sync(() => {
            mine.isGone = true
          })
        )
      })
  })
