import * as http2 from "node:http2"
import * as https from "node:https"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as AccessControl from "@effect-dispatch/server/AccessControl"
import type { DispatchService } from "@effect-dispatch/server/DispatchService"
import * as WebServer from "@effect-dispatch/server/WebServer"
import * as Certificates from "@effect-dispatch/testing/Certificates"
import { assert, describe } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { test as served } from "./serving.ts"

const authority = Certificates.makeAuthority()
const folder = mkdtempSync(join(tmpdir(), "dispatch-web-tls-"))
const page = mkdtempSync(join(tmpdir(), "dispatch-web-page-"))
writeFileSync(join(page, "index.html"), "<!doctype html><title>Console</title>")

const files = { certificateFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") }
const { cert, key } = authority.issue("console.example")
writeFileSync(files.certificateFile, cert)
writeFileSync(files.keyFile, key)

type Needs = DispatchService | AccessControl.AccessControl | Scope.Scope

const test = <E>(promise: string, body: (port: number) => Effect.Effect<void, E, Needs>) =>
  served(promise, () => {
    const layer = WebServer.layer({ port: 0, page, tls: files })
    const program = Effect.flatMap(WebServer.WebServer, ({ port }) => body(port))
    return Effect.provide(Effect.scoped(program), Layer.fresh(layer))
  })

const list = "/api/frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"
const body = '{"microgridId":"1"}'

/** The status of a call by HTTP/2, under an authority. */
const byHttp2 = (port: number, headers: http2.OutgoingHttpHeaders) =>
  Effect.promise(
    () =>
      new Promise<number>((resolve, reject) => {
        const session = http2.connect(`https://127.0.0.1:${port}`, {
          ca: authority.cert,
          servername: "console.example"
        })
        session.on("error", reject)
        const stream = session.request({
          ":method": "POST",
          ":path": list,
          "content-type": "application/json",
          ...headers
        })
        stream.on("response", ({ ":status": status }) => {
          session.close()
          resolve(Number(status))
        })
        stream.resume()
        stream.on("error", reject)
        stream.end(body)
      })
  )

/** The status of a call by HTTP/1.1, under a host. */
const byHttp1 = (port: number, headers: Record<string, string>) =>
  Effect.promise(
    () =>
      new Promise<number>((resolve, reject) => {
        const request = https.request(
          {
            port,
            host: "127.0.0.1",
            path: list,
            method: "POST",
            agent: false,
            ca: authority.cert,
            servername: "console.example",
            headers: { "content-type": "application/json", ...headers }
          },
          (response) => {
            response.resume()
            resolve(response.statusCode ?? 0)
          }
        )
        request.on("error", reject)
        request.end(body)
      })
  )

describe("the listener for browsers, encrypted", () => {
  test("W1: serves HTTP/2 and HTTP/1.1 under the names of its certificate, and no others", (port) =>
    Effect.gen(function* () {
      const own = `console.example:${port}`
      assert.strictEqual(yield* byHttp2(port, { ":authority": own }), 200)
      assert.strictEqual(yield* byHttp1(port, { host: own }), 200)
      for (const name of [`evil.example:${port}`, `console.example:${port + 1}`, "console.example"]) {
        assert.strictEqual(yield* byHttp2(port, { ":authority": name }), 421, name)
        assert.strictEqual(yield* byHttp1(port, { host: name }), 421, name)
      }
      // The authority counts, whatever the other header says.
      assert.strictEqual(yield* byHttp2(port, { ":authority": `evil.example:${port}`, host: own }), 421)
    }))

  test("W2: its own origin is the encrypted one", (port) =>
    Effect.gen(function* () {
      const own = `console.example:${port}`
      const status = (origin: string) => byHttp2(port, { ":authority": own, origin })
      assert.strictEqual(yield* status(`https://${own}`), 200)
      assert.strictEqual(yield* status(`http://${own}`), 403)
      assert.strictEqual(yield* status("https://evil.example"), 403)
    }))

  test("many calls of one connection have their answers, and a call that is broken off harms no other", (port) =>
    Effect.gen(function* () {
      const statuses = yield* Effect.promise(
        () =>
          new Promise<ReadonlyArray<number>>((resolve, reject) => {
            const session = http2.connect(`https://127.0.0.1:${port}`, {
              ca: authority.cert,
              servername: "console.example"
            })
            session.on("error", reject)
            const found: Array<number> = []
            for (let number = 0; number < 20; number++) {
              const stream = session.request({
                ":method": "POST",
                ":path": list,
                ":authority": `console.example:${port}`,
                "content-type": "application/json"
              })
              stream.on("error", () => {})
              if (number % 5 === 0) {
                stream.write(body.slice(0, 4))
                stream.close(http2.constants.NGHTTP2_CANCEL)
                continue
              }
              stream.on("response", ({ ":status": status }) => {
                found.push(Number(status))
                if (found.length < 16) return
                session.close()
                resolve(found)
              })
              stream.resume()
              stream.end(body)
            }
          })
      )
      assert.deepStrictEqual(
        statuses,
        Array.from({ length: 16 }, () => 200)
      )
    }))
})
