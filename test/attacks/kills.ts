/** A service that is killed again and again while others write. */
import { DispatchClientGrpc } from "@effect-dispatch/client"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { Duration, Effect, Fiber, Stream } from "effect"
import { running } from "../integration/program.ts"

const site = MicrogridId.make(1n)

/** The number of kills, and the writes between two of them. */
export interface KillsOptions {
  readonly store: string
  readonly port: number
  readonly rounds: number
  readonly writers: number
}

/** Kills the service, so many times; gives how many writes were acknowledged, and what was found of them at the end. */
export const kills = ({ port, rounds, store, writers }: KillsOptions) =>
  Effect.gen(function* () {
    const acknowledged: Array<Dispatch> = []
    let unanswered = 0
    let isLoaded = true
    const client = yield* DispatchClient
    const write = Effect.fnUntraced(function* (worker: number) {
      for (let count = 0; isLoaded; count++) {
        const made = yield* Effect.result(
          client.create(site, {
            type: `W${worker}-${count}`,
            startTime: "NOW",
            duration: Duration.minutes(1),
            target: Target.componentIds(1n)
          })
        )
        if (made._tag === "Success") {
          acknowledged.push(made.success)
        } else {
          unanswered++
          yield* Effect.sleep("20 millis")
        }
      }
    })
    const start = Effect.tap(running("serve", "--port", String(port), "--store", store), (service) =>
      service.says(/Serving/)
    )
    let service = yield* start
    const load = yield* Effect.forkScoped(
      Effect.forEach(
        Array.from({ length: writers }, (_, worker) => worker),
        write,
        {
          concurrency: "unbounded",
          discard: true
        }
      )
    )
    for (let round = 0; round < rounds; round++) {
      const before = acknowledged.length
      yield* Effect.sleep("10 millis").pipe(
        Effect.repeat({ until: () => acknowledged.length >= before + 60 })
      )
      yield* service.signal("SIGKILL")
      yield* service.end
      service = yield* start
    }
    isLoaded = false
    yield* Fiber.join(load)
    const held = new Map<DispatchId, Dispatch>()
    yield* Stream.runForEach(client.list(site, { pageSize: 1_000 }), (record) =>
      Effect.sync(() => !isReadable(record) || held.set(record.id, record))
    )
    yield* service.signal("SIGTERM")
    yield* service.end
    const types = [...held.values()].map(({ type }) => type)
    return {
      acknowledged: acknowledged.length,
      unanswered,
      found: acknowledged.filter((made) => held.get(made.id)?.sameContent(made) === true).length,
      held: held.size,
      doubled: types.length - new Set(types).size
    }
  }).pipe(
    Effect.scoped,
    Effect.provide(DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${port}?ssl=false` }))
  )
