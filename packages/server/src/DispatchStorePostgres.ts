/**
 * Dispatches in PostgreSQL, for services of several processes.
 *
 * @since 0.1.0
 */
import { PgClient } from "@effect/sql-pg"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import {
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  PubSub,
  Redacted,
  Result,
  Schedule,
  Scope,
  Stream
} from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { AccessKeyStore } from "./AccessKeyStore.ts"
import { DispatchFormat } from "./DispatchFormat.ts"
import * as DispatchFormatProtobuf from "./DispatchFormatProtobuf.ts"
import { DispatchStore, StoreUnusable, type ChangeHint } from "./DispatchStore.ts"
import * as Background from "./internal/background.ts"
import * as PostgresHolders from "./internal/sql/postgresHolders.ts"
import * as PostgresReports from "./internal/sql/postgresReports.ts"
import * as PostgresSession from "./internal/sql/postgresSession.ts"
import * as PostgresSockets from "./internal/sql/postgresSockets.ts"
import { bounded, takingTurns } from "./internal/sql/postgresTurns.ts"
import * as PostgresWrites from "./internal/sql/postgresWrites.ts"
import * as SqlAccessKeys from "./internal/sql/sqlAccessKeys.ts"
import { randomBytes } from "./internal/randomness.ts"
import { failure } from "./internal/sql/sqlFailure.ts"
import * as SqlDispatches from "./internal/sql/sqlDispatches.ts"
import { layout, migrate } from "./internal/sql/sqlMigrations.ts"
import { type Database, readBy } from "./internal/sql/sqlRows.ts"
import { postgresTurnLength } from "./ListingLimits.ts"
import { ReportStore } from "./ReportStore.ts"
import {
  feedRetryDelay,
  postgresAnswerTimeout,
  postgresCloseTimeout,
  postgresConnectionsMax,
  postgresMigrationTimeout,
  postgresMigrationTries,
  postgresPollInterval,
  postgresStatementTimeout,
  postgresHintsMax
} from "./ServiceLimits.ts"

/**
 * The database, and the way to reach it.
 *
 * @category models
 * @since 0.1.0
 */
