import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { folder, run, running, serving } from "./program.ts"

const bounded = { timeout: 60_000 }

/** The fields of a run that tests look at. */
interface Shown {
  readonly _tag?: string
  readonly type?: string
}

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
        // A week before the end that was given, not before now.
        assert.include(
          (yield* call("history", "1", "--to", "2026-01-08T00:00Z", "--utc")).err,
          "a run, since 2026-01-01 00:00:00, before 2026-01-08 00:00:00."
        )
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
    "J26: is complete after service and site were killed in turns, each run once",
    () =>
      Effect.gen(function* () {
        const place = yield* folder
        const store = ["--store", `sqlite:${join(place, "store.sqlite")}`]
        const service = yield* serving(...store)
        const { url } = service
        const call = (...args: ReadonlyArray<string>) => run(...args, "--url", url)
        const watch = ["watch", "1", "--report", "--state", join(place, "site"), "--url", url]
        const actor = yield* running(...watch)
        yield* actor.says(/in sync/)
        yield* call("create", "1", "FIRST", "BATTERY", "now", "1s")
        yield* actor.says(/Stopped .*FIRST/)
        yield* service.signal("SIGKILL")
        yield* service.end
        const again = yield* running("serve", "--port", new URL(url).port, ...store)
        yield* again.says(/Stop with/)
        // Else the run might be over before the actor hears of it.
        yield* actor.says(/in sync[^]*in sync/)
        yield* call("create", "1", "SECOND", "BATTERY", "now", "8s")
        yield* actor.says(/Running .*SECOND/)
        yield* actor.signal("SIGKILL")
        yield* actor.end
        const next = yield* running(...watch)
        yield* next.says(/Stopped .*SECOND/)
        const told = yield* Effect.repeat(Effect.delay(call("history", "1", "--json"), "500 millis"), {
          until: ({ out }) => out.split('"Ran"').length === 3,
          times: 60
        })
        const runs = told.out
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as { readonly dispatch: object; readonly fate: object })
        assert.deepStrictEqual(
          runs
            .map(({ dispatch, fate }) => ({ ...dispatch, ...fate }))
            .map(({ _tag, type }: Shown) => `${type} ${_tag}`),
          ["SECOND Ran", "FIRST Ran"]
        )
        // A site leaves its journal alone, which lies beside what it knows.
        yield* next.signal("SIGTERM")
        assert.notInclude((yield* next.end).err, "Left alone")
      }),
    // Longer than it looks for reports, so that it says which there are.
    120_000
  )

  it.live(
    "says what does not go together",
    () =>
      Effect.gen(function* () {
        const { code, err } = yield* run("history", "1", "7", "--summary")
        assert.strictEqual(code, 2)
        assert.include(err, "--summary counts all runs by day")
        const turned = yield* run("history", "1", "--from", "2026-02-01", "--to", "2026-01-01")
        assert.strictEqual(turned.code, 2)
        assert.include(turned.err, "--to must be after --from")
        const nameless = yield* run("watch", "1", "--reporter", "plant-7")
        assert.strictEqual(nameless.code, 2)
        assert.include(nameless.err, "it goes with --report or --journal")
        const unfit = yield* run("watch", "1", "--report", "--reporter", "plant\n7")
        assert.strictEqual(unfit.code, 2)
        assert.include(unfit.err, "--reporter has a control character")
        assert.notInclude(unfit.err, "Watching")
      }),
    bounded
  )
})
