/**
 * The engine on `effect/cluster`: a bucket is a shard, and its program the one singleton on it. Shards are shared out by
 * a hash ring; their locks are advisory locks of one session of PostgreSQL, so that they end with the process.
 */
import { Context, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  RunnerServer,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  SqlRunnerStorage
} from "effect/cluster"
import { RpcSerialization, RpcServer } from "effect/rpc"
import type { SocketServer } from "effect/socket"
import { FleetEngine, FleetFronts } from "../../FleetEngine.ts"
import { unavailable } from "../../FleetError.ts"
import { healthInterval, pingTimeout, servingCloseTimeout, stopTimeout } from "../../FleetLimits.ts"
import { type FleetSettings, toleranceOf } from "../../FleetSettings.ts"
import { FleetStore } from "../../FleetStore.ts"
import * as FrontEntity from "./frontEntity.ts"
import { bucketNames } from "./bucketNames.ts"
import { Lease, observed } from "./lease.ts"
import { patient } from "./patientLocks.ts"

/** An address of a process. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The minor version of Effect: locks, addresses and messages of its engine may change with it. */
const release = "effect 4.1"

/** The name of a process, by which it is known everywhere: also to the database, as that of its sessions. */
export const nameOf = ({ host, port }: Address): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

/** The settings of the engine that all processes share; those left out are about messages, which are not used. */
const common = ({ buckets, lease, ...settings }: FleetSettings) => ({
  shardsPerGroup: buckets,
  shardLockExpiration: lease,
  shardLockRefreshInterval: toleranceOf({ buckets, lease, ...settings }),
  refreshAssignmentsInterval: "500 millis" as const,
  entityMessagePollInterval: "1 second" as const,
  runnerHealthCheckInterval: healthInterval,
  entityTerminationTimeout: stopTimeout,
  simulateRemoteSerialization: false,
  maxResidentEntities: "unbounded" as const
})

const configOf = (address: Address, listen: Address, settings: FleetSettings) =>
  ShardingConfig.layer({
    ...common(settings),
    runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
    runnerListenAddress: Option.some(RunnerAddress.make(listen.host, listen.port)),
    runnerJoinDebounce: settings.joinDebounce
  })

/** The sockets of a platform. */
export interface Sockets {
  readonly client: Layer.Layer<Runners.RpcClientProtocol, never, RpcSerialization.RpcSerialization>
  readonly server: Layer.Layer<
    SocketServer.SocketServer,
    SocketServer.SocketServerError,
    ShardingConfig.ShardingConfig
  >
}

/** The engine of a process, which reaches the owners of all buckets as well. */
export const layer = (address: Address, listen: Address, sockets: Sockets) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { admit, name, settings } = yield* FleetStore
      // The engine tells others of this process as soon as it is made.
      yield* admit(nameOf(address), release)
      const lease = new Lease()
      const config = configOf(address, listen, settings)
      const serving = yield* servingScope
      const sharding = yield* Scope.make()
      const leave = yield* Effect.cached(Scope.close(sharding, Exit.void))
      yield* Effect.addFinalizer(() => leave)
      const context = yield* Layer.buildWithScope(
        Sharding.layer.pipe(
          Layer.provide(RunnerHealth.layerPing),
          Layer.provideMerge(Runners.layerRpc),
          Layer.provide(sockets.client),
          Layer.provide(serialization),
          Layer.provideMerge(MessageStorage.layerNoop),
          Layer.provideMerge(storageOf(name, lease)),
          Layer.provideMerge(config)
        ),
        sharding
      )
      yield* RunnerServer.layer.pipe(
        Layer.provide(RpcServer.layerProtocolSocketServer),
        Layer.provide([sockets.server, serialization]),
        Layer.provide(Layer.succeedContext(context)),
        Layer.buildWithScope(serving)
      )
      const engine = yield* Effect.provideContext(make(address, settings, lease), context)
      const fronts = yield* Effect.provideContext(reach(settings), context)
      return Context.make(FleetEngine, FleetEngine.of({ ...engine, leave })).pipe(
        Context.add(FleetFronts, fronts)
      )
    })
  )

