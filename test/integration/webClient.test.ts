import * as http from "node:http"
import { mkdtempSync, writeFileSync } from "node:fs"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DispatchClientWeb, ServiceConsole } from "@effect-dispatch/client/web"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import { heartbeatInterval } from "@effect-dispatch/server/ServiceLimits"
import * as WebServer from "@effect-dispatch/server/WebServer"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Layer, Option, Redacted, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"

const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)
const noon = DateTime.makeUnsafe("2026-03-01T12:00:00Z")

const page = mkdtempSync(join(tmpdir(), "dispatch-page-"))
writeFileSync(join(page, "index.html"), "<!doctype html><title>Console</title>")

const Service = WebServer.layer({ port: 0, page }).pipe(
  Layer.provideMerge(AccessControl.layer),
  Layer.provideMerge(DispatchService.layer),
  Layer.provideMerge(DispatchStoreMemory.layer)
)

const test = <E>(
  promise: string,
  body: () => Effect.Effect<void, E, WebServer.WebServer | AccessKeyStore | Scope.Scope>
) =>
  it.effect(
    promise,
    () =>
      Effect.andThen(
        TestClock.setTime(noon.epochMilliseconds),
        Effect.provide(Effect.scoped(body()), Layer.fresh(Service))
      ),
    30_000
  )

/** Lets the network do what it has begun: the test clock stands still meanwhile. */
const network = TestClock.withLive(Effect.sleep("100 millis"))

/** Waits in real time, at most ten seconds, until something is so. */
const until = (isSo: () => boolean) =>
  TestClock.withLive(Effect.sleep("2 millis")).pipe(Effect.repeat({ until: isSo, times: 5_000 }))

const port = Effect.map(WebServer.WebServer, ({ port }) => port)

const makeKey = (options: Partial<AccessKeys.AccessKeyOptions>) =>
  Effect.gen(function* () {
    const fresh = yield* AccessKeys.make({
      name: "plant",
      microgrids: "all",
      rights: ["read", "write"],
      signed: false,
      ...options
    })
    yield* (yield* AccessKeyStore).addKey(fresh.kept)
    yield* TestClock.adjust("15 seconds")
    return { id: fresh.kept.id, fresh }
  })

/** The status that a call gets, under a name of the host. */
const statusUnder = (host: string) =>
  Effect.flatMap(port, (port) =>
    Effect.promise(
      () =>
        new Promise<number>((resolve, reject) => {
          const path = "/api/frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"
          const headers = { host, "content-type": "application/json" }
          const request = http.request(
            { port, host: "127.0.0.1", method: "POST", path, headers },
            (response) => {
              response.resume()
              resolve(response.statusCode ?? 0)
            }
          )
          request.on("error", reject)
          request.end('{"microgridId":"1"}')
        })
    )
  )

const client = (given: Partial<DispatchClientWeb.WebOptions> = {}) =>
  Effect.flatMap(port, (port) =>
    Layer.build(DispatchClientWeb.layer({ url: `http://127.0.0.1:${port}/api`, ...given }))
  )

const draft = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) } as const

