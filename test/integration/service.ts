/** A service over gRPC, on loopback. */
import { DispatchService, DispatchStoreMemory, GrpcServer, ReportService } from "@effect-dispatch/server"
import { Effect, Exit, Layer, Scope } from "effect"

/** A service in memory, whose server can be stopped and started again on the same port. */
export const makeService = Effect.gen(function* () {
  const services = yield* Layer.build(
    Layer.merge(DispatchService.layer, ReportService.layer).pipe(Layer.provide(DispatchStoreMemory.layer))
  )
  let scope = yield* Scope.make()
  let port = 0
  const listen = Effect.gen(function* () {
    scope = yield* Scope.make()
    const layer = Layer.fresh(GrpcServer.layer({ port })).pipe(Layer.provide(Layer.succeedContext(services)))
    const context = yield* Layer.buildWithScope(layer, scope)
    port = yield* Effect.provideContext(
      Effect.map(GrpcServer.GrpcServer, (server) => server.port),
      context
    )
  })
  yield* listen
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  return {
    url: `grpc://127.0.0.1:${port}?ssl=false`,
    stop: Effect.suspend(() => Scope.close(scope, Exit.void)),
    listen
  }
})
