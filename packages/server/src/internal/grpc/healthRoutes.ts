/** `grpc.health.v1`: the service is ready while its store can be reached. */
import { create } from "@bufbuild/protobuf"
import type { ConnectRouter } from "@connectrpc/connect"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import {
  Cause,
  type Context,
  Duration,
  Effect,
  Exit,
  Option,
  Schedule,
  type Scope,
  Stream,
  SubscriptionRef
} from "effect"
import { DispatchService } from "../../DispatchService.ts"
import * as Metrics from "../../Metrics.ts"
import {
  healthWatchesMax,
  healthWatchesPerAddressMax,
  readinessInterval,
  readinessTimeout
} from "../../ServiceLimits.ts"
import { networkOf } from "./addressNetwork.ts"
import { exchangeKey } from "./exchange.ts"
import { serverStream, unary } from "./grpcBridge.ts"
import * as UnseenSpans from "../unseenSpans.ts"

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
  yield* Effect.forkScoped(UnseenSpans.unasked(Effect.repeat(look, Schedule.spaced(readinessInterval))))
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
  create(Protobuf.HealthCheckResponseSchema, {
    status: isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING
  })

/** Adds the service. It needs no key. */
export const routes = (
  router: ConnectRouter,
  ready: SubscriptionRef.SubscriptionRef<boolean>,
  stopping: Effect.Effect<never, DispatchError.DispatchError>,
  services: Context.Context<never>
): void => {
  const places = new Places()
  router.service(Protobuf.Health, {
    check: unary(services)(({ service }) => {
      const asked = readinessOf(service)
      if (asked === undefined) return DispatchError.notFound(`there is no service "${service}" here`)
      return asked === "liveness"
        ? Effect.succeed(answer(true))
        : Effect.map(SubscriptionRef.get(ready), answer)
    }),
    watch: serverStream(services)(({ service }, { values }) => {
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
      return Stream.unwrap(
        Effect.as(places.take(values.get(exchangeKey).remoteAddress), Stream.interruptWhen(changes, stopping))
      )
    })
  })
}

/** The places of watchers: nobody shows a key, so nobody may take all places. */
class Places {
  readonly #taken = new Map<string, number>()
  #total = 0

  /** One place for the life of the scope. */
  take(address: string | undefined): Effect.Effect<void, DispatchError.DispatchError, Scope.Scope> {
    const network = networkOf(address)
    return Effect.acquireRelease(
      Effect.suspend(() => {
        const taken = this.#taken.get(network) ?? 0
        if (this.#total >= healthWatchesMax) return tooMany(`there are ${healthWatchesMax} watches`)
        if (taken >= healthWatchesPerAddressMax) {
          return tooMany(`there are ${healthWatchesPerAddressMax} watches from this address`)
        }
        this.#total += 1
        this.#taken.set(network, taken + 1)
        return Effect.void
      }),
      () =>
        Effect.sync(() => {
          this.#total -= 1
          const left = (this.#taken.get(network) ?? 1) - 1
          if (left > 0) this.#taken.set(network, left)
          else this.#taken.delete(network)
        })
    )
  }
}

const tooMany = (what: string): DispatchError.DispatchError =>
  DispatchError.resourceExhausted(`${what}, which is the most there may be`)
