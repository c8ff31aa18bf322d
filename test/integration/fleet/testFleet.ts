/** A fleet for tests: its database, its service, and the means to start processes of it. */
import { PgClient } from "@effect/sql-pg"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as FleetPostgres from "@effect-dispatch/fleet/FleetPostgres"
import { FleetRegistry } from "@effect-dispatch/fleet/FleetRegistry"
import { defaultBuckets } from "@effect-dispatch/fleet/FleetSettings"
import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import { Context, Effect, Layer, Redacted } from "effect"
import type { Postgres } from "../postgres.ts"
import { makeService } from "../service.ts"
import { freePort } from "../freePort.ts"
import { makeProcesses, type RunnerArguments, type Told, until } from "./processes.ts"

/** Warnings of a fleet that is well: its last process ends, and a machine that does other things has it stand still. */
const expected = ["No healthy runners", "This process was paused"]

/** The warnings and errors among events. */
export const troubles = (events: ReadonlyArray<Told>) =>
  events.flatMap((told) =>
    told.event === "log" &&
    ["Error", "Warn"].includes(told.level) &&
    !expected.some((beginning) => told.text.startsWith(beginning))
      ? [told]
      : []
  )

export const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => MicrogridId.make(BigInt(index + 1)))

/**
 * A fleet of so many microgrids, each of a few in a bucket of its own unless told otherwise: processes share all buckets
 * evenly, but of a few among many one process may get none.
 */
export const makeTestFleet = Effect.fnUntraced(function* (
  server: Postgres,
  count: number,
  given: Pick<RunnerArguments, "buckets" | "lease"> = {}
) {
  const options = { buckets: Math.min(count, defaultBuckets), ...given }
  const url = yield* server.database
  const service = yield* makeService
  const context = yield* Layer.build(
    Layer.merge(
      FleetPostgres.layer(options).pipe(
        Layer.provideMerge(PgClient.layer({ url: Redacted.make(url), maxConnections: 3 }))
      ),
      DispatchClientGrpc.layer({ url: service.url })
    ).pipe(Layer.fresh)
  )
  const registry = Context.get(context, FleetRegistry)
  yield* registry.add(ids(count))
  const processes = yield* makeProcesses
  const settled = (quietMillis = 1_000, atMost = 60_000) =>
    until(() => Date.now() - lastMove(processes.events) > quietMillis, atMost)
  const start = (more: Partial<RunnerArguments> = {}) =>
    Effect.map(freePort, (port) =>
      processes.start({ url, service: service.url, address: `127.0.0.1:${port}`, ...options, ...more })
    )
  return {
    ...processes,
    url,
    registry,
    /** Waits until no site has begun or ended for so long. */
    settled,
    start,
    client: Context.get(context, DispatchClient),
    reports: Context.get(context, ReportClient),
    store: Context.get(context, FleetStore),
    sql: Context.get(context, PgClient.PgClient)
  }
})

/** The instant (epoch milliseconds) at which a site began or ended last. */
const lastMove = (events: ReadonlyArray<Told>): number =>
  events.findLast(({ event }) => event === "up" || event === "down")?.at ?? Date.now()

/** The number of microgrids that live in a process. */
export const ownedBy = (owners: ReadonlyMap<string, Told>, address: string): number =>
  [...owners.values()].filter(({ from }) => from === address).length

export const epochOf = (told: Told): bigint => ("epoch" in told ? BigInt(told.epoch) : 0n)

export const isSame = (left: Told, right: Told): boolean =>
  "id" in left && "id" in right && left.id === right.id && left.epoch === right.epoch
