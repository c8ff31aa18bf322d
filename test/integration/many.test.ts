import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { folder, objects, program, run, runWith } from "./program.ts"
import { makeService } from "./service.ts"

const bounded = { timeout: 120_000 }

/** A service, a folder for files, and ways to call. */
const site = Effect.gen(function* () {
  const { url } = yield* makeService
  const path = yield* folder
  const call = (...args: ReadonlyArray<string>) => run(...args, "--url", url)
  const typesOf = (...args: ReadonlyArray<string>) =>
    Effect.map(call("list", ...args, "--json"), ({ out }) => objects(out).map(({ type }) => type))
  const fileOf = (name: string, lines: ReadonlyArray<object | string>) => {
    const file = join(path, name)
    writeFileSync(
      file,
      `${lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n")}\n`
    )
    return file
  }
  return { url, path, call, typesOf, fileOf }
})

const good = { type: "A", startTime: "2040-01-01T00:00:00Z", target: "1-3", duration: "20m" }

/** Creates dispatches of these types, in order. */
const fill = (call: (...args: ReadonlyArray<string>) => Effect.Effect<{ readonly code: number | null }>) =>
  Effect.fnUntraced(function* (...types: ReadonlyArray<string>) {
    for (const type of types) {
      const { code } = yield* call("create", "1", type, "1", "2040-01-01T00:00Z", "1h")
      assert.strictEqual(code, 0)
    }
  })

describe("create --file", () => {
  it.live(
    "reads all before it sends, names lines, stops at a fault unless it is to go on, and tells what has passed",
    () =>
      Effect.gen(function* () {
        const { call, fileOf, typesOf } = yield* site
        const past = { ...good, startTime: "2020-01-01T00:00:00Z" }
        const file = fileOf("week.jsonl", [good, "", { ...good, target: undefined }, past, good])
        const stopped = yield* call("create", "1", "--file", file)
        assert.deepStrictEqual([stopped.code, stopped.out], [1, ""])
        assert.match(stopped.err, /^line 3: target [^]*Nothing was sent\.\n$/)
        assert.deepStrictEqual(yield* typesOf("1"), [])
        const shown = yield* call("create", "1", "--file", file, "--keep-going", "--preview")
        assert.match(shown.out, /^line 1: [^\n]*\nline 5: [^\n]*\n$/)
        assert.match(shown.err, /line 3: [^]*line 4[^]*Nothing was sent/)
        assert.deepStrictEqual(yield* typesOf("1"), [])
        const went = yield* call("create", "1", "--file", file, "--keep-going", "--json")
        assert.strictEqual(went.code, 1)
        assert.deepStrictEqual(
          objects(went.out).map(({ line, result }) => [line, result]),
          [
            [3, "failed"],
            [4, "past"],
            [1, "created"],
            [5, "created"]
          ]
        )
        assert.deepStrictEqual(yield* typesOf("1"), ["A", "A"])
        const quiet = yield* call("create", "1", "--file", fileOf("one.jsonl", [good]), "--quiet")
        assert.deepStrictEqual([quiet.code, quiet.out, quiet.err], [0, "", ""])
      }),
    bounded
  )

  it.live(
    "reads what list --json writes, and nothing beside it is left aside in silence",
    () =>
      Effect.gen(function* () {
        const { call, fileOf, path } = yield* site
        yield* call("create", "1", "A", "BATTERY", "2040-01-01T00:00Z", "1h", "--frequency", "daily")
        yield* call(
          "create",
          "1",
          "B",
          "1-3",
          "2040-01-01T00:00Z",
          "--payload",
          '"a": [1, null]',
          "--no-active"
        )
        const listed = yield* call("list", "1", "--json")
        const file = join(path, "listed.jsonl")
        writeFileSync(file, listed.out)
        assert.strictEqual((yield* call("create", "2", "--file", file)).code, 0)
        const contents = (out: string) =>
          objects(out).map((one) => ({ ...one, createTime: "", id: "", updateTime: "" }))
        assert.deepStrictEqual(contents((yield* call("list", "2", "--json")).out), contents(listed.out))
        for (const option of [
          ["--except", "2040-01-02"],
          ["--by-weekday", "mon"],
          ["--count", "3"],
          ["--zone", "Europe/Berlin"],
          ["--name", "a"]
        ]) {
          const beside = yield* call("create", "1", "--file", fileOf("one.jsonl", [good]), ...option)
          assert.strictEqual(beside.code, 2, option.join(" "))
        }
        assert.lengthOf(objects((yield* call("list", "1", "--json")).out), 2)
      }),
    bounded
  )

  it.live(
    "stops at the first refusal of the service, says how many were sent, and goes on if it is to",
    () =>
      Effect.gen(function* () {
        const { call, fileOf } = yield* site
        yield* call("create", "1", "A", "1", "2040-01-01T00:00Z", "1h", "--name", "taken")
        const many = [{ ...good, name: "taken" }, ...Array.from({ length: 60 }, () => good)]
        const file = fileOf("many.jsonl", many)
        const stopped = yield* call("create", "1", "--file", file)
        assert.strictEqual(stopped.code, 1)
        assert.match(
          stopped.err,
          /^line 1: dispatch 1 has the name "taken"[^]*\d+ created, 1 failed, \d+ not sent\. It stops at the first/
        )
        const went = yield* call(
          "create",
          "2",
          "--file",
          fileOf("twice.jsonl", [many[0] ?? {}, ...many]),
          "--keep-going"
        )
        assert.strictEqual(went.code, 1)
        assert.match(went.err, /61 created, 1 failed\.\n$/)
      }),
    bounded
  )
})

