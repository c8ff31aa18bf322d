import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as DispatcherGrpc from "@effect-dispatch/client/DispatcherGrpc"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClientWeb } from "@effect-dispatch/client/web"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Run } from "@effect-dispatch/core/Run"
import * as RunTally from "@effect-dispatch/core/RunTally"
import * as Target from "@effect-dispatch/core/Target"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore, type AccessRight } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as ReportService from "@effect-dispatch/server/ReportService"
import * as WebServer from "@effect-dispatch/server/WebServer"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, Layer, Option, Redacted, type Scope, Stream } from "effect"

const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)
const noon = DateTime.makeUnsafe("2026-03-01T12:00:00Z")

const page = mkdtempSync(join(tmpdir(), "dispatch-page-"))
writeFileSync(join(page, "index.html"), "<!doctype html><title>Console</title>")

const servers = Layer.mergeAll(GrpcServer.layerAccess({ port: 0 }), WebServer.layer({ port: 0, page })).pipe(
  Layer.provideMerge(AccessControl.layer)
)

const withReports = servers.pipe(
  Layer.provideMerge([DispatchService.layer, ReportService.layer]),
  Layer.provideMerge(DispatchStoreMemory.layer)
)

const withoutReports = servers.pipe(
  Layer.provideMerge(DispatchService.layer),
  Layer.provideMerge(DispatchStoreMemory.layer)
)

type Services = GrpcServer.GrpcServer | WebServer.WebServer | AccessKeyStore | Scope.Scope

/** Makes clients, with a key if one is given. */
type ClientOf = (
  key?: Redacted.Redacted
) => Effect.Effect<
  Layer.Layer<ReportClient | DispatchClient, unknown>,
  never,
  GrpcServer.GrpcServer | WebServer.WebServer
>

const overGrpc: ClientOf = (authKey) =>
  Effect.map(GrpcServer.GrpcServer, ({ port }) =>
    DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${port}?ssl=false`, authKey })
  )

const overConnect: ClientOf = (authKey) =>
  Effect.map(WebServer.WebServer, ({ port }) =>
    DispatchClientWeb.layer({ url: `http://127.0.0.1:${port}/api`, authKey })
  )

const ways: ReadonlyArray<readonly [name: string, ClientOf]> = [
  ["gRPC", overGrpc],
  ["Connect", overConnect]
]

const using = <A, E>(
  layer: Layer.Layer<ReportClient | DispatchClient, unknown>,
  body: (client: ReportClient["Service"]) => Effect.Effect<A, E, DispatchClient>
) => Effect.provide(Effect.flatMap(ReportClient, body), Layer.fresh(Layer.orDie(layer)))

const ran: Run = {
  dispatch: { id: DispatchId.make(7n), type: "CHARGE", dryRun: false, updateTime: 1n },
  occurrence: noon,
  fate: { _tag: "Ran", from: noon, lateMillis: 3, to: noon, onMillis: 60_000 },
  failures: [],
  failuresTotal: 0
}
const missed: Run = {
  ...ran,
  dispatch: { ...ran.dispatch, id: DispatchId.make(8n) },
  fate: { _tag: "Missed", reason: "NotTold", count: 1 }
}

const batch = (runs: ReadonlyArray<Run>, microgridId = one) => ({
  microgridId,
  reporter: { id: "a1", name: "plant-7" },
  clockOffsetMillis: 12,
  reports: runs.map((run, index) => ({ epoch: 0n, number: BigInt(index + 1), run }))
})

const makeKey = (rights: ReadonlyArray<AccessRight>) =>
  Effect.gen(function* () {
    const microgrids = [one]
    const fresh = yield* AccessKeys.make({ name: "plant", microgrids, rights, signed: false })
    yield* (yield* AccessKeyStore).addKey(fresh.kept)
    return fresh.key
  })

const refusalOf = <A, E extends { readonly reason: { readonly _tag: string } }, R>(
  call: Effect.Effect<A, E, R>
) => Effect.map(Effect.flip(call), ({ reason }) => reason._tag)

const test = <E>(
  promise: string,
  body: Effect.Effect<void, E, Services>,
  layer: Layer.Layer<Exclude<Services, Scope.Scope>, unknown> = withReports
) => it.live(promise, () => Effect.provide(Effect.scoped(body), Layer.fresh(layer)), 20_000)

