import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { OfferedFeatures } from "@effect-dispatch/server"
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
        const made = yield* call("apply", "1", "--file", week)
        assert.strictEqual(made.code, 0, made.err)
        assert.match(made.err, /6 created\.\n$/)
        const twice = yield* call("create", "1", "--file", week)
        assert.strictEqual(twice.code, 1)
        assert.match(twice.err, /line \d+: dispatch \d has the name "week\//)
        assert.strictEqual((yield* call("apply", "1", "--file", week)).err, "6 as planned.\n")
        const text = yield* exported
        const same = yield* call("apply", "--file", file)
        assert.deepStrictEqual([same.code, same.out, same.err], [0, "", "6 as planned.\n"])
        writeFileSync(file, text.replace("power_w: 4000", "power_w: 5000").replace("2h 30m", "2h"))
        const shown = yield* call("apply", "--file", file, "--diff")
        assert.match(
          shown.out,
          /#1 week\/night charge CHARGE[^]* payload +\{"power_w": 4000\} +→ \{"power_w": 5000\}/
        )
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
        writeFileSync(file, readFileSync(week, "utf8").replace("- name: fleet\n    type", "- type"))
        const nameless = yield* call("apply", "1", "--file", file)
        assert.strictEqual(nameless.code, 1)
        assert.match(nameless.err, /^line 22: without a name\.[^]*dispatch create MICROGRID --file creates/)
        assert.match((yield* call("list", "1")).err, /No dispatches match/)
        assert.strictEqual((yield* call("create", "1", "CURTAIL", "1", "2040-01-01T00:00Z", "2h")).code, 0)
        const text = yield* exported
        const elsewhere = yield* call("apply", "2", "--file", file)
        assert.strictEqual(elsewhere.code, 2)
        assert.match(
          elsewhere.err,
          /^New in microgrid 2, as the ids of the plan count at 127\.0\.0\.1:\d+, microgrid 1: #1\.\nCreate 1 dispatch without a name\?/
        )
        assert.match((yield* call("list", "2")).err, /No dispatches match/)
        assert.match((yield* call("apply", "2", "--file", file, "--yes")).err, /#1 created as #\d+/)
        assert.strictEqual((yield* call("create", "1", "CURTAIL", "1", "2040-01-01T00:00Z", "2h")).code, 0)
        const both = yield* exported
        yield* call("delete", "1", "1", "--yes")
        writeFileSync(file, both.replaceAll("type: CURTAIL", "type: OTHER"))
        const stopped = yield* call("apply", "--file", file)
        assert.strictEqual(stopped.code, 1)
        assert.match(
          stopped.out,
          /#1 is not there any more[^]*#3 would be replaced: type CURTAIL → OTHER\.[^]*another\s+id/
        )
        assert.match(stopped.err, /Nothing was sent; --keep-going does all else\.\n$/)
        writeFileSync(file, `${text}  - id: 9\n    start: tomorrow\n`)
        const unread = yield* call("apply", "--file", file, "--json")
        assert.deepStrictEqual([unread.code, unread.err.split("\n").at(-2)], [1, "Nothing was sent."])
        assert.match(unread.out, /^\{"line":\d+,"result":"failed","message":"start \\"tomorrow\\" must be/)
      }),
    bounded
  )

  it.live(
    "prunes what it has made and does not hold any more, and nothing else, once it is told to",
    () =>
      Effect.gen(function* () {
        const { call, file } = yield* site
        yield* call("apply", "1", "--file", week)
        yield* call("apply", "2", "--file", week)
        yield* call("create", "1", "A", "1", "2040-01-01T00:00Z", "1h", "--name", "weekend/a")
        yield* call("create", "1", "A", "1", "2040-01-01T00:00Z", "1h", "--name", "week")
        yield* call("create", "1", "A", "1", "2040-01-01T00:00Z", "1h")
        const names = Effect.fnUntraced(function* (microgridId: string) {
          const { out } = yield* call("list", microgridId, "--json")
          const lines = out
            .trim()
            .split("\n")
            .filter((line) => line !== "")
          return lines.map((line) => (JSON.parse(line) as { readonly name?: string }).name ?? "-").sort()
        })
        const others = ["-", "week", "weekend/a"]
        const all = yield* names("2")
        writeFileSync(file, readFileSync(week, "utf8").replace("name: visitors", "name: guests"))
        const shown = yield* call("apply", "1", "--file", file, "--prune", "--diff")
        assert.match(
          shown.out,
          /week\/guests is new[^]*#4 week\/visitors is not in the plan, and deleted for ever/
        )
        assert.match(shown.err, /^5 as planned, 1 to be created, 1 to be deleted\. Nothing was sent\.\n$/)
        const asked = yield* call("apply", "1", "--file", file, "--prune")
        assert.deepStrictEqual([asked.code, /give --yes/.test(asked.err)], [2, true])
        assert.deepStrictEqual(yield* names("1"), [...all, ...others].sort())
        const pruned = yield* call("apply", "1", "--file", file, "--prune", "--yes")
        assert.strictEqual(pruned.code, 0, pruned.err)
        assert.match(pruned.err, /week\/guests created as #\d+\n#4 week\/visitors deleted\n$/)
        const after = all.map((name) => (name === "week/visitors" ? "week/guests" : name))
        assert.deepStrictEqual(yield* names("1"), [...after, ...others].sort())
        writeFileSync(file, "plan: week\ndispatches: []\n")
        const empty = yield* call("apply", "1", "--file", file, "--prune")
        assert.strictEqual(empty.code, 1)
        assert.match(empty.err, /no dispatches: --prune would delete all 6 of week\/… Give --yes/)
        assert.deepStrictEqual(yield* names("1"), [...after, ...others].sort())
        assert.strictEqual((yield* call("apply", "1", "--file", file, "--prune", "--yes")).code, 0)
        assert.deepStrictEqual(yield* names("1"), [...others].sort())
        assert.deepStrictEqual(yield* names("2"), all)
        writeFileSync(file, "dispatches: []\n")
        const nameless = yield* call("apply", "1", "--file", file, "--prune", "--yes")
        assert.strictEqual(nameless.code, 2)
        assert.match(nameless.err, /the plan has no name/)
      }),
    bounded
  )

  it.live(
    "replaces what has another type only if it is told to, and never renames",
    () =>
      Effect.gen(function* () {
        const { call, file } = yield* site
        yield* call("apply", "1", "--file", week)
        yield* call("update", "1", "5", "--payload", '"by_hand": true')
        const text = readFileSync(week, "utf8")
        writeFileSync(
          file,
          text.replace("type: CURTAIL", "type: LIMIT").replace("    payload: { limit_w: 6000 }\n", "")
        )
        const refused = yield* call("apply", "1", "--file", file)
        assert.strictEqual(refused.code, 1)
        assert.match(
          refused.out,
          /roof at noon would be replaced: type CURTAIL → LIMIT\.[^]*--replace\s+deletes it/
        )
        const replaced = yield* call("apply", "1", "--file", file, "--replace")
        assert.match(replaced.err, /^week\/roof at noon replaced as #7\n$/)
        const { out } = yield* call("get", "1", "7", "--json")
        assert.deepInclude(JSON.parse(out), {
          name: "week/roof at noon",
          type: "LIMIT",
          payload: { by_hand: true }
        })
        yield* call("update", "1", "1", "--name", "by hand")
        const again = yield* call("apply", "1", "--file", file)
        assert.match(again.err, /week\/night charge created as #8\n$/)
        assert.include((yield* call("get", "1", "1", "--json")).out, '"name":"by hand"')
      }),
    bounded
  )

  it.live(
    "of new dispatches that is killed at any point and applied again has its result, and nothing twice",
    () =>
      Effect.gen(function* () {
        const { call, url } = yield* site
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient.DispatchClient
          for (let killedAfter = 1; killedAfter <= 6; killedAfter++) {
            const site = MicrogridId.make(BigInt(10 + killedAfter))
            const { events } = yield* client.stream(site)
            const apply = yield* running("apply", String(site), "--file", week, "--url", url)
            yield* Stream.runDrain(Stream.take(events, killedAfter))
            yield* apply.signal("SIGKILL")
            yield* apply.end
            const after = yield* call("apply", String(site), "--file", week)
            assert.strictEqual(after.code, 0, after.err)
            const found = yield* Stream.runCollect(client.list(site))
            const names = found.map((record) => ("name" in record ? record.name : ""))
            assert.deepStrictEqual([found.length, new Set(names).size], [6, 6])
            assert.strictEqual((yield* call("apply", String(site), "--file", week)).err, "6 as planned.\n")
          }
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })), Effect.scoped)
      }),
    bounded
  )

  it.live(
    "is refused by a service that keeps no names, which create --file does without",
    () =>
      Effect.gen(function* () {
        const { url } = yield* makeService.pipe(
          Effect.provideService(OfferedFeatures.OfferedFeatures, new Set(["calendar"] as const))
        )
        const call = (...args: ReadonlyArray<string>) => run(...args, "--url", url)
        for (const more of [[], ["--prune", "--yes"]]) {
          const refused = yield* call("apply", "1", "--file", week, ...more)
          assert.strictEqual(refused.code, 1)
          assert.match(
            refused.err,
            /keeps no names of dispatches[^]*\ndispatch create MICROGRID --file creates/
          )
        }
        const created = yield* call("create", "1", "--file", week)
        assert.strictEqual(created.code, 0, created.err)
        assert.match(created.err, /^The service keeps no names: they are left out\.\n[^]*6 created\./)
        const { out } = yield* call("export", "1")
        assert.match(out, /- id: 1\n/)
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
          "name: noon\n    type: CURTAIL\n    start: 2040-03-01T11:00:00Z\n    duration: 2h"
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
