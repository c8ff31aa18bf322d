import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { RecoveredStops } from "../../../src/internal/site/recoveredStops.ts"
import { at, dispatch } from "../../fixtures.ts"

const stopOf = (id: bigint): RunningStateChange => ({
  dispatch: dispatch({ id }),
  state: "Stopped",
  at: at(0),
  decidedAt: at(0),
  occurrence: at(0),
  until: at(60),
  continues: false,
  cause: "Recovered"
})

const anybody = () => true
const nobody = () => false
const tenMinutes = 600_000
const first = stopOf(1n)
const second = stopOf(2n)

describe("stops of what an earlier process had announced", () => {
  it("R11: are kept for ten minutes and not a moment longer", () => {
    const stops = new RecoveredStops()
    stops.add([first], 5, nobody)
    assert.strictEqual(stops.nextExpiry, tenMinutes + 5)
    assert.deepStrictEqual([stops.expire(tenMinutes + 4), stops.takeFor(anybody)], [[], [first]])
    stops.expire(tenMinutes + 5)
    assert.deepStrictEqual([stops.takeFor(anybody), stops.nextExpiry], [[], Infinity])
  })

  it("R11: wait in the records until each was handed to somebody who could see it", () => {
    const stops = new RecoveredStops()
    stops.add([first, second], 0, nobody)
    const waiting = () => [first, second].flatMap(({ dispatch: { id } }) => stops.waitingOf(id))
    assert.deepStrictEqual([stops.takeFor(nobody), waiting()], [[], [first, second]])
    assert.deepStrictEqual([stops.takeFor((stop) => stop === second), waiting()], [[second], [first]])
    // Who comes later is told all the same, and of all at once.
    assert.deepStrictEqual([stops.takeFor(anybody), waiting()], [[first, second], []])
    assert.deepStrictEqual(stops.expire(tenMinutes), [])
  })

  it("R11: that nobody took are given back when their time is over, those that were seen at once are not", () => {
    const stops = new RecoveredStops()
    stops.add([first, second], 0, (stop) => stop === first)
    assert.deepStrictEqual(stops.expire(tenMinutes), [second.dispatch])
  })
})
