import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { t0 } from "./fixtures.ts"

/** The reading of an answer when the service is `offset` ms ahead, and writes its date `there` ms after sending. */
const reading = (offset: number, sentAt: number, there: number, back: number): ClockOffset.ClockReading => ({
  serviceTime: Math.floor((sentAt + there + offset) / 1_000) * 1_000,
  sentAt,
  receivedAt: sentAt + there + back
})

const known = (...readings: ReadonlyArray<ClockOffset.ClockReading>): ClockOffset.ClockOffset => {
  const offset = readings.reduce<ClockOffset.ClockOffset | undefined>(ClockOffset.refine, undefined)
  if (offset === undefined) throw new Error("nothing is known")
  return offset
}

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const histories = Arbitrary.all({
  offset: int(-600_000, 600_000),
  /** Parts per million. */
  drift: int(-199, 199),
  calls: Arbitrary.array(
    Arbitrary.all({ pause: int(0, 600_000), there: int(0, 3_000), back: int(0, 3_000) }),
    { minLength: 40, maxLength: 60 }
  )
})

describe("ClockOffset", () => {
  it("S9: one answer bounds the offset by the time it took and the second it was cut to", () => {
    const { at, ...bounds } = known({ serviceTime: t0 + 5_000, sentAt: t0, receivedAt: t0 + 40 })
    assert.deepStrictEqual(bounds, { earliest: 4_960, latest: 6_000 })
    assert.strictEqual(at, t0 + 40)
    assert.strictEqual(ClockOffset.middle({ at, ...bounds }), 5_480)
    assert.strictEqual(ClockOffset.bound({ at, ...bounds }), 520)
  })

  it.prop("S9: the truth is within the bounds, also while the clocks drift", [histories], ([history]) => {
    let { offset } = history
    let at = t0
    let offsets: ClockOffset.ClockOffset | undefined
    for (const { back, pause, there } of history.calls) {
      const passed = pause + there + back
      offset += (passed * history.drift) / 1_000_000
      offsets = ClockOffset.refine(offsets, reading(offset, at + pause, there, back))
      at += passed
      if (offsets === undefined) return assert.fail("nothing is known")
      assert.isAtMost(offsets.earliest, offset)
      assert.isAtLeast(offsets.latest, offset)
      assert.isAtMost(ClockOffset.bound(offsets), (1_000 + there + back) / 2)
      assert.isAtMost(Math.abs(ClockOffset.middle(offsets) - offset), ClockOffset.bound(offsets) + 1e-6)
      assert.isAtMost(ClockOffset.atLeast(offsets), Math.abs(offset))
    }
  })

  it("S9: several answers narrow the bounds", () => {
    const phases = Array.from({ length: 100 }, (_, index) => reading(2_500, t0 + index * 1_013, 5, 5))
    const offset = known(...phases)
    assert.isBelow(ClockOffset.bound(offset), 25)
    assert.isAtMost(Math.abs(ClockOffset.middle(offset) - 2_500), 25)
    assert.isAbove(ClockOffset.atLeast(offset), ClockOffset.offsetMillisMax)
  })

  it("S9: after one of the clocks was set the newest answer alone counts", () => {
    const before = Array.from({ length: 20 }, (_, index) => reading(0, t0 + index * 1_013, 5, 5))
    const last = reading(10_000, t0 + 60_000, 5, 5)
    assert.deepStrictEqual(known(...before, last), known(last))
  })

  it("a reading during which the local clock was set back tells nothing", () => {
    const first = known(reading(0, t0, 5, 5))
    const broken = { serviceTime: t0 + 9_000, sentAt: t0 + 9_000, receivedAt: t0 + 8_999 }
    assert.strictEqual(ClockOffset.refine(first, broken), first)
    assert.isUndefined(ClockOffset.refine(undefined, broken))
    assert.isUndefined(ClockOffset.refine(undefined, { ...broken, sentAt: Number.NaN }))
  })

  it("clocks that may agree are not said to be apart, whichever is ahead otherwise", () => {
    const between = (earliest: number, latest: number) => ClockOffset.atLeast({ earliest, latest, at: t0 })
    assert.strictEqual(between(-1, 1_000), 0)
    assert.strictEqual(between(2_001, 3_000), 2_001)
    assert.strictEqual(between(-3_000, -2_001), 2_001)
  })
})
