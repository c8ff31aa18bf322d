import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { folder, run, running, serving } from "./program.ts"

const bounded = { timeout: 60_000 }

/** The first object of JSON lines. */
const first = (out: string): unknown => JSON.parse(out.split("\n")[0] ?? "")

describe("dispatch history", () => {
  it.live(
    "tells what a site that reports has run, and so do get, list and timeline",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serving("--store", "memory")
        const call = (...args: ReadonlyArray<string>) => run(...args, "--url", url)
        const state = yield* folder
        const actor = yield* running(
          "watch",
          "1",
          "--report",
          "--reporter",
          "plant-7",
          "--state",
          state,
          "--url",
          url
        )
        yield* actor.says(/What really runs is kept in .*, and reported to the service/)
        yield* actor.says(/in sync/)
        assert.include((yield* call("history", "1")).err, "No site has reported a run since")
        yield* call("create", "1", "CHARGE", "BATTERY", "now", "1s")
        yield* actor.says(/Stopped/)
        const told = yield* Effect.repeat(Effect.delay(call("history", "1", "--json"), "200 millis"), {
          until: ({ out }) => out.includes('"Ran"'),
          times: 50
        })
        const { dispatch, fate, reporter } = first(told.out) as Readonly<Record<string, object>>
        assert.deepInclude(dispatch, { id: "1", type: "CHARGE" })
        assert.deepInclude(fate, { _tag: "Ran" })
        assert.deepInclude(reporter, { name: "plant-7" })
        assert.match((yield* call("history", "1", "1", "--utc")).out, /1 +CHARGE +ran .*plant-7/)
        assert.strictEqual((yield* call("history", "1", "--missed", "--json")).out, "")
        assert.match((yield* call("history", "1", "--summary")).out, /CHARGE +1 /)
        assert.match((yield* call("get", "1", "1")).out, /last run .*ran, until .*reported by/)
        assert.match((yield* call("list", "1")).out, /LAST RUN/)
        const listed = first((yield* call("list", "1", "--json")).out) as {
          readonly lastRuns?: ReadonlyArray<object>
        }
        assert.strictEqual(listed.lastRuns?.length, 1)
        assert.include((yield* call("timeline", "1")).out, "□ planned, not told to have run")
      }),
    bounded
  )

  it.live(
    "says what does not go together",
    () =>
      Effect.gen(function* () {
        const { code, err } = yield* run("history", "1", "7", "--summary")
        assert.strictEqual(code, 2)
        assert.include(err, "--summary counts all runs by day")
      }),
    bounded
  )
})
