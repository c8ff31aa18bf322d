/**
 * Several writes in one transaction: those that wait while others are being committed are committed together. A disc
 * that takes long to say that something is safe is asked once for all of them. One that fails takes none with it: the
 * others are done again, each within a savepoint of its own, which costs too much to be the rule.
 */
import { Cause, Clock, Context, Deferred, Effect, Exit, Option, Queue, type Scope, Tracer } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Metrics from "../../Metrics.ts"
import * as UnseenSpans from "../unseenSpans.ts"
import { patienceEnds, WaitingSince } from "./sqliteClient.ts"
import { isBusy } from "./sqliteTransaction.ts"

/** Runs a write in a transaction. The write may be run again, if what it was first run with was not committed. */
export type Transact = <A, E>(write: Effect.Effect<A, E>) => Effect.Effect<A, E | SqlError>

interface Waiting {
  /** Runs within a transaction, and keeps how it ended; fails if the write did. */
  readonly run: Effect.Effect<void, WriteFailed>
  /** The same within a savepoint; a write that fails leaves nothing. */
  readonly runApart: Effect.Effect<void>
  /** Tells how it ended, once that is committed. */
  readonly tell: Effect.Effect<void>
  /** Tells that nothing was committed. */
  readonly refuse: (cause: Cause.Cause<SqlError>) => Effect.Effect<void>
  /** What is done for whom it is done: the span of who waits, if spans go anywhere. */
  readonly span: Tracer.AnySpan | undefined
  /** Since when it waits, by the monotonic clock. */
  readonly sinceNanos: bigint
  /** Whether it is being written, or was given up before; neither at first. */
  state: "waiting" | "begun" | "gone"
}

/** One write of a group failed; it knows why. */
class WriteFailed {
  readonly _tag = "WriteFailed"
}

/** Commits writes in groups of so many at most, for the life of the scope; `alone` runs a transaction. */
export const make = (
  sql: SqlClient,
  alone: Transact,
  atOnce: number
): Effect.Effect<Transact, never, Scope.Scope> =>
  Effect.gen(function* () {
    // No more wait than calls may be open.
    const waiting = yield* Queue.unbounded<Waiting>()
    const clock = yield* Clock.Clock
    /** What could not be begun, because another program has the lock, and may be tried again: the oldest. */
    let again: ReadonlyArray<Waiting> = []
    yield* Metrics.writesWaiting.observe(() => Queue.sizeUnsafe(waiting))
    const isTraced = UnseenSpans.areSeen(yield* Effect.context<never>())

    const together = (group: ReadonlyArray<Waiting>): Effect.Effect<void, SqlError> =>
      alone(Effect.forEach(group, ({ run }) => run, { discard: true })).pipe(
        Effect.catchTag("WriteFailed", () =>
          alone(Effect.forEach(group, ({ runApart }) => runApart, { discard: true }))
        )
      )

    /** The transaction is part of the trace of the first who waits for it; what each writes, of its own. */
    const commit = (group: ReadonlyArray<Waiting>) =>
      Effect.matchCauseEffect(within(group[0]?.span, together(group)), {
        onFailure: (cause) => refuse(group, cause),
        onSuccess: () => Effect.forEach(group, ({ tell }) => tell, { discard: true })
      })

    /** While another program has the lock, only those are refused that have waited for long enough. */
    const refuse = (group: ReadonlyArray<Waiting>, cause: Cause.Cause<SqlError>) => {
      const now = clock.monotonicTimeNanosUnsafe()
      again = isLocked(cause) ? group.filter(({ sinceNanos }) => patienceEnds(sinceNanos) > now) : []
      for (const each of again) each.state = "waiting"
      const refused = group.filter(({ state }) => state === "begun")
      return Effect.forEach(refused, (each) => each.refuse(cause), { discard: true })
    }

    const begin = (taken: ReadonlyArray<Waiting>) => {
      again = []
      const group = taken.filter(({ state }) => state === "waiting")
      for (const each of group) each.state = "begun"
      const oldest = group[0]
      if (oldest === undefined) return Effect.void
      return Effect.provideService(commit(group), WaitingSince, oldest.sinceNanos)
    }

    const next = Effect.suspend(() => {
      const most = atOnce - again.length
      const taken = most > 0 ? Queue.takeBetween(waiting, again.length > 0 ? 0 : 1, most) : Effect.succeed([])
      return Effect.map(taken, (more) => [...again, ...more])
    })

    yield* Effect.addFinalizer(() =>
      Effect.flatMap(Queue.clear(waiting), (left) =>
        Effect.forEach([...again, ...left], ({ refuse }) => refuse(Cause.interrupt()), { discard: true })
      ).pipe(Effect.andThen(Queue.shutdown(waiting)))
    )
    yield* Effect.yieldNow.pipe(
      Effect.andThen(next),
      // Everybody in a group is told how it ended, also when the store is being closed.
      Effect.flatMap((taken) => Effect.uninterruptible(Effect.suspend(() => begin(taken)))),
      Effect.forever,
      Effect.updateContext((context: Context.Context<Scope.Scope>) => UnseenSpans.without(context)),
      Effect.forkScoped
    )

    return <A, E>(untraced: Effect.Effect<A, E>) =>
      Effect.gen(function* () {
        const span = isTraced
          ? Option.getOrUndefined(yield* Effect.serviceOption(Tracer.ParentSpan))
          : undefined
        const write = within(span, untraced)
        const done = yield* Deferred.make<A, E | SqlError>()
        let exit: Exit.Exit<A, E | SqlError> = Exit.interrupt()
        const keep = (ended: Exit.Exit<A, E | SqlError>) => {
          exit = ended
        }
        const mine: Waiting = {
          run: Effect.flatMap(Effect.exit(write), (ended) => {
            keep(ended)
            return Exit.isSuccess(ended) ? Effect.void : Effect.fail(new WriteFailed())
          }),
          runApart: Effect.map(Effect.exit(within(span, sql.withTransaction(untraced))), keep),
          tell: Effect.suspend(() => Deferred.done(done, exit)),
          refuse: (cause) => Deferred.failCause(done, cause),
          span,
          sinceNanos: clock.monotonicTimeNanosUnsafe(),
          state: "waiting"
        }
        if (!(yield* Queue.offer(waiting, mine))) return yield* Effect.interrupt
        // Who gives up before it has begun is not served. After that its end is waited for: what looks at the store once
        // a write has been given up, such as the feed of changes, must find what came of it.
        return yield* Effect.onInterrupt(Deferred.await(done), () =>
          Effect.suspend(() => {
            if (mine.state === "begun") return Effect.exit(Deferred.await(done))
            mine.state = "gone"
            return Effect.void
          })
        )
      })
  })

const isLocked = (cause: Cause.Cause<SqlError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ reason }) => isBusy(reason.cause))

const within = <A, E>(span: Tracer.AnySpan | undefined, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  span === undefined ? effect : Effect.provideService(effect, Tracer.ParentSpan, span)
