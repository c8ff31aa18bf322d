/**
 * The engine on `effect/cluster`: a bucket is a shard, and its program the one singleton on it. Shards are shared out by
 * a hash ring; their locks are advisory locks of one session of PostgreSQL, so that they end with the process.
 */
import { Effect, Layer, Option, Scope } from "effect"
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  SocketRunner,
  SqlRunnerStorage
} from "effect/cluster"
import { RpcSerialization } from "effect/rpc"
import type { SocketServer } from "effect/socket"
import { FleetEngine } from "../../FleetEngine.ts"
import { unavailable } from "../../FleetError.ts"
import { pingTimeout, stopTimeout } from "../../FleetLimits.ts"
import { type FleetSettings, toleranceOf } from "../../FleetSettings.ts"
import { FleetStore } from "../../FleetStore.ts"
import { bucketNames } from "./bucketNames.ts"
import { Lease, observed } from "./lease.ts"

/** An address of a process. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The minor version of Effect: locks, addresses and messages of its engine may change with it. */
export const version = "effect 4.1"

const nameOf = ({ host, port }: Address): string => `${host}:${port}`

/** The settings of the engine; those left out are about messages, which are not used. */
const configOf = (address: Address, listen: Address, settings: FleetSettings) =>
  ShardingConfig.layer({
    runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
    runnerListenAddress: Option.some(RunnerAddress.make(listen.host, listen.port)),
    shardsPerGroup: settings.buckets,
    shardLockExpiration: settings.lease,
    shardLockRefreshInterval: toleranceOf(settings),
    runnerJoinDebounce: settings.joinDebounce,
    refreshAssignmentsInterval: "500 millis",
    entityMessagePollInterval: "1 second",
    runnerHealthCheckInterval: "20 seconds",
    entityTerminationTimeout: stopTimeout,
    simulateRemoteSerialization: false,
    maxResidentEntities: "unbounded"
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

/** The engine of a process. */
export const layer = (address: Address, listen: Address, { client, server }: Sockets) =>
  Layer.unwrap(
    Effect.map(FleetStore, ({ name, settings }) => {
      const lease = new Lease()
      const storage = Layer.effect(
        RunnerStorage.RunnerStorage,
        Effect.flatMap(RunnerStorage.RunnerStorage, (inner) => observed(inner, lease))
      ).pipe(Layer.provide(Layer.orDie(SqlRunnerStorage.layerWith({ prefix: `${name}_engine` }))))
      return Layer.effect(FleetEngine, make(address, settings, lease)).pipe(
        Layer.provide(SocketRunner.layer),
        Layer.provide(server),
        Layer.provide(RunnerHealth.layerPing),
        Layer.provide(Runners.layerRpc),
        Layer.provide(client),
        Layer.provide(RpcSerialization.layerSchemaBinary()),
        Layer.provide(Layer.merge(MessageStorage.layerNoop, storage)),
        Layer.provide(configOf(address, listen, settings))
      )
    })
  )

const make = Effect.fnUntraced(function* (own: Address, settings: FleetSettings, lease: Lease) {
  const sharding = yield* Sharding.Sharding
  const runners = yield* Runners.Runners
  const storage = yield* RunnerStorage.RunnerStorage
  const names = bucketNames(sharding, settings.buckets)
  return FleetEngine.of({
    address: nameOf(own),
    version,
    runBuckets: (program) =>
      Effect.gen(function* () {
        // All end at the same time.
        const together = yield* Scope.fork(yield* Scope.Scope, "parallel")
        for (const [bucket, name] of names.entries()) {
          yield* Scope.provide(sharding.registerSingleton(name, program(bucket)), together)
        }
      }),
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
  })
})

const addressOf = (name: string): RunnerAddress.RunnerAddress => {
  const at = name.lastIndexOf(":")
  return RunnerAddress.make(name.slice(0, at), Number(name.slice(at + 1)))
}
