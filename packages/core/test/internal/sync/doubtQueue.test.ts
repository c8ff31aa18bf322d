import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { assert, describe, it } from "@effect/vitest"
import { DoubtQueue } from "../../../src/internal/sync/doubtQueue.ts"

describe("doubts that wait", () => {
  it("S7: are not taken back once a listing has settled them while they were asked for", () => {
    const doubts = new DoubtQueue()
    const id = DispatchId.make(1n)
    for (const [settledUpTo, isEmpty] of [
      [3, true],
      [2, false]
    ] as const) {
      doubts.add([id], { by: "ids", since: 2 })
      const batch = doubts.take()
      doubts.settle(settledUpTo)
      doubts.putBack(batch)
      assert.strictEqual(doubts.isEmpty, isEmpty)
    }
  })
})
