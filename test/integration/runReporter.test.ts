import { RunReporter } from "@effect-dispatch/client"
import * as Metrics from "@effect-dispatch/client/Metrics"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { keyOf, type Run } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import { hopelessDelay } from "@effect-dispatch/core/SyncSettings"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Metric, Random } from "effect"
import { TestClock } from "effect/testing"
import {
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
const reporting = (journal: TestJournal, service: TestService) =>
  Effect.forkChild(
    Effect.provideService(
      RunReporter.run({ microgridId, journal: journal.journal }),
      ReportClient,
      service.client
    ),
    { startImmediately: true }
  )

/** The runs that a journal makes, by their names. */
const runsOf = ({ entries }: TestJournal): ReadonlyMap<string, Run> => {
  const book = new RunBook()
  for (const entry of entries) book.add(entry)
  return new Map(book.runs.map((run) => [keyOf(run), run]))
}

const known = (service: TestService) =>
  Effect.map(service.runs, (runs) => new Map(runs.map(({ run }) => [keyOf(run), run])))

/** Holds that the service knows exactly what the journal tells, once, and has counted it once. */
const agree = Effect.fnUntraced(function* (journal: TestJournal, service: TestService) {
  const runs = yield* service.runs
  const expected = runsOf(journal)
  assert.strictEqual(runs.length, expected.size)
  assert.deepStrictEqual(
    yield* known(service),
    new Map(runs.map(({ run }) => [keyOf(run), expected.get(keyOf(run))]))
  )
  const { days } = yield* service.service
  const page = yield* days(microgridId, { from: 0, to: 100_000 }, "")
  const counted = page.days.reduce((sum, { tally }) => RunTally.plus(sum, tally), RunTally.nothing)
  const all = [...expected.values()].reduce(
    (sum, run) => RunTally.plus(sum, RunTally.of(run)),
    RunTally.nothing
  )
  assert.deepStrictEqual(counted, all)
})

/** The places of a reporter's batches, which must rise within each. */
const areInOrder = ({ batches }: TestService) =>
  batches.every(({ reports }) =>
    reports.every((report, index) => {
      const before = reports[index - 1]
      return before === undefined || before.epoch < report.epoch || before.number <= report.number
    })
  )

/** Lets time pass step by step: calls that follow each other take no time, but turns. */
const minutes = (count: number) => Effect.repeat(TestClock.adjust("1 minute"), { times: count - 1 })

const logged = () => {
  const lines: Array<string> = []
  return { lines, layer: Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))]) }
}

