import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient, type RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import { DispatchError } from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import * as ServiceClient from "@effect-dispatch/testing/ServiceClient"
import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Duration, Effect, Exit, Layer, Stream } from "effect"
import { makeService } from "../integration/service.ts"

type Client = DispatchClient["Service"]

/** The port as a program without types sees it. */
type Untyped = {
  readonly [Call in keyof Client]: (
    ...given: ReadonlyArray<unknown>
  ) => ReturnType<Call extends "list" ? Client["list"] : never>
}

const one = MicrogridId.make(1n)
const id = DispatchId.make(1n)
const target = Target.componentIds(1n)
const right = { type: "CHARGE", startTime: "NOW", target }
const rule = { frequency: "DAILY", interval: 1 }
const cyclic: { [key: string]: unknown } = {}
cyclic["self"] = cyclic

const thrown = (): never => {
  throw new Error("boom")
}
const unreadable = (field: string) => Object.defineProperty({}, field, { get: thrown, enumerable: true })

type Wrong = readonly [field: string, call: (client: Untyped) => unknown]

const creates = (field: string, fields: object): Wrong => [
  field,
  ({ create }) => create(one, { ...right, ...fields })
]
const updates = (field: string, changes: unknown): Wrong => [field, ({ update }) => update(one, id, changes)]
const lists = (field: string, options: unknown): Wrong => [field, ({ list }) => list(one, options)]

const noIds: ReadonlyArray<unknown> = [undefined, null, 1, "1", -1n, 2n ** 64n, Number.NaN, {}, true]

