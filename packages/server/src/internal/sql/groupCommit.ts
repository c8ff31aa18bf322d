/**
 * Several writes in one transaction: those that wait while others are being committed are committed together. A disc
 * that is slow to sync is asked once for all of them. A failing write takes none with it: the others are done again,
 * each within a savepoint of its own, which costs too much to be the rule.
 */
import { Cause, Clock, Context, Deferred, Effect, Exit, Option, Queue, type Scope, Tracer } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { Caller } from "../../Caller.ts"
import * as Metrics from "../../Metrics.ts"
import * as Background from "../background.ts"
import { oneByOne } from "../turns.ts"
import * as UnseenSpans from "../unseenSpans.ts"
import { patienceEnds, WaitingSince } from "./sqliteClient.ts"
import { isBusy } from "./sqliteTransaction.ts"

/** Runs a write in a transaction. The write may be run again if its first try was not committed. */
export type Transact = <A, E>(write: Effect.Effect<A, E>) => Effect.Effect<A, E | SqlError>

interface Waiting {
  /** Runs within a transaction, and keeps the result; fails if the write did. */
  readonly run: Effect.Effect<void, WriteFailed>
  /** The same within a savepoint; a failed write leaves nothing. */
  readonly runApart: Effect.Effect<void>
  /** Tells the writer the result, once that is committed. */
  readonly tell: Effect.Effect<void>
  /** Tells the writer that nothing was committed. */
  readonly refuse: (cause: Cause.Cause<SqlError>) => Effect.Effect<void>
  /** The span of the waiting caller, if spans go anywhere. */
  readonly span: Tracer.AnySpan | undefined
  /** Its caller: many writes of one hold up no other. */
  readonly caller: string
  /** The beginning of its wait, by the monotonic clock. */
  readonly sinceNanos: bigint
  /** Its progress: begun, or given up before; neither at first. */
  state: "waiting" | "begun" | "gone"
}

/** One write of a group failed; it knows why. */
class WriteFailed {
  readonly _tag = "WriteFailed"
}

/** Commits writes in groups of so many at most, for the life of the scope; `alone` runs a transaction. */
export const make = (alone: Transact, atOnce: number): Effect.Effect<Transact, never, Scope.Scope> =>
  Effect.gen(function* () {
    const isTraced = UnseenSpans.areSeen(yield* Effect.context<never>())
    const group = new GroupCommit({ alone, atOnce, isTraced, clock: yield* Clock.Clock })
    yield* Metrics.writesWaiting.observe(() => group.length)
    yield* Effect.addFinalizer(() => group.close)
    yield* Effect.updateContext(
      Background.forever("Committing", group.run),
      (context: Context.Context<Scope.Scope>) => UnseenSpans.without(context)
    )
    return (write) => group.write(write)
  })

interface GroupCommitOptions {
  readonly alone: Transact
  readonly atOnce: number
  /** True if spans go anywhere. */
  readonly isTraced: boolean
  readonly clock: Clock.Clock
}

class GroupCommit {
  readonly #options: GroupCommitOptions
  // No more wait than calls may be open.
  readonly #waiting = Effect.runSync(Queue.unbounded<Waiting>())
  /** Writes that were in no group yet, or could not begin because another program has the lock: the oldest. */
  #left: ReadonlyArray<Waiting> = []

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  get length(): number {
    return this.#left.length + Queue.sizeUnsafe(this.#waiting)
  }

