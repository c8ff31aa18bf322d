/** Creates in process: by the service, and by a loop written by hand that does the same transaction on the same tables. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { DateTime, Duration, Effect, Layer, Result } from "effect"

/** The setting for writing the file. */
export type Synchronous = "FULL" | "NORMAL"

const microgridId = MicrogridId.make(1n)
const inFlight = 16
const payload = { power_w: 5_000, mode: "charge" }

const withFolder = async <A>(use: (filename: string) => A | Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-bench-"))
  try {
    return await use(join(folder, "store.sqlite"))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Creates a second by the service, so many in flight. */
export const byService = (synchronous: Synchronous, count: number): Promise<number> =>
  withFolder((filename) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const service = yield* DispatchService.DispatchService
        const create = service.create(microgridId, {
          type: "CHARGE",
          startTime: "NOW",
          duration: Duration.minutes(10),
          target: Target.componentIds(1n, 2n),
          payload
        })
        yield* Effect.replicateEffect(create, Math.ceil(count / 10), { concurrency: inFlight, discard: true })
        const begin = performance.now()
        yield* Effect.replicateEffect(create, count, { concurrency: inFlight, discard: true })
        return (count / (performance.now() - begin)) * 1_000
      }).pipe(
        Effect.provide(
          Layer.fresh(DispatchService.layer).pipe(
            Layer.provide(Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous })))
          )
        )
      )
    )
  )

const target = Target.componentIds(1n, 2n)

const dispatchOf = (id: DispatchId, start: number, now: number): Dispatch =>
  new Dispatch(
    {
      id,
      type: "CHARGE",
      startTime: DateTime.makeUnsafe(start),
      duration: Duration.minutes(10),
      target,
      active: true,
      dryRun: false,
      payload,
      createTime: DateTime.makeUnsafe(now),
      updateTime: BigInt(now) * 1_000_000n,
      endTime: DateTime.makeUnsafe(start + 600_000)
    },
    { disableChecks: true }
  )

/** Creates a second by hand: the same rows, each statement prepared once. */
export const byHand = (synchronous: Synchronous, count: number): Promise<number> =>
  withFolder(async (filename) => {
    // The service makes the tables.
    const tables = Layer.build(Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous })))
    await Effect.runPromise(Effect.scoped(tables))
    const database = new DatabaseSync(filename)
    database.exec("PRAGMA journal_mode = WAL")
    database.exec(`PRAGMA synchronous = ${synchronous}`)
    const increment = database.prepare(
      "INSERT INTO counters (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value"
    )
    increment.setReadBigInts(true)
    const insertDispatch = database.prepare(
      "INSERT INTO dispatches (id, microgrid_id, type, start_time, end_time, active, dry_run, recurs, create_time, update_time, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    const insertTarget = database.prepare(
      "INSERT INTO targets (dispatch_id, part, microgrid_id) VALUES (?, ?, ?)"
    )
    const insertChange = database.prepare(
      "INSERT INTO changes (microgrid_id, number, kind, time, data) VALUES (?, ?, ?, ?, ?)"
    )
    const insertAudit = database.prepare(
      "INSERT INTO audit (microgrid_id, number, kind, time, dispatch_id, name) VALUES (?, ?, ?, ?, ?, ?)"
    )
    const create = () => {
      const now = Date.now()
      const start = Math.floor(now / 1_000) * 1_000
      database.exec("BEGIN IMMEDIATE")
      const { value: id } = increment.get("dispatch-id") as { value: bigint }
      const dispatch = dispatchOf(id as DispatchId, start, now)
      const data = toBinary(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch)))
      insertDispatch.run(id, 1n, "CHARGE", start, start + 600_000, 1, 0, 0, now, dispatch.updateTime, data)
      for (const part of Target.parts(target)) insertTarget.run(id, part, 1n)
      const { value: number } = increment.get("change-number-1") as { value: bigint }
      insertChange.run(1n, number, "Created", now, data)
      insertAudit.run(1n, number, "Created", now, id, "local")
      database.exec("COMMIT")
    }
    for (let warmUp = count / 10; warmUp > 0; warmUp--) create()
    const begin = performance.now()
    for (let left = count; left > 0; left--) create()
    const rate = (count / (performance.now() - begin)) * 1_000
    database.close()
    return rate
  })
