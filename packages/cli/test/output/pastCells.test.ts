import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import type { RunFate } from "@effect-dispatch/core/Run"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { cellOf } from "../../src/output/pastCells.ts"

const minute = 60_000
const at = (minutes: number) => DateTime.makeUnsafe(1_795_435_200_000 + minutes * minute)

const told = (from: number, fate: RunFate): ReportedRun => ({
  reporter: { id: "a1", name: "plant-7" },
  epoch: 0n,
  number: 1n,
  run: {
    dispatch: { id: DispatchId.make(1n), type: "CHARGE", dryRun: false, updateTime: 1n },
    occurrence: at(from),
    until: at(from + 1),
    fate,
    failures: [],
    failuresTotal: 0
  },
  arrivedAt: at(0),
  clockOffsetMillis: undefined,
  contradicted: false
})

/** The cells of ten minutes in which one minute in two is planned, from minute 0 on. */
const cells = (...all: ReadonlyArray<ReportedRun>) =>
  Array.from({ length: 10 }, (_, index) =>
    cellOf(index % 2 === 0 ? 1 : 0, all, {
      begin: at(index).epochMilliseconds,
      end: at(index + 1).epochMilliseconds,
      now: at(10).epochMilliseconds
    })
  )

describe("the past of a chart", () => {
  it("crosses all planned runs that were missed, also those that are told as one", () => {
    const missed = (from: number) => told(from, { _tag: "Missed", reason: "LateWakeUp", count: 1 })
    const crossed = ["missed", 0, "outline", 0, "missed", 0, "outline", 0, "outline", 0]
    assert.deepStrictEqual(cells(missed(0), missed(4)), crossed)
    const sum = told(0, { _tag: "Missed", reason: "LateWakeUp", count: 3, last: at(4) })
    const ran = told(2, { _tag: "Ran", from: at(2), lateMillis: 0, to: at(3), onMillis: minute })
    assert.deepStrictEqual(cells(sum, ran), ["missed", 0, 1, 0, "missed", 0, "outline", 0, "outline", 0])
  })

  it("J2: claims of a run of which nothing was known for a while no more than it was on, and hides no missed one", () => {
    const ran = told(0, { _tag: "Ran", from: at(0), lateMillis: 0, to: at(10), onMillis: minute })
    assert.deepStrictEqual(
      cells(ran),
      Array.from({ length: 10 }, () => 0.1)
    )
    const missed = told(4, { _tag: "Missed", reason: "LateWakeUp", count: 1 })
    assert.deepStrictEqual(cells(ran, missed).slice(3, 6), [0.1, "missed", 0.1])
    const [first] = cells(told(0, { ...ran.run.fate, onMillis: 0 } as RunFate))
    assert.isAbove(Number(first), 0)
  })
})
