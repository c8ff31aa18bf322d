/** `AccessKeyStore` in SQL. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Redacted } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type AccessKey, AccessKeyStore, type AccessRight } from "../../AccessKeyStore.ts"
import type { Transact } from "./groupCommit.ts"
import { failure } from "./sqlFailure.ts"
import { millisOf } from "./sqlRows.ts"

interface Row {
  readonly id: string
  readonly name: string
  readonly hash: string
  readonly secret: string | null
  readonly microgrids: string
  readonly rights: string
  readonly created_time: bigint
  readonly revoked_time: bigint | null
}

/** Keys in a database whose tables are up to date. */
export const make = (sql: SqlClient, transact: Transact): AccessKeyStore["Service"] =>
  AccessKeyStore.of({
    keys: sql<Row>`SELECT * FROM access_keys ORDER BY created_time, id`.pipe(
      Effect.map((rows) => rows.map(fromRow)),
      Effect.mapError(failure)
    ),
    addKey: (key) =>
      transact(sql`INSERT INTO access_keys ${sql.insert({ ...toRow(key) })}`).pipe(
        Effect.mapError(failure),
        Effect.asVoid
      ),
    revokeKey: (id, at) =>
      transact(sql`
        UPDATE access_keys SET revoked_time = COALESCE(revoked_time, ${millisOf(at)}) WHERE id = ${id} RETURNING id
      `).pipe(
        Effect.map((rows) => rows.length > 0),
        Effect.mapError(failure)
      ),
    useNonce: (keyId, nonce, at) =>
      transact(sql`
        INSERT INTO nonces (key_id, nonce, time) VALUES (${keyId}, ${nonce}, ${millisOf(at)})
        ON CONFLICT DO NOTHING RETURNING time
      `).pipe(
        Effect.map((rows) => rows.length > 0),
        Effect.mapError(failure)
      )
  })

const toRow = (key: AccessKey): Row => ({
  id: key.id,
  name: key.name,
  hash: key.hash,
  secret: key.secret === undefined ? null : Redacted.value(key.secret),
  microgrids: key.microgrids === "all" ? "all" : key.microgrids.join(","),
  rights: key.rights.join(","),
  created_time: millisOf(key.createdAt),
  revoked_time: key.revokedAt === undefined ? null : millisOf(key.revokedAt)
})

const fromRow = (row: Row): AccessKey => ({
  id: row.id,
  name: row.name,
  hash: row.hash,
  secret: row.secret === null ? undefined : Redacted.make(row.secret),
  microgrids: row.microgrids === "all" ? "all" : (parts(row.microgrids).map(BigInt) as Array<MicrogridId>),
  rights: parts(row.rights) as Array<AccessRight>,
  createdAt: DateTime.makeUnsafe(Number(row.created_time)),
  revokedAt: row.revoked_time === null ? undefined : DateTime.makeUnsafe(Number(row.revoked_time))
})

const parts = (text: string): Array<string> => (text === "" ? [] : text.split(","))
