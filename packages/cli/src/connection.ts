/** How the commands reach the service. */
import { authKeyFromEnvironment, ClientConfigError } from "@effect-dispatch/client/ClientConfig"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import type { DispatchUrlError } from "@effect-dispatch/client/DispatchUrl"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchClientError } from "@effect-dispatch/core/DispatchClientError"
import { Config, Effect, Layer, Option, type Redacted } from "effect"
import { Failure, UsageError } from "./UsageError.ts"

/** The port of a service on this machine. */
export const defaultPort = 50_051

/** The URL of a service on this machine. */
export const localUrl = (port: number): string => `grpc://127.0.0.1:${port}?ssl=false`

/** What the flags of a connection hold. */
export interface ConnectionFlags {
  readonly url: Option.Option<string>
  readonly authKey: Option.Option<Redacted.Redacted>
}

/** The client that the flags, or else the environment, ask for. */
export const clientLayer = (
  flags: ConnectionFlags
): Layer.Layer<DispatchClient, UsageError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const fromEnvironment = yield* Config.option(Config.String("DISPATCH_API_URL"))
      const url = Option.getOrElse(
        Option.orElse(flags.url, () => fromEnvironment),
        () => localUrl(defaultPort)
      )
      const keyOfEnvironment = yield* authKeyFromEnvironment
      const key = Option.orElse(flags.authKey, () => keyOfEnvironment)
      return DispatchClientGrpc.layer({ url, authKey: Option.getOrUndefined(key) })
    })
  ).pipe(
    Layer.catch(
      (error: DispatchUrlError | ClientConfigError | Config.ConfigError) =>
        Layer.effectDiscard(
          Effect.fail(
            new UsageError({ message: error.message, example: "--url 'grpc://127.0.0.1:50051?ssl=false'" })
          )
        ) as unknown as Layer.Layer<DispatchClient, UsageError>
    )
  )

/** Says of a failed call what happened, and what can be done about it. */
export const explain = (error: DispatchClientError): Failure => {
  const { reason } = error
  if (reason._tag === "Unavailable" && reason.message.includes("nothing listens")) {
    return new Failure({ message: `${reason.message}\nStart one with: dispatch serve` })
  }
  return new Failure({ message: reason.message })
}
