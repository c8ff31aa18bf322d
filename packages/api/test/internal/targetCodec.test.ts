import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { isRefused } from "../../src/internal/coded.ts"
import {
  ElectricalComponentCategory,
  type TargetComponents,
  TargetComponents_CategorySetSchema,
  TargetComponentsSchema
} from "@effect-dispatch/api/Protobuf"
import * as TargetCodec from "../../src/internal/targetCodec.ts"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { targets } from "../arbitraries.ts"

type Components = MessageInitShape<typeof TargetComponentsSchema>["components"]

const written = (target: Target.Target, reader: TargetCodec.Reader = "service"): TargetComponents => {
  const encoded = TargetCodec.encode(target, "target", reader)
  return isRefused(encoded) ? assert.fail(encoded.message) : encoded
}

const read = (components: Components) =>
  TargetCodec.decode(create(TargetComponentsSchema, { components } as never), "target")

const plain = (...categories: ReadonlyArray<number>) =>
  read({
    case: "componentCategories",
    value: { categories: categories as Array<ElectricalComponentCategory> }
  })

const typed = (category: number, type: object = { case: undefined }) =>
  read({ case: "componentCategoriesTypes", value: { categories: [{ category, type } as never] } })

const names = (target: ReturnType<typeof plain>) =>
  isRefused(target) || target._tag !== "ComponentCategories"
    ? assert.fail("it is refused, or not of categories")
    : target.categories.map(({ category }) => category)

describe("TargetCodec", () => {
  it.prop(
    "a target is the same after the wire, in its order, for whomever it is written",
    [targets, Arbitrary.schema(Schema.Literals(["client", "service"]))],
    ([target, reader]) => {
      const bytes = toBinary(TargetComponentsSchema, written(target, reader))
      const back = TargetCodec.decode(fromBinary(TargetComponentsSchema, bytes), "target")
      if (isRefused(back)) return assert.fail(back.message)
      assert.isTrue(Target.equals(back, target))
      assert.deepStrictEqual(JSON.stringify(back, bigints), JSON.stringify(target, bigints))
    }
  )

  it("ids are written as component_ids, for whomever", () => {
    for (const reader of ["client", "service"] as const)
      assert.strictEqual(written(Target.componentIds(1n), reader).components.case, "componentIds")
  })

  const six = ["GRID_CONNECTION_POINT", "METER", "INVERTER", "CONVERTER", "BATTERY", "EV_CHARGER"] as const

  it("a client gets the categories that every generation numbers alike in the arm that all of them read", () => {
    assert.deepStrictEqual(written(Target.componentCategories(...six), "client").components, {
      case: "componentCategories",
      value: create(TargetComponents_CategorySetSchema, { categories: [1, 2, 3, 4, 5, 6] })
    })
    const older = plain(1, 2, 3, 4, 5, 6)
    assert.deepStrictEqual(older, Target.componentCategories(...six))
  })

  it.prop(
    "to a client nothing else goes in that arm, and to a service nothing at all",
    [targets, Arbitrary.schema(Schema.Literals(["client", "service"]))],
    ([target, reader]) => {
      const { components } = written(target, reader)
      const isForAll =
        target._tag === "ComponentCategories" &&
        target.categories.every(
          ({ category, subtype }) => subtype === undefined && six.includes(category as never)
        )
      assert.strictEqual(components.case === "componentCategories", isForAll && reader === "client")
    }
  )

  it("the same categories are one target, whichever arm they come in", () => {
    for (const number of [1, 2, 3, 4, 5, 6]) assert.deepStrictEqual<unknown>(plain(number), typed(number))
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

  const faults: ReadonlyArray<readonly [string, RegExp, ReturnType<typeof plain>]> = [
    ["target", /a target is required/, read({ case: undefined })],
    ["target", /a target is required/, TargetCodec.decode(undefined, "target")],
    ["target.categories[0]", /^UNSPECIFIED is not a category/, plain(0)],
    [
      "target.categories[1]",
      /^9 is CHP to some clients and ELECTROLYZER to older ones; .* component_categories_types$/,
      plain(1, 9)
    ],
    ["target.categories[0]", /^7 is BREAKER to some clients;/, plain(7)],
    ["target.categories[0]", /^13 is PLC to some clients and FUSE to older ones;/, plain(13)],
    ["target.categories[0]", /^19 is STEAM_BOILER to some clients;/, plain(19)],
    ["target.categories[0]", /^99 is not a category/, plain(99)],
    ["target.categories[0]", /^-1 is not a category/, plain(-1)],
    ["target.categories[0].category", /^UNSPECIFIED is not a category/, typed(0)],
    ["target.categories[0].category", /^99 is not a category/, typed(99)],
    [
      "target.categories[0].subtype",
      /^3 is not a subtype of BATTERY; known are LI_ION, NA_ION$/,
      typed(5, { case: "battery", value: 3 })
    ],
    [
      "target.categories[0].subtype",
      /^UNSPECIFIED is not a subtype of INVERTER/,
      typed(3, { case: "inverter", value: 0 })
    ],
    [
      "target.categories[0].subtype",
      /^a BATTERY has no subtype of this kind$/,
      typed(5, { case: "evCharger", value: 1 })
    ],
    [
      "target.categories[0].subtype",
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