  /** Commits waiting writes, for ever. */
  get run(): Effect.Effect<never> {
    return Effect.yieldNow.pipe(
      Effect.andThen(this.#next),
      // Everybody in a group is told the result, also when the store is being closed.
      Effect.flatMap((taken) => Effect.uninterruptible(Effect.suspend(() => this.#begin(taken)))),
      Effect.forever
    )
  }

  get close(): Effect.Effect<unknown> {
    return Effect.flatMap(Queue.clear(this.#waiting), (left) =>
      Effect.forEach([...this.#left, ...left], ({ refuse }) => refuse(Cause.interrupt()), { discard: true })
    ).pipe(Effect.andThen(Queue.shutdown(this.#waiting)))
  }

  write<A, E>(untraced: Effect.Effect<A, E>): Effect.Effect<A, E | SqlError> {
    return Effect.gen({ self: this }, function* () {
      const span = this.#options.isTraced
        ? Option.getOrUndefined(yield* Effect.serviceOption(Tracer.ParentSpan))
        : undefined
      const done = yield* Deferred.make<A, E | SqlError>()
      const { id, name } = yield* Caller
      const mine = { ...this.#waitingFor(untraced, span, done), caller: id ?? name }
      if (!(yield* Queue.offer(this.#waiting, mine))) return yield* Effect.interrupt
      // A write that is given up before it has begun is not done. After that its end is waited for: the feed of
      // changes, which looks at the store once a write has been given up, must find its result.
      return yield* Effect.onInterrupt(Deferred.await(done), () =>
        Effect.suspend(() => {
          if (mine.state === "begun") return Effect.exit(Deferred.await(done))
          mine.state = "gone"
          return Effect.void
        })
      )
    })
  }

  #waitingFor<A, E>(
    untraced: Effect.Effect<A, E>,
    span: Tracer.AnySpan | undefined,
    done: Deferred.Deferred<A, E | SqlError>
  ): Omit<Waiting, "caller"> {
    const { alone, clock } = this.#options
    const write = within(span, untraced)
    let exit: Exit.Exit<A, E | SqlError> = Exit.interrupt()
    const keep = (ended: Exit.Exit<A, E | SqlError>) => {
      exit = ended
    }
    return {
      run: Effect.flatMap(Effect.exit(write), (ended) => {
        keep(ended)
        return Exit.isSuccess(ended) ? Effect.void : Effect.fail(new WriteFailed())
      }),
      runApart: Effect.map(Effect.exit(within(span, alone(untraced))), keep),
      tell: Effect.suspend(() => Deferred.done(done, exit)),
      refuse: (cause) => Deferred.failCause(done, cause),
      span,
      sinceNanos: clock.monotonicTimeNanosUnsafe(),
      state: "waiting"
    }
  }

  get #next(): Effect.Effect<ReadonlyArray<Waiting>> {
    return Effect.suspend(() =>
      this.#left.length > 0 ? Queue.clear(this.#waiting) : Queue.takeAll(this.#waiting)
    )
  }

  #begin(arrived: ReadonlyArray<Waiting>): Effect.Effect<void> {
    const waiting = [...this.#left, ...arrived].filter(({ state }) => state === "waiting")
    const group = chosen(waiting, this.#options.atOnce)
    for (const each of group) each.state = "begun"
    this.#left = waiting.filter(({ state }) => state === "waiting")
    const oldest = group[0]
    if (oldest === undefined) return Effect.void
    return Effect.provideService(this.#commit(group), WaitingSince, oldest.sinceNanos)
  }

  /** The transaction is part of the trace of the first caller; each write is part of its own. */
  #commit(group: ReadonlyArray<Waiting>): Effect.Effect<void> {
    return Effect.matchCauseEffect(within(group[0]?.span, this.#together(group)), {
      onFailure: (cause) => this.#refuse(group, cause),
      onSuccess: () => Effect.forEach(group, ({ tell }) => tell, { discard: true })
    })
  }

  #together(group: ReadonlyArray<Waiting>): Effect.Effect<void, SqlError> {
    const { alone } = this.#options
    return alone(oneByOne(group, ({ run }) => run)).pipe(
      Effect.catchTag("WriteFailed", () => alone(oneByOne(group, ({ runApart }) => runApart)))
    )
  }

  /** While another program has the lock, only those that have waited for long enough are refused. */
  #refuse(group: ReadonlyArray<Waiting>, cause: Cause.Cause<SqlError>): Effect.Effect<void> {
    const now = this.#options.clock.monotonicTimeNanosUnsafe()
    const again = isLocked(cause) ? group.filter(({ sinceNanos }) => patienceEnds(sinceNanos) > now) : []
    for (const each of again) each.state = "waiting"
    this.#left = [...again, ...this.#left]
    const refused = group.filter(({ state }) => state === "begun")
    return Effect.forEach(refused, (each) => each.refuse(cause), { discard: true })
  }
}

/** So many of those that wait: the first of each caller, then the second of each. The oldest of all comes first. */
const chosen = (waiting: ReadonlyArray<Waiting>, most: number): ReadonlyArray<Waiting> => {
  if (waiting.length <= most) return waiting
  const counts = new Map<string, number>()
  const turnOf = new Map<Waiting, number>()
  for (const each of waiting) {
    const before = counts.get(each.caller) ?? 0
    counts.set(each.caller, before + 1)
    turnOf.set(each, before)
  }
  const turn = (each: Waiting) => turnOf.get(each) ?? 0
  return waiting.toSorted((one, other) => turn(one) - turn(other)).slice(0, most)
}

const isLocked = (cause: Cause.Cause<SqlError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ reason }) => isBusy(reason.cause))

const within = <A, E>(span: Tracer.AnySpan | undefined, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  span === undefined ? effect : Effect.provideService(effect, Tracer.ParentSpan, span)
