/** `grpc.health.v1`: the service is ready while its store can be reached. */
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Cause, Duration, Effect, Exit, Option, type Scope } from "effect"
import { DispatchService } from "../../DispatchService.ts"
import * as Metrics from "../../Metrics.ts"
import { readinessInterval, readinessTimeout, streamBacklogMax } from "../../ServiceLimits.ts"
import * as Background from "../background.ts"
import { Backlog, Mapped, type Source } from "../backlog.ts"
import { type Call, frameOf, type Frames, type Route, serverStream, unary } from "./route.ts"
import type { Signal } from "../signal.ts"
import * as UnseenSpans from "../unseenSpans.ts"
import { WatchPlaces } from "../watchPlaces.ts"

/** The states of one thing that a watch tells of, until it is too far behind. */
type States = Source<boolean, DispatchError.DispatchError>

/** True while the store can be reached, for those who ask and those who watch. */
class Readiness {
  #isReady = true
  readonly #watches = new Set<Backlog<boolean, DispatchError.DispatchError>>()

  get isReady(): boolean {
    return this.#isReady
  }

  set(isReady: boolean): void {
    this.#isReady = isReady
    for (const watch of this.#watches) if (!watch.offer(isReady)) watch.fail(behind)
  }

  /** The present state and each that follows, for the life of the scope. */
  readonly watch: Effect.Effect<States, never, Scope.Scope> = Effect.acquireRelease(
    Effect.sync(() => {
      const watch = always(this.#isReady)
      this.#watches.add(watch)
      return watch
    }),
    (watch) => Effect.sync(() => this.#watches.delete(watch))
  )
}

const behind = DispatchError.resourceExhausted(`the watch fell ${streamBacklogMax} states behind`)

/** One state, unless others follow. */
const always = <State>(state: State): Backlog<State, DispatchError.DispatchError> => {
  const states = new Backlog<State, DispatchError.DispatchError>(streamBacklogMax)
  states.offer(state)
  return states
}

/** Checks again and again that the store can be reached. */
export const watchReadiness: Effect.Effect<Readiness, never, DispatchService | Scope.Scope> = Effect.gen(
  function* () {
    const service = yield* DispatchService
    const ready = new Readiness()
    const look = Effect.gen(function* () {
      const answer = yield* Effect.timeoutOption(Effect.exit(service.check), readinessTimeout)
      const isReady = Option.isSome(answer) && answer.value._tag === "Success"
      if (isReady === ready.isReady) return
      yield* isReady
        ? Effect.logInfo("The store can be used again")
        : Effect.logWarning(
            `The store cannot be used: ${whyOf(answer)}; asking again every ${Duration.toSeconds(readinessInterval)} s`
          )
      ready.set(isReady)
    })
    yield* Metrics.storesUnreachable.observe(() => (ready.isReady ? 0 : 1))
    yield* Background.every("Checking readiness", readinessInterval, UnseenSpans.unasked(look))
    return ready
  }
)

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
  ready: Readiness,
  stopping: Signal<DispatchError.DispatchError>
): ReadonlyArray<Route<never>> => {
  const places = new WatchPlaces()
  const { check, watch } = Protobuf.Health.method
  return [
    unary(check, () =>
      Effect.succeed({ ...open, _tag: "Unary", answer: ({ service }) => statusOf(service, ready) })
    ),
    serverStream(watch, (call) =>
      Effect.succeed({
        ...open,
        _tag: "Stream",
        answer: ({ service }) =>
          Effect.andThen(
            Effect.sync(() => call.whenOver(stopping.when((error) => call.fail(error)))),
            Effect.andThen(placed(places, call), statusesOf(service, ready))
          )
      })
    )
  ]
}

/** A gate that everybody passes. */
const open = { keyId: undefined, turn: Effect.void }

const statusOf = (service: string, ready: Readiness) => {
  const asked = readinessOf(service)
  if (asked === undefined) return unknown(service)
  return Effect.succeed(answer(asked === "liveness" || ready.isReady))
}

const statusesOf = (
  service: string,
  ready: Readiness
): Effect.Effect<Frames, DispatchError.DispatchError, Scope.Scope> => {
  const asked = readinessOf(service)
  if (asked === "readiness") return Effect.map(ready.watch, (states) => new Mapped(states, answer))
  return Effect.succeed(
    always(
      asked === "liveness"
        ? answer(true)
        : frameOf(Protobuf.HealthCheckResponseSchema, { status: ServingStatus.SERVICE_UNKNOWN })
    )
  )
}

/** A place for the life of the scope. */
const placed = (
  places: WatchPlaces,
  { remoteAddress }: Call
): Effect.Effect<void, DispatchError.DispatchError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const refusal = places.take(remoteAddress)
      return refusal === undefined ? Effect.void : tooMany(refusal)
    }),
    () => Effect.sync(() => places.give(remoteAddress))
  )

const tooMany = (what: string): DispatchError.DispatchError =>
  DispatchError.resourceExhausted(`${what}, which is the most there may be`)

const unknown = (service: string): DispatchError.DispatchError =>
  DispatchError.notFound(`there is no service "${service}" here`)