export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`. */
  readonly url: Redacted.Redacted
  /** Most connections at the same time, one of which listens: 10 unless given. */
  readonly connectionsMax?: number | undefined
}

/**
 * A store in a database, which any number of services may share. Its tables are first made and brought up to date.
 *
 * Commits of others arrive by notification, and at the latest by polling every `postgresPollInterval`. A database that
 * goes away makes calls fail, and is taken into use again when it is back.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchStorePostgres } from "@effect-dispatch/server"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const url = Redacted.make("postgres://dispatch:secret@127.0.0.1:1/dispatch")
 * const store = Effect.scoped(Layer.build(DispatchStorePostgres.layer({ url })))
 * const { reason } = await Effect.runPromise(Effect.flip(store))
 * assert.strictEqual(reason, "Inaccessible")
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: PostgresStoreOptions
): Layer.Layer<DispatchStore | AccessKeyStore | ReportStore, StoreUnusable> =>
  Layer.provide(layerFormat(options), DispatchFormatProtobuf.layer)

/**
 * The same, with dispatches in the form at hand.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFormat = (
  options: PostgresStoreOptions
): Layer.Layer<DispatchStore | AccessKeyStore | ReportStore, StoreUnusable, DispatchFormat> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const format = yield* DispatchFormat
      const { listener, ...connected } = yield* open(options)
      const { inItsScope, sql } = connected
      // A dropped hint is made up for by polling.
      const hints = yield* PubSub.sliding<ChangeHint>(postgresHintsMax)
      yield* inItsScope(
        Background.forever(
          "Listening to the database",
          Stream.runForEach(hintsOf(sql, listener), (hint) => PubSub.publish(hints, hint))
        )
      )
      const store = dispatchStore({ ...connected, format }, Stream.fromPubSub(hints))
      yield* Effect.mapError(
        store.secret,
        ({ message }) => new StoreUnusable({ reason: "Inaccessible", message })
      )
      return Context.make(DispatchStore, store).pipe(
        Context.add(AccessKeyStore, accessKeyStore(sql)),
        Context.add(ReportStore, PostgresReports.make(connected))
      )
    })
  ).pipe(Layer.provide(Reactivity.layer))

/**
 * The keys in a database, to administer them.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerKeys = (options: PostgresStoreOptions): Layer.Layer<AccessKeyStore, StoreUnusable> =>
  Layer.effect(
    AccessKeyStore,
    Effect.map(open(options), ({ sql }) => accessKeyStore(sql))
  ).pipe(Layer.provide([Reactivity.layer, DispatchFormatProtobuf.layer]))

/** The parts opened for a store: its connections, and the way to make one more that listens. */
interface Opened extends Connected {
  readonly listener: Listener
}

/** A connected client, and the work that goes on while it is connected. */
interface Connected {
  readonly sql: PgClient.PgClient
  readonly connectionsMax: number
  readonly inItsScope: <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Effect.Effect<A, E>
}

const open = Effect.fnUntraced(function* ({
  connectionsMax = postgresConnectionsMax,
  url
}: PostgresStoreOptions): Effect.fn.Return<
  Opened,
  StoreUnusable,
  Scope.Scope | Reactivity.Reactivity | DispatchFormat
> {
  const format = yield* DispatchFormat
  const where = yield* Effect.fromResult(addressOf(Redacted.value(url)))
  const unusable = (error: SqlError) => inaccessible(where, `cannot be used: ${reasonOf(error)}`)
  // Others may be at it first, and large tables take long to bring up to date.
  const patient = connect(url, where, {
    connectionsMax: 1,
    statementTimeout: postgresMigrationTimeout,
    answerTimeout: postgresMigrationTimeout
  })
  const newer = yield* Effect.scoped(Effect.flatMap(patient, ({ sql }) => migrate({ sql, format }))).pipe(
    // Concurrent writers may hold what it needs, and need what it holds.
    Effect.retry({ times: postgresMigrationTries, while: ({ reason }) => reason._tag === "DeadlockError" }),
    Effect.mapError(unusable)
  )
  const at = (connections: number) =>
    connect(url, where, {
      connectionsMax: connections,
      statementTimeout: postgresStatementTimeout,
      answerTimeout: postgresAnswerTimeout
    })
  if (newer === undefined) {
    const connected = yield* Effect.mapError(at(Math.max(1, connectionsMax - 1)), unusable)
    const reactivity = yield* Reactivity.Reactivity
    return { ...connected, listener: Effect.provideService(at(1), Reactivity.Reactivity, reactivity) }
  }
  return yield* inaccessible(
    where,
    `has the format ${newer} of a newer version of this program, which knows ${layout}; it was left as it is`
  )
})

interface ConnectOptions {
  readonly connectionsMax: number
  readonly statementTimeout: Duration.Duration
  readonly answerTimeout: Duration.Duration
}

const connect = Effect.fnUntraced(function* (
  url: Redacted.Redacted,
  where: Address,
  { answerTimeout, connectionsMax, statementTimeout }: ConnectOptions
): Effect.fn.Return<Connected, SqlError, Scope.Scope | Reactivity.Reactivity> {
  // A socket of this machine does not vanish silently.
  const sockets = where.isLocal
    ? undefined
    : yield* PostgresSockets.make(where.host, where.port, answerTimeout)
  const scope = yield* closing(sockets?.destroyAll ?? Effect.void)
  const inItsScope = Scope.provide(scope)
  const sql = yield* PgClient.make({
    url,
    stream: sockets?.connect,
    maxConnections: connectionsMax,
    applicationName: PostgresHolders.applicationName,
    startupParameters: PostgresSession.settings(statementTimeout)
  }).pipe(inItsScope)
  return { sql, connectionsMax, inItsScope }
})

/**
 * A scope for connections. On closing they say goodbye, but wait only for a while for a database that does not answer.
 */
const closing = (cut: Effect.Effect<void>): Effect.Effect<Scope.Scope, never, Scope.Scope> =>
  Effect.acquireRelease(Scope.make(), (scope, exit) =>
    Effect.gen(function* () {
      const goodbye = yield* Effect.forkDetach(Scope.close(scope, exit), { startImmediately: true })
      const said = yield* Effect.timeoutOption(Fiber.await(goodbye), postgresCloseTimeout)
      if (Option.isNone(said)) yield* cut
    })
  )

interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly isLocal: boolean
}

const addressOf = (text: string): Result.Result<Address, StoreUnusable> =>
  Result.try({
    try: () => {
      const url = new URL(text)
      const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "")
      return {
        host: host === "" ? "localhost" : host,
        port: Number(url.searchParams.get("port") ?? (url.port || 5_432)),
        database: decodeURIComponent(url.pathname.slice(1)),
        isLocal: host.startsWith("/")
      }
    },
    // The text is not repeated: it may hold a password.
    catch: () =>
      new StoreUnusable({
        reason: "Inaccessible",
        message: "the URL of the database is not of the form postgres://user:password@host:port/database"
      })
  })

const inaccessible = ({ database, host, port }: Address, message: string): StoreUnusable =>
  new StoreUnusable({
    reason: "Inaccessible",
    message: `the database ${database} at ${host}:${port} ${message}`
  })

const reasonOf = ({ message, reason }: SqlError): string => {
  const { cause } = reason
  return cause instanceof Error && cause.message !== "" ? cause.message : message
}

const channel = "dispatch_changes"

const dispatchStore = (
  { connectionsMax, format, sql }: Connected & Database,
  hints: Stream.Stream<ChangeHint>
): DispatchStore["Service"] => {
  const turns = { take: bounded, length: postgresTurnLength }
  const { insert, modify } = PostgresWrites.make({ sql, format }, channel)
  const inner = SqlDispatches.make(
    { sql, format, read: readBy(sql) },
    { insert, modify },
    turns,
    (step) => step
  )
  const unblocked = PostgresHolders.make(sql)
  const inTurn = takingTurns(connectionsMax, unblocked)
  return DispatchStore.of({
    insert: (microgridId, ...rest) => inTurn(microgridId, insert(microgridId, ...rest)),
    modify: (microgridId, ...rest) => inTurn(microgridId, modify(microgridId, ...rest)),
    get: (...args) => bounded(inner.get(...args)),
    // Each slice of a listing has its time.
    begin: inner.begin,
    page: inner.page,
    changesAfter: (...args) => bounded(inner.changesAfter(...args)),
    lastChange: (...args) => bounded(inner.lastChange(...args)),
    hints,
    audit: (...args) => bounded(inner.audit(...args)),
    moveRetentionTime: (decide) => bounded(unblocked(inner.moveRetentionTime(decide))),
    trimNonces: (...args) => bounded(unblocked(inner.trimNonces(...args))),
    prune: (...args) => bounded(unblocked(inner.prune(...args))),
    check: bounded(inner.check),
    secret: bounded(inner.secret)
  })
}

const accessKeyStore = (sql: PgClient.PgClient): AccessKeyStore["Service"] => {
  const inner = SqlAccessKeys.make(sql, (write) => write)
  const unblocked = PostgresHolders.make(sql)
  return AccessKeyStore.of({
    keys: bounded(inner.keys),
    addKey: (key) => bounded(unblocked(inner.addKey(key))),
    revokeKey: (...args) => bounded(unblocked(inner.revokeKey(...args))),
    useNonce: (...args) => bounded(unblocked(inner.useNonce(...args)))
  })
}

type Listener = Effect.Effect<Connected, SqlError, Scope.Scope>

/** Listens on one connection. Hints may have been missed before each start, and from time to time. */
const hintsOf = (sql: PgClient.PgClient, listener: Listener): Stream.Stream<ChangeHint> => {
  // However it ends, it is begun again.
  const forever = Stream.unwrap(listen(sql, listener)).pipe(
    Stream.catchCause(() => Stream.empty),
    Stream.repeat(Schedule.spaced(feedRetryDelay))
  )
  return Stream.merge(
    forever,
    Stream.map(Stream.tick(postgresPollInterval), () => anything)
  )
}

const anything: ChangeHint = { _tag: "Anything" }

/**
 * Listens on a connection of its own. No query uses it, so its death would go unnoticed: the other connections send it
 * a beat, and it is given up when it does not hear it.
 */
const listen = Effect.fnUntraced(function* (sql: PgClient.PgClient, listener: Listener) {
  const { inItsScope, sql: own } = yield* listener
  const queue = yield* inItsScope(own.listen(channel))
  const beat = `${beatPrefix}${Buffer.from(yield* randomBytes(16)).toString("hex")}`
  let heard = true
  const ask = Effect.gen(function* () {
    if (!heard) return yield* Effect.fail("deaf")
    heard = false
    const told = yield* Effect.exit(
      bounded(Effect.mapError(sql`SELECT pg_notify(${channel}, ${beat})`, failure))
    )
    if (Exit.isFailure(told)) heard = true
  })
  const hear = (payload: string): ReadonlyArray<ChangeHint> => {
    if (payload === beat) heard = true
    return payload.startsWith(beatPrefix) ? [] : [hintOf(payload)]
  }
  return Stream.succeed(anything).pipe(
    Stream.concat(
      Stream.flatMap(Stream.fromQueue(queue), ({ payload }) => Stream.fromIterable(hear(payload)))
    ),
    Stream.merge(Stream.drain(Stream.fromEffectSchedule(ask, Schedule.spaced(postgresPollInterval))))
  )
})

const beatPrefix = "beat "

const hintOf = (payload: string): ChangeHint =>
  Option.match(Option.fromNullishOr(/^(\d+):(\d+)$/.exec(payload)), {
    onNone: () => ({ _tag: "Anything" }),
    onSome: ([, microgridId = "", number = ""]) => ({
      _tag: "Changed",
      microgridId: BigInt(microgridId) as MicrogridId,
      number: BigInt(number)
    })
  })
