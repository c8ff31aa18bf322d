import { join } from "node:path"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient, isReadable, type NewDispatch } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as ReportService from "@effect-dispatch/server/ReportService"
import { Context, DateTime, Duration, Effect, FileSystem, Layer, Option, Stream } from "effect"
import { explain, localUrl } from "../connection.ts"
import { dataFolder, defaultPort, defaultWebPort } from "../defaults.ts"
import * as Account from "../output/account.ts"
import { hanging } from "../output/layout.ts"
import { bold, columns, dim, print } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { programName } from "../programName.ts"
import { untilStopped } from "../signals.ts"
import * as SiteJournal from "../siteJournal.ts"
import * as SitePersistence from "../sitePersistence.ts"
import { Failure } from "../UsageError.ts"
import { explainStart } from "./serve.ts"
import * as Site from "./site.ts"

interface Options {
  readonly for: Option.Option<Duration.Duration>
  readonly utc: boolean
}

const microgridId = MicrogridId.make(1n)

/** The mark in the payload of the demonstration's dispatches. */
const mark = { demo: true }

/** The files of the demonstration: its dispatches, the ids of its own ones, what its actor knows, and what really ran. */
class Folder extends Context.Service<
  Folder,
  { readonly store: string; readonly own: string; readonly site: string; readonly journal: string }
>()("@effect-dispatch/cli/demo/Folder") {
  static readonly at = (path: string) =>
    Folder.of({
      store: join(path, "demo.sqlite"),
      own: join(path, "demo-ids.txt"),
      site: join(path, "demo"),
      journal: join(path, "demo-journal")
    })
}

const storeIn = (folder: Folder["Service"]) =>
  Layer.merge(DispatchStoreSqlite.layer({ filename: folder.store }), Layer.succeed(Folder, folder))

/** A folder that goes with the scope. */
const temporaryFolder = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  return yield* files.makeTempDirectoryScoped({ prefix: "dispatch-demo-" })
}).pipe(Effect.mapError(({ message }) => new Failure({ message: `no temporary folder: ${message}` })))

/** The store in the data folder, or in a temporary one while another process has that. */
const store = storeIn(Folder.at(dataFolder)).pipe(
  Layer.catch((error) =>
    Layer.unwrap(
      Effect.gen(function* () {
        if (error.reason !== "Locked") return yield* error
        const path = yield* temporaryFolder
        yield* print(
          dim(`${error.message}; using a fresh file in ${path}, which goes with this demonstration`)
        )
        return storeIn(Folder.at(path))
      })
    )
  )
)

/** The service on the usual port, or on any that is free. */
const server = GrpcServer.layer({ port: defaultPort }).pipe(
  Layer.catch((error) =>
    error.reason === "AddressInUse"
      ? GrpcServer.layer({ port: 0 })
      : Layer.effect(GrpcServer.GrpcServer, Effect.fail(error))
  ),
  Layer.provideMerge([DispatchService.layer, ReportService.layer]),
  Layer.provideMerge(store)
)

const client = Layer.unwrap(
  Effect.map(GrpcServer.GrpcServer, ({ port }) =>
    Layer.orDie(DispatchClientGrpc.layer({ url: localUrl(port) }))
  )
)

const persistence = Layer.unwrap(Effect.map(Folder, ({ site }) => SitePersistence.layer(site)))

const journal = Layer.unwrap(
  Effect.map(Folder, (folder) => SiteJournal.layer({ directory: folder.journal, name: "the demonstration" }))
)

const site = Site.layer(microgridId).pipe(
  Layer.provide([persistence, journal]),
  Layer.provideMerge(client),
  Layer.provideMerge(server)
)

