/** The stores of a service, by their names on the command line. */
import { existsSync } from "node:fs"
import type { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import type { DispatchStore, StoreError, StoreUnusable } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import type { ReportStore } from "@effect-dispatch/server/ReportStore"
import { Effect, Layer, Redacted } from "effect"
import { withoutPassword } from "../input/settings.ts"
import { Failure, UsageError } from "../UsageError.ts"

/** The settings of a store. */
export interface StoreOptions {
  readonly synchronous: "FULL" | "NORMAL"
  readonly connectionsMax: number | undefined
}

const sqliteFile = (text: string): string => text.slice("sqlite:".length)

/** The client of PostgreSQL is large, and loaded only when it is asked for. */
const postgres = <A, E>(
  use: (module: typeof import("@effect-dispatch/server/DispatchStorePostgres")) => Layer.Layer<A, E>
): Layer.Layer<A, E> =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => import("@effect-dispatch/server/DispatchStorePostgres")),
      use
    )
  )

/** The store for a service. */
export const storeLayer = (
  text: string,
  { connectionsMax, synchronous }: StoreOptions
): Layer.Layer<DispatchStore | AccessKeyStore | ReportStore, StoreUnusable> => {
  if (text === "memory") return DispatchStoreMemory.layer
  return text.startsWith("sqlite:")
    ? DispatchStoreSqlite.layer({ filename: sqliteFile(text), synchronous })
    : postgres((module) => module.layer({ url: Redacted.make(text), connectionsMax }))
}

/** The keys in an existing store, also while a service has it. */
export const presentKeysLayer = (text: string): Layer.Layer<AccessKeyStore, Failure | UsageError> =>
  text.startsWith("sqlite:") && !existsSync(sqliteFile(text))
    ? Layer.unwrap(Effect.fail(new Failure({ message: `There is no store at ${sqliteFile(text)}.` })))
    : keysLayer(text)

/** The keys in a store, which is made if there is none. */
export const keysLayer = (text: string): Layer.Layer<AccessKeyStore, Failure | UsageError> => {
  if (text === "memory") {
    const error = new UsageError({
      message: "--store memory: keys in the memory of a service cannot be reached from outside",
      example: "dispatch keys list --store sqlite:.dispatch/dispatches.sqlite"
    })
    return Layer.unwrap(Effect.fail(error))
  }
  const layer = text.startsWith("sqlite:")
    ? DispatchStoreSqlite.layerKeys({ filename: sqliteFile(text) })
    : postgres((module) => module.layerKeys({ url: Redacted.make(text), connectionsMax: 2 }))
  return Layer.catch(layer, ({ message }) => Layer.unwrap(Effect.fail(new Failure({ message }))))
}

/** The failure of a store. */
export const explainStore = ({ message }: StoreError): Failure => new Failure({ message })

/** The place of a store, for people. */
export const placeOf = (text: string): string =>
  text.startsWith("sqlite:") ? sqliteFile(text) : withoutPassword(text)
