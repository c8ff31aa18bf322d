import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { hasTerminal, program, run, seated, serving, workplace } from "./program.ts"

const bounded = { timeout: 60_000 }
const wide = { columns: 120 }
const ctrlC = "\u0003"
const ctrlD = "\u0004"

/** A service that holds one dispatch of three hours. */
const site = Effect.gen(function* () {
  const { url } = yield* serving("--store", "memory")
  const made = yield* run(
    ...(["create", "1", "CHARGE", "BATTERY", "now", "3h", "-p", '"power_w": 5', "--url", url] as const)
  )
  assert.strictEqual(made.code, 0, made.err)
  return url
})

const escape = "\u001b"
const without = (screen: string): string =>
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  screen.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "")

/** It may begin to run in between. */
const stateless = (screen: string): string => screen.replace("waiting", "running")

describe.skipIf(!hasTerminal)("in a terminal (needs script of util-linux)", () => {
  it.live(
    "a list is in colour and as wide as the terminal; NO_COLOR is honoured",
    () =>
      Effect.gen(function* () {
        const url = yield* site
        // A terminal that does not know its width says 0, and has room for 80.
        for (const columns of [80, 120, 0]) {
          const colourful = yield* seated({ columns }, "list", "1", "--url", url)
          assert.strictEqual((yield* colourful.end).code, 0)
          const screen = yield* colourful.screen
          assert.include(screen, `${escape}[1mID`)
          for (const line of without(screen).split("\r\n")) {
            assert.isAtMost(line.length, columns || 80)
          }
          assert.match(without(screen), /1 +(running|waiting) +CHARGE/)
          const plain = yield* seated({ columns, env: { NO_COLOR: "1" } }, "list", "1", "--url", url)
          yield* plain.end
          assert.notInclude(yield* plain.screen, escape)
          assert.strictEqual(stateless(yield* plain.screen), stateless(without(screen)))
        }
      }),
    bounded
  )

  it.live(
    "a long list shows how far it is, and takes that away again",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serving("--store", "memory")
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient.DispatchClient
          const fields = {
            type: "A",
            target: Target.componentIds(1n),
            startTime: DateTime.makeUnsafe("2040-01-01T00:00:00Z")
          }
          yield* Effect.repeat(client.create(MicrogridId.make(1n), fields), { times: 599 })
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))
        const seat = yield* seated(wide, "list", "1", "--page-size", "1", "--url", url)
        assert.strictEqual((yield* seat.end).code, 0)
        const screen = yield* seat.screen
        assert.match(without(screen), /\r\d+ dispatches so far[^]*\rID +STATE[^]*600 dispatches;/)
        assert.include(screen, `\r${escape}[K${escape}[1mID`)
        assert.notMatch(screen.slice(screen.indexOf("ID")), /so far/)
      }),
    bounded
  )

  it.live(
    "asks before it deletes, does nothing without a yes, and Ctrl-C is no yes",
    () =>
      Effect.gen(function* () {
        const url = yield* site
        const answered = Effect.fnUntraced(function* (keys: string) {
          const seat = yield* seated(wide, "delete", "1", "1", "--url", url)
          yield* seat.says(/Delete dispatch 1 for ever\?/)
          yield* seat.types(keys)
          const { code } = yield* seat.end
          return { code, text: without(yield* seat.screen) }
        })
        const no = yield* answered("n")
        assert.strictEqual(no.code, 0)
        assert.include(no.text, "Nothing was deleted.")
        const byDefault = yield* answered("\r")
        assert.include(byDefault.text, "Nothing was deleted.")
        const broken = yield* answered(ctrlC)
        assert.strictEqual(broken.code, 130)
        assert.notInclude(broken.text, "deleted")
        assert.strictEqual((yield* run("get", "1", "1", "--url", url)).code, 0)
        const yes = yield* answered("y")
        assert.strictEqual(yes.code, 0)
        assert.include(yes.text, "#1 deleted")
      }),
    bounded
  )

  it.live(
    "deletes nothing where a person is there and cannot be asked",
    () =>
      Effect.gen(function* () {
        const url = yield* site
        const command = `'${process.execPath}' '${program}' delete 1 1 --url '${url}' | cat`
        const { stdout } = spawnSync("script", ["-qefc", command, "/dev/null"], { encoding: "utf8" })
        assert.match(stdout, /no terminal\s+to ask on, so nothing is done:\s+give --yes/)
        assert.strictEqual((yield* run("get", "1", "1", "--url", url)).code, 0)
      }),
    bounded
  )

  it.live(
    "Ctrl-C stops watch, stream and serve gracefully",
    () =>
      Effect.gen(function* () {
        const url = yield* site
        const cases: ReadonlyArray<readonly [RegExp, ReadonlyArray<string>]> = [
          [/Running/, ["watch", "1", "--no-keep", "--url", url]],
          [/Following/, ["stream", "1", "--url", url]],
          [/Stop with Ctrl-C/, ["serve", "--port", "0", "--store", "memory"]]
        ]
        for (const [sign, args] of cases) {
          const seat = yield* seated(wide, ...args)
          yield* seat.says(sign)
          yield* seat.types(ctrlC)
          assert.strictEqual((yield* seat.end).code, 0, args.join(" "))
        }
      }),
    bounded
  )

  it.live(
    "an account of what happens fits into 80 columns",
    () =>
      Effect.gen(function* () {
        const url = yield* site
        const seat = yield* seated({ columns: 80 }, "watch", "1", "--no-keep", "--url", url)
        yield* seat.says(/Running/)
        yield* run("update", "1", "1", "-p", `"note": "${"word ".repeat(30)}"`, "--url", url)
        yield* seat.says(/reconfigured[^]*updated/)
        yield* seat.types(ctrlC)
        yield* seat.end
        for (const line of without(yield* seat.screen).split("\r\n")) assert.isAtMost(line.length, 80, line)
      }),
    bounded
  )

  it.live(
    "the prompt of repl completes, remembers, takes back a line, stops a command by Ctrl-C, and goes on",
    () =>
      Effect.gen(function* () {
        const url = yield* site
        const seat = yield* seated(wide, "repl", "--url", url)
        const prompt = /dispatch> [^]*$/
        yield* seat.says(prompt)
        yield* seat.types("tim")
        yield* seat.says(/tim/)
        yield* seat.types("\t")
        yield* seat.says(/eline/)
        yield* seat.types("1 --span 1h\r")
        yield* seat.says(/▼ now[^]*#1 CHARGE[^]*dispatch> /)
        yield* seat.types("stream 1\r")
        yield* seat.says(/Following/)
        yield* seat.types(ctrlC)
        yield* seat.says(/dispatch> /)
        yield* seat.types("nonsense")
        yield* seat.says(/nonsense/)
        yield* seat.types(ctrlC)
        yield* seat.says(/dispatch> /)
        yield* seat.types("get 1 99\r")
        yield* seat.says(/has no dispatch 99[^]*dispatch> /)
        // Up, twice: past the failed one to the stream before it.
        yield* seat.types("\u001b[A")
        yield* seat.says(/get 1 99/)
        yield* seat.types("\u001b[A")
        yield* seat.says(/stream 1/)
        yield* seat.types(ctrlC)
        yield* seat.says(/dispatch> /)
        // Pasted: two lines at once.
        yield* seat.types("get 1 98\rget 1 97\r")
        yield* seat.says(/dispatch 98[^]*dispatch 97[^]*dispatch> /)
        yield* seat.types("delete 1 1\r")
        yield* seat.says(/for ever\?/)
        yield* seat.types("n")
        yield* seat.says(/Nothing was deleted[^]*dispatch> /)
        yield* seat.types("get 1 96 --auth-key canary-4717\r")
        yield* seat.says(/dispatch 96[^]*dispatch> /)
        yield* seat.types(ctrlD)
        assert.strictEqual((yield* seat.end).code, 0)
        const history = readFileSync(join(workplace, ".dispatch/history"), "utf8")
        assert.match(history, /^delete 1 1\nget 1 97\nget 1 98\n/)
        assert.notInclude(history, "canary")
      }),
    bounded
  )
})
