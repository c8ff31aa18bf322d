/** Targets: `TargetComponents` and back. */
import { create } from "@bufbuild/protobuf"
import * as Target from "@effect-dispatch/core/Target"
import { type Coded, each, firstFault, isRefused, refuse, unsigned } from "./coded.ts"
import {
  BatteryType,
  ComponentCategory,
  ElectricalComponentCategory,
  EvChargerType,
  InverterType,
  type TargetComponents,
  type TargetComponents_CategoryAndType,
  TargetComponents_CategoryAndTypeSchema,
  TargetComponentsSchema
} from "../Protobuf.ts"

/** What categories of the old numbering are called now. A fuse has no counterpart. */
const renamed: { readonly [old: string]: Target.ComponentCategory } = {
  GRID: "GRID_CONNECTION_POINT",
  RELAY: "BREAKER",
  VOLTAGE_TRANSFORMER: "POWER_TRANSFORMER"
}

/** The enum of the subtypes of each category that has any. */
const subtypeEnums = {
  BATTERY: { case: "battery", numbers: BatteryType },
  INVERTER: { case: "inverter", numbers: InverterType },
  EV_CHARGER: { case: "evCharger", numbers: EvChargerType }
} as const

type Subtyped = keyof typeof subtypeEnums

/** Reads a target. The deprecated arm of categories is read in the old numbering. */
export const decode = (target: TargetComponents | undefined, path: string): Coded<Target.Target> => {
  const components = target?.components
  switch (components?.case) {
    case "componentIds":
      return { _tag: "ComponentIds", ids: components.value.ids }
    case "componentCategories":
      return categories(
        each(components.value.categories, `${path}.component_categories.categories`, (number, at) => {
          const old = ComponentCategory[number]
          const name = old === undefined ? undefined : (renamed[old] ?? old)
          return isCategory(name) ? { category: name } : unknownCategory(at, old ?? number)
        })
      )
    case "componentCategoriesTypes":
      return categories(
        each(components.value.categories, `${path}.component_categories_types.categories`, decodeCategory)
      )
    default:
      return refuse(path, "a target is required: component_ids or component_categories_types")
  }
}

/** Writes a target: ids as `component_ids`, categories as `component_categories_types`. */
export const encode = (target: Target.Target, path: string): Coded<TargetComponents> => {
  if (target._tag === "ComponentIds") {
    const fault = firstFault(target.ids, `${path}.component_ids.ids`, isId)
    if (fault !== undefined) return fault
    return create(TargetComponentsSchema, {
      components: { case: "componentIds", value: { ids: [...target.ids] } }
    })
  }
  return create(TargetComponentsSchema, {
    components: {
      case: "componentCategoriesTypes",
      value: { categories: target.categories.map(encodeCategory) }
    }
  })
}

const isId = (id: bigint, path: string) => unsigned(id, 64, path)

const categories = (list: Coded<Array<Target.CategoryTarget>>): Coded<Target.Target> =>
  isRefused(list) ? list : { _tag: "ComponentCategories", categories: list }

const known = new Set<string>(Target.ComponentCategory.literals)

const isCategory = (name: string | undefined): name is Target.ComponentCategory =>
  name !== undefined && known.has(name)

const unknownCategory = (path: string, name: string | number) =>
  refuse(path, `${name} is not a category that can be acted upon; known are ${[...known].join(", ")}`)

const decodeCategory = (
  { category, type }: TargetComponents_CategoryAndType,
  path: string
): Coded<Target.CategoryTarget> => {
  const name = ElectricalComponentCategory[category]
  if (!isCategory(name)) return unknownCategory(`${path}.category`, name ?? category)
  if (type.case === undefined) return { category: name }
  const field = type.case === "evCharger" ? "ev_charger" : type.case
  const subtypes = name in subtypeEnums ? subtypeEnums[name as Subtyped] : undefined
  if (subtypes?.case !== type.case) return refuse(`${path}.${field}`, `a ${name} has no subtype of this kind`)
  const subtype = subtypes.numbers[type.value as number]
  const allowed: ReadonlyArray<string | undefined> = Target.subtypesByCategory[name as Subtyped]
  if (!allowed.includes(subtype)) {
    return refuse(
      `${path}.${field}`,
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
