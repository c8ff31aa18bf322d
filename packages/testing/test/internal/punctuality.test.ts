/** The times at which a simulated site may publish. */
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import type { ClockView } from "../../src/internal/clockView.ts"
import { Punctuality } from "../../src/internal/punctuality.ts"
import { change, seconds } from "./changes.ts"

/** A start that was due at `t0` and decided so many seconds later. */
const start = (decided: number) => change("Running", 0, decided)

const right: ClockView = {
  isRight: () => true,
  isPrompt: () => true,
  isPromptSince: () => true,
  isNoting: () => true,
  timers: () => 100_000
}
const hanging = { ...right, isPrompt: () => false, isPromptSince: () => false }

const isInTime = (judged: Punctuality, change: RunningStateChange, now: number) =>
  judged.isInTime(change, seconds(now), { isTold: false })

describe("the punctuality of a simulated site", () => {
  it("lets a start be late that was due, and was decided, while nobody looked; however late it is noted", () => {
    const judged = new Punctuality(hanging)
    judged.stopWatching(seconds(-1), seconds(-1))
    judged.watchAgain(seconds(10))
    assert.isTrue(isInTime(judged, start(10), 10))
    assert.isTrue(isInTime(judged, start(10), 12))
    assert.isFalse(isInTime(judged, start(11), 11))
    assert.isFalse(isInTime(new Punctuality(right), start(10), 10))
  })

  it("S10: lets a start that waited for its note when the actor stopped be told when that runs again", () => {
    for (const [atStop, decided, isExcused] of [
      [hanging, 0, true],
      [hanging, 2, false],
      [right, 0, false]
    ] as const) {
      let clock: ClockView = atStop
      const judged = new Punctuality({
        isRight: () => false,
        isPrompt: () => clock.isPrompt(),
        isPromptSince: (time) => clock.isPromptSince(time),
        isNoting: () => true,
        timers: () => 100_000
      })
      judged.stopWatching(seconds(-5), seconds(1))
      // The clock stands still, so that nothing tells how long it waited.
      clock = right
      assert.strictEqual(isInTime(judged, start(decided), 3), isExcused)
    }
  })

  it("knows that a command may have been due before an update if its note waited", () => {
    for (const [clock, mayBe] of [
      [right, false],
      [{ ...right, isPromptSince: (time: number) => time >= 99_500 }, true],
      [{ ...right, isPromptSince: (time: number) => time >= 98_500 }, false],
      [{ ...right, isRight: () => false }, true]
    ] as const) {
      assert.strictEqual(new Punctuality(clock).mayBeOverdue(start(1), seconds(1)), mayBe)
    }
  })
})
