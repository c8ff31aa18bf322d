import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { connect } from "node:http2"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { transformSync } from "esbuild"
import { folder, objects, program, run, running, runWith, serving, workplace } from "./program.ts"

const bounded = { timeout: 60_000 }

/** A service with a few dispatches, and a way to call it. */
const site = Effect.gen(function* () {
  const { url } = yield* serving("--store", "memory")
  const call = (...args: ReadonlyArray<string>) => run(...args, "--url", url)
  const create = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
    const { code, err, out } = yield* call("create", "1", ...args, "--json")
    assert.strictEqual(code, 0, err)
    return objects(out)[0] ?? {}
  })
  return { url, call, create }
})

describe("dispatch list", () => {
  it.live(
    "filters by each of its options, and sorts",
    () =>
      Effect.gen(function* () {
        const { call, create } = yield* site
        yield* create("CHARGE", "BATTERY", "in 1 hour", "30m")
        yield* create("CHARGE_FAST", "1,2,3", "now", "-d")
        yield* create("DISCHARGE", "PV,BATTERY", "in 2 hours", "1h", "--no-active", "-f", "daily")
        yield* create("CHARGE", "BATTERY", "now", "3h")
        const ids = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
          const { code, err, out } = yield* call("list", "1", "--sort", "create", "--json", ...args)
          assert.strictEqual(code, 0, err)
          return objects(out)
            .map(({ id }) => id)
            .join()
        })
        const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
          [[], "1,2,3,4"],
          [["--type", "CHARGE"], "1,4"],
          [["-T", "CHARGE", "--running"], "4"],
          [["--running"], "2,4"],
          [["--target", "battery"], "1,3,4"],
          [["--target", "battery:li_ion"], "1,3,4"],
          [["--target", "2,7"], "2"],
          [["-t", "pv", "-t", "3"], "2,3"],
          [["--active", "false"], "3"],
          [["--dry-run", "true"], "2"],
          [["--recurring", "true"], "3"],
          [["--start-from", "in 30 minutes", "--start-to", "in 90 minutes"], "1"],
          [["--end-from", "in 2 hours", "--end-to", "in 4 hours"], "2,3,4"],
          [["--dispatch-ids", "2-3"], "2,3"],
          [["--filter-queries", "#1", "--filter-queries", "DISCH"], "1,3"],
          [["--page-size", "1"], "1,2,3,4"]
        ]
        for (const [args, expected] of cases)
          assert.strictEqual(yield* ids(...args), expected, args.join(" "))
        const sorted = yield* call("list", "1", "--sort=-start", "--json", "--type", "CHARGE")
        assert.deepStrictEqual(
          objects(sorted.out).map(({ id }) => id),
          ["1", "4"]
        )
      }),
    bounded
  )

  it.live(
    "shows times in the local zone, and in UTC on request",
    () =>
      Effect.gen(function* () {
        const { create, url } = yield* site
        yield* create("A", "1", "2030-07-01T12:00:00Z", "1h")
        const shown = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
          return (yield* runWith({ TZ: "Asia/Kolkata" }, "list", "1", ...args, "--url", url)).out
        })
        const zone = /2030-07-01 17:30:00[\s\S]*times in Asia\/(Kolkata|Calcutta)/
        assert.match(yield* shown(), zone)
        assert.match(yield* shown("--utc"), /2030-07-01 12:00:00[\s\S]*times in UTC/)
        // JSON is for programs, and the same everywhere.
        assert.include(yield* shown("--json"), '"startTime":"2030-07-01T12:00:00.000Z"')
      }),
    bounded
  )
})

