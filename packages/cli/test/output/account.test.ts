import { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Console, DateTime, Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as Account from "../../src/output/account.ts"
import * as Times from "../../src/output/times.ts"
import { at, clock, daily, dispatchOf } from "../fixtures.ts"

/** The lines that an account prints. */
const printed = <E>(tell: (account: Account.Account) => Effect.Effect<unknown, E>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const console: Console.Console = { ...globalThis.console, log: (line: string) => void lines.push(line) }
    yield* TestClock.setTime(at("2026-03-27T10:00:00.250Z").epochMilliseconds)
    yield* Effect.provideService(tell(Account.make(Times.make(clock("UTC")))), Console.Console, console)
    return lines
  })

const change = (fields: Partial<RunningStateChange>): RunningStateChange => ({
  dispatch: dispatchOf(7, { payload: { power_w: 5 } }),
  state: "Running",
  at: at("2026-03-27T10:00:00Z"),
  decidedAt: at("2026-03-27T10:00:00.002Z"),
  occurrence: at("2026-03-27T10:00:00Z"),
  until: at("2026-03-27T11:00:00Z"),
  continues: false,
  cause: "Scheduled",
  ...fields
})

describe("an account", () => {
  it.effect("says of a start until when, and of what led to it", () =>
    Effect.gen(function* () {
      const lines = yield* printed(({ change: tell }) =>
        Effect.all([
          tell(change({})),
          tell(change({ until: undefined, cause: "Created" })),
          tell(change({ until: at("2026-03-28T09:00:00Z"), continues: true, previous: dispatchOf(7) })),
          tell(change({ until: at("2026-03-27T10:00:00Z") }))
        ])
      )
      assert.deepStrictEqual(lines, [
        "Fri 2026-03-27, times in UTC",
        '10:00:00.002  Running    #7   CHARGE             scheduled until 11:00:00  {"power_w": 5}',
        '10:00:00.002  Running    #7   CHARGE             created   until stopped  {"power_w": 5}',
        '10:00:00.002  Running    #7   CHARGE             scheduled until 2026-03-28 09:00:00, then again, reconfigured  {"power_w": 5}',
        '10:00:00.002  Running    #7   CHARGE             scheduled command  {"power_w": 5}'
      ])
    })
  )

  it.effect("says of a stop whether it came early", () =>
    Effect.gen(function* () {
      const stop = { state: "Stopped", cause: "Deleted" } as const
      const [, early = "", onTime = "", infinite = ""] = yield* printed(({ change: tell }) =>
        Effect.all([
          tell(change(stop)),
          tell(change({ ...stop, cause: "Scheduled", at: at("2026-03-27T11:00:00Z") })),
          tell(change({ ...stop, until: undefined }))
        ])
      )
      assert.match(early, /Stopped +#7 +CHARGE +deleted +early, was planned until 11:00:00$/)
      assert.match(onTime, /Stopped +#7 +CHARGE +scheduled$/)
      assert.match(infinite, /Stopped +#7 +CHARGE +deleted$/)
    })
  )

  it.effect("says in a fleet which microgrid it is of, and its epoch", () =>
    Effect.gen(function* () {
      const token = { microgridId: MicrogridId.make(7n), epoch: 12n }
      const [, ...lines] = yield* printed(({ change: tell }) =>
        Effect.all([
          tell(change({ cause: "Recovered" }), token),
          tell(change({ state: "Stopped", at: at("2026-03-27T11:00:00Z") }), token)
        ])
      )
      assert.deepStrictEqual(lines, [
        '10:00:00.002  microgrid 7      Running    #7   CHARGE             recovered until 11:00:00  {"power_w": 5}  epoch 12',
        "10:00:00.002  microgrid 7      Stopped    #7   CHARGE             scheduled epoch 12"
      ])
    })
  )

  it.effect("shows the date again when the day has changed", () =>
    Effect.gen(function* () {
      const lines = yield* printed(({ change: tell }) =>
        Effect.all([
          tell(change({})),
          tell(change({ decidedAt: at("2026-03-27T23:59:59.999Z") })),
          tell(change({ decidedAt: at("2026-03-28T00:00:00.000Z") }))
        ])
      )
      assert.deepStrictEqual(
        lines.filter((line) => !/Running/.test(line)),
        ["Fri 2026-03-27, times in UTC", "Sat 2026-03-28, times in UTC"]
      )
    })
  )

  it.effect("tells what a dispatch is when it comes, and lets no control character through", () =>
    Effect.gen(function* () {
      const dispatch = dispatchOf(7, {
        type: "\u001b[2J",
        startTime: at("2026-03-28T10:00:00Z"),
        duration: Duration.minutes(90),
        recurrence: daily,
        active: false,
        dryRun: true
      })
      const [, created, deleted] = yield* printed(({ event }) =>
        Effect.all([event(DispatchEvent.Created({ dispatch })), event(DispatchEvent.Deleted({ dispatch }))])
      )
      assert.strictEqual(
        created,
        "10:00:00.250  created    #7   \\u001b[2J          starts 2026-03-28 10:00:00, 1h 30m, every day, inactive, dry run"
      )
      assert.match(deleted ?? "", /deleted +#7 +\\u001b\[2J$/)
    })
  )

  it.effect("tells of being in sync, and why not", () =>
    Effect.gen(function* () {
      const since = DateTime.makeUnsafe(0)
      const clockOffset = { earliest: 4_500, latest: 5_500, at: 0 }
      const [, connecting, again, stale, skewed] = yield* printed(({ status }) =>
        Effect.all([
          status({ _tag: "Connecting" }),
          status({ _tag: "Connecting", cause: "nothing listens" }),
          status({ _tag: "Stale", since, cause: "the stream ended" }),
          status({ _tag: "Synchronised", since }, clockOffset)
        ])
      )
      assert.match(connecting ?? "", /connecting to the service$/)
      assert.match(again ?? "", /connecting again: nothing listens$/)
      assert.match(stale ?? "", /stale +the stream ended; going on with what is known/)
      assert.match(skewed ?? "", /in sync +with the service, whose clock is about 5s ahead; every change/)
    })
  )
})
