import { toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges, NewDispatch, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { Caller } from "@effect-dispatch/server/Caller"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import { listingsPerKeyMax } from "@effect-dispatch/server/ListingLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { after, atNoon, create, draft, noon, one, serviceOver, stores, two } from "./services.ts"

const rule = (fields: Partial<ConstructorParameters<typeof RecurrenceRule>[0]>) =>
  new RecurrenceRule({ frequency: "DAILY", interval: 1, ...fields })

const fieldOf = ({ reason }: DispatchError): string | undefined =>
  reason._tag === "InvalidArgument" ? reason.field : reason._tag

const nested = (depth: number): NonNullable<NewDispatch["payload"]> =>
  depth === 1 ? { leaf: 1 } : { inner: nested(depth - 1) }

const ids = (count: number) => Target.componentIds(...Array.from({ length: count }, (_, id) => BigInt(id)))

const wireBytes = (dispatch: Dispatch) =>
  toBinary(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch))).length

/** Refused values, the field that is named, and the nearest accepted value. */
const refused: ReadonlyArray<
  readonly [what: string, field: string, Partial<NewDispatch>, Partial<NewDispatch>]
> = [
  ["a start in the past", "startTime", { startTime: after(-5.001) }, { startTime: after(-5) }],
  [
    "a start after the year 9999",
    "startTime",
    { startTime: DateTime.makeUnsafe(253_402_300_799_001) },
    { startTime: DateTime.makeUnsafe(253_402_300_799_000) }
  ],
  ["an empty type", "type", { type: "" }, { type: "A" }],
  ["a long type", "type", { type: "x".repeat(257) }, { type: "x".repeat(256) }],
  ["a type that is no text", "type", { type: "a\0b" }, { type: "a\nb" }],
  ["an empty name", "name", { name: "" }, { name: "a" }],
  ["a long name", "name", { name: "x".repeat(257) }, { name: "x".repeat(256) }],
  ["a name with a line break", "name", { name: "a\nb" }, { name: "a b" }],
  ["a name that ends with a blank", "name", { name: "plan/a " }, { name: "plan/ä" }],
  ["an empty target", "target", { target: Target.componentIds() }, { target: ids(1) }],
  ["an empty set of categories", "target", { target: Target.componentCategories() }, {}],
  ["many targets", "target", { target: ids(1_001) }, { target: ids(1_000) }],
  [
    "a large id",
    "target.ids[0]",
    { target: Target.componentIds(2n ** 63n) },
    { target: Target.componentIds(2n ** 63n - 1n) }
  ],
  [
    "a large payload",
    "payload",
    { payload: { text: "ä".repeat(25_000) } },
    { payload: { text: `x${"ä".repeat(24_994)}` } }
  ],
  ["a length that is no whole second", "duration", { duration: 1_500 }, { duration: "90 minutes" }],
  [
    "a length in words of another",
    "duration",
    { duration: "ten minutes" as Duration.Input },
    { duration: { minutes: 10 } }
  ],
  ["a length that would be a command", "duration", { duration: Number.NaN }, { duration: 0 }],
  [
    "an instance in a payload",
    "payload.times[1]",
    { payload: { times: ["", new Date(0) as never] } },
    { payload: { times: ["", new Date(0).toISOString()] } }
  ],
  ["a deep payload", "payload", { payload: nested(6) }, { payload: nested(5) }],
  ["lists count as levels", "payload", { payload: { a: [[[[[1]]]]] } }, { payload: { a: [[[[1]]]] } }],
  [
    "a long interval",
    "recurrence.interval",
    { recurrence: rule({ interval: 10_001 }) },
    { recurrence: rule({ interval: 10_000 }) }
  ],
  [
    "a large count",
    "recurrence.end.count",
    { recurrence: rule({ end: { _tag: "Count", count: 4_097 } }) },
    { recurrence: rule({ end: { _tag: "Count", count: 4_096 } }) }
  ],
  [
    "days of the month with weeks",
    "recurrence.byMonthDays",
    { recurrence: rule({ frequency: "WEEKLY", byMonthDays: [1] }) },
    { recurrence: rule({ frequency: "MONTHLY", byMonthDays: [1] }) }
  ],
  [
    "a rule that never matches",
    "recurrence",
    { recurrence: rule({ byMonths: [2], byMonthDays: [30] }) },
    { recurrence: rule({ byMonths: [2], byMonthDays: [29] }) }
  ]
]

