import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import { folder, run, running } from "./program.ts"
import { makeService } from "./service.ts"

const bounded = { timeout: 120_000 }
const microgrid = MicrogridId.make(1n)
const week = join(import.meta.dirname, "../../packages/examples/week.yaml")

/** A service, a file for a plan of its microgrid 1, and a way to call it. */
const site = Effect.gen(function* () {
  const { url } = yield* makeService
  const file = join(yield* folder, "site.yaml")
  const call = (...args: ReadonlyArray<string>) => run(...args, "--url", url)
  const exported = Effect.gen(function* () {
    const { code, err, out } = yield* call("export", "1")
    assert.strictEqual(code, 0, err)
    writeFileSync(file, out)
    return out
  })
  return { url, file, call, exported }
})

describe("a plan in a file", () => {
  it.live(
    "makes the week of a site, is exported, changed and applied; applied again it changes nothing",
    () =>
      Effect.gen(function* () {
        const { call, exported, file } = yield* site
        const made = yield* call("create", "1", "--file", week)
        assert.strictEqual(made.code, 0, made.err)
        assert.match(made.err, /6 created\.\n$/)
        const text = yield* exported
        const same = yield* call("apply", "--file", file)
        assert.deepStrictEqual([same.code, same.out, same.err], [0, "", "6 as planned.\n"])
        writeFileSync(file, text.replace("power_w: 4000", "power_w: 5000").replace("2h 30m", "2h"))
        const shown = yield* call("apply", "--file", file, "--diff")
        assert.match(shown.out, /CHARGE[^]* payload +\{"power_w": 4000\} +→ \{"power_w": 5000\}/)
        assert.match(shown.out, /PEAK_SHAVING[^]* duration +2h 30m +→ 2h\n/)
        assert.strictEqual(shown.err, "4 as planned, 2 to be updated. Nothing was sent.\n")
        assert.strictEqual(yield* call("export", "1").pipe(Effect.map(({ out }) => out)), text)
        const applied = yield* call("apply", "--file", file)
        assert.strictEqual(applied.code, 0, applied.err)
        assert.match(applied.err, /2 updated\.\n$/)
        const again = yield* call("apply", "--file", file)
        assert.strictEqual(again.err, "6 as planned.\n")
      }),
    bounded
  )

  it.live(
    "killed after each request and applied again, has its result, and each dispatch is written once",
    () =>
      Effect.gen(function* () {
        const { call, exported, file, url } = yield* site
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient.DispatchClient
          const fields = {
            type: "A",
            startTime: DateTime.makeUnsafe("2040-01-01T00:00:00Z"),
            target: Target.componentIds(1n)
          }
          const count = 4
          for (let index = 0; index < count; index++) yield* client.create(microgrid, fields)
          const { events } = yield* client.stream(microgrid)
          const text = yield* exported
          for (let killedAfter = 1; killedAfter <= count; killedAfter++) {
            writeFileSync(file, text.replaceAll("duration: null", `duration: ${killedAfter}h`))
            const apply = yield* running("apply", "--file", file, "--url", url)
            const fresh = yield* client.stream(microgrid)
            yield* Stream.runDrain(Stream.take(fresh.events, killedAfter))
            yield* apply.signal("SIGKILL")
            yield* apply.end
            const after = yield* call("apply", "--file", file)
            assert.strictEqual(after.code, 0, after.err)
            const found = yield* Stream.runCollect(client.list(microgrid))
            assert.lengthOf(found, count)
            const lengths = found.map((record) => "duration" in record && record.toJSON().durationSeconds)
            assert.deepStrictEqual(lengths, Array(count).fill(killedAfter * 3_600))
          }
          const writes = yield* Stream.runCollect(Stream.take(events, count * count))
          const versions = writes.map(({ record }) => `${record.id} ${record.updateTime}`)
          assert.strictEqual(new Set(versions).size, count * count)
          const more = yield* Effect.timeoutOption(Stream.runHead(events), "100 millis")
          assert.strictEqual(more._tag, "None")
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })), Effect.scoped)
      }),
    bounded
  )

  it.live(
    "leaves alone what it says nothing of: a pause and a payload by hand survive",
    () =>
      Effect.gen(function* () {
        const { call, exported, file } = yield* site
        yield* call("create", "1", "A", "1", "2040-01-01T00:00Z", "1h")
        const text = yield* exported
        writeFileSync(
          file,
          text.replace("duration: 1h", "duration: 2h").replace("target: 1", "target: [1, 1]")
        )
        yield* call("update", "1", "1", "--payload", '"by_hand": true', "--no-active")
        const applied = yield* call("apply", "--file", file, "--json")
        assert.strictEqual(applied.code, 0, applied.err)
        // A pause and a payload by hand survive: the plan says nothing of them.
        assert.match(
          applied.out,
          /"durationSeconds":7200.*"active":false.*"by_hand":true.*"result":"updated"/
        )
      }),
    bounded
  )

  it.live(
    "is refused where its dispatches could not be found again, and says what creates them",
    () =>
      Effect.gen(function* () {
        const { call, exported, file } = yield* site
        yield* call("create", "1", "--file", week)
        const named = yield* call("apply", "1", "--file", week)
        assert.strictEqual(named.code, 1)
        assert.match(named.err, /^lines 7, 14, .*without an id\.[^]*dispatch create MICROGRID --file creates/)
        const text = yield* exported
        const elsewhere = yield* call("apply", "2", "--file", file)
        assert.strictEqual(elsewhere.code, 1)
        assert.match(elsewhere.err, /ids of the plan count at 127\.0\.0\.1:\d+, microgrid 1, and this is/)
        assert.match((yield* call("list", "2")).err, /No dispatches match/)
        yield* call("delete", "1", "1", "--yes")
        writeFileSync(
          file,
          text.replace("type: CURTAIL", "type: OTHER").replace("duration: 2h\n", "duration: 3h\n")
        )
        const stopped = yield* call("apply", "--file", file)
        assert.strictEqual(stopped.code, 1)
        assert.match(stopped.out, /#1 is not there any more[^]*would be replaced: type CURTAIL → OTHER/)
        assert.match(stopped.err, /Nothing was sent; --keep-going does all else\.\n$/)
        writeFileSync(file, `${text}  - id: 9\n    start: tomorrow\n`)
        const unread = yield* call("apply", "--file", file, "--json")
        assert.deepStrictEqual([unread.code, unread.err.split("\n").at(-2)], [1, "Nothing was sent."])
        assert.match(unread.out, /^\{"line":\d+,"result":"failed","message":"start \\"tomorrow\\" must be/)
      }),
    bounded
  )

  it.live(
    "comes from a calendar and goes into one, and the schema tells what it may hold",
    () =>
      Effect.gen(function* () {
        const { call } = yield* site
        const path = yield* folder
        const file = join(path, "week.ics")
        const event = (...lines: ReadonlyArray<string>) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"]
        const text = [
          "BEGIN:VCALENDAR",
          ...event(
            "UID:noon",
            "SUMMARY:CURTAIL",
            "DTSTART:20400301T110000Z",
            "DTEND:20400301T130000Z",
            "RRULE:FREQ=DAILY"
          ),
          ...event("UID:day", "SUMMARY:all day", "DTSTART;VALUE=DATE:20400301"),
          "END:VCALENDAR"
        ].join("\r\n")
        writeFileSync(file, text)
        const words = ["import", file, "--type-from-summary", "--target", "INVERTER:PV", "--utc"]
        const refused = yield* run(...words)
        assert.deepStrictEqual([refused.code, refused.out], [1, ""])
        assert.match(refused.err, /^line 12: "all day" is all day[^]*No plan is written\./)
        const kept = yield* run(...words, "--keep-going")
        assert.strictEqual(kept.code, 0)
        const plan = join(path, "week.yaml")
        writeFileSync(plan, kept.out)
        assert.include(
          kept.out,
          "name: noon\n    type: CURTAIL\n    start: 2040-03-01T11:00:00+00:00\n    duration: 2h"
        )
        assert.strictEqual((yield* call("create", "1", "--file", plan)).code, 0)
        yield* call("create", "1", "ENDLESS", "1", "2040-01-01T00:00Z")
        const calendar = yield* call("export", "1", "--ics")
        assert.match(
          calendar.out,
          /^BEGIN:VCALENDAR[^]*SUMMARY:CURTAIL[^]*RRULE:FREQ=DAILY[^]*END:VCALENDAR\s*$/
        )
        assert.match(calendar.err, /#2 ENDLESS is not in it: it runs until it is stopped/)
        const schema = yield* run("schema")
        assert.strictEqual((JSON.parse(schema.out) as { readonly $ref: string }).$ref, "#/$defs/Plan")
        assert.include(readFileSync(week, "utf8"), "plan: week")
      }),
    bounded
  )
})
