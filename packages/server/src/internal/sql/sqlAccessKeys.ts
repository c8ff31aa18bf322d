/** `AccessKeyStore` in SQL. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Redacted } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type AccessKey, AccessKeyStore, type AccessRight, accessRights } from "../../AccessKeyStore.ts"
import type { StoreError } from "../../DispatchStore.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, instantOf, unreadable } from "./sqlFailure.ts"
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
      Effect.mapError(failure),
      Effect.flatMap((rows) => Effect.forEach(rows, fromRow))
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

const fromRow = (row: Row): Effect.Effect<AccessKey, StoreError> => {
  const { hash, id, microgrids, name, revoked_time, rights, secret } = row
  const place = `the key ${id} (a row of the table access_keys)`
  return Effect.gen(function* () {
    return {
      id,
      name,
      hash,
      secret: secret === null ? undefined : Redacted.make(secret),
      microgrids: microgrids === "all" ? "all" : yield* readParts(place, microgrids, microgridOf),
      rights: yield* readParts(place, rights, rightOf),
      createdAt: yield* instantOf(place, row.created_time),
      revokedAt: revoked_time === null ? undefined : yield* instantOf(place, revoked_time)
    }
  })
}

/** Reads the parts of a column, each of which must be what is written there. */
const readParts = <A>(
  place: string,
  text: string,
  read: (part: string) => A | undefined
): Effect.Effect<ReadonlyArray<A>, StoreError> =>
  Effect.forEach(parts(text), (part) => {
    const found = read(part)
    return found === undefined
      ? Effect.fail(unreadable(place, `${JSON.stringify(part)} is no right and no microgrid`))
      : Effect.succeed(found)
  })

const microgridOf = (text: string): MicrogridId | undefined =>
  /^\d{1,20}$/.test(text) ? (BigInt(text) as MicrogridId) : undefined

const rightOf = (text: string): AccessRight | undefined => accessRights.find((right) => right === text)

const parts = (text: string): Array<string> => (text === "" ? [] : text.split(","))
