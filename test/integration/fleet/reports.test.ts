import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { isAvailable, sharedPostgres } from "../postgres.ts"
import { until } from "./processes.ts"
import { makeTestFleet, troubles } from "./testFleet.ts"

const microgridId = MicrogridId.make(1n)

describe.skipIf(!isAvailable)("the reports of a fleet", () => {
  const server = sharedPostgres()

  it.live("J6, J26: the owners are one reporter, and a run that went on over a death is one run", () =>
    Effect.gen(function* () {
      const { client, events, owners, reports, start } = yield* makeTestFleet(server, 2)
      const first = yield* start({ reporter: "plant" })
      yield* until(() => owners().size === 2)
      const { id } = yield* client.create(microgridId, {
        type: "CHARGE",
        startTime: "NOW",
        duration: "1 hour",
        target: Target.componentIds(1n)
      })
      /** The only report, once it is of this fate. */
      const reported = Effect.fnUntraced(function* (tag: ReportedRun["run"]["fate"]["_tag"]) {
        for (let tries = 0; tries < 200; tries++) {
          const runs = yield* Stream.runCollect(reports.list(microgridId))
          assert.isAtMost(runs.length, 1)
          const [told] = runs
          if (told?.run.fate._tag === tag) return told
          yield* Effect.sleep("100 millis")
        }
        return yield* Effect.die(`no report of a run that is ${tag}`)
      })
      const before = yield* reported("Running")
      first.signal("SIGKILL")
      yield* first.end
      yield* start({ reporter: "plant" })
      yield* until(() => events.some((told) => told.event === "edge" && told.cause === "Recovered"))
      yield* client.delete(microgridId, id)
      const { reporter, run } = yield* reported("Ran")
      assert.deepStrictEqual(reporter, before.reporter)
      assert.strictEqual(reporter.name, "plant")
      const { fate } = run
      assert.isTrue(fate._tag === "Ran" && fate.stoppedBy === "Deleted")
      if (fate._tag !== "Ran" || fate.from === undefined) return
      // The time without an owner does not count as on.
      const all = fate.to.epochMilliseconds - fate.from.epochMilliseconds
      assert.isAbove(all - fate.onMillis, 500)
      assert.deepStrictEqual(
        troubles(events).filter(({ text }) => text.includes("journal") || text.includes("report")),
        []
      )
    }).pipe(Effect.scoped)
  )
})
