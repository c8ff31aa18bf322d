/** A store on SQLite that holds much, made quickly. */
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { create, toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import { targetsMax } from "@effect-dispatch/api/WireLimits"
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

const dispatchOf = (index: number, { isFat, target, typeOf }: Contents): Dispatch => {
  const startTime = DateTime.addDuration(beginning, Duration.seconds(index))
  return new Dispatch({
    id: BigInt(index) as DispatchId,
    type: typeOf(index),
    startTime,
    duration: Duration.minutes(10),
    endTime: DateTime.addDuration(startTime, Duration.minutes(10)),
    target: target ?? (isFat ? manyTargets : Target.componentIds(BigInt(1 + (index % 50)))),
    active: true,
    dryRun: false,
    payload: isFat ? fatPayload : { power_w: index },
    createTime: startTime,
    updateTime: BigInt(startTime.epochMilliseconds) * 1_000_000n
  })
}

/** The contents that a store is filled with. */
interface Contents {
  readonly typeOf: (index: number) => string
  /** The time at which every fourth was deleted; none unless given. */
  readonly deletedAt?: bigint | undefined
  /** As large as a caller may make them. */
  readonly isFat?: boolean | undefined
  /** The target of all; a few of each of fifty, or very many, unless given. */
  readonly target?: Target.Target | undefined
}

/** As many targets as a dispatch may have. */
export const manyTargets = Target.componentIds(
  ...Array.from({ length: targetsMax }, (_, part) => BigInt(part))
)

/** Nearly as large as a payload may be, of many small parts. */
const fatPayload = Object.fromEntries(
  Array.from({ length: 3_500 }, (_, index) => [`value${index}`, index % 10])
)

/** Fills microgrid 1 with so many dispatches. */
const fill = (filename: string, count: number, contents: Contents) => {
  const { deletedAt = null } = contents
  const database = new DatabaseSync(filename)
  const dispatches = database.prepare(
    `INSERT INTO dispatches (id, microgrid_id, type, start_time, end_time, active, dry_run, recurs, create_time,
     update_time, data, deleted_time) VALUES (?, 1, ?, ?, ?, 1, 0, 0, ?, ?, ?, ?)`
  )
  const targets = database.prepare("INSERT INTO targets (dispatch_id, part, microgrid_id) VALUES (?, ?, 1)")
  database.exec("BEGIN")
  for (let index = 1; index <= count; index++) {
    const dispatch = dispatchOf(index, contents)
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
  database.exec(`UPDATE counters SET value = ${count} WHERE name = 'dispatch-id'`)
  database.exec("COMMIT")
  database.close()
}

/** A store that was made and filled before it is opened. */
export const largeStore = (
  count: number,
  { typeOf = (index) => `CHARGE_${index % 50}`, ...contents }: Partial<Contents> = {}
) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.scoped(Layer.build(Layer.fresh(DispatchStoreSqlite.layer({ filename }))))
      yield* Effect.sync(() => fill(filename, count, { typeOf, ...contents }))
      return Layer.fresh(DispatchStoreSqlite.layer({ filename }))
    })
  )
