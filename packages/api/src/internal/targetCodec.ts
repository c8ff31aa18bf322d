/** Targets: `TargetComponents` and back. */
import { create } from "@bufbuild/protobuf"
import * as Target from "@effect-dispatch/core/Target"
import { type Coded, each, isRefused, refuse, unless } from "./coded.ts"
import {
  BatteryType,
  ElectricalComponentCategory,
  EvChargerType,
  InverterType,
  type TargetComponents,
  type TargetComponents_CategoryAndType,
  TargetComponents_CategoryAndTypeSchema,
  TargetComponentsSchema
} from "../Protobuf.ts"

/**
 * The reader of a written target. A client may be of any generation. A service is of the newest, or refuses what it
 * does not know.
 */
export type Reader = "client" | "service"

/** The last number of a category that every generation of clients reads alike in `component_categories`. */
const lastShared = ElectricalComponentCategory.EV_CHARGER

/** The names that clients before API 1.0 give to numbers in `component_categories` with another meaning today. */
const olderNames: { readonly [number: number]: string } = {
  8: "CRYPTO_MINER",
  9: "ELECTROLYZER",
  10: "CHP",
  11: "RELAY",
  12: "PRECHARGER",
  13: "FUSE",
  14: "VOLTAGE_TRANSFORMER"
}

/** The enum of the subtypes of each category that has any. */
const subtypeEnums = {
  BATTERY: { case: "battery", numbers: BatteryType },
  INVERTER: { case: "inverter", numbers: InverterType },
  EV_CHARGER: { case: "evCharger", numbers: EvChargerType }
} as const

type Subtyped = keyof typeof subtypeEnums

/** Reads a target. */
export const decode = (target: TargetComponents | undefined, path: string): Coded<Target.Target> => {
  const components = target?.components
  switch (components?.case) {
    case "componentIds":
      return { _tag: "ComponentIds", ids: components.value.ids }
    case "componentCategories":
      return categories(each(components.value.categories, `${path}.categories`, decodeShared))
    case "componentCategoriesTypes":
      return categories(each(components.value.categories, `${path}.categories`, decodeCategory))
    default:
      return refuse(path, "a target is required: component_ids or component_categories_types")
  }
}

/**
 * Reads a target to be found. An empty one overlaps with nothing; one of an unknown kind might overlap with anything.
 */
export const decodeSought = (target: TargetComponents, path: string): Coded<Target.Target> => {
  if (target.components.case !== undefined) return decode(target, path)
  return target.$unknown === undefined
    ? Target.componentIds()
    : refuse(path, "the target is of a kind that is not known here")
}

/**
 * Writes a target. Ids go into `component_ids`. Categories for a client that may be old go into `component_categories`
 * if all of them mean the same to every generation, else into `component_categories_types`.
 */
export const encode = (target: Target.Target, path: string, reader: Reader): Coded<TargetComponents> => {
  const sound = unless(Target.findFault(target, path), target)
  if (isRefused(sound)) return sound
  if (target._tag === "ComponentIds") {
    return create(TargetComponentsSchema, {
      components: { case: "componentIds", value: { ids: [...target.ids] } }
    })
  }
  const { categories } = target
  return create(TargetComponentsSchema, {
    components:
      reader === "client" && categories.every(isShared)
        ? {
            case: "componentCategories",
            value: { categories: categories.map(({ category }) => ElectricalComponentCategory[category]) }
          }
        : { case: "componentCategoriesTypes", value: { categories: categories.map(encodeCategory) } }
  })
}

const isShared = ({ category, subtype }: Target.CategoryTarget): boolean =>
  subtype === undefined && ElectricalComponentCategory[category] <= lastShared

const categories = (list: Coded<Array<Target.CategoryTarget>>): Coded<Target.Target> =>
  isRefused(list) ? list : { _tag: "ComponentCategories", categories: list }

const known = new Set<string>(Target.ComponentCategory.literals)

const isCategory = (name: string | undefined): name is Target.ComponentCategory =>
  name !== undefined && known.has(name)

const unknownCategory = (path: string, name: string | number) =>
  refuse(path, `${name} is not a category that can be acted upon; known are ${[...known].join(", ")}`)

/** A wrong category would be acted upon, so a number with two meanings is refused. */
const decodeShared = (number: ElectricalComponentCategory, path: string): Coded<Target.CategoryTarget> => {
  const name = ElectricalComponentCategory[number]
  if (!isCategory(name)) return unknownCategory(path, name ?? number)
  if (number <= lastShared) return { category: name }
  const older = olderNames[number]
  const others = older === undefined ? "" : ` and ${older} to older ones`
  return refuse(
    path,
    `${number} is ${name} to some clients${others}; only 1 to ${lastShared} are read here, the others in component_categories_types`
  )
}

const decodeCategory = (
  { category, type }: TargetComponents_CategoryAndType,
  path: string
): Coded<Target.CategoryTarget> => {
  const name = ElectricalComponentCategory[category]
  if (!isCategory(name)) return unknownCategory(`${path}.category`, name ?? category)
  if (type.case === undefined) return { category: name }
  const subtypes = name in subtypeEnums ? subtypeEnums[name as Subtyped] : undefined
  if (subtypes?.case !== type.case) return refuse(`${path}.subtype`, `a ${name} has no subtype of this kind`)
  const subtype = subtypes.numbers[type.value as number]
  const allowed: ReadonlyArray<string | undefined> = Target.subtypesByCategory[name as Subtyped]
  if (!allowed.includes(subtype)) {
    return refuse(
      `${path}.subtype`,
      `${subtype ?? type.value} is not a subtype of ${name}; known are ${allowed.join(", ")}`
    )
  }
  return { category: name, subtype } as Target.CategoryTarget
}

const encodeCategory = ({ category, subtype }: Target.CategoryTarget): TargetComponents_CategoryAndType => {
  const number = ElectricalComponentCategory[category]
  if (subtype === undefined) return create(TargetComponents_CategoryAndTypeSchema, { category: number })
  const subtypes = subtypeEnums[category]
  const value = (subtypes.numbers as unknown as { readonly [name: string]: number })[subtype]
  return create(TargetComponents_CategoryAndTypeSchema, {
    category: number,
    type: { case: subtypes.case, value } as TargetComponents_CategoryAndType["type"]
  })
}
