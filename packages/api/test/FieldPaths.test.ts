import type { DescField, DescMessage } from "@bufbuild/protobuf"
import * as FieldPaths from "@effect-dispatch/api/FieldPaths"
import * as GrpcMethods from "@effect-dispatch/api/GrpcMethods"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { CalendarRule, NthWeekday } from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchFilter, DispatchSort, TimeInterval } from "@effect-dispatch/core/DispatchFilter"
import { Count, RecurrenceRule, Until } from "@effect-dispatch/core/RecurrenceRule"
import { ComponentCategories, ComponentIds } from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"

/** Requests by the name of their method. */
const requests = Object.values(Protobuf.MicrogridDispatchService.method).map(
  ({ input, name }) => [name, input] as const
)

/** The fields of messages that the codec takes for one value. */
const values = ["google.protobuf.Timestamp", "google.protobuf.Struct", "google.protobuf.FieldMask"]

const isPart = (field: DescField): field is DescField & { readonly message: DescMessage } =>
  field.message !== undefined && !values.includes(field.message.typeName)

/** The path of every field of a message that is no message itself, with the second of each list. */
const pathsOf = (message: DescMessage, before = ""): ReadonlyArray<string> =>
  message.fields.flatMap((field) => {
    const path = `${before}${field.name}${field.fieldKind === "list" ? "[1]" : ""}`
    return isPart(field) ? pathsOf(field.message, `${path}.`) : [path]
  })

/** Where two paths mean one thing, the one that is written. */
const written = (path: string): string =>
  path
    .replace(/(?<=component_categories_types.*\.)(battery|inverter|ev_charger)$/, "type")
    .replace(/^start_immediately$/, "dispatch_data.start_time")

const models: ReadonlyArray<{ readonly fields: object }> = [
  Dispatch,
  DispatchFilter,
  DispatchSort,
  TimeInterval,
  RecurrenceRule,
  CalendarRule,
  NthWeekday,
  Count,
  Until,
  ComponentIds,
  ComponentCategories
]

/** All names of the model, and those of the arguments of calls. */
const names = new Set(
  models
    .flatMap(({ fields }) => Object.keys(fields))
    .concat(
      "calendar",
      "category",
      "subtype",
      "microgridId",
      "filter",
      "sort",
      "pageSize",
      "pageToken",
      "changes"
    )
)

describe("FieldPaths", () => {
  it.each(requests)("every field of a request has a path in the model, and back: %s", (method, input) => {
    const paths = pathsOf(input)
    assert.isNotEmpty(paths)
    for (const path of paths) {
      const model = FieldPaths.fromWire(path)
      for (const name of model.split(".")) assert.isTrue(names.has(name.replace("[1]", "")), model)
      assert.strictEqual(FieldPaths.toWire(method, model), written(path))
    }
  })

  it.each([
    [
      "CreateMicrogridDispatch",
      "payload.start_time[2].byHours",
      "dispatch_data.payload.start_time[2].byHours"
    ],
    ["UpdateMicrogridDispatch", "payload", "update.payload"],
    ["CreateMicrogridDispatch", "dispatch", "dispatch_data"],
    ["UpdateMicrogridDispatch", "changes", "update_mask"],
    ["UpdateMicrogridDispatch", "ifUpdateTime", "if-update-time"],
    ["UpdateMicrogridDispatch", "recurrence", "update.recurrence"],
    ["ListMicrogridDispatches", "filter", "filter"]
  ])("a path may end before a field, or go on within a payload: %s %s", (method, model, wire) => {
    assert.strictEqual(FieldPaths.toWire(method, model), wire)
    assert.strictEqual(FieldPaths.fromWire(wire), model)
  })

  it.each([
    "colour",
    "typed",
    "payloads",
    "recurrence.colour",
    "recurrenceXinterval",
    "type[0].x",
    "recurrence.byHours[",
    ""
  ])("a path that there is not stays as it is: %j", (path) => {
    assert.strictEqual(FieldPaths.toWire("CreateMicrogridDispatch", path), path)
    assert.strictEqual(FieldPaths.toWire("Check", path), path)
    assert.strictEqual(FieldPaths.fromWire(path), path)
  })

  it("a mask names the fields of an update, and those of its rule", () => {
    const { fields } = Protobuf.UpdateMicrogridDispatchRequest_DispatchUpdateSchema
    const rule = Protobuf.UpdateMicrogridDispatchRequest_RecurrenceRuleUpdateSchema.fields
    assert.sameMembers(
      [...FieldPaths.maskPaths.values()],
      [
        ...fields.map(({ name }) => name),
        ...rule.map(({ name }) => `recurrence.${name}`),
        "calendar.exceptions"
      ]
    )
    for (const [model, wire] of FieldPaths.maskPaths)
      assert.strictEqual(FieldPaths.toWire("UpdateMicrogridDispatch", model), `update.${wire}`)
  })
})

describe("GrpcMethods", () => {
  it("are those of the API", () => {
    const namesOf = ({ method }: typeof Protobuf.MicrogridDispatchService | typeof Protobuf.Health) =>
      Object.values(method).map(({ name }) => name)
    assert.deepStrictEqual(GrpcMethods.dispatchMethods, namesOf(Protobuf.MicrogridDispatchService))
    assert.deepStrictEqual(GrpcMethods.healthMethods, namesOf(Protobuf.Health))
  })

  it("a method that answers with a stream is called so", () => {
    for (const { methodKind, name } of Object.values(Protobuf.MicrogridDispatchService.method))
      assert.strictEqual(name.startsWith("Stream"), methodKind === "server_streaming")
  })
})
