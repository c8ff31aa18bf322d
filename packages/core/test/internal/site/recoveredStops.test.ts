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
const inherited = (stop: RunningStateChange) => ({ stop, isMoved: false })

const nobody = () => false
const tenMinutes = 600_000
const first = stopOf(1n)
const second = stopOf(2n)

describe("stops of what an earlier process had announced", () => {
  it("R11: are kept for ten minutes and not a moment longer", () => {
    const stops = new RecoveredStops()
    stops.add([first].map(inherited), 5, nobody)
    assert.strictEqual(stops.nextExpiry, tenMinutes + 5)
    assert.deepStrictEqual(
      [stops.expire(tenMinutes + 4), stops.takeFor(tenMinutes + 4, anybody)],
      [[], [first]]
    )
    // Nobody may have let go of them yet: the actor does not run.
    assert.deepStrictEqual(stops.takeFor(tenMinutes + 5, anybody), [])
    stops.expire(tenMinutes + 5)
    assert.deepStrictEqual([stops.takeFor(6, anybody), stops.nextExpiry], [[], Infinity])
  })

  it("R11: wait in the records until each was handed to somebody who could see it", () => {
    const stops = new RecoveredStops()
    stops.add([first, second].map(inherited), 0, nobody)
    const waiting = () => [first, second].flatMap(({ dispatch: { id } }) => stops.waitingOf(id).ended)
    assert.deepStrictEqual([stops.takeFor(1, nobody), waiting()], [[], [first, second]])
    assert.deepStrictEqual([stops.takeFor(1, ({ stop }) => stop === second), waiting()], [[second], [first]])
    // A later subscriber is still told, of all at once.
    assert.deepStrictEqual([stops.takeFor(1, anybody), waiting()], [[first, second], []])
    assert.deepStrictEqual(stops.expire(tenMinutes), [])
    stops.add([first, second].map(inherited), tenMinutes, nobody)
    assert.deepStrictEqual(
      [waiting(), stops.takeFor(1, anybody), waiting()],
      [[first, second], [first, second], []]
    )
  })

  it("R11: that nobody took are given back when their time is over, those that were seen at once are not", () => {
    const stops = new RecoveredStops()
    stops.add([first, second].map(inherited), 0, ({ stop }) => stop === first)
    assert.deepStrictEqual(
      stops.expire(tenMinutes).map(({ stop }) => stop),
      [second]
    )
  })

  it("R11: each of a dispatch waits by itself", () => {
    const stops = new RecoveredStops()
    const [earlier, later] = [stopOf(1n), stopOf(1n)]
    stops.add([earlier].map(inherited), 0, nobody)
    stops.add([later].map(inherited), 1, nobody)
    assert.deepStrictEqual(
      stops.expire(tenMinutes).map(({ stop }) => stop),
      [earlier]
    )
    assert.deepStrictEqual(stops.waitingOf(earlier.dispatch.id).ended, [later])
  })
})
