/** A store on SQLite that holds much, made quickly. */
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { create, toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchStoreSqlite } from "@effect-dispatch/server"
import { DateTime, Duration, Effect, Layer, Result } from "effect"

/** A folder in memory where there is one: what a disc takes is not what is measured. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "dispatch-attack-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const beginning = DateTime.makeUnsafe("2026-03-01T12:00:00Z")

const dispatchOf = (index: number, type: string): Dispatch => {
  const startTime = DateTime.addDuration(beginning, Duration.seconds(index))
  return new Dispatch({
    id: BigInt(index) as DispatchId,
    type,
    startTime,
    duration: Duration.minutes(10),
    endTime: DateTime.addDuration(startTime, Duration.minutes(10)),
    target: Target.componentIds(BigInt(1 + (index % 50))),
    active: true,
    dryRun: false,
    payload: { power_w: index },
    createTime: startTime,
    updateTime: BigInt(startTime.epochMilliseconds) * 1_000_000n
  })
}

/** Fills microgrid 1 with so many dispatches, every fourth deleted where that is asked for. */
const fill = (
  filename: string,
  count: number,
  typeOf: (index: number) => string,
  deletedAt: bigint | null
) => {
  const database = new DatabaseSync(filename)
  const dispatches = database.prepare(
    `INSERT INTO dispatches (id, microgrid_id, type, start_time, end_time, active, dry_run, recurring, create_time,
     update_time, data, deleted_time) VALUES (?, 1, ?, ?, ?, 1, 0, 0, ?, ?, ?, ?)`
  )
  const targets = database.prepare("INSERT INTO targets (dispatch_id, part, microgrid_id) VALUES (?, ?, 1)")
  database.exec("BEGIN")
  for (let index = 1; index <= count; index++) {
    const dispatch = dispatchOf(index, typeOf(index))
    const data = toBinary(
      DispatchSchema,
      create(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch)))
    )
    const start = BigInt(dispatch.startTime.epochMilliseconds)
    const deleted = index % 4 === 0 ? deletedAt : null
    dispatches.run(
      BigInt(index),
      dispatch.type,
      start,
      start + 600_000n,
      start,
      dispatch.updateTime,
      data,
      deleted
    )
    if (deleted !== null) continue
    for (const part of Target.parts(dispatch.target)) targets.run(BigInt(index), part)
  }
  database.exec(`INSERT INTO counters VALUES ('dispatch-id', ${count})`)
  database.exec("COMMIT")
  database.close()
}

/** A store that was made and filled before it is opened. */
export const largeStore = (
  count: number,
  typeOf: (index: number) => string = (index) => `CHARGE_${index % 50}`,
  deletedAt: bigint | null = null
) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.scoped(Layer.build(Layer.fresh(DispatchStoreSqlite.layer({ filename }))))
      yield* Effect.sync(() => fill(filename, count, typeOf, deletedAt))
      return Layer.fresh(DispatchStoreSqlite.layer({ filename }))
    })
  )
