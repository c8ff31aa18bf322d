/** The counts of days that every store keeps: each run counts once, as it is known now. */
import * as assert from "node:assert/strict"
import { dayOf } from "@effect-dispatch/core/ReportedRun"
import * as RunTally from "@effect-dispatch/core/RunTally"
import type { RunTally as Tally } from "@effect-dispatch/core/RunTally"
import { type ReportAnswer, ReportStore } from "@effect-dispatch/server/ReportStore"
import { Effect } from "effect"
import { Chance } from "../Chance.ts"
import type { StoreCase } from "./storeCase.ts"
import { second } from "./storeFixtures.ts"
import { countIn, days, missed, missedReport, on, prune, ran, report, send } from "./storeReportFixtures.ts"

const unknown: Tally = { ...RunTally.nothing, unknown: 1 }
const missedTwice: Tally = { ...RunTally.nothing, missed: { ClockJump: 2 } }

const trim = (what: "reports" | "days", most: number, limit = 100) =>
  Effect.flatMap(ReportStore, (store) => store.trimReports(what, most, limit, countIn))

/** The counts of all days, as a text for each. */
const counted = Effect.map(days(), (all) =>
  Object.fromEntries(
    all.map(({ day, reporter, tally, type }) => [`${reporter.id} ${day} ${type}`, summed([tally])])
  )
)

/** Sums without names that stand for nothing. */
const summed = (tallies: Iterable<Tally>): Tally => [...tallies].reduce(RunTally.plus, RunTally.nothing)

interface Known {
  readonly day: string
  readonly epoch: bigint
  readonly tally: Tally
  /** The arrival of its last report. */
  readonly at: number
}

/** The counts that a store must give: each run as it was told last, by its day and reporter. */
class Model {
  readonly #runs = new Map<string, Known>()
  /** The arrival of the last report of each day. */
  readonly #days = new Map<string, number>()
  /** The arrivals of the reports that are kept. */
  readonly #kept = new Map<string, number>()

