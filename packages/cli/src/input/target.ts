/** Targets as people write them: component ids `1,2,3` or `1-3`, or names of categories and subtypes. */
import { targetsMax } from "@effect-dispatch/api/WireLimits"
import * as Target from "@effect-dispatch/core/Target"
import { Result } from "effect"
import { parseRange } from "./ids.ts"

/** Categories of subtypes whose names are enough alone. */
const categoryOfSubtype: { readonly [subtype: string]: Target.CategoryTarget } = {
  LI_ION: { category: "BATTERY", subtype: "LI_ION" },
  NA_ION: { category: "BATTERY", subtype: "NA_ION" },
  PV: { category: "INVERTER", subtype: "PV" },
  AC: { category: "EV_CHARGER", subtype: "AC" },
  DC: { category: "EV_CHARGER", subtype: "DC" }
}

/** The forms that are understood, for messages. */
export const targetForms = `component ids (1,2,3 or 1-3) or categories (BATTERY, INVERTER:PV, EV_CHARGER, …)`

/** Reads a target. */
export const parseTarget = (text: string): Result.Result<Target.Target, string> => {
  const parts = text.split(",").map((part) => part.trim())
  if (parts.some((part) => part === "")) return Result.fail(`has an empty part; use ${targetForms}`)
  if (parts.every(isIds)) return componentIds(parts)
  return Result.map(Result.all(parts.map(parseCategory)), (list) => Target.componentCategories(...list))
}

/** Reads ids, categories, or both, as one target of each kind. */
export const parseTargets = (text: string): Result.Result<ReadonlyArray<Target.Target>, string> => {
  const parts = text.split(",").map((part) => part.trim())
  const kinds = [parts.filter(isIds), parts.filter((part) => !isIds(part))]
  return Result.all(kinds.filter((kind) => kind.length > 0).map((kind) => parseTarget(kind.join(","))))
}

const isIds = (part: string): boolean => /^#?\d/.test(part)

const componentIds = (parts: ReadonlyArray<string>): Result.Result<Target.Target, string> =>
  Result.flatMap(
    Result.all(parts.map((part) => parseRange(part.replaceAll("#", ""), targetsMax))),
    (ranges) => {
      const ids = new Set(ranges.flat())
      return ids.size <= targetsMax
        ? Result.succeed(Target.componentIds(...ids))
        : Result.fail(`has ${ids.size} components, must be at most ${targetsMax}`)
    }
  )

const parseCategory = (part: string): Result.Result<Target.CategoryTarget, string> => {
  const [category = "", ...narrower] = part.toUpperCase().split(":")
  const subtype = narrower.length === 0 ? undefined : narrower.join(":")
  if (!isCategory(category)) {
    const alone = subtype === undefined ? categoryOfSubtype[category] : undefined
    return alone === undefined
      ? Result.fail(
          `has "${part}", which is not a category; known are ${Target.ComponentCategory.literals.join(", ")}`
        )
      : Result.succeed(alone)
  }
  if (subtype === undefined) return Result.succeed({ category })
  const subtypes: ReadonlyArray<string> =
    category in Target.subtypesByCategory
      ? Target.subtypesByCategory[category as keyof typeof Target.subtypesByCategory]
      : []
  return subtypes.includes(subtype)
    ? Result.succeed({ category, subtype } as Target.CategoryTarget)
    : Result.fail(`has "${part}", but the subtypes of ${category} are ${subtypes.join(", ") || "none"}`)
}

const isCategory = (name: string): name is Target.ComponentCategory =>
  (Target.ComponentCategory.literals as ReadonlyArray<string>).includes(name)
