import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { isRefused } from "../../src/internal/coded.ts"
import {
  ComponentCategory,
  ElectricalComponentCategory,
  type TargetComponents,
  TargetComponentsSchema
} from "@effect-dispatch/api/Protobuf"
import * as TargetCodec from "../../src/internal/targetCodec.ts"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { targets } from "../arbitraries.ts"

type Components = MessageInitShape<typeof TargetComponentsSchema>["components"]

const written = (target: Target.Target): TargetComponents => {
  const encoded = TargetCodec.encode(target, "target")
  return isRefused(encoded) ? assert.fail(encoded.message) : encoded
}

const read = (components: Components) =>
  TargetCodec.decode(create(TargetComponentsSchema, { components } as never), "target")

const old = (...categories: ReadonlyArray<number>) =>
  read({ case: "componentCategories", value: { categories: categories as Array<ComponentCategory> } })

const typed = (category: number, type: object = { case: undefined }) =>
  read({ case: "componentCategoriesTypes", value: { categories: [{ category, type } as never] } })

const names = (target: ReturnType<typeof old>) =>
  isRefused(target) || target._tag !== "ComponentCategories"
    ? assert.fail("it is refused, or not of categories")
    : target.categories.map(({ category }) => category)

describe("TargetCodec", () => {
  it.prop("a target is the same after the wire, in its order", [targets], ([target]) => {
    const bytes = toBinary(TargetComponentsSchema, written(target))
    const back = TargetCodec.decode(fromBinary(TargetComponentsSchema, bytes), "target")
    if (isRefused(back)) return assert.fail(back.message)
    assert.isTrue(Target.equals(back, target))
    assert.deepStrictEqual(JSON.stringify(back, bigints), JSON.stringify(target, bigints))
  })

  it("ids are written as component_ids, categories in the arm that knows subtypes", () => {
    assert.strictEqual(written(Target.componentIds(1n)).components.case, "componentIds")
    assert.strictEqual(
      written(Target.componentCategories("METER")).components.case,
      "componentCategoriesTypes"
    )
  })

  it("the deprecated arm is read in its own numbering, under the names of today", () => {
    assert.deepStrictEqual(names(old(1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14)), [
      "GRID_CONNECTION_POINT",
      "METER",
      "INVERTER",
      "CONVERTER",
      "BATTERY",
      "EV_CHARGER",
      "CRYPTO_MINER",
      "ELECTROLYZER",
      "CHP",
      "BREAKER",
      "PRECHARGER",
      "POWER_TRANSFORMER"
    ])
  })

  it("the same number means another category in each arm", () => {
    assert.deepStrictEqual(names(old(ComponentCategory.CHP)), ["CHP"])
    assert.deepStrictEqual(names(typed(ComponentCategory.CHP)), ["ELECTROLYZER"])
    assert.deepStrictEqual(names(typed(ElectricalComponentCategory.CHP)), ["CHP"])
  })

  it("every category and subtype of the model has a number", () => {
    for (const category of Target.ComponentCategory.literals) {
      assert.isAbove(ElectricalComponentCategory[category], 0)
      assert.deepStrictEqual(names(typed(ElectricalComponentCategory[category])), [category])
    }
    for (const [category, subtypes] of Object.entries(Target.subtypesByCategory)) {
      for (const subtype of subtypes) {
        const target = Target.componentCategories({ category, subtype } as Target.CategoryTarget)
        assert.deepStrictEqual(TargetCodec.decode(written(target), "target"), target)
      }
    }
  })

  const faults: ReadonlyArray<readonly [string, RegExp, ReturnType<typeof old>]> = [
    ["target", /a target is required/, read({ case: undefined })],
    ["target", /a target is required/, TargetCodec.decode(undefined, "target")],
    ["target.component_categories.categories[0]", /^UNSPECIFIED is not a category/, old(0)],
    ["target.component_categories.categories[1]", /^FUSE is not a category/, old(1, 13)],
    ["target.component_categories.categories[0]", /^7 is not a category/, old(7)],
    ["target.component_categories_types.categories[0].category", /^UNSPECIFIED is not a category/, typed(0)],
    ["target.component_categories_types.categories[0].category", /^99 is not a category/, typed(99)],
    [
      "target.component_categories_types.categories[0].battery",
      /^3 is not a subtype of BATTERY; known are LI_ION, NA_ION$/,
      typed(5, { case: "battery", value: 3 })
    ],
    [
      "target.component_categories_types.categories[0].inverter",
      /^UNSPECIFIED is not a subtype of INVERTER/,
      typed(3, { case: "inverter", value: 0 })
    ],
    [
      "target.component_categories_types.categories[0].ev_charger",
      /^a BATTERY has no subtype of this kind$/,
      typed(5, { case: "evCharger", value: 1 })
    ],
    [
      "target.component_categories_types.categories[0].battery",
      /^a METER has no subtype of this kind$/,
      typed(2, { case: "battery", value: 1 })
    ]
  ]

  it.each(faults)("what names no component is refused at %s: %s", (path, message, target) => {
    if (!isRefused(target)) return assert.fail("it is not refused")
    assert.strictEqual(target.path, path)
    assert.match(target.message, message)
  })
})

const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)
