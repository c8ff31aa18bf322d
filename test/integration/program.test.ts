import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { networkInterfaces } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { folder, fullDevice, run, running, runningUnheard, runWith, serving } from "./program.ts"

const hasVersion6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1")
)
const bounded = { timeout: 60_000 }
const nowhere = "grpc://127.0.0.1:1?ssl=false"

/** A port that is in use until the scope closes. */
const takenPort = Effect.map(
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ),
  (taken) => (taken.address() as { readonly port: number }).port
)

describe("dispatch", () => {
  it.live(
    "creates, shows, changes, lists and deletes over the wire",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serving("--store", "memory")
        const made = yield* run(
          "create",
          "1",
          "CHARGE",
          "battery,pv",
          "now",
          "1h 30m",
          "-p",
          '"power_w": 5',
          "--json",
          "--url",
          url
        )
        assert.strictEqual(made.code, 0, made.err)
        const dispatch = JSON.parse(made.out)
        assert.deepInclude(dispatch, {
          id: "1",
          type: "CHARGE",
          durationSeconds: 5_400,
          payload: { power_w: 5 },
          active: true
        })
        assert.deepStrictEqual(dispatch.target, {
          categories: [{ category: "BATTERY" }, { category: "INVERTER", subtype: "PV" }]
        })
        const changed = yield* run(
          "update",
          "1",
          "1",
          "--no-duration",
          "--frequency",
          "daily",
          "--by-hour",
          "8",
          "--json",
          "--url",
          url
        )
        assert.deepInclude(JSON.parse(changed.out), { durationSeconds: null })
        const listed = yield* run("list", "1", "--url", url)
        assert.match(listed.out, /^ID .*TYPE/)
        assert.match(listed.out, /\n1 +(running|waiting) +CHARGE/)
        const gone = yield* run("delete", "1", "1", "--yes", "--url", url)
        assert.deepStrictEqual([gone.code, gone.out], [0, ""])
        const none = yield* run("list", "1", "--url", url)
        assert.deepStrictEqual([none.code, none.out, none.err], [0, "", "No dispatches match.\n"])
      }),
    bounded
  )

  it.live(
    "answers wrong use with exit code 2, on the standard error, with an example",
    () =>
      Effect.gen(function* () {
        const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
          [["list"], /microgrid[\s\S]*Example: dispatch list/],
          [["list", "one"], /microgrid "one" must be the id/],
          [["list", "1", "--url", "http://here"], /not of the form grpc:\/\//],
          [["list", "1", "--url", "grpc://example.com"], /DISPATCH_API_AUTH_KEY/],
          [["list", "1", "--url", "grpc://127.0.0.1?tls=on"], /"tls" is not an option/],
          [["create", "1", "A", "1", "now", "--payload", "{oops"], /payload "\{oops" is not a JSON object/],
          [["create", "1", "A", "1", "the day after never"], /is not understood as a time/],
          [["update", "1", "1"], /nothing to change/],
          [["serve", "--host", "0.0.0.0"], /this machine only/]
        ]
        for (const [args, expected] of cases) {
          const { code, err, out } = yield* run(...args)
          assert.deepStrictEqual([code, out], [2, ""], args.join(" "))
          assert.match(err, expected)
        }
        const variable = yield* runWith({ DISPATCH_PLAIN_TEXT: "maybe" }, "serve", "--host", "0.0.0.0")
        assert.strictEqual(variable.code, 2)
        assert.match(variable.err, /^DISPATCH_PLAIN_TEXT "maybe" must be true or false\n/)
        const shouted = yield* runWith({ DISPATCH_PLAIN_TEXT: "No" }, "serve", "--host", "0.0.0.0")
        assert.match(shouted.err, /this machine only/)
      }),
    bounded
  )

  it.live(
    "says of what fails what it is and what can be done, with exit code 1",
    () =>
      Effect.gen(function* () {
        const refused = yield* run("list", "1", "--url", nowhere)
        assert.deepStrictEqual([refused.code, refused.out], [1, ""])
        assert.match(refused.err, /127\.0\.0\.1:1 cannot be reached[\s\S]*: dispatch serve --port 1\n$/)
        const inClone = { npm_lifecycle_event: "dispatch" }
        const there = yield* runWith(inClone, "get", "1", "1", "--url", nowhere)
        assert.include(there.err, "Start one with: pnpm dispatch serve --port 1\n")
        const wrong = yield* runWith(inClone, "list")
        assert.match(wrong.err, /Example: pnpm dispatch list[^]*All about it: pnpm dispatch list --help\n$/)
        const contradicted = yield* runWith(inClone, "update", "1", "1")
        assert.include(contradicted.err, "Example: pnpm dispatch update 1 12")
        const { url } = yield* serving("--store", "memory")
        const unknown = yield* run("get", "1", "99", "--url", url)
        assert.deepStrictEqual([unknown.code, unknown.out], [1, ""])
        assert.match(unknown.err, /microgrid 1 has no dispatch 99/)
        const past = yield* run("create", "1", "A", "1", "2020-01-01T00:00:00Z", "--url", url)
        assert.strictEqual(past.code, 1)
        assert.match(past.err, /^start time: .*is in the past/)
      }),
    bounded
  )

  it.live(
    "does not start on a port in use, a damaged file, or a file in use, and leaves the files as they are",
    () =>
      Effect.gen(function* () {
        const path = yield* folder
        const damaged = join(path, "damaged.sqlite")
        const bytes = randomBytes(8_192)
        writeFileSync(damaged, bytes)
        const unreadable = yield* run("serve", "--port", "0", "--store", `sqlite:${damaged}`)
        assert.strictEqual(unreadable.code, 1)
        assert.match(
          unreadable.err,
          /damaged\.sqlite is damaged or is not a dispatch store .*\. Put a backup in its place.*PATH\n$/
        )
        assert.isTrue(bytes.equals(readFileSync(damaged)))

        const port = yield* takenPort
        const busy = yield* run("serve", "--port", String(port), "--store", "memory")
        assert.strictEqual(busy.code, 1)
        assert.include(busy.err, `127.0.0.1:${port} is in use by another process`)

        const file = join(path, "held.sqlite")
        const holder = yield* serving("--store", `sqlite:${file}`)
        const second = yield* run("serve", "--port", "0", "--store", `sqlite:${file}`)
        assert.strictEqual(second.code, 1)
        assert.include(second.err, `held.sqlite is in use by process ${holder.pid}`)
      }),
    bounded
  )

  it.live.skipIf(!existsSync(fullDevice))(
    "serves on when what it tells of itself cannot be written",
    () =>
      Effect.gen(function* () {
        const port = String(yield* Effect.scoped(takenPort))
        const service = yield* runningUnheard("serve", "--port", port, "--store", "memory")
        const url = `grpc://127.0.0.1:${port}?ssl=false`
        const listed = yield* run("list", "1", "--url", url).pipe(
          Effect.filterOrFail(({ code }) => code === 0),
          Effect.retry(Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 50 })))
        )
        assert.strictEqual(listed.code, 0)
        yield* service.signal("SIGTERM")
        assert.strictEqual((yield* service.end).code, 0)
      }),
    bounded
  )

  it.live(
    "keeps every acknowledged write when the service is killed",
    () =>
      Effect.gen(function* () {
        const store = `sqlite:${join(yield* folder, "kept.sqlite")}`
        const first = yield* serving("--store", store)
        for (let index = 0; index < 3; index++) {
          const { code } = yield* run("create", "1", `KEPT_${index}`, "1", "in 1 hour", "--url", first.url)
          assert.strictEqual(code, 0)
        }
        yield* first.signal("SIGKILL")
        yield* first.end
        const second = yield* serving("--store", store)
        const { out } = yield* run("list", "1", "--json", "--sort", "create", "--url", second.url)
        const types = out
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).type)
        assert.deepStrictEqual(types, ["KEPT_0", "KEPT_1", "KEPT_2"])
        const next = yield* run("create", "1", "NEXT", "1", "in 1 hour", "--json", "--url", second.url)
        assert.strictEqual(JSON.parse(next.out).id, "4")
      }),
    bounded
  )

  it.live(
    "watches, survives a restart of the service and says so, and stops gracefully on a signal",
    () =>
      Effect.gen(function* () {
        const store = `sqlite:${join(yield* folder, "watched.sqlite")}`
        const first = yield* serving("--store", store)
        const port = new URL(first.url.replace("grpc:", "http:")).port
        const watch = yield* running("watch", "1", "--url", first.url)
        yield* watch.says(/in sync/)
        yield* run("create", "1", "WATCHED", "1", "now", "1h", "--url", first.url)
        yield* watch.says(/Running +#1 +WATCHED/)
        yield* first.signal("SIGTERM")
        assert.strictEqual((yield* first.end).code, 0)
        yield* watch.says(/stale/)
        const second = yield* running("serve", "--port", port, "--store", store)
        yield* second.says(/Serving/)
        yield* run("delete", "1", "1", "--yes", "--url", first.url)
        yield* watch.says(/Stopped +#1 +WATCHED +deleted/)
        yield* watch.signal("SIGINT")
        const { code, out } = yield* watch.end
        assert.strictEqual(code, 0)
        // The restart alone neither stopped it nor started it again.
        assert.strictEqual(out.match(/Running +#1/g)?.length, 1)
      }),
    bounded
  )

  it.live(
    "shows the main job in the demonstration, and ends by itself",
    () =>
      Effect.gen(function* () {
        const { code, err, out } = yield* run("demo", "--for", "14s")
        assert.strictEqual(code, 0, err)
        for (const expected of [
          /in sync/,
          /created +#\d+ +PEAK_SHAVING/,
          /Running +#\d+ +CHARGE +(scheduled|created)/,
          /Running +#\d+ +RESET_COUNTER +scheduled command/,
          /Stopped +#\d+ +PEAK_SHAVING +scheduled/,
          /Running +#\d+ +CHARGE +updated.*reconfigured/,
          /Stopped +#\d+ +DISCHARGE +deleted/
        ]) {
          assert.match(out, expected)
        }
      }),
    bounded
  )

  it.live(
    "the site of the demonstration reports what ran, which the history and the listing show",
    () =>
      Effect.gen(function* () {
        const demo = yield* running("demo")
        const [, url = ""] = yield* demo.says(/listens at (\S+) [^]*Stopped +#\d+ +PEAK_SHAVING/)
        const told = Effect.repeat(run("history", "1", "--json", "--url", url), {
          schedule: Schedule.spaced("200 millis"),
          until: ({ out }) => /"type":"PEAK_SHAVING"[^\n]*"_tag":"Ran"/.test(out)
        })
        const { out } = yield* told
        assert.include(out, '"name":"the demonstration"')
        const { out: listed } = yield* run("list", "1", "--json", "--url", url)
        assert.match(listed, /"type":"PEAK_SHAVING"[^\n]*"lastRuns":/)
      }),
    bounded
  )

  it.live(
    "a second demonstration has a place of its own, and leaves nothing of it behind",
    () =>
      Effect.gen(function* () {
        const first = yield* running("demo")
        yield* first.says(/created +#\d+ +DISCHARGE/)
        const second = yield* running("demo")
        const [, path = ""] = yield* second.says(/using a fresh file in (\S+),[^]*created +#\d+ +DISCHARGE/)
        assert.isTrue(existsSync(join(path, "demo.sqlite")))
        yield* second.signal("SIGHUP")
        const { code, err } = yield* second.end
        assert.strictEqual(code, 0)
        assert.match(err, /^Console at http:\/\/127\.0\.0\.1:\d+\n$/)
        assert.isFalse(existsSync(path))
      }),
    bounded
  )

  it.live(
    "a demonstration clears away what an earlier one made, and nothing of anybody else",
    () =>
      Effect.gen(function* () {
        const demonstration = Effect.gen(function* () {
          const demo = yield* running("demo")
          const [, url = ""] = yield* demo.says(/listens at (\S+) [^]*created +#\d+ +DISCHARGE/)
          const stop = Effect.andThen(demo.signal("SIGTERM"), demo.end)
          const { out } = yield* run("list", "1", "--json", "--url", url)
          const lines = out.split("\n").filter((line) => line !== "")
          return { stop, url, types: lines.map((line): string => JSON.parse(line).type).sort() }
        })
        const first = yield* demonstration
        const copy = yield* run(
          "create",
          "1",
          "COPIED",
          "7",
          "in 1 hour",
          "--payload",
          '{"demo": true}',
          "--url",
          first.url
        )
        assert.strictEqual(copy.code, 0, copy.err)
        yield* first.stop
        const second = yield* demonstration
        assert.deepStrictEqual(
          second.types,
          ["COPIED", ...first.types.filter((type) => type !== "COPIED")].sort()
        )
        yield* second.stop
      }),
    bounded
  )

  it.live(
    "takes the service from the environment, and never shows a key",
    () =>
      Effect.gen(function* () {
        const env = { DISPATCH_API_URL: nowhere, DISPATCH_API_AUTH_KEY: "canary-4711" }
        const { code, err, out } = yield* runWith(env, "list", "1", "--log-level", "trace")
        assert.strictEqual(code, 1)
        assert.include(err, "127.0.0.1:1 cannot be reached")
        assert.notInclude(err + out, "canary-4711")
      }),
    bounded
  )

  it.live.skipIf(!hasVersion6)(
    "serves an address of IPv6, says so, and reaches it",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serving("--store", "memory", "--host", "::1")
        assert.match(url, /^grpc:\/\/\[::1\]:\d+\?ssl=false$/)
        const { code, err } = yield* run("list", "1", "--url", url)
        assert.strictEqual(code, 0, err)
      }).pipe(Effect.scoped),
    bounded
  )

  it.live(
    "lists what can be read beside what cannot, and deletes that",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "store.sqlite")
        const { url } = yield* serving("--store", `sqlite:${file}`)
        const list = run("list", "1", "--json", "--url", url)
        for (const type of ["SPOILT", "SOUND"])
          assert.strictEqual((yield* run("create", "1", type, "BATTERY", "now", "30s", "--url", url)).code, 0)
        assert.include((yield* list).out, "SPOILT")
        const database = new DatabaseSync(file)
        database.exec("UPDATE dispatches SET data = x'ffffff' WHERE id = 1")
        database.close()
        const spoilt = yield* list
        assert.include(spoilt.out, "SOUND")
        assert.notInclude(spoilt.out, "SPOILT")
        assert.match(spoilt.out + spoilt.err, /Dispatch 1 cannot be read/)
        assert.include((yield* run("get", "1", "1", "--url", url)).err, "dispatch 1 of microgrid 1")
        assert.strictEqual((yield* run("delete", "1", "1", "--yes", "--url", url)).code, 0)
        const { err, out } = yield* list
        assert.include(out, "SOUND")
        assert.notMatch(out + err, /Dispatch 1 cannot be read/)
      }).pipe(Effect.scoped),
    bounded
  )
})
