/**
 * The events of a simulation: drawn from a seed, and data, so that a failing plan can be cut down to what matters.
 *
 * @since 0.1.0
 */
import {
  beginnings,
  nights,
  type Draft,
  drawChanges,
  drawDraft,
  hour,
  minute,
  second,
  simulationLengthMax,
  types
} from "./internal/drafts.ts"
import { faultKinds, type Faults } from "./FaultyNetwork.ts"
import { Chance } from "./Chance.ts"

export type { Draft } from "./internal/drafts.ts"

/**
 * The parts that an unreadable record lacks.
 *
 * @category models
 * @since 0.1.0
 */
export type Lacking = "nothing" | "updateTime" | "id"

/**
 * One event. `pick`, from 0 to 1, chooses among the present dispatches. Lengths are milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export type Step =
  | { readonly _tag: "Advance"; readonly millis: number }
  /** To the next edge of a dispatch, give or take. */
  | { readonly _tag: "AdvanceToEdge"; readonly pick: number; readonly off: number }
  | { readonly _tag: "Create"; readonly draft: Draft }
  | { readonly _tag: "Update"; readonly pick: number; readonly changes: Partial<Draft> }
  | { readonly _tag: "Delete"; readonly pick: number }
  /** A record of the service becomes unreadable to this program, and is announced as changed. */
  | { readonly _tag: "BecomeUnreadable"; readonly pick: number; readonly lacks: Lacking }
  /** Several things at once: nobody notices anything before all have happened. */
  | { readonly _tag: "Burst"; readonly steps: ReadonlyArray<Step> }
  | { readonly _tag: "SetFaults"; readonly faults: Faults }
  | { readonly _tag: "StepClock"; readonly millis: number }
  | { readonly _tag: "SetClockRate"; readonly rate: number }
  | { readonly _tag: "TakeBackup" }
  | { readonly _tag: "RestoreBackup" }
  /** The process ends, at once or in the midst of writing down what it knows, and comes back later. */
  | {
      readonly _tag: "Crash"
      readonly downFor: number
      readonly atWrite: boolean
      readonly written: boolean
      /** The next process begins with only a subscriber of another type; the subscribers concerned come later. */
      readonly lateListeners?: boolean
    }
  /** The actor is stopped and started again, perhaps before it has stopped; its process goes on (R10). */
  | { readonly _tag: "RestartActor"; readonly downFor: number; readonly overlaps?: boolean }
  /** The service holds another content under the same update time, and tells nobody. */
  | { readonly _tag: "Rewrite"; readonly pick: number; readonly changes: Partial<Draft> }
  /** The store keeps its content as it should, or not. */
  | { readonly _tag: "SetStore"; readonly mood: "works" | "fails" | "hangs" | "failsToRead" }
  /** The journal takes entries as it should, or not. */
  | { readonly _tag: "SetJournal"; readonly mood: "works" | "fails" | "hangs" }
  /** Another process takes over the store: this one ends as soon as it notices, and comes back when it may. */
  | { readonly _tag: "Fence"; readonly downFor: number }
  /** Somebody subscribes, and asks for the current state first. */
  | { readonly _tag: "Subscribe"; readonly type: string | undefined }
  | { readonly _tag: "PauseReader" }
  | { readonly _tag: "ResumeReader" }

/**
 * A whole simulation. Lengths are milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  readonly seed: number
  /** The first instant of the wall clock, in epoch milliseconds. */
  readonly startsAt: number
  readonly persistent: boolean
  readonly maxSleep: number
  readonly resyncInterval: number
  readonly streamAgeMax: number
  readonly subscriberCapacity: number
  readonly steps: ReadonlyArray<Step>
}

/**
 * Draws the plan of a seed.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { SimulationPlan } from "@effect-dispatch/testing"
 *
 * assert.deepStrictEqual(SimulationPlan.make(7), SimulationPlan.make(7))
 * assert.ok(SimulationPlan.make(7).steps.length >= 20)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (seed: number): Plan => {
  const chance = new Chance(seed)
  const maxSleep = chance.pick([10_000, 30_000, 60_000, 600_000, 3_600_000])
  const steps: Array<Step> = []
  const mood = moodOf(chance)
  const count = chance.int(20, 90)
  // Only a look notices a step of the clock: short sleeps make long simulations slow.
  let timeLeft = Math.min(simulationLengthMax, maxSleep * 600)
  for (let index = 0; index < count; index++) {
    const step = drawStep(chance, mood)
    if (step._tag === "Advance") {
      const millis = Math.min(step.millis, Math.floor(timeLeft / 4))
      timeLeft -= millis
      steps.push({ ...step, millis })
    } else {
      steps.push(step)
    }
  }
  return {
    seed,
    startsAt: beginningOf(seed, chance.pick(beginnings)) + chance.pick([0, 0, 1, 500, 999]),
    persistent: chance.happens(0.6),
    maxSleep,
    resyncInterval: chance.pick([30_000, 300_000, 300_000]),
    streamAgeMax: chance.pick([120_000, 1_800_000]),
    subscriberCapacity: chance.pick([2, 4, 16, 1_024]),
    steps: withJournal(steps, new Chance(~seed))
  }
}

/** Some have trouble with the journal as well, by a chance of its own. */
const withJournal = (steps: ReadonlyArray<Step>, chance: Chance): ReadonlyArray<Step> => {
  if (!chance.happens(0.5)) return steps
  return steps.flatMap((step): ReadonlyArray<Step> =>
    chance.happens(0.1)
      ? [{ _tag: "SetJournal", mood: chance.pick(["works", "works", "fails", "hangs"]) }, step]
      : [step]
  )
}

