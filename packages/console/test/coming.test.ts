import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchId from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { comingUp } from "../src/words/coming.ts"

const now = Date.parse("2026-11-28T12:00:00Z")
const minute = 60_000

interface Plan extends Partial<Omit<Dispatch, "id">> {
  /** Minutes from now on. */
  readonly start: number
  readonly length: number
  readonly every?: number
}

const dispatch = (id: bigint, { every, length, start, ...more }: Plan) =>
  new Dispatch({
    id: DispatchId.make(id),
    type: "CHARGE",
    startTime: DateTime.makeUnsafe(now + start * minute),
    duration: Duration.minutes(length),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: DateTime.makeUnsafe(now),
    updateTime: 1n,
    ...(every === undefined
      ? undefined
      : { recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: every }) }),
    ...more
  })

const told = (all: ReadonlyArray<Dispatch>, most = 10) =>
  comingUp(all, now, most).map(({ at, dispatch, kind }) => `${(at - now) / minute} #${dispatch.id} ${kind}`)

describe("what comes up", () => {
  it("is the next two starts, ends and commands of each, in their order", () => {
    const all = [
      dispatch(1n, { start: 30, length: 10 }),
      dispatch(2n, { start: -10, length: 20 }),
      dispatch(3n, { start: 5, length: 0, every: 20 })
    ]
    assert.deepStrictEqual(told(all), [
      "5 #3 command",
      "10 #2 ends",
      "25 #3 command",
      "30 #1 starts",
      "40 #1 ends"
    ])
    assert.lengthOf(told(all, 3), 3)
  })

  it("tells ends before starts at one instant", () => {
    assert.deepStrictEqual(
      told([dispatch(1n, { start: 10, length: 5 }), dispatch(2n, { start: 0, length: 10 })], 2),
      ["10 #2 ends", "10 #1 starts"]
    )
  })

  it("has no end of a run that another one goes on from, and none of one without an end", () => {
    assert.deepStrictEqual(told([dispatch(1n, { start: 0, length: 10, every: 10 })]), [])
    assert.deepStrictEqual(told([dispatch(1n, { start: 5, length: 15, every: 10 })]), ["5 #1 starts"])
    assert.deepStrictEqual(told([dispatch(1n, { start: 5, length: 0, duration: Duration.infinity })]), [
      "5 #1 starts"
    ])
    assert.deepStrictEqual(told([dispatch(1n, { start: -5, length: 0, duration: Duration.infinity })]), [])
  })

  it("has nothing of what is paused or over", () => {
    assert.deepStrictEqual(
      told([dispatch(1n, { start: 5, length: 5, active: false }), dispatch(2n, { start: -9, length: 5 })]),
      []
    )
  })
})
