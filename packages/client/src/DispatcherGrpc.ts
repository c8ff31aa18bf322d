/**
 * The dispatcher of a microgrid with everything wired: client over gRPC, scheduler, clock and actor.
 *
 * @since 0.1.0
 */
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchingActorOptions } from "@effect-dispatch/core/DispatchingActor"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Cause, type Config, Effect, Layer, Option, Result, Schema, type Scope } from "effect"
import type { ClientOptions } from "./ClientConfig.ts"
import { ClientConfigError } from "./ClientConfigError.ts"
import * as DispatchClientGrpc from "./DispatchClientGrpc.ts"
import type { DispatchUrlError } from "./DispatchUrl.ts"

/**
 * What a dispatcher is made with: its microgrid, and the service.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatcherOptions extends DispatchingActorOptions, ClientOptions {}

/**
 * The dispatcher of a microgrid, on the service that `url` names.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: DispatcherOptions
): Layer.Layer<Dispatcher, DispatchUrlError | ClientConfigError> =>
  ofMicrogrid(options, DispatchClientGrpc.layer(options))

/**
 * The dispatcher of a microgrid, on the service that the environment names.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: DispatchingActorOptions
): Layer.Layer<Dispatcher, DispatchUrlError | ClientConfigError | Config.ConfigError> =>
  ofMicrogrid(options, DispatchClientGrpc.layerConfig)

const ofMicrogrid = <E>(
  options: DispatchingActorOptions,
  client: Layer.Layer<DispatchClient, E>
): Layer.Layer<Dispatcher, E | ClientConfigError> =>
  Layer.unwrap(Effect.as(checkMicrogrid(options), Layer.provide(Dispatcher.layerWithClient(options), client)))

/** A program without types may give a number, or nothing. */
const checkMicrogrid = ({ microgridId }: DispatchingActorOptions): Effect.Effect<void, ClientConfigError> => {
  const read = Schema.decodeResult(MicrogridId)(microgridId)
  return Result.isSuccess(read)
    ? Effect.void
    : Effect.fail(
        new ClientConfigError({ option: "microgridId", message: `microgridId: ${read.failure.message}` })
      )
}

/**
 * A program for applications that are not built of layers: `Effect.runFork(run(options, setUp))` makes the dispatcher
 * and sets up what shall happen; it runs until the fiber is interrupted, which stops everything. What keeps it from
 * beginning, be it a failure or a defect, is logged as well, since `runFork` tells nobody of that.
 *
 * @category running
 * @since 0.1.0
 */
export const run = <E, R>(
  options: DispatcherOptions,
  setUp: (dispatcher: Dispatcher["Service"]) => Effect.Effect<unknown, E, R>
): Effect.Effect<
  never,
  E | DispatchUrlError | ClientConfigError,
  Exclude<Exclude<R, Scope.Scope>, Dispatcher>
> =>
  Effect.provide(Dispatcher.run(setUp), layer(options)).pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.annotateLogs(tellWhy(cause), "microgrid", String(options.microgridId))
    )
  )

/** An error that is made for people speaks for itself; of anything else it matters where it comes from. */
const tellWhy = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  return error instanceof Error
    ? Effect.logError(`The dispatcher cannot begin: ${error.message}`)
    : Effect.logError("The dispatcher cannot begin", cause)
}
