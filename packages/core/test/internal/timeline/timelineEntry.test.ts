/** One dispatch of a timeline, of which earlier processes have announced runs. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { goneMax } from "../../../src/internal/timeline/goneExecutions.ts"
import { memoryOf } from "../../../src/internal/timeline/memory.ts"
import * as Timeline from "../../../src/internal/timeline/timeline.ts"
import { at, dispatch, t0 } from "../../fixtures.ts"

const hour = { duration: Duration.hours(1) }

/** A version of its own number, with a target of its own. */
const ofTarget = (version: number) =>
  dispatch({ ...hour, version, target: Target.componentIds(BigInt(version)) })

const running = (version: Dispatch): RunningStateChange => ({
  dispatch: version,
  state: "Running",
  at: at(0),
  decidedAt: at(0),
  occurrence: at(0),
  until: at(3_600),
  continues: false,
  cause: "Scheduled"
})

const remembered = (
  version: Dispatch | undefined,
  announced: ReadonlyArray<Dispatch>,
  fields: Partial<Timeline.Remembered> = {}
): Timeline.Remembered => ({
  id: DispatchId.make(1n),
  version,
  announced: announced.map(running),
  executed: undefined,
  evaluatedAt: t0,
  ...fields
})

/** A process that starts at 10 s with what is kept. */
const recovered = (...kept: ReadonlyArray<Timeline.Remembered>) => {
  const timeline = Timeline.make({ catchUpWindow: Duration.minutes(1), remembers: true })
  return { timeline, ...Timeline.recover(timeline, kept, t0 + 10_000) }
}

const evaluate = (
  timeline: Timeline.Timeline,
  version: Dispatch | undefined,
  cause: Timeline.Input["cause"],
  seconds: number
) =>
  Timeline.evaluate(
    timeline,
    [{ id: DispatchId.make(1n), version, cause, late: false }],
    t0 + seconds * 1_000
  )

const versionsOf = (changes: ReadonlyArray<RunningStateChange>) =>
  changes.map(({ dispatch: { updateTime } }) => Number(updateTime))

const executedAt = (...instants: ReadonlyArray<number>) => ({
  rules: instants.map((start) => ({ start })),
  ranges: instants.map((instant, rule) => [instant, instant, rule] as const)
})

describe("R11: runs that earlier processes announced in several forms", () => {
  it("go on as the one that is told: all others have moved, the last of them is the one before", () => {
    for (const announced of [[1], [1, 2], [1, 2, 3]]) {
      const { timeline } = recovered(remembered(ofTarget(3), announced.map(ofTarget)))
      const others = announced.filter((version) => version !== 3)
      const { moved, starts, stops } = evaluate(timeline, ofTarget(3), "Recovered", 11)
      assert.deepStrictEqual([stops, versionsOf(starts), versionsOf(moved)], [[], [3], others])
      assert.deepStrictEqual(Number(starts[0]?.previous?.updateTime), others.at(-1))
      assert.deepStrictEqual(versionsOf(Timeline.tell(timeline, starts, t0 + 11_000).moved), others)
    }
  })

  it("S10: have as the one before the last that it differs from, whatever versions between them steered the same", () => {
    const alike = (version: number) => dispatch({ ...hour, version, target: Target.componentIds(2n) })
    for (const [announced, previous] of [
      [[ofTarget(1), alike(2), alike(3)], 1],
      [[alike(1), alike(2), alike(3)], undefined],
      [[ofTarget(1), alike(3)], 1],
      [[ofTarget(1), alike(2)], 2]
    ] as const) {
      const version = previous === 2 ? ofTarget(4) : alike(4)
      const { timeline } = recovered(remembered(version, announced))
      const { starts } = evaluate(timeline, version, "Recovered", 11)
      const named = starts.map((start) => start.previous && Number(start.previous.updateTime))
      assert.deepStrictEqual(named, [previous])
    }
  })

  it("R5, R10: are over once that is told: no update tells of it again, and one stop ends it", () => {
    const { timeline } = recovered(remembered(ofTarget(3), [1, 2, 3].map(ofTarget)))
    const { starts } = evaluate(timeline, ofTarget(3), "Recovered", 11)
    Timeline.tell(timeline, starts, t0 + 11_000)
    assert.deepStrictEqual(memoryOf(timeline, DispatchId.make(1n)).announced, [...starts])
    const named = dispatch({ ...hour, version: 4, target: Target.componentIds(3n), name: "a name" })
    const update = evaluate(timeline, named, "Updated", 12)
    assert.deepStrictEqual([update.starts, update.stops, update.moved], [[], [], []])
    const { inherited, stops } = evaluate(timeline, undefined, "Deleted", 13)
    assert.deepStrictEqual([versionsOf(stops), inherited], [[3], []])
  })

  it("stop at once where the dispatch is of another kind by now, whatever it does", () => {
    for (const kind of [{ type: "OTHER" }, { dryRun: true }, {}]) {
      const { inherited, stops } = recovered(
        remembered(dispatch({ ...hour, version: 9, ...kind }), [1, 2].map(ofTarget))
      )
      assert.deepStrictEqual(versionsOf(stops), Object.keys(kind).length === 0 ? [] : [1, 2])
      assert.deepStrictEqual(inherited, stops)
    }
  })

  it("S10: are kept for later subscribers in the order in which their stops are told", () => {
    const gone = (id: bigint) =>
      remembered(undefined, [dispatch({ ...hour, id })], { id: DispatchId.make(id) })
    const { inherited, stops } = recovered(gone(9n), gone(7n), gone(8n))
    assert.deepStrictEqual(
      stops.map(({ dispatch: { id } }) => id),
      [7n, 8n, 9n]
    )
    assert.deepStrictEqual(inherited, stops)
  })

  it("S10: stop at once where there is no version any more; of the dispatch its executions stay, and nothing else", () => {
    for (const executed of [undefined, executedAt(t0)]) {
      const { stops, timeline } = recovered(remembered(undefined, [ofTarget(1)], { executed }))
      assert.deepStrictEqual(versionsOf(stops), [1])
      assert.deepStrictEqual([timeline.entries.size, timeline.gone.size], [0, executed === undefined ? 0 : 1])
    }
  })
})

describe("R9: the executions of commands that are gone", () => {
  it("make room for others when a command comes back", () => {
    const executed = (id: number): Timeline.Remembered =>
      remembered(undefined, [], { id: DispatchId.make(BigInt(id)), executed: executedAt(t0 + id) })
    const all = Array.from({ length: goneMax }, (_, index) => executed(index + 1))
    const { memory, timeline } = recovered(...all)
    assert.deepStrictEqual(memory.losses.forgotten, [])
    const forgottenWith = (id: number) =>
      Timeline.recover(timeline, [executed(id)], t0 + 12_000).memory.losses.forgotten
    evaluate(timeline, dispatch({ duration: Duration.zero, startTime: at(60) }), "Created", 11)
    assert.deepStrictEqual(forgottenWith(goneMax + 1), [])
    assert.deepStrictEqual(forgottenWith(goneMax + 2), [DispatchId.make(2n)])
  })
})
