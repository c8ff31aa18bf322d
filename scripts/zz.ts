import { Effect } from "effect"
import { postgres } from "../test/integration/postgresServer.ts"
await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const s = yield* postgres
      console.log(yield* s.database)
      yield* Effect.sleep("400 seconds")
    })
  )
)
