import { PgClient } from "@effect/sql-pg"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import { postgresConnectionsMax, postgresSilentHolderMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Duration, Effect, Exit, Fiber, Layer, Option, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { TestClock } from "effect/testing"
import { isAvailable, isOwn, sharedPostgres } from "../integration/postgres.ts"
import { proxyTo } from "../integration/proxy.ts"
import { isInFull, tell } from "./eventLoop.ts"

const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")
const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)

type Store = DispatchStore["Service"]

const insert = (store: Store, microgridId: MicrogridId) =>
  store.insert(
    microgridId,
    { at, by: "test" },
    (id) =>
      new Dispatch({
        id,
        type: "CHARGE",
        startTime: at,
        duration: Duration.infinity,
        target: Target.componentIds(1n),
        active: true,
        dryRun: false,
        payload: {},
        createTime: at,
        updateTime: 0n
      })
  )

/** A store of an instance, for the life of the scope. */
const storeAt = (url: string) =>
  Effect.map(Layer.build(Layer.fresh(DispatchStorePostgres.layer({ url: Redacted.make(url) }))), (context) =>
    Context.get(context, DispatchStore)
  )

/** One that reaches the database through a proxy. */
const storeBehind = (url: string) =>
  Effect.gen(function* () {
    const through = new URL(url)
    const proxy = yield* proxyTo(Number(through.port))
    through.port = String(proxy.port)
    return { proxy, store: yield* storeAt(through.href) }
  })

/** A connection that knows nothing of the program's own. */
const connectionTo = (url: string, applicationName = "other") =>
  Effect.map(
    Layer.build(Layer.fresh(PgClient.layer({ url: Redacted.make(url), maxConnections: 1, applicationName }))),
    (context) => Context.get(context, SqlClient.SqlClient)
  )

/** The time that an effect takes on the clock of the machine, in milliseconds. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const began = performance.now()
    return Effect.map(effect, () => performance.now() - began)
  })

const network = TestClock.withLive(Effect.sleep("30 millis"))

/** Lets time pass in steps of a look at the connections. */
const pass = (seconds: number) =>
  Effect.gen(function* () {
    for (let passed = 0; passed < seconds; passed += 5) {
      yield* TestClock.adjust("5 seconds")
      // A connection takes its time on any clock.
      yield* TestClock.withLive(Effect.sleep("150 millis"))
    }
  })

