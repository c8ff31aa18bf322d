import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schedule, Stream } from "effect"
import { isAvailable, postgres } from "./postgres.ts"
import { folder, running, serving } from "./program.ts"

const microgridId = MicrogridId.make(1n)
const writers = 8

/** Waits until something is so, for at most thirty seconds. */
const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail(`still not so: ${condition}`))).pipe(
    Effect.retry({ times: 1_500, schedule: Schedule.spaced("20 millis") }),
    Effect.orDie
  )

/** Follows the service as an actor does: subscribes, then lists, and does so again whenever the stream ends. */
const follow = Effect.gen(function* () {
  const client = yield* DispatchClient
  /** What each stream told of, in its order. */
  const streams: Array<Array<DispatchId>> = []
  const known = new Set<DispatchId>()
  const learn = (id: DispatchId | undefined) => Effect.sync(() => id !== undefined && known.add(id))
  const once = Effect.scoped(
    Effect.gen(function* () {
      const told: Array<DispatchId> = []
      const { effective, events } = yield* client.stream(microgridId)
      yield* effective
      streams.push(told)
      const hear = Stream.runForEach(events, ({ record }) => {
        if (record.id !== undefined) told.push(record.id)
        return learn(record.id)
      })
      const list = Stream.runForEach(client.list(microgridId, { pageSize: 1_000 }), ({ id }) => learn(id))
      yield* Effect.all([hear, list], { concurrency: 2 })
    })
  )
  yield* Effect.ignore(once).pipe(
    Effect.andThen(Effect.sleep("50 millis")),
    Effect.forever,
    Effect.forkScoped
  )
  yield* until(() => streams.length > 0)
  return { known, streams }
})

/** Kills the service under load and starts it again; then looks for all that was acknowledged and told. */
const killedUnderLoad = (store: string) =>
  Effect.gen(function* () {
    const first = yield* serving("--store", store)
    const port = new URL(first.url.replace("grpc:", "http:")).port
    yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      const follower = yield* follow
      const acknowledged: Array<Dispatch> = []
      let isLoaded = true
      const write = (worker: number) =>
        Effect.gen(function* () {
          for (let count = 0; isLoaded; count++) {
            const attempt = yield* Effect.result(
              client.create(microgridId, {
                type: `W${worker}-${count}`,
                startTime: "NOW",
                duration: Duration.minutes(1),
                target: Target.componentIds(1n)
              })
            )
            if (attempt._tag === "Success") acknowledged.push(attempt.success)
            else yield* Effect.sleep("50 millis")
          }
        })
      const load = yield* Effect.forkScoped(
        Effect.all(
          Array.from({ length: writers }, (_, worker) => write(worker)),
          { concurrency: "unbounded" }
        )
      )
      yield* until(() => acknowledged.length >= 150)
      yield* first.signal("SIGKILL")
      yield* first.end
      const before = acknowledged.length
      const second = yield* running("serve", "--port", port, "--store", store)
      yield* second.says(/Serving/)
      yield* until(() => acknowledged.length >= before + 150)
      isLoaded = false
      yield* Fiber.join(load)

      const held = new Map<DispatchId, Dispatch>()
      yield* Stream.runForEach(client.list(microgridId, { pageSize: 1_000 }), (record) =>
        Effect.sync(() => !isReadable(record) || held.set(record.id, record))
      )
      for (const dispatch of acknowledged) assert.isTrue(held.get(dispatch.id)?.sameContent(dispatch))
      // What was not acknowledged may have been committed all the same, but by each writer once at most.
      assert.isAtMost(held.size, acknowledged.length + writers)
      yield* until(() => follower.known.size >= held.size)
      assert.deepStrictEqual(
        [...follower.known].sort((left, right) => Number(left - right)),
        [...held.keys()].sort((left, right) => Number(left - right))
      )
      assert.isAtLeast(follower.streams.length, 2)
      for (const told of follower.streams) {
        // Writes that are made at once may take their ids in another order than they are committed in.
        const ids = told.toSorted((left, right) => Number(left - right))
        assert.deepStrictEqual(
          ids,
          ids.map((_, index) => (ids[0] as bigint) + BigInt(index)) as Array<DispatchId>
        )
      }
      yield* second.signal("SIGTERM")
      assert.strictEqual((yield* second.end).code, 0)
    }).pipe(Effect.provide(DispatchClientGrpc.layer({ url: first.url })))
  })

describe("a service that is killed under load", () => {
  it.live(
    "over SQLite has every acknowledged write, and its streams skip nothing",
    () =>
      Effect.gen(function* () {
        yield* killedUnderLoad(`sqlite:${join(yield* folder, "killed.sqlite")}`)
      }),
    90_000
  )

  it.live.skipIf(!isAvailable)(
    "over PostgreSQL has every acknowledged write, and its streams skip nothing",
    () =>
      Effect.gen(function* () {
        const server = yield* postgres
        yield* killedUnderLoad(yield* server.database)
      }),
    90_000
  )
})
