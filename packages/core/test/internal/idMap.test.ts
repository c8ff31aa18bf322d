import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { IdMap } from "../../src/internal/idMap.ts"

/** Small ids, those around 2^30, 2^53 and the largest there is. */
const id = Schema.Union([
  Schema.Literals([0n, 1n, 2n, 3n]),
  Schema.Literals([2n ** 30n - 1n, 2n ** 30n, 2n ** 30n + 1n]),
  Schema.Literals([2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 2n, 2n ** 64n - 1n])
])

const step = Schema.Struct({ action: Schema.Literals(["set", "delete"]), id })

describe("IdMap", () => {
  it.prop(
    "holds what a Map would hold, in the same order, whatever the ids",
    { steps: Schema.Array(step).check(Schema.isMaxLength(40)) },
    ({ steps }) => {
      const map = new IdMap<number>()
      const expected = new Map<DispatchId, number>()
      steps.forEach((step, index) => {
        const key = DispatchId.make(step.id)
        if (step.action === "set") {
          map.set(key, index)
          expected.set(key, index)
        } else {
          assert.strictEqual(map.delete(key), expected.delete(key))
        }
        assert.strictEqual(map.get(key), expected.get(key))
        assert.strictEqual(map.has(key), expected.has(key))
        assert.strictEqual(map.size, expected.size)
      })
      assert.deepStrictEqual([...map], [...expected])
      assert.deepStrictEqual([...map.keys()], [...expected.keys()])
      assert.deepStrictEqual([...map.values()], [...expected.values()])
    }
  )

  it("lets go of ids while it is gone through, as a Map does", () => {
    const map = new IdMap<string>()
    for (const number of [1n, 2n, 2n ** 40n]) map.set(DispatchId.make(number), "value")
    for (const [id] of map) map.delete(id)
    assert.strictEqual(map.size, 0)
  })
})
