import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { ChangeCause } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { beginStep, makeEntry, revisit, takeInput, touch } from "../../../src/internal/timeline/evaluation.ts"
import * as Timeline from "../../../src/internal/timeline/timeline.ts"
import { dispatch, t0 } from "../../fixtures.ts"

const second = 1_000
const window = 60 * second

const make = () => Timeline.make({ catchUpWindow: Duration.millis(window) })

const news = (version: Dispatch | undefined, cause: ChangeCause = "Updated", late = false) => ({
  id: DispatchId.make(1n),
  version,
  cause,
  late
})

const known = (version: Dispatch) => {
  const timeline = make()
  takeInput(timeline, beginStep(timeline, t0 - 10 * second), news(version))
  return timeline
}

const entryOf = (timeline: Timeline.Timeline) => timeline.entries.get(DispatchId.make(1n))

describe("the beginning of a step", () => {
  it("stands still after a clock that was set back a little, and goes back after a larger step", () => {
    const timeline = make()
    beginStep(timeline, t0)
    const little = beginStep(timeline, t0 - second)
    assert.deepStrictEqual([little.now, little.clockStepped], [t0, false])
    const far = beginStep(timeline, t0 - second - 1)
    assert.deepStrictEqual([far.now, far.clockStepped], [t0 - second - 1, true])
    assert.strictEqual(timeline.evaluatedAt, t0 - second - 1)
  })

  it("looks at a dispatch once, for its first reason", () => {
    const timeline = make()
    const entry = makeEntry(timeline, DispatchId.make(1n), t0)
    const step = beginStep(timeline, t0)
    touch(step, entry, "Created")
    touch(step, entry, "Scheduled")
    assert.deepStrictEqual([step.entries.length, entry.cause], [1, "Created"])
    touch(beginStep(timeline, t0), entry, "Scheduled")
    assert.strictEqual(entry.cause, "Scheduled")
  })

  it("considers occurrences again that lie ahead again", () => {
    const timeline = known(dispatch())
    const step = beginStep(timeline, t0 - 100 * second)
    const entry = entryOf(timeline)
    assert.isDefined(entry)
    if (entry !== undefined) revisit(step, entry)
    assert.deepStrictEqual([entry?.pending, entry?.cause], [t0 - 100 * second, "ClockJump"])
  })
})

describe("an input", () => {
  it("about an unknown dispatch that is gone leaves nothing behind", () => {
    const timeline = make()
    const step = beginStep(timeline, t0)
    takeInput(timeline, step, news(undefined, "Deleted"))
    assert.deepStrictEqual([entryOf(timeline), step.entries], [undefined, []])
  })

  it("leaves a command due that has just passed, if it may be late and is a command", () => {
    const pendingOf = (version: Dispatch, late: boolean) => {
      const timeline = make()
      takeInput(timeline, beginStep(timeline, t0), news(version, "Created", late))
      return entryOf(timeline)?.pending
    }
    const command = dispatch({ duration: Duration.zero })
    assert.strictEqual(pendingOf(command, true), t0 - window)
    assert.strictEqual(pendingOf(command, false), t0)
    assert.strictEqual(pendingOf(dispatch(), true), t0)
  })

  it("notes the run of the version before that it found waiting, and is over", () => {
    const version = dispatch()
    const timeline = known(version)
    const entry = entryOf(timeline)
    if (entry !== undefined) timeline.deadlines.schedule(entry, t0)
    const step = beginStep(timeline, t0 + 61 * second)
    takeInput(timeline, step, news(dispatch({ version: 2, active: false })))
    assert.deepStrictEqual(entry?.overdue, { version, from: t0 - 10 * second, to: t0 })
    assert.deepStrictEqual([entry?.version?.updateTime, entry?.cause], [2n, "Updated"])
  })

  it("S10: confirms a dispatch that only an earlier process knew, and keeps what it waits for", () => {
    const version = dispatch()
    const timeline = make()
    const entry = makeEntry(timeline, version.id, t0 - 5 * second)
    entry.version = version
    entry.unconfirmed = true
    const step = beginStep(timeline, t0)
    const confirmed = dispatch()
    takeInput(timeline, step, news(confirmed, "Recovered"))
    assert.deepStrictEqual(
      [entry.unconfirmed, entry.pending, entry.cause],
      [false, t0 - 5 * second, "Recovered"]
    )
    assert.strictEqual<unknown>(entry.version, confirmed)
    assert.deepStrictEqual([...step.entries], [entry])
  })
})
