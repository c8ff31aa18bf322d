import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import type { DispatchClientError } from "@effect-dispatch/core/DispatchClientError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schedule, Stream } from "effect"
import { folder, running, serving } from "../integration/program.ts"
import { isInFull } from "./eventLoop.ts"

const one = MicrogridId.make(1n)
const writers = 6
const kills = isInFull ? 30 : 3

/** Creates, updates and deletes until it is told to stop; notes what was acknowledged last of each dispatch. */
const load = (acknowledged: Map<DispatchId, Dispatch | "deleted">, isOver: () => boolean) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const doubtful = new Set<DispatchId>()
    const write = (worker: number) =>
      Effect.gen(function* () {
        for (let count = 0; !isOver(); count++) {
          const made = yield* Effect.result(
            client.create(one, {
              type: `W${worker}-${count}`,
              startTime: "NOW",
              duration: Duration.minutes(1),
              target: Target.componentIds(1n)
            })
          )
          if (made._tag === "Failure") {
            yield* Effect.sleep("20 millis")
            continue
          }
          const { id } = made.success
          acknowledged.set(id, made.success)
          if (count % 3 === 0) continue
          const changed: Effect.Effect<Dispatch | "deleted", DispatchClientError> =
            count % 3 === 1
              ? client.update(one, id, { active: false })
              : Effect.as(client.delete(one, id), "deleted")
          const exit = yield* Effect.result(changed)
          // Of what was not answered nobody knows whether it was done.
          if (exit._tag === "Success") acknowledged.set(id, exit.success)
          else doubtful.add(id)
        }
      })
    yield* Effect.all(
      Array.from({ length: writers }, (_, worker) => write(worker)),
      { concurrency: "unbounded" }
    )
    return doubtful
  })

describe("a service that is killed again and again", () => {
  it.live(
    "has all that it acknowledged, each once",
    () =>
      Effect.gen(function* () {
        const store = `sqlite:${join(yield* folder, "killed.sqlite")}`
        let service = yield* serving("--store", store)
        const { url } = service
        const port = new URL(url.replace("grpc:", "http:")).port
        yield* Effect.gen(function* () {
          const acknowledged = new Map<DispatchId, Dispatch | "deleted">()
          let isOver = false
          const loading = yield* Effect.forkScoped(load(acknowledged, () => isOver))
          const grownBy = (more: number) => {
            const enough = acknowledged.size + more
            return Effect.suspend(() =>
              acknowledged.size >= enough ? Effect.void : Effect.fail("too few")
            ).pipe(Effect.retry({ times: 1_500, schedule: Schedule.spaced("20 millis") }))
          }
          yield* grownBy(20)
          for (let count = 0; count < kills; count++) {
            yield* service.signal("SIGKILL")
            yield* service.end
            const next = yield* running("serve", "--port", port, "--store", store)
            yield* next.says(/Serving/)
            service = { ...next, url }
            yield* grownBy(20)
          }
          isOver = true
          const doubtful = yield* Fiber.join(loading)
          const client = yield* DispatchClient
          const held = new Map<DispatchId, Dispatch>()
          yield* Stream.runForEach(client.list(one, { pageSize: 1_000 }), (record) =>
            Effect.sync(() => {
              if (!isReadable(record)) return
              assert.isFalse(held.has(record.id))
              held.set(record.id, record)
            })
          )
          let found = 0
          for (const [id, last] of acknowledged) {
            if (doubtful.has(id)) continue
            if (last === "deleted") assert.isFalse(held.has(id))
            else assert.isTrue(held.get(id)?.sameContent(last))
            found++
          }
          if (isInFull)
            process.stdout.write(
              `${kills} kills: ${acknowledged.size} acknowledged, ${found} found as they were, ${doubtful.size} in doubt\n`
            )
          assert.isAtMost(held.size, acknowledged.size + writers * (kills + 1))
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))
      }).pipe(Effect.scoped),
    300_000
  )
})
