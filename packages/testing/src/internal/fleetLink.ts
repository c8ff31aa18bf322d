/** The link of a simulated process to its database, and the pauses of the process. */
import { FleetError } from "@effect-dispatch/fleet/FleetError"
import { answerTimeout } from "@effect-dispatch/fleet/FleetLimits"
import { Clock, Duration, Effect, Latch, Stream } from "effect"
import type { Chance } from "../Chance.ts"

/** The statements that wait in the database, of all processes. */
export class Database {
  readonly #waiting: Array<() => void> = []
  readonly #chance: Chance
  isFrozen = false

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** The time that a statement takes on its way, in milliseconds. */
  get latency(): number {
    return this.#chance.happens(0.6) ? 0 : this.#chance.int(1, 300)
  }

  /** Runs a statement now, or when the database goes on: those that wait run in any order. */
  take(statement: () => void): void {
    if (this.isFrozen) this.#waiting.push(statement)
    else statement()
  }

  thaw(): void {
    this.isFrozen = false
    while (this.#waiting.length > 0) {
      const [statement] = this.#waiting.splice(Math.floor(this.#chance.next() * this.#waiting.length), 1)
      statement?.()
    }
  }
}

/** A process: it stands still, or not; it reaches the database, or not; it has died, or not. */
export class Link {
  readonly #database: Database
  readonly #goes = Latch.makeUnsafe(true)
  readonly #reaches = Latch.makeUnsafe(true)
  isDead = false

  constructor(database: Database) {
    this.#database = database
  }

  get isPaused(): boolean {
    return !this.#goes.isOpen()
  }

  get isCut(): boolean {
    return !this.#reaches.isOpen() || this.#database.isFrozen
  }

  pause(): void {
    this.#goes.closeUnsafe()
  }

  /** It goes on; one that has died never does. */
  resume(): void {
    if (!this.isDead) this.#goes.openUnsafe()
  }

  die(): void {
    this.isDead = true
    this.pause()
  }

  cut(): void {
    this.#reaches.closeUnsafe()
  }

  mend(): void {
    this.#reaches.openUnsafe()
  }

  /** Completes when the process goes. */
  get going(): Effect.Effect<void> {
    return this.#goes.await
  }

  /** A statement of this process: it is run once it arrives, also if nobody waits for it any more. */
  ask<A>(statement: () => A): Effect.Effect<A> {
    const arrived = Effect.callback<A>((resume) => {
      this.#database.take(() => {
        if (!this.isDead || this.#database.isFrozen) resume(Effect.succeed(statement()))
      })
    })
    return this.going.pipe(
      Effect.andThen(this.#reaches.await),
      Effect.andThen(Effect.suspend(() => this.#travel)),
      Effect.andThen(arrived),
      // The answer takes the same way.
      Effect.tap(() => Effect.andThen(this.#reaches.await, this.going))
    )
  }

  get #travel(): Effect.Effect<void> {
    const { latency } = this.#database
    return latency === 0 ? Effect.void : Effect.sleep(latency)
  }

  /** The same, given up in time. */
  askInTime<A>(statement: () => A): Effect.Effect<A, FleetError> {
    return Effect.timeoutOrElse(this.ask(statement), {
      duration: answerTimeout,
      orElse: () => Effect.fail(new FleetError({ reason: "Unavailable", message: "it does not answer" }))
    })
  }

  /** A stream to the process, which takes from it only while it goes. */
  through<A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> {
    return Stream.tap(stream, () => this.going)
  }

  /** The clock of the process: who sleeps wakes only while it goes. */
  clockOver(clock: Clock.Clock): Clock.Clock {
    return {
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
      currentTimeMillis: clock.currentTimeMillis,
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
      currentTimeNanos: clock.currentTimeNanos,
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      sleep: (length) => Effect.andThen(clock.sleep(Duration.fromInputUnsafe(length)), this.going)
    }
  }
}