/** The way to the owners, for a process that runs nothing. */
export const layerClient = ({ client }: Pick<Sockets, "client">) =>
  Layer.effect(
    FleetFronts,
    Effect.gen(function* () {
      const { name, settings } = yield* FleetStore
      const context = yield* Layer.build(
        RunnerServer.layerClientOnly.pipe(
          Layer.provide(client),
          Layer.provide(serialization),
          Layer.provide(MessageStorage.layerNoop),
          Layer.provide(storageOf(name, new Lease())),
          Layer.provide(ShardingConfig.layer({ ...common(settings), runnerAddress: Option.none() }))
        )
      )
      return yield* Effect.provideContext(reach(settings), context)
    })
  )

const reach = (settings: FleetSettings) =>
  Effect.flatMap(Sharding.Sharding, (sharding) =>
    Effect.map(FrontEntity.reach(sharding, bucketNames(sharding, settings.buckets)), FleetFronts.of)
  )

const serialization = RpcSerialization.layerSchemaBinary()

/** The storage of runners and locks, which waits for locks and confirms the lease. */
const storageOf = (name: string, lease: Lease) =>
  Layer.effect(
    RunnerStorage.RunnerStorage,
    RunnerStorage.RunnerStorage.pipe(
      Effect.flatMap((inner) => observed(inner, lease)),
      Effect.flatMap(patient)
    )
  ).pipe(Layer.provide(Layer.orDie(SqlRunnerStorage.layerWith({ prefix: `${name}_engine` }))))

/**
 * The scope of what answers other processes. It is closed after the locks were given back, and not waited for long: a
 * connection that broke while this process stood still can hold it up for ever.
 */
const servingScope = Effect.acquireRelease(Scope.make(), (scope, exit) =>
  Effect.gen(function* () {
    const closing = yield* Effect.forkDetach(Scope.close(scope, exit), { startImmediately: true })
    yield* Effect.timeoutOption(Effect.interruptible(Fiber.await(closing)), servingCloseTimeout)
  })
)

const make = Effect.fnUntraced(function* (own: Address, settings: FleetSettings, lease: Lease) {
  const sharding = yield* Sharding.Sharding
  const runners = yield* Runners.Runners
  const storage = yield* RunnerStorage.RunnerStorage
  const names = bucketNames(sharding, settings.buckets)
  return {
    address: nameOf(own),
    release,
    runBuckets: (program) =>
      Effect.gen(function* () {
        // All end at the same time.
        const together = yield* Scope.fork(yield* Scope.Scope, "parallel")
        for (const [bucket, name] of names.entries()) {
          yield* Scope.provide(sharding.registerSingleton(name, program(bucket)), together)
        }
      }),
    serve: (front) => FrontEntity.serve(sharding, front),
    confirmedAt: () => lease.confirmedAt,
    runners: storage.getRunners.pipe(
      Effect.map((all) => all.map(([{ address }, isHealthy]) => ({ address: nameOf(address), isHealthy }))),
      Effect.mapError(unavailable)
    ),
    ping: (address) =>
      runners.ping(addressOf(address)).pipe(
        Effect.as("Answered" as const),
        Effect.timeoutOrElse({ duration: pingTimeout, orElse: () => Effect.succeed("Silent" as const) }),
        Effect.orElseSucceed(() => "Refused" as const)
      ),
    markUnhealthy: (address) =>
      Effect.mapError(storage.setRunnerHealth(addressOf(address), false), unavailable)
  } satisfies Omit<FleetEngine["Service"], "leave">
})

const addressOf = (name: string): RunnerAddress.RunnerAddress => {
  const at = name.lastIndexOf(":")
  return RunnerAddress.make(name.slice(0, at).replace(/^\[(.*)\]$/, "$1"), Number(name.slice(at + 1)))
}
