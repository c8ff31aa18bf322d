/** `grpc.health.v1`: the service is ready while its store can be reached. */
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Cause, Duration, Effect, Exit, Option, type Scope, Stream, SubscriptionRef } from "effect"
import { DispatchService } from "../../DispatchService.ts"
import * as Metrics from "../../Metrics.ts"
import { readinessInterval, readinessTimeout } from "../../ServiceLimits.ts"
import * as Background from "../background.ts"
import { frameOf, type Route, serverStream, unary } from "./route.ts"
import type { Signal } from "../signal.ts"
import * as UnseenSpans from "../unseenSpans.ts"
import { WatchPlaces } from "../watchPlaces.ts"

/** Checks again and again that the store can be reached. */
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
      ? Effect.logInfo("The store can be used again")
      : Effect.logWarning(
          `The store cannot be used: ${whyOf(answer)}; asking again every ${Duration.toSeconds(readinessInterval)} s`
        )
    yield* SubscriptionRef.set(ready, isReady)
  })
  yield* Metrics.storesUnreachable.observe(() => (SubscriptionRef.getUnsafe(ready) ? 0 : 1))
  yield* Background.every("Checking readiness", readinessInterval, UnseenSpans.unasked(look))
  return ready
})

/** The answer of the store, if it gave one. */
const whyOf = (answer: Option.Option<Exit.Exit<void, Error>>): string =>
  Option.match(answer, {
    onNone: () => "it does not answer",
    onSome: (exit) => (Exit.isFailure(exit) ? (Cause.squash(exit.cause) as Error).message : "")
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
  frameOf(Protobuf.HealthCheckResponseSchema, {
    status: isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING
  })

/** The methods of the service. It needs no key. */
export const routes = (
  ready: SubscriptionRef.SubscriptionRef<boolean>,
  stopping: Signal<DispatchError.DispatchError>
): ReadonlyArray<Route<never>> => {
  const places = new WatchPlaces()
  const { check, watch } = Protobuf.Health.method
  return [
    unary(check, () => open(({ service }) => statusOf(service, ready))),
    serverStream(watch, (call) =>
      open(({ service }) =>
        Stream.unwrap(
          Effect.gen(function* () {
            yield* placed(places, call.remoteAddress)
            const stop = stopping.when((error) => call.fail(error))
            yield* Effect.addFinalizer(() => Effect.sync(stop))
            return statusesOf(service, ready)
          })
        )
      )
    )
  ]
}

/** A gate that everybody passes. */
const open = <A>(answer: A) => Effect.succeed({ keyId: undefined, turn: Effect.void, answer })

const statusOf = (service: string, ready: SubscriptionRef.SubscriptionRef<boolean>) => {
  const asked = readinessOf(service)
  if (asked === undefined) return unknown(service)
  return asked === "liveness" ? Effect.succeed(answer(true)) : Effect.map(SubscriptionRef.get(ready), answer)
}

const statusesOf = (service: string, ready: SubscriptionRef.SubscriptionRef<boolean>) => {
  const asked = readinessOf(service)
  if (asked === "readiness") return Stream.map(Stream.changes(SubscriptionRef.changes(ready)), answer)
  const first =
    asked === "liveness"
      ? answer(true)
      : frameOf(Protobuf.HealthCheckResponseSchema, { status: ServingStatus.SERVICE_UNKNOWN })
  return Stream.concat(Stream.succeed(first), Stream.never)
}

/** A place for the life of the scope. */
const placed = (
  places: WatchPlaces,
  address: string | undefined
): Effect.Effect<void, DispatchError.DispatchError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const refusal = places.take(address)
      return refusal === undefined ? Effect.void : tooMany(refusal)
    }),
    () => Effect.sync(() => places.give(address))
  )

const tooMany = (what: string): DispatchError.DispatchError =>
  DispatchError.resourceExhausted(`${what}, which is the most there may be`)

const unknown = (service: string): DispatchError.DispatchError =>
  DispatchError.notFound(`there is no service "${service}" here`)
