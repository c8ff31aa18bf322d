import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { RunFilter } from "@effect-dispatch/core/ReportedRun"
import * as RunTally from "@effect-dispatch/core/RunTally"
import type { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as Metrics from "@effect-dispatch/server/Metrics"
import * as ReportService from "@effect-dispatch/server/ReportService"
import { ReportStore } from "@effect-dispatch/server/ReportStore"
import * as Retention from "@effect-dispatch/server/Retention"
import { reportersMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Metric, Result } from "effect"
import { TestClock } from "effect/testing"
import { batchOf, missedAt, numbered, ranAt, wholeRun } from "./runs.ts"
import { after, atNoon, one, stores } from "./services.ts"

/** Provides the service over a store, at noon, and the removal of what is old if it is asked for. */
const over =
  <F>(store: Layer.Layer<DispatchStore | ReportStore, F>, retention?: Retention.RetentionOptions) =>
  <A, E>(test: Effect.Effect<A, E, ReportService.ReportService | ReportStore>) => {
    const service = Layer.provideMerge(Layer.fresh(ReportService.layer), store)
    const old = retention === undefined ? Layer.empty : Layer.fresh(Retention.layer(retention))
    // Work in the background begins when it is noon.
    return Effect.andThen(atNoon, Effect.provide(test, Layer.provideMerge(old, service)))
  }

const list = (filter: RunFilter = {}, pageSize = 0, pageToken = "") =>
  Effect.flatMap(ReportService.ReportService, (service) =>
    service.list({ microgridId: one, filter, pageSize, pageToken })
  )

/** Waits until so many runs are left: a disc takes real time, and the next look comes a minute later. */
const untilLeft = (count: number) =>
  TestClock.adjust("1 minute")
    .pipe(
      Effect.andThen(TestClock.withLive(Effect.sleep("5 millis"))),
      Effect.andThen(list()),
      Effect.repeat({ until: ({ runs }) => runs.length === count, times: 1_000 })
    )
    .pipe(Effect.map(({ runs }) => assert.strictEqual(runs.length, count)))

/** Everything, page by page. */
const all = (filter: RunFilter, pageSize: number) =>
  Effect.gen(function* () {
    const found: Array<ReportService.KeptRun> = []
    let token: string | undefined = ""
    let pages = 0
    while (token !== undefined) {
      const page: ReportService.RunPage = yield* list(filter, pageSize, token)
      found.push(...page.runs)
      token = page.nextPageToken
      pages += 1
    }
    return { found, pages }
  })

const idsOf = (runs: ReadonlyArray<ReportService.KeptRun>) =>
  runs.map(({ bytes }) => Result.getOrThrow(ReportCodec.decodeReport(bytes)).run.dispatch.id)

for (const [name, store] of stores) {
  describe(`ReportService over ${name}`, () => {
    it.effect("J20: a report is kept as it was told, whatever comes twice", () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        const reports = numbered([wholeRun, missedAt(8), ranAt(9, 5)], 10)
        for (let times = 0; times < 3; times++) {
          assert.deepStrictEqual((yield* report(batchOf(reports))).conflicts, [])
          yield* TestClock.adjust("1 second")
        }
        const { runs } = yield* list()
        const kept = runs.map(({ bytes }) => Result.getOrThrow(ReportCodec.decodeReport(bytes)))
        assert.deepStrictEqual(kept.toReversed(), [reports[1], reports[2], reports[0]])
        assert.deepStrictEqual(
          runs.map(({ arrivedAt, clockOffsetMillis }) => [
            DateTime.toEpochMillis(arrivedAt),
            clockOffsetMillis
          ]),
          runs.map(() => [after(0).epochMilliseconds, -250])
        )
      }).pipe(over(store))
    )

    it.effect("J21: a number with another content is refused by its place, kept as it was, and counted", () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        const before = yield* Metric.value(Metrics.reports.at("Conflict"))
        yield* report(batchOf(numbered([ranAt(1), ranAt(2), ranAt(3)])))
        const other = numbered([ranAt(1), missedAt(2), ranAt(3), ranAt(4)])
        assert.deepStrictEqual((yield* report(batchOf(other))).conflicts, [1])
        const { runs } = yield* list({ missed: true })
        assert.deepStrictEqual(runs, [])
        assert.strictEqual((yield* list()).runs.length, 4)
        const now = yield* Metric.value(Metrics.reports.at("Conflict"))
        assert.strictEqual(Number(now.count) - Number(before.count), 1)
      }).pipe(over(store))
    )

    it.effect("a whole listing comes page by page, of all dispatches or some, each run once", () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        const runs = Array.from({ length: 300 }, (_, index) => ranAt(1 + (index % 5), index))
        yield* report(batchOf(numbered(runs)))
        const whole = yield* all({}, 70)
        assert.strictEqual(whole.pages, 5)
        assert.deepStrictEqual(
          idsOf(whole.found),
          runs.toReversed().map(({ dispatch }) => dispatch.id)
        )
        const some = yield* all({ ids: [2n, 4n, 77n].map((id) => DispatchId.make(id)) }, 50)
        assert.strictEqual(some.found.length, 120)
        assert.deepStrictEqual(idsOf(some.found).slice(0, 3), [4n, 2n, 4n])
        const { runs: asked } = yield* list({ from: after(10), to: after(20) })
        assert.strictEqual(asked.length, 10)
        const foreign = yield* Effect.flip(list({}, 0, "bm9uZQ"))
        assert.deepInclude(foreign.reason, { _tag: "InvalidArgument", field: "pageToken" })
      }).pipe(over(store))
    )

    it.effect("a page ends before it is too large to send, and the next one goes on there", () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        const outcome = { text: "x".repeat(1_000) }
        const runs = Array.from({ length: 1_200 }, (_, index) => ranAt(1, index, { outcome }))
        for (let first = 0; first < runs.length; first += 200) {
          yield* report(batchOf(numbered(runs.slice(first, first + 200), first)))
        }
        const { found, pages } = yield* all({}, 1_000)
        assert.strictEqual(found.length, 1_200)
        assert.strictEqual(pages, 2)
      }).pipe(over(store))
    )

    it.effect("the last runs come in one answer, or in as many as they take", () =>
      Effect.gen(function* () {
        const { last, report } = yield* ReportService.ReportService
        const runs = Array.from({ length: 150 }, (_, index) => [
          ranAt(index + 1),
          missedAt(index + 1, 60)
        ]).flat()
        for (let first = 0; first < runs.length; first += 100) {
          yield* report(batchOf(numbered(runs.slice(first, first + 100), first)))
        }
        const first = yield* last(one, { after: 0n })
        assert.isTrue(first.hasMore)
        const second = yield* last(one, { after: idsOf(first.runs).at(-1) ?? 0n })
        assert.isFalse(second.hasMore)
        const found = [...first.runs, ...second.runs]
        assert.deepStrictEqual(
          idsOf(found),
          Array.from({ length: 150 }, (_, index) => BigInt(index + 1))
        )
        const three = yield* last(one, { ids: [5n, 3n].map((id) => DispatchId.make(id)) })
        assert.deepStrictEqual(idsOf(three.runs), [3n, 5n])
      }).pipe(over(store))
    )

    it.effect(
      "the last runs of dispatches with very many reporters come in as many answers as they take",
      () =>
        Effect.gen(function* () {
          const { last, report } = yield* ReportService.ReportService
          const runs = Array.from({ length: 60 }, (_, index) => ranAt(index + 1))
          for (let reporter = 0; reporter < 10; reporter++) {
            yield* report(batchOf(numbered(runs), `r${reporter}`))
          }
          const first = yield* last(one, { after: 0n })
          assert.isTrue(first.hasMore)
          assert.strictEqual(first.runs.length, 510)
          const second = yield* last(one, { after: idsOf(first.runs).at(-1) ?? 0n })
          assert.deepStrictEqual([second.runs.length, second.hasMore], [90, false])
        }).pipe(over(store))
    )

    it.effect("J24: days are summed up, and know more than the reports that are left", () =>
      Effect.gen(function* () {
        const { days, report } = yield* ReportService.ReportService
        yield* report(batchOf(numbered([ranAt(1), ranAt(2, 60), missedAt(3), missedAt(4, 86_400), wholeRun])))
        const summed = Effect.map(days(one, { from: 0, to: 100_000 }, ""), (page) => page.days)
        const counted = yield* summed
        assert.deepStrictEqual(
          counted.map(({ tally, type }) => [type, tally.ran, RunTally.missedOf(tally), tally.onMillis]),
          [
            ["CHARGE", 2, 1, 1_200_000],
            ["CHARGE", 0, 1, 0]
          ]
        )
        assert.isAtMost(RunTally.latenessOf(counted[0]?.tally ?? RunTally.nothing, 0.99) ?? 0, 15)
        yield* TestClock.adjust("3 hours")
        yield* untilLeft(0)
        assert.deepStrictEqual(yield* summed, counted)
      }).pipe(over(store, { reports: Duration.hours(2) }))
    )

    it.effect("J25: reports go by their arrival, however their plan or the site's clock dates them", () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        const inTwoYears = 2 * 366 * 86_400
        yield* report(batchOf(numbered([ranAt(1, -inTwoYears), ranAt(2), ranAt(3, inTwoYears)])))
        yield* TestClock.adjust("119 minutes")
        assert.strictEqual((yield* list()).runs.length, 3)
        yield* TestClock.adjust("3 minutes")
        yield* untilLeft(0)
      }).pipe(over(store, { reports: Duration.hours(2) }))
    )

    it.effect("J25: a microgrid has only so many reports, and those that arrived first go", () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        for (let number = 1; number <= 5; number++) {
          yield* report(batchOf(numbered([ranAt(number, -number)], number)))
          yield* TestClock.adjust("1 second")
        }
        yield* TestClock.adjust("1 minute")
        yield* untilLeft(3)
        assert.deepStrictEqual(idsOf((yield* list()).runs), [3n, 4n, 5n])
        const trimmed = yield* Metric.value(Metrics.reportsTrimmed.at("reports"))
        assert.isAtLeast(Number(trimmed.count), 2)
      }).pipe(over(store, { reportsPerMicrogrid: 3 }))
    )
  })
}

