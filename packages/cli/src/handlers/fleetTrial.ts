import { PgClient } from "@effect/sql-pg"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as FleetPostgres from "@effect-dispatch/fleet/FleetPostgres"
import { FleetRegistry } from "@effect-dispatch/fleet/FleetRegistry"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import { Effect, Layer, Redacted } from "effect"
import { localUrl } from "../connection.ts"
import { defaultPort } from "../defaults.ts"
import { bold, dim, print } from "../output/terminal.ts"
import { programName } from "../programName.ts"
import { untilStopped } from "../signals.ts"
import * as TrialPostgres from "../trialPostgres.ts"
import { explainFleet } from "./fleets.ts"
import { explainStart } from "./serve.ts"

/** The microgrids of the trial: 1 to this. */
const microgrids = 20

/** Where the two processes of the trial are to listen. */
const addresses = ["127.0.0.1:7070", "127.0.0.1:7071"]

/** Starts what a fleet needs, and says how to run its processes, until it is stopped. */
export const run = () => untilStopped(Effect.scoped(trial))

const trial = Effect.gen(function* () {
  yield* print(dim("PostgreSQL is started..."))
  const database = yield* TrialPostgres.start
  yield* makeFleet(database)
  const { port } = yield* Effect.map(Effect.mapError(Layer.build(service), explainStart), (context) =>
    GrpcServer.GrpcServer.pipe(Effect.provideContext(context))
  ).pipe(Effect.flatten)
  const program = yield* programName
  const flags = `--database '${database}'`
  const lines = [
    bold(`A fleet of microgrids 1 to ${microgrids}, which nobody runs yet`),
    `Its PostgreSQL is ${database},`,
    `its dispatch service listens at ${localUrl(port)}. Both forget everything at the end.`,
    "Run two processes of it, each in a terminal of its own, and end one of them to see the other take over:",
    ...addresses.map(
      (address) => `  ${program} fleet run ${flags} --address ${address} --url '${localUrl(port)}'`
    ),
    "Create a dispatch, and see who has what:",
    `  ${program} create 1 CHARGE BATTERY now 10m --url '${localUrl(port)}'`,
    `  ${program} fleet status ${flags}`,
    dim("Stop with Ctrl-C."),
    ""
  ]
  yield* Effect.forEach(lines, print, { discard: true })
  return yield* Effect.never
})

/** The tables of the fleet, and its list. */
const makeFleet = (database: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = PgClient.layer({ url: Redacted.make(database), maxConnections: 1 })
      const context = yield* Layer.build(Layer.provide(FleetPostgres.layer(), Layer.orDie(connection)))
      const ids = Array.from({ length: microgrids }, (_, index) => MicrogridId.make(BigInt(index + 1)))
      yield* Effect.provideContext(
        Effect.flatMap(FleetRegistry, ({ add }) => add(ids)),
        context
      )
    })
  ).pipe(Effect.mapError(explainFleet))

/** A service in memory, on the usual port or on any that is free. */
const service = GrpcServer.layer({ port: defaultPort }).pipe(
  Layer.catch((error) =>
    error.reason === "AddressInUse"
      ? GrpcServer.layer({ port: 0 })
      : Layer.effect(GrpcServer.GrpcServer, Effect.fail(error))
  ),
  Layer.provide(DispatchService.layer),
  Layer.provide(DispatchStoreMemory.layer)
)
