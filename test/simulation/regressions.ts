/** Plans that once failed, cut down to what mattered: what a seed draws changes, a plan does not. */
import * as Target from "@effect-dispatch/core/Target"
import type { Draft, Plan } from "@effect-dispatch/testing/SimulationPlan"

const settings = {
  seed: 1,
  startsAt: Date.parse("2026-01-05T10:00:00.500Z"),
  persistent: true,
  maxSleep: 10_000,
  resyncInterval: 300_000,
  streamAgeMax: 1_800_000,
  subscriberCapacity: 16
}

const draft: Draft = {
  type: "DISCHARGE",
  startsIn: 0,
  duration: 60,
  target: Target.componentIds(1n),
  active: true,
  dryRun: false,
  payload: {},
  recurrence: undefined
}

const everyMinute = { frequency: "MINUTELY", interval: 1 } as const

/** By what must hold. */
export const regressions: { readonly [promise: string]: Plan } = {
  "S5: a version that went on for ever gives way to one that is over, when the service was set back": {
    ...settings,
    steps: [
      { _tag: "Create", draft: { ...draft, duration: 1 } },
      { _tag: "TakeBackup" },
      { _tag: "Update", pick: 0, changes: { recurrence: { ...everyMinute, byHours: [0] } } },
      { _tag: "Advance", millis: 839_521 },
      { _tag: "Create", draft: { ...draft, startsIn: 43_200_000 } },
      { _tag: "RestoreBackup" }
    ]
  },
  "S5, S8: a version that cannot be read gives way to the one before, when the service was set back": {
    ...settings,
    startsAt: Date.parse("2028-02-29T12:00:00.500Z"),
    maxSleep: 30_000,
    steps: [
      { _tag: "Create", draft: { ...draft, startsIn: -7_181_000, duration: 0, recurrence: everyMinute } },
      { _tag: "TakeBackup" },
      { _tag: "BecomeUnreadable", pick: 0, lacks: "nothing" },
      { _tag: "RestoreBackup" }
    ]
  },
  "S8: a version is found again after a record that could not be read and told no time": {
    ...settings,
    persistent: false,
    steps: [
      { _tag: "Create", draft: { ...draft, startsIn: 10_800_000 } },
      { _tag: "TakeBackup" },
      { _tag: "BecomeUnreadable", pick: 0, lacks: "updateTime" },
      { _tag: "RestoreBackup" }
    ]
  },
  "R10: an actor that is started again notices that the clock was set back while it did not run": {
    ...settings,
    maxSleep: 60_000,
    steps: [
      { _tag: "Create", draft: { ...draft, startsIn: 7_200_000, duration: 90, recurrence: everyMinute } },
      { _tag: "AdvanceToEdge", pick: 0, off: 0 },
      { _tag: "StepClock", millis: -4_284_125 },
      { _tag: "RestartActor", downFor: 60_000 }
    ]
  },
  "R10: a command that came due while the actor did not run may be executed together with an update": {
    ...settings,
    steps: [
      { _tag: "Create", draft: { ...draft, duration: 0, recurrence: everyMinute } },
      { _tag: "Advance", millis: 30_000 },
      {
        _tag: "Burst",
        steps: [
          { _tag: "Update", pick: 0, changes: { active: true } },
          { _tag: "RestartActor", downFor: 60_000 }
        ]
      }
    ]
  },
  "Late wake-ups: what was executed before the clock was set back is not missed when it is set forward": {
    ...settings,
    steps: [
      { _tag: "Create", draft: { ...draft, duration: 0, recurrence: everyMinute } },
      { _tag: "Advance", millis: 180_000 },
      { _tag: "StepClock", millis: -703_000 },
      { _tag: "Advance", millis: 10_000 },
      { _tag: "StepClock", millis: 3_300_000 }
    ]
  },
  "Late wake-ups: what was over under the old version, and is on under the new one, is not missed": {
    ...settings,
    steps: [
      { _tag: "Create", draft: { ...draft, startsIn: 10_000, duration: 1 } },
      {
        _tag: "Burst",
        steps: [
          { _tag: "StepClock", millis: 60_000 },
          { _tag: "Update", pick: 0, changes: { duration: null } }
        ]
      },
      { _tag: "Advance", millis: 20_000 }
    ]
  },
  "Clock set back: a step forward and back again is noticed, though nobody was woken in between": {
    ...settings,
    maxSleep: 3_600_000,
    steps: [
      { _tag: "Create", draft: { ...draft, startsIn: 3_000_000, duration: 3_600 } },
      {
        _tag: "Burst",
        steps: [
          { _tag: "StepClock", millis: 7_000_000 },
          { _tag: "Create", draft: { ...draft, startsIn: 86_400_000 } }
        ]
      },
      { _tag: "StepClock", millis: -7_000_000 },
      { _tag: "Advance", millis: 3_700_000 }
    ]
  },
  "Clock set back: a small step back that is waited out is waited out by the next process as well": {
    ...settings,
    steps: [
      { _tag: "Create", draft: { ...draft, recurrence: everyMinute } },
      { _tag: "Advance", millis: 600_000 },
      { _tag: "StepClock", millis: -300_000 },
      { _tag: "AdvanceToEdge", pick: 0, off: 0 },
      { _tag: "SetClockRate", rate: 0 },
      { _tag: "StepClock", millis: -421 },
      { _tag: "Crash", downFor: 3_600_000, atWrite: false, written: false, lateListeners: false }
    ]
  },
  "Clock set back: a missed run that waits for a store which hangs, and lies ahead again, is not told": {
    ...settings,
    steps: [
      { _tag: "SetStore", mood: "hangs" },
      { _tag: "Create", draft: { ...draft, startsIn: -60_000, recurrence: { ...everyMinute, interval: 2 } } },
      { _tag: "AdvanceToEdge", pick: 0, off: 1 },
      {
        _tag: "Burst",
        steps: [
          { _tag: "StepClock", millis: -2_306_999 },
          { _tag: "Update", pick: 0, changes: {} }
        ]
      }
    ]
  },
  "S10: a run of a record that is read late is stopped, though its dispatch is known": {
    ...settings,
    steps: [
      { _tag: "Create", draft: { ...draft, recurrence: { frequency: "MONTHLY", interval: 7 } } },
      { _tag: "Advance", millis: 10_000 },
      { _tag: "SetStore", mood: "failsToRead" },
      { _tag: "Crash", downFor: 3_600_000, atWrite: false, written: false, lateListeners: false },
      { _tag: "SetStore", mood: "works" },
      { _tag: "Advance", millis: 120_000 }
    ]
  },
  "S10: the one before a recovered run differs from it, though a version that was noted and not told lies between":
    {
      ...settings,
      resyncInterval: 30_000,
      steps: [
        { _tag: "Create", draft: { ...draft, startsIn: -60_000, duration: 3_600 } },
        { _tag: "Update", pick: 0, changes: { duration: null } },
        { _tag: "SetFaults", faults: { delay: 0.9, refuse: 0.5, refuseIds: 0.5 } },
        { _tag: "Crash", downFor: 0, atWrite: true, written: false, lateListeners: false },
        { _tag: "Update", pick: 0, changes: { type: "DISCHARGE" } },
        { _tag: "Crash", downFor: 3_600_000, atWrite: true, written: true, lateListeners: true }
      ]
    },
  "Clock set back: small steps that are more together than is waited out are noticed at the next look": {
    ...settings,
    maxSleep: 3_600_000,
    steps: [
      { _tag: "Create", draft: { ...draft, startsIn: 600_000 } },
      { _tag: "AdvanceToEdge", pick: 0, off: 500 },
      { _tag: "SetClockRate", rate: 0 },
      { _tag: "StepClock", millis: -709 },
      { _tag: "Advance", millis: 4_000_000 },
      { _tag: "StepClock", millis: -318 }
    ]
  },
  "Clock set back: a step of which the site sees only the last part is waited out, also by a clock that stands still":
    {
      ...settings,
      persistent: false,
      resyncInterval: 300_000,
      steps: [
        { _tag: "Create", draft: { ...draft, startsIn: 600_000, duration: 1 } },
        { _tag: "AdvanceToEdge", pick: 0, off: 0 },
        { _tag: "Advance", millis: 2_404 },
        { _tag: "StepClock", millis: -2_041 },
        { _tag: "SetClockRate", rate: 0 },
        { _tag: "RestartActor", downFor: 60_000, overlaps: false }
      ]
    },
  "R9: a run whose dispatch becomes a command is not among the commands that were missed, once the clock was set back":
    {
      ...settings,
      steps: [
        { _tag: "Create", draft: { ...draft, startsIn: -23_000, duration: 60, recurrence: everyMinute } },
        { _tag: "AdvanceToEdge", pick: 0, off: 0 },
        { _tag: "Update", pick: 0, changes: { duration: 0 } },
        { _tag: "StepClock", millis: -967_477 },
        { _tag: "Advance", millis: 10_000 },
        { _tag: "StepClock", millis: 5_762_737 }
      ]
    }
}
