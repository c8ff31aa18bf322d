import { type AddressInfo, createServer, type Server } from "node:net"
import { PgClient } from "@effect/sql-pg"
import * as FleetNode from "@effect-dispatch/fleet/FleetNode"
import * as FleetPostgres from "@effect-dispatch/fleet/FleetPostgres"
import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { freePort } from "../freePort.ts"
import { isAvailable, sharedPostgres } from "../postgres.ts"
import { until } from "./processes.ts"
import { makeTestFleet, ownedBy } from "./testFleet.ts"

describe.skipIf(!isAvailable)("the list of the processes of a fleet", () => {
  const server = sharedPostgres()

  /** The tables of a fleet, and the way to begin a process of it. */
  const makeTables = Effect.gen(function* () {
    const url = Redacted.make(yield* server.database)
    const context = yield* Layer.build(
      FleetPostgres.layer().pipe(Layer.provideMerge(PgClient.layer({ url, maxConnections: 3 })), Layer.fresh)
    )
    const store = Context.get(context, FleetStore)
    const sql = Context.get(context, PgClient.PgClient)
    const beginAt = (address: string, listen: string) =>
      Effect.scoped(Layer.build(Layer.fresh(FleetNode.layer({ url, address, listen }))))
    const begin = (address: string) =>
      Effect.flatMap(freePort, (port) => beginAt(address, `127.0.0.1:${port}`))
    const hasEngine = Effect.map(
      sql<{ readonly there: boolean }>`SELECT to_regclass('fleet_engine_runners') IS NOT NULL AS there`,
      ([row]) => row?.there
    )
    return { begin, beginAt, hasEngine, sql, store }
  })

  it.live("F2: a process of another engine is refused before the engine knows of it", () =>
    Effect.gen(function* () {
      const { begin, hasEngine, store } = yield* makeTables
      yield* store.join("10.0.0.1:7070", "effect 9.9")
      const refused = yield* Effect.flip(begin("10.0.0.2:7070"))
      assert.include(refused.message, "runs on the engine effect 9.9 (10.0.0.1:7070)")
      assert.isFalse(yield* hasEngine)
    }).pipe(Effect.scoped)
  )

  it.live(
    "F2: a process with the address of one that lives is refused, with that of a dead one it is not",
    () =>
      Effect.gen(function* () {
        const { begin, hasEngine, store } = yield* makeTables
        const address = "10.0.0.1:7070"
        yield* store.join(address, "effect 4.1")
        const beating = yield* Effect.forkChild(
          Effect.forever(Effect.delay(store.beat(address), "200 millis")),
          { startImmediately: true }
        )
        const refused = yield* Effect.flip(begin(address))
        assert.include(refused.message, `another process of fleet fleet has the address ${address}`)
        assert.isFalse(yield* hasEngine)
        beating.interruptUnsafe()
        // It takes its heartbeats for those of the dead one no longer than they may be late.
        yield* Effect.timeout(begin(address), "10 seconds")
        assert.isTrue(yield* hasEngine)
      }).pipe(Effect.scoped)
  )

  it.live("a port that is taken is said to be taken", () =>
    Effect.gen(function* () {
      const { beginAt } = yield* makeTables
      const taken = yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const listening = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
        }),
        (listening) => Effect.sync(() => listening.close())
      )
      const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`
      const refused = yield* Effect.flip(beginAt("10.0.0.1:7070", listen))
      assert.match(refused.message, new RegExp(`this process cannot listen on ${listen}: .*already in use`))
    }).pipe(Effect.scoped)
  )

  it.live("F7: a process is watched by the name of its sessions, whatever the form of its address", () =>
    Effect.gen(function* () {
      const fleet = yield* makeTestFleet(server, 1)
      const port = yield* freePort
      const address = `[::1]:${port}`
      yield* fleet.start({ address, listen: `127.0.0.1:${port}` })
      yield* until(() => ownedBy(fleet.owners(), address) === 1)
      const [runner] = yield* fleet.store.runners
      assert.deepStrictEqual([runner?.address, runner?.holdsLocks], [address, true])
    }).pipe(Effect.scoped)
  )

  it.live(
    "F2: of two processes that start at once with one address one is refused, and the other runs all",
    () =>
      Effect.gen(function* () {
        const { owners, settled, start } = yield* makeTestFleet(server, 4)
        const address = `127.0.0.1:${yield* freePort}`
        // On one machine each listens elsewhere.
        const begin = Effect.flatMap(freePort, (port) => start({ address, listen: `127.0.0.1:${port}` }))
        const processes = [yield* begin, yield* begin]
        const code = yield* Effect.raceAllFirst(processes.map(({ end }) => end))
        assert.strictEqual(code, 1)
        yield* until(() => owners().size === 4)
        yield* settled(2_000)
        assert.strictEqual(owners().size, 4)
      }).pipe(Effect.scoped)
  )

  it.live(
    "F2: a process that was admitted is refused all the same if another with its address has joined",
    () =>
      Effect.gen(function* () {
        const { sql, store } = yield* makeTables
        const address = "10.0.0.1:7070"
        for (let count = 0; count < 2; count++) yield* store.admit(address, "effect 4.1")
        yield* store.join(address, "effect 4.1")
        const refused = yield* Effect.flip(store.join(address, "effect 4.1"))
        assert.include(refused.message, `another process of fleet fleet has the address ${address}`)
        yield* sql`UPDATE fleet_runners SET heartbeat = now() - interval '2 seconds'`
        yield* store.join(address, "effect 4.1")
      }).pipe(Effect.scoped)
  )

  it.live("F7: a heartbeat says if the process is on the list", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* makeTables
      yield* store.join("10.0.0.1:7070", "effect 4.1")
      yield* store.join("10.0.0.2:7070", "effect 4.1")
      assert.isTrue((yield* store.beat("10.0.0.1:7070")).isListed)
      // It stood still for so long that another has forgotten it.
      yield* sql`UPDATE fleet_runners SET heartbeat = now() - interval '2 hours' WHERE address = '10.0.0.1:7070'`
      assert.deepStrictEqual((yield* store.beat("10.0.0.2:7070")).isListed, true)
      assert.deepStrictEqual(yield* store.beat("10.0.0.1:7070"), {
        others: ["10.0.0.2:7070"],
        isListed: false,
        isDraining: false
      })
    }).pipe(Effect.scoped)
  )
})
