import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { PgClient } from "@effect/sql-pg"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, Redacted, Schedule, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { isAvailable, postgres } from "./postgres.ts"
import { folder, running, serving } from "./program.ts"

const microgridId = MicrogridId.make(1n)
const writers = 8

/** Waits until something is so, for at most thirty seconds. */
const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail(`still not so: ${condition}`))).pipe(
    Effect.retry({ times: 1_500, schedule: Schedule.spaced("20 millis") }),
    Effect.orDie
  )

/** Follows the service as an actor does: subscribes, then lists, and does so again whenever the stream ends. */
const follow = Effect.gen(function* () {
  const client = yield* DispatchClient
  /** The dispatches that each stream told of, in its order. */
  const streams: Array<Array<DispatchId>> = []
  const known = new Set<DispatchId>()
  const learn = (id: DispatchId | undefined) => Effect.sync(() => id !== undefined && known.add(id))
  const once = Effect.scoped(
    Effect.gen(function* () {
      const told: Array<DispatchId> = []
      const { effective, events } = yield* client.stream(microgridId)
      yield* effective
      streams.push(told)
      const hear = Stream.runForEach(events, ({ record }) => {
        if (record.id !== undefined) told.push(record.id)
        return learn(record.id)
      })
      const list = Stream.runForEach(client.list(microgridId, { pageSize: 1_000 }), ({ id }) => learn(id))
      yield* Effect.all([hear, list], { concurrency: 2 })
    })
  )
  yield* Effect.ignore(once).pipe(
    Effect.andThen(Effect.sleep("50 millis")),
    Effect.forever,
    Effect.forkScoped
  )
  yield* until(() => streams.length > 0)
  return { known, streams }
})

const order = "SELECT dispatch_id FROM audit WHERE microgrid_id = 1 ORDER BY number"

/** The ids in the order of the changes, as the database has it. */
const changedInSqlite = (file: string) =>
  Effect.sync(() => {
    const database = new DatabaseSync(file, { readOnly: true })
    const statement = database.prepare(order)
    statement.setReadBigInts(true)
    const ids = statement.all().map(({ dispatch_id }) => dispatch_id as bigint)
    database.close()
    return ids
  })

const changedInPostgres = (url: string) =>
  Effect.gen(function* () {
    const client = PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })
    const sql = Context.get(yield* Layer.build(client), SqlClient.SqlClient)
    const rows = yield* sql.unsafe<{ readonly dispatch_id: bigint }>(order)
    return rows.map(({ dispatch_id }) => BigInt(dispatch_id))
  }).pipe(Effect.scoped, Effect.orDie)

/** Kills the service under load and starts it again; then looks for all that was acknowledged and told. */
const killedUnderLoad = (store: string, changed: Effect.Effect<ReadonlyArray<bigint>>) =>
  Effect.gen(function* () {
    const first = yield* serving("--store", store)
    const port = new URL(first.url.replace("grpc:", "http:")).port
    yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      const follower = yield* follow
      const acknowledged: Array<Dispatch> = []
      let isLoaded = true
      const write = (worker: number) =>
        Effect.gen(function* () {
          for (let count = 0; isLoaded; count++) {
            const attempt = yield* Effect.result(
              client.create(microgridId, {
                type: `W${worker}-${count}`,
                startTime: "NOW",
                duration: Duration.minutes(1),
                target: Target.componentIds(1n)
              })
            )
            if (attempt._tag === "Success") acknowledged.push(attempt.success)
            else yield* Effect.sleep("50 millis")
          }
        })
      const load = yield* Effect.forkScoped(
        Effect.all(
          Array.from({ length: writers }, (_, worker) => write(worker)),
          { concurrency: "unbounded" }
        )
      )
      yield* until(() => acknowledged.length >= 150)
      yield* first.signal("SIGKILL")
      yield* first.end
      const before = acknowledged.length
      const second = yield* running("serve", "--port", port, "--store", store)
      yield* second.says(/Serving/)
      yield* until(() => acknowledged.length >= before + 150)
      isLoaded = false
      yield* Fiber.join(load)

      const held = new Map<DispatchId, Dispatch>()
      yield* Stream.runForEach(client.list(microgridId, { pageSize: 1_000 }), (record) =>
        Effect.sync(() => !isReadable(record) || held.set(record.id, record))
      )
      for (const dispatch of acknowledged) assert.isTrue(held.get(dispatch.id)?.sameContent(dispatch))
      // Writes without an acknowledgement may be committed, by each writer once at most.
      assert.isAtMost(held.size, acknowledged.length + writers)
      yield* until(() => follower.known.size >= held.size)
      assert.deepStrictEqual(
        [...follower.known].sort((left, right) => Number(left - right)),
        [...held.keys()].sort((left, right) => Number(left - right))
      )
      assert.isAtLeast(follower.streams.length, 2)
      yield* second.signal("SIGTERM")
      assert.strictEqual((yield* second.end).code, 0)
      const ids = yield* changed
      for (const told of follower.streams) {
        const from = ids.indexOf(told[0] ?? -1n)
        assert.deepStrictEqual(told as ReadonlyArray<bigint>, ids.slice(from, from + told.length))
      }
    }).pipe(Effect.provide(DispatchClientGrpc.layer({ url: first.url })))
  })

describe("a service that is killed under load", () => {
  it.live(
    "over SQLite has every acknowledged write, and its streams skip nothing",
    () =>
      Effect.gen(function* () {
        const file = join(yield* folder, "killed.sqlite")
        yield* killedUnderLoad(`sqlite:${file}`, changedInSqlite(file))
      }),
    90_000
  )

  it.live.skipIf(!isAvailable)(
    "over PostgreSQL has every acknowledged write, and its streams skip nothing",
    () =>
      Effect.gen(function* () {
        const server = yield* postgres
        const url = yield* server.database
        yield* killedUnderLoad(url, changedInPostgres(url))
      }),
    90_000
  )
})
