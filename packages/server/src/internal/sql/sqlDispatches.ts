/** `DispatchStore` in SQL, in the subset that SQLite and PostgreSQL share. */
import { idMax } from "@effect-dispatch/api/WireLimits"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Effect, Option, Stream } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type AuditRecord, type Change, DispatchStore, type Origin, StoreError } from "../../DispatchStore.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, isSqlError } from "./sqlFailure.ts"
import * as SqlListing from "./sqlListing.ts"
import * as SqlRetention from "./sqlRetention.ts"
import { fromData, millisOf, rowOf, toData, toSigned } from "./sqlRows.ts"
import * as SqlTargets from "./sqlTargets.ts"

/**
 * Runs a transaction. A connection that is lost in the midst of one cannot be rolled back either, which the client of
 * the database takes for a defect; it is one more way to fail.
 */
export const transaction =
  (sql: SqlClient): Transact =>
  (write) =>
    Effect.catchDefect(sql.withTransaction(write), (defect) =>
      isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect)
    )

/** A store on a database whose tables are up to date. */
export const make = (
  sql: SqlClient,
  transact: Transact,
  turns: SqlListing.Turns,
  /** Runs within the transaction of every change. */
  onChange: (change: Change) => Effect.Effect<void, SqlError> = () => Effect.void
): DispatchStore["Service"] => {
  const record = commitRecord(sql, onChange)
  // Nobody waits for what is removed, so it delays nobody's commit.
  const alone = transaction(sql)
  const keeper = { sql, alone, turns }
  return DispatchStore.of({
    insert: (microgridId, origin, make) =>
      transact(
        Effect.gen(function* () {
          const { id, number } = yield* numbersOfNew(sql, microgridId)
          const dispatch = make(id)
          const data = toData(dispatch)
          const row = { id: dispatch.id, ...rowOf(microgridId, dispatch, data) }
          yield* sql`INSERT INTO dispatches ${sql.insert(row)}`
          yield* SqlTargets.add(sql, row.microgrid_id, dispatch.id, dispatch.target)
          return yield* record({ microgridId, number, kind: "Created", dispatch }, data, origin)
        })
      ).pipe(Effect.mapError(failure)),
    modify: (microgridId, id, origin, decide) =>
      transact(
        Effect.gen(function* () {
          const current = yield* get(sql, microgridId, id, true)
          if (Option.isNone(current)) return Option.none<Change>()
          const { dispatch, kind } = yield* decide(current.value)
          const data = toData(dispatch)
          const row = rowOf(microgridId, dispatch, data)
          const isRetargeted = !Target.equals(current.value.target, dispatch.target)
          if (isRetargeted || kind === "Deleted") yield* SqlTargets.remove(sql, id)
          if (kind === "Deleted") {
            const { update_time } = row
            yield* sql`UPDATE dispatches SET ${sql.update({ update_time, data, deleted_time: millisOf(origin.at) })} WHERE id = ${id}`
          } else {
            yield* sql`UPDATE dispatches SET ${sql.update(row)} WHERE id = ${id}`
            if (isRetargeted) yield* SqlTargets.add(sql, row.microgrid_id, id, dispatch.target)
          }
          const number = yield* increment(sql, microgridId)
          return Option.some(yield* record({ microgridId, number, kind, dispatch }, data, origin))
        })
      ).pipe(Effect.mapError((error) => (isSqlError(error) ? failure(error) : error))),
    get: (microgridId, id) => Effect.mapError(get(sql, microgridId, id, false), failure),
    begin: (query) => SqlListing.list(sql, turns, { ...query, after: undefined, isCounted: true }),
    page: (query) =>
      Effect.map(SqlListing.list(sql, turns, { ...query, isCounted: false }), ({ dispatches }) => dispatches),
    changesAfter: (microgridId, number, limit) =>
      sql<{ readonly number: bigint; readonly kind: Change["kind"]; readonly data: Uint8Array }>`
        SELECT number, kind, data FROM changes
        WHERE microgrid_id = ${toSigned(microgridId)} AND number > ${number}
        ORDER BY number LIMIT ${BigInt(limit)}
      `.pipe(
        Effect.map((rows) =>
          rows.map(({ data, kind, number }) => ({ microgridId, number, kind, dispatch: fromData(data) }))
        ),
        Effect.mapError(failure)
      ),
    lastChange: (microgridId) =>
      sql<{ readonly value: bigint }>`
        SELECT value FROM counters WHERE name = ${changeNumberOf(microgridId)}
      `.pipe(
        Effect.map(([row]) => row?.value ?? 0n),
        Effect.mapError(failure)
      ),
    wakeUps: Stream.never,
    audit: (microgridId, limit) => Effect.mapError(audit(sql, microgridId, limit), failure),
    moveRetentionTime: (decide) => Effect.mapError(alone(SqlRetention.moveTime(sql, decide)), failure),
    trimNonces: (most, limit, last) => SqlRetention.trimNonces(keeper, most, limit, last),
    prune: (what, times, limit) => SqlRetention.prune(keeper, what, times, limit),
    check: Effect.asVoid(Effect.mapError(sql`SELECT 1`, failure)),
    secret: sql<{ readonly value: Uint8Array }>`SELECT value FROM secrets WHERE name = 'page-tokens'`.pipe(
      Effect.mapError(failure),
      Effect.flatMap(([row]) => {
        const secret = new Uint8Array(row?.value ?? [])
        // Anybody could forge a token that is authenticated with an empty key.
        return secret.length < secretBytesMin
          ? Effect.fail(new StoreError({ message: "the secret of page tokens is missing in the store" }))
          : Effect.succeed(secret)
      })
    )
  })
}

