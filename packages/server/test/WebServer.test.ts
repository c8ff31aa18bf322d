import * as http from "node:http"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { brotliCompressSync } from "node:zlib"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import type { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import type { DispatchService } from "@effect-dispatch/server/DispatchService"
import * as WebServer from "@effect-dispatch/server/WebServer"
import { assert, describe } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { folder } from "./services.ts"
import { makeKey, test as served, type Weather } from "./serving.ts"

const script = "export const answer = 42\n".repeat(50)

const page = Effect.gen(function* () {
  const path = yield* folder
  mkdirSync(join(path, "assets"))
  writeFileSync(join(path, "index.html"), "<!doctype html><title>Console</title>")
  writeFileSync(join(path, "assets/main-1a2b.js"), script)
  writeFileSync(join(path, "assets/main-1a2b.js.br"), brotliCompressSync(script))
  writeFileSync(join(path, "secret.key"), "not for the table")
  return path
})

type Needs = DispatchService | AccessControl.AccessControl | AccessKeyStore | Scope.Scope

const test = <E>(
  promise: string,
  body: (weather: Weather) => Effect.Effect<void, E, Needs | WebServer.WebServer>,
  options: Partial<WebServer.WebServerOptions> = {}
) =>
  served(promise, (weather) =>
    Effect.gen(function* () {
      const layer = WebServer.layer({ port: 0, page: yield* page, ...options })
      yield* Effect.provide(Effect.scoped(body(weather)), Layer.fresh(layer))
    })
  )

const port = Effect.map(WebServer.WebServer, ({ port }) => port)

interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** A request with headers as they are, also those that no page can set. */
const ask = (options: http.RequestOptions, body = "") =>
  Effect.flatMap(port, (port) =>
    Effect.promise(
      () =>
        new Promise<Answer>((resolve, reject) => {
          const request = http.request({ port, host: "127.0.0.1", agent: false, ...options }, (response) => {
            const chunks: Array<Buffer> = []
            response.on("data", (chunk: Buffer) => chunks.push(chunk))
            response.on("end", () =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: Buffer.concat(chunks).toString()
              })
            )
          })
          request.on("error", reject)
          request.end(body)
        })
    )
  )

const list = "/api/frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"

const call = (headers: http.OutgoingHttpHeaders = {}, options: http.RequestOptions = {}) =>
  ask(
    { method: "POST", path: list, headers: { "content-type": "application/json", ...headers }, ...options },
    '{"microgridId":"1"}'
  )

