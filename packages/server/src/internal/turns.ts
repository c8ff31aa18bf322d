/** Long work on the one thread, in parts: between them everybody else has a turn. */
import { Clock, Duration, Effect } from "effect"
import { turnLength } from "../ListingLimits.ts"

const nanos = Duration.toNanosUnsafe(turnLength)

/** A turn on the thread. */
export class Turn {
  readonly #clock: Clock.Clock
  #began: bigint

  constructor(clock: Clock.Clock) {
    this.#clock = clock
    this.#began = clock.monotonicTimeNanosUnsafe()
  }

  get isOver(): boolean {
    return this.#clock.monotonicTimeNanosUnsafe() - this.#began >= nanos
  }

  /** Lets others in if the turn is over, and begins the next. */
  readonly pass: Effect.Effect<void> = Effect.suspend(() => (this.isOver ? this.#next : Effect.void))

  readonly #next: Effect.Effect<void> = Effect.map(Effect.yieldNow, () => {
    this.#began = this.#clock.monotonicTimeNanosUnsafe()
  })
}

/** Does the same with each, and lets others in whenever a turn is over. */
export const inTurns = <A, B>(all: ReadonlyArray<A>, one: (each: A) => B): Effect.Effect<ReadonlyArray<B>> =>
  Effect.gen(function* () {
    const turn = new Turn(yield* Clock.Clock)
    const done: Array<B> = []
    for (const each of all) {
      done.push(one(each))
      if (turn.isOver) yield* turn.pass
    }
    return done
  })

/** Runs one after another, and lets others in whenever a turn is over. */
export const oneByOne = <A, E, R>(
  all: ReadonlyArray<A>,
  run: (each: A) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    const turn = new Turn(yield* Clock.Clock)
    for (const each of all) {
      yield* run(each)
      if (turn.isOver) yield* turn.pass
    }
  })
