import { assert, describe, it } from "@effect/vitest"
import { draw, type Put, shrink, type Step } from "./histories.ts"
import { play } from "./timelinePlay.ts"

const histories = 10_000

/** Situations that must have occurred, or they were not tested. */
const wanted = [
  ...["Created", "Updated", "Resync", "Scheduled", "ClockJump", "Recovered"].map(
    (cause) => `Running ${cause}`
  ),
  ...["Created", "Updated", "Resync", "Scheduled", "ClockJump", "Recovered", "Deleted"].map(
    (cause) => `Stopped ${cause}`
  ),
  "MissedRun LateWakeUp",
  "MissedRuns LateWakeUp",
  "MissedRun NotTold",
  "MissedRun Unremembered",
  "64 ranges"
]

const check = (title: string, history: ReadonlyArray<Step>) => {
  const { difference } = play(history)
  if (difference === undefined) return
  const shortest = shrink(history, (shorter) => play(shorter).difference !== undefined)
  const played = play(shortest)
  assert.fail([title, ...played.log, String(played.difference)].join("\n"))
}

const command = (startsIn: number, late: boolean): Put => ({
  _tag: "Put",
  slot: 0,
  shape: {
    type: "CHARGE",
    component: 1,
    power: 1,
    active: true,
    dryRun: false,
    startsIn,
    length: 0,
    everyMinutes: 0,
    count: 1
  },
  fields: ["startsIn"],
  late,
  resync: false
})
const gone: Put = { _tag: "Delete", slot: 0, returns: true }

describe("the timeline", () => {
  it(`R1 to R11: decides what an exact model decides, in ${histories} histories`, () => {
    const reached = new Set<string>()
    for (let seed = 1; seed <= histories; seed++) {
      const history = draw(seed)
      const played = play(history)
      for (const what of played.reached) reached.add(what)
      if (played.difference !== undefined) check(`seed ${seed}`, history)
    }
    assert.deepStrictEqual(
      wanted.filter((what) => !reached.has(what)),
      []
    )
  }, 240_000)

  for (const times of [63, 64, 65, 66, 130]) {
    it(`R9: of ${times} executions by as many rules it remembers what the model does, also after a restart`, () => {
      const again: ReadonlyArray<Step> = [
        { _tag: "SetClock", seconds: -times },
        { _tag: "Move", slot: 0, times, everySeconds: 1 }
      ]
      const moved: Step = { _tag: "Move", slot: 0, times, everySeconds: 1 }
      check("at once", [moved, ...again])
      check("after a restart", [
        moved,
        { _tag: "Restart", seconds: 0 },
        { _tag: "Confirm", slots: [0] },
        ...again
      ])
    })
  }

  for (const others of [9_999, 10_000, 10_001]) {
    it(`R9: of an id that is gone, with ${others} others gone after it, it remembers what the model does`, () => {
      const returned = [command(-1, true), gone, command(0, false)]
      const history: ReadonlyArray<Step> = [
        command(0, true),
        gone,
        { _tag: "Crowd", count: others },
        ...returned
      ]
      check("at once", history)
      check("later", [...history.slice(0, 3), { _tag: "Advance", seconds: 30 }, ...returned])
    })
  }
})