/** Shortest secret that page tokens are authenticated with, in bytes; 32 are made. */
const secretBytesMin = 16

const changeNumberOf = (microgridId: MicrogridId): string => `change-number-${microgridId}`

/** Numbers come from rows: the row is held until the commit, so the order of numbers is the order of commits. */
const increment = (sql: SqlClient, microgridId: MicrogridId) =>
  Effect.map(
    sql<{ readonly value: bigint }>`
      INSERT INTO counters (name, value) VALUES (${changeNumberOf(microgridId)}, 1)
      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value
    `,
    ([row]) => row?.value ?? 1n
  )

/**
 * The id of a new dispatch and the number of the change, by one statement. In PostgreSQL ids come from a sequence, so
 * that nobody waits for them: only who writes to one microgrid at the same time waits for the others who do.
 */
const numbersOfNew = (sql: SqlClient, microgridId: MicrogridId) => {
  const name = changeNumberOf(microgridId)
  const statement = sql.onDialectOrElse({
    pg: () => sql<Numbered>`
      INSERT INTO counters (name, value) VALUES (${name}, 1)
      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
      RETURNING name, value, nextval('dispatch_ids') AS id`,
    orElse: () => sql<Numbered>`
      INSERT INTO counters (name, value) VALUES (${idCounter}, 1), (${name}, 1)
      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING name, value, NULL AS id`
  })
  return Effect.map(statement, (rows) => {
    const valueOf = (counter: string) => rows.find((row) => row.name === counter)?.value ?? 1n
    return { id: (rows[0]?.id ?? valueOf(idCounter)) as DispatchId, number: valueOf(name) }
  })
}

interface Numbered {
  readonly name: string
  readonly value: bigint
  readonly id: bigint | null
}

const idCounter = "dispatch-id"

const commitRecord =
  (sql: SqlClient, onChange: (change: Change) => Effect.Effect<void, SqlError>) =>
  (change: Change, data: Uint8Array, { at, by }: Origin) =>
    Effect.gen(function* () {
      const { dispatch, kind, microgridId, number } = change
      const common = { microgrid_id: toSigned(microgridId), number, kind, time: millisOf(at) }
      yield* sql`INSERT INTO changes ${sql.insert({ ...common, data })}`
      yield* sql`INSERT INTO audit ${sql.insert({ ...common, dispatch_id: dispatch.id, name: by })}`
      yield* onChange(change)
      return change
    })

const get = (sql: SqlClient, microgridId: MicrogridId, id: DispatchId, toChange: boolean) => {
  if (id > idMax) return Effect.succeed(Option.none<Dispatch>())
  const hold = toChange
    ? sql.onDialectOrElse({ pg: () => sql.literal("FOR UPDATE"), orElse: () => sql.literal("") })
    : sql.literal("")
  return sql<{ readonly data: Uint8Array }>`
    SELECT data FROM dispatches
    WHERE id = ${id} AND microgrid_id = ${toSigned(microgridId)} AND deleted_time IS NULL ${hold}
  `.pipe(Effect.map(([row]) => (row === undefined ? Option.none() : Option.some(fromData(row.data)))))
}

const audit = (sql: SqlClient, microgridId: MicrogridId, limit: number) =>
  sql<{
    readonly number: bigint
    readonly kind: Change["kind"]
    readonly dispatch_id: bigint
    readonly time: bigint
    readonly name: string
  }>`
    SELECT number, kind, dispatch_id, time, name FROM audit
    WHERE microgrid_id = ${toSigned(microgridId)} ORDER BY number DESC LIMIT ${BigInt(limit)}
  `.pipe(
    Effect.map((rows) =>
      rows.map(({ dispatch_id, kind, name, number, time }): AuditRecord => ({
        number,
        kind,
        id: dispatch_id as DispatchId,
        at: DateTime.makeUnsafe(Number(time)),
        by: name
      }))
    )
  )