describe.skipIf(!isAvailable || !isOwn)("a database that several instances share", () => {
  const server = sharedPostgres()
  const database = Effect.suspend(() => server.database)

  it.live(
    "an instance that stands still amid its writes stops no write, no read and no look of another",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        const { proxy, store: frozen } = yield* storeBehind(url)
        const healthy = yield* Effect.all([storeAt(url), storeAt(url)])
        const sql = yield* connectionTo(url)
        const { dispatch } = yield* insert(healthy[0], two)
        const here: Array<number> = []
        const there: Array<number> = []
        const reads: Array<number> = []
        const note = <A, E>(times: Array<number>, effect: Effect.Effect<A, E>) =>
          Effect.map(timed(effect), (millis) => void times.push(millis))
        let isOn = true
        const loop = <E>(effect: Effect.Effect<void, E>) =>
          Effect.forkScoped(Effect.whileLoop({ while: () => isOn, body: () => effect, step: () => {} }))
        for (let writers = 0; writers < 16; writers++)
          yield* Effect.forkScoped(Effect.forever(insert(frozen, one)))
        const all = [
          ...(yield* Effect.forEach(
            healthy.flatMap((store) => Array.from({ length: 16 }, () => store)),
            (store) => loop(note(here, insert(store, one)))
          )),
          yield* loop(note(there, insert(healthy[0], two))),
          yield* loop(note(reads, Effect.andThen(healthy[0].get(two, dispatch.id), healthy[0].check)))
        ]
        let idle = 0
        const look = Effect.map(
          sql`SELECT 1 FROM pg_stat_activity
              WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
          (rows) => void (idle += rows.length)
        )
        all.push(yield* loop(Effect.orDie(Effect.andThen(look, Effect.sleep("10 millis")))))
        yield* Effect.sleep("1 second")
        proxy.loseAll()
        yield* Effect.sleep(isInFull ? "12 seconds" : "4 seconds")
        isOn = false
        yield* Fiber.joinAll(all)
        yield* tell("beside a frozen instance, a write to the same microgrid", Math.max(...here))
        yield* tell("beside a frozen instance, a write to another microgrid", Math.max(...there))
        yield* tell("beside a frozen instance, a read and a look", Math.max(...reads))
        assert.strictEqual(idle, 0)
        for (const times of [here, there, reads]) {
          assert.isAbove(times.length, 10)
          assert.isBelow(Math.max(...times), 1_500)
        }
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "an instance whose write takes long, but works, is ended by none that wait for it",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        const store = yield* storeAt(url)
        const { dispatch } = yield* insert(store, one)
        const other = yield* connectionTo(url, "dispatch")
        const slow = yield* Effect.forkChild(
          Effect.exit(
            other.withTransaction(
              Effect.andThen(
                other`SELECT id FROM dispatches WHERE id = ${dispatch.id} FOR UPDATE`,
                other`SELECT pg_sleep(${Duration.toSeconds(postgresSilentHolderMax) * 2 + 1})`
              )
            )
          ),
          { startImmediately: true }
        )
        yield* Effect.sleep("300 millis")
        const [shown] = yield* (yield* connectionTo(url))<{ readonly count: bigint }>`
          SELECT count(*) AS count FROM pg_stat_activity
          WHERE application_name = 'dispatch' AND query LIKE '%pg_sleep%' AND state = 'active'
            AND pid <> pg_backend_pid()`
        assert.strictEqual(Number(shown?.count), 1)
        yield* Effect.exit(
          store.modify(one, dispatch.id, { at, by: "test" }, (current) =>
            Effect.succeed({ kind: "Updated" as const, dispatch: current })
          )
        )
        assert.strictEqual((yield* Fiber.join(slow))._tag, "Success")
      }).pipe(Effect.scoped),
    30_000
  )

  it.live(
    "what is held up in one microgrid holds up no other, and what is in all of them nobody who reads",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        const store = yield* storeAt(url)
        const sql = yield* connectionTo(url)
        const { dispatch } = yield* insert(store, two)
        yield* insert(store, one)
        /** Has a stranger hold something while some write to microgrids and an effect is run. */
        const beside = <A, E>(
          held: Effect.Effect<unknown, SqlError>,
          microgrids: ReadonlyArray<MicrogridId>,
          effect: Effect.Effect<A, E>
        ) =>
          Effect.gen(function* () {
            const { millis, writes } = yield* sql.withTransaction(
              Effect.gen(function* () {
                yield* held
                const writes = yield* Effect.forEach(microgrids, (each) =>
                  Effect.forkScoped(insert(store, each), { startImmediately: true })
                )
                yield* Effect.sleep("300 millis")
                const millis = yield* timed(effect)
                assert.isTrue(writes.every((write) => write.pollUnsafe() === undefined))
                return { millis, writes }
              })
            )
            yield* Fiber.joinAll(writes)
            assert.isBelow(millis, 1_000)
          })
        const row = sql`SELECT 1 FROM counters WHERE name = 'change-number-1' FOR UPDATE`
        const sixteen = Array.from({ length: 16 }, () => one)
        yield* beside(row, sixteen, Effect.andThen(insert(store, two), store.check))
        const table = sql`LOCK TABLE counters IN EXCLUSIVE MODE`
        const others = Array.from({ length: 16 }, (_, index) => MicrogridId.make(BigInt(100 + index)))
        yield* beside(table, others, Effect.andThen(store.get(two, dispatch.id), store.check))
      }).pipe(Effect.scoped)
  )

  it.live(
    "a connection that is lost between the work of a write and its commit stops no other for longer than some seconds",
    () =>
      Effect.gen(function* () {
        const url = new URL(yield* database)
        const name = url.pathname.slice(1)
        const sql = yield* connectionTo(url.href)
        // A role that may do nothing in particular.
        yield* sql.unsafe(`CREATE ROLE ${name} LOGIN PASSWORD '${url.password}'`)
        yield* sql.unsafe(`ALTER DATABASE ${name} OWNER TO ${name}`)
        yield* sql.unsafe(`GRANT ALL ON SCHEMA public TO ${name}`)
        url.username = name
        const { proxy, store: cutOff } = yield* storeBehind(url.href)
        const other = yield* storeAt(url.href)
        yield* insert(cutOff, one)
        const sync = 5
        yield* proxy.cutOff({ text: "change-number-1", bytes: sync })
        yield* Effect.forkScoped(Effect.exit(insert(cutOff, one)))
        yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => proxy.hasCutOff() })
        const millis = yield* timed(
          Effect.all(
            Array.from({ length: 4 }, () => insert(other, one)),
            { concurrency: "unbounded" }
          )
        )
        yield* tell("beside a write that was cut off before its commit, a write", millis)
        assert.isBelow(millis, 6_000)
        assert.strictEqual(yield* other.lastChange(one), 5n)
      }).pipe(Effect.scoped),
    60_000
  )

  it.live("PostgreSQL has been told how long an instance may be silent, or hold a lock", () =>
    Effect.gen(function* () {
      const url = yield* database
      const store = yield* storeAt(url)
      const sql = yield* connectionTo(url)
      const names = [
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "tcp_keepalives_count",
        "tcp_user_timeout"
      ]
      // The session of the instance tells what it was told.
      yield* sql`CREATE TABLE told (name TEXT, value TEXT)`
      yield* sql.unsafe(`CREATE FUNCTION tell() RETURNS trigger AS $$ BEGIN
        INSERT INTO told SELECT name, current_setting(name) FROM unnest(ARRAY['${names.join("','")}']) AS name;
        RETURN NEW; END $$ LANGUAGE plpgsql`)
      yield* sql`CREATE TRIGGER telling AFTER INSERT ON dispatches FOR EACH ROW EXECUTE FUNCTION tell()`
      yield* insert(store, one)
      const told = yield* sql<{ readonly name: string; readonly value: string }>`SELECT name, value FROM told`
      assert.deepStrictEqual(Object.fromEntries(told.map(({ name, value }) => [name, value])), {
        statement_timeout: "10s",
        lock_timeout: "10s",
        idle_in_transaction_session_timeout: "15s",
        tcp_keepalives_idle: "5",
        tcp_keepalives_interval: "2",
        tcp_keepalives_count: "3",
        tcp_user_timeout: "11000"
      })
    }).pipe(Effect.scoped)
  )

  it.live("instances that change one dispatch at once lose no change", () =>
    Effect.gen(function* () {
      const url = yield* database
      const stores = yield* Effect.all([storeAt(url), storeAt(url), storeAt(url)])
      const { dispatch } = yield* insert(stores[0], one)
      const count = (store: Store) =>
        store.modify(one, dispatch.id, { at, by: "test" }, (current) =>
          Effect.succeed({
            kind: "Updated" as const,
            dispatch: new Dispatch({ ...current, updateTime: current.updateTime + 1n })
          })
        )
      yield* Effect.all(
        stores.flatMap((store) => Array.from({ length: 20 }, () => count(store))),
        { concurrency: "unbounded", discard: true }
      )
      const found = Option.getOrThrow(yield* stores[0].get(one, dispatch.id))
      assert.strictEqual(found.dispatch.updateTime, 60n)
      assert.strictEqual(yield* stores[0].lastChange(one), 61n)
    }).pipe(Effect.scoped)
  )

  it.effect("an instance whose connections were lost hears at once again what others commit", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(at.epochMilliseconds)
      const url = yield* database
      const { proxy, store } = yield* storeBehind(url)
      const other = yield* storeAt(url)
      const heard: Array<bigint> = []
      yield* Effect.forkScoped(
        Stream.runForEach(store.hints, (hint) =>
          Effect.sync(() => hint._tag === "Changed" && heard.push(hint.number))
        ),
        { startImmediately: true }
      )
      const isHeard = Effect.gen(function* () {
        const { number } = yield* insert(other, one)
        for (let tries = 0; tries < 20 && !heard.includes(number); tries++) yield* network
        return heard.includes(number)
      })
      // It takes a moment until it listens.
      const listens = Effect.gen(function* () {
        for (let tries = 0; tries < 10; tries++) if (yield* isHeard) return true
        return false
      })
      assert.isTrue(yield* listens)
      yield* proxy.vanish
      yield* pass(20)
      yield* proxy.comeBack
      yield* pass(60)
      assert.isTrue(yield* isHeard)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "blips cost no connection: after each there are as many as may be",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(at.epochMilliseconds)
        const url = yield* database
        const { proxy, store } = yield* storeBehind(url)
        let isLoaded = true
        let written = 0
        const loop = <A, E>(effect: Effect.Effect<A, E>, done: () => void) =>
          Effect.gen(function* () {
            while (isLoaded) {
              const exit = yield* Effect.exit(effect)
              if (Exit.isSuccess(exit)) done()
              else yield* network
            }
          })
        // Those who write to one microgrid share a connection, and all who write leave some to those who read.
        const writers = Array.from({ length: 16 }, (_, index) =>
          loop(insert(store, MicrogridId.make(BigInt(index))), () => written++)
        )
        const readers = Array.from({ length: 4 }, () => loop(store.lastChange(one), () => {}))
        const load = yield* Effect.forkScoped(
          Effect.all([...writers, ...readers], { concurrency: "unbounded" })
        )
        for (let blips = 0; blips < (isInFull ? 10 : 4); blips++) {
          const before = written
          for (let tries = 0; tries < 200 && written < before + 50; tries++) yield* network
          assert.isAtLeast(written, before + 50)
          yield* proxy.vanish
          yield* TestClock.withLive(Effect.sleep(isInFull ? "300 millis" : "100 millis"))
          yield* proxy.comeBack
          // Until those that do not answer are found.
          yield* pass(20)
        }
        yield* pass(60)
        const before = written
        for (let tries = 0; tries < 200 && written < before + 200; tries++) yield* network
        assert.isAtLeast(written, before + 200)
        assert.strictEqual(yield* proxy.live, postgresConnectionsMax)
        isLoaded = false
        yield* Fiber.join(load)
      }).pipe(Effect.scoped),
    120_000
  )
})