/** Shows service, actor and a few dispatches at work, until it is stopped or the time is over. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const show = Effect.gen(function* () {
    yield* introduce
    const made = yield* own
    const cleared = yield* clearAway(made)
    const actor = yield* DispatchingActor
    const teller = yield* Site.patient(Account.make(yield* Times.forScreen(options)))
    yield* Site.follow(without(teller, cleared))
    yield* Site.report(microgridId)
    yield* actor.initialized
    yield* Effect.forkScoped(offerConsole)
    yield* act(made)
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(site))
  const limited = Option.match(options.for, {
    onNone: () => show,
    onSome: (length) => Effect.asVoid(Effect.timeoutOption(show, length))
  })
  yield* untilStopped(
    limited.pipe(
      Effect.catchTag("DispatchError", explain),
      Effect.mapError((error) => {
        if (error._tag === "Failure" || error._tag === "UsageError") return error
        return "reason" in error && error.reason === "Damaged"
          ? new Failure({ message: `${error.message}. Move it away to begin anew` })
          : explainStart(error)
      })
    )
  )
  yield* print(dim("Stopped: the actor, the service and its store are closed."))
})

const introduce = Effect.gen(function* () {
  const { port } = yield* GrpcServer.GrpcServer
  const { store } = yield* Folder
  const width = yield* columns
  const flag = port === defaultPort ? "" : ` --url '${localUrl(port)}'`
  const program = yield* programName
  const lines = [
    bold("A dispatch service, and the actor of microgrid 1 in sync with it"),
    ...hanging("", `The service listens at ${localUrl(port)} and keeps its dispatches in ${store}.`, width),
    "Join from another terminal, and see the actor react:",
    `  ${program} create 1 CHARGE BATTERY now 15s${flag}`,
    `  ${program} list 1${flag}`,
    `  ${program} timeline 1 --span 5m${flag}`,
    `  ${program} history 1${flag}`,
    dim("Stop with Ctrl-C."),
    ""
  ]
  yield* Effect.forEach(lines, print, { discard: true })
})

/** Shows the console beside it, as soon as its page is built. The demonstration goes on without it. */
const offerConsole = Effect.gen(function* () {
  const Web = yield* Effect.promise(() => import("./web.ts"))
  const layer = Layer.catch(Web.layer({ port: defaultWebPort }), () => Web.layer({ port: 0 }))
  const listening = yield* Layer.build(Layer.provide(layer, AccessControl.layerLoopback))
  yield* Effect.provide(Web.announce("127.0.0.1", "http"), listening)
}).pipe(Effect.catch(({ message }) => print(dim(message))))

/** The ids of the dispatches that the demonstration itself has made, one a line. */
const own = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = (yield* Folder).own
  const ids = new Set(
    yield* files.readFileString(path).pipe(
      Effect.map((text) => text.split("\n").filter((line) => line !== "")),
      Effect.orElseSucceed((): ReadonlyArray<string> => [])
    )
  )
  const write = Effect.suspend(() => files.writeFileString(path, [...ids, ""].join("\n"))).pipe(
    Effect.mapError(({ message }) => new Failure({ message: `${path} cannot be written: ${message}` }))
  )
  return {
    has: (id: DispatchId) => ids.has(String(id)),
    add: (id: DispatchId) =>
      Effect.andThen(
        Effect.sync(() => ids.add(String(id))),
        write
      ),
    clear: Effect.andThen(
      Effect.sync(() => ids.clear()),
      write
    )
  }
})

/**
 * Deletes the dispatches of an earlier demonstration, and gives their ids; everything else stays, whatever its payload
 * says.
 */
const clearAway = Effect.fnUntraced(function* (made: Effect.Success<typeof own>) {
  const { delete: remove, list } = yield* DispatchClient
  const ids = new Set<DispatchId>()
  yield* Stream.runForEach(list(microgridId), (record) => {
    if (!isReadable(record) || record.payload["demo"] !== true || !made.has(record.id)) return Effect.void
    ids.add(record.id)
    return remove(microgridId, record.id)
  })
  yield* made.clear
  return ids
})

/** Leaves out the events and missed runs of these; their last stops are told. */
const without = (teller: Site.Teller, ids: ReadonlySet<DispatchId>): Site.Teller => ({
  ...teller,
  event: (event) => (ids.has(event.dispatch.id) ? Effect.void : teller.event(event)),
  missed: (missed) => (ids.has(missed.dispatch.id) ? Effect.void : teller.missed(missed))
})

/** Creates the dispatches of the demonstration and changes two of them while they run. */
const act = Effect.fnUntraced(function* (made: Effect.Success<typeof own>) {
  const client = yield* DispatchClient
  const create = (dispatch: NewDispatch) =>
    Effect.tap(client.create(microgridId, dispatch), ({ id }) => made.add(id))
  const now = yield* DateTime.now
  const after = (seconds: number) => DateTime.add(now, { seconds })
  const batteries = Target.componentCategories("BATTERY")
  yield* create({
    type: "PEAK_SHAVING",
    startTime: after(4),
    duration: Duration.seconds(6),
    target: batteries,
    payload: { ...mark, limit_w: 20_000 }
  })
  yield* create({
    type: "METER_READING",
    startTime: after(6),
    duration: Duration.seconds(3),
    target: Target.componentIds(7n),
    payload: mark,
    recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: 1 })
  })
  yield* create({
    type: "RESET_COUNTER",
    startTime: after(5),
    duration: Duration.zero,
    target: Target.componentIds(7n),
    payload: mark
  })
  const updated = yield* create({
    type: "CHARGE",
    startTime: "NOW",
    duration: Duration.minutes(10),
    target: batteries,
    payload: { ...mark, power_w: 3_000 }
  })
  const deleted = yield* create({
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
