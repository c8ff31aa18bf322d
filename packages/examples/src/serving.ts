import { DispatcherGrpc } from "@effect-dispatch/client"
import { MicrogridId } from "@effect-dispatch/core"
import { DispatchService, DispatchStoreSqlite, GrpcServer } from "@effect-dispatch/server"
import { Effect, Layer } from "effect"

/** A service for this machine on any free port, which keeps its dispatches in a file. */
export const Service = GrpcServer.layer({ port: 0 }).pipe(
  Layer.provide(DispatchService.layer),
  Layer.provide(DispatchStoreSqlite.layer({ filename: ".dispatch/report.sqlite" }))
)

/** The dispatcher of microgrid 1 at that service. */
export const Site = Layer.unwrap(
  Effect.map(GrpcServer.GrpcServer, ({ port }) =>
    DispatcherGrpc.layer({
      microgridId: MicrogridId.make(1n),
      url: `grpc://127.0.0.1:${port}?ssl=false`
    })
  )
)
