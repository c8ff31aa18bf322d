/**
 * The components that a dispatch acts upon, by id or by category.
 *
 * @since 0.1.0
 */
import { Predicate, Schema } from "effect"
import { anything, type Check, listOf, objectOf, oneOf, tag } from "./internal/check.ts"
import { inWords } from "./internal/inWords.ts"
import { id, sayingWhy, unsigned64 } from "./internal/unsigned64.ts"
import type { Refusal } from "./Refusal.ts"

/**
 * Accepts the id of a component, an unsigned 64-bit integer; `make` throws an error that says so for anything else.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ComponentId = sayingWhy(unsigned64("component"), "component")

/**
 * Categories of electrical components, by their names in `frequenz.api.common`
 * (`ElectricalComponentCategory`, 0.8.2).
 *
 * @category schemas
 * @since 0.1.0
 */
export const ComponentCategory = Schema.Literals([
  "GRID_CONNECTION_POINT",
  "METER",
  "INVERTER",
  "CONVERTER",
  "BATTERY",
  "EV_CHARGER",
  "BREAKER",
  "PRECHARGER",
  "CHP",
  "ELECTROLYZER",
  "POWER_TRANSFORMER",
  "HVAC",
  "PLC",
  "CRYPTO_MINER",
  "STATIC_TRANSFER_SWITCH",
  "UNINTERRUPTIBLE_POWER_SUPPLY",
  "CAPACITOR_BANK",
  "WIND_TURBINE",
  "STEAM_BOILER"
])

/**
 * The name of a component category.
 *
 * @category models
 * @since 0.1.0
 */
export type ComponentCategory = typeof ComponentCategory.Type

/**
 * The subtypes each category may be narrowed to; a category that is not listed has none.
 *
 * @category constants
 * @since 0.1.0
 */
export const subtypesByCategory = {
  BATTERY: ["LI_ION", "NA_ION"],
  INVERTER: ["BATTERY", "PV", "HYBRID"],
  EV_CHARGER: ["AC", "DC", "HYBRID"]
} as const satisfies { readonly [category in ComponentCategory]?: ReadonlyArray<string> }

/**
 * A category, optionally narrowed to a subtype: `{ category: "INVERTER", subtype: "PV" }`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CategoryTarget = Schema.Union([
  Schema.Struct({
    category: Schema.Literal("BATTERY"),
    subtype: Schema.Literals(subtypesByCategory.BATTERY)
  }),
  Schema.Struct({
    category: Schema.Literal("INVERTER"),
    subtype: Schema.Literals(subtypesByCategory.INVERTER)
  }),
  Schema.Struct({
    category: Schema.Literal("EV_CHARGER"),
    subtype: Schema.Literals(subtypesByCategory.EV_CHARGER)
  }),
  Schema.Struct({ category: ComponentCategory, subtype: Schema.optionalKey(Schema.Undefined) })
])

/**
 * A category with its optional subtype.
 *
 * @category models
 * @since 0.1.0
 */
export type CategoryTarget = typeof CategoryTarget.Type

/**
 * The components with these ids, a set: order and repetition mean nothing. Ids are unsigned 64-bit integers.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ComponentIds = Schema.TaggedStruct("ComponentIds", {
  ids: Schema.Array(ComponentId)
})

/**
 * All components of these categories, a set.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ComponentCategories = Schema.TaggedStruct("ComponentCategories", {
  categories: Schema.Array(CategoryTarget)
})

/**
 * The components that a dispatch acts upon.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Target } from "@effect-dispatch/core"
 *
 * const solar = Target.componentCategories({ category: "INVERTER", subtype: "PV" }, "BATTERY")
 * assert.strictEqual(Target.key(solar), "BATTERY,INVERTER:PV")
 * assert.ok(Target.overlaps(solar, Target.componentCategories("INVERTER")))
 * assert.ok(Target.equals(Target.componentIds(1n, 2n), Target.componentIds(2n, 1n, 2n)))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category schemas
 * @since 0.1.0
 */
export const Target = Schema.Union([ComponentIds, ComponentCategories])

/**
 * The components that a dispatch acts upon.
 *
 * @category models
 * @since 0.1.0
 */
export type Target = typeof Target.Type

/**
 * Targets components by id.
 *
 * @category constructors
 * @since 0.1.0
 */
