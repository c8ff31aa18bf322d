import { assert, describe, it } from "@effect/vitest"
import { Turn } from "../src/state/turn.ts"

describe("work", () => {
  it("W8: is begun once, however often it is asked for, and again after its end", () => {
    const turn = new Turn()
    const ends: Array<() => void> = []
    const ask = () => turn.begin((end) => void ends.push(end))
    ask()
    ask()
    assert.lengthOf(ends, 1)
    ends[0]?.()
    ask()
    ask()
    assert.lengthOf(ends, 2)
  })
})