/** Some begin in a night in which clocks are changed. */
const beginningOf = (seed: number, drawn: number): number =>
  seed % 5 === 0 ? (nights[(seed / 5) % nights.length] ?? drawn) : drawn

/** The kinds of trouble in this simulation, and how often they come. */
interface Mood {
  readonly network: ReadonlyArray<(typeof faultKinds)[number]>
  readonly clock: boolean
  readonly crashes: boolean
  readonly backups: boolean
  readonly unreadable: boolean
  readonly slowReader: boolean
  readonly store: boolean
}

const moodOf = (chance: Chance): Mood => ({
  network: chance.happens(0.2) ? [] : chance.some(faultKinds, chance.pick([0.2, 0.5, 0.9])),
  clock: chance.happens(0.4),
  crashes: chance.happens(0.4),
  backups: chance.happens(0.3),
  unreadable: chance.happens(0.25),
  slowReader: chance.happens(0.5),
  store: chance.happens(0.25)
})

const drawStep = (chance: Chance, mood: Mood): Step => {
  const draw = chance.next()
  if (draw < 0.12) return { _tag: "Advance", millis: Math.floor(10 ** (chance.next() * 7.5)) }
  if (draw < 0.38) return { _tag: "AdvanceToEdge", pick: chance.next(), off: chance.pick([0, 0, 0, -1, 1]) }
  if (draw < 0.6) return drawMutation(chance)
  if (draw < 0.65) return drawBurst(chance, mood)
  if (draw < 0.68) return drawRestart(chance)
  if (draw < 0.72) return { _tag: "Subscribe", type: chance.pick([undefined, ...types]) }
  return drawTrouble(chance, mood)
}

const drawRestart = (chance: Chance): Step => ({
  _tag: "RestartActor",
  downFor: chance.pick([0, second, minute]),
  overlaps: chance.happens(0.3)
})

const drawMutation = (chance: Chance): Step => {
  const draw = chance.next()
  if (draw < 0.4) return { _tag: "Create", draft: drawDraft(chance) }
  if (draw < 0.85) return { _tag: "Update", pick: chance.next(), changes: drawChanges(chance) }
  return { _tag: "Delete", pick: chance.next() }
}

const drawBurst = (chance: Chance, mood: Mood): Step => {
  const steps = Array.from({ length: chance.int(2, 4) }, () => drawMutation(chance))
  if (mood.clock && chance.happens(0.5)) steps.unshift(drawClockStep(chance))
  return { _tag: "Burst", steps }
}

const drawClockStep = (chance: Chance): Step => ({
  _tag: "StepClock",
  millis: chance.pick([1, -1]) * Math.floor(10 ** (2 + chance.next() * 5))
})

type Trouble = "network" | "clock" | "crash" | "backup" | "rewrite" | "unreadable" | "slowReader" | "store"

const drawTrouble = (chance: Chance, mood: Mood): Step => {
  const troubles: ReadonlyArray<Trouble> = [
    ...(mood.network.length > 0 ? (["network", "network"] as const) : []),
    ...(mood.clock ? (["clock", "clock"] as const) : []),
    ...(mood.crashes ? (["crash"] as const) : []),
    ...(mood.backups ? (["backup", "backup", "rewrite"] as const) : []),
    ...(mood.store ? (["store", "crash"] as const) : []),
    ...(mood.unreadable ? (["unreadable"] as const) : []),
    ...(mood.slowReader ? (["slowReader"] as const) : [])
  ]
  if (troubles.length === 0) return { _tag: "Advance", millis: chance.int(0, 5) * second }
  switch (chance.pick(troubles)) {
    case "network":
      return {
        _tag: "SetFaults",
        faults: chance.happens(0.3)
          ? {}
          : Object.fromEntries(mood.network.map((kind) => [kind, chance.pick([0.05, 0.2, 0.5, 0.9])]))
      }
    case "clock":
      return chance.happens(0.6)
        ? drawClockStep(chance)
        : { _tag: "SetClockRate", rate: chance.pick([0, 0.5, 0.999, 1, 1, 1.001, 2]) }
    case "crash":
      return {
        _tag: "Crash",
        downFor: chance.pick([0, 1, 30 * second, minute, hour]),
        atWrite: chance.happens(0.5),
        written: chance.happens(0.5),
        lateListeners: chance.happens(0.2)
      }
    case "store":
      return chance.happens(0.2)
        ? { _tag: "Fence", downFor: chance.pick([0, minute]) }
        : { _tag: "SetStore", mood: chance.pick(["works", "works", "fails", "hangs", "failsToRead"]) }
    case "rewrite":
      return { _tag: "Rewrite", pick: chance.next(), changes: drawChanges(chance) }
    case "backup":
      return { _tag: chance.happens(0.4) ? "TakeBackup" : "RestoreBackup" }
    case "unreadable":
      return {
        _tag: "BecomeUnreadable",
        pick: chance.next(),
        lacks: chance.pick(["nothing", "nothing", "nothing", "updateTime", "id"])
      }
    case "slowReader":
      return { _tag: chance.happens(0.6) ? "PauseReader" : "ResumeReader" }
  }
}
