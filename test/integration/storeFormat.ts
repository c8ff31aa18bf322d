/** A store as the release that knew format 2 wrote it, with 600 dispatches and 855 changes, in either database. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { fromBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { Effect, Result } from "effect"

type Kept = string | null | { readonly integer: string } | { readonly base64: string }
type Row = Readonly<Record<string, Kept>>

interface Recorded {
  readonly schema: ReadonlyArray<string>
  readonly version: number
  readonly rows: { readonly [table in "dispatches" | "changes" | "counters"]: ReadonlyArray<Row> }
}

const recorded = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, "../vectors/store-format-2.json.gz"))).toString("utf8")
) as Recorded

/** A value for a statement. */
export type Value = string | null | bigint | Uint8Array

const valueOf = (kept: Kept | undefined): Value => {
  if (typeof kept !== "object" || kept === null) return kept ?? null
  return "integer" in kept ? BigInt(kept.integer) : new Uint8Array(Buffer.from(kept.base64, "base64"))
}

const integerOf = (row: Row, column: string): bigint => valueOf(row[column]) as bigint

/** Reads a record of any format. */
export const dispatchOf = (data: Uint8Array): Dispatch =>
  Result.getOrThrow(DispatchCodec.decodeDispatch(fromBinary(DispatchSchema, data)))

/** Which arm of the target a record has. */
export const armOf = (data: Uint8Array): string | undefined =>
  fromBinary(DispatchSchema, data).data?.target?.components.case

/** All that was in the store. */
export const dispatches = recorded.rows.dispatches.map((row) => ({
  id: integerOf(row, "id"),
  microgridId: integerOf(row, "microgrid_id"),
  isDeleted: row["deleted_time"] !== null,
  data: valueOf(row["data"]) as Uint8Array
}))

/** All changes that were in the store, in order. */
export const changes = recorded.rows.changes.map((row) => ({
  microgridId: integerOf(row, "microgrid_id"),
  number: integerOf(row, "number"),
  kind: row["kind"] as string,
  data: valueOf(row["data"]) as Uint8Array
}))

/** A connection that knows nothing of the program's own. */
export interface Database {
  readonly dialect: "sqlite" | "pg"
  readonly run: (
    statement: string,
    values?: ReadonlyArray<Value>
  ) => Effect.Effect<ReadonlyArray<Readonly<Record<string, unknown>>>>
}

/** The statement for PostgreSQL that the release had in place of this one for SQLite. */
const translated = (statement: string): string =>
  statement
    .replaceAll("INTEGER", "BIGINT")
    .replaceAll("BLOB", "BYTEA")
    .replace(/\)\s*STRICT(, WITHOUT ROWID)?$/, ")")

/** Writes the store into an empty database. */
export const write = Effect.fnUntraced(function* ({ dialect, run }: Database) {
  yield* run("BEGIN")
  for (const statement of recorded.schema) yield* run(dialect === "pg" ? translated(statement) : statement)
  for (const [table, rows] of Object.entries(recorded.rows)) {
    for (const row of rows) {
      const columns = Object.keys(row)
      const places = columns.map((_, index) => (dialect === "pg" ? `$${index + 1}` : "?"))
      yield* run(
        `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places.join(", ")})`,
        columns.map((column) => valueOf(row[column]))
      )
    }
  }
  if (dialect === "sqlite") yield* run(`PRAGMA user_version = ${recorded.version}`)
  else {
    yield* run("CREATE TABLE schema_version (one BOOLEAN PRIMARY KEY DEFAULT TRUE, version BIGINT NOT NULL)")
    yield* run(`INSERT INTO schema_version (version) VALUES (${recorded.version})`)
  }
  yield* run("COMMIT")
})
