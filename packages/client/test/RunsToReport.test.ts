import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { keyOf } from "@effect-dispatch/core/Run"
import type { JournalEvent } from "@effect-dispatch/core/JournalEntry"
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

  it("are done once they were taken, but for what was told of them meanwhile", () => {
    const runs = filled(undefined, running(1), missed(2))
    const sent = runs.next(10)
    runs.add({ epoch: 0n, number: 3n, at: at(60), status: "Synchronised", event: stopped(1) })
    runs.done(sent)
    assert.deepStrictEqual(inWords(runs), ["3 #1 Ran"])
    assert.strictEqual(new Set(sent.map(({ run }) => keyOf(run))).size, 2)
  })
})