for (const [name, clientOf] of ways) {
  describe(`reports over ${name}`, () => {
    test(
      "what is reported is listed, as the last run, and summed up",
      Effect.gen(function* () {
        yield* using(yield* clientOf(), (client) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(yield* client.report(batch([])), {
              conflicts: [],
              isBehind: false,
              last: undefined
            })
            const { last } = yield* client.report(batch([ran, missed]))
            assert.deepStrictEqual(last, { epoch: 0n, number: 2n })
            const listed = yield* Stream.runCollect(client.list(one))
            assert.deepStrictEqual(
              listed.map(({ clockOffsetMillis, reporter, run }) => [run, reporter.name, clockOffsetMillis]),
              [
                [missed, "plant-7", 12],
                [ran, "plant-7", 12]
              ]
            )
            const some = yield* Stream.runCollect(client.list(one, { missed: true }))
            assert.deepStrictEqual(
              some.map(({ run }) => run),
              [missed]
            )
            const lastRuns = yield* Stream.runCollect(client.last(one))
            assert.deepStrictEqual(
              lastRuns.map(({ run }) => run),
              [ran, missed]
            )
            const ofOne = yield* Stream.runCollect(client.last(one, [missed.dispatch.id]))
            assert.deepStrictEqual(
              ofOne.map(({ run }) => run),
              [missed]
            )
            const [day] = yield* Stream.runCollect(client.days(one))
            assert.deepStrictEqual(
              [day?.tally.ran, RunTally.missedOf(day?.tally ?? RunTally.nothing)],
              [1, 1]
            )
            assert.isTrue(yield* client.isOffered)
            assert.deepStrictEqual(yield* Stream.runCollect(client.list(two)), [])
          })
        )
      })
    )

    test(
      "J29: to report takes the right to report, to look takes the right to read, each where the key counts",
      Effect.gen(function* () {
        const reporter = yield* clientOf(yield* makeKey(["report"]))
        const reader = yield* clientOf(yield* makeKey(["read", "write"]))
        yield* using(reporter, (client) =>
          Effect.gen(function* () {
            yield* client.report(batch([ran]))
            const looks = [
              Stream.runDrain(client.list(one)),
              Stream.runDrain(client.last(one)),
              Stream.runDrain(client.days(one))
            ]
            for (const look of looks) assert.strictEqual(yield* refusalOf(look), "PermissionDenied")
            assert.strictEqual(yield* refusalOf(client.report(batch([ran], two))), "PermissionDenied")
          })
        )
        yield* using(reader, (client) =>
          Effect.gen(function* () {
            assert.strictEqual((yield* Stream.runCollect(client.list(one))).length, 1)
            assert.strictEqual(yield* refusalOf(client.report(batch([ran]))), "PermissionDenied")
            assert.strictEqual(yield* refusalOf(Stream.runDrain(client.list(two))), "PermissionDenied")
          })
        )
      })
    )

    test(
      "J29: a service without reports says so, and announces none",
      Effect.gen(function* () {
        yield* using(yield* clientOf(), (client) =>
          Effect.gen(function* () {
            assert.strictEqual(yield* refusalOf(client.report(batch([ran]))), "Unsupported")
            assert.strictEqual(yield* refusalOf(Stream.runDrain(client.last(one))), "Unsupported")
            const { list } = yield* DispatchClient
            assert.deepStrictEqual(yield* Stream.runCollect(list(one)), [])
            assert.isFalse(yield* client.isOffered)
          })
        )
      }),
      withoutReports
    )

    test(
      "a report that is wrong is refused by its place in the model",
      Effect.gen(function* () {
        const long = { ...ran, failures: [{ at: noon, reason: "x".repeat(300) }] }
        yield* using(yield* clientOf(), (client) =>
          Effect.gen(function* () {
            const { reason } = yield* Effect.flip(client.report(batch([ran, long])))
            assert.deepInclude(reason, {
              _tag: "InvalidArgument",
              field: "reports[1].run.failures[0].reason"
            })
            assert.isTrue(Option.isNone(yield* Stream.runHead(client.list(one))))
          })
        )
      })
    )
  })
}

describe("a dispatcher", () => {
  test(
    "J29: reports what really ran if it is asked to, and nothing otherwise",
    Effect.gen(function* () {
      const { port } = yield* GrpcServer.GrpcServer
      const url = `grpc://127.0.0.1:${port}?ssl=false`
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-journal-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const siteOf = (name: string, report: boolean) =>
        DispatcherGrpc.layer({
          microgridId: one,
          url,
          journal: { directory: join(directory, name), name },
          report
        })
      yield* Layer.build(Layer.fresh(siteOf("silent", false)))
      const site = yield* Layer.build(Layer.fresh(siteOf("plant-7", true)))
      const { client } = Context.get(site, Dispatcher.Dispatcher)
      const target = Target.componentIds(7n)
      const { id } = yield* client.create(one, {
        type: "CHARGE",
        startTime: "NOW",
        duration: "2 seconds",
        target
      })
      yield* using(yield* overGrpc(), (reports) =>
        Effect.gen(function* () {
          const told = yield* Effect.repeat(
            Effect.delay(Stream.runCollect(reports.list(one)), "100 millis"),
            { until: (runs) => runs.some(({ run }) => run.fate._tag === "Ran"), times: 150 }
          )
          assert.deepStrictEqual(
            told.map(({ reporter, run }) => [reporter.name, String(run.dispatch.id), run.fate._tag]),
            [["plant-7", String(id), "Ran"]]
          )
        })
      )
    })
  )
})
