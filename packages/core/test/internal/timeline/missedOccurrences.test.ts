import type { MissedRun } from "@effect-dispatch/core/RunningStateChange"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { missedOccurrences, missedRunsMax } from "../../../src/internal/timeline/missedOccurrences.ts"
import { dispatch, t0 } from "../../fixtures.ts"

const minute = 60_000

const everyMinute = dispatch({
  duration: Duration.seconds(10),
  recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: 1 })
})

describe("R8: occurrences that are missed", () => {
  it("are told one by one up to the limit; one more is a sum, also at the first instant that counts", () => {
    for (const [count, sums] of [
      [1, []],
      [missedRunsMax, []],
      [missedRunsMax + 1, [1]],
      [missedRunsMax + 2, [2]]
    ] as const) {
      const missed: Array<MissedRun> = []
      missedOccurrences(everyMinute, [t0, t0 + (count - 1) * minute], missed)
      const counts = missed.flatMap((run) => (run._tag === "MissedRun" ? [] : [run.count]))
      assert.deepStrictEqual(counts, [...sums])
      assert.lengthOf(missed, Math.min(count, missedRunsMax) + sums.length)
    }
  })
})
