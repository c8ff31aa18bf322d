/** A PostgreSQL that the tests of a file share. */
import { afterAll, beforeAll } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { isAvailable, type Postgres, postgres } from "./postgresServer.ts"

export {
  canFreeze,
  isAvailable,
  isOwn,
  type Postgres,
  postgres,
  postgresWithTools,
  withTools
} from "./postgresServer.ts"

/** One server for the tests beside it, started before the first where there is any, and stopped after the last. */
export const sharedPostgres = (): Postgres => {
  const scope = Scope.makeUnsafe()
  let server: Postgres | undefined
  const started = Effect.suspend(() =>
    server === undefined ? Effect.die("there is no PostgreSQL to test with") : Effect.succeed(server)
  )
  beforeAll(async () => {
    if (isAvailable) server = await Effect.runPromise(Scope.provide(postgres, scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return {
    database: Effect.flatMap(started, ({ database }) => database),
    stop: (how) => Effect.flatMap(started, ({ stop }) => stop(how)),
    start: Effect.flatMap(started, ({ start }) => start),
    freeze: Effect.flatMap(started, ({ freeze }) => freeze),
    thaw: Effect.flatMap(started, ({ thaw }) => thaw)
  }
}
