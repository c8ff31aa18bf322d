/** What a failed statement means to the service, in words that are worth telling. */
import type { SqlError } from "effect/sql/SqlError"
import { StoreError } from "../../DispatchStore.ts"

/** What a failed statement means to the service. */
export const failure = (error: SqlError): StoreError =>
  new StoreError({ message: `the store failed: ${error.message}`, cause: error })

export const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"
