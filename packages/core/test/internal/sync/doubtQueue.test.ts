import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { doubtsMax } from "@effect-dispatch/core/SyncSettings"
import { assert, describe, it } from "@effect/vitest"
import { DoubtQueue } from "../../../src/internal/sync/doubtQueue.ts"

const ids = (...all: ReadonlyArray<bigint>) => all.map((one) => DispatchId.make(one))

describe("doubts that wait", () => {
  it("S6, S7: are asked for together where the way to ask is one, and in their order", () => {
    const doubts = new DoubtQueue()
    doubts.add(ids(1n, 2n), { by: "ids", since: 1 })
    doubts.add(ids(3n), { by: "get", since: 2 })
    doubts.add(ids(4n), { by: "ids", since: 3 })
    const taken = () => doubts.take().map(([id, { by }]) => `${by} ${id}`)
    assert.deepStrictEqual(
      [taken(), taken(), taken(), doubts.isEmpty],
      [["ids 1", "ids 2", "ids 4"], ["get 3"], [], true]
    )
  })

  it("S7: ten thousand may wait, and one of them may come into doubt again", () => {
    const doubts = new DoubtQueue()
    const all = Array.from({ length: doubtsMax }, (_, index) => DispatchId.make(BigInt(index + 1)))
    const doubt = { by: "ids", since: 1 } as const
    assert.strictEqual(doubts.add(all, doubt), 0)
    assert.strictEqual(doubts.add(all.slice(0, 3), doubt), 0)
    assert.strictEqual(doubts.add(ids(1n, 20_001n, 20_002n), doubt), 2)
  })

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
