/** Histories of a timeline: drawn from a seed, and data, so that a failing one can be cut down to what matters. */
import { Chance } from "@effect-dispatch/testing/Chance"

/** The wanted shape of a dispatch. Its start is counted from the instant of the step; all lengths are seconds. */
export interface Shape {
  readonly type: string
  readonly component: number
  readonly power: number
  readonly active: boolean
  readonly dryRun: boolean
  readonly startsIn: number
  readonly length: number
  readonly everyMinutes: number
  readonly count: number
}

/** Something that is learned of the dispatch of a slot. */
export type Put =
  | {
      readonly _tag: "Put"
      readonly slot: number
      /** All of a dispatch that is new, some of one that is known. */
      readonly shape: Shape
      readonly fields: ReadonlyArray<keyof Shape>
      readonly late: boolean
      readonly resync: boolean
    }
  /** The id is not used again, unless `returns` says that the service will be set back. */
  | { readonly _tag: "Delete"; readonly slot: number; readonly returns: boolean }

/** One thing that happens. Lengths are seconds. */
export type Step =
  | Put
  /** Time passes, and every timer rings when it should. */
  | { readonly _tag: "Advance"; readonly seconds: number }
  /** Time passes in which nobody looks; then it is looked, with what was learned meanwhile. */
  | { readonly _tag: "Sleep"; readonly seconds: number; readonly puts: ReadonlyArray<Put> }
  /** The clock is set, and this is noticed at once. */
  | { readonly _tag: "SetClock"; readonly seconds: number }
  /** From now on starts wait until a slice is told. */
  | { readonly _tag: "Hold" }
  /** So many of what waits are told, or all. */
  | { readonly _tag: "Tell"; readonly count: number }
  /** A new process goes on from what this one knew. What it confirms of it comes with other steps. */
  | { readonly _tag: "Restart"; readonly seconds: number }
  /** A listing confirms what is still unconfirmed of these slots, by the very version that was kept. */
  | { readonly _tag: "Confirm"; readonly slots: ReadonlyArray<number> }
  /** One command is moved to the present again and again, each a rule of its own. */
  | { readonly _tag: "Move"; readonly slot: number; readonly times: number; readonly everySeconds: number }
  /** So many other commands are executed, and then they are gone. */
  | { readonly _tag: "Crowd"; readonly count: number }

export const slots = 4

/** The history of a seed. */
export const draw = (seed: number): Array<Step> => {
  const chance = new Chance(seed)
  const mood = {
    clock: chance.happens(0.4),
    slices: chance.happens(0.3),
    restarts: chance.happens(0.4),
    moves: chance.happens(0.1)
  }
  return Array.from({ length: chance.pick([5, 10, 20, 40]) }, () => drawStep(chance, mood)).flatMap((step) =>
    step._tag === "Move" && chance.happens(0.5) ? [step, ...goBackInto(step, chance)] : [step]
  )
}

/** The clock is set back into what a command was moved through, to between its first executions, and it is moved there. */
const goBackInto = (
  { everySeconds, slot, times }: Extract<Step, { _tag: "Move" }>,
  chance: Chance
): Array<Step> => {
  const shape = { ...drawShape(chance), active: true, startsIn: 1, length: 0, everyMinutes: 0 }
  const into = chance.pick([0, 1, 2, 5])
  return [
    { _tag: "SetClock", seconds: (into - times) * everySeconds + chance.pick([2, 5, 10]) },
    {
      _tag: "Put",
      slot,
      shape,
      fields: ["active", "startsIn", "length", "everyMinutes"],
      late: false,
      resync: false
    },
    { _tag: "Advance", seconds: chance.pick([1, 30]) }
  ]
}

