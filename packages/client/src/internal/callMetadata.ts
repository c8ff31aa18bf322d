/** The metadata that say who makes a call and, with a secret, prove it. */
import * as RequestMetadata from "@effect-dispatch/api/RequestMetadata"
import { Effect, Redacted } from "effect"
import type { Credentials } from "../Credentials.ts"

/** The metadata of one call, by name. They are as secret as the key: never logged, never part of an error. */
export interface Metadata {
  [name: string]: string
}

/** Makes the metadata of one call. */
export type CallMetadata = (method: string) => Effect.Effect<Metadata>

/** Metadata with the given credentials. Few have a secret, so what signs is loaded with the first. */
export const make = (credentials: Credentials | undefined): Effect.Effect<CallMetadata> => {
  if (credentials === undefined) return Effect.succeed(() => Effect.sync(() => ({})))
  const { authKey: key, signSecret: secret } = credentials
  const withKey = (): Metadata => ({ [RequestMetadata.names.key]: Redacted.value(key) })
  if (secret === undefined) return Effect.succeed(() => Effect.sync(withKey))
  return Effect.gen(function* () {
    const signatures = yield* Effect.promise(() => import("./signatures.ts"))
    const signed = yield* signatures.make(key, secret)
    return (method) => Effect.map(signed(method), (signature) => ({ ...withKey(), ...signature }))
  })
}
