import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import type { ClockView } from "../../src/internal/clockView.ts"
import { Judge } from "../../src/internal/judge.ts"
import type { Noted } from "../../src/internal/siteNotes.ts"
import { ServiceHistory } from "../../src/internal/serviceHistory.ts"
import { change, seconds, t0, version } from "./changes.ts"

const held = () => {
  const history = new ServiceHistory(() => 0)
  history.holds(version)
  return history
}

const judge = (noted: Noted = "nothing", clock: Partial<ClockView> = {}, history = held()) => {
  const usual: ClockView = {
    isRight: () => true,
    isPrompt: () => true,
    isPromptSince: () => true,
    isNoting: () => true,
    timers: () => 0
  }
  const made = new Judge(history, { ...usual, ...clock })
  made.beginProcess(noted)
  made.known.set(version.id, version)
  return made
}

describe("the judge of simulations", () => {
  const astray = { isRight: () => false }

  it("excuses what is late while nobody knows that the clock was touched, not what is told after it was decided", () => {
    const late = judge("nothing", astray)
    late.change(change("Running", 0, 20), seconds(20))
    assert.deepStrictEqual(late.violations, [])
    const exact = judge()
    exact.change(change("Running", 0, 20), seconds(20))
    assert.lengthOf(exact.violations, 1)
    const held = judge("nothing", astray)
    held.change(change("Running", 0, 20), seconds(30))
    assert.lengthOf(held.violations, 1)
  })

  it("takes any instant that the clock has shown for one that a site may go by, and no other", () => {
    const runs = judge()
    runs.change(change("Running", 0, 0), seconds(0))
    for (const [from, to, wrong] of [
      [30, 30, 0],
      [30, 90, 0],
      [61, 90, 1],
      [60, 60, 1]
    ] as const) {
      runs.violations.length = 0
      runs.atRest([version], { from: seconds(from), to: seconds(to) })
      assert.lengthOf(runs.violations, wrong, `${from} to ${to}`)
    }
    const rests = judge()
    for (const [from, to, wrong] of [
      [-10, 10, 0],
      [5, 10, 1]
    ] as const) {
      rests.atRest([version], { from: seconds(from), to: seconds(to) })
      assert.lengthOf(rests.violations, wrong, `${from} to ${to}`)
    }
  })

  it("excuses a start that waits for a store, not a stop", () => {
    const waits = judge("all", { isPrompt: () => false, isPromptSince: () => false })
    waits.atRest([version], { from: seconds(5), to: seconds(5) })
    assert.deepStrictEqual(waits.violations, [])
    waits.change(change("Running", 0, 0), seconds(5))
    waits.atRest([version], { from: seconds(61), to: seconds(61) })
    assert.lengthOf(waits.violations, 1)
    // Given up after 5 s, no store delays a start any more.
    const late = judge("all", { isPrompt: () => false, isPromptSince: () => false })
    late.change(change("Running", 0, 0), seconds(6))
    assert.lengthOf(late.violations, 1)
  })

  it("S10: holds a process to what the one before noted, not to what that told while its store failed", () => {
    for (const [isNoting, wrong] of [
      [true, 1],
      [false, 0]
    ] as const) {
      const begun = judge("all", { isNoting: () => isNoting })
      begun.change(change("Running", 0, 0), seconds(0))
      begun.beginProcess("before the store failed")
      begun.inheritedAtRest([version], "IsOver", seconds(5))
      assert.lengthOf(begun.violations, wrong)
    }
  })

  it("S5: lets a version go back only to one that a backup brought back, and believes nothing that was never held", () => {
    const newer = new Dispatch({ ...version, updateTime: 2n })
    const back = DispatchEvent.Updated({ dispatch: version, previous: newer })
    for (const isRestored of [true, false]) {
      const history = new ServiceHistory(() => 0)
      history.holds(version)
      const backup = new Map([[version.id, version]])
      history.holds(newer)
      if (isRestored) history.goesBack(new Map([[version.id, newer]]), backup)
      const made = judge("nothing", {}, history)
      made.known.set(version.id, newer)
      made.event(back)
      assert.lengthOf(made.violations, isRestored ? 0 : 1)
    }
    const invented = judge()
    invented.event(DispatchEvent.Updated({ dispatch: newer, previous: version }))
    assert.match(invented.violations.join(), /never held/)
  })

  it("S6: lets a deleted dispatch come back only with a backup, while the service has it or an answer is on its way", () => {
    let now = 0
    const history = new ServiceHistory(() => now)
    history.holds(version)
    const made = judge("nothing", {}, history)
    const comesBack = () => {
      made.violations.length = 0
      made.event(DispatchEvent.Deleted({ dispatch: version }))
      made.event(DispatchEvent.Created({ dispatch: version }))
      return made.violations.length
    }
    assert.strictEqual(comesBack(), 1)
    history.goesBack(new Map(), new Map([[version.id, version]]))
    assert.strictEqual(comesBack(), 0)
    history.lost(version.id)
    now = 60_000
    assert.strictEqual(comesBack(), 0)
    now = 70_000
    assert.strictEqual(comesBack(), 1)
  })

  it("S10: lets a run be told again only for the sake of one in another form that was read late, and once", () => {
    const other = new Dispatch({ ...version, payload: { power: 1 }, updateTime: 2n })
    const running = { ...change("Running", 0, 0), dispatch: other }
    const again = { ...running, cause: "Recovered", previous: version } as const
    const wrongOf = (noted: Noted, ...repeated: ReadonlyArray<RunningStateChange>) =>
      wrongAfter(version, noted, ...repeated)
    const wrongAfter = (first: Dispatch, noted: Noted, ...repeated: ReadonlyArray<RunningStateChange>) => {
      const begun = judge()
      begun.change({ ...change("Running", 0, 0), dispatch: first }, seconds(0))
      begun.beginProcess(noted)
      begun.change(running, seconds(0))
      for (const one of repeated) begun.change(one, seconds(0))
      return begun.violations.filter((violation) => violation.startsWith("R5"))
    }
    assert.lengthOf(wrongOf("unread", again), 0)
    assert.lengthOf(wrongOf("unread", again, again), 1)
    assert.lengthOf(wrongOf("unread", { ...again, cause: "Resync" }), 1)
    assert.lengthOf(wrongOf("unread", running), 1)
    assert.lengthOf(wrongOf("unread", { ...again, previous: other }), 1)
    assert.lengthOf(wrongOf("nothing", again), 1)
    assert.lengthOf(wrongOf("all", again), 1)
    const alike = new Dispatch({ ...other, updateTime: 1n })
    assert.lengthOf(wrongAfter(alike, "unread", { ...again, previous: alike }), 1)
    // Of a record that is behind, an older form may be told.
    const older = new Dispatch({ ...version, updateTime: 0n })
    assert.lengthOf(wrongOf("unread and behind", { ...again, previous: older }), 0)
    assert.lengthOf(wrongOf("unread", { ...again, previous: older }), 1)
  })

  it("S10: knows the stop of a run that was read late, once, from the edges of its dispatch", () => {
    const late = { ...change("Stopped", 60, 70), cause: "Recovered" } as const
    const wrongOf = (noted: Noted, ...stops: ReadonlyArray<RunningStateChange>) => {
      const begun = judge()
      begun.change(change("Running", 0, 0), seconds(0))
      begun.beginProcess(noted)
      for (const one of stops) begun.change(one, seconds(70))
      begun.edgesOf(version, stops, t0 + 61_000, t0 + 80_000)
      return begun.violations.filter((violation) => violation.startsWith("R7")).length
    }
    const older = { ...late, dispatch: new Dispatch({ ...version, updateTime: 0n }) }
    assert.strictEqual(wrongOf("unread", late), 0)
    assert.strictEqual(wrongOf("unread", late, { ...late }), 1)
    assert.strictEqual(wrongOf("unread", { ...late, cause: "Scheduled" }), 1)
    assert.strictEqual(wrongOf("unread", older), 1)
    assert.strictEqual(wrongOf("unread and behind", older), 0)
    assert.strictEqual(wrongOf("all", late), 1)
  })

  it("lets a process owe a stop only where it is not certain what the one before had noted", () => {
    for (const [noted, wrong] of [
      ["nothing", 1],
      ["all", 1],
      ["all and more", 0],
      ["all but the last", 0],
      ["before the store failed", 0],
      ["unread", 0]
    ] as const) {
      const begun = judge(noted)
      begun.change(change("Stopped", 60, 60), seconds(60))
      assert.lengthOf(begun.violations, wrong, noted)
    }
  })
})