describe("ReportService", () => {
  const memory = stores[0][1]

  it("keeps reports for 400 days, and their days for ten years", () => {
    const { days, reports } = Retention.defaultPolicy
    assert.deepStrictEqual([Duration.toDays(reports), Duration.toDays(days)], [400, 3_650])
  })

  it.effect("J23: reporters are never merged, and those that contradict each other are marked", () =>
    Effect.gen(function* () {
      const { report } = yield* ReportService.ReportService
      yield* report(batchOf(numbered([ranAt(1), ranAt(2)])))
      yield* report(batchOf(numbered([missedAt(1), ranAt(2)]), "b"))
      const { runs } = yield* list()
      assert.deepStrictEqual(
        runs.map(({ contradicted, reporter }, index) => [
          String(idsOf(runs)[index]),
          reporter.name,
          contradicted
        ]),
        [
          ["2", "journal b", false],
          ["2", "journal a", false],
          ["1", "journal b", true],
          ["1", "journal a", true]
        ]
      )
    }).pipe(over(memory))
  )

  it.effect(
    "J22: the reports of an earlier owner are taken after those of a later one, and replace none",
    () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        yield* report(batchOf(numbered([ranAt(1)], 1, 8n)))
        const late = batchOf(numbered([missedAt(1), ranAt(2)], 50, 7n))
        assert.deepStrictEqual((yield* report(late)).conflicts, [])
        assert.deepStrictEqual(idsOf((yield* list()).runs), [2n, 1n])
        assert.deepStrictEqual((yield* list({ missed: true })).runs, [])
      }).pipe(over(memory))
  )

  it.effect("a microgrid has only so many reporters", () =>
    Effect.gen(function* () {
      const { report } = yield* ReportService.ReportService
      for (let count = 0; count < reportersMax; count++) yield* report(batchOf([], `r${count}`))
      const refused = yield* Effect.flip(report(batchOf([], "one more")))
      assert.strictEqual(refused.reason._tag, "ResourceExhausted")
      assert.deepStrictEqual((yield* report(batchOf(numbered([ranAt(1)]), "r0"))).conflicts, [])
    }).pipe(over(memory))
  )

  it.effect(
    "counts what was missed and what failed, once, also if it was tried again before the report",
    () =>
      Effect.gen(function* () {
        const { report } = yield* ReportService.ReportService
        const failing = ranAt(2, 0, { actor: { step: "Started", at: after(2) }, failuresTotal: 2 })
        const counts = Effect.all([
          Metric.value(Metrics.reportedMissed.at("LateWakeUp")),
          Metric.value(Metrics.reportedFailures.at())
        ])
        const before = yield* counts
        for (let times = 0; times < 2; times++) yield* report(batchOf(numbered([missedAt(1), failing])))
        // Another step of the same runs.
        yield* report(batchOf(numbered([missedAt(1), { ...failing, failuresTotal: 3 }], 3)))
        const now = yield* counts
        assert.deepStrictEqual(
          now.map(({ count }, index) => Number(count) - Number(before[index]?.count)),
          [1, 3]
        )
      }).pipe(over(memory))
  )

  it.effect("counts nothing again of which a later report tells after its report went", () =>
    Effect.gen(function* () {
      const { report } = yield* ReportService.ReportService
      const failing = ranAt(2, 0, { actor: { step: "Started", at: after(2) }, failuresTotal: 2 })
      const counts = Effect.all([
        Metric.value(Metrics.reportedMissed.at("LateWakeUp")),
        Metric.value(Metrics.reportedFailures.at())
      ])
      yield* report(batchOf(numbered([missedAt(1), failing])))
      const before = yield* counts
      yield* TestClock.adjust("3 hours")
      yield* untilLeft(0)
      yield* report(batchOf(numbered([missedAt(1), failing, missedAt(3)], 9)))
      assert.lengthOf((yield* list()).runs, 3)
      const now = yield* counts
      assert.deepStrictEqual(
        now.map(({ count }, index) => Number(count) - Number(before[index]?.count)),
        [1, 0]
      )
    }).pipe(over(memory, { reports: Duration.hours(2) }))
  )

  it.effect("J25: missed runs that are told as one are listed wherever one of them was planned", () =>
    Effect.gen(function* () {
      const { report } = yield* ReportService.ReportService
      const fate = { _tag: "Missed", reason: "LateWakeUp", count: 3, last: after(90) } as const
      yield* report(batchOf(numbered([ranAt(1, 0, { fate }), missedAt(2, 20), ranAt(3, 70)])))
      assert.deepStrictEqual(idsOf((yield* list({ from: after(60) })).runs), [3n, 1n])
      assert.deepStrictEqual(idsOf((yield* list({ from: after(80), to: after(85) })).runs), [1n])
      assert.deepStrictEqual(idsOf((yield* list({ from: after(91) })).runs), [])
    }).pipe(over(memory))
  )

  it.effect("bytes in the store that hold no report spoil no count", () =>
    Effect.gen(function* () {
      const store = yield* ReportStore
      const { days, report } = yield* ReportService.ReportService
      const { dispatch, occurrence } = ranAt(1)
      yield* store.report({
        microgridId: one,
        reporter: { id: "a", name: "journal a" },
        clockOffsetMillis: undefined,
        arrivedAt: after(0),
        reports: [
          {
            epoch: 0n,
            number: 1n,
            id: dispatch.id,
            kind: "live CHARGE",
            occurrence,
            verdict: "Ran",
            bytes: new Uint8Array([255, 255])
          }
        ],
        after: undefined,
        countIn: () => undefined
      })
      assert.deepStrictEqual((yield* report(batchOf(numbered([ranAt(1)], 2)))).conflicts, [])
      const [day] = (yield* days(one, { from: 0, to: 100_000 }, "")).days
      assert.strictEqual(day?.tally.ran, 1)
    }).pipe(over(memory))
  )
})
