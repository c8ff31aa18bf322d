import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { type FoundDispatches, NewestStates } from "../../../src/internal/site/newestStates.ts"
import type { Kept } from "../../../src/internal/site/recordFormat.ts"
import { dispatch, t0 } from "../../fixtures.ts"

const version = (number: number) =>
  dispatch({ version: number, target: Target.componentIds(BigInt(number)), duration: Duration.hours(1) })
const announced: NonNullable<Kept["announced"]>[number] = {
  at: t0,
  occurrence: t0,
  until: t0 + 3_600_000,
  continues: false
}
const group = (
  isWhole: boolean,
  sequence: number,
  ...dispatches: ReadonlyArray<Omit<Kept, "id">>
): FoundDispatches => ({
  _tag: "Group",
  group: 1,
  isWhole,
  record: {
    sequence,
    evaluatedAt: t0,
    dispatches: dispatches.map((entry) => ({ id: version(1).id, ...entry }))
  }
})
const stateIn = (...records: ReadonlyArray<FoundDispatches>) => {
  const state = new NewestStates(records).groups[1]?.get(version(1).id)?.one
  return [state?.version?.updateTime, state?.announced.map((each) => each.dispatch.updateTime)]
}
const on = (number: number) => ({ version: version(number), announced: [announced] })

describe("S10, R11: a process that could not read a record of a greater number than its own", () => {
  const blind = group(false, 5, { ...on(1), blind: true })

  it("leaves its run to be stopped, and does not say that the dispatch exists", () => {
    assert.deepStrictEqual(stateIn(group(true, 9), blind), [undefined, [1n]])
  })

  it("leaves its run beside that of the other record, once if they are alike", () => {
    assert.deepStrictEqual(stateIn(group(true, 9, on(2)), blind), [2n, [1n, 2n]])
    assert.deepStrictEqual(stateIn(group(true, 9, on(1)), blind), [1n, [1n]])
  })

  it("is one that says so: of the others a whole record tells all", () => {
    assert.deepStrictEqual(stateIn(group(true, 9), group(false, 5, on(1))), [undefined, undefined])
    assert.deepStrictEqual(stateIn(group(true, 9, on(2)), group(false, 5, on(1))), [2n, [2n]])
  })
})
