/**
 * Writes the journal of a site. Recording never waits: entries go into a buffer, which a fiber of its own writes in
 * groups (J3).
 */
import {
  type Clock,
  type Context,
  DateTime,
  Deferred,
  Duration,
  Effect,
  Exit,
  Latch,
  Metric,
  Option,
  type Schema,
  Scope,
  Stream,
  SubscriptionRef
} from "effect"
import type * as Instrument from "../../Instrument.ts"
import type { JournalEntry, JournalEvent } from "../../JournalEntry.ts"
import {
  JournalError,
  type JournalPlace,
  type JournalPosition,
  type JournalStore,
  type Reporter
} from "../../JournalStore.ts"
import * as Metrics from "../../Metrics.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { ActorStep } from "../../Run.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import * as Thrown from "../../Thrown.ts"
import { instantAt } from "../instants.ts"
import * as JournalEvents from "./journalEvents.ts"
import { UnwrittenEntries } from "./unwrittenEntries.ts"

/**
 * The time for which an entry waits for others to be written with it: after a kill this much is missing. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const groupDelay: Duration.Duration = Duration.millis(500)

/**
 * The delay before a journal that failed is opened, or written, again. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const journalRetryDelay: Duration.Duration = Duration.seconds(5)

/**
 * The time without an entry after which a journal says that the process lives, while something runs. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const aliveInterval: Duration.Duration = Duration.minutes(1)

/**
 * The time an actor that ends waits for its journal. After it, entries that are not written are lost, which is logged.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const journalCloseTimeout: Duration.Duration = Duration.seconds(2)

/** The site that a journal is about. */
export interface JournalSubject {
  readonly microgridId: MicrogridId
  readonly clock: Clock.Clock
  /** The place of its metrics. */
  readonly context: Context.Context<never>
  /** The quality of its knowledge at this moment. */
  readonly phase: () => JournalEntry["status"]
  /** True if a dispatch runs at this moment. */
  readonly isOn: () => boolean
}

/** The journal as it is open, and the place of its last entry. */
interface Opened {
  readonly store: JournalStore
  readonly written: SubscriptionRef.SubscriptionRef<JournalPosition>
}

export class JournalWriter {
  readonly #place: JournalPlace
  readonly #subject: JournalSubject
  readonly #lost: Instrument.Tally
  readonly #opened = Deferred.makeUnsafe<Opened>()
  readonly #unwritten = new UnwrittenEntries()
  /** The instant of the last entry: many are of one. */
  #lastAt = DateTime.makeUnsafe(0)
  /** The first number of the group that is being written. */
  #writing: bigint | undefined
  /** Open while an entry waits, while a whole group does, and while all is written. */
  readonly #some = Latch.makeUnsafe(false)
  readonly #many = Latch.makeUnsafe(false)
  readonly #none = Latch.makeUnsafe(true)

  constructor(place: JournalPlace, subject: JournalSubject) {
    this.#place = place
    this.#subject = subject
    this.#lost = Metrics.journalEntriesLost.tallies(subject.context)()
    this.#record({ _tag: "Began" })
  }

  get place(): string {
    return this.#place.place
  }

  get reporter(): Effect.Effect<Reporter> {
    return Effect.map(Deferred.await(this.#opened), ({ store }) => store.reporter)
  }

  /** Nothing that comes after an entry which is still to be written: its reader would never see that one. */
  readonly after: JournalStore["after"] = (position, limit) =>
    Effect.flatMap(Deferred.await(this.#opened), ({ store }) => {
      const first = this.#writing ?? this.#unwritten.firstNumber
      const entries = store.after(position, limit)
      if (first === undefined) return entries
      const isBefore = ({ epoch, number }: JournalPosition) => epoch !== store.last.epoch || number < first
      return Effect.map(entries, (found) => found.filter(isBefore))
    })

  get written(): Stream.Stream<JournalPosition> {
    const edges = this.#place.edges?.written ?? Stream.empty
    return Stream.unwrap(
      Effect.map(Deferred.await(this.#opened), ({ written }) =>
        Stream.merge(SubscriptionRef.changes(written), edges)
      )
    )
  }

  /** Changes that are told now. */
  changes(changes: ReadonlyArray<RunningStateChange>): void {
    if (this.#hasEdges) return
    for (const change of changes) this.#record(JournalEvents.ofChange(change))
  }

  /** Occurrences that came and went. */
  missed(missed: ReadonlyArray<MissedRun>): void {
    for (const run of missed) this.#record(JournalEvents.ofMissed(run))
  }

  /** A step of the actor that was started for a change. */
  actor(change: RunningStateChange, step: ActorStep, reason?: string): void {
    this.#record(JournalEvents.ofActor(change, step, reason))
  }

  /** The JSON that an application adds to the run of a change, without a fault. */
  reported(change: RunningStateChange, outcome: Schema.Json): void {
    this.#record({ _tag: "Reported", ...JournalEvents.aboutRun(change), outcome })
  }

  /** Opens the journal and writes, for ever. Neither is given up. */
  get run(): Effect.Effect<never, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const store = yield* this.#untilDone("opened", inItsScope(this.#place.open(this.#subject.microgridId)))
      const { epoch } = store.last
      let { number } = store.last
      const written = yield* SubscriptionRef.make<JournalPosition>({ epoch, number })
      yield* Deferred.succeed(this.#opened, { store, written })
      for (;;) {
        yield* this.#group
        const entries = this.#unwritten.take().map(({ at, event, number: given, status }) => {
          number = given ?? number + 1n
          return { epoch, number, at, status, event }
        })
        this.#writing = entries[0]?.number
        yield* this.#untilDone("written", store.append(entries))
        this.#writing = undefined
        yield* Metric.update(Metrics.journalEntriesWritten.at(), entries.length)
        yield* SubscriptionRef.set(written, { epoch, number })
        this.#showFilling()
      }
    })
  }