const drawStep = (
  chance: Chance,
  mood: { readonly [kind in "clock" | "slices" | "restarts" | "moves"]: boolean }
): Step => {
  if (mood.clock && chance.happens(0.15)) return drawClock(chance)
  if (mood.slices && chance.happens(0.3)) {
    return chance.happens(0.3) ? { _tag: "Hold" } : { _tag: "Tell", count: chance.pick([1, 2, 3, 1_000]) }
  }
  if (mood.restarts && chance.happens(0.3)) {
    if (chance.happens(0.3)) return { _tag: "Restart", seconds: chance.pick([0, 0, 1, 30, 60, 90, 600]) }
    const confirmed = Array.from({ length: slots }, (_, slot) => slot).filter(() => chance.happens(0.6))
    return { _tag: "Confirm", slots: confirmed }
  }
  if (mood.moves && chance.happens(0.3)) {
    // Back to where it is not remembered any more what was executed.
    if (chance.happens(0.3)) return { _tag: "SetClock", seconds: chance.pick([-60, -90, -600]) }
    const times = chance.pick([1, 5, 30, 60, 63, 64, 65, 66, 130])
    return { _tag: "Move", slot: drawSlot(chance), times, everySeconds: chance.pick([1, 20]) }
  }
  const next = chance.next()
  if (next < 0.4) return { _tag: "Advance", seconds: chance.pick([1, 10, 30, 60, 60, 90, 120, 600, 3_000]) }
  if (next < 0.85) return drawPut(chance)
  const puts = Array.from({ length: chance.pick([0, 0, 1, 2, 3]) }, () => drawPut(chance))
  return { _tag: "Sleep", seconds: chance.pick([1, 10, 45, 60, 61, 90, 600, 3_000]), puts }
}

const drawClock = (chance: Chance): Step => ({
  _tag: "SetClock",
  seconds: chance.pick([-0.5, -1, -1.001, -2, -30, -60, -90, -600, -3_000, 1, 30, 60, 90, 600, 3_000])
})

const drawSlot = (chance: Chance): number => chance.pick([0, 0, 1, 2, 3])

const drawPut = (chance: Chance): Put => {
  const slot = drawSlot(chance)
  if (chance.happens(0.15)) return { _tag: "Delete", slot, returns: chance.happens(0.3) }
  const all: ReadonlyArray<keyof Shape> = [
    "type",
    "component",
    "power",
    "active",
    "dryRun",
    "startsIn",
    "length",
    "everyMinutes",
    "count"
  ]
  return {
    _tag: "Put",
    slot,
    shape: drawShape(chance),
    fields: all.filter(() => chance.happens(0.2)),
    late: chance.happens(0.5),
    resync: chance.happens(0.1)
  }
}

const drawShape = (chance: Chance): Shape => ({
  type: chance.pick(["CHARGE", "CHARGE", "OTHER"]),
  component: chance.pick([1, 2]),
  power: chance.pick([1, 2]),
  active: chance.happens(0.85),
  dryRun: chance.happens(0.15),
  startsIn: chance.pick([0, 0, 1, 10, 30, 60, -1, -10, -59, -60, -61, -90, -600, 300]),
  length: chance.pick([0, 0, 0, 1, 30, 60, 60, 90, 150, 600, Infinity]),
  everyMinutes: chance.pick([0, 0, 1, 1, 1, 2]),
  count: chance.pick([1, 2, 3, 10, 1_000, 1_000, 1_000])
})

/** Cuts a failing history down to steps that fail without the others, and these to what they need. */
export const shrink = (
  history: ReadonlyArray<Step>,
  fails: (history: ReadonlyArray<Step>) => boolean
): ReadonlyArray<Step> => {
  let shortest = history
  for (let size = Math.ceil(history.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < shortest.length;) {
      const shorter = shortest.toSpliced(from, size)
      if (fails(shorter)) shortest = shorter
      else from += size
    }
  }
  for (let index = 0; index < shortest.length; index++) {
    for (const simpler of simplerOf(shortest[index] as Step)) {
      const simplified = shortest.with(index, simpler)
      if (fails(simplified)) shortest = simplified
    }
  }
  return shortest
}

const simplerOf = (step: Step): ReadonlyArray<Step> => {
  if (step._tag === "Move") return [1, 2, 30, 63, 64, 65].map((times) => ({ ...step, times }))
  if (step._tag === "Sleep")
    return step.puts.map((_, index) => ({ ...step, puts: step.puts.toSpliced(index, 1) }))
  return []
}
