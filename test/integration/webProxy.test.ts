import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Code, ConnectError, type Transport } from "@connectrpc/connect"
import { ConsoleService, MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import { DispatchClientWeb, ReportClient, ServiceConsole } from "@effect-dispatch/client/web"
import * as ServiceTransport from "@effect-dispatch/client/ServiceTransport"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as ReportService from "@effect-dispatch/server/ReportService"
import * as WebProxy from "@effect-dispatch/server/WebProxy"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, Fiber, Layer, Redacted, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"

const one = MicrogridId.make(1n)
const token = Redacted.make("the token of this process")
const page = mkdtempSync(join(tmpdir(), "dispatch-proxied-"))
writeFileSync(join(page, "index.html"), '<!doctype html><html lang="en"><title>Console</title></html>')

const report = {
  epoch: 0n,
  number: 1n,
  run: {
    dispatch: { id: DispatchId.make(7n), type: "CHARGE", dryRun: false, updateTime: 1n },
    occurrence: DateTime.makeUnsafe(0),
    until: DateTime.makeUnsafe(60_000),
    fate: { _tag: "Missed", reason: "LateWakeUp", count: 1 },
    failures: [],
    failuresTotal: 0
  }
} as const

const draft = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) } as const

const Service = GrpcServer.layerAccess({ port: 0 }).pipe(
  Layer.provideMerge(AccessControl.layer),
  Layer.provideMerge([DispatchService.layer, ReportService.layer]),
  Layer.provideMerge(DispatchStoreMemory.layer)
)

const test = <E>(
  promise: string,
  body: () => Effect.Effect<
    void,
    E,
    GrpcServer.GrpcServer | AccessKeyStore | ReportService.ReportService | Scope.Scope
  >
) => it.effect(promise, () => Effect.provide(Effect.scoped(body()), Layer.fresh(Service)), 30_000)

/** Lets the network do what it has begun: the test clock stands still meanwhile. */
const network = TestClock.withLive(Effect.sleep("100 millis"))

/** The way to the service, by a key that signs. */
const remote = Effect.gen(function* () {
  const fresh = yield* AccessKeys.make({
    name: "anna",
    microgrids: [one],
    rights: ["read", "write"],
    signed: true
  })
  yield* (yield* AccessKeyStore).addKey(fresh.kept)
  yield* TestClock.adjust("15 seconds")
  const { port } = yield* GrpcServer.GrpcServer
  const url = `grpc://127.0.0.1:${port}?ssl=false`
  return yield* ServiceTransport.make({ url, authKey: fresh.key, signSecret: fresh.secret })
})

/** The same service, as it was before there were consoles, with other calls in place of some. */
const plainly = (way: ServiceTransport.ServiceTransport, others: Partial<Transport> = {}) => {
  const unknown = () => Promise.reject(new ConnectError("no such method", Code.Unimplemented))
  const { stream, unary } = { ...way.transport, ...others }
  const transport: Transport = {
    unary: (method, ...rest) =>
      method.parent.typeName === ConsoleService.typeName ? unknown() : unary(method, ...rest),
    stream: (method, ...rest) =>
      method.parent.typeName === ConsoleService.typeName ? unknown() : stream(method, ...rest)
  }
  return { ...way, transport }
}

const proxy = (way: WebProxy.RemoteService) =>
  Effect.map(
    Layer.build(WebProxy.layer({ port: 0, page, remote: way, token })),
    (context) => Context.get(context, WebProxy.WebProxy).port
  )

const client = (port: number, consoleToken: Redacted.Redacted | undefined = token) =>
  Layer.build(DispatchClientWeb.layer({ url: `http://127.0.0.1:${port}/api`, consoleToken }))

const list = (port: number, headers: Record<string, string>) =>
  Effect.promise(() =>
    fetch(`http://127.0.0.1:${port}/api/${MicrogridDispatchService.typeName}/ListMicrogridDispatches`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: '{"microgridId":"1"}'
    })
  )

