import { mkdtempSync, writeFileSync } from "node:fs"
import * as http from "node:http"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import * as WebServer from "@effect-dispatch/server/WebServer"
import { assert, describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { makeKey, network, test, until } from "./serving.ts"

const page = mkdtempSync(join(tmpdir(), "dispatch-unread-"))
writeFileSync(join(page, "index.html"), "<!doctype html><title>Console</title>")

const one = MicrogridId.make(1n)

const body = '{"microgridId":"1","paginationParams":{"pageSize":1000}}'
const path = "/api/frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"

/** A connection that asks for many pages at once, and reads none. */
const flood = (port: number, key: string, pages: number) => {
  const socket = net.connect(port, "127.0.0.1")
  socket.pause()
  socket.on("error", () => {})
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nkey: ${key}`
  socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`.repeat(pages))
  return () => socket.destroy()
}

/** A listing whose answer is read. */
const list = (port: number, key: string) => {
  let answered = false
  const request = http.request(
    {
      port,
      host: "127.0.0.1",
      agent: false,
      method: "POST",
      path,
      headers: { "content-type": "application/json", key }
    },
    (response) => {
      answered = true
      response.resume()
    }
  )
  request.on("error", () => {})
  request.end(body)
  return { isAnswered: () => answered }
}

describe("answers to browsers", () => {
  test("that nobody reads make the next listing of their key wait, and not that of another", () =>
    Effect.gen(function* () {
      const layer = WebServer.layer({ port: 0, page, unreadBytesPerKey: 1_000_000 })
      yield* Effect.gen(function* () {
        const { port } = yield* WebServer.WebServer
        const service = yield* DispatchService
        const payload = { text: "x".repeat(40_000) }
        const draft = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(1n), payload } as const
        yield* Effect.forEach(Array.from({ length: 40 }), () => service.create(one, draft), {
          discard: true
        })
        const [slow, quick] = [(yield* makeKey({})).headers.key, (yield* makeKey({})).headers.key]
        const leave = flood(port, slow, 20)
        yield* Effect.repeat(network, { times: 5 })
        const next = list(port, slow)
        const other = list(port, quick)
        yield* until(other.isAnswered)
        yield* network
        assert.isFalse(next.isAnswered())
        leave()
        yield* until(next.isAnswered)
        assert.isTrue(next.isAnswered())
      }).pipe(Effect.provide(Layer.fresh(layer)))
    }))
})
