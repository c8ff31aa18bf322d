import { mkdtempSync, writeFileSync } from "node:fs"
import * as http from "node:http"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { stallGrace, streamBacklogMax } from "@effect-dispatch/server/ServiceLimits"
import * as WebServer from "@effect-dispatch/server/WebServer"
import { assert, describe, vi } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
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

const watchPath = "/api/effect_dispatch.console.v1.ConsoleService/WatchMicrogrid"
const watchBody = '{"microgridId":"1"}'

/** Counts the messages in frames of Connect. */
const counting = () => {
  let rest = Buffer.alloc(0)
  let count = 0
  return {
    count: () => count,
    take: (data: Buffer) => {
      rest = Buffer.concat([rest, data])
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        rest = rest.subarray(5 + rest.readUInt32BE(1))
        count++
      }
    }
  }
}

/** A stream of the console, which is read from the beginning or later. */
const watch = (port: number, how: "reads" | "waits") => {
  const { count, take } = counting()
  let response: http.IncomingMessage | undefined
  let isClosed = false
  const headers = { "content-type": "application/connect+json" }
  const request = http.request({
    port,
    host: "127.0.0.1",
    agent: false,
    method: "POST",
    path: watchPath,
    headers
  })
  const read = () => response?.on("data", take)
  request.on("response", (found) => {
    response = found.on("error", () => {}).on("close", () => (isClosed = true))
    if (how === "reads") read()
  })
  request.on("error", () => {})
  request.end(Buffer.concat([Buffer.from([0, 0, 0, 0, watchBody.length]), Buffer.from(watchBody)]))
  return { read, messages: count, isOpen: () => response !== undefined, isClosed: () => isClosed }
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

  test("of a stream that nobody reads are cut off, and another reader is told every change", () =>
    Effect.gen(function* () {
      const layer = WebServer.layer({ port: 0, page })
      yield* Effect.gen(function* () {
        const { port } = yield* WebServer.WebServer
        const service = yield* DispatchService
        const console = vi.spyOn(globalThis.console, "error")
        const reader = watch(port, "reads")
        const stalled = watch(port, "waits")
        yield* until(() => reader.messages() === 1 && stalled.isOpen())
        const payload = { text: "x".repeat(2_000) }
        const draft = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(1n), payload } as const
        const total = 2 * streamBacklogMax + 500
        for (let count = 1; count <= total; count++) {
          yield* service.create(one, draft)
          if (count % 500 === 0) yield* until(() => reader.messages() > count)
        }
        yield* until(() => reader.messages() > total)
        yield* TestClock.adjust(stallGrace)
        stalled.read()
        yield* until(stalled.isClosed)
        // Something was on its way; it ends in the midst of what nobody read.
        assert.isAbove(stalled.messages(), 1)
        assert.isBelow(stalled.messages(), total)
        assert.isFalse(reader.isClosed())
        assert.deepStrictEqual(console.mock.calls, [])
      }).pipe(Effect.provide(Layer.fresh(layer)))
    }))
})
