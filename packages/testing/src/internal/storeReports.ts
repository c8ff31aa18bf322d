/** The reports of runs that every store keeps. */
import * as assert from "node:assert/strict"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as RunTally from "@effect-dispatch/core/RunTally"
import type { RunTally as Tally } from "@effect-dispatch/core/RunTally"
import { type ListedReport, ReportStore } from "@effect-dispatch/server/ReportStore"
import { DateTime, Effect } from "effect"
import type { StoreCase } from "./storeCase.ts"
import { huge, one, second } from "./storeFixtures.ts"
import {
  countIn,
  days,
  dry,
  missedReport,
  page,
  prune,
  report,
  send,
  taken,
  today,
  told
} from "./storeReportFixtures.ts"

export const cases: ReadonlyArray<StoreCase> = [
  {
    name: "reports: one that is sent again is known, and the latest of a run counts, whatever came last",
    run: Effect.gen(function* () {
      const open = report(1, 7, 60, { verdict: "Open", tally: RunTally.nothing })
      assert.deepEqual(yield* send([open, missedReport(1, 8, 60)]), ["New", "New"])
      const { answers, before } = yield* taken([open, report(2, 7, 60)])
      assert.deepEqual(answers, ["Known", "New"])
      assert.deepEqual(
        before.map(({ bytes }) => bytes),
        [undefined, open.bytes]
      )
      assert.deepEqual(yield* send([open, missedReport(1, 8, 60), report(2, 7, 60)]), [
        "Known",
        "Known",
        "Known"
      ])
      const found = yield* page()
      assert.deepEqual(told(found), ["a 8 60", "a 7 60"])
      assert.deepEqual(found[1]?.bytes, report(2, 7, 60).bytes)
      assert.equal(found[1]?.clockOffsetMillis, -7)
      assert.equal(found[1]?.reporter.name, "journal a")
      assert.deepEqual(found[1]?.arrivedAt, second(900))
    })
  },
  {
    name: "reports: a number that was taken with another content is refused, for the same run or another",
    run: Effect.gen(function* () {
      yield* send([report(3, 7, 60), report(5, 8, 60)])
      assert.deepEqual(yield* send([missedReport(3, 7, 60), report(4, 9, 60), report(5, 9, 70)]), [
        "Conflict",
        "Conflict",
        "New"
      ])
      assert.deepEqual(yield* send([missedReport(4, 7, 60)], { by: "b" }), ["New"])
      assert.deepEqual(told(yield* page()), ["a 9 70", "a 8 60", "b 7 60", "a 7 60"])
    })
  },
  {
    name: "reports: those of an earlier epoch are taken, but of one run the later epoch counts",
    run: Effect.gen(function* () {
      assert.deepEqual(yield* send([report(1, 7, 60, { epoch: 5n })]), ["New"])
      const earlier = [missedReport(9, 7, 60, { epoch: 4n }), missedReport(10, 8, 60, { epoch: 4n })]
      assert.deepEqual(yield* send(earlier), ["Known", "New"])
      assert.deepEqual(yield* send([report(2, 8, 60, { epoch: 5n })]), ["New"])
      const found = yield* page()
      assert.deepEqual(
        found.map(({ bytes }) => countIn(bytes)?.tally.ran),
        [1, 1]
      )
    })
  },
  {
    name: "reports: an empty batch tells the latest place that was taken, by epoch and then by number",
    run: Effect.gen(function* () {
      assert.equal((yield* taken([])).last, undefined)
      yield* send([report(9, 7, 60, { epoch: 2n }), report(50, 8, 60, { epoch: 1n })])
      assert.deepEqual((yield* taken([])).last, { epoch: 2n, number: 9n })
      assert.equal((yield* taken([], { by: "b" })).last, undefined)
    })
  },
  {
    name: "reports: a store that knows less than it is thought to takes nothing, and says what it knows",
    run: Effect.gen(function* () {
      yield* send([report(3, 7, 60)])
      const behind = yield* taken([report(9, 8, 60)], { after: report(8, 7, 60) })
      assert.deepEqual(behind, {
        answers: [],
        before: [],
        last: { epoch: 0n, number: 3n },
        isBehind: true
      })
      assert.deepEqual(told(yield* page()), ["a 7 60"])
      assert.deepEqual(yield* send([report(9, 8, 60)], { after: report(3, 7, 60) }), ["New"])
    })
  },
  {
    name: "reports: reporters stand side by side; those who say the contrary of the same run are marked",
    run: Effect.gen(function* () {
      yield* send([report(1, 7, 60), report(2, 8, 60), report(3, 9, 60)])
      yield* send(
        [missedReport(1, 7, 60), report(2, 8, 60), missedReport(3, 9, 60, { kind: "dry CHARGE" })],
        {
          by: "b"
        }
      )
      yield* send([report(1, 8, 60, { verdict: "Open" })], { by: "c" })
      const found = yield* page()
      assert.deepEqual(
        found.flatMap(({ contradicted, position, reporter }) =>
          contradicted ? [`${reporter.id} ${position.id}`] : []
        ),
        ["b 7", "a 7"]
      )
      assert.equal(found.length, 7)
      const missing = yield* page({ missed: true })
      assert.deepEqual(
        missing.map(({ contradicted }) => contradicted),
        [false, true]
      )
    })
  },
  {
    name: "reports: listed by the planned beginning, latest first, by dispatch, interval and fate, page by page",
    run: Effect.gen(function* () {
      const all = Array.from({ length: 20 }, (_, index) =>
        index % 3 === 0
          ? missedReport(index, index % 4, 60 + (index >> 1))
          : report(index, index % 4, 60 + (index >> 1))
      )
      yield* send(all)
      yield* send(all.slice(0, 6), { by: "b" })
      yield* send([report(1, 1, 60)], { microgridId: huge })
      const whole = told(yield* page())
      assert.equal(whole.length, 26)
      const paged: Array<ListedReport> = []
      while (true) {
        const next = yield* page({ limit: 3, after: paged.at(-1)?.position })
        paged.push(...next)
        if (next.length < 3) break
      }
      assert.deepEqual(told(paged), whole)
      const at = paged.map(({ position }) => Number(position.occurrence))
      assert.deepEqual(
        at,
        at.toSorted((left, right) => right - left)
      )
      const seconds = (id: string) => Number(id.split(" ")[2])
      assert.deepEqual(
        told(yield* page({ from: second(62), to: second(64) })),
        whole.filter((each) => seconds(each) >= 62 && seconds(each) < 64)
      )
      assert.deepEqual(
        told(yield* page({ id: DispatchId.make(2n) })),
        whole.filter((each) => each.split(" ")[1] === "2")
      )
      assert.equal((yield* page({ missed: true })).length, 9)
      assert.deepEqual(told(yield* page({ microgridId: huge })), ["a 1 60"])
    })
  },
  {
    name: "reports: missed runs that are told as one are listed with the time in which any of them was planned",
    run: Effect.gen(function* () {
      const lasting = (number: number, id: number, at: number, last: number) =>
        missedReport(number, id, at, { lastOccurrence: second(last) })
      yield* send([lasting(1, 7, 60, 90), lasting(2, 8, 50, 70), report(3, 9, 65), missedReport(4, 7, 40)])
      yield* send([lasting(1, 7, 55, 75)], { by: "b" })
      const from = (seconds: number, query: Parameters<typeof page>[0] = {}) =>
        Effect.map(page({ from: second(seconds), ...query }), told)
      assert.deepEqual(yield* from(65), ["a 9 65", "a 7 60", "b 7 55", "a 8 50"])
      assert.deepEqual(yield* from(70, { to: second(80) }), ["a 7 60", "b 7 55", "a 8 50"])
      assert.deepEqual(yield* from(71), ["a 7 60", "b 7 55"])
      assert.deepEqual(yield* from(91), [])
      assert.deepEqual(yield* from(65, { id: DispatchId.make(7n), missed: true }), ["a 7 60", "b 7 55"])
      assert.deepEqual(yield* from(45, { to: second(55) }), ["a 8 50"])
      const paged: Array<ListedReport> = []
      while (true) {
        const next = yield* page({ from: second(65), limit: 2, after: paged.at(-1)?.position })
        paged.push(...next)
        if (next.length < 2) break
      }
      assert.deepEqual(told(paged), yield* from(65))
      // One of which a later report tells that it ran after all reaches no further than itself.
      assert.deepEqual(yield* send([report(5, 7, 60)]), ["New"])
      assert.deepEqual(yield* from(65), ["a 9 65", "b 7 55", "a 8 50"])
    })
  },
  {
    name: "reports: the last run of each dispatch, as all its reporters tell it, by id",
    run: Effect.gen(function* () {
      const store = yield* ReportStore
      yield* send([report(1, 7, 60), report(2, 7, 70), report(3, 9, 60), report(4, 8, 10)])
      yield* send([report(1, 7, 70), report(2, 9, 50)], { by: "b" })
      assert.deepEqual(told(yield* store.last(one, 0n, 2)), ["b 7 70", "a 7 70", "a 8 10"])
      assert.deepEqual(told(yield* store.last(one, 8n, 2)), ["a 9 60"])
      assert.deepEqual(told(yield* store.last(one, 9n, 2)), [])
      const ids = [9n, 7n, 77n].map((id) => DispatchId.make(id))
      assert.deepEqual(told(yield* store.lastOf(one, ids)), ["b 7 70", "a 7 70", "a 9 60"])
    })
  },
  {
    name: "reports: days are counted as runs are told, each run once, and without dry runs",
    run: Effect.gen(function* () {
      const open: Tally = { ...RunTally.nothing, unknown: 1 }
      yield* send([report(1, 7, 60, { verdict: "Open", tally: open }), report(2, 8, 60, { type: "PEAK" })])
      yield* send([report(3, 7, 60), missedReport(4, 9, 60), report(5, 9, 70, dry)])
      yield* send([report(3, 7, 60), missedReport(6, 9, 86_400 + 60)])
      yield* send([report(1, 7, 60)], { by: "b" })
      const counted = (yield* days()).map(({ day, reporter, tally, type }) => [
        day - today,
        type,
        reporter.id,
        tally.ran,
        tally.unknown,
        tally.missed
      ])
      assert.deepEqual(counted, [
        [0, "CHARGE", "a", 1, 0, { LateWakeUp: 1 }],
        [0, "CHARGE", "b", 1, 0, {}],
        [0, "PEAK", "a", 1, 0, {}],
        [1, "CHARGE", "a", 0, 0, { LateWakeUp: 1 }]
      ])
      const store = yield* ReportStore
      const [first] = yield* store.days({ microgridId: one, from: today, to: today + 1, limit: 1 })
      const rest = yield* store.days({
        microgridId: one,
        from: today,
        to: today + 1,
        after: first?.position,
        limit: 9
      })
      assert.equal(rest.length, 2)
      assert.deepEqual(yield* days(huge), [])
    })
  },
  {
    name: "reports: they go by their arrival, their days stay, and those that went are not taken again",
    run: Effect.gen(function* () {
      yield* send([report(1, 7, 60), report(2, 8, 9_000)], { arrivedAt: 100 })
      yield* send([report(3, 9, 10)], { arrivedAt: 200 })
      const counted = yield* days()
      assert.equal(yield* prune("reports", 100), 0)
      assert.equal(yield* prune("reports", 101, 1), 1)
      assert.equal(yield* prune("reports", 101), 1)
      assert.deepEqual(told(yield* page()), ["a 9 10"])
      assert.deepEqual(yield* send([report(1, 7, 60), report(2, 8, 9_000)]), ["Known", "Known"])
      assert.deepEqual(yield* days(), counted)
      assert.deepEqual(told(yield* page()), ["a 9 10"])
      const { answers, before } = yield* taken([report(4, 7, 70), report(5, 7, 60)])
      assert.deepEqual(answers, ["New", "New"])
      assert.deepEqual(
        before.map(({ bytes, gone }) => [bytes, gone?.tally.ran]),
        [
          [undefined, undefined],
          [undefined, 1]
        ]
      )
    })
  },
  {
    name: "reports: days go by when they were counted last, and reporters of which nothing is left with them",
    run: Effect.gen(function* () {
      yield* send([report(1, 7, 60)], { arrivedAt: 100, by: "gone" })
      yield* send([report(1, 7, 60)], { arrivedAt: 200 })
      assert.equal(yield* prune("reports", 150), 1)
      assert.equal(yield* prune("days", 150), 1)
      assert.equal((yield* days()).length, 1)
      assert.equal((yield* page()).length, 1)
      assert.equal(yield* prune("days", 150), 0)
      assert.deepEqual(yield* send([report(1, 7, 60)], { by: "gone" }), ["New"])
    })
  },
  {
    name: "reports: of too many in a microgrid those that arrived first go, and no other microgrid's",
    run: Effect.gen(function* () {
      const store = yield* ReportStore
      for (const at of [1, 2, 3, 4, 5]) yield* send([report(at, at, 100 - at)], { arrivedAt: at })
      yield* send([report(1, 9, 60)], { arrivedAt: 6, by: "b" })
      yield* send([report(1, 1, 60)], { arrivedAt: 1, microgridId: huge })
      const trim = store.trimReports("reports", 3, 2, countIn)
      assert.equal(yield* trim, 2)
      assert.equal(yield* trim, 1)
      assert.equal(yield* trim, 0)
      assert.deepEqual(told(yield* page()), ["a 4 96", "a 5 95", "b 9 60"])
      assert.equal((yield* page({ microgridId: huge })).length, 1)
      assert.equal(yield* store.trimReports("days", 1, 9, countIn), 0)
      yield* prune("reports", 6)
      assert.equal(yield* store.trimReports("days", 1, 9, countIn), 1)
    })
  },
  {
    name: "reports: no more go than are too many, also where several instances look at once",
    run: Effect.gen(function* () {
      const store = yield* ReportStore
      for (const at of [1, 2, 3, 4, 5, 6, 7]) yield* send([report(at, at, 100 - at)], { arrivedAt: at })
      const trim = (most: number) =>
        Effect.all(
          Array.from({ length: 3 }, () => store.trimReports("reports", most, 9, countIn)),
          { concurrency: "unbounded" }
        )
      const removed = yield* trim(5)
      assert.equal(
        removed.reduce((all, count) => all + count, 0),
        2
      )
      assert.equal((yield* page()).length, 5)
    })
  },
  {
    name: "reports: a batch that is sent by many at once is taken once",
    run: Effect.gen(function* () {
      const batch = Array.from({ length: 5 }, (_, index) => report(index, index, 60))
      const answers = yield* Effect.all(
        Array.from({ length: 6 }, () => send(batch)),
        { concurrency: "unbounded" }
      )
      assert.equal(answers.flat().filter((answer) => answer === "New").length, 5)
      assert.equal(answers.flat().filter((answer) => answer === "Known").length, 25)
      const [day] = yield* days()
      assert.equal(day?.tally.ran, 5)
    })
  },
  {
    name: "reports: what arrived by a clock without battery counts from when that is found out",
    run: Effect.gen(function* () {
      yield* send([report(1, 7, 60)], { arrivedAt: -50_000_000 })
      assert.equal(yield* prune("reports", 950), 0)
      assert.deepEqual(
        (yield* page()).map(({ arrivedAt }) => DateTime.toEpochMillis(arrivedAt)),
        [second(1_000).epochMilliseconds]
      )
      assert.equal(yield* prune("reports", 1_001), 1)
    })
  }
]
