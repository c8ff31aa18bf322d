/** Histories of a site that reports, drawn from a seed: its reporter is killed, its network fails, discs are lost. */
import { RunReporter } from "@effect-dispatch/client"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { keyOf, type RunReport } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { Effect, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import { isDeepStrictEqual } from "node:util"
import {
  amended,
  at,
  failed,
  type Fault,
  microgridId,
  missed,
  running,
  stopped,
  TestJournal,
  TestService
} from "./reportingService.ts"

/** Starts a reporter. */
export const reporting = (journal: TestJournal, service: TestService) =>
  Effect.forkChild(
    Effect.provideService(
      RunReporter.run({ microgridId, journal: journal.journal }),
      ReportClient,
      service.client
    ),
    { startImmediately: true }
  )

/** Lets time pass step by step: calls that follow each other take no time, but turns. */
export const minutes = (count: number): Effect.Effect<unknown> =>
  Effect.repeat(TestClock.adjust("1 minute"), { times: count - 1 })

/** A journal, which may be lost with its disc: then nobody reports the rest of it. */
export interface KeptJournal {
  readonly journal: TestJournal
  isLost: boolean
}

/** Each report that a journal makes, in order, and the last of each run. */
const reportsOf = ({ entries }: TestJournal) => {
  const book = new RunBook()
  const all: ReadonlyArray<RunReport> = entries.flatMap((entry) => book.add(entry))
  return { all, last: new Map(book.runs.map((run) => [keyOf(run), run])) }
}

/** The differences between journals and the knowledge of a service, which has each run once and has counted it once. */
export const disagreements = (
  journals: ReadonlyArray<KeptJournal>,
  service: TestService
): Effect.Effect<ReadonlyArray<string>, DispatchError> =>
  Effect.gen(function* () {
    const runs = yield* service.runs
    const faults: Array<string> = []
    for (const { isLost, journal } of journals) {
      const { all, last } = reportsOf(journal)
      const own = runs.filter(({ reporter }) => reporter.id === journal.id)
      const names = new Set(own.map(({ run }) => keyOf(run)))
      if (names.size < own.length) faults.push(`a run of ${journal.id} is there twice`)
      for (const { run } of own) {
        // Nobody comes back to late entries of a journal that is lost.
        const isOneOfThem = ({ run: made }: RunReport) =>
          journal.hasLate ? keyOf(made) === keyOf(run) : isDeepStrictEqual(made, run)
        const isRight = isLost ? all.some(isOneOfThem) : isDeepStrictEqual(last.get(keyOf(run)), run)
        if (!isRight) faults.push(`${keyOf(run)} is ${run.fate._tag}, which the journal does not say`)
      }
      if (!isLost) {
        for (const key of last.keys()) if (!names.has(key)) faults.push(`${key} is not reported`)
      }
    }
    const { days } = yield* service.service
    const page = yield* days(microgridId, { from: 0, to: 100_000 }, "")
    const counted = page.days.reduce((sum, { tally }) => RunTally.plus(sum, tally), RunTally.nothing)
    const known = runs.reduce((sum, { run }) => RunTally.plus(sum, RunTally.of(run)), RunTally.nothing)
    if (!isDeepStrictEqual(counted, known)) faults.push("the counts of days are not those of the runs")
    return faults
  })

/** True if the places rise within each batch. */
const areInOrder = ({ batches }: TestService) =>
  batches.every(({ reports }) =>
    reports.every((report, index) => {
      const before = reports[index - 1]
      return before === undefined || before.epoch < report.epoch || before.number <= report.number
    })
  )

const networkFaults: ReadonlyArray<Fault> = [
  "RequestLost",
  "AnswerLost",
  "Doubled",
  "Replayed",
  "Refused",
  "DiscLost",
  "None",
  "None"
]

const dispatches = 6
const steps = 80

/** Plays the history of a seed, after which the network is well; gives what the service does not know as it was. */
export const played = (seed: number): Effect.Effect<ReadonlyArray<string>> =>
  Random.withSeed(Effect.scoped(Effect.orDie(history)), `reports ${seed}`)

const history = Effect.gen(function* () {
  const site = yield* DrawnSite.begin
  for (let step = 0; step < steps; step++) yield* site.step
  return yield* site.heal
})

/** A site of which each step is drawn. */
class DrawnSite {
  readonly #service = new TestService()
  readonly #journals: Array<KeptJournal> = []
  readonly #draw: (below: number) => number
  /** The dispatches that run, and since when. */
  readonly #on = new Map<number, number>()
  #seconds = 0
  /** The present owner, and the first late entry of each one before that is still to be told of. */
  #epoch = 0n
  readonly #late = new Map<bigint, bigint>()
  #reporter: Fiber.Fiber<unknown, unknown> | undefined

  static readonly begin = Effect.gen(function* () {
    const random = yield* Random.Random
    const site = new DrawnSite((below) => Math.floor(random.nextDoubleUnsafe() * below))
    yield* site.#newJournal
    return site
  })

  private constructor(draw: (below: number) => number) {
    this.#draw = draw
    this.#service.fault = () => networkFaults[draw(networkFaults.length)] ?? "None"
  }

  get step(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      // The clock of the site may be years ahead for a while.
      this.#seconds = this.#draw(40) === 0 ? this.#draw(3) * 100_000_000 : this.#seconds + 30
      if (this.#draw(80) === 0) yield* this.#newJournal
      if (this.#draw(10) === 0) yield* this.#takeOver
      if (this.#draw(10) === 0) this.#writeLate()
      if (this.#draw(10) === 0) yield* this.#amend
      yield* this.#happens
      if (this.#draw(8) === 0) yield* this.#restart
      yield* TestClock.adjust(`${this.#draw(90)} seconds`)
    })
  }

  /** The network is well: all must be known. */
  get heal() {
    return Effect.gen({ self: this }, function* () {
      this.#service.fault = () => "None"
      yield* this.#amend
      // A report after the last loss tells the service that something is missing.
      yield* this.#append(missed(99, this.#seconds))
      yield* minutes(20)
      const faults = yield* disagreements(this.#journals, this.#service)
      return areInOrder(this.#service) ? faults : [...faults, "a batch is out of order"]
    }).pipe(Effect.ensuring(Effect.suspend(() => this.#stop)))
  }

  #append(event: Parameters<TestJournal["append"]>[0]) {
    return this.#journals.at(-1)?.journal.append(event, at(this.#seconds), this.#epoch) ?? Effect.void
  }

  /** Another process owns the microgrid; what runs goes on. */
  get #takeOver(): Effect.Effect<unknown> {
    return Effect.suspend(() => {
      this.#epoch += 1n
      return this.#append({ _tag: "Began" })
    })
  }

  /** An owner that was replaced writes what it still had. */
  #writeLate(): void {
    const journal = this.#journals.at(-1)?.journal
    if (journal === undefined || this.#epoch === 0n) return
    const epoch = this.#epoch - 1n - BigInt(this.#draw(2))
    const id = 1 + this.#draw(dispatches)
    const since = this.#on.get(id) ?? this.#seconds - 60
    const events = [{ _tag: "Began" } as const, missed(10 + id, this.#seconds), failed(id, since, "no power")]
    const event = [...events, running(id, since), stopped(id, since)][this.#draw(5)]
    if (event === undefined || epoch < 0n) return
    const number = journal.appendLate(event, at(this.#seconds - this.#draw(60)), epoch)
    if (!this.#late.has(epoch)) this.#late.set(epoch, number)
  }

  /** The present owner says which entries came late. */
  get #amend(): Effect.Effect<unknown> {
    return Effect.suspend(() => {
      const late = [...this.#late]
      this.#late.clear()
      return Effect.forEach(late, ([epoch, number]) => this.#append(amended(epoch, number)), {
        discard: true
      })
    })
  }

  get #happens(): Effect.Effect<unknown> {
    const id = 1 + this.#draw(dispatches)
    const since = this.#on.get(id)
    const chance = this.#draw(10)
    if (chance === 0) return this.#append({ _tag: "Began" })
    if (chance === 1) return this.#append(missed(10 + id, this.#seconds))
    if (chance === 2 && since !== undefined) return this.#append(failed(id, since, "no power"))
    if (since === undefined) {
      this.#on.set(id, this.#seconds)
      return this.#append(running(id, this.#seconds))
    }
    this.#on.delete(id)
    return this.#append(stopped(id, since))
  }

  /** The disc of the site is lost, if there was one: another journal begins, of another reporter. */
  get #newJournal(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const last = this.#journals.at(-1)
      if (last !== undefined) last.isLost = true
      this.#late.clear()
      const id = String(this.#journals.length).padStart(32, "0")
      this.#journals.push({ journal: new TestJournal(id), isLost: false })
      return this.#restart
    })
  }

  get #restart(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#stop
      const journal = this.#journals.at(-1)?.journal
      if (journal !== undefined) this.#reporter = yield* reporting(journal, this.#service)
    })
  }

  get #stop(): Effect.Effect<void> {
    return this.#reporter === undefined ? Effect.void : Fiber.interrupt(this.#reporter)
  }
}