export const componentIds = (...ids: ReadonlyArray<bigint>): Target =>
  ComponentIds.make({ ids: ids.map((id) => ComponentId.make(id)) })

/**
 * Targets components by category: names alone, or names with a subtype.
 *
 * @category constructors
 * @since 0.1.0
 */
export const componentCategories = (
  ...categories: ReadonlyArray<ComponentCategory | CategoryTarget>
): Target =>
  ComponentCategories.make({
    categories: categories.map((category) => (typeof category === "string" ? { category } : category))
  })

/**
 * A text that is the same for equal targets and for no others: sorted, without repetition.
 * Fit for keys and for people: `#1,#2` or `BATTERY,INVERTER:PV`.
 *
 * @category equality
 * @since 0.1.0
 */
export const key = (target: Target): string => {
  if (target._tag === "ComponentIds") {
    const ids = [...new Set(target.ids)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    return ids.map((id) => `#${id}`).join(",")
  }
  return parts(target).sort().join(",")
}

/**
 * Tells whether two targets name the same set.
 *
 * @category equality
 * @since 0.1.0
 */
export const equals = (left: Target, right: Target): boolean =>
  left === right || (left._tag === right._tag && key(left) === key(right))

/**
 * The names of a target's parts, each once: `#1`, `BATTERY`, `INVERTER:PV`.
 *
 * @category overlap
 * @since 0.1.0
 */
export const parts = (target: Target): Array<string> => [
  ...new Set(
    target._tag === "ComponentIds" ? target.ids.map((id) => `#${id}`) : target.categories.map(nameOf)
  )
]

/**
 * The parts that mark a target as overlapping: a target has one of them if, and only if, it overlaps with one of these
 * targets. A category stands for its subtypes, and each of them for it.
 *
 * @category overlap
 * @since 0.1.0
 */
export const partsOverlapping = (targets: ReadonlyArray<Target>): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const target of targets) {
    for (const part of parts(target)) found.add(part)
    if (target._tag === "ComponentIds") continue
    for (const { category, subtype } of target.categories) {
      const narrower = subtype === undefined && isSubtyped(category) ? subtypesByCategory[category] : []
      for (const each of narrower) found.add(`${category}:${each}`)
      found.add(category)
    }
  }
  return found
}

/**
 * Tells whether two targets may act upon the same component: they share an id or a category, or one has a category and
 * the other a subtype of it. Ids and categories never overlap, and an empty target overlaps with nothing.
 *
 * @category overlap
 * @since 0.1.0
 */
export const overlaps = (left: Target, right: Target): boolean => {
  const sought = partsOverlapping([left])
  return parts(right).some((part) => sought.has(part))
}

const idsCheck = objectOf<typeof ComponentIds.Type>({ _tag: tag, ids: listOf(id("component")) })

const categoryCheck = oneOf(ComponentCategory.literals, "a category of components")

const categoryTargetCheck: Check = (value, path) => {
  const fault = objectOf<CategoryTarget>({ category: categoryCheck, subtype: anything })(value, path)
  if (fault !== undefined) return fault
  if (!Predicate.isObject(value) || value["subtype"] === undefined) return undefined
  const category = ComponentCategory.literals.find((name) => name === value["category"])
  const allowed = category !== undefined && isSubtyped(category) ? subtypesByCategory[category] : []
  return oneOf(allowed, `a subtype of ${category}`)(value["subtype"], `${path}.subtype`)
}

const categoriesCheck = objectOf<typeof ComponentCategories.Type>({
  _tag: tag,
  categories: listOf(categoryTargetCheck)
})

const expected = 'a target, such as Target.componentIds(1n) or Target.componentCategories("BATTERY")'

/**
 * The first thing that keeps a value from being a target; `undefined` if there is none. Paths begin with `path`.
 *
 * @category guards
 * @since 0.1.0
 */
export const findFault = (value: unknown, path = "target"): Refusal | undefined => {
  if (Predicate.isTagged(value, "ComponentIds")) return idsCheck(value, path)
  if (Predicate.isTagged(value, "ComponentCategories")) return categoriesCheck(value, path)
  return { path, message: `${inWords(value)} is not ${expected}` }
}

const isSubtyped = (category: ComponentCategory): category is keyof typeof subtypesByCategory =>
  category in subtypesByCategory

const nameOf = ({ category, subtype }: CategoryTarget): string =>
  subtype === undefined ? category : `${category}:${subtype}`