describe("a console that hands calls on", () => {
  test("W9: does with the credentials of its process all that the service lets them do, and signs itself", () =>
    Effect.gen(function* () {
      const context = yield* client(yield* proxy(yield* remote))
      yield* Effect.gen(function* () {
        const calls = yield* DispatchClient
        const { describeKey } = yield* ServiceConsole.ServiceConsole
        assert.deepInclude(yield* describeKey, { name: "anna", rights: ["read", "write"], microgrids: [one] })
        const { events, effective } = yield* calls.stream(one)
        const heard = yield* Effect.forkChild(Stream.runHead(events))
        yield* effective
        const made = yield* calls.create(one, { ...draft, name: "evening peak" })
        yield* Fiber.join(heard)
        const changed = yield* calls.update(
          one,
          made.id,
          { active: false },
          { ifUpdateTime: made.updateTime }
        )
        const again = calls.update(one, made.id, { active: true }, { ifUpdateTime: made.updateTime })
        assert.strictEqual((yield* Effect.flip(again)).reason._tag, "Conflict")
        assert.strictEqual(changed.name, "evening peak")
        const wrong = yield* Effect.flip(calls.create(one, { ...draft, type: "x".repeat(257) }))
        assert.deepInclude(wrong.reason, { _tag: "InvalidArgument", field: "type" })
        const other = yield* Effect.flip(calls.get(MicrogridId.make(2n), made.id))
        assert.strictEqual(other.reason._tag, "PermissionDenied")
        yield* calls.delete(one, made.id)
        assert.lengthOf(yield* Stream.runCollect(calls.list(one)), 0)
      }).pipe(Effect.provide(context))
    }))

  test("W9, W10: tells what sites report, and makes no reports itself", () =>
    Effect.gen(function* () {
      const service = yield* ReportService.ReportService
      const batch = { microgridId: one, reporter: { id: "0".repeat(32), name: "plant-7" }, reports: [report] }
      yield* service.report(batch)
      const {
        last,
        list,
        report: send
      } = Context.get(yield* client(yield* proxy(yield* remote)), ReportClient.ReportClient)
      assert.lengthOf(yield* Stream.runCollect(list(one, { missed: true }, { pageSize: 1 })), 1)
      const [told] = yield* Stream.runCollect(last(one))
      assert.strictEqual(told?.reporter.name, "plant-7")
      assert.strictEqual((yield* Effect.flip(send(batch))).reason._tag, "Unsupported")
    }))

  test("W9: refuses calls without its token, of other pages, and through proxies; its page says what it is", () =>
    Effect.gen(function* () {
      const port = yield* proxy(yield* remote)
      const shown = { "dispatch-console-token": Redacted.value(token) }
      const status = (headers: Record<string, string>) =>
        Effect.map(list(port, headers), (answer) => answer.status)
      assert.strictEqual(yield* status(shown), 200)
      assert.strictEqual(yield* status({}), 401)
      assert.strictEqual(yield* status({ "dispatch-console-token": "the token of this proces" }), 401)
      assert.strictEqual(yield* status({ ...shown, origin: "http://evil.example" }), 403)
      assert.strictEqual(yield* status({ ...shown, "x-forwarded-for": "10.0.0.1" }), 403)
      const untold = yield* Effect.flip(
        Effect.provide(
          Effect.flatMap(DispatchClient, (calls) => calls.get(one, 1n as never)),
          yield* client(port, Redacted.make(""))
        )
      )
      assert.strictEqual(untold.reason._tag, "Unauthenticated")
      const html = yield* Effect.promise(() =>
        fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text())
      )
      assert.include(html, '<html data-proxied="" lang="en">')
      assert.notInclude(html, Redacted.value(token))
    }))

  test("W9: hands on the clock and the features of the service, not its own", () =>
    Effect.gen(function* () {
      const way = yield* remote
      const date = "Sun, 01 Mar 2026 12:00:00 GMT"
      const transport: Transport = {
        ...way.transport,
        unary: (method, ...rest) =>
          way.transport.unary(method, ...rest).then((answer) => ({
            ...answer,
            stream: false,
            service: method.parent,
            method,
            message: answer.message,
            trailer: answer.trailer,
            header: new Headers({ date, "dispatch-features": "calendar", "content-type": "application/grpc" })
          }))
      }
      const port = yield* proxy({ ...way, transport })
      const answer = yield* list(port, { "dispatch-console-token": Redacted.value(token) })
      assert.strictEqual(answer.headers.get("date"), date)
      assert.strictEqual(answer.headers.get("dispatch-features"), "calendar")
      assert.strictEqual(answer.headers.get("content-type"), "application/json")
    }))

  test("W9: of a service without signs of life makes them of pings, while they are answered", () =>
    Effect.gen(function* () {
      const way = yield* remote
      let answers = true
      const unary: Transport["unary"] = (method, ...rest) =>
        answers
          ? way.transport.unary(method, ...rest)
          : Promise.reject(new ConnectError("", Code.Unavailable))
      const context = yield* client(yield* proxy(plainly(way, { unary })))
      yield* Effect.gen(function* () {
        const calls = yield* DispatchClient
        const { describeKey } = yield* ServiceConsole.ServiceConsole
        assert.strictEqual((yield* Effect.flip(describeKey)).reason._tag, "Unimplemented")
        const { effective, events } = yield* calls.stream(one)
        const heard = yield* Effect.forkChild(Effect.exit(Stream.runCollect(Stream.take(events, 2))))
        yield* effective
        const quiet = Effect.andThen(TestClock.adjust("15 seconds"), network)
        yield* calls.create(one, draft)
        yield* Effect.repeat(quiet, { times: 3 })
        assert.isUndefined(heard.pollUnsafe())
        answers = false
        yield* Effect.repeat(quiet, { times: 3 })
        const ended = heard.pollUnsafe()
        assert.match(JSON.stringify(ended), /gives no sign of life/)
      }).pipe(Effect.provide(context))
    }))
})
