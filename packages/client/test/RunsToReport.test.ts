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

const entry = (epoch: bigint, number: bigint, seconds: number, event: JournalEvent): JournalEntry => ({
  epoch,
  number,
  at: at(seconds),
  status: "Synchronised",
  event
})

const filled = (from: bigint | undefined, ...events: ReadonlyArray<JournalEvent>) => {
  const runs = new RunsToReport(from === undefined ? undefined : { epoch: 0n, number: from })
  events.forEach((event, index) => runs.add(entry(0n, BigInt(index + 1), index, event)))
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
    const late = entry(1n, 2n, 2, { _tag: "Reported", ...about(1), outcome: "refused" })
    const passed = [entry(1n, 1n, 1, running(1)), entry(1n, 3n, 3, stopped(1)), entry(2n, 1n, 4, missed(2))]
    const runs = new RunsToReport()
    for (const one of passed) runs.add(one)
    runs.done(runs.next(10))
    assert.isFalse(runs.isAmended)
    const amended = entry(2n, 2n, 5, { _tag: "Amended", epoch: 1n, number: 2n })
    runs.add(amended)
    assert.isTrue(runs.isAmended)
    const { anew } = runs
    for (const one of [...passed.slice(0, 1), late, ...passed.slice(1), amended]) anew.add(one)
    assert.deepStrictEqual(inWords(anew), ["2 #1 Ran"])
    assert.strictEqual(anew.next(10).at(-1)?.run.outcome, "refused")
    assert.isFalse(anew.isAmended)
  })

  describe("J6, J21: where the owner before told of its runs for longer than was known", () => {
    const first = [running(1), running(2)].map((event, index) => entry(1n, BigInt(index + 1), 0, event))
    const second = [
      entry(2n, 1n, 30, { _tag: "Began" }),
      entry(2n, 2n, 30, running(2)),
      entry(2n, 3n, 40, missed(3))
    ]
    const late = entry(1n, 3n, 25, { _tag: "Reported", ...about(1), outcome: "refused" })
    const amended = entry(2n, 4n, 50, { _tag: "Amended", epoch: 1n, number: 3n })
    const last = entry(2n, 5n, 60, stopped(2))
    const onMillis = (runs: RunsToReport) =>
      runs.next(10).map(({ run: { fate } }) => "onMillis" in fate && fate.onMillis)

    it("are all that this changes, under a number that none of them had", () => {
      const runs = new RunsToReport()
      for (const one of [...first, ...second]) runs.add(one)
      assert.deepStrictEqual(inWords(runs), ["1 #1 Unknown", "2 #2 Running", "3 #3 Missed"])
      runs.done(runs.next(2))
      runs.add(amended)
      const { anew } = runs
      for (const one of [...first, late, ...second, amended]) anew.add(one)
      assert.deepStrictEqual(inWords(anew), ["3 #3 Missed", "4 #1 Unknown", "4 #2 Running"])
      assert.deepStrictEqual(onMillis(anew), [false, 25_000, 25_000])
    })

    it("are the same to a process that begins before any of it is reported", () => {
      const runs = new RunsToReport({ epoch: 2n, number: 3n })
      const all = [...first, late, ...second, amended]
      for (const one of all) runs.add(one)
      assert.isTrue(runs.isAmended)
      const { anew } = runs
      for (const one of all) anew.add(one)
      assert.isFalse(anew.isAmended)
      assert.deepStrictEqual(inWords(anew), ["3 #3 Missed", "4 #1 Unknown", "4 #2 Running"])
      assert.deepStrictEqual(onMillis(anew), [false, 25_000, 25_000])
    })

    it("are never told under a number that was taken, while those to come are read", () => {
      const runs = new RunsToReport({ epoch: 2n, number: 2n })
      for (const one of [...first, ...second, amended]) runs.add(one)
      const { anew } = runs
      for (const one of [...first, late, ...second]) anew.add(one)
      assert.deepStrictEqual(inWords(anew), ["3 #3 Missed"])
      for (const one of [amended, last]) anew.add(one)
      assert.deepStrictEqual(inWords(anew), ["3 #3 Missed", "4 #1 Unknown", "5 #2 Ran"])
    })

    it("are none of those that the next owner told first, whoever finds them on", () => {
      const third = [entry(2n, 5n, 60, running(4)), entry(3n, 1n, 90, { _tag: "Began" })]
      const all = [...first, late, ...second, ...third, entry(3n, 2n, 95, { ...amended.event })]
      const runs = new RunsToReport({ epoch: 3n, number: 1n })
      for (const one of all) runs.add(one)
      const { anew } = runs
      for (const one of all) anew.add(one)
      assert.deepStrictEqual(inWords(anew), ["1 #4 Unknown", "2 #1 Unknown", "2 #2 Unknown"])
    })

    it("are no longer looked for once they were reported", () => {
      const runs = new RunsToReport(last)
      for (const one of [...first, late, ...second, amended, last]) runs.add(one)
      assert.isFalse(runs.isAmended)
      assert.deepStrictEqual(inWords(runs), ["5 #2 Ran"])
    })
  })

  it("J6: are those that a late beginning changes, which tells of no run", () => {
    const known = [
      entry(1n, 1n, 0, running(1)),
      entry(2n, 2n, 40, running(1)),
      entry(3n, 1n, 50, { _tag: "Began" })
    ]
    const amended = entry(3n, 2n, 55, { _tag: "Amended", epoch: 2n, number: 1n })
    const runs = new RunsToReport({ epoch: 3n, number: 1n })
    for (const one of [...known, amended]) runs.add(one)
    const { anew } = runs
    const began = entry(2n, 1n, 40, { _tag: "Began" })
    for (const one of [...known.slice(0, 1), began, ...known.slice(1), amended]) anew.add(one)
    // Nobody told of the time between the first two owners.
    assert.deepStrictEqual(inWords(anew), ["2 #1 Unknown"])
    assert.deepStrictEqual(
      anew.next(1).map(({ run: { fate } }) => "onMillis" in fate && fate.onMillis),
      [0]
    )
  })

  it("J28: are those of a journal that was set back, also where entries came late", () => {
    const events = [running(1), missed(2), { _tag: "Amended", epoch: 0n, number: 1n } as const]
    const runs = filled(9n, ...events)
    assert.isTrue(runs.isBehind)
    assert.isFalse(runs.isAmended)
    const { anew } = filled(undefined, ...events)
    events.forEach((event, index) => anew.add(entry(0n, BigInt(index + 1), index, event)))
    assert.isFalse(anew.isBehind)
    assert.deepStrictEqual(inWords(anew), ["3 #1 Running", "3 #2 Missed"])
  })

  it("are done once they were taken, but for what was told of them meanwhile", () => {
    const runs = filled(undefined, running(1), missed(2))
    const sent = runs.next(10)
    runs.add(entry(0n, 3n, 60, stopped(1)))
    runs.done(sent)
    assert.deepStrictEqual(inWords(runs), ["3 #1 Ran"])
    assert.strictEqual(new Set(sent.map(({ run }) => keyOf(run))).size, 2)
  })
})
