import * as Metrics from "@effect-dispatch/client/Metrics"
import { hopelessDelay } from "@effect-dispatch/core/SyncSettings"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import {
  amended,
  at,
  failed,
  missed,
  running,
  stopped,
  TestJournal,
  TestService
} from "./reportingService.ts"
import { disagreements, minutes, played, reporting } from "./reportedHistory.ts"

/** Holds that the service knows exactly what the journal tells, once, and has counted it once. */
const agree = (journal: TestJournal, service: TestService) =>
  Effect.map(disagreements([{ journal, isLost: false }], service), (found) =>
    assert.deepStrictEqual(found, [])
  )

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
        (seed) => Effect.map(played(seed), (faults) => assert.deepStrictEqual(faults, [], `seed ${seed}`)),
        { discard: true }
      )
  )

  it.effect(
    "J6, J26: a run of which an owner that was replaced wrote late is reported again, with what was late",
    () =>
      Effect.gen(function* () {
        const [journal, service] = [new TestJournal(), new TestService()]
        yield* reporting(journal, service)
        yield* journal.append(running(1, 0), at(0), 1n)
        yield* journal.append(missed(2, 0), at(1), 2n)
        yield* TestClock.adjust("2 seconds")
        const [first, ...others] = journal.entries
        if (first === undefined) return
        const late = { ...first, number: 7n, event: failed(1, 0, "no answer") }
        journal.entries = [first, late, ...others]
        yield* journal.append(amended(1n, 7n), at(70), 2n)
        yield* TestClock.adjust("2 seconds")
        yield* agree(journal, service)
        const runs = (yield* service.runs).map(({ epoch, run }) => [epoch, run.fate._tag, run.failuresTotal])
        assert.deepStrictEqual(runs, [
          [2n, "Missed", 0],
          [2n, "Running", 1]
        ])
      })
  )

  it.effect(
    "J6, J21: late entries that tell of other runs as well make no conflict, and the service knows",
    () =>
      Effect.gen(function* () {
        const { layer, lines } = logged()
        yield* Effect.gen(function* () {
          const [journal, service] = [new TestJournal(), new TestService()]
          yield* reporting(journal, service)
          yield* journal.append(running(1, 0), at(0), 1n)
          yield* journal.append(running(2, 0), at(0), 1n)
          yield* journal.append({ _tag: "Began" }, at(30), 2n)
          yield* journal.append(running(2, 0), at(30), 2n)
          yield* TestClock.adjust("2 seconds")
          const [first, second, ...others] = journal.entries
          if (first === undefined || second === undefined) return
          const late = { ...second, number: 7n, at: at(25), event: failed(1, 0, "no answer") }
          journal.entries = [first, second, late, ...others]
          yield* journal.append(amended(1n, 7n), at(40), 2n)
          yield* TestClock.adjust("2 seconds")
          yield* agree(journal, service)
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(lines, [])
      })
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

  it.effect("J27: where a call is refused for something else than its reports, they wait", () =>
    Effect.gen(function* () {
      const [journal, service] = [new TestJournal(), new TestService()]
      yield* journal.append(running(1, 0), at(0))
      // A service that has other rules for names, and looks at them when it takes reports.
      let refused = 0
      service.fault = ({ reports }) => {
        if (reports.length === 0) return "None"
        refused += 1
        return "NameRefused"
      }
      yield* reporting(journal, service)
      yield* minutes(30)
      assert.isAtLeast(refused, 2)
      assert.lengthOf(yield* service.runs, 0)
      service.fault = () => "None"
      yield* TestClock.adjust(hopelessDelay)
      yield* TestClock.adjust("2 seconds")
      yield* agree(journal, service)
    })
  )

  it.effect("J27: a service that refuses is asked again every five minutes, and told of once", () =>
    Effect.gen(function* () {
      const { layer, lines } = logged()
      yield* Effect.gen(function* () {
        const [journal, service] = [new TestJournal(), new TestService()]
        let asked = 0
        const failures = Effect.map(Metric.value(Metrics.reportFailures.at()), ({ count }) => Number(count))
        const before = yield* failures
        service.fault = () => {
          asked += 1
          return "Refused"
        }
        yield* reporting(journal, service)
        yield* journal.append(running(1, 0), at(0))
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(asked, 13)
        assert.strictEqual((yield* failures) - before, 13)
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
