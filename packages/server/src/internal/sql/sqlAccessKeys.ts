/** `AccessKeyStore` in SQL. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option, Redacted, Result } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type AccessKey, AccessKeyStore, type AccessRight, accessRights } from "../../AccessKeyStore.ts"
import type { StoreError } from "../../DispatchStore.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, instantOf, unknownTime, unreadable } from "./sqlFailure.ts"
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
      Effect.mapBoth({ onFailure: failure, onSuccess: (rows) => rows.map(fromRow) })
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

/** One that cannot be read as a whole hides no other. */
const fromRow = (row: Row): AccessKey => {
  const { hash, id, microgrids, name, revoked_time, rights, secret } = row
  const place = `the key ${id} (a row of the table access_keys)`
  const read = {
    microgrids: microgridsOf(place, microgrids),
    rights: readParts(place, rights, rightOf),
    createdAt: instantOf(place, row.created_time),
    revokedAt: instantOf(place, revoked_time ?? 0n)
  }
  const flaw = Object.values(read)
    .map((each) => Option.getOrUndefined(Result.getFailure<unknown, StoreError>(each)))
    .find((each) => each !== undefined)
  return {
    id,
    name,
    hash,
    secret: secret === null ? undefined : Redacted.make(secret),
    microgrids: Result.getOrElse(read.microgrids, () => []),
    rights: Result.getOrElse(read.rights, () => []),
    createdAt: Result.getOrElse(read.createdAt, () => unknownTime),
    revokedAt: revoked_time === null ? undefined : Result.getOrElse(read.revokedAt, () => unknownTime),
    ...(flaw === undefined ? {} : { flaw })
  }
}

const microgridsOf = (place: string, text: string): Result.Result<AccessKey["microgrids"], StoreError> =>
  text === "all" ? Result.succeed("all") : readParts(place, text, microgridOf)

/** Reads the parts of a column, each of which must be what is written there. */
const readParts = <A>(
  place: string,
  text: string,
  read: (part: string) => A | undefined
): Result.Result<ReadonlyArray<A>, StoreError> => {
  const all: Array<A> = []
  for (const part of parts(text)) {
    const found = read(part)
    if (found === undefined)
      return Result.fail(unreadable(place, `${JSON.stringify(part)} is no right and no microgrid`))
    all.push(found)
  }
  return Result.succeed(all)
}

const microgridOf = (text: string): MicrogridId | undefined =>
  /^\d{1,20}$/.test(text) ? (BigInt(text) as MicrogridId) : undefined

const rightOf = (text: string): AccessRight | undefined => accessRights.find((right) => right === text)

const parts = (text: string): Array<string> => (text === "" ? [] : text.split(","))