/** Impossible requests, by the field that is wrong. */
const wrong: ReadonlyArray<Wrong> = [
  ...noIds.flatMap((no): ReadonlyArray<Wrong> => [
    ["microgridId", ({ create }) => create(no, right)],
    ["microgridId", ({ list }) => list(no)],
    ["microgridId", ({ stream }) => stream(no)],
    ["microgridId", ({ get }) => get(no, id)],
    ["microgridId", ({ update }) => update(no, id, { active: true })],
    ["microgridId", (client) => client.delete(no, id)],
    ["id", ({ get }) => get(one, no)],
    ["id", ({ update }) => update(one, no, { active: true })],
    ["id", (client) => client.delete(one, no)],
    ["filter.ids[1]", ({ list }) => list(one, { filter: { ids: [1n, no] } })],
    [
      "target.ids[1]",
      ({ create }) => create(one, { ...right, target: { _tag: "ComponentIds", ids: [1n, no] } })
    ]
  ]),
  ["dispatch", ({ create }) => create(one, undefined)],
  ["dispatch", ({ create }) => create(one, [right])],
  ["dispatch", ({ create }) => create(one, new Proxy(right, { ownKeys: thrown }))],
  creates("type", { type: undefined }),
  creates("typ", { typ: "CHARGE" }),
  creates("recurence", { recurence: rule }),
  creates("id", { id: 1n }),
  ["type", ({ create }) => create(one, unreadable("type"))],
  creates("payload.a", { payload: { a: unreadable("watts") } }),
  creates("payload", { payload: new Proxy({}, { getPrototypeOf: thrown }) }),
  creates("target.id", { target: { ...target, id: 2n } }),
  creates("target", { target: unreadable("_tag") }),
  creates("target.categories[0].sub", {
    target: { _tag: "ComponentCategories", categories: [{ category: "BATTERY", sub: "PV" }] }
  }),
  creates("recurrence.byHour", { recurrence: { ...rule, byHour: [1] } }),
  creates("recurrence.end.until", { recurrence: { ...rule, end: { _tag: "Count", count: 1, until: 1 } } }),
  creates("recurrence.byHours", { recurrence: { ...rule, byHours: new Proxy([], { get: thrown }) } }),
  creates("type", { type: "\ud800" }),
  creates("startTime", { startTime: undefined }),
  creates("startTime", { startTime: new Date() }),
  creates("startTime", { startTime: "now" }),
  creates("startTime", { startTime: 1_800_000_000_000 }),
  creates("startTime", { startTime: DateTime.makeUnsafe(253_402_300_800_000) }),
  creates("duration", { duration: null }),
  creates("duration", { duration: "5 potatoes" }),
  creates("duration", { duration: 1_500 }),
  creates("duration", { duration: -1_000 }),
  creates("duration", { duration: true }),
  creates("target", { target: undefined }),
  creates("target", { target: {} }),
  creates("target", { target: "BATTERY" }),
  creates("target.ids", { target: { _tag: "ComponentIds" } }),
  creates("target.categories[0]", { target: { _tag: "ComponentCategories", categories: ["BATTERY"] } }),
  creates("target.categories[0].category", {
    target: { _tag: "ComponentCategories", categories: [{ category: "TOASTER" }] }
  }),
  creates("target.categories[0].subtype", {
    target: { _tag: "ComponentCategories", categories: [{ category: "BATTERY", subtype: "PV" }] }
  }),
  creates("target.categories[0].subtype", {
    target: { _tag: "ComponentCategories", categories: [{ category: "METER", subtype: "PV" }] }
  }),
  creates("active", { active: "yes" }),
  creates("active", { active: null }),
  creates("dryRun", { dryRun: 1 }),
  creates("payload", { payload: "text" }),
  creates("payload.when[0]", { payload: { when: [new Date()] } }),
  creates("payload.by", { payload: { by: new Map() } }),
  creates("payload.big", { payload: { big: 1n } }),
  creates(`payload${".self".repeat(100)}`, { payload: cyclic }),
  creates("recurrence", { recurrence: "RRULE:FREQ=DAILY" }),
  creates("recurrence", { recurrence: null }),
  creates("recurrence.frequency", { recurrence: { interval: 1 } }),
  creates("recurrence.frequency", { recurrence: { ...rule, frequency: "UNSPECIFIED" } }),
  creates("recurrence.interval", { recurrence: { frequency: "DAILY" } }),
  creates("recurrence.interval", { recurrence: { ...rule, interval: 2 ** 32 } }),
  creates("recurrence.end", { recurrence: { ...rule, end: { count: 1 } } }),
  creates("recurrence.end.count", { recurrence: { ...rule, end: { _tag: "Count", count: 0 } } }),
  creates("recurrence.end.until", { recurrence: { ...rule, end: { _tag: "Until", until: new Date() } } }),
  creates("recurrence.byMinutes[1]", { recurrence: { ...rule, byMinutes: [0, 60] } }),
  creates("recurrence.byHours", { recurrence: { ...rule, byHours: 9 } }),
  creates("recurrence.byHours[0]", { recurrence: { ...rule, byHours: ["9"] } }),
  creates("recurrence.byWeekdays[0]", { recurrence: { ...rule, byWeekdays: ["FUNDAY"] } }),
  creates("recurrence.byMonthDays[0]", { recurrence: { ...rule, byMonthDays: [0] } }),
  creates("recurrence.byMonths[0]", { recurrence: { ...rule, byMonths: [13] } }),
  updates("changes", undefined),
  updates("changes", {}),
  updates("type", { active: true, type: "OTHER" }),
  updates("dryRun", { active: true, dryRun: true }),
  updates("active", unreadable("active")),
  updates("recurrence.until", { recurrence: { until: DateTime.makeUnsafe(0) } }),
  updates("changes", { active: undefined }),
  updates("startTime", { startTime: "NOW" }),
  updates("startTime", { startTime: new Date() }),
  updates("duration", { duration: Number.NaN }),
  updates("target", { target: null }),
  updates("active", { active: null }),
  updates("payload", { payload: null }),
  updates("recurrence.interval", { recurrence: { interval: -1 } }),
  updates("recurrence.end", { recurrence: { end: 3 } }),
  updates("recurrence.byMonthDays[0]", { recurrence: { byMonthDays: [-32] } }),
  ["ifUpdateTime", ({ update }) => update(one, id, { active: true }, { ifUpdateTime: 1 })],
  ["options", ({ update }) => update(one, id, { active: true }, null)],
  ["ifUpdatedAt", ({ update }) => update(one, id, { active: true }, { ifUpdatedAt: 1n })],
  lists("options", null),
  lists("filters", { filters: { active: true } }),
  lists("sort.by", { sort: { field: "startTime", order: "ascending", by: "id" } }),
  lists("filter.activ", { filter: { activ: true } }),
  lists("filter.type", { filter: { type: "CHARGE" } }),
  lists("filter.startTime.until", { filter: { startTime: { until: DateTime.makeUnsafe(0) } } }),
  lists("filter.active", { filter: unreadable("active") }),
  lists("pageSize", { pageSize: -1 }),
  lists("pageSize", { pageSize: 1.5 }),
  lists("pageSize", { pageSize: "10" }),
  lists("pageSize", { pageSize: 2 ** 32 }),
  lists("sort.field", { sort: { field: "type", order: "ascending" } }),
  lists("sort.order", { sort: { field: "startTime" } }),
  lists("filter", { filter: "running" }),
  lists("filter.targets", { filter: { targets: target } }),
  lists("filter.targets[1]", { filter: { targets: [target, {}] } }),
  lists("filter.active", { filter: { active: 1 } }),
  lists("filter.dryRun", { filter: { dryRun: "no" } }),
  lists("filter.recurring", { filter: { recurring: null } }),
  lists("filter.startTime", { filter: { startTime: DateTime.makeUnsafe(0) } }),
  lists("filter.startTime.from", { filter: { startTime: { from: new Date() } } }),
  lists("filter.endTime.to", { filter: { endTime: { to: DateTime.makeUnsafe(-62_135_596_800_001) } } }),
  lists("filter.updateTime.to", { filter: { updateTime: { to: 0 } } }),
  lists("filter.queries[0]", { filter: { queries: [1] } })
]