describe("dispatch create and update", () => {
  it.live(
    "take a recurrence as options or as RRULE text, whole or in part, and give it back",
    () =>
      Effect.gen(function* () {
        const { call, create } = yield* site
        const byOptions = yield* create(
          "PEAK",
          "1",
          "2030-01-01T08:00Z",
          "2h",
          "-f",
          "weekly",
          "--interval",
          "2",
          "--count",
          "10",
          "--by-weekday",
          "mon,tue",
          "--by-hour",
          "8,20",
          "--by-minute",
          "0,30",
          "--by-month",
          "1,7"
        )
        const byText = yield* create(
          "PEAK",
          "1",
          "2030-01-01T08:00Z",
          "2h",
          "--rrule",
          "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,TU;BYHOUR=8,20;BYMINUTE=0,30;BYMONTH=1,7"
        )
        assert.deepStrictEqual(byOptions["recurrence"], byText["recurrence"])
        assert.deepInclude(byText["recurrence"], {
          frequency: "WEEKLY",
          interval: 2,
          count: 10,
          byHours: [8, 20]
        })
        const change = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
          const { code, err, out } = yield* call("update", "1", "1", ...args, "--json")
          assert.strictEqual(code, 0, err)
          return objects(out)[0] ?? {}
        })
        const part = (yield* change("--by-hour", "6"))["recurrence"]
        assert.deepInclude(part, { frequency: "WEEKLY", count: 10, byHours: [6], byMonths: [1, 7] })
        const whole = (yield* change("-f", "daily", "--until", "2031-01-01T00:00Z"))["recurrence"]
        assert.deepInclude(whole, { frequency: "DAILY", interval: 1, until: "2031-01-01T00:00:00.000Z" })
        assert.notProperty(whole, "byHours")
        assert.isNull((yield* change("--no-recurrence"))["recurrence"])
        const fields = yield* change(
          "--start",
          "2030-02-01T00:00Z",
          "--duration",
          "PT5M",
          "-t",
          "ev_charger:ac",
          "--no-active",
          "-p",
          '"a": [1, null]'
        )
        assert.deepInclude(fields, {
          startTime: "2030-02-01T00:00:00.000Z",
          durationSeconds: 300,
          active: false,
          payload: { a: [1, null] }
        })
        assert.isNull((yield* change("--no-duration"))["durationSeconds"])
      }),
    bounded
  )
})

describe("names of dispatches", () => {
  it.live(
    "are given, changed, shown and found; one that another has is refused with its id",
    () =>
      Effect.gen(function* () {
        const { call, create } = yield* site
        assert.strictEqual((yield* create("A", "1", "now", "--name", "winter/peak"))["name"], "winter/peak")
        yield* create("B", "1", "now")
        const taken = yield* call("create", "1", "C", "1", "now", "--name", "winter/peak")
        assert.deepStrictEqual([taken.code, taken.out], [1, ""])
        assert.include(taken.err, 'dispatch 1 has the name "winter/peak"')
        const changed = yield* call("update", "1", "2", "--name", "winter/night", "--json")
        assert.strictEqual(objects(changed.out)[0]?.["name"], "winter/night")
        const listed = yield* call("list", "1", "--name", "winter/night", "--name", "none", "--json")
        assert.deepStrictEqual(
          objects(listed.out).map(({ id }) => id),
          ["2"]
        )
        assert.match((yield* call("list", "1")).out, /^ID +NAME +STATE[^]*winter\/peak/)
        assert.match((yield* call("get", "1", "2")).out, /name +winter\/night/)
        const without = yield* call("update", "1", "2", "--no-name", "--json")
        assert.notProperty(objects(without.out)[0], "name")
        assert.notMatch((yield* call("list", "1", "--type", "B")).out, /NAME/)
        for (const wrong of [
          ["update", "1", "2", "--name", "a", "--no-name"],
          ["create", "1", "A", "1", "now", "--name", " a"]
        ]) {
          assert.strictEqual((yield* call(...wrong)).code, 2, wrong.join(" "))
        }
      }),
    bounded
  )
})

