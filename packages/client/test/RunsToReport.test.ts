import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { keyOf } from "@effect-dispatch/core/Run"
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { RunsToReport } from "../src/internal/runsToReport.ts"

const at = (seconds: number) => DateTime.makeUnsafe(1_795_435_200_000 + seconds * 1_000)

const about = (id: number) => ({
  dispatch: { id: DispatchId.make(BigInt(id)), type: "CHARGE", dryRun: false, updateTime: 1n },
  occurrence: at(0),
  until: at(60)
})

const running = (id: number): JournalEvent => ({
  _tag: "Running",
  ...about(id),
  plannedAt: at(0),
  cause: "Scheduled"
})
const stopped = (id: number): JournalEvent => ({
  _tag: "Stopped",
  ...about(id),
  plannedAt: at(60),
  cause: "Scheduled"
})
const missed = (id: number): JournalEvent => ({
  _tag: "Missed",
  ...about(id),
  reason: "LateWakeUp",
  count: 1
})

const filled = (from: bigint | undefined, ...events: ReadonlyArray<JournalEvent>) => {
  const runs = new RunsToReport(from === undefined ? undefined : { epoch: 0n, number: from })
  events.forEach((event, index) => {
    runs.add({ epoch: 0n, number: BigInt(index + 1), at: at(index), status: "Synchronised", event })
  })
  return runs
}

const inWords = (runs: RunsToReport, limit = 10) =>
  runs.next(limit).map(({ number, run }) => `${number} #${run.dispatch.id} ${run.fate._tag}`)

describe("the runs that are still to be reported", () => {
  it("come in the order of places, each as it was told last", () => {
    const runs = filled(undefined, running(1), missed(2), stopped(1))
    assert.deepStrictEqual(inWords(runs), ["2 #2 Missed", "3 #1 Ran"])
    assert.deepStrictEqual(inWords(runs, 1), ["2 #2 Missed"])
  })

  it("begin with the place that was taken last, since an entry may tell of several runs", () => {
    const runs = filled(2n, running(1), missed(2), stopped(1))
    assert.deepStrictEqual(inWords(runs), ["2 #2 Missed", "3 #1 Ran"])
    assert.isFalse(runs.isBehind)
    assert.isTrue(filled(9n, missed(2)).isBehind)
  })

  it("J6: are read anew where an owner that was replaced wrote late, and each of its runs comes once more", () => {
    const entry = (epoch: bigint, number: bigint, event: JournalEvent): JournalEntry => ({
      epoch,
      number,
      at: at(Number(number)),
      status: "Synchronised",
      event
    })
    const late = entry(1n, 2n, { _tag: "Reported", ...about(1), outcome: "refused" })
    const passed = [entry(1n, 1n, running(1)), entry(1n, 3n, stopped(1)), entry(2n, 1n, missed(2))]
    const runs = new RunsToReport()
    for (const one of passed) runs.add(one)
    runs.done(runs.next(10))
    assert.isFalse(runs.isAmended)
    const amended = entry(2n, 2n, { _tag: "Amended", ...about(1), epoch: 1n })
    runs.add(amended)
    assert.isTrue(runs.isAmended)
    const { anew } = runs
    for (const one of [...passed.slice(0, 1), late, ...passed.slice(1), amended]) anew.add(one)
    assert.deepStrictEqual(inWords(anew), ["2 #1 Ran"])
    assert.strictEqual(anew.next(10).at(-1)?.run.outcome, "refused")
    assert.isFalse(anew.isAmended)
  })

  it("J6, J21: are all that late entries tell otherwise, under a number that none of them had", () => {
    const entry = (epoch: bigint, number: bigint, seconds: number, event: JournalEvent): JournalEntry => {
      return { epoch, number, at: at(seconds), status: "Synchronised", event }
    }
    const first = [running(1), running(2)].map((event, index) => entry(1n, BigInt(index + 1), 0, event))
    const second = [
      entry(2n, 1n, 30, { _tag: "Began" }),
      entry(2n, 2n, 30, running(2)),
      entry(2n, 3n, 40, missed(3))
    ]
    const runs = new RunsToReport()
    for (const one of [...first, ...second]) runs.add(one)
    assert.deepStrictEqual(inWords(runs), ["1 #1 Unknown", "2 #2 Running", "3 #3 Missed"])
    runs.done(runs.next(2))
    // The first has told of both for longer.
    const late = entry(1n, 3n, 25, { _tag: "Reported", ...about(1), outcome: "refused" })
    const amended = entry(2n, 4n, 50, { _tag: "Amended", ...about(1), epoch: 1n })
    runs.add(amended)
    const { anew } = runs
    for (const one of [...first, late, ...second]) anew.add(one)
    assert.isTrue(anew.isReadAnew)
    anew.add(amended)
    assert.isFalse(anew.isReadAnew)
    assert.deepStrictEqual(inWords(anew), ["3 #3 Missed", "4 #1 Unknown", "4 #2 Running"])
    const onMillis = anew.next(10).map(({ run: { fate } }) => "onMillis" in fate && fate.onMillis)
    assert.deepStrictEqual(onMillis, [false, 25_000, 25_000])
  })

  it("J28: are those of a journal that was set back, also where entries came late", () => {
    const amended: JournalEvent = { _tag: "Amended", ...about(2), epoch: 0n }
    const runs = filled(9n, running(1), missed(2), amended)
    assert.isTrue(runs.isAmended)
    const { anew } = runs
    for (const [index, event] of [running(1), missed(2), amended].entries()) {
      anew.add({ epoch: 0n, number: BigInt(index + 1), at: at(index), status: "Synchronised", event })
    }
    assert.isTrue(anew.isBehind)
    assert.deepStrictEqual(inWords(anew), [])
  })

  it("are done once they were taken, but for what was told of them meanwhile", () => {
    const runs = filled(undefined, running(1), missed(2))
    const sent = runs.next(10)
    runs.add({ epoch: 0n, number: 3n, at: at(60), status: "Synchronised", event: stopped(1) })
    runs.done(sent)
    assert.deepStrictEqual(inWords(runs), ["3 #1 Ran"])
    assert.strictEqual(new Set(sent.map(({ run }) => keyOf(run))).size, 2)
  })
})
