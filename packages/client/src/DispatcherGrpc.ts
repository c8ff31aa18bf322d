/**
 * The dispatcher of a microgrid with everything wired: client over gRPC, scheduler, clock and actor.
 *
 * @since 0.1.0
 */
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchingActorOptions } from "@effect-dispatch/core/DispatchingActor"
import type { MicrogridTaken } from "@effect-dispatch/core/MicrogridTaken"
import type { OptionError } from "@effect-dispatch/core/Options"
import * as Options from "@effect-dispatch/core/Options"
import * as SiteJournal from "@effect-dispatch/core/SiteJournal"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import { Cause, type Config, Effect, Layer, Option, type Scope, Struct } from "effect"
import * as ClientConfig from "./ClientConfig.ts"
import { ClientConfigError } from "./ClientConfigError.ts"
import * as DispatchClientGrpc from "./DispatchClientGrpc.ts"
import type { DispatchUrlError } from "./DispatchUrl.ts"
import type { ReportClient } from "./ReportClient.ts"
import * as RunReporter from "./RunReporter.ts"

/**
 * The options of a dispatcher: its microgrid, and the service.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatcherOptions extends SiteOptions, ClientConfig.ClientOptions {}

/**
 * The options of the dispatcher's actor, and where it keeps its knowledge.
 *
 * @category models
 * @since 0.1.0
 */
export interface SiteOptions extends DispatchingActorOptions {
  /**
   * A directory, made if need be, that keeps the actor's knowledge and announcements from one process to the next; see
   * `SitePersistence.layerFiles`. Without it nothing is kept, unless a layer of `SitePersistence` is provided.
   */
  readonly persistence?: string | undefined
  /**
   * Keeps a journal of what really ran in a directory; see `SiteJournal.layerFiles`. Without it none is kept, unless a
   * layer of `SiteJournal` is provided.
   */
  readonly journal?: SiteJournal.JournalFilesOptions | undefined
  /** Reports the runs of the journal to the service: not unless asked. */
  readonly report?: boolean | undefined
}

/**
 * The dispatcher of a microgrid, on the service that `url` names.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatcherGrpc } from "@effect-dispatch/client"
 * import { Dispatcher, MicrogridId } from "@effect-dispatch/core"
 * import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const dispatcher = yield* Dispatcher.Dispatcher
 *   yield* dispatcher.initialized
 *   assert.strictEqual((yield* dispatcher.status)._tag, "Synchronised")
 * })
 * const Service = GrpcServer.layer({ port: 0 }).pipe(
 *   Layer.provide(DispatchService.layer),
 *   Layer.provide(DispatchStoreMemory.layer)
 * )
 * const Site = Layer.unwrap(
 *   Effect.map(GrpcServer.GrpcServer, ({ port }) =>
 *     DispatcherGrpc.layer({ microgridId: MicrogridId.make(1n), url: `grpc://127.0.0.1:${port}?ssl=false` })
 *   )
 * )
 * await Effect.runPromise(Effect.provide(program, Layer.provide(Site, Service)))
 * ```
 *
 * @see BEHAVIOUR section 2
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: DispatcherOptions
): Layer.Layer<Dispatcher.Dispatcher, DispatchUrlError | ClientConfigError | MicrogridTaken> =>
  whenKnown(options, { ...siteNames, ...ClientConfig.names }, () =>
    ofMicrogrid(
      Struct.pick(options, Struct.keys(siteNames)),
      DispatchClientGrpc.layer(Struct.pick(options, Struct.keys(ClientConfig.names)))
    )
  )

/**
 * The dispatcher of a microgrid, on the service that the environment names.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: SiteOptions
): Layer.Layer<
  Dispatcher.Dispatcher,
  DispatchUrlError | ClientConfigError | MicrogridTaken | Config.ConfigError
> => whenKnown(options, siteNames, () => ofMicrogrid(options, DispatchClientGrpc.layerConfig))

const siteNames: Options.Names<SiteOptions> = {
  microgridId: true,
  sync: true,
  askAfter: true,
  restartDelay: true,
  restartLimit: true,
  subscriberCapacity: true,
  journal: true,
  report: true,
  persistence: true
}

/** Any fault of an option is an error of this package. */
const whenKnown = <Given, E>(
  options: Given,
  names: Options.Names<Given>,
  make: () => Layer.Layer<Dispatcher.Dispatcher, E>
): Layer.Layer<Dispatcher.Dispatcher, Exclude<E, OptionError> | ClientConfigError> =>
  Layer.effectContext(
    Options.checkNames(options, names).pipe(
      Effect.andThen(Effect.suspend(() => Layer.build(make()))),
      Effect.mapError((error) =>
        error instanceof Options.OptionError
          ? ClientConfigError.fromRefusal(error.refusal)
          : (error as Exclude<E, OptionError>)
      )
    )
  )

