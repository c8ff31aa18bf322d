import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Service from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import { OfferedFeatures } from "@effect-dispatch/server/OfferedFeatures"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer } from "effect"
import { after, atNoon, create, draft, noon, one, serviceOver, stores } from "./services.ts"

const { DispatchService } = Service
type DispatchService = Service.DispatchService

type Fields = Partial<ConstructorParameters<typeof CalendarRule>[0]>

const at = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)

/** Daily in Berlin, from noon in UTC on the first of March 2026 unless something else is given. */
const berlin = (fields: Fields = {}): CalendarRule =>
  new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin", ...fields })

/** A rule that no client of this release would send. */
const unchecked = (fields: Fields): CalendarRule =>
  new CalendarRule({ ...berlin(), ...fields }, { disableChecks: true })

const fieldOf = ({ reason }: DispatchError): string | undefined =>
  reason._tag === "InvalidArgument" ? reason.field : reason._tag

const until = (text: string) => ({ _tag: "Until" as const, until: at(text) })

/** A dispatch in the store whose zone this machine does not know: another one wrote it. */
const inAtlantis = Effect.gen(function* () {
  const store = yield* DispatchStore
  const made = yield* create({ recurrence: berlin() })
  const recurrence = unchecked({ timeZone: "Europe/Atlantis" })
  const foreign = new Dispatch({ ...made, recurrence, endTime: after(99_999) }, { disableChecks: true })
  yield* store.modify(one, made.id, { at: noon, by: "another" }, () =>
    Effect.succeed({ kind: "Updated", dispatch: foreign })
  )
  return foreign
})

