/** The start of dispatchers in one process, and the memory of those that have nothing to do. */
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { Context, DateTime, Effect, Layer } from "effect"
import { makeService } from "../../../test/integration/service.ts"
import { Obedient } from "../service/process.ts"

const dispatchesEach = 3
const program = join(import.meta.dirname, "actorsProcess.ts")

/** A service with so many microgrids, each with dispatches that begin tomorrow. */
const prepared = Effect.fnUntraced(function* (count: number) {
  const { url } = yield* makeService
  const context = yield* Layer.build(Layer.fresh(DispatchClientGrpc.layer({ url })))
  const client = Context.get(context, DispatchClient)
  const startTime = DateTime.makeUnsafe(Math.ceil(Date.now() / 1_000) * 1_000 + 24 * 3_600_000)
  yield* Effect.forEach(
    Array.from({ length: count * dispatchesEach }, (_, index) =>
      MicrogridId.make(BigInt((index % count) + 1))
    ),
    (id) =>
      client.create(id, { type: "CHARGE", startTime, duration: "1 hour", target: Target.componentIds(7n) }),
    { concurrency: 50, discard: true }
  )
  return url
})

/** A process that does its work once: a second time it would know its way. */
const once = (url: string, command: "actors" | "owned" | "bare", count: number) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Obedient(process.execPath, ["--expose-gc", program, url])),
    (child) =>
      Effect.promise(async () => {
        await child.hello
        const { cpu = Number.NaN, heap = Number.NaN, millis = Number.NaN } = await child.ask(command, count)
        return { cpu: cpu / count, heap: heap / count, millis }
      }),
    (child) => Effect.promise(() => child.end())
  )

/** The cost of each dispatcher, and of a bare stream with its list: microseconds of a processor, and bytes. */
export const start = (count: number) =>
  Effect.gen(function* () {
    const url = yield* Effect.orDie(prepared(count))
    return {
      bare: yield* once(url, "bare", count),
      actors: yield* once(url, "actors", count),
      owned: yield* once(url, "owned", count)
    }
  }).pipe(Effect.scoped)
