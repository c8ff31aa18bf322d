/** `grpc.health.v1`: whether the service is ready, which it is while its store can be reached. */
import { create } from "@bufbuild/protobuf"
import type { ConnectRouter } from "@connectrpc/connect"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { DispatchClientError, NotFound, ResourceExhausted } from "@effect-dispatch/core/DispatchClientError"
import { type Context, Duration, Effect, Option, Schedule, type Scope, Stream, SubscriptionRef } from "effect"
import { DispatchService } from "../../DispatchService.ts"
import * as Metrics from "../../Metrics.ts"
import { healthWatchesMax, readinessInterval, readinessTimeout } from "../../ServiceLimits.ts"
import { serverStream, unary } from "./grpcBridge.ts"
import * as UnseenSpans from "../unseenSpans.ts"

/** Asks again and again whether the store can be reached; once the scope closes, nothing is ready. */
export const watchReadiness: Effect.Effect<
  SubscriptionRef.SubscriptionRef<boolean>,
  never,
  DispatchService | Scope.Scope
> = Effect.gen(function* () {
  const service = yield* DispatchService
  const ready = yield* SubscriptionRef.make(true)
  const look = Effect.gen(function* () {
    const answer = yield* Effect.timeoutOption(Effect.exit(service.check), readinessTimeout)
    const isReady = Option.isSome(answer) && answer.value._tag === "Success"
    if (isReady === (yield* SubscriptionRef.get(ready))) return
    yield* isReady
      ? Effect.logInfo("The store can be reached again")
      : Effect.logWarning(
          `The store cannot be reached; asking again every ${Duration.toSeconds(readinessInterval)} s`
        )
    yield* SubscriptionRef.set(ready, isReady)
  })
  yield* Metrics.storesUnreachable.observe(() => (SubscriptionRef.getUnsafe(ready) ? 0 : 1))
  yield* Effect.forkScoped(UnseenSpans.unasked(Effect.repeat(look, Schedule.spaced(readinessInterval))))
  yield* Effect.addFinalizer(() => SubscriptionRef.set(ready, false))
  return ready
})

const ServingStatus = Protobuf.HealthCheckResponse_ServingStatus

/** Ready: the server as a whole, and the service by its name. Alive, whatever the store does: `liveness`. */
const readinessOf = (service: string): "readiness" | "liveness" | undefined =>
  service === "" || service === Protobuf.MicrogridDispatchService.typeName
    ? "readiness"
    : service === "liveness"
      ? "liveness"
      : undefined

const answer = (isServing: boolean) =>
  create(Protobuf.HealthCheckResponseSchema, {
    status: isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING
  })

/** Adds the service. It needs no key. */
export const routes = (
  router: ConnectRouter,
  ready: SubscriptionRef.SubscriptionRef<boolean>,
  stopping: Effect.Effect<never, DispatchClientError>,
  services: Context.Context<never>
): void => {
  let watching = 0
  /** One of as many watches as there may be, for the life of the scope. */
  const place = Effect.acquireRelease(
    Effect.suspend(() => (watching < healthWatchesMax ? Effect.sync(() => watching++) : tooMany)),
    () => Effect.sync(() => watching--)
  )
  router.service(Protobuf.Health, {
    check: unary(services)(({ service }) => {
      const asked = readinessOf(service)
      if (asked === undefined) return Effect.fail(unknown(service))
      return asked === "liveness"
        ? Effect.succeed(answer(true))
        : Effect.map(SubscriptionRef.get(ready), answer)
    }),
    watch: serverStream(services)(({ service }) => {
      const asked = readinessOf(service)
      const changes =
        asked === undefined
          ? Stream.concat(
              Stream.succeed(
                create(Protobuf.HealthCheckResponseSchema, { status: ServingStatus.SERVICE_UNKNOWN })
              ),
              Stream.never
            )
          : asked === "liveness"
            ? Stream.concat(Stream.succeed(answer(true)), Stream.never)
            : Stream.map(Stream.changes(SubscriptionRef.changes(ready)), answer)
      return Stream.unwrap(Effect.as(place, Stream.interruptWhen(changes, stopping)))
    })
  })
}

const tooMany = Effect.fail(
  new DispatchClientError({
    reason: new ResourceExhausted({
      message: `there are ${healthWatchesMax} watches, which is the most there may be`
    })
  })
)

const unknown = (service: string): DispatchClientError =>
  new DispatchClientError({ reason: new NotFound({ message: `there is no service "${service}" here` }) })
