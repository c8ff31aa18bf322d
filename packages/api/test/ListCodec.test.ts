import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import { ListMicrogridDispatchesRequestSchema, TargetComponentsSchema } from "@effect-dispatch/api/Protobuf"
import { DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Schema } from "effect"
import { filters, microgridIds } from "./arbitraries.ts"
import { assertRefused, success } from "./expectations.ts"

const microgridId = MicrogridId.make(1n)
const all: ListCodec.ListRequest = { microgridId, filter: {}, sort: undefined, page: undefined }

/** Over the wire and back, through the bytes. */
const sent = (request: ListCodec.ListRequest): ListCodec.ListRequest => {
  const bytes = toBinary(ListMicrogridDispatchesRequestSchema, success(ListCodec.encode(request)))
  return success(ListCodec.decode(fromBinary(ListMicrogridDispatchesRequestSchema, bytes)))
}

const read = (init: object) =>
  ListCodec.decode(create(ListMicrogridDispatchesRequestSchema, { microgridId: 1n, ...init } as never))

/** The bytes of a field 9, which no target has today. */
const ofLaterKind = fromBinary(TargetComponentsSchema, Uint8Array.of(0x4a, 0))

const pages = Schema.Union([
  Schema.Struct({ size: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_294_967_295 })) }),
  Schema.Struct({ token: Schema.Literals(["", "a", "%F0+/="]) }),
  Schema.Undefined
])

describe("ListCodec", () => {
  it.prop(
    "a request to list is the same after the wire: filter, order and page",
    [microgridIds, filters, Arbitrary.schema(DispatchSort), Arbitrary.schema(pages)],
    ([id, filter, sort, page]) => {
      const request = { microgridId: id, filter, sort, page }
      assert.deepStrictEqual(comparable(sent(request)), comparable(request))
    }
  )

  it("no condition is no condition: false, 0 and the like are sent as they are", () => {
    assert.deepStrictEqual(sent(all), all)
    const strict = { active: false, dryRun: false, recurring: false, startTime: {} }
    assert.deepStrictEqual(sent({ ...all, filter: strict }).filter, strict)
  })

  it("a page is asked for by its size or by a token, never by both", () => {
    const params = (page: ListCodec.ListRequest["page"]) =>
      success(ListCodec.encode({ ...all, page })).paginationParams?.params
    assert.deepStrictEqual(params({ size: 10 }), { case: "pageSize", value: 10 })
    assert.deepStrictEqual(params({ token: "t" }), { case: "pageToken", value: "t" })
    assert.isUndefined(params(undefined))
  })

  it("the empty recurrence filter asks for recurring dispatches", () => {
    const filter = success(read({ filter: { recurrence: { case: "filter", value: {} } } })).filter
    assert.deepStrictEqual(filter, { recurring: true })
  })

  it("a target of nothing is a condition that nothing fulfils, and stays one", () => {
    const filter = success(read({ filter: { targets: [{}, idTarget(1n)] } })).filter
    assert.deepStrictEqual(filter, { targets: [Target.componentIds(), Target.componentIds(1n)] })
    const nothing = { targets: [Target.componentIds(), Target.componentCategories()] }
    assert.deepStrictEqual(sent({ ...all, filter: nothing }).filter, nothing)
  })

  it("a target to be found says categories in the arm that says one thing to every service", () => {
    const filter = { targets: [Target.componentCategories("BATTERY")] }
    const [target] = success(ListCodec.encode({ ...all, filter })).filter?.targets ?? []
    assert.strictEqual(target?.components.case, "componentCategoriesTypes")
  })

  it("an interval may be open at either side", () => {
    const from = DateTime.makeUnsafe(1_000)
    for (const interval of [{ from }, { to: from }, { from, to: from }, {}]) {
      assert.deepStrictEqual(sent({ ...all, filter: { updateTime: interval } }).filter.updateTime, interval)
    }
  })

  it("an order that is left out in part has the default there: creation time, newest first", () => {
    const sort = (sortOptions: object) => success(read({ sortOptions })).sort
    assert.deepStrictEqual(sort({}), { field: "createTime", order: "descending" })
    assert.deepStrictEqual(sort({ sortField: 1 }), { field: "startTime", order: "descending" })
    assert.deepStrictEqual(sort({ sortOrder: 1 }), { field: "createTime", order: "ascending" })
    assert.deepStrictEqual(sort({ sortField: 3, sortOrder: 2 }), { field: "updateTime", order: "descending" })
    assert.isUndefined(success(read({})).sort)
  })

  it.each<readonly [string, object, RegExp]>([
    [
      "filter.targets[1]",
      { filter: { targets: [idTarget(1n), ofLaterKind] } },
      /of a kind that is not known here/
    ],
    [
      "filter.startTime.from",
      { filter: { startTimeInterval: { startTime: { seconds: 1n << 40n } } } },
      /years 1 to 9999/
    ],
    ["filter.endTime.to", { filter: { endTimeInterval: { endTime: { nanos: -1 } } } }, /nanoseconds/],
    ["filter.updateTime.to", { filter: { updateTimeInterval: { endTime: { nanos: -1 } } } }, /nanoseconds/],
    ["sort.field", { sortOptions: { sortField: 4 } }, /^4 is not a field to sort by$/],
    ["sort.order", { sortOptions: { sortOrder: 3 } }, /^3 is not an order$/]
  ])("what no listing can ask for is refused at %s", (path, init, message) => {
    assertRefused(read(init), path, message)
  })

  it.each<readonly [string, object, RegExp]>([
    ["filter.targets[0].ids[0]", { filter: { targets: [{ _tag: "ComponentIds", ids: [-1n] }] } }, /-1/],
    ["filter.names[0]", { filter: { names: ["\ud800"] } }, /surrogate/],
    ["filter.queries[1]", { filter: { queries: ["a", "\ud800"] } }, /surrogate/],
    [
      "filter.startTime.to",
      { filter: { startTime: { to: DateTime.makeUnsafe(8.64e15) } } },
      /years 1 to 9999/
    ],
    ["pageSize", { page: { size: -1 } }, /^-1 is not a whole number from 0/],
    ["pageSize", { page: { size: 1.5 } }, /^1.5 is not a whole number/],
    ["pageSize", { page: { size: 4_294_967_296 } }, /2\^32 - 1/]
  ])("what the wire cannot carry is refused at %s", (path, fields, message) => {
    assertRefused(ListCodec.encode({ ...all, ...fields }), path, message)
  })
})

function idTarget(id: bigint) {
  return { components: { case: "componentIds", value: { ids: [id] } } }
}

/** Instants and bigints as text; a subtype that is not given is not there. */
const comparable = (request: ListCodec.ListRequest): unknown =>
  JSON.parse(JSON.stringify(request, (_, value) => (typeof value === "bigint" ? `${value}n` : value)))