describe("the client of browsers", () => {
  test("the client of browsers does what the one over gRPC does, and signs alike", () =>
    Effect.gen(function* () {
      const { fresh } = yield* makeKey({ signed: true, rights: ["read", "write"], microgrids: [one] })
      // The clocks of calls are the test's, and so is that of the service.
      const context = yield* client({ authKey: fresh.key, signSecret: fresh.secret })
      yield* Effect.gen(function* () {
        const calls = yield* DispatchClient
        const made = yield* calls.create(one, draft)
        const changed = yield* calls.update(
          one,
          made.id,
          { active: false },
          { ifUpdateTime: made.updateTime }
        )
        assert.isFalse(changed.active)
        const again = calls.update(one, made.id, { active: true }, { ifUpdateTime: made.updateTime })
        assert.strictEqual((yield* Effect.flip(again)).reason._tag, "Conflict")
        assert.lengthOf(yield* Stream.runCollect(calls.list(one)), 1)
        assert.strictEqual((yield* Effect.flip(calls.get(two, made.id))).reason._tag, "PermissionDenied")
        const wrong = yield* Effect.flip(calls.create(one, { ...draft, type: "x".repeat(257) }))
        assert.deepInclude(wrong.reason, { _tag: "InvalidArgument", field: "type" })
        yield* calls.delete(one, made.id)
        assert.strictEqual((yield* Effect.flip(calls.get(one, made.id))).reason._tag, "NotFound")
        const { audit, describeKey } = yield* ServiceConsole.ServiceConsole
        const entries = yield* audit(one, { id: made.id, limit: 10 })
        assert.deepStrictEqual(
          entries.map(({ by, kind }) => [kind, by]),
          [
            ["Deleted", undefined],
            ["Updated", undefined],
            ["Created", undefined]
          ]
        )
        assert.deepStrictEqual(yield* describeKey, {
          name: "plant",
          rights: ["read", "write"],
          microgrids: [one],
          features: new Set(["calendar", "name"])
        })
      }).pipe(Effect.provide(context))
    }))

  test("W6: with the right to audit the authors of changes are told, of one dispatch or of all", () =>
    Effect.gen(function* () {
      const { fresh } = yield* makeKey({ name: "anna", rights: ["read", "write", "audit"] })
      const context = yield* client({ authKey: fresh.key })
      yield* Effect.gen(function* () {
        const calls = yield* DispatchClient
        const { audit } = yield* ServiceConsole.ServiceConsole
        const first = yield* calls.create(one, draft)
        const second = yield* calls.create(one, draft)
        assert.deepStrictEqual(
          (yield* audit(one, { limit: 10 })).map(({ by, id }) => [id, by]),
          [
            [second.id, "anna"],
            [first.id, "anna"]
          ]
        )
        assert.deepStrictEqual(
          (yield* audit(one, { id: first.id, limit: 10 })).map(({ id }) => id),
          [first.id]
        )
      }).pipe(Effect.provide(context))
    }))

  test("W7: a stream is ready before the first event, tells events, and beats while nothing happens", () =>
    Effect.gen(function* () {
      const context = yield* client()
      yield* Effect.gen(function* () {
        const calls = yield* DispatchClient
        const { effective, events } = yield* calls.stream(one)
        yield* effective
        const seen: Array<string> = []
        const reading = yield* Effect.forkScoped(
          Effect.exit(Stream.runForEach(events, ({ kind }) => Effect.sync(() => seen.push(kind))))
        )
        yield* calls.create(one, draft)
        yield* until(() => seen.length === 1)
        // Ten beats of the service, each of which must reach the client in time.
        for (let beat = 0; beat < 10; beat++) {
          yield* TestClock.adjust(heartbeatInterval)
          yield* network
        }
        assert.isUndefined(reading.pollUnsafe())
        const { lastSign } = yield* ServiceConsole.ServiceConsole
        assert.deepStrictEqual(yield* lastSign, Option.some(yield* DateTime.now))
        yield* calls.create(one, draft)
        yield* until(() => seen.length === 2)
      }).pipe(Effect.provide(context))
    }))

  test("W7: a stream without a sign of life for 31 seconds fails", () =>
    Effect.gen(function* () {
      const { port: own } = yield* WebServer.WebServer
      // It takes what is sent and passes on only the beginning, as a frozen service does.
      const frozen = yield* Effect.acquireRelease(
        Effect.sync(() =>
          net.createServer((socket) => {
            const inner = net.connect(own, "127.0.0.1")
            socket.on("error", () => {}).on("close", () => inner.destroy())
            inner.on("error", () => socket.destroy())
            // The request goes on under the name of the service, and of the answer only the beginning comes back.
            socket.on("data", (chunk: Buffer) => {
              const text = chunk.toString("latin1").replace(/^host: [^\r]*/im, `host: 127.0.0.1:${own}`)
              inner.write(text, "latin1")
            })
            inner.once("data", (chunk: Buffer) => socket.write(chunk))
          })
        ),
        (server) => Effect.sync(() => server.close())
      )
      frozen.listen(0, "127.0.0.1")
      yield* until(() => frozen.listening)
      const { port: there } = frozen.address() as net.AddressInfo
      assert.strictEqual(yield* statusUnder(`127.0.0.1:${own}`), 200)
      assert.strictEqual(yield* statusUnder(`127.0.0.1:${there}`), 421)
      const context = yield* Layer.build(DispatchClientWeb.layer({ url: `http://127.0.0.1:${there}/api` }))
      const { effective, events } = yield* Effect.provide(
        Effect.flatMap(DispatchClient, (calls) => calls.stream(one)),
        context
      )
      yield* effective
      const reading = yield* Effect.forkScoped(Effect.flip(Stream.runDrain(events)))
      yield* TestClock.adjust("30 seconds")
      yield* network
      assert.isUndefined(reading.pollUnsafe())
      yield* TestClock.adjust("2 seconds")
      yield* network
      const { reason } = yield* Fiber.join(reading)
      assert.strictEqual(reason._tag, "Unavailable")
      assert.match(reason.message, /no sign of life/)
    }))

  test("a key that is revoked ends its streams, and its places are given back when a stream ends", () =>
    Effect.gen(function* () {
      const { fresh, id } = yield* makeKey({ rights: ["read"] })
      const context = yield* client({ authKey: Redacted.make(Redacted.value(fresh.key)) })
      const { effective, events } = yield* Effect.provide(
        Effect.flatMap(DispatchClient, (calls) => calls.stream(one)),
        context
      )
      yield* effective
      const reading = yield* Effect.forkScoped(Effect.flip(Stream.runDrain(events)))
      const { revokeKey } = yield* AccessKeyStore
      yield* revokeKey(id, yield* DateTime.now)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Fiber.join(reading)).reason._tag, "Unauthenticated")
    }))
})