describe("update and delete of many", () => {
  it.live(
    "show what they would do and do nothing without a yes, whoever chooses: ids, ranges or filters",
    () =>
      Effect.gen(function* () {
        const { call, typesOf } = yield* site
        yield* fill(call)("A", "B", "A", "C")
        for (const words of [
          ["delete", "1", "1"],
          ["delete", "1", "1", "3-4"],
          ["delete", "1", "--type", "a"],
          ["delete", "1", "--on", "1"],
          ["update", "1", "1-2", "--no-active"],
          ["update", "1", "--type", "A", "--no-active"]
        ]) {
          const { code, err, out } = yield* call(...words)
          assert.deepStrictEqual([code, out], [2, ""], words.join(" "))
          assert.match(err, /#1 A [^]*\?[^]*give --yes/, words.join(" "))
        }
        const absent = yield* call("update", "1", "3-6", "--no-active")
        assert.match(absent.err, /#3 A [^]*#4 C [^]*#5, #6: not there\nChange 2 dispatches \(active\)\?/)
        assert.lengthOf(yield* typesOf("1", "--active"), 4)
        const nothing = yield* call("delete", "1")
        assert.match(nothing.err, /nothing to delete: give ids, or filters/)
        assert.strictEqual(nothing.code, 2)
      }),
    bounded
  )

  it.live(
    "answer item by item in JSON, say nothing when they are to be quiet, and stop at a failure",
    () =>
      Effect.gen(function* () {
        const { call, typesOf } = yield* site
        yield* fill(call)("A", "B", "A", "C")
        const paused = yield* call("update", "1", "--type", "a", "--no-active", "--yes", "--json")
        assert.strictEqual(paused.code, 0, paused.err)
        assert.deepStrictEqual(
          objects(paused.out)
            .map(({ active, id, result }) => [id, active, result])
            .toSorted(([one], [other]) => Number(one) - Number(other)),
          [
            ["1", false, "updated"],
            ["3", false, "updated"]
          ]
        )
        const moved = yield* call("update", "1", "1,3-4", "--start", "2041-01-01T00:00Z", "--yes", "--quiet")
        assert.deepStrictEqual([moved.code, moved.out, moved.err], [0, "", ""])
        const preview = yield* call("update", "1", "1-2", "--duration", "2h", "--preview")
        assert.match(preview.out, /#1 A[^]*duration +1h +→ 2h[^]*#2 B[^]*duration +1h +→ 2h/)
        assert.include(preview.err, "Nothing was sent.")
        const some = yield* call("delete", "1", "9", "1", "--yes", "--keep-going", "--json")
        assert.strictEqual(some.code, 1)
        assert.deepStrictEqual(
          objects(some.out).map(({ id, result }) => [id, result]),
          [
            ["9", "failed"],
            ["1", "deleted"]
          ]
        )
        const rest = yield* call("delete", "1", "--no-active", "--yes")
        assert.match(rest.err, /^#3 deleted\n$/)
        assert.deepStrictEqual(yield* typesOf("1"), ["B", "C"])
        const none = yield* call("delete", "1", "--type", "charge", "--yes")
        assert.match(none.err, /Nothing is of type charge; there is B, C\./)
      }),
    bounded
  )
})

describe("the microgrid", () => {
  it.live(
    "of a variable stands in where nothing else could be meant, and for a dot, and nowhere else",
    () =>
      Effect.gen(function* () {
        const { call, typesOf, url } = yield* site
        yield* fill(call)("A", "B", "C", "D")
        const inShell = (...args: ReadonlyArray<string>) =>
          runWith({ DISPATCH_MICROGRID: "1" }, ...args, "--url", url)
        assert.lengthOf(objects((yield* inShell("list", "--json")).out), 4)
        assert.match((yield* inShell("export")).out, /microgrid: 1\n/)
        assert.strictEqual((yield* inShell("timeline", "--all")).code, 0)
        assert.lengthOf(objects((yield* inShell("list", "2", "--json")).out), 0)
        const ranged = yield* inShell("delete", "3-4", "--yes")
        assert.strictEqual(ranged.code, 2)
        assert.match(ranged.err, /microgrid "3-4" must be the id of a microgrid/)
        // One number is the microgrid, in every shell.
        assert.match((yield* inShell("delete", "3", "--yes")).err, /nothing to delete/)
        assert.strictEqual((yield* inShell("delete", ".", "3-4", "--yes")).code, 0)
        assert.deepStrictEqual(yield* typesOf("1"), ["A", "B"])
        const unset = yield* call("get", ".", "1")
        assert.strictEqual(unset.code, 2)
        assert.match(unset.err, /DISPATCH_MICROGRID, for which it stands, is not set/)
      }),
    bounded
  )
})

describe("copy and edit", () => {
  it.live(
    "copies as they are, later, or elsewhere, without the name, and tells what has passed",
    () =>
      Effect.gen(function* () {
        const { call } = yield* site
        const make = (...args: ReadonlyArray<string>) => call("create", "1", ...args)
        yield* make("A", "1", "2040-01-01T00:00Z", "1h", "--name", "a", "--payload", '"p": 1')
        yield* make("B", "2", "2040-01-01T02:00Z", "1h", "--frequency", "daily", "--count", "3")
        const later = yield* call("copy", "1", "1-2", "--shift", "1w", "--to", "2", "--json")
        assert.strictEqual(later.code, 0, later.err)
        const [one, other] = objects(later.out)
        assert.deepInclude(one, { copyOf: "1", startTime: "2040-01-08T00:00:00.000Z", payload: { p: 1 } })
        assert.deepInclude(other, { copyOf: "2", startTime: "2040-01-08T02:00:00.000Z" })
        assert.notProperty(one, "name")
        const shown = yield* call(
          "copy",
          "1",
          "2",
          "--start",
          "2041-01-01T00:00Z",
          "--target",
          "7",
          "--preview"
        )
        assert.match(shown.out, /^copy of #2: [^]*7/)
        assert.match(shown.err, /Nothing was sent\./)
        const missing = yield* call("copy", "1", "1", "9")
        assert.deepStrictEqual([missing.code, missing.out], [1, ""])
        assert.match(missing.err, /Not there: #9\nNothing was copied\./)
        assert.lengthOf(objects((yield* call("list", "1", "--json")).out), 2)
      }),
    bounded
  )

  it.live(
    "edits in the editor of the person, who is asked again after a refusal, and may give up",
    () =>
      Effect.gen(function* () {
        const { call, path, url } = yield* site
        yield* call("create", "1", "A", "1", "2040-01-01T00:00Z", "1h")
        const edit = (editor: string, ...more: ReadonlyArray<string>) =>
          runWith({ EDITOR: editor }, "edit", "1", "1", "--url", url, ...more)
        const script = (name: string, body: string) => {
          const file = join(path, name)
          writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
          return file
        }
        const changed = yield* edit(`sed -i s/1h/2h/`, "--json")
        assert.strictEqual(changed.code, 0, changed.err)
        assert.deepInclude(objects(changed.out)[0], { durationSeconds: 7_200 })
        const log = join(path, "seen")
        const twice = script(
          "twice",
          `cat "$1" >> ${log}; if grep -q REFUSED "$1"; then sed -i 's/"soon"/"3h"/' "$1"; else sed -i 's/"2h"/"soon"/' "$1"; fi`
        )
        assert.strictEqual((yield* edit(twice)).code, 0)
        assert.match(readFileSync(log, "utf8"), /\/\/ REFUSED: duration "soon" is not understood/)
        const none = yield* edit("true")
        assert.deepStrictEqual([none.code, none.err], [0, "Nothing was changed.\n"])
        assert.strictEqual((yield* edit("false")).code, 1)
        const givingUp = yield* edit(script("worse", `grep -q REFUSED "$1" || sed -i 's/"3h"/"never"/' "$1"`))
        assert.strictEqual(givingUp.code, 1)
        const [, kept = ""] = /kept in (\S+)/.exec(givingUp.err) ?? []
        assert.include(readFileSync(kept, "utf8"), '"never"')
        const named = yield* edit(
          script("named", `grep -q REFUSED "$1" || sed -i 's/^{/{ "name": "x",/' "$1"`)
        )
        assert.match(named.err, /"name" is given by dispatch update --name/)
        const other = `'${process.execPath}' '${program}' update 1 1 --duration 5h --url '${url}' > ${log}`
        const raced = yield* edit(script("raced", `${other}; sed -i 's/"3h"/"4h"/' "$1"`))
        assert.strictEqual(raced.code, 1)
        assert.match(raced.err, /Nothing was changed\. The text is kept in/)
        assert.include((yield* call("get", "1", "1", "--json")).out, '"durationSeconds":18000')
      }),
    bounded
  )
})

describe("a list", () => {
  it.live(
    "is a schedule: by the next run, with what conflicts, the first few, types in any case",
    () =>
      Effect.gen(function* () {
        const { call } = yield* site
        const make = (...args: ReadonlyArray<string>) => call("create", "1", ...args)
        yield* make("CHARGE", "11,12", "in 3 hours", "2h")
        yield* make("CHARGE", "13", "in 1 hour", "1h")
        const clash = yield* make("CHARGE", "12-13", "in 4 hours", "1h")
        assert.match(clash.err, /1 conflict until [^]*#1 and #3 are both CHARGE on/)
        yield* make("CHARGE", "11", "in 4 hours", "0")
        yield* make("OTHER", "11", "in 4 hours", "1h")
        const listed = objects((yield* call("list", "1", "--type", "charge", "--json")).out)
        assert.deepStrictEqual(
          listed.map(({ conflicts, id }) => [id, conflicts]),
          [
            ["2", []],
            ["1", ["3"]],
            ["3", ["1"]],
            ["4", []]
          ]
        )
        assert.match(String(listed[0]?.["nextRun"]), /^\d{4}-/)
        const first = yield* call("list", "1", "--limit", "2")
        assert.match(first.out, /the first 2 of 5 dispatches/)
        const acting = objects((yield* call("list", "1", "--on", "12", "--json")).out)
        assert.deepStrictEqual(
          acting.map(({ id }) => id),
          ["1", "3"]
        )
        const unknown = yield* call("list", "1", "--type", "chrage")
        assert.match(unknown.err, /Nothing is of type chrage; there is CHARGE, OTHER\./)
      }),
    bounded
  )
})

describe("create", () => {
  it.live(
    "as a dry run says so, and as a preview sends nothing",
    () =>
      Effect.gen(function* () {
        const { call } = yield* site
        const words = ["create", "1", "A", "1", "2040-01-01T00:00Z", "1h", "--name", "winter/a"]
        const shown = yield* call(...words, "--preview")
        assert.match(shown.out, /name +winter\/a/)
        assert.match(shown.err, /Nothing was sent\./)
        const dry = yield* call(...words, "--dry-run")
        assert.match(dry.err, /Created, as a dry run/)
        assert.lengthOf(objects((yield* call("list", "1", "--json")).out), 1)
      }),
    bounded
  )
})
