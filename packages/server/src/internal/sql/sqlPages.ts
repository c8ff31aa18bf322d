/**
 * Listings of everything in a microgrid, with which each site begins. Their statements never change, so each is
 * prepared once.
 */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { PageQuery, Position } from "../../DispatchStore.ts"
import { type Read, type ReadDatabase, sortColumns, toSigned } from "./sqlRows.ts"

/** A dispatch at its position. */
export interface Row extends Position {
  readonly data: Uint8Array
}

/** The query of a listing, without its filter. */
export type Whole = Pick<PageQuery, "after" | "limit" | "microgridId" | "sort">

/** Reads of all dispatches of a microgrid. */
export class SqlPages {
  readonly #sql: SqlClient
  readonly #read: ReadDatabase["read"]
  readonly #reads = new Map<string, Read<unknown>>()

  constructor({ read, sql }: Pick<ReadDatabase, "read" | "sql">) {
    this.#sql = sql
    this.#read = read
  }

  /** A page in its order. */
  page(query: Whole): Effect.Effect<ReadonlyArray<Row>, SqlError> {
    const text = `SELECT ${sortColumns[query.sort.field]} AS key, id, data ${this.#inOrder(query)} LIMIT ?`
    return this.#of<Row>(text)(...valuesOf(query), BigInt(query.limit))
  }

  /** The last of so many rows from where a page begins; none if there are fewer. */
  endOf(query: Whole, rows: number): Effect.Effect<Position | undefined, SqlError> {
    const text = `SELECT ${sortColumns[query.sort.field]} AS key, id ${this.#inOrder(query)} LIMIT 1 OFFSET ?`
    return Effect.map(
      this.#of<{ readonly key: bigint; readonly id: bigint }>(text)(...valuesOf(query), BigInt(rows - 1)),
      ([row]) => (row === undefined ? undefined : { key: row.key, id: row.id as DispatchId })
    )
  }

  /** The number of dispatches from where a page begins. */
  count(query: Whole): Effect.Effect<number, SqlError> {
    const text = `SELECT count(*) AS count ${this.#from(query)}`
    return Effect.map(this.#of<{ readonly count: bigint }>(text)(...valuesOf(query)), ([row]) =>
      Number(row?.count ?? 0)
    )
  }

  #of<A>(text: string): Read<A> {
    const known = this.#reads.get(text)
    if (known !== undefined) return known as Read<A>
    const made = this.#read<A>(text)
    this.#reads.set(text, made)
    return made
  }

  #inOrder(query: Whole): string {
    const direction = query.sort.order === "ascending" ? "ASC" : "DESC"
    return `${this.#from(query)} ORDER BY ${sortColumns[query.sort.field]} ${direction}, id ${direction}`
  }

  #from({ after, sort }: Whole): string {
    const column = sortColumns[sort.field]
    const beyond = sort.order === "ascending" ? ">" : "<"
    return [
      `FROM ${tableInOrder(this.#sql, sort)} WHERE microgrid_id = ? AND deleted_time IS NULL`,
      ...(after === undefined ? [] : [`AND (${column}, id) ${beyond} (?, ?)`])
    ].join(" ")
  }
}

const valuesOf = ({ after, microgridId }: Whole): ReadonlyArray<bigint> => [
  toSigned(microgridId),
  ...(after === undefined ? [] : [after.key, after.id])
]

/** SQLite is told the index, so that no other misleads it; PostgreSQL knows the contents of its tables. */
export const tableInOrder = (sql: SqlClient, { field }: PageQuery["sort"]): string =>
  sql.onDialectOrElse({
    pg: () => "dispatches",
    orElse: () => `dispatches INDEXED BY dispatches_in_order_of_${sortColumns[field]}`
  })
