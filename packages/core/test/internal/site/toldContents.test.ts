import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { ToldContents, toldMax } from "../../../src/internal/site/toldContents.ts"
import { at, dispatch } from "../../fixtures.ts"

const run = (component: number, from = 0) => {
  const version = dispatch({ target: Target.componentIds(BigInt(component)) })
  const instants = { at: at(from), decidedAt: at(from), occurrence: at(from), until: at(from + 60) }
  return {
    ...instants,
    dispatch: version,
    state: "Running" as const,
    continues: false,
    cause: "Scheduled" as const
  }
}

describe("what was told beside records that were not read", () => {
  it(`S10: ${toldMax} contents are remembered, each once, and the oldest beyond is forgotten`, () => {
    const told = new ToldContents()
    const { id } = run(1).dispatch
    for (let component = 1; component <= toldMax; component++)
      told.add({ run: run(component), before: Infinity })
    const components = () =>
      told.of(id).map(
        ({
          run: {
            dispatch: { target }
          }
        }) => Target.key(target)
      )
    const formatted = (component: number) => Target.key(run(component).dispatch.target)
    const second = run(2, 60)
    told.add({ run: second, before: Infinity })
    assert.deepStrictEqual(told.of(id).at(-1), { run: second, before: Infinity })
    assert.deepStrictEqual([components().length, components()[0]], [toldMax, formatted(1)])
    told.add({ run: run(toldMax + 1), before: Infinity })
    assert.deepStrictEqual([components().length, components()[0]], [toldMax, formatted(3)])
  })

  it("S10: a content that this process told counts for all that is older, one that was read for what that record could not read", () => {
    const told = new ToldContents()
    const { id } = run(1).dispatch
    told.add({ run: run(1), before: 5 })
    told.add({ run: run(1), before: 3 })
    assert.deepStrictEqual(
      told.of(id).map(({ before }) => before),
      [5]
    )
    told.add({ run: run(1), before: Infinity })
    told.add({ run: run(1), before: 7 })
    assert.deepStrictEqual(
      told.of(id).map(({ before }) => before),
      [Infinity]
    )
  })
})
