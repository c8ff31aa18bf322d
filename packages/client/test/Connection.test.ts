import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import * as http from "node:http"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connectDurationMax } from "@effect-dispatch/client/ClientLimits"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import * as Metrics from "@effect-dispatch/client/Metrics"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { makeAuthority } from "@effect-dispatch/testing/Certificates"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Metric, Stream } from "effect"
import { TestClock } from "effect/testing"
import { clientOf, id, microgridId } from "./clientOf.ts"
import { answerList, make } from "./grpcService.ts"

const authority = makeAuthority()
const local = authority.issue("localhost")

/** A folder for PEM files, for the life of the scope. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-client-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const file = (path: string, name: string, text: string): string => {
  writeFileSync(join(path, name), text)
  return encodeURIComponent(join(path, name))
}

/** A TCP server that does what a test says, for the life of the scope. */
const tcp = (onSocket: (socket: net.Socket) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<net.Server>((resume) => {
        const server = net.createServer((socket) => {
          socket.on("error", () => undefined)
          onSocket(socket)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => (server.address() as net.AddressInfo).port
  )

const list = (client: DispatchClient["Service"]) => Stream.runCollect(client.list(microgridId))

/** The errors that would have ended the process, from now on. */
const uncaught = Effect.gen(function* () {
  const found: Array<unknown> = []
  const listener = (reason: unknown) => found.push(reason)
  for (const event of ["unhandledRejection", "uncaughtException"] as const) {
    yield* Effect.acquireRelease(
      Effect.sync(() => process.on(event, listener)),
      () => Effect.sync(() => process.off(event, listener))
    )
  }
  return found
})

/** The failure of a call that is not tried again. */
const refusal = (client: DispatchClient["Service"]) =>
  Effect.map(Effect.flip(client.delete(microgridId, id(1n))), ({ message, reason }) => [reason._tag, message])

describe("encryption", () => {
  it.live("is on unless the URL says otherwise, and trusts the authorities given", () =>
    Effect.gen(function* () {
      const encrypted: Array<boolean | undefined> = []
      const service = yield* make(
        (exchange) => {
          encrypted.push(exchange.stream.session?.encrypted)
          answerList(exchange, [1n])
        },
        { tls: local }
      )
      const ca = file(yield* folder, "ca.pem", authority.cert)
      const client = yield* clientOf(`${service.url}?ssl_root_certificates_path=${ca}`)
      assert.strictEqual((yield* list(client)).length, 1)
      assert.deepStrictEqual(encrypted, [true])
    })
  )

  it.live("a certificate that nobody vouches for, or for another name, is a fault of the set-up", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const ca = file(path, "ca.pem", authority.cert)
      const service = yield* make((exchange) => answerList(exchange, [1n]), { tls: local })
      const [tag, message] = yield* refusal(yield* clientOf(service))
      assert.strictEqual(tag, "Protocol")
      assert.match(
        String(message),
        /^no encrypted connection to localhost:\d+: unable to verify the first certificate \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); .*ssl_root_certificates_path=PATH to the URL$/
      )
      const other = yield* make((exchange) => answerList(exchange, [1n]), {
        tls: authority.issue("example.com")
      })
      const [otherTag, otherMessage] = yield* refusal(
        yield* clientOf(`${other.url}?ssl_root_certificates_path=${ca}`)
      )
      assert.strictEqual(otherTag, "Protocol")
      assert.match(String(otherMessage), /\(ERR_TLS_CERT_ALTNAME_INVALID\)$/)
      assert.strictEqual(service.exchanges.length + other.exchanges.length, 0)
    })
  )

  it.live("a client shows its own certificate to a service that asks for it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const mine = authority.issue("127.0.0.1")
      const service = yield* make((exchange) => answerList(exchange, [1n]), {
        tls: { ...local, ca: authority.cert, requestCert: true, rejectUnauthorized: true }
      })
      const ca = `ssl_root_certificates_path=${file(path, "ca.pem", authority.cert)}`
      const [tag, message] = yield* refusal(yield* clientOf(`${service.url}?${ca}`))
      assert.strictEqual(tag, "Protocol")
      assert.match(
        String(message),
        /^no encrypted connection to .*\(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED\)/
      )
      const key = `ssl_private_key_path=${file(path, "key.pem", mine.key)}`
      const cert = `ssl_certificate_chain_path=${file(path, "cert.pem", mine.cert)}`
      const client = yield* clientOf(`${service.url}?${ca}&${key}&${cert}`)
      assert.strictEqual((yield* list(client)).length, 1)
    })
  )

  it.effect(
    "PEM files that cannot be read or used are named when the client is made, without what is in them",
    () =>
      Effect.gen(function* () {
        const path = yield* folder
        const other = authority.issue("127.0.0.1")
        const key = file(path, "key.pem", other.key)
        const cert = file(path, "cert.pem", local.cert)
        const junk = file(
          path,
          "junk.pem",
          "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n"
        )
        const wrong = (options: string) =>
          Effect.map(
            Effect.flip(Layer.build(DispatchClientGrpc.layer({ url: `grpc://localhost?${options}` }))),
            ({ message }) => message
          )
        for (const name of [
          "ssl_root_certificates_path",
          "ssl_private_key_path",
          "ssl_certificate_chain_path"
        ]) {
          assert.match(yield* wrong(`${name}=/nowhere.pem`), /^\/nowhere.pem cannot be read: ENOENT/)
        }
        for (const name of ["ssl_private_key_path", "ssl_certificate_chain_path"]) {
          const message = yield* wrong(`${name}=${junk}`)
          assert.match(message, /junk.pem cannot be used: /)
          assert.notInclude(message, "CANARY")
        }
        assert.match(
          yield* wrong(`ssl_private_key_path=${key}&ssl_certificate_chain_path=${cert}`),
          /key.pem and .*cert.pem cannot be used: .*mismatch/
        )
      })
  )
})