  /** Takes a report, and gives the answer: one of an earlier owner replaces none of a later one. */
  take(run: string, known: Known): ReportAnswer {
    if ((this.#runs.get(run)?.epoch ?? 0n) > known.epoch) return "Known"
    this.#runs.set(run, known)
    this.#kept.set(run, known.at)
    this.#days.set(known.day, known.at)
    return "New"
  }

  pruneReports(before: number): void {
    for (const [run, at] of this.#kept) if (at < before) this.#kept.delete(run)
  }

  trimReports(most: number): void {
    const oldest = [...this.#kept].sort(([, one], [, other]) => one - other)
    for (const [run] of oldest.slice(0, Math.max(0, oldest.length - most))) this.#kept.delete(run)
  }

  /** The number of runs whose reports would be gone if so many were kept. */
  goneAt(most: number): number {
    return this.#runs.size - Math.min(most, this.#kept.size)
  }

  /** Days go after all reports that are as old. */
  pruneDays(before: number): void {
    const first = Math.min(before, ...this.#kept.values())
    for (const [day, at] of this.#days) {
      if (at >= first) continue
      this.#days.delete(day)
      for (const [run, known] of this.#runs) if (known.day === day) this.#runs.delete(run)
    }
  }

  get counted(): Readonly<Record<string, Tally>> {
    const byDay = Map.groupBy(this.#runs.values(), ({ day }) => day)
    return Object.fromEntries([...byDay].map(([day, runs]) => [day, summed(runs.map(({ tally }) => tally))]))
  }
}

/** Plays reports, removals and reports anew of a few runs, all of which are remembered. */
const play = Effect.fnUntraced(function* (chance: Chance) {
  const model = new Model()
  for (let step = 1; step <= 250; step++) {
    if (chance.happens(0.7)) {
      const [by, id, at] = [chance.pick(["a", "b"]), chance.int(1, 3), chance.pick([60, 70, 86_460, 86_470])]
      const tally = chance.pick([ran, on, missed, unknown, missedTwice])
      const epoch = chance.pick([5n, 6n])
      const day = `${by} ${dayOf(second(at))} CHARGE`
      const answer = model.take(`${by} ${id} ${at}`, { day, epoch, tally, at: step })
      const sent = send([report(step, id, at, { epoch, tally })], { by, arrivedAt: step })
      assert.deepEqual(yield* sent, [answer], `step ${step}`)
    } else if (chance.happens(0.4)) {
      const before = step - chance.int(0, 20)
      yield* prune("reports", before)
      model.pruneReports(before)
    } else if (chance.happens(0.6)) {
      const most = chance.int(0, 24)
      if (model.goneAt(most) > most) continue
      yield* trim("reports", most)
      model.trimReports(most)
    } else {
      const before = step - chance.int(0, 30)
      yield* prune("days", before)
      model.pruneDays(before)
    }
    assert.deepEqual(yield* counted, model.counted, `step ${step}`)
  }
})

export const cases: ReadonlyArray<StoreCase> = [
  {
    name: "days: each run counts once, as it is known now, whatever goes and comes (J24)",
    run: play(new Chance(24))
  },
  {
    name: "days: a run whose report went counts once, as it is told later (J24)",
    run: Effect.gen(function* () {
      const tallies = [on, unknown, ran, missed]
      yield* send(
        tallies.map((tally, index) => report(index, index, 60, { tally })),
        { arrivedAt: 1 }
      )
      const before = yield* counted
      assert.equal(yield* prune("reports", 10, 1), 1)
      assert.equal(yield* prune("reports", 10), 3)
      assert.deepEqual(yield* counted, before)
      for (const number of [10, 20]) {
        const anew = tallies.map((_, id) => report(number + id, id, 60))
        assert.deepEqual(
          yield* send(anew, { arrivedAt: 20 }),
          anew.map(() => "New")
        )
      }
      const [day] = yield* days()
      assert.deepEqual(day?.tally, summed([ran, ran, ran, ran]))
    })
  },
  {
    name: "days: of the runs whose reports went so many are remembered; one that is on leaves the counts then (J24)",
    run: Effect.gen(function* () {
      yield* send([report(1, 1, 60, { tally: on })], { arrivedAt: 1 })
      yield* send([report(2, 2, 60)], { arrivedAt: 2 })
      yield* send([report(3, 3, 60, { tally: on })], { arrivedAt: 3 })
      yield* prune("reports", 10)
      assert.deepEqual((yield* days())[0]?.tally, summed([on, ran, on]))
      assert.equal(yield* trim("reports", 1), 0)
      assert.deepEqual((yield* days())[0]?.tally, summed([ran, on]))
      yield* send([report(4, 1, 60), report(5, 3, 60)], { arrivedAt: 20 })
      assert.deepEqual((yield* days())[0]?.tally, summed([ran, ran, ran]))
    })
  },
  {
    name: "days: sums beyond all numbers stay at the largest, and hold up no report",
    run: Effect.gen(function* () {
      const largest: Tally = { ...ran, onMillis: Number.MAX_SAFE_INTEGER }
      yield* send([report(1, 1, 60, { tally: largest }), report(2, 2, 60, { tally: largest })])
      yield* send([report(3, 3, 60, { tally: largest })])
      assert.deepEqual((yield* days())[0]?.tally, { ...summed([ran, ran, ran]), onMillis: largest.onMillis })
    })
  },
  {
    name: "days: the counts of a day go after the reports that came before it was counted last (J24)",
    run: Effect.gen(function* () {
      yield* send([report(1, 1, 60)], { arrivedAt: 1 })
      yield* send([missedReport(2, 2, 86_460)], { arrivedAt: 2 })
      assert.equal(yield* prune("days", 10), 0)
      assert.equal(yield* trim("days", 1), 0)
      yield* prune("reports", 2)
      assert.equal(yield* prune("days", 10), 1)
      assert.deepEqual(Object.values(yield* counted), [missed])
    })
  },
  {
    name: "days: a day is as old as its latest report, also if the clock of the service went back (J24)",
    run: Effect.gen(function* () {
      yield* send([report(1, 1, 60)], { arrivedAt: 100 })
      yield* send([report(2, 2, 60)], { arrivedAt: 50 })
      yield* prune("reports", 60)
      assert.equal(yield* prune("days", 90), 0)
      yield* send([missedReport(3, 1, 60)], { arrivedAt: 110 })
      assert.deepEqual((yield* days())[0]?.tally, summed([missed, ran]))
    })
  }
]
