import { readFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService } from "@effect-dispatch/server"
import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { isAvailable, isOwn, postgres } from "../integration/postgres.ts"

const one = MicrogridId.make(1n)

/** The statements of OPERATIONS.md that step over what was given since the backup. */
const steps = (
  /```sql\n([^`]*setval[^`]*)```/.exec(
    readFileSync(join(import.meta.dirname, "../../packages/server/OPERATIONS.md"), "utf8")
  )?.[1] ?? ""
)
  .split(";")
  .map((statement) => statement.trim())
  .filter((statement) => statement !== "")

const instanceOn = (url: string) =>
  Effect.map(
    Layer.build(
      Layer.fresh(DispatchService.layer).pipe(
        Layer.provide(Layer.fresh(DispatchStorePostgres.layer({ url: Redacted.make(url) })))
      )
    ),
    (context) => Context.get(context, DispatchService)
  )

const create = (service: DispatchService["Service"]) =>
  service.create(one, {
    type: "CHARGE",
    startTime: "NOW",
    duration: Duration.minutes(10),
    target: Target.componentIds(1n)
  })

describe.skipIf(!isAvailable || !isOwn)("a backup that is restored", () => {
  it.live("gives no id and no number of a change again, and whoever follows lists anew", () =>
    Effect.gen(function* () {
      assert.lengthOf(steps, 2)
      const server = yield* postgres
      const url = yield* server.database
      const sql = Context.get(
        yield* Layer.build(Layer.fresh(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 }))),
        SqlClient.SqlClient
      )
      const service = yield* instanceOn(url)
      for (let count = 0; count < 3; count++) yield* create(service)
      const { changes } = yield* service.subscribe(one)
      const heard: Array<bigint> = []
      const following = yield* Effect.forkScoped(
        Effect.flip(Stream.runForEach(changes, ({ number }) => Effect.sync(() => heard.push(number)))),
        { startImmediately: true }
      )
      // What a backup from before the third holds.
      yield* sql`DELETE FROM dispatches WHERE id = 3`
      yield* sql`DELETE FROM changes WHERE number = 3`
      yield* sql`UPDATE counters SET value = 2 WHERE name = 'change-number-1'`
      yield* sql`SELECT setval('dispatch_ids', 2)`
      for (const step of steps) yield* sql.unsafe(step)
      const made = yield* Effect.scoped(Effect.flatMap(instanceOn(url), create))
      assert.isAbove(Number(made.id), 1_000_000)
      const [counter] = yield* sql<{ readonly value: bigint }>`
        SELECT value FROM counters WHERE name = 'change-number-1'`
      assert.strictEqual(BigInt(counter?.value ?? 0n), 1_000_003n)
      const { reason } = yield* Fiber.join(following)
      assert.strictEqual(reason._tag, "Unavailable")
      assert.deepStrictEqual(heard, [])
      const { dispatches } = yield* service.list(one, {})
      assert.deepStrictEqual(
        dispatches.map(({ id }) => id),
        [made.id, 2n, 1n]
      )
    }).pipe(Effect.scoped)
  )
})
