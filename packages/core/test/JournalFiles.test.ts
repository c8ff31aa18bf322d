import { spawn } from "node:child_process"
import { beginning } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as SiteJournal from "@effect-dispatch/core/SiteJournal"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Option } from "effect"
import { segmentOf, Segments } from "../src/internal/journal/segments.ts"
import { entry, named, running } from "./journaling.ts"
import { watched } from "./watchedFiles.ts"

const microgridId = MicrogridId.make(7n)

/** Opens the journal of the microgrid in a directory, for the life of the scope. */
const open = Effect.fnUntraced(function* (
  directory: string,
  more: Partial<SiteJournal.JournalFilesOptions> = {}
) {
  const layer = SiteJournal.layerFiles({ directory, name: "plant", ...more })
  const place = Option.getOrThrow(yield* Effect.provide(SiteJournal.SiteJournal, layer))
  return yield* place.open(microgridId)
})

const directory = Effect.flatMap(FileSystem.FileSystem, (files) => files.makeTempDirectoryScoped())

const segmentsIn = (directory: string) =>
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (files) => files.readDirectory(`${directory}/journal-7`)),
    (names) => names.filter((name) => name.endsWith(".journal")).sort()
  )

const day = 86_400

describe("J4: a journal in files", () => {
  it.effect("is there again, with its reporter and its numbers; a new journal is a new reporter", () =>
    Effect.gen(function* () {
      const here = yield* directory
      const before = yield* Effect.scoped(
        Effect.tap(open(here), ({ append }) =>
          append([entry(1, 0, running(0, 60)), entry(2, 1, { _tag: "Alive" })])
        )
      )
      const again = yield* Effect.scoped(
        Effect.gen(function* () {
          const store = yield* open(here, { name: "plant 7" })
          assert.deepStrictEqual(store.last, { epoch: 0n, number: 2n })
          assert.deepStrictEqual(yield* store.after(beginning, 10), [
            entry(1, 0, running(0, 60)),
            entry(2, 1, { _tag: "Alive" })
          ])
          assert.deepStrictEqual(
            (yield* store.after({ epoch: 0n, number: 1n }, 10)).map(({ number }) => number),
            [2n]
          )
          return store
        })
      )
      assert.deepStrictEqual(again.reporter, { id: before.reporter.id, name: "plant 7" })
      assert.notStrictEqual((yield* open(yield* directory)).reporter.id, before.reporter.id)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect(
    "its reporter, its entries and the names of its segments are on disk before they count as written",
    () =>
      Effect.gen(function* () {
        const { done } = yield* watched(
          Effect.flatMap(directory, open).pipe(
            Effect.tap(({ append }) => append([entry(1, 0, { _tag: "Began" })])),
            Effect.tap(({ append }) => append([entry(2, 1, { _tag: "Alive" })])),
            Effect.tap(({ append }) => append([entry(3, day, { _tag: "Alive" })])),
            Effect.scoped
          )
        )
        const segments = done.flatMap((what) => (what.endsWith(".journal") ? [what] : []))
        const [first, again, second] = segments
        assert.deepStrictEqual([segments.length, again, first === second], [3, first, false])
        assert.deepStrictEqual(done, [
          "sync reporter.json.draft",
          "rename reporter.json.draft",
          "sync journal-7",
          first,
          "sync journal-7",
          again,
          second,
          "sync journal-7"
        ])
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("a line that a crash has torn is lost, and nothing after it is", () =>
    Effect.gen(function* () {
      const here = yield* directory
      const files = yield* FileSystem.FileSystem
      yield* Effect.scoped(
        Effect.flatMap(open(here), ({ append }) =>
          append([entry(1, 0, running(0, 60)), entry(2, 1, { _tag: "Alive" })])
        )
      )
      const [name] = yield* segmentsIn(here)
      const file = `${here}/journal-7/${name}`
      yield* files.truncate(file, Number((yield* files.stat(file)).size) - 5)
      const store = yield* open(here)
      assert.strictEqual(store.last.number, 1n)
      yield* store.append([entry(2, 2, { _tag: "Began" })])
      assert.deepStrictEqual(
        (yield* store.after(beginning, 10)).map(({ event }) => event._tag),
        ["Running", "Began"]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("where lines are damaged it says how many entries are lost", () =>
    Effect.gen(function* () {
      const here = yield* directory
      const files = yield* FileSystem.FileSystem
      const store = yield* open(here)
      yield* store.append([1, 2, 3, 4].map((number) => entry(number, number, { _tag: "Alive" })))
      const [name] = yield* segmentsIn(here)
      const file = `${here}/journal-7/${name}`
      const lines = (yield* files.readFileString(file)).split("\n")
      const damaged = lines.map((line) => line.replace(/("number":"[23]".*)Alive/, "$1Began"))
      yield* files.writeFileString(file, damaged.join("\n"))
      const read = yield* store.after(beginning, 10)
      assert.deepStrictEqual(
        read.map(({ event, number }) => [number, event]),
        [
          [1n, { _tag: "Alive" }],
          [3n, { _tag: "Lost", count: 2 }],
          [4n, { _tag: "Alive" }]
        ]
      )
      const rest = yield* store.after({ epoch: 0n, number: 1n }, 1)
      assert.deepStrictEqual(
        rest.map(({ event }) => event._tag),
        ["Lost"]
      )
      assert.deepStrictEqual(
        (yield* store.after({ epoch: 0n, number: 3n }, 1)).map(({ number }) => number),
        [4n]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect(
    "a reader is told of entries that went before it came, at the beginning of a segment as well",
    () =>
      Effect.gen(function* () {
        const here = yield* directory
        const files = yield* FileSystem.FileSystem
        const store = yield* open(here, { daysMax: 2 })
        const append = (number: number) => store.append([entry(number, number * day, { _tag: "Alive" })])
        const after = (number: bigint) =>
          Effect.map(store.after({ epoch: 0n, number }, 2), (found) =>
            found.map(
              (one) => `${one.number} ${one.event._tag === "Lost" ? one.event.count : one.event._tag}`
            )
          )
        yield* Effect.forEach([1, 2], append)
        const file = `${here}/journal-7/${(yield* segmentsIn(here))[1]}`
        const text = yield* files.readFileString(file)
        yield* files.writeFileString(file, text.replace("Alive", "Began"))
        yield* append(3)
        assert.deepStrictEqual(yield* after(1n), ["2 1", "3 Alive"])
        yield* Effect.forEach([4, 5], append)
        assert.deepStrictEqual(yield* after(1n), ["3 2", "4 Alive"])
        // One who begins has lost nothing.
        assert.deepStrictEqual(yield* after(0n), ["4 Alive", "5 Alive"])
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("is read on from any place, over any number of pieces, also while it is written", () =>
    Effect.gen(function* () {
      const store = yield* open(yield* directory)
      const name = "ü".repeat(100)
      const long = (number: number) =>
        entry(number, number, running(number, number + 60, { dispatch: named(1n, { name }) }))
      const count = 600
      const write = (from: number) =>
        store.append(Array.from({ length: count }, (_, index) => long(from + index)))
      const read = (after: number, limit: number) =>
        Effect.map(store.after({ epoch: 0n, number: BigInt(after) }, limit), (found) =>
          found.map(({ number }) => Number(number))
        )
      const numbers = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index)
      yield* write(1)
      let last = 0
      while (last < count) {
        const found = yield* read(last, 7)
        assert.deepStrictEqual(found, numbers(last + 1, Math.min(last + 7, count)))
        last += found.length
      }
      assert.deepStrictEqual(yield* read(count, 7), [])
      yield* write(count + 1)
      assert.deepStrictEqual(yield* read(count, 3), numbers(count + 1, count + 3))
      // Another reader is behind.
      assert.deepStrictEqual(yield* read(3, 2), [4, 5])
      assert.deepStrictEqual(yield* read(0, 5 * count), numbers(1, 2 * count))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("written again after a failure, an entry is there once", () =>
    Effect.gen(function* () {
      const store = yield* open(yield* directory)
      const group = [entry(1, 0, { _tag: "Began" }), entry(2, 1, { _tag: "Alive" })]
      yield* store.append(group)
      yield* store.append(group)
      assert.lengthOf(yield* store.after(beginning, 10), 2)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect(
    "a day is a segment; those of days beyond the last go, and a clock far ahead removes one at most",
    () =>
      Effect.gen(function* () {
        const here = yield* directory
        const store = yield* open(here, { daysMax: 3 })
        for (let number = 1; number <= 3; number++) {
          yield* store.append([entry(number, number * day, { _tag: "Alive" })])
        }
        assert.lengthOf(yield* segmentsIn(here), 3)
        yield* store.append([entry(4, 30_000 * day, { _tag: "Alive" })])
        yield* store.append([entry(5, 3 * day, { _tag: "Alive" })])
        assert.deepStrictEqual(
          (yield* store.after(beginning, 10)).map(({ number }) => number),
          [2n, 3n, 4n, 5n]
        )
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("its size is bounded, the newest segment aside", () =>
    Effect.gen(function* () {
      const here = yield* directory
      const store = yield* open(here, { bytesMax: 1_000 })
      for (let number = 1; number <= 30; number++) {
        yield* store.append([entry(number, number * day, running(0, 60))])
      }
      const files = yield* FileSystem.FileSystem
      const names = yield* segmentsIn(here)
      const sizes = yield* Effect.forEach(names, (name) => files.stat(`${here}/journal-7/${name}`))
      assert.isAtMost(
        sizes.reduce((sum, { size }) => sum + Number(size), 0),
        1_000
      )
      assert.isAbove(names.length, 1)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("after kill -9 in the midst of writing, all that was written before is there", () =>
    Effect.gen(function* () {
      const here = yield* directory
      const program = new URL("./fixtures/journalling.ts", import.meta.url).pathname
      const child = spawn(process.execPath, [program, here], { stdio: ["ignore", "pipe", "inherit"] })
      const told = yield* Effect.callback<bigint>((resume) => {
        let last = 0n
        child.stdout.on("data", (chunk: Buffer) => {
          last = BigInt(chunk.toString().trim().split("\n").at(-1) ?? "0")
          if (last >= 20n) child.kill("SIGKILL")
        })
        child.on("exit", () => resume(Effect.succeed(last)))
      })
      const store = yield* open(here)
      const entries = yield* store.after(beginning, 10_000)
      assert.isAtLeast(Number(entries.at(-1)?.number ?? 0n), Number(told))
      entries.forEach(({ number }, index) => assert.strictEqual(Number(number), index + 1))
      assert.deepStrictEqual(store.last.number, entries.at(-1)?.number)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("the options of a journal in files", () => {
  it.effect("are checked", () =>
    Effect.gen(function* () {
      const refused = (options: object) =>
        Effect.map(
          Effect.flip(open("/nowhere", options)),
          (error) => error._tag === "OptionError" && error.refusal.path
        )
      assert.strictEqual(yield* refused({ name: "" }), "name")
      assert.strictEqual(yield* refused({ name: "x".repeat(257) }), "name")
      // The service takes no such name, so that nothing would be reported.
      assert.strictEqual(yield* refused({ name: "plant\n7" }), "name")
      assert.strictEqual(yield* refused({ name: "plant \ud800" }), "name")
      assert.strictEqual(yield* refused({ daysMax: 0 }), "daysMax")
      assert.strictEqual(yield* refused({ bytesMax: 0.5 }), "bytesMax")
      assert.strictEqual(yield* refused({ days: 3 }), "days")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})

describe("segments", () => {
  it("have names by day and first number; other files are left alone", () => {
    const name = "2026-01-05-00000000000000000042.journal"
    assert.deepStrictEqual(segmentOf(name), { name, day: "2026-01-05", first: 42n })
    for (const other of ["reporter.json", `${name}.draft`, "2026-01-05-42.journal"])
      assert.isUndefined(segmentOf(other))
  })

  it("a full one is followed by another of the same day", () => {
    const segments = new Segments([], {})
    const first = segments.place(1n, "2026-01-05")
    assert.isTrue(first.isNew)
    segments.grow(first.segment, SiteJournal.segmentBytesMax - 1)
    assert.deepStrictEqual(segments.place(500n, "2026-01-05"), { segment: first.segment, isNew: false })
    segments.grow(first.segment, 1)
    assert.strictEqual(segments.place(600n, "2026-01-05").segment.first, 600n)
    assert.deepStrictEqual(
      segments.from(599n).map(({ first }) => first),
      [600n]
    )
    assert.deepStrictEqual(
      segments.from(598n).map(({ first }) => first),
      [1n, 600n]
    )
  })
})
