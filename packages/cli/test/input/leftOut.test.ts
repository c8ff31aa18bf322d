import { CalendarRule, exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import { presentRuns, runsUntil } from "@effect-dispatch/core/RunExceptions"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { recurring, without } from "../../src/input/leftOut.ts"
import { at, clock, daily, dispatchOf, minutely } from "../fixtures.ts"

const berlin = (fields: Partial<ConstructorParameters<typeof CalendarRule>[0]> = {}) =>
  new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin", ...fields })

const iso = (instants: ReadonlyArray<DateTime.Utc>): ReadonlyArray<string> =>
  instants.map((instant) => DateTime.formatIso(instant).slice(0, 16))

const now = at("2026-03-29T10:30:00Z")

/** So many days from an instant on. */
const days = (from: DateTime.Utc, number: number): ReadonlyArray<DateTime.Utc> =>
  Array.from({ length: number }, (_, index) => DateTime.add(from, { days: index }))

describe("the runs under way", () => {
  const under = (fields: Parameters<typeof dispatchOf>[1]) =>
    Effect.map(recurring(dispatchOf(1, { recurrence: berlin(), ...fields })), (one) =>
      iso(presentRuns(one, now))
    )

  it.effect("are all that contain the instant, where runs are longer than the time between them", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* under({}), [])
      // The clock is set forward on the 29th.
      assert.deepStrictEqual(yield* under({ duration: Duration.hours(2) }), ["2026-03-29T09:00"])
      assert.deepStrictEqual(yield* under({ duration: Duration.hours(36) }), [
        "2026-03-28T10:00",
        "2026-03-29T09:00"
      ])
      assert.deepStrictEqual(yield* under({ duration: Duration.hours(36), active: false }), [])
    })
  )
})

describe("exceptions with more of them", () => {
  const more = (exceptions: ReadonlyArray<DateTime.Utc>, runs: ReadonlyArray<DateTime.Utc>) =>
    Effect.flatMap(recurring(dispatchOf(1, { recurrence: berlin({ exceptions }) })), (one) =>
      Effect.map(without(one, runs, now), (rule) => rule.exceptions ?? [])
    )
  const past = days(at("2025-01-01T10:00:00Z"), 300)
  const coming = days(at("2026-05-01T09:00:00Z"), 212)

  it.effect("are in order, each once, and keep what is past while there is room", () =>
    Effect.gen(function* () {
      const found = yield* more([...past.slice(1), ...coming], [past[0] ?? now, coming[3] ?? now])
      assert.deepStrictEqual(iso(found), iso([...past, ...coming]))
    })
  )

  it.effect("have room made by the oldest that are past, and by none that is to come or under way", () =>
    Effect.gen(function* () {
      const next = days(at("2026-03-30T09:00:00Z"), 7)
      const found = yield* more([...past, ...coming], next)
      assert.deepStrictEqual(iso(found), iso([...past.slice(7), ...next, ...coming]))
      // Its run would end in half an hour.
      const underWay = at("2026-03-29T10:00:00Z")
      const full = [underWay, ...days(at("2026-05-01T09:00:00Z"), exceptionsMax - 1)]
      const { message } = yield* Effect.flip(more(full, next.slice(0, 1)))
      assert.include(message, "512 exceptions")
    })
  )

  it.effect("are refused beyond the limit, with what to do instead", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(more([], days(at("2026-04-01T09:00:00Z"), exceptionsMax + 1)))
      assert.include(error.message, "an earlier time, or make it inactive")
      assert.strictEqual(error.example, "dispatch update 1 1 --no-active")
      const one = yield* recurring(dispatchOf(1, { recurrence: berlin() }))
      // No pause looks at more than is needed to refuse it.
      const many = runsUntil(one, at("9990-01-01T00:00:00Z"), now)
      assert.lengthOf(many, exceptionsMax + 1)
    })
  )
})

describe("a dispatch of which runs are left out", () => {
  it.effect("recurs, with an end and no faster than daily", () =>
    Effect.gen(function* () {
      const refused = [
        [{}, "does not recur"],
        [{ recurrence: daily, duration: Duration.infinity }, "does not recur"],
        [{ recurrence: minutely }, "minutely steps has no exceptions"]
      ] as const
      for (const [fields, why] of refused) {
        const error = yield* Effect.flip(recurring(dispatchOf(1, fields)))
        assert.include(error.message, why)
        assert.include(error.message, "inactive")
      }
    })
  )

  it.effect("has a rule of the zone UTC if it has one in UTC, and is read on that clock", () =>
    Effect.gen(function* () {
      const plain = yield* recurring(dispatchOf(1, { recurrence: daily }))
      assert.deepStrictEqual([plain.rule.timeZone, plain.clock.timeZone], ["UTC", "UTC"])
      const local = yield* recurring(dispatchOf(1, { recurrence: berlin() }))
      assert.strictEqual(local.clock.timeZone, clock("europe/berlin").timeZone)
    })
  )
})
