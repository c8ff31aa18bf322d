import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import { type Change, DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import { postgresStatementTimeout } from "@effect-dispatch/server/ServiceLimits"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  DateTime,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Redacted,
  Schedule,
  Scope,
  Stream
} from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { isAvailable, isOwn, sharedPostgres } from "./postgres.ts"
import { proxyTo } from "./proxy.ts"

const microgridId = MicrogridId.make(1n)

/** An instance of the service on a database. */
const instanceOn = (url: string) =>
  Layer.build(
    Layer.fresh(DispatchService.layer).pipe(
      Layer.provideMerge(Layer.fresh(DispatchStorePostgres.layer({ url: Redacted.make(url) })))
    )
  )

const create = (service: DispatchService.DispatchService["Service"], type: string) =>
  service.create(microgridId, {
    type,
    startTime: "NOW",
    duration: Duration.minutes(1),
    target: Target.componentIds(1n)
  })

/** Follows a stream, and the next one when it ends: what was heard, in the order of each stream. */
const follow = (service: DispatchService.DispatchService["Service"]) =>
  Effect.gen(function* () {
    const heard: Array<Change> = []
    const ends: Array<DispatchError> = []
    const ready = yield* Deferred.make<void>()
    const once = Effect.scoped(
      Effect.gen(function* () {
        const { changes } = yield* service.subscribe(microgridId)
        yield* Deferred.succeed(ready, undefined)
        yield* Stream.runForEach(changes, (change) => Effect.sync(() => heard.push(change)))
      })
    )
    yield* once.pipe(
      Effect.catch((error) =>
        Effect.andThen(
          Effect.sync(() => ends.push(error)),
          Effect.sleep("20 millis")
        )
      ),
      Effect.forever,
      Effect.forkScoped
    )
    yield* Deferred.await(ready)
    return { heard, ends }
  })

/** Waits until something is so, for at most twenty seconds. */
const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail(`still not so: ${condition}`))).pipe(
    Effect.retry({ times: 1_000, schedule: Schedule.spaced("20 millis") }),
    Effect.orDie
  )

const upTo = (count: number): ReadonlyArray<bigint> =>
  Array.from({ length: count }, (_, index) => BigInt(index + 1))

const numbersOf = (changes: ReadonlyArray<Change>): ReadonlyArray<bigint> =>
  changes.map(({ number }) => number)

