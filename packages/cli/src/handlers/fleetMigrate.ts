import { PgClient } from "@effect/sql-pg"
import * as FleetPostgres from "@effect-dispatch/fleet/FleetPostgres"
import { Effect, Layer, Redacted } from "effect"
import { tell } from "../output/terminal.ts"
import { Failure } from "../UsageError.ts"
import { explainFleet, type FleetChoice } from "./fleets.ts"

/** Makes the tables of a fleet, or brings them up to date. */
export const run = ({ buckets, database, name }: FleetChoice & { readonly buckets: number }) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = PgClient.layerFrom(
        Effect.mapError(
          PgClient.make({ url: Redacted.make(database), maxConnections: 1 }),
          ({ message }) => new Failure({ message })
        )
      )
      const tables = FleetPostgres.layer({ name, buckets })
      yield* Layer.build(Layer.provide(tables, connection)).pipe(
        Effect.mapError((error) => (error._tag === "Failure" ? error : explainFleet(error)))
      )
      yield* tell(`Fleet ${name} is ready, with ${buckets} buckets.`)
    })
  )
