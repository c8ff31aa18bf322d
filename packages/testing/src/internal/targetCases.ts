/** The matches of filters by target: worked examples, and a plain model of overlapping targets. */
import * as Target from "@effect-dispatch/core/Target"
import type { Chance } from "../Chance.ts"

const { componentCategories, componentIds } = Target

const liIon = { category: "BATTERY", subtype: "LI_ION" } as const
const naIon = { category: "BATTERY", subtype: "NA_ION" } as const
const pv = { category: "INVERTER", subtype: "PV" } as const
const idMax = 18_446_744_073_709_551_615n

/** The targets of the dispatches of the examples. */
export const examples: ReadonlyArray<Target.Target> = [
  componentIds(1n),
  componentIds(2n, 1n, 2n),
  componentIds(2n, 3n),
  componentIds(9_223_372_036_854_775_807n),
  componentCategories("BATTERY"),
  componentCategories(liIon),
  componentCategories(naIon, "METER"),
  componentCategories(pv),
  componentCategories("GRID_CONNECTION_POINT", "BREAKER")
]

/** The matches of filters by target among the examples, by their places in the list. */
export const found: ReadonlyArray<
  readonly [name: string, targets: ReadonlyArray<Target.Target>, places: ReadonlyArray<number>]
> = [
  ["no target is no condition", [], [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ["an id, also beside others", [componentIds(1n)], [0, 1]],
  ["ids share one", [componentIds(3n, 1n, 7n)], [0, 1, 2]],
  ["the largest id", [componentIds(9_223_372_036_854_775_807n)], [3]],
  ["ids nobody has, also beyond what a store can hold", [componentIds(12n, idMax)], []],
  ["a category and its subtypes", [componentCategories("BATTERY")], [4, 5, 6]],
  ["a subtype and its category, no other subtype", [componentCategories(liIon)], [4, 5]],
  ["a category without subtypes", [componentCategories("METER")], [6]],
  ["a category of which only a subtype is there", [componentCategories("INVERTER")], [7]],
  [
    "a subtype named like a category",
    [componentCategories({ category: "INVERTER", subtype: "BATTERY" })],
    []
  ],
  ["several categories", [componentCategories("METER", "BREAKER")], [6, 8]],
  [
    "one of several targets, once",
    [componentIds(3n), componentIds(2n), componentCategories("CHP", naIon)],
    [1, 2, 4, 6]
  ],
  ["an empty target finds nothing", [componentIds()], []],
  ["an empty target of categories finds nothing", [componentCategories()], []],
  ["an empty target beside another", [componentIds(), componentIds(3n)], [2]]
]

const categories = ["BATTERY", "INVERTER", "METER", "CHP"] as const
const subtyped = [liIon, naIon, pv, { category: "INVERTER", subtype: "BATTERY" } as const]

/** Draws a target of few ids or categories, so that many meet. */
export const drawTarget = (chance: Chance): Target.Target => {
  const many = chance.int(1, 3)
  const list = <A>(draw: () => A) => Array.from({ length: many }, draw)
  return chance.happens(0.5)
    ? componentIds(...list(() => BigInt(chance.int(1, 12))))
    : componentCategories(...list(() => chance.pick([...categories, ...subtyped])))
}

/** True if both may mean the same component: the definition, whatever the way to find it out. */
export const meet = (left: Target.Target, right: Target.Target): boolean => {
  if (left._tag === "ComponentIds") {
    return right._tag === "ComponentIds" && left.ids.some((id) => right.ids.includes(id))
  }
  if (right._tag === "ComponentIds") return false
  return left.categories.some((one) =>
    right.categories.some(
      (other) =>
        one.category === other.category &&
        (one.subtype === undefined || other.subtype === undefined || one.subtype === other.subtype)
    )
  )
}
