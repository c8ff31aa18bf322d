import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import * as DispatchStoreConformance from "@effect-dispatch/testing/DispatchStoreConformance"
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Scope } from "effect"
import { isAvailable, type Postgres, postgres } from "./postgres.ts"

describe.skipIf(!isAvailable)("DispatchStorePostgres", () => {
  const scope = Scope.makeUnsafe()
  let server: Postgres

  beforeAll(() =>
    Effect.runPromise(Scope.provide(postgres, scope)).then((started) => {
      server = started
    })
  )
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  const store = Layer.unwrap(
    Effect.suspend(() =>
      Effect.map(server.database, (url) => DispatchStorePostgres.layer({ url: Redacted.make(url) }))
    )
  )

  for (const each of DispatchStoreConformance.cases) {
    it.effect(each.name, () => Effect.provide(each.run, Layer.fresh(store)))
  }
})
