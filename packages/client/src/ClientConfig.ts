/**
 * The options of a client: the service's URL and, unless it is on this machine, a key.
 *
 * @since 0.1.0
 */
import type { Transport } from "@connectrpc/connect"
import * as Options from "@effect-dispatch/core/Options"
import { Config, Duration, Effect, Option, type Redacted } from "effect"
import { ClientConfigError } from "./ClientConfigError.ts"
import { defaultCallTimeout } from "./ClientLimits.ts"
import * as Credentials from "./Credentials.ts"
import { type DispatchUrl, type DispatchUrlError, isLoopback, parse } from "./DispatchUrl.ts"

/**
 * The options of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientOptions {
  /** `grpc://host[:port][?options]`. */
  readonly url: string
  /** Shown to the service with every call; needed unless the service is on this machine. */
  readonly authKey?: Redacted.Redacted | undefined
  /** The secret that belongs to the key. Calls are signed with it, and it is never sent. */
  readonly signSecret?: Redacted.Redacted | undefined
  /** Longest time for a call other than a stream: 60 s unless given, at most a day, or infinite. */
  readonly callTimeout?: Duration.Input | undefined
  /** Longest life of an event stream: infinite unless given, else at most a day. */
  readonly streamTimeout?: Duration.Input | undefined
  /**
   * A transport of connect to make calls through, such as one of `@connectrpc/connect-node`. Then `url` only names the
   * service in messages: encryption, pings and connections are the transport's.
   */
  readonly transport?: Transport | undefined
}

/**
 * The names of the options of a client.
 *
 * @category constants
 * @since 0.1.0
 */
export const names: Options.Names<ClientOptions> = {
  url: true,
  authKey: true,
  signSecret: true,
  callTimeout: true,
  streamTimeout: true,
  transport: true
}

/**
 * Longest finite timeout: the milliseconds that fit the eight digits of a gRPC timeout, cut to a whole number of
 * days. A longer one is refused with `ClientConfigError`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const timeoutMax: Duration.Duration = Duration.days(1)

/**
 * Options that are fit for use.
 *
 * @category models
 * @since 0.1.0
 */
export interface CheckedOptions {
  readonly url: DispatchUrl
  readonly credentials: Credentials.Credentials | undefined
  readonly callTimeout: Duration.Duration
  readonly streamTimeout: Duration.Duration
  readonly transport: Transport | undefined
}

/**
 * Checks that options belong together, and warns if they would send data unencrypted over a network. `credentialNames` are the
 * user's names for a key and its secret.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ClientConfig } from "@effect-dispatch/client"
 * import { Duration, Effect } from "effect"
 *
 * const given = { url: "grpc://127.0.0.1:50051?ssl=false", callTimeout: "5 seconds" } as const
 * const options = await Effect.runPromise(ClientConfig.check(given))
 * assert.strictEqual(options.url.port, 50_051)
 * assert.deepStrictEqual(options.callTimeout, Duration.seconds(5))
 * ```
 *
 * @category parsing
 * @since 0.1.0
 */
export const check = (
  options: ClientOptions,
  credentialNames: Credentials.Names = Credentials.optionNames
): Effect.Effect<CheckedOptions, DispatchUrlError | ClientConfigError> =>
  Effect.gen(function* () {
    yield* Effect.mapError(Options.checkNames(options, names), ({ refusal }) =>
      ClientConfigError.fromRefusal(refusal)
    )
    const url = yield* Effect.fromResult(parse(options.url))
    const credentials = yield* Effect.fromResult(Credentials.make(options, credentialNames))
    if (credentials === undefined && !isLoopback(url.host)) {
      return yield* new ClientConfigError({
        option: "authKey",
        message: `${url.host} is not this machine, so a key is needed: give it as ${credentialNames.authKey}`
      })
    }
    const callTimeout = yield* checkTimeout("callTimeout", options.callTimeout ?? defaultCallTimeout)
    const streamTimeout = yield* checkTimeout("streamTimeout", options.streamTimeout ?? Duration.infinity)
    if (!url.ssl && !isLoopback(url.host)) {
      yield* Effect.logWarning(
        `The connection to ${url.host} is not encrypted (ssl=false): keys and data can be read on the way`
      )
    }
    return { url, credentials, callTimeout, streamTimeout, transport: options.transport }
  })

/**
 * Options from the environment: `DISPATCH_API_URL`, and the credentials there, if any.
 *
 * @category config
 * @since 0.1.0
 */
export const fromEnvironment: Effect.Effect<ClientOptions, ClientConfigError | Config.ConfigError> =
  Effect.gen(function* () {
    const url = yield* Config.withDefault(Config.String("DISPATCH_API_URL"), "")
    if (url === "") {
      return yield* new ClientConfigError({
        message:
          "DISPATCH_API_URL is not set: it says where the service is, such as grpc://127.0.0.1:50051?ssl=false"
      })
    }
    return { url, ...(yield* Credentials.fromEnvironment) }
  })

const checkTimeout = (
  option: string,
  given: Duration.Input
): Effect.Effect<Duration.Duration, ClientConfigError> => {
  const timeout = Option.getOrUndefined(Options.readLength(given))
  const isRight =
    timeout !== undefined &&
    Duration.isPositive(timeout) &&
    (!Duration.isFinite(timeout) || Duration.isLessThanOrEqualTo(timeout, timeoutMax))
  if (isRight) return Effect.succeed(timeout)
  const shown = timeout === undefined ? "no duration" : Duration.format(timeout)
  return Effect.fail(
    new ClientConfigError({
      option,
      message: `${option} is ${shown}, must be above 0 and at most ${Duration.format(timeoutMax)}, or infinite`
    })
  )
}
