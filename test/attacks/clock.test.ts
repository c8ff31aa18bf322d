import { DatabaseSync } from "node:sqlite"
import { copyFileSync, rmSync } from "node:fs"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as Metrics from "@effect-dispatch/server/Metrics"
import * as Retention from "@effect-dispatch/server/Retention"
import { Probe, SkewClock } from "@effect-dispatch/testing"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Metric } from "effect"
import {
  create,
  day,
  deleteOne,
  held,
  pass,
  scene,
  start,
  startedWrong,
  step,
  steppedWhileRunning
} from "./clock.ts"

const hour = 3_600_000

describe("A clock that is wrong deletes nothing", () => {
  it.effect(
    "started with a clock 500 days ahead, also with writes made meanwhile: all is there once it is right",
    () =>
      Effect.gen(function* () {
        const { after, before, written } = yield* startedWrong({ hours: 1, size: 5 })
        assert.deepStrictEqual(before, { dispatches: 5, changes: 5, audit: 5 })
        assert.deepStrictEqual(written, { dispatches: 10, changes: 10, audit: 10 })
        assert.deepStrictEqual(after, { dispatches: 10, changes: 10, audit: 10 })
      })
  )

  it.effect("an hour ahead removes what ten hours would, and no more", () =>
    scene(({ running }) =>
      Effect.gen(function* () {
        const left = yield* running(
          Effect.gen(function* () {
            yield* create(3)
            yield* pass(15 * hour)
            yield* create(2)
            yield* step(500 * day)
            yield* pass(hour)
            return yield* held
          })
        )
        // The changes are 25 hours old by the time kept, and 11 hours the others.
        assert.deepStrictEqual(left, { dispatches: 5, changes: 2, audit: 5 })
      })
    )
  )

  it.effect(
    "stepped while it runs: an alert once an hour and in the details of health, until it is right again",
    () =>
      Effect.gen(function* () {
        const { after, afterwards, before, logged, meanwhile } = yield* steppedWhileRunning({
          hours: 2,
          size: 5
        })
        assert.deepStrictEqual(after, before)
        assert.match(meanwhile ?? "", /^The clock is 499 days ahead/)
        assert.isUndefined(afterwards)
        assert.strictEqual(
          logged.filter((line) => line.startsWith("The clock is")).length,
          2,
          logged.join("\n")
        )
      })
  )

  it.effect(
    "one that is days behind is told of like one that is ahead, for as long as a clock that was ahead takes",
    () =>
      scene(({ logged, running }) =>
        Effect.gen(function* () {
          yield* running(Effect.andThen(create(5), pass(60_000)))
          yield* step(-4 * day)
          yield* running(
            Effect.gen(function* () {
              const { doubt } = yield* Retention.RetentionTime
              yield* pass(60_000)
              assert.match((yield* doubt) ?? "", /^The clock is 4 days behind/)
              yield* pass(2 * hour)
              assert.lengthOf(logged, 3)
              assert.match(logged.at(-1) ?? "", /^The clock is 3 days behind/)
              assert.deepStrictEqual(yield* held, { dispatches: 5, changes: 5, audit: 5 })
              yield* pass(6 * hour)
              assert.isUndefined(yield* doubt)
              assert.isBelow(logged.length, 10)
            })
          )
        })
      )
  )

  it.effect("one that is put right after half a day ahead is in doubt for half a day, and no longer", () =>
    scene(({ logged, running }) =>
      Effect.gen(function* () {
        yield* running(
          Effect.gen(function* () {
            const { doubt } = yield* Retention.RetentionTime
            yield* pass(60_000)
            yield* step(500 * day)
            yield* pass(12 * hour)
            assert.match((yield* doubt) ?? "", /^The clock is 49\d days ahead/)
            logged.length = 0
            yield* step(-500 * day)
            yield* pass(60_000)
            assert.match((yield* doubt) ?? "", /^The clock is [45] days behind/)
            assert.match(logged[0] ?? "", /^The clock is [45] days behind/)
            yield* pass(12 * hour)
            assert.isUndefined(yield* doubt)
          })
        )
      })
    )
  )

  it.effect("gauges show how far it is ahead and behind, and more than a day of either is told", () =>
    scene(({ running }) =>
      running(
        Effect.gen(function* () {
          const { doubt } = yield* Retention.RetentionTime
          const shown = Effect.gen(function* () {
            const gauges = [Metrics.clockAhead, Metrics.clockBehind]
            return yield* Effect.forEach(gauges, (gauge) =>
              Effect.map(Metric.value(gauge.at()), ({ value }) => Math.round(value / 3_600))
            )
          })
          yield* pass(60_000)
          assert.deepStrictEqual(yield* shown, [0, 0])
          yield* step(23 * hour)
          yield* pass(60_000)
          assert.deepStrictEqual(yield* shown, [23, 0])
          assert.isUndefined(yield* doubt)
          yield* step(25 * hour)
          yield* pass(60_000)
          assert.deepStrictEqual(yield* shown, [48, 0])
          assert.match((yield* doubt) ?? "", /^The clock is 2 days ahead/)
          yield* step(-96 * hour)
          yield* pass(60_000)
          assert.deepStrictEqual(yield* shown, [0, 48])
          assert.match((yield* doubt) ?? "", /^The clock is 2 days behind/)
        })
      )
    )
  )

  it.effect(
    "a service that was off for 100 days catches up in ten, and says what it removes when it is much",
    () =>
      scene(({ logged, running }) =>
        Effect.gen(function* () {
          yield* running(Effect.andThen(create(20), pass(60_000)))
          yield* step(100 * day)
          yield* running(
            Effect.gen(function* () {
              yield* pass(2 * hour)
              assert.deepStrictEqual(yield* held, { dispatches: 20, changes: 20, audit: 20 })
              yield* pass(hour)
              assert.deepStrictEqual(yield* held, { dispatches: 20, changes: 0, audit: 20 })
              yield* pass(10 * day)
              assert.deepStrictEqual(yield* held, { dispatches: 20, changes: 0, audit: 0 })
            })
          )
          assert.isTrue(logged.some((line) => line.startsWith("The clock is 100 days ahead")))
        })
      ),
    // Ten days of housekeeping on a file.
    120_000
  )

  it.effect("restored from a backup of last year: it goes on by the time of the backup", () =>
    scene(({ filename, running }) =>
      Effect.gen(function* () {
        const backup = `${filename}.backup`
        yield* running(
          Effect.gen(function* () {
            yield* create(3)
            yield* pass(60_000)
            const other = new DatabaseSync(filename)
            other.exec(`VACUUM INTO '${backup}'`)
            other.close()
          })
        )
        yield* step(365 * day)
        yield* running(pass(hour))
        for (const suffix of ["", "-wal", "-shm"]) rmSync(`${filename}${suffix}`, { force: true })
        copyFileSync(backup, filename)
        assert.deepStrictEqual(yield* running(Effect.andThen(pass(2 * hour), held)), {
          dispatches: 3,
          changes: 3,
          audit: 3
        })
      })
    )
  )

  it.effect("an older store begins with its newest record, or with the wall clock if that is earlier", () =>
    scene(({ filename, running }) =>
      Effect.gen(function* () {
        const forget = () => {
          const database = new DatabaseSync(filename)
          const [row] = database.prepare("SELECT value FROM counters WHERE name = 'retention-time'").all()
          database.exec("DELETE FROM counters WHERE name = 'retention-time'")
          database.close()
          return Number(row?.["value"])
        }
        yield* running(create(3))
        assert.strictEqual(forget(), start)
        yield* step(500 * day)
        yield* running(pass(0))
        assert.strictEqual(forget(), start)
        yield* step(-501 * day)
        yield* running(pass(0))
        assert.strictEqual(forget(), start - day)
      })
    )
  )

  it.effect(
    "a clock without battery, of 1970, moves nothing back, and the service does not need years to catch up",
    () =>
      scene(({ logged, running }) =>
        Effect.gen(function* () {
          yield* running(Effect.andThen(create(3), pass(60_000)))
          yield* step(-start)
          yield* running(pass(hour))
          yield* step(start)
          yield* running(Effect.andThen(pass(2 * day), held)).pipe(
            Effect.map((left) => assert.deepStrictEqual(left, { dispatches: 3, changes: 0, audit: 3 }))
          )
          for (const line of logged) assert.match(line, /^The clock is \d+ days behind the time/)
          // At the beginning of the hour, and at its end.
          assert.lengthOf(logged, 2)
        })
      )
  )

  it.effect(
    "what was written under a clock of before 2026 is no older than the hour in which that ends",
    () =>
      scene(({ logged, running }) =>
        Effect.gen(function* () {
          const wrong = Date.parse("2025-06-01T12:00:00Z") - start
          yield* running(Effect.andThen(create(3), pass(60_000)))
          yield* step(wrong)
          yield* running(
            Effect.gen(function* () {
              yield* create(4, 1)
              yield* deleteOne
              yield* pass(hour)
            })
          )
          yield* step(-wrong)
          yield* running(
            Effect.gen(function* () {
              yield* pass(20 * hour)
              assert.deepStrictEqual(yield* held, { dispatches: 6, changes: 8, audit: 8 })
              yield* pass(5 * hour)
              assert.deepStrictEqual(yield* held, { dispatches: 6, changes: 0, audit: 8 })
            })
          )
          for (const line of logged) assert.match(line, /^The clock is \d+ days behind the time/)
        })
      )
  )

  it.effect("a store born under a clock of 1970 goes by the wall clock as soon as that is right", () =>
    scene(({ logged, running }) =>
      Effect.gen(function* () {
        yield* step(5 * day - start)
        yield* running(Effect.andThen(create(3), pass(60_000)))
        yield* step(start - 5 * day)
        yield* running(
          Effect.gen(function* () {
            yield* pass(hour)
            const { doubt } = yield* Retention.RetentionTime
            assert.isUndefined(yield* doubt)
            assert.deepStrictEqual(yield* held, { dispatches: 3, changes: 3, audit: 3 })
            yield* pass(day)
            assert.deepStrictEqual(yield* held, { dispatches: 3, changes: 0, audit: 3 })
          })
        )
        assert.deepStrictEqual(logged, [])
      })
    )
  )

  it.effect("while the clock is of before 2026 nothing is removed, whatever was written under it", () =>
    scene(({ running }) =>
      Effect.gen(function* () {
        yield* step(5 * day - start)
        yield* running(
          Effect.gen(function* () {
            yield* create(3)
            yield* pass(30 * hour)
            assert.deepStrictEqual(yield* held, { dispatches: 3, changes: 3, audit: 3 })
          })
        )
      })
    )
  )

  it.effect(
    "nonces are kept while the two disagree, so that no signature counts twice once the clock is right",
    () =>
      Effect.gen(function* () {
        const keys = yield* AccessKeyStore
        const used = Effect.map(
          keys.useNonce("key", "nonce", DateTime.makeUnsafe(start)),
          (isFresh) => !isFresh
        )
        yield* used
        yield* pass(0)
        yield* step(500 * day)
        yield* pass(300_000)
        assert.isTrue(yield* used)
        yield* step(-500 * day)
        yield* pass(240_000)
        assert.isTrue(yield* used)
        yield* pass(180_000)
        assert.isFalse(yield* used)
      }).pipe(
        Effect.provide(
          Layer.fresh(Retention.layer()).pipe(
            Layer.provideMerge(Layer.fresh(DispatchStoreMemory.layer)),
            Layer.provideMerge(SkewClock.layer({ start })),
            Layer.provideMerge(Probe.layer)
          )
        )
      )
  )
})