describe("the listener for browsers", () => {
  test("W1: a request under a name that is not its own is refused with 421, whatever it asks for", () =>
    Effect.gen(function* () {
      const own = yield* port
      for (const host of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
        assert.strictEqual((yield* call({ host: `${host}:${own}` })).status, 200, host)
      for (const host of [
        `rebound.example:${own}`,
        "127.0.0.1",
        `127.0.0.1:${own + 1}`,
        `127.0.0.1.rebound.example:${own}`,
        `localhost.:${own}`,
        `127.0.0.2:${own}`,
        `user@127.0.0.1:${own}`
      ]) {
        assert.strictEqual((yield* call({ host })).status, 421, host)
        const index = yield* ask({ path: "/", headers: { host } })
        assert.strictEqual(index.status, 421, host)
        assert.notInclude(index.body, "Console")
      }
    }))

  test("W2: a call from another page is refused with 403, and another method with 405", () =>
    Effect.gen(function* () {
      const own = yield* port
      const origin = `http://127.0.0.1:${own}`
      assert.strictEqual((yield* call({ origin, "sec-fetch-site": "same-origin" })).status, 200)
      for (const headers of [
        { origin: "http://evil.example" },
        { origin: "null" },
        { origin: `https://127.0.0.1:${own}` },
        { origin: `http://127.0.0.1:${own + 1}` },
        { origin: `http://localhost:${own}` },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { "sec-fetch-site": "none" }
      ])
        assert.strictEqual((yield* call(headers)).status, 403, JSON.stringify(headers))
      for (const method of ["GET", "PUT", "OPTIONS", "DELETE"]) {
        const answer = yield* call({}, { method })
        assert.strictEqual(answer.status, 405, method)
        assert.notProperty(answer.headers, "access-control-allow-origin")
      }
    }))

  test("W2: a simple request of a form is no call, even if its page is ours", () =>
    Effect.gen(function* () {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
        assert.strictEqual((yield* call({ "content-type": type })).status, 415, type)
      for (const type of ["application/grpc", "application/grpc-web+proto"])
        assert.strictEqual((yield* call({ "content-type": type })).status, 415, type)
    }))

  test("W3: without keys a call that came through a proxy is refused, and with a key it is served", () =>
    Effect.gen(function* () {
      for (const name of ["forwarded", "x-forwarded-for", "via"])
        assert.strictEqual((yield* call({ [name]: "for=203.0.113.7" })).status, 403, name)
      assert.strictEqual((yield* call()).status, 200)
      const { headers } = yield* makeKey({})
      assert.strictEqual((yield* call({ ...headers, "x-forwarded-for": "203.0.113.7" })).status, 200)
      assert.strictEqual((yield* call()).status, 401)
    }))

  test("W4: every answer forbids foreign scripts, frames and sniffing, and answers to calls are kept nowhere", () =>
    Effect.gen(function* () {
      const answers = [
        yield* ask({ path: "/" }),
        yield* ask({ path: "/assets/main-1a2b.js" }),
        yield* ask({ path: "/nowhere" }),
        yield* call(),
        yield* call({ origin: "http://evil.example" }),
        yield* call({ host: "rebound.example" })
      ]
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 200, 404, 200, 403, 421]
      )
      for (const { headers } of answers) {
        const policy = String(headers["content-security-policy"])
        for (const part of [
          "default-src 'none'",
          "frame-ancestors 'none'",
          "require-trusted-types-for 'script'"
        ])
          assert.include(policy, part)
        assert.notInclude(policy, "unsafe")
        assert.strictEqual(headers["x-content-type-options"], "nosniff")
        assert.strictEqual(headers["cross-origin-resource-policy"], "same-origin")
        assert.notProperty(headers, "set-cookie")
        assert.notProperty(headers, "access-control-allow-origin")
      }
      assert.strictEqual(answers[3]?.headers["cache-control"], "no-store")
      assert.strictEqual(answers[3]?.headers["x-accel-buffering"], "no")
    }))

  test("W5: files come from a table, compressed where that is accepted, and no path leads out of it", () =>
    Effect.gen(function* () {
      const path = "/assets/main-1a2b.js"
      const plain = yield* ask({ path })
      assert.strictEqual(plain.body, script)
      assert.strictEqual(plain.headers["cache-control"], "public, max-age=31536000, immutable")
      const small = yield* ask({ path, headers: { "accept-encoding": "gzip, br" } })
      assert.strictEqual(small.headers["content-encoding"], "br")
      assert.isBelow(Number(small.headers["content-length"]), 100)
      const index = yield* ask({ path: "/m/7" })
      assert.include(index.body, "Console")
      assert.strictEqual(index.headers["cache-control"], "no-cache")
      const last = yield* ask({ path: "/m/18446744073709551615" })
      assert.include(last.body, "Console")
      const { etag = "" } = index.headers
      assert.strictEqual((yield* ask({ path: "/", headers: { "if-none-match": etag } })).status, 304)
      for (const path of [
        "/secret.key",
        "/../secret.key",
        "/assets/../secret.key",
        "/assets/..%2fsecret.key",
        "//etc/passwd",
        "/m/x",
        "/m/18446744073709551616",
        "/m/1/",
        "/__proto__",
        "http://127.0.0.1/",
        "/assets/"
      ])
        assert.strictEqual((yield* ask({ path })).status, 404, path)
    }))
})
