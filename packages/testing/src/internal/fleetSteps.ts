/** The events of a simulated fleet. */
import type { Chance } from "../Chance.ts"

/**
 * One event. `pick`, from 0 to 1, chooses among processes, dispatches or microgrids. Lengths are milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export type FleetStep =
  | { readonly _tag: "Advance"; readonly millis: number }
  | { readonly _tag: "Create"; readonly startsIn: number; readonly seconds: number }
  | { readonly _tag: "Delete"; readonly pick: number }
  | { readonly _tag: "Join" }
  | { readonly _tag: "Kill"; readonly pick: number }
  | { readonly _tag: "End"; readonly pick: number }
  /** A process stands still for so long, and something falls due meanwhile. */
  | { readonly _tag: "Pause"; readonly pick: number; readonly millis: number; readonly startsIn: number }
  /** A process does not reach the database for so long. */
  | { readonly _tag: "Cut"; readonly pick: number; readonly millis: number; readonly startsIn: number }
  | { readonly _tag: "TakeLocks"; readonly pick: number }
  /** A microgrid is parked, or added again. */
  | { readonly _tag: "Park"; readonly pick: number }
  | { readonly _tag: "Add"; readonly pick: number }
  /** The database stands still for so long; what waits in it runs afterwards, in any order. */
  | { readonly _tag: "Freeze"; readonly millis: number; readonly startsIn: number }
  /** The database goes back to what it held at the last of these, as a standby that had not all. */
  | { readonly _tag: "Backup" }
  | { readonly _tag: "LoseCommits" }

/**
 * A simulation of a fleet. Lengths are milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetPlan {
  readonly seed: number
  readonly processes: number
  readonly microgrids: number
  readonly buckets: number
  readonly lease: number
  readonly steps: ReadonlyArray<FleetStep>
}

type Kind = FleetStep["_tag"]

/** The kinds, and their shares of all steps. */
const weights: ReadonlyArray<readonly [Kind, number]> = [
  ["Advance", 9],
  ["Create", 5],
  ["Delete", 2],
  ["Join", 1],
  ["Kill", 1],
  ["End", 1],
  ["Pause", 3],
  ["Cut", 2],
  ["TakeLocks", 1],
  ["Park", 0.7],
  ["Add", 1],
  ["Freeze", 2],
  ["Backup", 1],
  ["LoseCommits", 0.3]
]

const troubles: ReadonlyArray<ReadonlyArray<Kind>> = [
  ["Kill", "Join"],
  ["End", "Join"],
  ["Pause"],
  ["Cut"],
  ["TakeLocks"],
  ["Freeze"],
  ["Backup", "LoseCommits"],
  ["Park", "Add"]
]

export const drawFleetSteps = (chance: Chance): ReadonlyArray<FleetStep> => {
  const allowed = new Set<Kind>(["Advance", "Create", "Delete", ...chance.some(troubles, 0.5).flat()])
  const kinds = weights.filter(([kind]) => allowed.has(kind))
  const total = kinds.reduce((sum, [, weight]) => sum + weight, 0)
  const draw = (): Kind => {
    let left = chance.next() * total
    return kinds.find(([, weight]) => (left -= weight) < 0)?.[0] ?? "Advance"
  }
  return Array.from({ length: chance.int(8, 24) }, () => stepOf(draw(), chance))
}

const stepOf = (kind: Kind, chance: Chance): FleetStep => {
  switch (kind) {
    case "Advance":
      return { _tag: kind, millis: chance.pick([250, 500, 1_000, 2_000, 4_000, 12_000]) }
    case "Create":
      return {
        _tag: kind,
        startsIn: chance.pick([0, 1, 2, 4, 8]) * 1_000,
        seconds: chance.pick([0, 0, 1, 3, 8, 3_600])
      }
    case "Pause":
    case "Cut":
    case "Freeze":
      return {
        _tag: kind,
        pick: chance.next(),
        millis: chance.pick([250, 1_000, 3_000, 4_000, 6_000, 12_000]),
        startsIn: chance.pick([1, 2, 4, 5, 8]) * 1_000
      }
    case "Join":
    case "Backup":
    case "LoseCommits":
      return { _tag: kind }
    default:
      return { _tag: kind, pick: chance.next() }
  }
}
