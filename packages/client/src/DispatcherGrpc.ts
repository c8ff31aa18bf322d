/**
 * The dispatcher of a microgrid with everything wired: client over gRPC, scheduler, clock and actor.
 *
 * @since 0.1.0
 */
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import type { DispatchingActorOptions } from "@effect-dispatch/core/DispatchingActor"
import { type Config, Effect, Layer, type Scope } from "effect"
import type { ClientOptions } from "./ClientConfig.ts"
import type { ClientConfigError } from "./ClientConfigError.ts"
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
  Layer.provide(Dispatcher.layerWithClient(options), DispatchClientGrpc.layer(options))

/**
 * The dispatcher of a microgrid, on the service that the environment names.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: DispatchingActorOptions
): Layer.Layer<Dispatcher, DispatchUrlError | ClientConfigError | Config.ConfigError> =>
  Layer.provide(Dispatcher.layerWithClient(options), DispatchClientGrpc.layerConfig)

/**
 * A program for applications that are not built of layers: `Effect.runFork(run(options, setUp))` makes the dispatcher
 * and sets up what shall happen; it runs until the fiber is interrupted, which stops everything.
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
> => Effect.provide(Dispatcher.run(setUp), layer(options))
