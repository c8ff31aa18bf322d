/**
 * What a client needs to know: the service's URL and, unless it is on this machine, a key.
 *
 * @since 0.1.0
 */
import { Config, Duration, Effect, Option, type Redacted, Schema } from "effect"
import { type DispatchUrl, type DispatchUrlError, isLoopback, parse } from "./DispatchUrl.ts"

/**
 * The configuration of a client is not usable; the message names what to change.
 *
 * @category errors
 * @since 0.1.0
 */
export class ClientConfigError extends Schema.TaggedError<ClientConfigError>()("ClientConfigError", {
  message: Schema.String
}) {}

/**
 * What a client is made with.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientOptions {
  /** `grpc://host[:port][?options]`. */
  readonly url: string
  /** Shown to the service with every call. Needed unless the service is on this machine. */
  readonly authKey?: Redacted.Redacted | undefined
  /** How long a call other than a stream may take: 60 s unless given. */
  readonly callTimeout?: Duration.Duration | undefined
}

/**
 * How long a call other than a stream may take, unless something else is given.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultCallTimeout: Duration.Duration = Duration.seconds(60)

/**
 * Options that are fit for use.
 *
 * @category models
 * @since 0.1.0
 */
export interface CheckedOptions {
  readonly url: DispatchUrl
  readonly authKey: Redacted.Redacted | undefined
  readonly callTimeout: Duration.Duration
}

/**
 * Checks that options belong together.
 *
 * @category parsing
 * @since 0.1.0
 */
export const check = (
  options: ClientOptions
): Effect.Effect<CheckedOptions, DispatchUrlError | ClientConfigError> =>
  Effect.gen(function* () {
    const url = yield* Effect.fromResult(parse(options.url))
    if (options.authKey === undefined && !isLoopback(url.host)) {
      return yield* new ClientConfigError({
        message: `${url.host} is not this machine, so a key is needed: set DISPATCH_API_AUTH_KEY (or FREQUENZ_API_KEY)`
      })
    }
    if (!url.ssl && !isLoopback(url.host)) {
      yield* Effect.logWarning(
        `The connection to ${url.host} is not encrypted (ssl=false): keys and data can be read on the way`
      )
    }
    return { url, authKey: options.authKey, callTimeout: options.callTimeout ?? defaultCallTimeout }
  })

/**
 * The key from the environment: `DISPATCH_API_AUTH_KEY`, else `FREQUENZ_API_KEY`.
 *
 * @category config
 * @since 0.1.0
 */
export const authKeyFromEnvironment: Config.Config<Option.Option<Redacted.Redacted>> = Config.Redacted(
  "DISPATCH_API_AUTH_KEY"
).pipe(
  Config.orElse(() => Config.Redacted("FREQUENZ_API_KEY")),
  Config.option
)

/**
 * Options from the environment: `DISPATCH_API_URL` and a key.
 *
 * @category config
 * @since 0.1.0
 */
export const fromEnvironment: Config.Config<ClientOptions> = Config.all({
  url: Config.String("DISPATCH_API_URL"),
  authKey: Config.map(authKeyFromEnvironment, Option.getOrUndefined)
})
