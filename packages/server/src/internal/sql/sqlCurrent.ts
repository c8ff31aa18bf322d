/**
 * The present version of a dispatch, as a write finds it. Damaged bytes must not keep a dispatch from being deleted: a
 * version made of the columns stands in for it.
 */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { Duration, Effect, Option, Result } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { StoreError } from "../../DispatchStore.ts"
import { rowNameOf } from "../storedDispatch.ts"
import { dataOf } from "./sqlDispatches.ts"
import { instantOf, unknownTime, unreadable } from "./sqlFailure.ts"
import type { Database } from "./sqlRows.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** A dispatch with its bytes. */
export interface Current {
  readonly data: Uint8Array
  /** The dispatch or, with a flaw, what stands in for it. */
  readonly dispatch: Dispatch
  readonly flaw: StoreError | undefined
}

/** The present version; none if there is no such dispatch. */
export const currentOf = (
  { format, sql }: Database,
  microgridId: MicrogridId,
  id: DispatchId
): Effect.Effect<Option.Option<Current>, SqlError | StoreError> =>
  Effect.gen(function* () {
    const found = yield* dataOf(sql, microgridId, id)
    if (Option.isNone(found)) return Option.none()
    const data = found.value
    const read = Result.try(() => format.decode(data))
    if (Result.isSuccess(read)) return Option.some({ data, dispatch: read.success, flaw: undefined })
    const name = rowNameOf(microgridId, id)
    const dispatch = yield* standIn(sql, id)
    return Option.some({ data, dispatch, flaw: unreadable(name, read.failure) })
  })

interface Columns {
  readonly type: string
  readonly start_time: bigint
  readonly active: bigint
  readonly dry_run: bigint
  readonly create_time: bigint
  readonly update_time: bigint
}

/** It takes nothing for granted: the columns may be damaged as well. */
const standIn = Effect.fnUntraced(function* (sql: SqlClient, id: DispatchId) {
  const [row] = yield* sql<Columns>`
    SELECT type, start_time, active, dry_run, create_time, update_time FROM dispatches WHERE id = ${id}`
  const parts = yield* SqlTargets.partsOf(sql, id)
  return new Dispatch({
    id,
    type: row?.type ?? "",
    startTime: timeOf(row?.start_time),
    duration: Duration.infinity,
    target: Target.componentIds(
      ...parts.flatMap((part) => (/^#\d{1,20}$/.test(part) ? [BigInt(part.slice(1))] : []))
    ),
    active: row?.active === 1n,
    dryRun: row?.dry_run === 1n,
    payload: {},
    createTime: timeOf(row?.create_time),
    updateTime: row?.update_time ?? 0n
  })
})

const timeOf = (millis = 0n) => Result.getOrElse(instantOf("", millis), () => unknownTime)