  /** Waits until the rest is written, but only for a while. */
  get close(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (this.#subject.isOn()) this.#record({ _tag: "Alive" })
      this.#many.openUnsafe()
      const rest = yield* Effect.timeoutOption(this.#none.await, journalCloseTimeout)
      if (Option.isSome(rest)) return
      yield* Effect.logWarning(`${this.#name} has no time left: its last entries are lost`)
    })
  }

  /** True if starts and stops come into the journal in another way. */
  get #hasEdges(): boolean {
    return this.#place.edges !== undefined
  }

  get #name(): string {
    return `The journal of microgrid ${this.#subject.microgridId} in ${this.place}`
  }

  /** Waits for a group: an entry has waited for long enough, there are many, or a sign of life is due. */
  get #group(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (this.#unwritten.isEmpty) {
        const patience = this.#subject.isOn() ? aliveInterval : Duration.infinity
        yield* Effect.timeoutOption(this.#some.await, patience)
        if (this.#unwritten.isEmpty && this.#subject.isOn()) this.#record({ _tag: "Alive" })
      }
      yield* Effect.timeoutOption(this.#many.await, groupDelay)
      // The entry that fills a group opens the latch while its edge is told.
      yield* Effect.yieldNow
    })
  }

  /** Tries until it is done; says once that it fails, and once that it works again. */
  #untilDone<A, R>(aim: string, effect: Effect.Effect<A, JournalError, R>): Effect.Effect<A, never, R> {
    return Effect.gen({ self: this }, function* () {
      for (let failures = 0; ; failures++) {
        const tried = yield* Effect.result(Effect.catchDefect(effect, failed))
        if (tried._tag === "Success") {
          if (failures > 0) yield* Effect.logInfo(`${this.#name} is ${aim} now`)
          return tried.success
        }
        yield* Metric.update(Metrics.journalFailures.at(), 1)
        const { message } = tried.failure
        if (failures === 0) yield* Effect.logWarning(`${this.#name} cannot be ${aim} yet: ${message}`)
        yield* Effect.sleep(journalRetryDelay)
      }
    })
  }

  #record(event: JournalEvent): void {
    const number = this.#place.edges?.nextNumber()
    const { phase } = this.#subject
    if (!this.#unwritten.add({ number, at: this.#now, status: phase(), event })) this.#lost.count += 1
    this.#some.openUnsafe()
    this.#none.closeUnsafe()
    if (this.#unwritten.isGroup) this.#many.openUnsafe()
  }

  get #now(): DateTime.Utc {
    const millis = Math.floor(this.#subject.clock.currentTimeMillisUnsafe())
    return (this.#lastAt = instantAt(this.#lastAt, millis))
  }

  #showFilling(): void {
    if (!this.#unwritten.isGroup) this.#many.closeUnsafe()
    if (!this.#unwritten.isEmpty) return
    this.#some.closeUnsafe()
    this.#none.openUnsafe()
  }
}

const failed = (defect: unknown) => Effect.fail(new JournalError({ message: Thrown.messageOf(defect) }))

/** A failure leaves nothing of the attempt in the scope. */
const inItsScope = <A>(
  open: Effect.Effect<A, JournalError, Scope.Scope>
): Effect.Effect<A, JournalError, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope)
    return yield* Effect.onExit(Scope.provide(open, scope), (exit) =>
      Exit.isSuccess(exit) ? Effect.void : Scope.close(scope, exit)
    )
  })
