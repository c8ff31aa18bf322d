import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { DateTime, Effect } from "effect"
import { tell } from "../output/terminal.ts"
import { programName } from "../programName.ts"
import { Failure } from "../UsageError.ts"
import { explainStore, presentKeysLayer } from "./stores.ts"

interface Options {
  readonly ids: ReadonlyArray<string>
  readonly store: string
}

/** Revokes keys, then reports the ids that no key has. */
export const run = Effect.fnUntraced(function* ({ ids, store }: Options) {
  const unknown = yield* Effect.gen(function* () {
    const keys = yield* AccessKeyStore
    const at = yield* DateTime.now
    const missing: Array<string> = []
    for (const id of ids) {
      const isKnown = yield* Effect.mapError(keys.revokeKey(id, at), explainStore)
      if (isKnown) yield* tell(`Key ${id} is revoked; a running service follows within 15 s.`)
      else missing.push(id)
    }
    return missing
  }).pipe(Effect.provide(presentKeysLayer(store)))
  if (unknown.length === 0) return
  return yield* new Failure({
    message: `There is no key ${unknown.join(", ")}. Ids are shown by: ${yield* programName} keys list`
  })
})
