import { assert, describe, it } from "@effect/vitest"
import { holding, readable, registry } from "../src/state/binding.ts"

describe("a value that follows from others", () => {
  it("W13: is told of when it cannot be made, and when it can again", () => {
    const source = holding(1)
    const inverse = readable((get) => {
      if (get(source) === 0) throw new Error("there is none of zero")
      return 1 / get(source)
    })
    let told = 0
    inverse.subscribe(() => told++)
    registry.set(source, 0)
    assert.strictEqual(told, 1)
    assert.throws(() => inverse.value, /none of zero/)
    registry.set(source, 2)
    assert.strictEqual(inverse.value, 0.5)
    registry.set(source, 4)
    assert.strictEqual(told, 2)
  })
})