const suite = <E>(name: string, store: Layer.Layer<DispatchStore, E>) =>
  describe(`DispatchService over ${name}`, () => {
    const test = <E>(promise: string, body: () => Effect.Effect<void, E, DispatchService | DispatchStore>) =>
      it.effect(promise, () =>
        Effect.provide(Effect.andThen(atNoon, Effect.suspend(body)), serviceOver(store))
      )

    for (const [what, field, bad, good] of refused) {
      test(`refuses ${what}, naming ${field}, and takes what is just within`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(create(bad))
          assert.strictEqual(fieldOf(error), field)
          assert.strictEqual(error.message, `${field}: ${error.reason.message}`)
          assert.isFalse(error.isRetryable)
          const store = yield* DispatchStore
          assert.strictEqual(yield* store.lastChange(one), 0n)
          yield* create(good)
        }))
    }

    test("refuses in an update what it refuses in a new one, and changes nothing", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const made = yield* create({ recurrence: rule({}) })
        const attempts: ReadonlyArray<readonly [string, DispatchChanges]> = [
          ["startTime", { startTime: after(-6) }],
          ["target", { target: Target.componentIds() }],
          ["duration", { duration: "ten minutes" as Duration.Input }],
          ["payload.seen", { payload: { seen: new Map() as never } }],
          ["payload", { payload: nested(6) }],
          ["recurrence.interval", { recurrence: { interval: 10_001 } }],
          ["recurrence.byMonthDays", { recurrence: { frequency: "WEEKLY", byMonthDays: [3] } }],
          ["recurrence", { recurrence: { byMonths: [4], byMonthDays: [31] } }]
        ]
        for (const [field, changes] of attempts) {
          const error = yield* Effect.flip(service.update(one, made.id, { active: false, ...changes }))
          assert.strictEqual(fieldOf(error), field)
        }
        assert.isTrue((yield* service.get(one, made.id)).dispatch.sameContent(made))
        const once = yield* create()
        const partial = { byHours: [8] } satisfies RecurrenceChanges
        const error = yield* Effect.flip(service.update(one, once.id, { recurrence: partial }))
        assert.strictEqual(fieldOf(error), "recurrence.frequency")
      }))

    test("refuses ids beyond what a store can hold, wherever they stand", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const id = (2n ** 63n) as DispatchId
        const microgrid = MicrogridId.make(2n ** 63n)
        const attempts: ReadonlyArray<readonly [string, Effect.Effect<unknown, DispatchError>]> = [
          ["id", service.get(one, id)],
          ["id", service.update(one, id, { active: true })],
          ["id", service.delete(one, id)],
          ["filter.ids[1]", service.list(one, { filter: { ids: [7n as DispatchId, id] } })],
          ["microgridId", service.list(microgrid, {})],
          ["microgridId", service.create(microgrid, draft())],
          ["microgridId", Effect.scoped(service.subscribe(microgrid))]
        ]
        for (const [field, attempt] of attempts)
          assert.strictEqual(fieldOf(yield* Effect.flip(attempt)), field)
      }))

    test("refuses a filter that names more than a store can look for, and says which part", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        yield* create()
        const many = Array.from({ length: WireLimits.filterValuesMax + 1 }, (_, index) => BigInt(index))
        const filters: ReadonlyArray<readonly [string, DispatchFilter]> = [
          ["filter.ids", { ids: many as Array<DispatchId> }],
          ["filter.queries", { queries: many.map(String) }],
          ["filter.queries[1]", { queries: ["X", "X".repeat(WireLimits.typeLengthMax + 1)] }],
          ["filter.targets", { targets: many.map((id) => Target.componentIds(id)) }],
          ["filter.targets", { targets: [Target.componentIds(1n), Target.componentIds(...many)] }]
        ]
        for (const [field, filter] of filters)
          assert.strictEqual(fieldOf(yield* Effect.flip(service.list(one, { filter }))), field)
      }))

    test("knows nothing of what is not there: any microgrid exists, an unknown one is empty", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const made = yield* create()
        for (const attempt of [
          service.get(two, made.id),
          service.update(two, made.id, { active: false }),
          service.delete(two, made.id),
          service.get(one, 99n as DispatchId)
        ])
          assert.strictEqual(fieldOf(yield* Effect.flip(attempt)), "NotFound")
        assert.deepStrictEqual(yield* service.list(two, {}), {
          dispatches: [],
          unreadable: [],
          totalItems: 0,
          nextPageToken: undefined
        })
      }))

    test("rounds a start up to whole seconds, and begins NOW in the present one", () =>
      Effect.gen(function* () {
        const late = yield* create({ startTime: after(60.001) })
        assert.strictEqual(DateTime.formatIso(late.startTime), "2026-03-01T12:01:01.000Z")
        const whole = yield* create({ startTime: after(60) })
        assert.strictEqual(DateTime.formatIso(whole.startTime), "2026-03-01T12:01:00.000Z")
        for (const [millis, expected] of [
          [0, "2026-03-01T12:00:00.000Z"],
          [1, "2026-03-01T12:00:00.000Z"],
          [998, "2026-03-01T12:00:00.000Z"],
          [1, "2026-03-01T12:00:01.000Z"]
        ] as const) {
          yield* TestClock.adjust(millis)
          const now = yield* create({ startTime: "NOW" })
          assert.strictEqual(DateTime.formatIso(now.startTime), expected)
          assert.isTrue(now.startedAt(yield* DateTime.now))
        }
        yield* TestClock.adjust("-1 second")
        const service = yield* DispatchService
        const moved = yield* service.update(one, whole.id, { startTime: after(90.5) })
        assert.strictEqual(DateTime.formatIso(moved.startTime), "2026-03-01T12:01:31.000Z")
      }))

    test("gives the end of the last run where there is one, and keeps it right", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const endOf = (fields: Partial<NewDispatch>) =>
          Effect.map(create(fields), ({ endTime }) => endTime && DateTime.formatIso(endTime))
        assert.strictEqual(yield* endOf({}), "2026-03-01T13:10:00.000Z")
        assert.isUndefined(yield* endOf({ duration: Duration.infinity }))
        assert.isUndefined(yield* endOf({ recurrence: rule({}) }))
        const daily = rule({ end: { _tag: "Count", count: 3 } })
        assert.strictEqual(yield* endOf({ recurrence: daily }), "2026-03-03T13:10:00.000Z")
        // A wire that has no instant so late.
        const farAway = DateTime.makeUnsafe("9999-12-31T23:59:59Z")
        assert.isUndefined(yield* endOf({ startTime: farAway, duration: Duration.seconds(4_294_967_295) }))
        const made = yield* create()
        const longer = yield* service.update(one, made.id, { duration: Duration.hours(2) })
        assert.strictEqual(longer.endTime && DateTime.formatIso(longer.endTime), "2026-03-01T15:00:00.000Z")
        const endless = yield* service.update(one, made.id, { duration: null })
        assert.isUndefined(endless.endTime)
      }))

    test("update times of a dispatch rise strictly, whatever the clock does, deletion included", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const store = yield* DispatchStore
        const made = yield* create()
        yield* service.update(one, made.id, { active: false })
        yield* TestClock.setTime(noon.epochMilliseconds - 60_000)
        yield* service.update(one, made.id, { active: true })
        yield* TestClock.setTime(noon.epochMilliseconds + 1)
        yield* service.update(one, made.id, { active: false })
        yield* TestClock.setTime(noon.epochMilliseconds - 1)
        yield* service.delete(one, made.id)
        const start = BigInt(noon.epochMilliseconds) * 1_000_000n
        const changes = yield* store.changesAfter(one, 0n, 10)
        assert.deepStrictEqual(
          changes.map(({ dispatch }) => dispatch.updateTime - start),
          [0n, 1n, 2n, 1_000_000n, 1_000_001n]
        )
        assert.strictEqual(changes.at(-1)?.kind, "Deleted")
      }))

    test("an update leaves what it does not name, replaces lists, and changes single parts of a rule", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const made = yield* create({
          payload: { a: 1, b: 2 },
          recurrence: rule({ byHours: [8, 9], byMinutes: [30], end: { _tag: "Count", count: 5 } })
        })
        yield* TestClock.adjust("2 hours")
        // It has begun long ago: the start may be repeated, but not moved into the past.
        const same = yield* service.update(one, made.id, { startTime: made.startTime, payload: { c: 3 } })
        assert.deepStrictEqual(same.payload, { c: 3 })
        const parts = yield* service.update(one, made.id, { recurrence: { byHours: [7], interval: 2 } })
        assert.deepStrictEqual(
          { ...parts.recurrence },
          { ...rule({ interval: 2, byHours: [7], byMinutes: [30], end: { _tag: "Count", count: 5 } }) }
        )
        const unending = yield* service.update(one, made.id, { recurrence: { end: null } })
        assert.isUndefined(unending.recurrence?.end)
        const whole = yield* service.update(one, made.id, { recurrence: rule({ byMonths: [5] }) })
        assert.deepStrictEqual({ ...whole.recurrence }, { ...rule({ byMonths: [5] }) })
        const once = yield* service.update(one, made.id, { recurrence: null })
        assert.isUndefined(once.recurrence)
        assert.strictEqual(once.type, made.type)
      }))

    test("if-update-time: who saw an older version overwrites nothing", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const made = yield* create()
        const first = yield* service.update(
          one,
          made.id,
          { payload: { by: "first" } },
          {
            ifUpdateTime: made.updateTime
          }
        )
        const lost = yield* Effect.flip(
          service.update(one, made.id, { payload: { by: "second" } }, { ifUpdateTime: made.updateTime })
        )
        assert.strictEqual(lost.reason._tag, "Conflict")
        assert.deepStrictEqual((yield* service.get(one, made.id)).dispatch.payload, { by: "first" })
        yield* service.update(one, made.id, { active: false }, { ifUpdateTime: first.updateTime })
      }))

    test("of many conditional updates at once exactly one wins", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const { id, updateTime } = yield* create()
        const attempts = Array.from({ length: 10 }, (_, by) =>
          Effect.result(service.update(one, id, { payload: { by } }, { ifUpdateTime: updateTime }))
        )
        const results = yield* Effect.all(attempts, { concurrency: "unbounded" })
        assert.strictEqual(results.filter(({ _tag }) => _tag === "Success").length, 1)
      }))

    test("a name that another dispatch has is refused with its id, until that is deleted", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const holder = yield* create({ name: "plan/peak" })
        const other = yield* create()
        const reasons = yield* Effect.forEach(
          [create({ name: "plan/peak" }), service.update(one, other.id, { name: "plan/peak" })],
          (write) => Effect.map(Effect.flip(write), ({ reason }) => reason)
        )
        for (const { _tag, message } of reasons) {
          assert.strictEqual(_tag, "AlreadyExists")
          assert.strictEqual(message, `dispatch ${holder.id} has the name "plan/peak"`)
        }
        yield* create({ name: "plan/peak" }, two)
        yield* service.delete(one, holder.id)
        assert.strictEqual((yield* service.update(one, other.id, { name: "plan/peak" })).name, "plan/peak")
      }))

    test("a name stays until an update changes it, and is found by it", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const { id } = yield* create({ name: "plan/peak" })
        yield* create({ name: "plan/other" })
        assert.strictEqual((yield* service.update(one, id, { active: false })).name, "plan/peak")
        const { dispatches } = yield* service.list(one, { filter: { names: ["plan/peak"] } })
        assert.deepStrictEqual(
          dispatches.map(({ dispatch }) => dispatch.id),
          [id]
        )
        assert.notProperty(yield* service.update(one, id, { name: null }), "name")
        assert.strictEqual((yield* service.list(one, { filter: { names: ["plan/peak"] } })).totalItems, 0)
      }))

    test("writes down who did what", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const store = yield* DispatchStore
        const made = yield* create()
        yield* TestClock.adjust("1 minute")
        yield* Effect.provideService(service.delete(one, made.id), Caller, { name: "anna" })
        assert.deepStrictEqual(
          (yield* store.audit(one, 10)).map(({ at, by, kind }) => [kind, by, DateTime.formatIso(at)]),
          [
            ["Deleted", "anna", "2026-03-01T12:01:00.000Z"],
            ["Created", "local", "2026-03-01T12:00:00.000Z"]
          ]
        )
      }))

    test("a page has at most 1,000 dispatches, 100 unless asked", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const store = yield* DispatchStore
        const { dispatches: none } = yield* service.list(one, { pageSize: 5_000 })
        assert.strictEqual(none.length, 0)
        const template = yield* create()
        const at = { at: noon, by: "test" }
        for (let count = 1; count < 1_005; count++)
          yield* store.insert(one, at, (id) => Object.assign(Object.create(template), { ...template, id }))
        const sizes = yield* Effect.forEach([undefined, 0, 7, 1_000, 4_000_000_000], (pageSize) =>
          Effect.map(service.list(one, { pageSize }), ({ dispatches }) => dispatches.length)
        )
        assert.deepStrictEqual(sizes, [100, 100, 7, 1_000, 1_000])
        // Those created first: more than are read at once, and fewer than a page may have.
        const filter = {
          ids: Array.from({ length: 300 }, (_, index) => (template.id + BigInt(index)) as DispatchId)
        }
        const some = yield* service.list(one, { filter, pageSize: 1_000 })
        assert.deepStrictEqual(
          [some.dispatches.length, some.totalItems, some.nextPageToken],
          [300, 300, undefined]
        )
      }))

    test("a page ends before a mebibyte on the wire, and not long before", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const large: ReadonlyArray<NonNullable<NewDispatch["payload"]>> = [
          { text: "x".repeat(40_000) },
          { text: "é🔋\u0001".repeat(4_000) },
          { numbers: Array.from({ length: 20_000 }, () => 1) },
          { nothings: Array.from({ length: 9_000 }, () => null) },
          { lists: Array.from({ length: 12_000 }, () => []) },
          Object.fromEntries(Array.from({ length: 2_500 }, (_, key) => [key, { a: "b" }]))
        ]
        for (const [index, payload] of large.entries()) {
          const microgridId = MicrogridId.make(BigInt(index))
          yield* Effect.repeat(create({ payload }, microgridId), { times: 40 })
          const { dispatches, nextPageToken } = yield* service.list(microgridId, { pageSize: 1_000 })
          assert.isDefined(nextPageToken)
          const bytes = dispatches.reduce((sum, { dispatch }) => sum + wireBytes(dispatch), 0)
          assert.isAtMost(bytes, WireLimits.pageBytesMax)
          assert.isAtLeast(bytes, WireLimits.pageBytesMax / 4)
        }
      }))

    test("a token goes on where the page ended, with the filter, order and total of the beginning", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        for (let index = 0; index < 7; index++) yield* create({ type: index % 2 === 0 ? "EVEN" : "ODD" })
        const first = yield* service.list(one, {
          filter: { queries: ["EVEN"] },
          sort: { field: "createTime", order: "ascending" },
          pageSize: 3
        })
        yield* create({ type: "EVEN" })
        // The rest of the request does not count any more.
        const second = yield* service.list(one, {
          pageToken: first.nextPageToken,
          pageSize: 1,
          filter: { queries: ["ODD"] }
        })
        assert.deepStrictEqual(
          [...first.dispatches, ...second.dispatches].map(({ dispatch }) => dispatch.id),
          [1n, 3n, 5n, 7n, 8n]
        )
        assert.deepStrictEqual([first.totalItems, second.totalItems], [4, 4])
        assert.isUndefined(second.nextPageToken)
      }))

    test("a token that was changed, cut, made up or is for another microgrid is refused", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        for (let index = 0; index < 3; index++) yield* create()
        const { nextPageToken: token = "" } = yield* service.list(one, { pageSize: 1 })
        const bytes = Buffer.from(token, "base64url")
        const changed = Array.from(bytes, (byte, index) => {
          const copy = Buffer.from(bytes)
          copy[index] = byte ^ 1
          return copy.toString("base64url")
        })
        const wrong = [
          ...changed,
          "",
          "x",
          "%%%",
          token.slice(0, -4),
          bytes.subarray(1).toString("base64url")
        ]
        for (const pageToken of wrong) {
          const error = yield* Effect.flip(service.list(one, { pageToken }))
          assert.strictEqual(fieldOf(error), "pageToken")
        }
        const elsewhere = yield* Effect.flip(service.list(two, { pageToken: token }))
        assert.strictEqual(fieldOf(elsewhere), "pageToken")
        assert.strictEqual((yield* service.list(one, { pageToken: token })).dispatches.length, 1)
      }))
  })