describe("a connection that cannot be", () => {
  it.live("says to what, and what would be right", () =>
    Effect.gen(function* () {
      const plain = yield* make((exchange) => answerList(exchange, []))
      const encrypted = yield* make((exchange) => answerList(exchange, []), { tls: local })
      const web = yield* Effect.acquireRelease(
        Effect.callback<http.Server>((resume) => {
          const server = http.createServer((_, response) => response.end("hello"))
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const webPort = (web.address() as net.AddressInfo).port
      const resetting = yield* tcp((socket) => socket.resetAndDestroy())
      for (const [url, expected] of [
        [
          "grpc://127.0.0.1:1?ssl=false",
          [
            "Unavailable",
            "the dispatch service at 127.0.0.1:1 cannot be reached: nothing listens there (ECONNREFUSED)"
          ]
        ],
        [
          `grpc://127.0.0.1:${resetting}`,
          [
            "Unavailable",
            `the dispatch service at 127.0.0.1:${resetting} cannot be reached: the connection was cut (ECONNRESET)`
          ]
        ],
        [
          `grpc://127.0.0.1:${plain.port}`,
          [
            "Protocol",
            `what listens at 127.0.0.1:${plain.port} does not encrypt; if that is right, add ssl=false to the URL`
          ]
        ],
        [
          `grpc://127.0.0.1:${encrypted.port}?ssl=false`,
          ["Unavailable", `the dispatch service at 127.0.0.1:${encrypted.port} broke off the connection`]
        ],
        [
          `grpc://127.0.0.1:${webPort}?ssl=false`,
          [
            "Protocol",
            `what listens at 127.0.0.1:${webPort} does not speak HTTP/2; if it encrypts, leave ssl=false out of the URL`
          ]
        ]
      ] as const) {
        assert.deepStrictEqual(yield* refusal(yield* clientOf(url)), [...expected])
      }
    })
  )

  it.live("fails a stream and a listing, and leaves no rejection unhandled", () =>
    Effect.gen(function* () {
      const unhandled = yield* uncaught
      const client = yield* clientOf("grpc://127.0.0.1:1?ssl=false")
      yield* Effect.scoped(client.stream(microgridId))
      const { effective, events } = yield* client.stream(microgridId)
      assert.strictEqual((yield* Effect.flip(effective)).reason._tag, "Unavailable")
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(events))).reason._tag, "Unavailable")
      // A stream that nobody asks anything.
      yield* client.stream(microgridId)
      const { reason } = yield* Effect.flip(list(client))
      assert.strictEqual(reason._tag === "Unavailable" && reason.fault, "NothingListens")
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual(unhandled, [])
    })
  )

  it.live("is waited for no longer than a call may take", () =>
    Effect.gen(function* () {
      const port = yield* tcp(() => undefined)
      const client = yield* clientOf(`grpc://127.0.0.1:${port}`, { callTimeout: Duration.millis(100) })
      const began = performance.now()
      const [tag, message] = yield* refusal(client)
      assert.strictEqual(tag, "Unavailable")
      assert.match(String(message), /no connection within 100ms$/)
      assert.isBelow(performance.now() - began, 3_000)
    })
  )

  it.live("is tried once a call", () =>
    Effect.gen(function* () {
      let attempts = 0
      const port = yield* tcp((socket) => {
        attempts++
        socket.resetAndDestroy()
      })
      const client = yield* clientOf(`grpc://127.0.0.1:${port}`)
      for (const attempt of [1, 2, 3]) {
        assert.strictEqual((yield* refusal(client))[0], "Unavailable")
        assert.strictEqual(attempts, attempt)
      }
    })
  )

  it.live("ends nothing but its calls, when the client is closed in the same moment", () =>
    Effect.gen(function* () {
      const unhandled = yield* uncaught
      const port = yield* tcp((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))
      for (let time = 0; time < 5; time++) {
        yield* Effect.scoped(Effect.flatMap(clientOf(`grpc://127.0.0.1:${port}?ssl=false`), refusal))
      }
      yield* Effect.sleep("100 millis")
      assert.deepStrictEqual(unhandled, [])
    })
  )

  it.effect(
    "one that takes too long is given up, so that the next call finds the service when it is back",
    () =>
      Effect.gen(function* () {
        let stuck = true
        const service = yield* make((exchange) => answerList(exchange, [1n]), { tls: local })
        const held: Array<net.Socket> = []
        const port = yield* tcp((socket) => {
          if (stuck) return held.push(socket)
          const upstream = net.connect(service.port, "127.0.0.1")
          upstream.on("error", () => undefined)
          socket.pipe(upstream)
          return upstream.pipe(socket)
        })
        const ca = file(yield* folder, "ca.pem", authority.cert)
        const client = yield* clientOf(`grpc://localhost:${port}?ssl_root_certificates_path=${ca}`)
        const before = (yield* Metric.value(Metrics.connectionsGivenUp.at())).count
        const call = yield* Effect.forkChild(refusal(client))
        while (held.length === 0) yield* TestClock.withLive(Effect.sleep("5 millis"))
        yield* TestClock.adjust(Duration.subtract(connectDurationMax, Duration.millis(1)))
        yield* TestClock.withLive(Effect.sleep("20 millis"))
        assert.isUndefined(call.pollUnsafe())
        stuck = false
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* Fiber.join(call), [
          "Unavailable",
          `the dispatch service at localhost:${port} cannot be reached: no connection within 10s`
        ])
        assert.strictEqual(
          Number((yield* Metric.value(Metrics.connectionsGivenUp.at())).count) - Number(before),
          1
        )
        assert.strictEqual((yield* list(client)).length, 1)
        held.forEach((socket) => socket.destroy())
      })
  )
})

