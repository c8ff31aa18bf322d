/** Calls of the service as effects: with credentials and a deadline, and failures in the model's terms. */
import { type CallOptions, ConnectError } from "@connectrpc/connect"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Clock, Duration, Effect, Metric, Random } from "effect"
import type { CheckedOptions } from "../ClientConfig.ts"
import { address } from "../DispatchUrl.ts"
import { retriesMax, retryDelayMax } from "../ClientLimits.ts"
import * as Metrics from "../Metrics.ts"
import * as CallMetadata from "./callMetadata.ts"
import { propagate, traced } from "./callSpans.ts"
import * as ClockReadings from "./clockReadings.ts"
import * as Connection from "./connection.ts"
import { fromThrown } from "./failure.ts"
import { Features } from "./features.ts"

/** A method of the service, as generated code names it. */
export type Method = keyof typeof MicrogridDispatchService.method

/** Makes calls for one client. */
export interface Calls {
  readonly promises: Connection.PromisedCalls
  readonly clockReadings: ClockReadings.ClockReadings["stream"]
  readonly features: Features
  /** Makes a call that has one answer. */
  readonly unary: <A>(
    method: Method,
    send: (options: CallOptions) => Promise<A>,
    metadata?: { readonly [name: string]: string }
  ) => Effect.Effect<A, DispatchError>
  /** Prepares a stream: its options, made when it is opened. */
  readonly prepareStream: (method: Method) => Effect.Effect<CallOptions, DispatchError>
  /** Makes the error of what a stream threw. */
  readonly failStream: (thrown: unknown) => DispatchError
}

/** The parts that the calls of one client share. */
interface Shared {
  readonly options: CheckedOptions
  readonly metadata: Effect.Success<ReturnType<typeof CallMetadata.make>>
  readonly clockReadings: ClockReadings.ClockReadings
  readonly features: Features
}

/** Calls over a connection that lives as long as the scope. */
export const make = Effect.fnUntraced(function* (options: CheckedOptions) {
  const promises = yield* Connection.make(options)
  const metadata = yield* CallMetadata.make(options.credentials)
  const clockReadings = yield* ClockReadings.make
  const features = new Features(yield* Clock.Clock, address(options.url))
  const streamedFor = `has streamed for ${Duration.format(options.streamTimeout)}, the limit set`
  return {
    promises,
    clockReadings: clockReadings.stream,
    features,
    unary: makeUnary({ options, metadata, clockReadings, features }),
    prepareStream: Effect.fnUntraced(function* (method: Method) {
      const headers = yield* metadata(MicrogridDispatchService.method[method].name)
      yield* propagate(headers)
      return { headers, onHeader: yield* clockReadings.begin, ...timeout(options.streamTimeout) }
    }),
    failStream: fromThrown(options, streamedFor)
  } satisfies Calls
})

const makeUnary = ({ clockReadings, features, metadata, options }: Shared): Calls["unary"] => {
  const fail = fromThrown(options, `did not answer within ${Duration.format(options.callTimeout)}`)
  return <A>(
    method: Method,
    send: (options: CallOptions) => Promise<A>,
    more: { readonly [name: string]: string } = {}
  ): Effect.Effect<A, DispatchError> =>
    Effect.gen(function* () {
      const headers = yield* metadata(MicrogridDispatchService.method[method].name)
      yield* propagate(headers)
      Object.assign(headers, more)
      const onTime = yield* clockReadings.begin
      let answered: Headers | undefined
      const onHeader = (headers: Headers) => {
        onTime(headers)
        answered = headers
      }
      const answer = yield* Effect.tryPromise({
        try: (signal) => send({ signal, headers, onHeader, ...timeout(options.callTimeout) }),
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
    }).pipe(
      measured(MicrogridDispatchService.method[method].name),
      traced(MicrogridDispatchService.method[method].name)
    )
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