for (const [name, store] of stores) {
  describe(`rules in local time at the service, with its store in ${name}`, () => {
    const test = (title: string, run: () => Effect.Effect<void, unknown, DispatchService | DispatchStore>) =>
      it.effect(title, () =>
        Effect.andThen(atNoon, run()).pipe(Effect.provide(serviceOver(store)), Effect.scoped)
      )

    test("end with their last run by the clock of the zone, exceptions taken out", () =>
      Effect.gen(function* () {
        const startTime = at("2026-03-27T17:00:00Z")
        const hour = { startTime, duration: Duration.hours(1) }
        const endOf = (fields: Fields) =>
          Effect.map(create({ ...hour, recurrence: berlin(fields) }), ({ endTime }) =>
            endTime === undefined ? "never" : DateTime.formatIso(endTime).slice(0, 16)
          )
        assert.strictEqual(yield* endOf({}), "never")
        // The clock is set forward on the 29th.
        assert.strictEqual(yield* endOf({ end: { _tag: "Count", count: 3 } }), "2026-03-29T17:00")
        const last = at("2026-03-29T16:00:00Z")
        const end = until("2026-03-29T16:00:00Z")
        assert.strictEqual(yield* endOf({ end }), "2026-03-29T17:00")
        assert.strictEqual(yield* endOf({ end, exceptions: [last] }), "2026-03-28T18:00")
      }))

    test("of which all runs are left out are no mistake, other than those that never match", () =>
      Effect.gen(function* () {
        const startTime = at("2026-03-27T17:00:00Z")
        yield* create({
          startTime,
          recurrence: berlin({ end: { _tag: "Count", count: 1 }, exceptions: [startTime] })
        })
        const error = yield* Effect.flip(
          create({ recurrence: berlin({ frequency: "YEARLY", byMonths: [2], byMonthDays: [30] }) })
        )
        assert.strictEqual(fieldOf(error), "calendar")
      }))

    test("are refused beyond the limits of rules, by the path of the part", () =>
      Effect.gen(function* () {
        const refused: ReadonlyArray<readonly [string, Fields]> = [
          ["calendar.interval", { interval: 10_001 }],
          ["calendar.end.count", { end: { _tag: "Count", count: 4_097 } }],
          ["calendar.byMonthDays", { frequency: "WEEKLY", byMonthDays: [3] }]
        ]
        for (const [field, fields] of refused) {
          assert.strictEqual(fieldOf(yield* Effect.flip(create({ recurrence: unchecked(fields) }))), field)
        }
        yield* create({ recurrence: berlin({ interval: 10_000 }) })
        yield* create({ recurrence: berlin({ end: { _tag: "Count", count: 4_096 } }) })
      }))

    test("take the place of rules in UTC, and these of them, in one version", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const daily = RecurrenceRule.make({ frequency: "DAILY", interval: 1 })
        const { id } = yield* create({ recurrence: daily })
        const changed = (changes: DispatchChanges) =>
          Effect.map(service.update(one, id, changes), ({ recurrence }) => recurrence)
        assert.strictEqual((yield* changed({ calendar: berlin() }))?.timeZone, "Europe/Berlin")
        assert.strictEqual((yield* changed({ recurrence: null }))?.timeZone, "Europe/Berlin")
        assert.strictEqual((yield* changed({ active: false }))?.timeZone, "Europe/Berlin")
        const error = yield* Effect.flip(service.update(one, id, { recurrence: { byHours: [8] } }))
        assert.strictEqual(fieldOf(error), "calendar")
        assert.deepStrictEqual(yield* changed({ recurrence: daily }), daily)
        assert.deepStrictEqual(yield* changed({ calendar: null }), daily)
        yield* changed({ calendar: berlin() })
        assert.isUndefined(yield* changed({ calendar: null }))
      }))

    test("have their exceptions changed as a whole, on the condition of the update, and nothing else", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const first = after(3_600)
        const made = yield* create({ recurrence: berlin({ byHours: [14], exceptions: [first] }) })
        const second = at("2026-03-02T13:00:00Z")
        const { recurrence, startTime, updateTime } = yield* service.update(one, made.id, {
          calendar: { exceptions: [second] }
        })
        assert.deepStrictEqual(recurrence, berlin({ byHours: [14], exceptions: [second] }))
        // A start that is no occurrence any more stays.
        assert.deepStrictEqual(startTime, made.startTime)
        const late = { ifUpdateTime: made.updateTime }
        const lost = yield* Effect.flip(service.update(one, made.id, { calendar: { exceptions: [] } }, late))
        assert.strictEqual(lost.reason._tag, "Conflict")
        assert.strictEqual((yield* service.get(one, made.id)).dispatch.updateTime, updateTime)
        const plain = yield* create()
        const none = yield* Effect.flip(service.update(one, plain.id, { calendar: { exceptions: [] } }))
        assert.strictEqual(fieldOf(none), "calendar.exceptions")
      }))

    test("are found among those that recur, and by their end", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const endless = yield* create({ recurrence: berlin() })
        const ended = yield* create({ recurrence: berlin({ end: until("2026-03-02T13:00:00Z") }) })
        yield* create()
        const found = (filter: Parameters<typeof service.list>[1]["filter"]) =>
          Effect.map(service.list(one, { filter }), ({ dispatches }) =>
            dispatches.map(({ dispatch }) => dispatch.id)
          )
        assert.sameMembers(yield* found({ recurring: true }), [endless.id, ended.id])
        const later = { from: at("2026-03-02T13:10:00Z") }
        assert.deepStrictEqual(yield* found({ recurring: true, endTime: later }), [ended.id, endless.id])
        const latest = { from: at("2026-03-02T13:10:01Z") }
        assert.deepStrictEqual(yield* found({ recurring: true, endTime: latest }), [endless.id])
      }))

    test("in a zone that became unknown are served, switched off, mended and deleted, but not planned anew", () =>
      Effect.gen(function* () {
        const service = yield* DispatchService
        const { endTime, id } = yield* inAtlantis
        const [listed] = (yield* service.list(one, {})).dispatches
        assert.strictEqual(listed?.dispatch.recurrence?.timeZone, "Europe/Atlantis")
        const off = yield* service.update(one, id, { active: false, payload: { power: 1 } })
        assert.deepStrictEqual([off.active, off.endTime], [false, endTime])
        for (const changes of [
          { startTime: after(7_200) },
          { duration: Duration.hours(2) },
          { calendar: { exceptions: [] } },
          { calendar: unchecked({ timeZone: "Europe/Atlantis" }) }
        ] satisfies ReadonlyArray<DispatchChanges>) {
          const error = yield* Effect.flip(service.update(one, id, changes))
          assert.strictEqual(fieldOf(error), "calendar.timeZone")
          assert.include(error.message, "Europe/Atlantis")
        }
        const mended = yield* service.update(one, id, { calendar: berlin() })
        assert.isUndefined(mended.endTime)
        yield* service.delete(one, id)
      }))

    test("are refused by a service without them, where they are new", () =>
      Effect.gen(function* () {
        const known = yield* create({ recurrence: berlin() })
        const named = yield* create({ name: "peak" })
        const plain = yield* create()
        const without = Layer.fresh(Service.layer).pipe(
          Layer.provide(Layer.succeed(DispatchStore, yield* DispatchStore)),
          Layer.provide(Layer.succeed(OfferedFeatures, new Set()))
        )
        yield* Effect.gen(function* () {
          const service = yield* DispatchService
          const refused = [
            ["calendar", service.create(one, draft({ recurrence: berlin() }))],
            ["calendar", service.update(one, plain.id, { calendar: berlin() })],
            ["calendar", service.update(one, known.id, { calendar: { exceptions: [] } })],
            ["name", service.create(one, draft({ name: "night" }))],
            ["name", service.update(one, plain.id, { name: "night" })]
          ] as const
          for (const [field, call] of refused) assert.strictEqual(fieldOf(yield* Effect.flip(call)), field)
          assert.isFalse((yield* service.update(one, known.id, { active: false })).active)
          assert.isFalse((yield* service.update(one, named.id, { active: false })).active)
          assert.notProperty(yield* service.update(one, named.id, { name: null }), "name")
          assert.isUndefined((yield* service.update(one, known.id, { calendar: null })).recurrence)
        }).pipe(Effect.provide(without))
      }))
  })
}