describe("RunReporter", () => {
  it.effect("J26: what runs is known to the service a second later, and again as it ends", () =>
    Effect.gen(function* () {
      const [journal, service] = [new TestJournal(), new TestService()]
      yield* reporting(journal, service)
      yield* journal.append(running(1, 0), at(0))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(
        (yield* service.runs).map(({ reporter, run }) => [reporter.name, run.fate._tag]),
        [["plant-7", "Running"]]
      )
      yield* journal.append(stopped(1, 0), at(60))
      yield* TestClock.adjust("2 seconds")
      yield* agree(journal, service)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(service.batches.filter(({ reports }) => reports.length > 0).length, 2)
    })
  )

  it.effect("J26: after a restart it goes on where the service was told, and sends nothing twice", () =>
    Effect.gen(function* () {
      const [journal, service] = [new TestJournal(), new TestService()]
      for (let id = 1; id <= 300; id++) yield* journal.append(missed(id, id), at(id))
      const first = yield* reporting(journal, service)
      yield* minutes(3)
      yield* agree(journal, service)
      yield* Fiber.interrupt(first)
      const before = service.batches.flatMap(({ reports }) => reports).length
      yield* journal.append(missed(301, 301), at(301))
      yield* reporting(journal, service)
      yield* minutes(3)
      yield* agree(journal, service)
      // The last entry may have told of more runs than had arrived.
      assert.isAtMost(service.batches.flatMap(({ reports }) => reports).length - before, 2)
    })
  )

  it.effect(
    "J26, J27: under every fault of the network nothing is lost, nothing comes twice, and order is kept",
    () =>
      Effect.forEach(
        Array.from({ length: 40 }, (_, seed) => seed),
        (seed) => Random.withSeed(played, `reports ${seed}`),
        { discard: true }
      )
  )

  it.effect("J27: one report that the service refuses is left out, counted, and holds up no other", () =>
    Effect.gen(function* () {
      const { layer, lines } = logged()
      yield* Effect.gen(function* () {
        const [journal, service] = [new TestJournal(), new TestService()]
        const before = yield* Metric.value(Metrics.reports.at("refused"))
        yield* journal.append(missed(1, 1), at(1))
        // No journal of ours has one that is so long.
        yield* journal.append(failed(2, 2, "x".repeat(300)), at(2))
        for (let id = 3; id <= 9; id++) yield* journal.append(missed(id, id), at(id))
        yield* reporting(journal, service)
        yield* minutes(10)
        assert.deepStrictEqual(
          (yield* service.runs).map(({ run }) => Number(run.dispatch.id)),
          [9, 8, 7, 6, 5, 4, 3, 1]
        )
        const now = yield* Metric.value(Metrics.reports.at("refused"))
        assert.strictEqual(Number(now.count) - Number(before.count), 1)
      }).pipe(Effect.provide(layer))
      assert.isTrue(lines.some((line) => line.includes("refuses the report")))
    })
  )

  it.effect("J27: a service that refuses is asked again every five minutes, and told of once", () =>
    Effect.gen(function* () {
      const { layer, lines } = logged()
      yield* Effect.gen(function* () {
        const [journal, service] = [new TestJournal(), new TestService()]
        let asked = 0
        service.fault = () => {
          asked += 1
          return "Refused"
        }
        yield* reporting(journal, service)
        yield* journal.append(running(1, 0), at(0))
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(asked, 13)
        service.fault = () => "None"
        yield* TestClock.adjust(hopelessDelay)
        yield* TestClock.adjust("2 seconds")
        yield* agree(journal, service)
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        lines.filter((line) => line.startsWith("Runs")),
        ["Runs wait in the journal to be reported: not now", "Runs are reported again"]
      )
    })
  )

  it.effect(
    "J28: a journal that was set back is told of, all of it is reported, and conflicts are counted",
    () =>
      Effect.gen(function* () {
        const { layer, lines } = logged()
        yield* Effect.gen(function* () {
          const [journal, service] = [new TestJournal(), new TestService()]
          for (let id = 1; id <= 10; id++) yield* journal.append(missed(id, id), at(id))
          const first = yield* reporting(journal, service)
          yield* TestClock.adjust("2 seconds")
          yield* Fiber.interrupt(first)
          journal.entries = journal.entries.slice(0, 5)
          const before = yield* Metric.value(Metrics.reports.at("conflict"))
          yield* reporting(journal, service)
          yield* TestClock.adjust("2 seconds")
          yield* journal.append(missed(77, 77), at(77))
          yield* TestClock.adjust("2 seconds")
          const now = yield* Metric.value(Metrics.reports.at("conflict"))
          assert.strictEqual(Number(now.count) - Number(before.count), 1)
          assert.strictEqual((yield* service.runs).length, 10)
        }).pipe(Effect.provide(layer))
        assert.isTrue(lines.some((line) => line.includes("was set back")))
      })
  )

  it.effect("J26: a service that has lost its disc is told again, by whoever still knows", () =>
    Effect.gen(function* () {
      const [journal, service] = [new TestJournal(), new TestService()]
      for (let id = 1; id <= 300; id++) yield* journal.append(missed(id, id), at(id))
      yield* reporting(journal, service)
      yield* TestClock.adjust("2 seconds")
      service.fault = () => "DiscLost"
      yield* journal.append(missed(301, 301), at(301))
      yield* TestClock.adjust("2 seconds")
      service.fault = () => "None"
      yield* TestClock.adjust("2 minutes")
      yield* agree(journal, service)
    })
  )
})

const faults: ReadonlyArray<Fault> = [
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

/** A history of a site, whose reporter is killed and whose network fails, and then is well again. */
const played: Effect.Effect<void> = Effect.orDie(
  Effect.gen(function* () {
    const [journal, service] = [new TestJournal(), new TestService()]
    const random = yield* Random.Random
    const draw = (below: number) => Math.floor(random.nextDoubleUnsafe() * below)
    service.fault = () => faults[draw(faults.length)] ?? "None"
    let reporter = yield* reporting(journal, service)
    const on = new Map<number, number>()
    let clock = 0
    for (let step = 0; step < 80; step++) {
      // The clock of the site may be years ahead for a while.
      clock = draw(40) === 0 ? draw(3) * 100_000_000 : clock + 30
      const id = 1 + draw(dispatches)
      const since = on.get(id)
      const chance = draw(10)
      if (chance === 0) yield* journal.append({ _tag: "Began" }, at(clock))
      else if (chance === 1) yield* journal.append(missed(10 + id, clock), at(clock))
      else if (chance === 2 && since !== undefined)
        yield* journal.append(failed(id, since, "no power"), at(clock))
      else if (since === undefined) {
        on.set(id, clock)
        yield* journal.append(running(id, clock), at(clock))
      } else {
        on.delete(id)
        yield* journal.append(stopped(id, since), at(clock))
      }
      if (draw(8) === 0) {
        yield* Fiber.interrupt(reporter)
        reporter = yield* reporting(journal, service)
      }
      yield* TestClock.adjust(`${draw(90)} seconds`)
    }
    service.fault = () => "None"
    // A report after the last loss tells the service that something is missing.
    yield* journal.append(missed(99, clock), at(clock))
    yield* minutes(20)
    yield* agree(journal, service)
    assert.isTrue(areInOrder(service))
    yield* Fiber.interrupt(reporter)
  })
)
