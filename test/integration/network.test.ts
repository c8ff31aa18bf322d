import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Random, Stream } from "effect"
import { makeService } from "./service.ts"

const microgridId = MicrogridId.make(1n)
const bounded = { timeout: 30_000 }

/** Reconnects after a fifth of each step. */
const soon = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.2 }

const create = (type: string, duration = Duration.hours(1)) =>
  Effect.flatMap(DispatchClient, (client) =>
    client.create(microgridId, {
      type,
      startTime: "NOW",
      duration,
      target: Target.componentIds(1n),
      payload: { a: [1, null] }
    })
  )

describe("client and service over loopback HTTP/2", () => {
  it.live(
    "create, get, list, update, stream and delete",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient
          const { effective, events } = yield* client.stream(microgridId)
          yield* effective
          const seen = yield* Effect.forkScoped(Stream.runCollect(Stream.take(events, 3)))
          const made = yield* create("A")
          assert.isTrue(made.sameContent(yield* client.get(microgridId, made.id)))
          const changed = yield* client.update(microgridId, made.id, { active: false, duration: null })
          assert.deepStrictEqual([changed.active, Duration.toSeconds(changed.duration)], [false, Infinity])
          assert.isTrue(changed.updateTime > made.updateTime)
          const stale = yield* Effect.flip(
            client.update(microgridId, made.id, { active: true }, { ifUpdateTime: made.updateTime })
          )
          assert.strictEqual(stale.reason._tag, "Conflict")
          for (let index = 0; index < 5; index++) yield* create(`B${index}`)
          const types = yield* client
            .list(microgridId, { pageSize: 2, sort: { field: "createTime", order: "ascending" } })
            .pipe(
              Stream.map((record) => (isReadable(record) ? record.type : "?")),
              Stream.runCollect
            )
          assert.deepStrictEqual(types, ["A", "B0", "B1", "B2", "B3", "B4"])
          yield* client.delete(microgridId, made.id)
          assert.strictEqual((yield* Effect.flip(client.get(microgridId, made.id))).reason._tag, "NotFound")
          const kinds = (yield* Fiber.join(seen)).map(({ kind }) => kind)
          assert.deepStrictEqual(kinds, ["Created", "Updated", "Created"])
          const refused = yield* Effect.flip(create("x".repeat(257)))
          assert.deepInclude(refused.reason, { _tag: "InvalidArgument", field: "type" })
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url: service.url })))
      }),
    bounded
  )

  it.live(
    "confirms a subscription before there is any event, and a shutdown ends it as unavailable",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient
          const { effective, events } = yield* client.stream(microgridId)
          yield* Effect.timeout(effective, "2 seconds")
          const end = yield* Effect.forkScoped(Effect.flip(Stream.runDrain(events)))
          yield* service.stop
          assert.strictEqual((yield* Fiber.join(end)).reason._tag, "Unavailable")
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url: service.url })))
      }),
    bounded
  )

  it.live(
    "the actor converges after the service was restarted in mid-stream",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService
        const site = DispatchingActor.layer({ microgridId }).pipe(
          Layer.provideMerge(DispatchClientGrpc.layer({ url: service.url })),
          Layer.provide(DispatchScheduler.layer)
        )
        yield* Effect.gen(function* () {
          const actor = yield* DispatchingActor.DispatchingActor
          const changes = yield* actor.runningStateChanges()
          const stopped = yield* Deferred.make<void>()
          const seen: Array<string> = []
          yield* Effect.forkScoped(
            Stream.runForEach(changes, ({ dispatch, state }) => {
              seen.push(`${state} ${dispatch.type}`)
              return seen.length === 3 ? Deferred.succeed(stopped, undefined) : Effect.void
            })
          )
          yield* actor.initialized
          const first = yield* create("FIRST")
          yield* actor.statusChanges.pipe(
            Stream.filter(({ _tag }) => _tag === "Synchronised"),
            Stream.take(1),
            Stream.runDrain
          )
          yield* Effect.sleep("1100 millis")
          yield* service.stop
          yield* actor.statusChanges.pipe(
            Stream.filter(({ _tag }) => _tag === "Stale"),
            Stream.take(1),
            Stream.runDrain
          )
          yield* service.listen
          const client = yield* DispatchClient
          yield* Effect.retry(client.delete(microgridId, first.id), { times: 50 })
          yield* create("SECOND")
          yield* Deferred.await(stopped)
          // Live events do not wait for the listing that shows what was deleted meanwhile.
          assert.strictEqual(seen[0], "Running FIRST")
          assert.sameMembers(seen, ["Running FIRST", "Stopped FIRST", "Running SECOND"])
          assert.deepStrictEqual(
            (yield* actor.dispatches).map(({ type }) => type),
            ["SECOND"]
          )
        }).pipe(Effect.provide(site), Effect.provideService(Random.Random, soon))
      }),
    bounded
  )
})
