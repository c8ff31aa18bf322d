import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"

const { componentCategories, componentIds } = Target

const liIon = { category: "BATTERY", subtype: "LI_ION" } as const
const naIon = { category: "BATTERY", subtype: "NA_ION" } as const
const pv = { category: "INVERTER", subtype: "PV" } as const

/** Few ids and categories, so that targets meet. */
const targets: Arbitrary.Arbitrary<Target.Target> = Arbitrary.map(
  Arbitrary.schema(
    Schema.Union([
      Schema.Array(Schema.Literals([1n, 2n, 3n, 18_446_744_073_709_551_615n])),
      Schema.Array(Target.CategoryTarget)
    ])
  ),
  (parts) =>
    parts.every((part) => typeof part === "bigint")
      ? componentIds(...(parts as ReadonlyArray<bigint>))
      : componentCategories(...(parts as ReadonlyArray<Target.CategoryTarget>))
)

/**
 * The plain model: a target is the set of the components it may act upon, one for each id, and for each category one of
 * each subtype and one of none.
 */
const components = (target: Target.Target): ReadonlyArray<string> =>
  target._tag === "ComponentIds"
    ? target.ids.map((id) => `component ${id}`)
    : target.categories.flatMap(({ category, subtype }) => {
        const known: ReadonlyArray<string> =
          category in Target.subtypesByCategory
            ? Target.subtypesByCategory[category as keyof typeof Target.subtypesByCategory]
            : []
        return (subtype === undefined ? ["other", ...known] : [subtype]).map((kind) => `${category} ${kind}`)
      })

describe("Target", () => {
  it.prop(
    "two targets overlap exactly if both act upon some component",
    [targets, targets],
    ([left, right]) => {
      const expected = components(left).some((component) => components(right).includes(component))
      assert.strictEqual(Target.overlaps(left, right), expected)
      assert.strictEqual(Target.overlaps(right, left), expected)
    }
  )

  it.each([
    [componentIds(2n, 1n), componentIds(3n, 2n), true],
    [componentIds(1n, 2n), componentIds(3n), false],
    [componentCategories("BATTERY"), componentCategories(liIon), true],
    [componentCategories(liIon), componentCategories("BATTERY", "METER"), true],
    [componentCategories(liIon), componentCategories(liIon), true],
    [componentCategories(liIon), componentCategories(naIon), false],
    // The subtypes of two categories have names in common.
    [
      componentCategories("BATTERY"),
      componentCategories({ category: "INVERTER", subtype: "BATTERY" }),
      false
    ],
    [componentCategories("INVERTER"), componentCategories("METER", pv), true],
    [componentCategories("METER"), componentCategories("BATTERY"), false],
    [componentIds(1n), componentCategories("METER"), false],
    [componentIds(), componentIds(), false],
    [componentCategories(), componentCategories("METER"), false]
  ])("whether %o and %o overlap: %s", (left, right, expected) => {
    assert.strictEqual(Target.overlaps(left, right), expected)
    assert.strictEqual(Target.overlaps(right, left), expected)
  })

  it.prop("a target consists of the same parts as an equal one, each once", [targets], ([target]) => {
    const parts = Target.parts(target)
    assert.strictEqual(new Set(parts).size, parts.length)
    const turned: Target.Target =
      target._tag === "ComponentIds"
        ? { ...target, ids: [...target.ids, ...target.ids].reverse() }
        : { ...target, categories: [...target.categories, ...target.categories].reverse() }
    assert.sameMembers([...Target.parts(turned)], [...parts])
    assert.isTrue(Target.equals(turned, target))
  })
})
