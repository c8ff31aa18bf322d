/** Calls of the service as effects: with credentials and a deadline, and failures in the model's terms. */
import type { DescMethod } from "@bufbuild/protobuf"
import { type CallOptions, ConnectError, type Transport } from "@connectrpc/connect"
import { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Clock, Duration, Effect, Metric, Random } from "effect"
import type { CheckedOptions } from "../ClientConfig.ts"
import { retriesMax, retryDelayMax } from "../ClientLimits.ts"
import * as Metrics from "../Metrics.ts"
import * as CallMetadata from "./callMetadata.ts"
import { propagate, traced } from "./callSpans.ts"
import { fromThrown, type Place } from "./failure.ts"
import { Features } from "./features.ts"
import { ServiceClock } from "./serviceClock.ts"

/** The settings of calls. */
export type CallSettings = Pick<CheckedOptions, "callTimeout" | "credentials" | "streamTimeout">

/** The way of calls to the service, and the place that errors speak of. */
export interface Route extends Omit<Place, "credentials"> {
  readonly transport: Transport
}

/** Makes calls for one client. */
export interface Calls {
  readonly transport: Transport
  readonly serviceClock: ServiceClock
  readonly features: Features
  /** Makes a call that has one answer. */
  readonly unary: <A>(
    method: DescMethod,
    send: (options: CallOptions) => Promise<A>,
    metadata?: { readonly [name: string]: string }
  ) => Effect.Effect<A, DispatchError>
  /** Prepares a stream: its options, made when it is opened. */
  readonly prepareStream: (method: DescMethod) => Effect.Effect<CallOptions, DispatchError>
  /** Makes the error of what a stream threw. */
  readonly failStream: (thrown: unknown) => DispatchError
}

/** The parts that the calls of one client share. */
interface Shared {
  readonly metadata: Effect.Success<ReturnType<typeof CallMetadata.make>>
  readonly serviceClock: ServiceClock
  readonly features: Features
  readonly callTimeout: Duration.Duration
  /** Makes the error of what a call threw. */
  readonly fail: (thrown: unknown) => DispatchError
}

/** Calls by a route. */
export const make = Effect.fnUntraced(function* (
  { callTimeout, credentials, streamTimeout }: CallSettings,
  { transport, ...place }: Route
) {
  const metadata = yield* CallMetadata.make(credentials)
  const serviceClock = yield* ServiceClock.make
  const features = new Features(yield* Clock.Clock, place.where)
  const failing = (overdue: string) => fromThrown({ ...place, credentials }, overdue)
  const fail = failing(`did not answer within ${Duration.format(callTimeout)}`)
  return {
    transport,
    serviceClock,
    features,
    unary: makeUnary({ metadata, serviceClock, features, callTimeout, fail }),
    prepareStream: Effect.fnUntraced(function* (method: DescMethod) {
      const headers = yield* metadata(method.name)
      yield* propagate(headers)
      return { headers, onHeader: serviceClock.begin(), ...timeout(streamTimeout) }
    }),
    failStream: failing(`has streamed for ${Duration.format(streamTimeout)}, the limit set`)
  } satisfies Calls
})

const makeUnary = ({ callTimeout, fail, features, metadata, serviceClock }: Shared): Calls["unary"] => {
  return <A>(
    method: DescMethod,
    send: (options: CallOptions) => Promise<A>,
    more: { readonly [name: string]: string } = {}
  ): Effect.Effect<A, DispatchError> =>
    Effect.gen(function* () {
      const headers = yield* metadata(method.name)
      yield* propagate(headers)
      Object.assign(headers, more)
      const onTime = serviceClock.begin()
      let answered: Headers | undefined
      const onHeader = (headers: Headers) => {
        onTime(headers)
        answered = headers
      }
      const answer = yield* Effect.tryPromise({
        try: (signal) => send({ signal, headers, onHeader, ...timeout(callTimeout) }),
        catch: (thrown) => {
          // A refusal of the service tells the time as well.
          if (thrown instanceof ConnectError) {
            onTime(thrown.metadata)
            features.seeRefusal(thrown.metadata)
          }
          return fail(thrown)
        }
      })
      if (answered !== undefined) features.see(answered)
      return answer
    }).pipe(measured(method.name), traced(method))
}

/** Tries a call that changes nothing again after a passing failure, a little later each time. */
export const retrying = <A>(
  call: Effect.Effect<A, DispatchError>,
  retries = 0
): Effect.Effect<A, DispatchError> =>
  Effect.catch(call, (error) => {
    // Asking again for what is too large, or after the whole time of a call, is no help.
    const passing = error.reason._tag === "Unavailable" || error.reason._tag === "Protocol"
    if (!passing || retries >= retriesMax) return Effect.fail(error)
    return Effect.gen(function* () {
      yield* Effect.sleep(Duration.times(retryDelayMax, (yield* Random.next) * 2 ** retries))
      yield* Metric.update(Metrics.callsRetried.at(), 1)
      return yield* retrying(call, retries + 1)
    })
  })

/** A gRPC timeout is a whole number of milliseconds; without one there is no deadline. */
const timeout = (duration: Duration.Duration): CallOptions =>
  Duration.isFinite(duration) ? { timeoutMs: Math.ceil(Duration.toMillis(duration)) } : {}

/** Counts how a call ended, and how long it took. An interruption is no ending. */
const measured =
  (method: string) =>
  <A>(call: Effect.Effect<A, DispatchError>): Effect.Effect<A, DispatchError> =>
    Effect.flatMap(Clock.Clock, (clock) => {
      const began = clock.monotonicTimeNanosUnsafe()
      const ended = (ending: Ending): Effect.Effect<void> => {
        const took = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
        return Effect.andThen(
          Metric.update(Metrics.callsEnded.at(method, ending), 1),
          Metric.update(Metrics.callDuration.at(method), took)
        )
      }
      return Effect.matchEffect(call, {
        onSuccess: (answer) => Effect.as(ended("ok"), answer),
        onFailure: (error) => Effect.andThen(ended(error.reason._tag), Effect.fail(error))
      })
    })

type Ending = "ok" | DispatchError["reason"]["_tag"]
