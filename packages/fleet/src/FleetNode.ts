/**
 * A process of a fleet on Node: its sockets, and its connections to PostgreSQL.
 *
 * @since 0.1.0
 */
import * as NodeClusterSocket from "@effect/platform-node-shared/NodeClusterSocket"
import { PgClient } from "@effect/sql-pg"
import { OptionError } from "@effect-dispatch/core/Options"
import { Duration, Effect, Layer, type Redacted } from "effect"
import type { FleetEngine, FleetFronts } from "./FleetEngine.ts"
import { type FleetError, mismatch, unavailable } from "./FleetError.ts"
import * as FleetPostgres from "./FleetPostgres.ts"
import type { FleetRegistry } from "./FleetRegistry.ts"
import type { FleetStore } from "./FleetStore.ts"
import * as ClusterEngine from "./internal/engine/clusterEngine.ts"

/**
 * The number of connections to PostgreSQL of a process: one holds the locks, one listens. Set by `connectionsMax`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultConnectionsMax = 6

/**
 * The longest time for a statement of a process. After it the database ends it. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const statementTimeout: Duration.Duration = Duration.seconds(30)

/**
 * A fleet, and the place of this process in it.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetNodeOptions extends FleetPostgres.FleetPostgresOptions {
  /** `postgres://user:password@host:port/database`: PostgreSQL 14 or later, directly or by a pool of sessions. */
  readonly url: Redacted.Redacted
  /** `host:port` at which the other processes reach this one, and on which it listens. */
  readonly address: string
  /** `host:port` on which it listens, if that is another. */
  readonly listen?: string | undefined
  /** Most connections at the same time: 6 unless given. */
  readonly connectionsMax?: number | undefined
}

/**
 * The engine, the store and the registry of a process. Between processes there is neither encryption nor proof of who
 * asks: the address must be one of a private network.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetNode } from "@effect-dispatch/fleet"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
 * const built = (address: string) => Effect.scoped(Layer.build(FleetNode.layer({ url, address })))
 * const wrong = await Effect.runPromise(Effect.flip(built("10.0.0.7")))
 * assert.strictEqual(wrong.message, "address: is not an address such as 10.0.0.7:7070, of 63 characters at most")
 * const away = await Effect.runPromise(Effect.flip(built("127.0.0.1:7070")))
 * assert.ok(away._tag === "FleetError" && away.isRetryable)
 * ```
 *
 * @see BEHAVIOUR F2
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: FleetNodeOptions
): Layer.Layer<FleetEngine | FleetFronts | FleetStore | FleetRegistry, FleetError | OptionError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const address = yield* parse(options.address, "address")
      const listen = yield* parse(options.listen ?? options.address, "listen")
      return ClusterEngine.layer(address, listen, sockets).pipe(
        Layer.catchTag("SocketServerError", (error) =>
          Layer.effectContext<FleetEngine | FleetFronts, FleetError, never>(cannotListen(options, error))
        ),
        Layer.provideMerge(FleetPostgres.layer(options)),
        // By the name of the session the others find that which holds the locks.
        Layer.provide(connections({ ...options, address: ClusterEngine.nameOf(address) }))
      )
    })
  )

/**
 * The same for a process that runs nothing, and follows microgrids or administers the fleet. It makes no tables of the
 * fleet.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (
  options: Omit<FleetNodeOptions, "address" | "listen" | "buckets">
): Layer.Layer<FleetFronts | FleetStore | FleetRegistry, FleetError | OptionError> =>
  ClusterEngine.layerClient(sockets).pipe(
    Layer.provideMerge(FleetPostgres.layerClient(options)),
    Layer.provide(connections({ ...options, address: "client" }))
  )

const sockets: ClusterEngine.Sockets = {
  client: NodeClusterSocket.layerClientProtocol,
  server: NodeClusterSocket.layerSocketServer
}

const connections = ({ address, connectionsMax = defaultConnectionsMax, url }: FleetNodeOptions) =>
  PgClient.layerFrom(
    PgClient.make({
      url,
      maxConnections: connectionsMax,
      applicationName: address,
      startupParameters: { statement_timeout: String(Duration.toMillis(statementTimeout)) }
    }).pipe(Effect.mapError(unavailable))
  )

/** The message of the error itself says no more than that the port could not be opened. */
const cannotListen = ({ address, listen = address }: FleetNodeOptions, { cause, message }: Error) =>
  Effect.fail(
    mismatch(`this process cannot listen on ${listen}: ${cause instanceof Error ? cause.message : message}`)
  )

/** PostgreSQL keeps no longer name of a session. */
const addressLengthMax = 63

const parse = (text: string, path: string): Effect.Effect<ClusterEngine.Address, OptionError> => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host !== undefined && Number(port) < 65_536 && text.length <= addressLengthMax) {
    return Effect.succeed({ host, port: Number(port) })
  }
  const message = "is not an address such as 10.0.0.7:7070, of 63 characters at most"
  return Effect.fail(new OptionError({ refusal: { path, message } }))
}
