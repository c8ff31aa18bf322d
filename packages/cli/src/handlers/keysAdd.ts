import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { type AccessKey, AccessKeyStore, type AccessRight } from "@effect-dispatch/server/AccessKeyStore"
import { keyRefreshInterval } from "@effect-dispatch/server/ServiceLimits"
import { Duration, Effect, Redacted } from "effect"
import * as Json from "../output/json.ts"
import { print, tell } from "../output/terminal.ts"
import { accessKey } from "./keysList.ts"
import { explainStore, keysLayer } from "./stores.ts"

interface Options {
  readonly name: string
  readonly microgrids: AccessKey["microgrids"]
  readonly rights: ReadonlyArray<AccessRight>
  readonly signed: boolean
  readonly store: string
  readonly json: boolean
}

/** Makes a key and shows it: it is kept as a hash, so this is the only time. */
export const run = Effect.fnUntraced(function* ({ json, store, ...options }: Options) {
  const { kept, key, secret } = yield* AccessKeys.make(options)
  const isFirst = yield* Effect.gen(function* () {
    const keys = yield* AccessKeyStore
    const present = yield* keys.keys
    yield* keys.addKey(kept)
    return present.length === 0
  }).pipe(Effect.mapError(explainStore), Effect.provide(keysLayer(store)))
  const shown = { key: Redacted.value(key), secret: secret === undefined ? null : Redacted.value(secret) }
  if (json) {
    yield* Json.line({ ...accessKey(kept), ...shown })
  } else {
    yield* print(`DISPATCH_API_AUTH_KEY=${shown.key}`)
    if (shown.secret !== null) yield* print(`DISPATCH_API_SIGN_SECRET=${shown.secret}`)
    yield* tell(
      `Key ${kept.id} of ${kept.name} is made. It is shown this once: keep it where only its user reads it.`
    )
  }
  if (isFirst) {
    yield* tell(
      `It is the first key: within ${Duration.toSeconds(keyRefreshInterval)} s nobody is served without one any more, this machine included, and open streams without one end.`
    )
  }
})