it.live("an attempt to connect that begins as soon as one was given up is not lost with it", () =>
  Effect.gen(function* () {
    const service = yield* make((exchange) => answerList(exchange, [1n]), { tls: local })
    const held: Array<net.Socket> = []
    const port = yield* tcp((socket) => {
      if (held.length === 0) return held.push(socket)
      const upstream = net.connect(service.port, "127.0.0.1")
      upstream.on("error", () => undefined)
      socket.pipe(upstream)
      return upstream.pipe(socket)
    })
    const ca = file(yield* folder, "ca.pem", authority.cert)
    const client = yield* clientOf(`grpc://localhost:${port}?ssl_root_certificates_path=${ca}`, {
      callTimeout: Duration.seconds(1)
    })
    assert.match(String((yield* refusal(client))[1]), /no connection within 1s/)
    assert.strictEqual((yield* list(client)).length, 1)
    held.forEach((socket) => socket.destroy())
  }).pipe(Effect.scoped)
)

describe("a connection that is lost", () => {
  it.live("fails streams as unavailable, and the next call makes a new one", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        exchange.method === "StreamMicrogridDispatches" ? exchange.open() : answerList(exchange, [1n])
      )
      const client = yield* clientOf(service)
      const { effective, events } = yield* client.stream(microgridId)
      yield* effective
      const end = yield* Effect.forkChild(Effect.flip(Stream.runDrain(events)))
      yield* service.cutConnections
      assert.strictEqual((yield* Fiber.join(end)).reason._tag, "Unavailable")
      assert.strictEqual((yield* list(client)).length, 1)
    })
  )

  const quickPings = "ssl=false&keep_alive_interval_s=0.1&keep_alive_timeout_s=0.1"

  it.live("S4: one that answers no ping is found dead, and one that answers is kept", () =>
    Effect.gen(function* () {
      const unhandled = yield* uncaught
      const service = yield* make((exchange) => exchange.open())
      let silent = false
      const port = yield* tcp((socket) => {
        const upstream = net.connect(service.port, "127.0.0.1")
        upstream.on("error", () => undefined)
        socket.on("data", (chunk) => void (silent || upstream.write(chunk)))
        upstream.on("data", (chunk) => void (silent || socket.write(chunk)))
        socket.on("close", () => upstream.destroy())
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const client = yield* clientOf(`grpc://127.0.0.1:${port}?${quickPings}`)
          const { effective, events } = yield* client.stream(microgridId)
          yield* effective
          const end = yield* Effect.forkChild(Effect.flip(Stream.runDrain(events)))
          yield* Effect.sleep("500 millis")
          assert.isUndefined(end.pollUnsafe())
          silent = true
          const error = yield* Effect.timeout(Fiber.join(end), "5 seconds")
          assert.strictEqual(error.reason._tag, "Unavailable")
        })
      )
      yield* Effect.sleep("300 millis")
      assert.deepStrictEqual(unhandled, [])
    })
  )

  it.live("pings of one that is gone end with it, whichever side let it go", () =>
    Effect.gen(function* () {
      const unhandled = yield* uncaught
      const service = yield* make((exchange) => exchange.open())
      const client = yield* clientOf(`grpc://127.0.0.1:${service.port}?${quickPings}`)
      const { effective, events } = yield* client.stream(microgridId)
      yield* effective
      yield* service.cutConnections
      yield* Effect.flip(Stream.runDrain(events))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const short = yield* clientOf(`grpc://127.0.0.1:${service.port}?${quickPings}`)
          yield* (yield* short.stream(microgridId)).effective
        })
      )
      yield* Effect.sleep("500 millis")
      assert.deepStrictEqual(unhandled, [])
    })
  )

  it.live("S4: one that died while idle is found dead before it is used again", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => answerList(exchange, [1n]))
      let silent = false
      let newest: net.Socket | undefined
      const port = yield* tcp((socket) => {
        // Connections of before stay silent for ever.
        const mute = () => silent && socket !== newest
        newest = socket
        const upstream = net.connect(service.port, "127.0.0.1")
        upstream.on("error", () => undefined)
        socket.on("data", (chunk) => void (mute() || upstream.write(chunk)))
        upstream.on("data", (chunk) => void (mute() || socket.write(chunk)))
      })
      const client = yield* clientOf(`grpc://127.0.0.1:${port}?${quickPings}`)
      assert.strictEqual((yield* list(client)).length, 1)
      silent = true
      newest = undefined
      yield* Effect.sleep("300 millis")
      assert.strictEqual((yield* Effect.timeout(list(client), "5 seconds")).length, 1)
    })
  )
})