describe.skipIf(!isAvailable)("the service on PostgreSQL", () => {
  const server = sharedPostgres()

  const database = Effect.suspend(() => server.database)

  it.live("instances that start together on an empty database make its tables once", () =>
    Effect.gen(function* () {
      const url = yield* database
      const instances = yield* Effect.all(
        Array.from({ length: 4 }, () => instanceOn(url)),
        { concurrency: "unbounded" }
      )
      const secrets = yield* Effect.forEach(instances, (each) => Context.get(each, DispatchStore).secret)
      for (const secret of secrets) assert.deepStrictEqual(secret, secrets[0])
    })
  )

  it.live(
    "an instance waits for another that brings the tables up to date, longer than a statement may take",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        yield* instanceOn(url)
        const sql = Context.get(
          yield* Layer.build(Layer.fresh(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 }))),
          SqlClient.SqlClient
        )
        const waiting = yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`LOCK TABLE schema_version`
            const second = yield* Effect.forkScoped(instanceOn(url))
            yield* Effect.sleep(Duration.sum(postgresStatementTimeout, Duration.seconds(1)))
            return second
          })
        )
        yield* Fiber.join(waiting)
      }),
    30_000
  )

  it.live("a database that cannot be reached is reported with its address and without its password", () =>
    Effect.gen(function* () {
      for (const url of [
        "postgres://user:s3cret@127.0.0.1:1/nowhere",
        "postgres://user:s3cret@[",
        "s3cret"
      ]) {
        const error = yield* Effect.flip(instanceOn(url))
        assert.strictEqual(error.reason, "Inaccessible")
        assert.notInclude(error.message, "s3cret")
      }
      const url = new URL(yield* database)
      const wrong = Object.assign(new URL(url), { password: "s3cret" }).href
      const error = yield* Effect.flip(instanceOn(wrong))
      assert.include(error.message, url.host)
      assert.notInclude(error.message, "s3cret")
    })
  )

  it.live("who has an earlier number commits first: nobody reads a later one meanwhile", () =>
    Effect.gen(function* () {
      const url = yield* database
      const store = Context.get(yield* instanceOn(url), DispatchStore)
      const service = Context.get(yield* instanceOn(url), DispatchService.DispatchService)
      yield* create(service, "FIRST")
      const sql = Context.get(
        yield* Layer.build(Layer.fresh(PgClient.layer({ url: Redacted.make(url), maxConnections: 2 }))),
        SqlClient.SqlClient
      )
      const [taken, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      // Another program takes number 2, and takes its time.
      const slow = sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`UPDATE counters SET value = value + 1 WHERE name = 'change-number-1'`
          yield* sql`
            INSERT INTO changes (microgrid_id, number, kind, data, time)
            SELECT microgrid_id, 2, kind, data, time FROM changes WHERE number = 1`
          yield* Deferred.succeed(taken, undefined)
          yield* Deferred.await(goOn)
        })
      )
      const first = yield* Effect.forkScoped(slow)
      yield* Deferred.await(taken)
      const second = yield* Effect.forkScoped(create(service, "SECOND"))
      yield* Effect.sleep("300 millis")
      assert.isUndefined(second.pollUnsafe())
      assert.deepStrictEqual(numbersOf(yield* store.changesAfter(microgridId, 0n, 10)), [1n])
      yield* Deferred.succeed(goOn, undefined)
      yield* Effect.all([Fiber.join(first), Fiber.join(second)])
      assert.deepStrictEqual(numbersOf(yield* store.changesAfter(microgridId, 0n, 10)), [1n, 2n, 3n])
    })
  )

  it.live(
    "two instances on one database: streams of both tell of what both commit, at once and in the same order",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        const services = (yield* Effect.all([instanceOn(url), instanceOn(url)])).map((each) =>
          Context.get(each, DispatchService.DispatchService)
        )
        const [one, two] = services as [
          DispatchService.DispatchService["Service"],
          DispatchService.DispatchService["Service"]
        ]
        const [left, right] = [yield* follow(one), yield* follow(two)]
        // Listening has begun when what the other commits is heard of without being asked for.
        yield* create(one, "HELLO")
        yield* create(two, "HELLO")
        yield* until(() => left.heard.length === 2 && right.heard.length === 2)
        const begin = performance.now()
        yield* create(one, "QUICK")
        yield* until(() => right.heard.length === 3)
        assert.isBelow(performance.now() - begin, 2_000)
        const total = 300
        yield* Effect.forEach(
          Array.from({ length: total }, (_, index) => index),
          (index) => create(index % 2 === 0 ? one : two, `T${index}`),
          { concurrency: 8 }
        )
        yield* until(() => left.heard.length >= total + 3 && right.heard.length >= total + 3)
        assert.deepStrictEqual(numbersOf(left.heard), upTo(total + 3))
        assert.deepStrictEqual(numbersOf(right.heard), upTo(total + 3))
        assert.deepStrictEqual(
          left.heard.map(({ dispatch }) => dispatch.id),
          right.heard.map(({ dispatch }) => dispatch.id)
        )
        assert.deepStrictEqual([left.ends, right.ends], [[], []])
        const { id } = yield* create(one, "MINE")
        yield* two.update(microgridId, id, { active: false })
        assert.isFalse((yield* one.get(microgridId, id)).dispatch.active)
      })
  )

  describe.skipIf(!isOwn)("that goes away", () => {
    it.live(
      "restarted under load: nothing acknowledged is lost, streams go on and skip nothing",
      () =>
        Effect.gen(function* () {
          const url = yield* database
          const service = Context.get(yield* instanceOn(url), DispatchService.DispatchService)
          const stream = yield* follow(service)
          const acknowledged: Array<Dispatch> = []
          const refused: Array<DispatchError> = []
          let isLoaded = true
          const write = (worker: number) =>
            Effect.gen(function* () {
              for (let count = 0; isLoaded; count++) {
                const attempt = yield* Effect.result(create(service, `W${worker}-${count}`))
                if (attempt._tag === "Success") acknowledged.push(attempt.success)
                else {
                  refused.push(attempt.failure)
                  yield* Effect.sleep("20 millis")
                }
              }
            })
          const load = yield* Effect.forkScoped(
            Effect.all(
              Array.from({ length: 8 }, (_, worker) => write(worker)),
              { concurrency: "unbounded" }
            )
          )
          yield* until(() => acknowledged.length > 100)
          yield* server.stop("immediate")
          const before = acknowledged.length
          yield* until(() => refused.length > 20)
          yield* server.start
          yield* until(() => acknowledged.length > before + 100)
          isLoaded = false
          yield* Fiber.join(load)
          assert.deepStrictEqual([...new Set(refused.map(({ reason }) => reason._tag))], ["Unavailable"])
          for (const dispatch of acknowledged)
            assert.isTrue((yield* service.get(microgridId, dispatch.id)).dispatch.sameContent(dispatch))
          const store = Context.get(yield* instanceOn(url), DispatchStore)
          const last = Number(yield* store.lastChange(microgridId))
          yield* until(() => stream.heard.length >= last)
          assert.deepStrictEqual(numbersOf(stream.heard), upTo(last))
          assert.deepStrictEqual(stream.ends, [])
        }),
      60_000
    )

    it.effect("into silence: calls fail in time, and everything works again when it is back", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(DateTime.makeUnsafe("2026-03-01T12:00:00Z").epochMilliseconds)
        const url = new URL(yield* database)
        const proxy = yield* proxyTo(Number(url.port))
        url.port = String(proxy.port)
        const life = yield* Scope.make()
        const service = Context.get(
          yield* Scope.provide(instanceOn(url.href), life),
          DispatchService.DispatchService
        )
        const network = TestClock.withLive(Effect.sleep("50 millis"))
        const stream = yield* follow(service)
        yield* create(service, "BEFORE")
        yield* proxy.vanish
        const attempts = yield* Effect.forEach(
          [create(service, "LOST"), service.list(microgridId, {}), service.check] as ReadonlyArray<
            Effect.Effect<unknown, DispatchError>
          >,
          (attempt) => Effect.forkScoped(Effect.flip(attempt), { startImmediately: true })
        )
        yield* network
        for (let seconds = 0; seconds < 30; seconds += 5) {
          yield* TestClock.adjust("5 seconds")
          yield* network
        }
        for (const attempt of attempts)
          assert.strictEqual((yield* Fiber.join(attempt)).reason._tag, "Unavailable")
        yield* proxy.comeBack
        const meanwhile = Effect.flatMap(instanceOn(url.href), (another) =>
          create(Context.get(another, DispatchService.DispatchService), "MEANWHILE")
        )
        yield* Effect.scoped(meanwhile)
        const again = Effect.gen(function* () {
          yield* TestClock.adjust("5 seconds")
          yield* network
          return yield* service.check
        })
        yield* Effect.retry(again, { times: 20 })
        yield* create(service, "AFTER")
        const { dispatches } = yield* service.list(microgridId, {})
        const types = dispatches.map(({ dispatch }) => dispatch.type).filter((type) => type !== "LOST")
        assert.deepStrictEqual(types, ["AFTER", "MEANWHILE", "BEFORE"])
        for (let tries = 0; tries < 20 && stream.heard.length < dispatches.length; tries++) {
          yield* TestClock.adjust("5 seconds")
          yield* network
        }
        assert.deepStrictEqual(numbersOf(stream.heard), upTo(dispatches.length))
        assert.deepStrictEqual(stream.ends, [])
        // A database that is silent delays the end of the service by two seconds, not for ever.
        yield* proxy.vanish
        const closing = yield* Effect.forkScoped(Scope.close(life, Exit.void), { startImmediately: true })
        yield* network
        yield* TestClock.adjust("2 seconds")
        yield* Fiber.join(closing)
      })
    )
  })
})
