import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { check as checkScenario, read } from "../../scripts/vectorsBehaviour.ts"
import { check as checkCalendar } from "../../scripts/vectorsCalendar.ts"
import { check as checkRecurrence } from "../../scripts/vectorsRecurrence.ts"
import { check as checkWire } from "../../scripts/vectorsWire.ts"

const vectors = join(import.meta.dirname, "../vectors")

it("recurrences are exactly those of dateutil", () => {
  const text = gunzipSync(readFileSync(join(vectors, "recurrence.jsonl.gz"))).toString("utf8")
  const { queries, rules, windows, wrong } = checkRecurrence(text)
  assert.deepStrictEqual(wrong.slice(0, 3), [])
  assert.deepStrictEqual({ rules, queries, windows }, { rules: 5_000, queries: 29_010, windows: 1_507 })
})

describe("occurrences in local time are exactly those of dateutil and of Temporal", () => {
  const file = join(vectors, "calendar.jsonl.gz")

  it("with the zone data by Temporal", () => {
    const { queries, rules, windows, wrong } = checkCalendar(gunzipSync(readFileSync(file)).toString("utf8"))
    assert.deepStrictEqual(wrong.slice(0, 3), [])
    assert.deepStrictEqual({ rules, queries, windows }, { rules: 3_000, queries: 31_117, windows: 7_584 })
  })

  it("with the zone data by Intl", () => {
    const script = join(import.meta.dirname, "../../scripts/vectorsCalendar.ts")
    const { status, stdout } = spawnSync(process.execPath, ["--no-harmony-temporal", script, file], {
      encoding: "utf8"
    })
    assert.include(stdout, "rules 3000, queries 31117, windows 7584, wrong 0")
    assert.strictEqual(status, 0)
  })
})

it("messages of another implementation of protobuf pass both ways, and through the codec", () => {
  const { domain, messages, refused, wrong } = checkWire(
    JSON.parse(readFileSync(join(vectors, "wire.json"), "utf8"))
  )
  assert.deepStrictEqual(wrong, [])
  assert.deepStrictEqual({ messages, domain }, { messages: 20, domain: 10 })
  assert.deepStrictEqual(
    refused.map(({ index, path }) => `${index} ${path}`),
    [
      "0 dispatch",
      "2 createTime",
      "3 target.categories[0]",
      "11 dispatch",
      "11 dispatch",
      "11 dispatch",
      "15 dispatch",
      "16 target.categories[0]"
    ]
  )
})

it.effect(
  "R1-R9, sections 3 and 6: the actor publishes exactly what the worked histories say, merged streams included",
  () =>
    Effect.gen(function* () {
      const scenarios = read(join(vectors, "scenarios.jsonl.gz"))
      assert.strictEqual(scenarios.length, 300)
      for (const scenario of scenarios) {
        assert.deepStrictEqual(yield* checkScenario(scenario), [], scenario.name)
      }
    })
)
