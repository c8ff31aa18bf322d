import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { DispatchStore, type StoreUnusable } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { GrpcServer } from "@effect-dispatch/server/GrpcServer"
import { DateTime, Duration, Effect, Layer, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { defaultPort, explain, localUrl } from "../connection.ts"
import { parseDuration } from "../input/duration.ts"
import { flag } from "../input/flags.ts"
import { bold, dim, print } from "../output/terminal.ts"
import { untilStopped } from "../signals.ts"
import { explainStart } from "./serve.ts"
import { actorLayer, tellAll } from "./watch.ts"

const microgridId = MicrogridId.make(1n)
const filename = join(".dispatch", "demo.sqlite")

/** Marks the dispatches of the demonstration in their payload, so that a later run knows which to clear away. */
const mark = { demo: true }

/** The store in the data folder; in a temporary one while another process has that. */
const store: Layer.Layer<DispatchStore, StoreUnusable> = DispatchStoreSqlite.layer({ filename }).pipe(
  Layer.catch((error) => {
    if (error.reason !== "Locked") return Layer.effect(DispatchStore, Effect.fail(error))
    const folder = mkdtempSync(join(tmpdir(), "dispatch-demo-"))
    return Layer.unwrap(
      Effect.as(
        print(dim(`${error.message}; using a fresh file in ${folder}`)),
        DispatchStoreSqlite.layer({ filename: join(folder, "demo.sqlite") })
      )
    )
  })
)

/** The service on the usual port, or on any that is free. */
const server = GrpcServer.layer({ port: defaultPort }).pipe(
  Layer.catch((error) =>
    error.reason === "AddressInUse"
      ? GrpcServer.layer({ port: 0 })
      : Layer.effect(GrpcServer, Effect.fail(error))
  ),
  Layer.provide(DispatchService.layer),
  Layer.provide(store)
)

const client = Layer.unwrap(
  Effect.map(GrpcServer, ({ port }) => Layer.orDie(DispatchClientGrpc.layer({ url: localUrl(port) })))
)

/** Shows service, actor and a few dispatches at work. */
export const demo = Command.make(
  "demo",
  {
    for: flag("for", parseDuration).pipe(
      Flag.withDescription("Stops by itself after this time"),
      Flag.optional
    )
  },
  Effect.fn(function* (options) {
    const show = Effect.scoped(
      Effect.gen(function* () {
        const { port } = yield* GrpcServer
        yield* introduce(port)
        yield* clearAway
        const actor = yield* DispatchingActor
        yield* tellAll
        yield* actor.initialized
        yield* act
        return yield* Effect.never
      })
    ).pipe(
      Effect.mapError(explain),
      Effect.provide(actorLayer(microgridId).pipe(Layer.provideMerge(client), Layer.provideMerge(server)))
    )
    const limited = Option.match(options.for, {
      onNone: () => show,
      onSome: (length) => Effect.asVoid(Effect.timeoutOption(show, length))
    })
    yield* untilStopped(
      Effect.mapError(limited, (error) => (error._tag === "Failure" ? error : explainStart(error)))
    )
    yield* print(dim("Stopped: the actor, the service and its store are closed."))
  })
).pipe(
  Command.withDescription("Show the service and the actor at work, with a few dispatches"),
  Command.withExamples([{ command: "dispatch demo" }, { command: "dispatch demo --for 20s" }])
)

const introduce = (port: number) =>
  Effect.gen(function* () {
    const url = port === defaultPort ? "" : ` --url '${localUrl(port)}'`
    yield* print(bold("A dispatch service, and the actor of microgrid 1 in sync with it"))
    yield* print(`The service listens at ${localUrl(port)} and keeps its dispatches in ${filename}.`)
    yield* print("Join from another terminal, and see the actor react:")
    yield* print(`  pnpm dispatch create 1 CHARGE BATTERY now 15s --payload '"power_w": 5000'${url}`)
    yield* print(`  pnpm dispatch list 1${url}`)
    yield* print(dim("Times are local. Stop with Ctrl-C."))
    yield* print("")
  })

/** Deletes what an earlier demonstration left; everything else stays. */
const clearAway = Effect.gen(function* () {
  const { delete: remove, list } = yield* DispatchClient
  yield* Stream.runForEach(list(microgridId), (record) =>
    "_tag" in record || record.payload["demo"] !== true ? Effect.void : remove(microgridId, record.id)
  )
})

/** Creates the dispatches of the demonstration and changes two of them while they run. */
const act = Effect.gen(function* () {
  const client = yield* DispatchClient
  const now = yield* DateTime.now
  const after = (seconds: number) => DateTime.add(now, { seconds })
  const batteries = Target.componentCategories("BATTERY")
  yield* client.create(microgridId, {
    type: "PEAK_SHAVING",
    startTime: after(4),
    duration: Duration.seconds(6),
    target: batteries,
    payload: { ...mark, limit_w: 20_000 }
  })
  yield* client.create(microgridId, {
    type: "METER_READING",
    startTime: after(6),
    duration: Duration.seconds(3),
    target: Target.componentIds(7n),
    payload: mark,
    recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: 1 })
  })
  yield* client.create(microgridId, {
    type: "RESET_COUNTER",
    startTime: after(5),
    duration: Duration.zero,
    target: Target.componentIds(7n),
    payload: mark
  })
  const updated = yield* client.create(microgridId, {
    type: "CHARGE",
    startTime: "NOW",
    duration: Duration.minutes(10),
    target: batteries,
    payload: { ...mark, power_w: 3_000 }
  })
  const deleted = yield* client.create(microgridId, {
    type: "DISCHARGE",
    startTime: "NOW",
    target: Target.componentIds(1n, 2n),
    payload: { ...mark, power_w: -2_000 }
  })
  yield* Effect.sleep("7 seconds")
  yield* client.update(microgridId, updated.id, {
    payload: { ...mark, power_w: 5_000 },
    duration: Duration.seconds(12)
  })
  yield* Effect.sleep("3 seconds")
  yield* client.delete(microgridId, deleted.id)
})
