import { PgClient } from "@effect/sql-pg"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as FleetRegistry from "@effect-dispatch/fleet/FleetRegistry"
import * as FleetStore from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { isAvailable, sharedPostgres } from "../postgres.ts"
import { makeService } from "../service.ts"
import { freePort, makeProcesses, type RunnerArguments, type Told, until } from "./processes.ts"

/** The warnings and errors among events. The engine says good-bye with one: there is nobody left. */
const troubles = (events: ReadonlyArray<Told>) =>
  events.flatMap((told) =>
    told.event === "log" &&
    ["Error", "Warn"].includes(told.level) &&
    !told.text.startsWith("No healthy runners")
      ? [told]
      : []
  )

const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => MicrogridId.make(BigInt(index + 1)))

describe.skipIf(!isAvailable)("the processes of a fleet", () => {
  const server = sharedPostgres()

  /** A fleet of so many microgrids, and the means to start processes of it. */
  const makeFleet = Effect.fnUntraced(function* (count: number) {
    const url = yield* server.database
    const context = yield* Layer.build(
      FleetRegistry.layerSql.pipe(
        Layer.provideMerge(FleetStore.layerSql()),
        Layer.provideMerge(PgClient.layer({ url: Redacted.make(url), maxConnections: 3 })),
        Layer.fresh
      )
    )
    const registry = yield* Effect.provideContext(FleetRegistry.FleetRegistry, context)
    yield* registry.add(ids(count))
    const service = yield* makeService
    const processes = yield* makeProcesses
    const start = (more: Partial<RunnerArguments> = {}) =>
      Effect.map(freePort, (port) =>
        processes.start({ url, service: service.url, address: `127.0.0.1:${port}`, ...more })
      )
    return { ...processes, registry, start }
  })

  it.live("F2: one process runs all microgrids, and follows the list", () =>
    Effect.gen(function* () {
      const { events, owners, registry, start } = yield* makeFleet(20)
      const one = yield* start()
      yield* until(() => owners().size === 20)
      yield* registry.add([MicrogridId.make(21n)])
      yield* registry.park([MicrogridId.make(1n)], "maintenance")
      yield* registry.remove([MicrogridId.make(2n)])
      yield* until(() => owners().has("21") && !owners().has("1") && !owners().has("2"), 5_000)
      assert.strictEqual(owners().size, 19)
      one.signal("SIGTERM")
      assert.strictEqual(yield* one.end, 130)
      yield* until(() => owners().size === 0, 1_000)
      // A write of the one that was removed may come too late.
      assert.deepStrictEqual(
        troubles(events).filter(({ text }) => !text.includes("microgrid 2 ")),
        []
      )
    }).pipe(Effect.scoped)
  )
})