/** The end of a call, be it an effect or a stream. */
const run = (call: unknown): Effect.Effect<unknown, DispatchError> =>
  Effect.scoped(
    Stream.isStream(call)
      ? Stream.runCollect(call as Stream.Stream<unknown, DispatchError>)
      : (call as Effect.Effect<unknown, DispatchError>)
  )

const everything = Effect.fnUntraced(function* (client: Client) {
  return yield* Effect.forEach([0n, 1n], (microgrid) =>
    Stream.runCollect(client.list(MicrogridId.make(microgrid)))
  )
})

const refusesAll = Effect.gen(function* () {
  const client = yield* DispatchClient
  const untyped = client as unknown as Untyped
  const first = yield* client.create(one, { type: "CHARGE", startTime: "NOW", target })
  assert.strictEqual(first.id, id)
  for (const [field, call] of wrong) {
    const exit = yield* Effect.exit(run(call(untyped)))
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    if (!(error instanceof DispatchError)) return assert.fail(`${field}, ${call}: ${exit}`)
    const { reason } = error
    assert.deepInclude({ ...reason }, { _tag: "InvalidArgument", field }, reason.message)
    assert.isFalse(reason.message.startsWith(field), reason.message)
    assert.strictEqual(error.message, `${field}: ${reason.message}`)
  }
  assert.deepStrictEqual(yield* everything(client), [[], [first]])
})

const takesAll = Effect.gen(function* () {
  const client = yield* DispatchClient
  const once = { type: "CHARGE", startTime: "NOW" as const, target, duration: 60_000 }
  const daily = {
    frequency: "DAILY",
    interval: 1,
    end: undefined,
    byHours: undefined
  } as unknown as RecurrenceRule
  const byFields = yield* client.create(one, { ...once, recurrence: daily })
  assert.instanceOf(byFields.recurrence, RecurrenceRule)
  // A field that is `undefined` is not given.
  const hourly = { byHours: [1], byMinutes: undefined, end: undefined } as unknown as RecurrenceChanges
  const atOne = yield* client.update(one, byFields.id, { recurrence: hourly })
  assert.deepStrictEqual(
    atOne.recurrence,
    RecurrenceRule.make({ frequency: "DAILY", interval: 1, byHours: [1] })
  )
  yield* client.delete(one, byFields.id)
  const created = yield* client.create(one, {
    type: "CHARGE",
    startTime: DateTime.makeUnsafe("2099-01-01T00:00:00Z"),
    duration: 60_000,
    target: Target.componentCategories("BATTERY", { category: "INVERTER", subtype: "PV" }),
    payload: { a: [1, null] },
    active: undefined,
    recurrence: { frequency: "DAILY", interval: 0, byHours: [9] }
  })
  assert.deepStrictEqual(
    created.recurrence,
    RecurrenceRule.make({ frequency: "DAILY", interval: 1, byHours: [9] })
  )
  assert.isTrue(Duration.Equivalence(created.duration, Duration.minutes(1)))
  const updated = yield* client.update(
    one,
    created.id,
    { duration: null, recurrence: { end: null, interval: 2 } },
    { ifUpdateTime: created.updateTime }
  )
  assert.deepStrictEqual([updated.recurrence?.interval, Duration.isFinite(updated.duration)], [2, false])
  const found = yield* Stream.runCollect(
    client.list(one, {
      filter: {
        targets: [created.target, Target.componentIds()],
        startTime: { from: created.startTime },
        queries: []
      },
      sort: { field: "startTime", order: "ascending" },
      pageSize: 5_000
    })
  )
  assert.deepStrictEqual(found, [updated])
})

const clients: ReadonlyArray<readonly [string, Layer.Layer<DispatchClient, unknown>]> = [
  ["over gRPC", Layer.unwrap(Effect.map(makeService, ({ url }) => DispatchClientGrpc.layer({ url })))],
  ["in memory", ServiceClient.layerMemory]
]

describe.each(clients)("the client %s", (_, layer) => {
  it.live("whatever it cannot be given is refused with the field, and the service learns nothing of it", () =>
    Effect.scoped(Effect.provide(refusesAll, Layer.fresh(layer)))
  )

  it.live("takes what the types allow, also a rule by its fields", () =>
    Effect.scoped(Effect.provide(takesAll, Layer.fresh(layer)))
  )
})