const ofMicrogrid = <E>(
  { journal, persistence, report = false, ...actor }: SiteOptions,
  client: Layer.Layer<DispatchClient | ReportClient, E>
): Layer.Layer<Dispatcher.Dispatcher, E | ClientConfigError | MicrogridTaken | OptionError> => {
  const site = Dispatcher.layerWithClient(actor)
  return (report ? Layer.provideMerge(RunReporter.layer, site) : site).pipe(
    Layer.provide(client),
    Layer.provide(persistence === undefined ? Layer.empty : filesIn(persistence)),
    Layer.provide(journal === undefined ? Layer.empty : journalIn(journal))
  )
}

const journalIn = (options: SiteJournal.JournalFilesOptions): Layer.Layer<never, OptionError> =>
  Layer.provide(SiteJournal.layerFiles(options), [NodeFileSystem.layer, NodePath.layer])

/** Needs nothing of the application: this package runs on Node anyway. */
const filesIn = (directory: string): Layer.Layer<never, ClientConfigError> =>
  typeof directory !== "string" || directory.trim() === ""
    ? unusable("give the path of a directory, or leave it out to keep nothing")
    : SitePersistence.layerFiles(directory).pipe(
        Layer.provide([NodeFileSystem.layer, NodePath.layer]),
        Layer.catch((error) => unusable(`${directory} cannot be used: ${error.message}`))
      )

const unusable = (message: string): Layer.Layer<never, ClientConfigError> =>
  failing(ClientConfigError.fromRefusal({ path: "persistence", message }))

const failing = <E>(error: E): Layer.Layer<never, E> => Layer.effectDiscard(Effect.fail(error))

/**
 * A program for applications that are not built of layers. `Effect.runFork(run(options, setUp))` makes the dispatcher,
 * sets up what shall happen, and runs until the fiber is interrupted, which stops everything. A failure or defect that
 * keeps it from beginning is logged as well, since `runFork` reports none.
 *
 * @category running
 * @since 0.1.0
 */
export const run = <E, R>(
  options: DispatcherOptions,
  setUp: (dispatcher: Dispatcher.Dispatcher["Service"]) => Effect.Effect<unknown, E, R>
): Effect.Effect<
  never,
  E | DispatchUrlError | ClientConfigError | MicrogridTaken,
  Exclude<Exclude<R, Scope.Scope>, Dispatcher.Dispatcher>
> =>
  Effect.provide(Dispatcher.run(setUp), layer(options)).pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.annotateLogs(tellWhy(cause), "microgrid", String(options?.microgridId))
    )
  )

/** An error made for people speaks for itself; anything else needs its origin. */
const tellWhy = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const error = Option.getOrElse(Cause.findErrorOption(cause), () => mistakeIn(cause))
  return error instanceof Error && error.message !== ""
    ? Effect.logError(`The dispatcher cannot begin: ${error.message}`)
    : Effect.logError("The dispatcher cannot begin", cause)
}

/** The option that a program has got wrong, if it died of that. */
const mistakeIn = (cause: Cause.Cause<unknown>): Options.OptionError | undefined => {
  const thrown = Cause.squash(cause)
  return thrown instanceof Options.OptionError ? thrown : undefined
}
