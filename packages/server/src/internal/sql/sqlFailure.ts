/** Failed statements in the service's terms, with words that tell a caller what is the matter. */
import * as Thrown from "@effect-dispatch/core/Thrown"
import { DateTime, Predicate, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { StoreError } from "../../DispatchStore.ts"

/** The failure that a failed statement means to the service. */
export const failure = (error: SqlError): StoreError =>
  new StoreError({ message: `the store failed: ${wordsOf(error)}`, cause: error })

/** The same for what may have failed in the service's terms already. */
export const failureOf = (error: SqlError | StoreError): StoreError =>
  error._tag === "StoreError" ? error : failure(error)

/** The failure of a row with content that nobody can have written; the operator finds the row by its name. */
export const unreadable = (row: string, thrown: unknown): StoreError =>
  new StoreError({
    message: `${row} in the store cannot be read: ${Thrown.messageOf(thrown)}`,
    cause: thrown
  })

/** It stands in for a time that cannot be read. */
export const unknownTime = DateTime.makeUnsafe(0)

/** An instant of a column, in epoch milliseconds. */
export const instantOf = (row: string, millis: bigint): Result.Result<DateTime.Utc, StoreError> =>
  Result.fromOption(DateTime.make(Number(millis)), () => unreadable(row, `${millis} is no time`))

export const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

/** True if SQLite has a row of the same key already. */
export const isTaken = ({ reason }: SqlError): boolean =>
  errcodeOf(Thrown.innermost(reason.cause)) === keyTaken

/** The code of an error of `node:sqlite`; 0 for any other. */
export const errcodeOf = (thrown: unknown): number =>
  Predicate.hasProperty(thrown, "errcode") && typeof thrown.errcode === "number" ? thrown.errcode : 0

/** SQLITE_CONSTRAINT_PRIMARYKEY. */
const keyTaken = 1_555

const noSpace = "no space is left for the database"
const locked = "the database is locked by another program"
const damaged = "the database is damaged"

/** By the primary code of SQLite. */
const ofSqlite: { readonly [code: number]: string } = {
  5: locked,
  6: locked,
  8: "the database may only be read",
  10: "the disc of the database fails",
  11: damaged,
  13: noSpace,
  14: "the database cannot be opened",
  26: damaged
}

/** By the code of PostgreSQL. */
const ofPostgres: { readonly [code: string]: string } = {
  "25006": "the database may only be read",
  "25P03": "the service stood still in the midst of a transaction",
  "40P01": "two writes wait for each other",
  "53100": noSpace,
  "53300": "the database has too many connections",
  "55P03": "what is to be written is held by another",
  "57014": "the database took too long",
  "57P01": "the database is being stopped",
  "57P02": "the database is being stopped",
  "57P03": "the database is being started",
  XX001: damaged,
  XX002: damaged
}

const wordsOf = ({ message, reason }: SqlError): string => {
  const cause = Thrown.innermost(reason.cause)
  const known = ofSqlite[errcodeOf(cause) & 0xff] ?? ofPostgres[stateOf(cause)]
  if (known !== undefined) return known
  // Addresses and user names are for the operator, who reads them in the log.
  if (reason._tag === "ConnectionError") return "the database cannot be reached"
  if (reason._tag === "AuthenticationError") return "the database does not let the service in"
  return cause instanceof Error && cause.message !== "" ? cause.message : message
}

/** The code of an error of PostgreSQL; empty for any other. */
const stateOf = (thrown: unknown): string =>
  Predicate.hasProperty(thrown, "code") && typeof thrown.code === "string" ? thrown.code : ""