describe("dispatch get and delete", () => {
  it.live(
    "tell some failed and all failed apart, and show what did not fail, in the order asked for",
    () =>
      Effect.gen(function* () {
        const { call, create } = yield* site
        for (const type of ["A", "B", "C"]) yield* create(type, "1", "in 1 hour")
        const some = yield* call("get", "1", "3,99", "1..2", "--json")
        assert.strictEqual(some.code, 1)
        assert.deepStrictEqual(
          objects(some.out).map(({ type }) => type),
          ["C", "A", "B"]
        )
        assert.match(some.err, /^#99: microgrid 1 has no dispatch 99\n1 of 4 failed\.\n$/)
        assert.notInclude((yield* call("get", "1", "1")).out, "updated")
        assert.match(
          (yield* call("update", "1", "1", "--duration", "1h")).out,
          /created +\d.*\n +updated +\d/
        )
        const gone = yield* call("delete", "1", "2-4", "--yes")
        assert.strictEqual(gone.code, 1)
        assert.match(
          gone.err,
          /#2 deleted\n#3 deleted\n#4: microgrid 1 has no dispatch 4\n2 deleted, 1 failed\.\n/
        )
        const none = yield* call("delete", "1", "2-4", "--yes")
        assert.deepStrictEqual([none.code, none.out], [1, ""])
        assert.match(none.err, /\n0 deleted, 3 failed\.\n$/)
      }),
    bounded
  )
})

describe("dispatch stream", () => {
  it.live(
    "shows events as JSON, goes on after a restart of the service, and says so",
    () =>
      Effect.gen(function* () {
        const store = `sqlite:${join(yield* folder, "streamed.sqlite")}`
        const first = yield* serving("--store", store)
        const port = new URL(first.url.replace("grpc:", "http:")).port
        const stream = yield* running("stream", "1", "--type", "WANTED", "--json", "--url", first.url)
        yield* stream.says(/Following microgrid 1/)
        yield* run("create", "1", "OTHER", "1", "now", "--url", first.url)
        yield* run("create", "1", "WANTED", "1", "now", "--url", first.url)
        yield* stream.says(/"event":"Created"/)
        yield* first.signal("SIGTERM")
        yield* first.end
        yield* stream.says(/trying again/)
        const second = yield* running("serve", "--port", port, "--store", store)
        yield* second.says(/Serving/)
        yield* stream.says(/Connected again/)
        yield* run("update", "1", "2", "--duration", "1h", "--url", first.url)
        yield* run("delete", "1", "2", "--yes", "--url", first.url)
        yield* stream.says(/"event":"Deleted"/)
        yield* stream.signal("SIGTERM")
        const { code, out } = yield* stream.end
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(
          objects(out).map(({ dispatch, event }) => [event, (dispatch as { readonly id: string }).id]),
          [
            ["Created", "2"],
            ["Updated", "2"],
            ["Deleted", "2"]
          ]
        )
      }),
    bounded
  )
})

describe("dispatch watch", () => {
  it.live(
    "keeps what it knows: another one goes on without the service, and stops what should not run any more (S10, R11)",
    () =>
      Effect.gen(function* () {
        const state = ["--state", join(yield* folder, "site")]
        const { create, url } = yield* site
        yield* create("SHORT", "1", "now", "3s")
        yield* create("LONG", "1", "now", "1h")
        const first = yield* running("watch", "1", "--url", url, ...state)
        yield* first.says(/Running +#1/)
        yield* first.says(/Running +#2/)
        yield* first.signal("SIGKILL")
        yield* first.end
        yield* Effect.sleep("4 seconds")
        const second = yield* running(
          "watch",
          "1",
          "--url",
          "grpc://127.0.0.1:1?ssl=false",
          "--json",
          ...state
        )
        yield* second.says(/"status":"Stale".*cannot be reached.*"zoneData":"20\d\d[a-z]"/)
        yield* second.says(/"state":"Running"/)
        yield* second.signal("SIGINT")
        const { code, out } = yield* second.end
        assert.strictEqual(code, 0)
        const told = objects(out)
        assert.deepStrictEqual(
          told.flatMap(({ cause, dispatch, kind, state }) =>
            kind === "runningState" ? [[state, cause, (dispatch as { readonly type: string }).type]] : []
          ),
          [
            ["Stopped", "Recovered", "SHORT"],
            ["Running", "Recovered", "LONG"]
          ]
        )
      }),
    bounded
  )

  it.live(
    "waits where another one has the folder, says which, and goes on once that has died",
    () =>
      Effect.gen(function* () {
        const path = yield* folder
        const { create, url } = yield* site
        yield* create("A", "1", "now", "1h")
        const first = yield* running("watch", "1", "--url", url, "--state", path)
        yield* first.says(/Running +#1/)
        const second = yield* running("watch", "1", "--url", url, "--state", path)
        yield* second.says(
          new RegExp(`in use by process ${first.pid} on [^ ]+, since .*waiting for it to go`)
        )
        // Nothing is left of it but its files.
        yield* first.signal("SIGKILL")
        yield* second.says(/Running +#1/)
      }),
    bounded
  )

  it.live(
    "says so where a folder cannot be used",
    () =>
      Effect.gen(function* () {
        const path = yield* folder
        writeFileSync(join(path, "file"), "")
        const state = join(path, "file")
        const url = "grpc://127.0.0.1:1?ssl=false"
        const { code, err } = yield* run("watch", "1", "--state", state, "--url", url)
        assert.strictEqual(code, 1)
        assert.match(err, /cannot be used: [^\n]+\nGive another one with --state PATH/)
      }),
    bounded
  )

  it.live(
    "keeps nothing on request, and one folder for each service and microgrid otherwise",
    () =>
      Effect.gen(function* () {
        const { url } = yield* site
        const sites = join(workplace, ".dispatch/sites")
        const { host } = new URL(url.replace("grpc:", "http:"))
        const kept = (microgrid: string) =>
          existsSync(join(sites, host.replace(":", "_"), `microgrid-${microgrid}`))
        for (const args of [["7", "--no-keep"], ["8"]]) {
          const watch = yield* running("watch", ...args, "--url", url)
          yield* watch.says(/in sync/)
          yield* watch.signal("SIGTERM")
          assert.strictEqual((yield* watch.end).code, 0)
        }
        assert.deepStrictEqual([kept("7"), kept("8")], [false, true])
      }),
    bounded
  )
})

describe("dispatch serve", () => {
  it.live(
    "ends with 0 when asked to stop, and at once with 130 when asked twice",
    () =>
      Effect.gen(function* () {
        const once = yield* serving("--store", "memory")
        yield* once.signal("SIGTERM")
        const graceful = yield* once.end
        assert.strictEqual(graceful.code, 0)
        assert.match(graceful.err, /Stopped\.\n$/)
        const twice = yield* serving("--store", "memory")
        // A call that does not end keeps it for a while.
        const session = yield* Effect.acquireRelease(
          Effect.sync(() => connect(twice.url.replace("grpc:", "http:"))),
          (opened) => Effect.sync(() => opened.destroy())
        )
        session.on("error", () => {})
        const path = "/frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"
        const request = session.request({
          ":method": "POST",
          ":path": path,
          "content-type": "application/grpc",
          te: "trailers"
        })
        request.on("error", () => {})
        request.write(Buffer.from([0, 0, 0, 0, 9]))
        yield* Effect.sleep("300 millis")
        yield* twice.signal("SIGINT")
        yield* Effect.sleep("300 millis")
        yield* twice.signal("SIGINT")
        const cut = yield* twice.end
        assert.strictEqual(cut.code, 130)
        assert.notInclude(cut.err, "Stopped.")
      }),
    bounded
  )
})

describe("dispatch preview", () => {
  it.live(
    "shows the next runs of options not sent yet, with the rule in words, without a service",
    () =>
      Effect.gen(function* () {
        const { code, err, out } = yield* run(
          "preview",
          "--start",
          "2030-01-01T08:00Z",
          "--duration",
          "90m",
          "--rrule",
          "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=3",
          "--from",
          "2030-01-01T00:00Z",
          "--utc"
        )
        assert.strictEqual(code, 0, err)
        assert.match(out, /recurs +every week on Monday and Friday at 08:00 UTC,\s+for 3 times/)
        assert.match(out, /1 {2}Fri 2030-01-04 08:00:00 {2}to 09:30:00/)
        assert.match(out, /3 {2}Fri 2030-01-11 08:00:00 {2}to 09:30:00[^\n]*\nand no more; times in UTC/)
      }),
    bounded
  )

  it.live(
    "shows those of a dispatch, as JSON as many as asked for",
    () =>
      Effect.gen(function* () {
        const { call, create } = yield* site
        yield* create("A", "1", "2030-01-01T08:00Z", "1h", "-f", "daily")
        const { code, out } = yield* call("preview", "1", "1", "--limit", "2", "--json")
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(objects(out), [
          { occurrence: "2030-01-01T08:00:00.000Z", until: "2030-01-01T09:00:00.000Z" },
          { occurrence: "2030-01-02T08:00:00.000Z", until: "2030-01-02T09:00:00.000Z" }
        ])
      }),
    bounded
  )
})

describe("dispatch timeline", () => {
  it.live(
    "draws a row for each dispatch that runs in the window, or for all",
    () =>
      Effect.gen(function* () {
        const { call, create } = yield* site
        yield* create("LATER", "1", "2030-01-03T00:00Z", "1h")
        yield* create("FRIDAYS", "1", "2029-12-28T06:00Z", "1h", "-f", "weekly")
        yield* create("DAILY", "1", "2030-01-01T06:00Z", "6h", "-f", "daily")
        yield* create("ONCE", "1", "2030-01-01T12:00Z", "12h")
        const window = ["--from", "2030-01-01T00:00Z", "--span", "1d", "--utc"]
        const { code, err, out } = yield* call("timeline", "1", ...window)
        assert.strictEqual(code, 0, err)
        const rows = out.split("\n")
        const row = (name: string) => rows.find((line) => line.includes(name)) ?? ""
        assert.match(row("#3 DAILY"), /#3 DAILY +[▓█]{20,}/)
        assert.isAbove(row("#4 ONCE").indexOf("█"), row("#3 DAILY").indexOf("█"))
        assert.strictEqual(row("#1 LATER") + row("#2 FRIDAYS"), "")
        assert.include((yield* call("timeline", "1", ...window, "--all")).out, "#2 FRIDAYS")
        const runs = yield* call("timeline", "1", ...window, "--type", "DAILY", "--json")
        assert.deepStrictEqual(objects(runs.out), [
          {
            id: "3",
            type: "DAILY",
            active: true,
            occurrence: "2030-01-01T06:00:00.000Z",
            until: "2030-01-01T12:00:00.000Z"
          }
        ])
      }),
    bounded
  )
})

describe("dispatch repl", () => {
  it.live(
    "runs lines that come from elsewhere, goes on after a failure, and fails at the end",
    () =>
      Effect.gen(function* () {
        const { create, url } = yield* site
        yield* create("A", "1", "now")
        const lines = [
          "# a comment",
          "get 1 99",
          `list 1 --json --type "A"`,
          "",
          "list 'x",
          "exit",
          "list 1 --json"
        ]
        const { status, stderr, stdout } = spawnSync(process.execPath, [program, "repl", "--url", url], {
          cwd: workplace,
          input: lines.join("\n"),
          encoding: "utf8"
        })
        assert.strictEqual(status, 1)
        assert.lengthOf(objects(stdout), 1)
        assert.match(stderr, /#99: microgrid 1 has no dispatch 99[\s\S]*quote ' is not closed/)
      }),
    bounded
  )
})

describe("dispatch serve", () => {
  it.live(
    "says of a wrong setting where it was given: by a flag, or by a variable",
    () =>
      Effect.gen(function* () {
        const variable = yield* runWith({ DISPATCH_PORT: "x" }, "serve")
        assert.match(variable.err, /^DISPATCH_PORT "x" must be a port/)
        const flag = yield* runWith({ DISPATCH_PORT: "x" }, "serve", "--port", "y")
        assert.match(flag.err, /^--port "y" must be a port/)
        assert.deepStrictEqual([variable.code, flag.code], [2, 2])
      }),
    bounded
  )
})

describe("keys", () => {
  it.live(
    "come from a file, in pairs, and are never shown",
    () =>
      Effect.gen(function* () {
        const path = mkdtempSync(join(yield* folder, "keys-"))
        const file = join(path, "key")
        writeFileSync(file, "canary-4712\n")
        const url = ["--url", "grpc://127.0.0.1:1?ssl=false"]
        const told: Array<string> = []
        const says = Effect.fnUntraced(function* (
          expected: RegExp,
          code: number,
          ...args: ReadonlyArray<string>
        ) {
          const ended = yield* run("list", "1", ...url, "--log-level", "trace", ...args)
          told.push(ended.out, ended.err)
          assert.strictEqual(ended.code, code, ended.err)
          assert.match(ended.err, expected)
        })
        yield* says(/cannot be reached/, 1, "--auth-key-file", file, "--sign-secret", "canary-4713")
        yield* says(/cannot both be given/, 2, "--auth-key-file", file, "--auth-key", "canary-4714")
        yield* says(/no such file/, 2, "--auth-key-file", join(path, "none"))
        yield* says(/without --auth-key/, 2, "--sign-secret", "canary-4715")
        yield* says(/cannot be sent/, 2, "--auth-key", "canary-4716 ä")
        assert.notMatch(told.join(), /canary/)
      }),
    bounded
  )
})

describe("the published program", () => {
  it("tells an old Node what is needed, in syntax that it can read", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        "--eval",
        `Object.defineProperty(process.versions, "node", { value: "20.20.2" }); require(${JSON.stringify(program)})`
      ],
      { encoding: "utf8" }
    )
    assert.strictEqual(status, 1)
    assert.match(stderr, /^dispatch needs Node 22\.19 or newer .*this is 20\.20\.2\n$/)
    const manifest = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../packages/cli/package.json"), "utf8")
    ) as { readonly engines: { readonly node: string }; readonly version: string }
    assert.strictEqual(manifest.engines.node, ">=22.19.0")
    // esbuild refuses what it cannot write as ES5; what it would rewrite must not be there either.
    const source = readFileSync(program, "utf8")
    transformSync(source, { target: "es5" })
    assert.notMatch(
      source.replace(/^(#!|\/\/).*$/gm, ""),
      /=>|`|\?\.|\?\?|\.\.\.|\b(const|let|class|async|import)\b/
    )
  })

  it("brings the licences of all that is in it", () => {
    const licences = readFileSync(join(dirname(program), "LICENSES.txt"), "utf8")
    for (const name of ["effect", "@connectrpc/connect", "@bufbuild/protobuf", "chrono-node"]) {
      assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, [(A-Z]`, "m"))
    }
    assert.notInclude(licences, "undefined")
  })

  it.live(
    "says its version, and tells of every command with an example",
    () =>
      Effect.gen(function* () {
        assert.match((yield* run("--version")).out, /^dispatch 0\.1\.0( \(zone data 20\d\d[a-z]\))?\n$/)
        const { out } = yield* run("--help")
        const commands = [...out.matchAll(/^ {2}([a-z]+) {2,}[A-Z]/gm)].map(([, name = ""]) => name)
        assert.includeMembers(commands, ["serve", "watch", "list", "preview", "timeline", "repl"])
        for (const command of commands) {
          const help = yield* run(command, "--help")
          assert.deepStrictEqual([help.code, help.err], [0, ""])
          assert.match(help.out, new RegExp(`Examples\\n {2}dispatch ${command}`))
          for (const line of help.out.split("\n")) {
            if (!line.startsWith("  dispatch ")) assert.isAtMost(line.length, 80, line)
          }
        }
      }),
    bounded
  )

  it.live(
    "completes commands and options in the shells",
    () =>
      Effect.gen(function* () {
        for (const shell of ["bash", "zsh", "fish"]) {
          const { code, out } = yield* run("--completions", shell)
          assert.strictEqual(code, 0)
          assert.include(out, "timeline")
          assert.include(out, "by-weekday")
        }
      }),
    bounded
  )

  it.live(
    "completes in a bash and a fish: commands, options, values and files",
    () =>
      Effect.gen(function* () {
        const path = yield* folder
        const { out: script } = yield* run("--completions", "bash")
        writeFileSync(join(path, "completions.bash"), script)
        writeFileSync(join(path, "site.yaml"), "")
        const cases: ReadonlyArray<readonly [string, string]> = [
          ["dispatch expo", "export"],
          ["dispatch list 1 --start-f", "--start-from"],
          ["dispatch list 1 --sort nex", "next"],
          ["dispatch apply --file si", "site.yaml"],
          ["dispatch import si", "site.yaml"]
        ]
        for (const [line, expected] of cases) {
          const words = line.split(" ")
          const program = `source ./completions.bash; COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1}; _dispatch dispatch '${words.at(-1)}' '${words.at(-2)}'; printf '%s\n' "\${COMPREPLY[@]}"`
          const bash = spawnSync("bash", ["--norc", "-c", program], { cwd: path, encoding: "utf8" })
          assert.strictEqual(bash.stdout.trim(), expected, `${line}\n${bash.stderr}`)
        }
        if (spawnSync("fish", ["--version"]).error !== undefined) return
        const { out: forFish } = yield* run("--completions", "fish")
        writeFileSync(join(path, "completions.fish"), forFish)
        for (const [line, expected] of cases) {
          const fish = spawnSync(
            "fish",
            ["--no-config", "-c", `source ./completions.fish; complete -C '${line}'`],
            {
              cwd: path,
              encoding: "utf8"
            }
          )
          assert.match(fish.stdout, new RegExp(`^${expected}`, "m"), line)
        }
      }),
    bounded
  )

  it.live(
    "ends quietly when nobody reads its output any more",
    () =>
      Effect.gen(function* () {
        const { create, url } = yield* site
        for (let index = 0; index < 3; index++) yield* create("A", "1", "now")
        const { status, stderr, stdout } = spawnSync(
          "sh",
          ["-c", `"$0" "$1" repl --url '${url}' | head -n 1`, process.execPath, program],
          { cwd: workplace, encoding: "utf8", input: "list 1 --json\n".repeat(50) }
        )
        assert.strictEqual(status, 0)
        assert.strictEqual(stdout.split("\n").length, 2)
        assert.strictEqual(stderr, "")
      }),
    bounded
  )

  it.live.skipIf(!existsSync("/dev/full"))(
    "fails where its output cannot be written: a file that is cut off is no success",
    () =>
      Effect.gen(function* () {
        const { create, url } = yield* site
        yield* create("A", "1", "now")
        for (const words of ["export 1", "list 1 --json", "export 1 --ics", "schema"]) {
          const at = words === "schema" ? "" : ` --url '${url}'`
          const { status, stderr } = spawnSync(
            "sh",
            ["-c", `"$0" "$1" ${words}${at} > /dev/full`, process.execPath, program],
            { cwd: workplace, encoding: "utf8" }
          )
          assert.deepStrictEqual([status, stderr.includes("cannot be written: ENOSPC")], [1, true], words)
        }
      }),
    bounded
  )
})

describe("rules in local time", () => {
  const weekdays = ["--frequency", "daily", "--by-weekday", "mon,tue"]
  const runs = (out: string) =>
    [...out.matchAll(/^ +\d+ {2}(\w{3}) \S+ (\S+)/gm)].map(([, day, time]) => `${day} ${time}`)
  const previewed = (TZ: string, ...args: ReadonlyArray<string>) =>
    Effect.map(runWith({ TZ }, "preview", "--duration", "1h", ...args), ({ err, out }) => ({
      err,
      out,
      runs: runs(out)
    }))

  for (const zone of ["UTC", "Europe/Berlin", "Australia/Sydney"]) {
    it.live(
      `run on the days and hours that were meant: ${zone}`,
      () =>
        Effect.gen(function* () {
          const words = ["--start", "2027-03-22T08:00", ...weekdays]
          const found = yield* previewed(zone, ...words, "--from", "2027-03-22", "--limit", "6")
          const week = ["Mon 08:00:00", "Tue 08:00:00"]
          assert.deepStrictEqual(found.runs, [...week, ...week, ...week], found.out + found.err)
          assert.include(found.out, `every day on Monday and Tuesday at 08:00 ${zone}`)
        }),
      bounded
    )
  }

  it.live(
    "say what the clock does in the nights in which it is changed",
    () =>
      Effect.gen(function* () {
        const night = yield* previewed(
          "Europe/Berlin",
          "--start",
          "2027-03-27T02:30",
          "-f",
          "daily",
          "--limit",
          "3"
        )
        assert.deepStrictEqual(night.runs, ["Sat 02:30:00", "Sun 03:30:00", "Mon 02:30:00"])
        assert.match(night.out, /leaps over 02:30:\s+that\s+run begins at\s+03:30/)
        const leapt = yield* previewed("Europe/Berlin", "--start", "2027-03-28T02:30", "-f", "daily")
        assert.include(leapt.err, 'leaps over "2027-03-28T02:30": the start is 03:30 (+02:00)')
        const hourly = yield* previewed(
          "Europe/Berlin",
          "--start",
          "2027-03-28T01:00",
          "-f",
          "hourly",
          "--limit",
          "1"
        )
        assert.include(hourly.err, "those of UTC")
      }),
    bounded
  )

  it.live(
    "take no zone that there is not, and no date that can be read two ways",
    () =>
      Effect.gen(function* () {
        const words = ["preview", "--start", "2027-01-01T08:00", "-f", "daily"]
        const wrong: ReadonlyArray<readonly [Record<string, string>, ReadonlyArray<string>, RegExp]> = [
          [{ TZ: "Europe/Berln" }, words, /TZ "Europe\/Berln" is no time zone/],
          [{ TZ: "CET-1CEST" }, words, /TZ "CET-1CEST" is no time zone/],
          [{ DISPATCH_ZONE: "+02:00" }, words, /DISPATCH_ZONE "\+02:00" is no time zone/],
          [
            {},
            [...words, "--zone", "W. Europe Standard Time"],
            /--zone "W. Europe Standard Time" is no time zone/
          ],
          [{}, ["preview", "--start", "1.2.2027", "-f", "daily"], /write 2027-02-01 or 2027-01-02/],
          [
            {},
            ["preview", "--zone", "Europe/Paris", "--rrule", "DTSTART:20270104T180000Z\nRRULE:FREQ=DAILY"],
            /another zone than the DTSTART/
          ],
          [{}, [...words.slice(0, -1), "hourly", "--zone", "Europe/Paris"], /--by-hour 0,3/]
        ]
        for (const [env, args, why] of wrong) {
          const { code, err } = yield* runWith(env, ...args)
          assert.strictEqual(code, 2, args.join(" "))
          assert.match(err, why)
          assert.match(err, /Example: /)
        }
      }),
    bounded
  )

  it.live(
    "of a text with DTSTART go by its zone, in which START and --except are read",
    () =>
      Effect.gen(function* () {
        const words = ["create", "1", "PEAK", "1", "2027-01-04T18:00", "1h", "--preview", "--rrule"]
        const text = (start: string) => `DTSTART${start}\nRRULE:FREQ=WEEKLY;BYDAY=MO`
        const created = (...args: ReadonlyArray<string>) =>
          runWith({ TZ: "Australia/Sydney" }, ...words, ...args)
        const inBerlin = text(";TZID=Europe/Berlin:20270104T180000")
        const { code, err, out } = yield* created(inBerlin, "--except", "2027-01-11")
        assert.strictEqual(code, 0, err)
        assert.include(out, "every week on Monday at 18:00 Europe/Berlin, except 11 Jan 2027")
        assert.deepStrictEqual(runs(out).slice(0, 1), ["Tue 04:00:00"])
        assert.include((yield* created(text(":20270104T180000Z"))).out, "on Monday at 18:00 UTC")
        const other = yield* created(text(";TZID=Europe/Berlin:20270104T190000"))
        assert.strictEqual(other.code, 2)
        assert.match(other.err, /which is 2027-01-04T19:00 Europe\/Berlin: write that for START/)
      }),
    bounded
  )

  it.live(
    "leave out runs, and have them again",
    () =>
      Effect.gen(function* () {
        const { call, url } = yield* site
        const berlin = (...args: ReadonlyArray<string>) =>
          runWith({ TZ: "Europe/Berlin" }, ...args, "--url", url)
        const made = yield* berlin("create", "1", "PEAK", "1", "2030-01-07T18:00", "1h", "-f", "daily")
        assert.strictEqual(made.code, 0, made.err)
        assert.match(
          made.err,
          /Kept: every day at 18:00 Europe\/Berlin, summer and winter; actors of other make run it once/
        )
        const exceptions = Effect.map(call("get", "1", "1", "--json"), ({ out }) => {
          const calendar = objects(out)[0]?.["calendar"] as { readonly exceptions?: ReadonlyArray<string> }
          return (calendar.exceptions ?? []).map((text) => text.slice(0, 13))
        })
        assert.strictEqual((yield* berlin("skip", "1", "1")).code, 0)
        assert.strictEqual((yield* berlin("skip", "1", "1", "2030-07-01")).code, 0)
        assert.deepStrictEqual(yield* exceptions, ["2030-01-07T17", "2030-07-01T16"])
        // Exceptions go along with their local day.
        assert.strictEqual((yield* berlin("update", "1", "1", "--start", "2030-01-07T19:00")).code, 0)
        assert.deepStrictEqual(yield* exceptions, ["2030-01-07T18", "2030-07-01T17"])
        assert.strictEqual((yield* berlin("unskip", "1", "1", "2030-07-01")).code, 0)
        const paused = yield* berlin("pause", "1", "1", "--until", "2030-01-10")
        assert.match(paused.out, /next run +2030-01-10 19:00:00/)
        assert.deepStrictEqual(yield* exceptions, ["2030-01-07T18", "2030-01-08T18", "2030-01-09T18"])
        const plain = yield* call(
          "create",
          "1",
          "UTC",
          "1",
          "2030-01-07T18:00Z",
          "1h",
          "-f",
          "daily",
          "--zone",
          "UTC"
        )
        assert.strictEqual(plain.code, 0, plain.err)
        const asked = yield* call("skip", "1", "2")
        assert.deepStrictEqual([asked.code, asked.err.includes("--yes")], [2, true])
        // So does an update, whose rule actors of other make would run once from then on.
        const except = ["update", "1", "2", "--except", "2030-01-09"]
        const refused = yield* call(...except)
        assert.deepStrictEqual([refused.code, refused.err.includes("--yes")], [2, true], refused.err)
        assert.strictEqual((yield* call(...except, "--yes")).code, 0)
        assert.strictEqual((yield* call("skip", "1", "2", "--yes")).code, 0)
        const again = yield* call("unskip", "1", "2", "2030-01-09")
        assert.include(again.err, "Not left out any more: Wed 2030-01-09 18:00:00 (UTC).")
      }),
    { timeout: 120_000 }
  )

  it.live(
    "are refused by a service without them, with the way out, and nothing is sent",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serving("--store", "memory", "--no-calendar")
        const words = ["create", "1", "PEAK", "1", "2030-01-07T18:00", "1h", "-f", "daily", "--url", url]
        const { code, err } = yield* runWith({ TZ: "Europe/Berlin" }, ...words)
        assert.strictEqual(code, 1)
        assert.match(err, /Give --zone UTC: 18:00 Europe\/Berlin is 17:00 UTC in winter, 16:00 in summer/)
        assert.strictEqual((yield* run("list", "1", "--json", "--url", url)).out, "")
      }),
    bounded
  )
})
