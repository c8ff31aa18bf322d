/**
 * The owners of microgrids and buckets (F1). An epoch only rises. It is at least the milliseconds since 1970, so that it rises even if
 * a database lost its last commits.
 */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Token } from "../../FencingToken.ts"
import { answerTimeout, suspectMovesMax, suspectWindow } from "../../FleetLimits.ts"
import type { Activation, Claim, FleetStore } from "../../FleetStore.ts"
import { answered } from "../answered.ts"
import { seconds, type Tables } from "./fleetTables.ts"

type Ownership = Pick<FleetStore["Service"], "claim" | "activate" | "lost">

const nextEpoch = (epoch: string) =>
  `greatest(${epoch} + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`

interface TakenRow {
  readonly id: string | null
  readonly epoch: bigint
}

interface RecordRow {
  readonly microgrid: string
  readonly key: string
  readonly value: string
}

export const make = (sql: SqlClient, tables: Tables): Ownership => ({
  claim: (bucket, owner) =>
    Effect.map(claim(sql, tables, bucket, owner), (row) => ({ bucket, owner, ...row })),
  activate: (given, running) =>
    Effect.gen(function* () {
      const taken = yield* take(sql, tables, given, running)
      return taken === undefined ? Option.none() : Option.some(yield* withRecords(sql, tables, taken))
    }),
  lost: (tokens) => (tokens.length === 0 ? Effect.succeed([]) : lost(sql, tables, tokens))
})

const claim = (sql: SqlClient, { buckets, suspicions }: Tables, bucket: number, owner: string) =>
  sql
    .unsafe<{ readonly epoch: bigint; readonly suspect: boolean }>(
      `INSERT INTO ${buckets} AS b (bucket, epoch, owner) VALUES ($1, ${nextEpoch("0")}, $2)
       ON CONFLICT (bucket) DO UPDATE SET epoch = ${nextEpoch("b.epoch")}, owner = EXCLUDED.owner, since = now()
       RETURNING epoch, (SELECT count(*) >= ${suspectMovesMax - 1} FROM ${suspicions} AS s
         WHERE s.bucket = $1 AND s.at >= now() - ${seconds(suspectWindow)}) AS suspect`,
      [bucket, owner]
    )
    .pipe(
      Effect.map(([row]) => ({ epoch: BigInt(row?.epoch ?? 0), isSuspect: row?.suspect === true })),
      (question) => answered(question, answerTimeout)
    )

/** Raises the epochs of those that are taken over; nothing, if the claim was replaced. */
const take = (
  sql: SqlClient,
  { buckets, microgrids }: Tables,
  given: Claim,
  running: ReadonlyArray<MicrogridId>
) =>
  sql
    .unsafe<TakenRow>(
      `WITH mine AS (SELECT 1 FROM ${buckets} WHERE bucket = $1 AND epoch = $2 FOR SHARE),
       taken AS (
         UPDATE ${microgrids} SET epoch = ${nextEpoch("epoch")}, owner = $3, since = now()
         WHERE bucket = $1 AND wanted AND id <> ALL($4::text[]::numeric[]) AND EXISTS (SELECT 1 FROM mine)
         RETURNING id, epoch
       )
       SELECT taken.id::text AS id, taken.epoch FROM mine LEFT JOIN taken ON TRUE`,
      [given.bucket, given.epoch, given.owner, running.map(String)]
    )
    .pipe(
      Effect.map((rows) => (rows.length === 0 ? undefined : rows.flatMap(tokenOf))),
      (question) => answered(question, answerTimeout)
    )

const tokenOf = ({ epoch, id }: TakenRow): ReadonlyArray<Token> =>
  id === null ? [] : [{ microgridId: MicrogridId.make(BigInt(id)), epoch: BigInt(epoch) }]

/** Reads by a statement of its own: it must see what the owner before wrote while the epochs were being raised. */
const withRecords = (sql: SqlClient, { records }: Tables, tokens: ReadonlyArray<Token>) =>
  sql
    .unsafe<RecordRow>(
      `SELECT microgrid::text AS microgrid, key, value FROM ${records} WHERE microgrid = ANY($1::text[]::numeric[])`,
      [tokens.map(({ microgridId }) => String(microgridId))]
    )
    .pipe(
      Effect.map((rows): ReadonlyArray<Activation> => {
        const byMicrogrid = Map.groupBy(rows, ({ microgrid }) => microgrid)
        return tokens.map((token) => ({
          token,
          records: new Map(
            byMicrogrid.get(String(token.microgridId))?.map(({ key, value }) => [key, value] as const)
          )
        }))
      }),
      (question) => answered(question, answerTimeout)
    )

const lost = (sql: SqlClient, { microgrids }: Tables, tokens: ReadonlyArray<Token>) =>
  sql
    .unsafe<{ readonly id: string }>(
      `SELECT t.id::text AS id FROM unnest($1::text[]::numeric[], $2::text[]::bigint[]) AS t (id, epoch)
       LEFT JOIN ${microgrids} AS m ON m.id = t.id AND m.epoch = t.epoch AND m.wanted WHERE m.id IS NULL`,
      [tokens.map(({ microgridId }) => String(microgridId)), tokens.map(({ epoch }) => String(epoch))]
    )
    .pipe(
      Effect.map((rows) => rows.map(({ id }) => MicrogridId.make(BigInt(id)))),
      (question) => answered(question, answerTimeout)
    )