for (const [name, store] of stores) suite(name, store)

describe("listings of one key", () => {
  it.effect("are at work two at a time: its others wait, and nobody else does", () =>
    Effect.gen(function* () {
      let begun = 0
      const stalled = Layer.effect(
        DispatchStore,
        Effect.map(DispatchStore, (store) => ({
          ...store,
          begin: () =>
            Effect.andThen(
              Effect.sync(() => begun++),
              Effect.never
            )
        }))
      ).pipe(Layer.provide(stores[0][1]))
      yield* Effect.gen(function* () {
        const { list } = yield* DispatchService
        const listing = (id: string) =>
          Effect.forkScoped(Effect.provideService(list(one, {}), Caller, { id, name: id }), {
            startImmediately: true
          })
        const settled = Effect.replicateEffect(Effect.yieldNow, 50)
        const all = yield* Effect.replicateEffect(listing("greedy"), 5)
        yield* settled
        assert.strictEqual(begun, listingsPerKeyMax)
        yield* listing("modest")
        yield* settled
        assert.strictEqual(begun, listingsPerKeyMax + 1)
        yield* Effect.forEach(all.slice(0, 1), Fiber.interrupt)
        yield* settled
        assert.strictEqual(begun, listingsPerKeyMax + 2)
      }).pipe(Effect.scoped, Effect.provide(serviceOver(stalled)))
    })
  )
})
