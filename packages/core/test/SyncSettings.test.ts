import {
  backoff,
  defaultSettings,
  endedWithin,
  spread,
  SyncDefaults,
  withDefaults
} from "@effect-dispatch/core/SyncSettings"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"

const millis = (failures: number, random: number) => Math.round(Duration.toMillis(backoff(failures, random)))

describe("SyncSettings", () => {
  it("S3: a wait is anywhere between nothing and its step, which grows by 1.6 from a second to a minute", () => {
    const steps = [1, 2, 3, 9, 10, 1_000].map((failures) => millis(failures, 1))
    assert.deepStrictEqual(steps, [1_000, 1_600, 2_560, 42_950, 60_000, 60_000])
    assert.deepStrictEqual([millis(3, 0), millis(3, 0.25), millis(1_000, 0.5)], [0, 640, 30_000])
  })

  it("S4: lengths are spread over a tenth to either side", () => {
    const length = Duration.minutes(5)
    const spreads = [0, 0.5, 1].map((random) => Duration.toSeconds(spread(length, random)))
    assert.deepStrictEqual(spreads, [270, 300, 330])
    assert.strictEqual(Duration.toMillis(spread(Duration.infinity, 0.5)), Infinity)
  })

  it("S7: listings ask for what ended within five minutes, or within the catch-up window if that is longer", () => {
    const within = (catchUpWindow: Duration.Duration) =>
      Duration.toMinutes(endedWithin({ ...defaultSettings, catchUpWindow }))
    assert.deepStrictEqual([within(Duration.minutes(1)), within(Duration.hours(1))], [5, 60])
  })

  it.effect("what is not given, or undefined, has the default at hand", () =>
    Effect.gen(function* () {
      const pageSize = 7
      assert.deepStrictEqual(yield* withDefaults(), defaultSettings)
      assert.deepStrictEqual(yield* withDefaults({ pageSize }), { ...defaultSettings, pageSize })
      const unset = { resyncInterval: undefined } as unknown as Partial<typeof defaultSettings>
      assert.deepStrictEqual(yield* withDefaults(unset), defaultSettings)
      const others = { ...defaultSettings, resyncInterval: Duration.infinity }
      assert.deepStrictEqual(yield* Effect.provideService(withDefaults({ pageSize }), SyncDefaults, others), {
        ...others,
        pageSize
      })
    })
  )
})
