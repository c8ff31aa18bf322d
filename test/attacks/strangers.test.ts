import { generateKeyPairSync } from "node:crypto"
import { writeFileSync } from "node:fs"
import * as http2 from "node:http2"
import { join } from "node:path"
import * as tls from "node:tls"
import { Health } from "@effect-dispatch/api/Protobuf"
import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
import { healthWatchesMax, healthWatchesPerAddressMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { certificate } from "../integration/certificates.ts"
import { folder } from "./file.ts"

/** A server whose log goes into `logged`. */
const server = (
  logged: Array<string>,
  files?: { readonly certificateFile: string; readonly keyFile: string }
) =>
  Layer.fresh(GrpcServer.layer({ port: 0, tls: files })).pipe(
    Layer.provide(Layer.fresh(DispatchService.layer)),
    Layer.provide(Layer.fresh(DispatchStoreMemory.layer)),
    Layer.provide(Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))]))
  )

const day = 86_400_000

/** Files of a certificate that is valid from and until so many days from now. */
const files = (from: number, until: number) =>
  Effect.map(folder, (path) => {
    const certificateFile = join(path, "cert.pem")
    const keyFile = join(path, "key.pem")
    const made = (name: string, first: number, last: number) =>
      certificate({
        name,
        names: [name],
        notBefore: new Date(Date.now() + first * day),
        notAfter: new Date(Date.now() + last * day)
      })
    /** Writes the certificate, followed by that of an authority, if there is one. */
    const write = (first: number, last: number, authority?: readonly [first: number, last: number]) => {
      const { cert, key } = made("localhost", first, last)
      const above = authority === undefined ? "" : made("authority", ...authority).cert
      writeFileSync(certificateFile, `${cert}${above}`)
      writeFileSync(keyFile, key)
    }
    write(from, until)
    return { tls: { certificateFile, keyFile }, write }
  })

/** The result of a handshake with these ciphers: the name of the cipher, or the error. */
const handshake = (port: number, options: tls.ConnectionOptions) =>
  Effect.callback<string>((resume) => {
    const socket = tls.connect({
      port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      ...options
    })
    const end = (answer: string) => {
      resume(Effect.succeed(answer))
      socket.destroy()
    }
    socket.once("secureConnect", () => end(socket.getCipher().name))
    socket.once("error", ({ message }) => end(message))
  })

describe("Certificates", () => {
  for (const [name, from, last, word] of [
    ["has expired", -10, -1, "expired on"],
    ["expires within a week", -10, 3, "expires on"],
    ["is not valid yet", 1, 30, "is not valid before"]
  ] as const) {
    it.live(`one that ${name} is warned of at the start, once`, () =>
      Effect.gen(function* () {
        const logged: Array<string> = []
        const { tls } = yield* files(from, last)
        yield* Effect.provide(Effect.sleep("200 millis"), server(logged, tls))
        assert.strictEqual(logged.filter((line) => line.includes(word)).length, 1, logged.join("\n"))
      })
    )
  }

  for (const [name, authority, word] of [
    ["has expired", [-10, -1], /authority in .* \(.*CN=authority.*\) expired on/],
    ["expires within a week", [-10, 3], /authority in .* \(.*CN=authority.*\) expires on/],
    ["is not valid yet", [1, 30], /authority in .* \(.*CN=authority.*\) is not valid before/],
    ["is valid for long", [-10, 300], undefined]
  ] as const) {
    it.effect(
      `one of an authority behind it that ${name} is ${word === undefined ? "not " : ""}warned of`,
      () =>
        Effect.gen(function* () {
          const logged: Array<string> = []
          yield* TestClock.setTime(Date.now())
          const { tls, write } = yield* files(-10, 300)
          write(-10, 300, authority)
          yield* Effect.provide(TestClock.adjust("1 minute"), server(logged, tls))
          assert.strictEqual(logged.length, word === undefined ? 0 : 1, logged.join("\n"))
          if (word !== undefined) assert.match(logged[0] ?? "", word)
        })
    )
  }

  it.effect(
    "one that has expired is not called renewed; one that is valid for long is, and nothing is warned of",
    () =>
      Effect.gen(function* () {
        const logged: Array<string> = []
        yield* TestClock.setTime(Date.now())
        const { tls, write } = yield* files(-10, 300)
        yield* Effect.gen(function* () {
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(logged, [])
          write(-10, -1)
          yield* TestClock.adjust("10 seconds")
          assert.match(logged.join("\n"), /^The certificate in .* expired on [^\n]*$/)
          write(-1, 300)
          yield* TestClock.adjust("10 seconds")
          assert.match(logged.join("\n"), /was renewed and is in use$/)
          assert.strictEqual(logged.length, 2)
        }).pipe(Effect.provide(server(logged, tls)))
      })
  )

  it.effect("an authority that has expired is told before a certificate that expires soon", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      yield* TestClock.setTime(Date.now())
      const { tls, write } = yield* files(-10, 3)
      write(-10, 3, [-10, -1])
      yield* Effect.provide(TestClock.adjust("1 minute"), server(logged, tls))
      assert.match(logged.join("\n"), /^The certificate of an authority in [^\n]* expired on [^\n]*$/)
    })
  )

  it.effect("a key of another kind is not taken for that of the certificate", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      yield* TestClock.setTime(Date.now())
      const { tls } = yield* files(-10, 300)
      yield* Effect.gen(function* () {
        const { privateKey } = generateKeyPairSync("ed25519")
        writeFileSync(tls.keyFile, privateKey.export({ type: "pkcs8", format: "pem" }))
        yield* TestClock.adjust("1 minute")
        assert.match(logged.join("\n"), /stays as it was: [^\n]* are not a certificate and its key[^\n]*$/)
      }).pipe(Effect.provide(server(logged, tls)))
    })
  )

  it.effect("one that has expired is warned of again on each day", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const midnight = Math.ceil(Date.now() / day) * day
      yield* TestClock.setTime(midnight - 60_000)
      const { tls } = yield* files(-10, -1)
      const told = Effect.gen(function* () {
        yield* TestClock.adjust("50 seconds")
        assert.lengthOf(logged, 1)
        yield* TestClock.adjust("1 minute")
        assert.lengthOf(logged, 2)
      })
      yield* Effect.provide(told, server(logged, tls))
    })
  )

  it.effect("TLS 1.2 is spoken with forward secrecy only, and nothing older is, also after a renewal", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      yield* TestClock.setTime(Date.now())
      const { tls: pair, write } = yield* files(-10, 300)
      yield* Effect.gen(function* () {
        const { port } = yield* GrpcServer.GrpcServer
        yield* speaksForwardSecrecyOnly(port)
        write(-1, 300)
        yield* TestClock.adjust("10 seconds")
        assert.match(logged.join("\n"), /was renewed and is in use$/)
        yield* speaksForwardSecrecyOnly(port)
      }).pipe(Effect.provide(server(logged, pair)))
    })
  )
})

const speaksForwardSecrecyOnly = Effect.fnUntraced(function* (port: number) {
  const old = { maxVersion: "TLSv1.2", minVersion: "TLSv1.2" } as const
  assert.match(yield* handshake(port, { ...old }), /^ECDHE-.*(GCM|POLY1305)/)
  assert.match(yield* handshake(port, {}), /^TLS_/)
  for (const ciphers of ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA"]) {
    assert.match(yield* handshake(port, { ...old, ciphers }), /handshake failure|EPROTO|alert/i, ciphers)
  }
  const older = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" } as const
  assert.match(yield* handshake(port, older), /alert|version/i)
})

/** Opens watches from an address of this machine; gives how many were let in. */
const watch = (port: number, localAddress: string, count: number) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const session = http2.connect(`http://127.0.0.1:${port}`, {
        localAddress
      } as http2.ClientSessionOptions)
      session.on("error", () => {})
      const streams: Array<http2.ClientHttp2Stream> = []
      const one = () =>
        new Promise<boolean>((resolve) => {
          const stream = session.request({
            ":method": "POST",
            ":path": `/${Health.typeName}/Watch`,
            "content-type": "application/grpc",
            te: "trailers"
          })
          streams.push(stream)
          stream.on("data", () => resolve(true))
          stream.on("trailers", () => resolve(false))
          stream.on("response", (headers) => headers["grpc-status"] !== undefined && resolve(false))
          stream.on("error", () => resolve(false))
          stream.end(Buffer.alloc(5))
        })
      const admitted = await Promise.all(Array.from({ length: count }, one))
      return { session, streams, admitted: admitted.filter(Boolean).length }
    }),
    ({ session }) => Effect.sync(() => session.destroy())
  )

/** Asks for watches until as many are let in as shall be: the end of those before is on its way. */
const watchInTurn = (port: number, count: number) =>
  Effect.scoped(Effect.map(watch(port, "127.0.0.1", count), ({ admitted }) => admitted)).pipe(
    Effect.delay("10 millis"),
    Effect.repeat({ until: (admitted) => admitted === count, times: 100 })
  )

describe("Watches of health", () => {
  it.live("give their places back, each of them, however many there were before", () =>
    Effect.gen(function* () {
      const { port } = yield* GrpcServer.GrpcServer
      for (let total = 0; total <= healthWatchesMax; total += healthWatchesPerAddressMax) {
        assert.strictEqual(yield* watchInTurn(port, healthWatchesPerAddressMax), healthWatchesPerAddressMax)
      }
      const { admitted, streams } = yield* watch(port, "127.0.0.2", healthWatchesPerAddressMax)
      assert.strictEqual(admitted, healthWatchesPerAddressMax)
      for (const stream of streams.slice(0, 3)) {
        stream.close(http2.constants.NGHTTP2_CANCEL)
        const another = Effect.map(watch(port, "127.0.0.2", 1), ({ admitted }) => admitted)
        const admittedAgain = yield* Effect.delay(another, "10 millis").pipe(
          Effect.repeat({ until: (admitted) => admitted === 1, times: 100 })
        )
        assert.strictEqual(admittedAgain, 1)
        assert.strictEqual((yield* watch(port, "127.0.0.2", 1)).admitted, 0)
      }
    }).pipe(Effect.scoped, Effect.provide(server([])))
  )

  it.live("are not all taken by one stranger, and there are no more than there may be in all", () =>
    Effect.gen(function* () {
      const { port } = yield* GrpcServer.GrpcServer
      const stranger = yield* watch(port, "127.0.0.1", healthWatchesMax + 10)
      assert.strictEqual(stranger.admitted, healthWatchesPerAddressMax)
      assert.strictEqual((yield* watch(port, "127.0.0.2", 1)).admitted, 1)
      const addresses = healthWatchesMax / healthWatchesPerAddressMax
      let admitted = stranger.admitted + 1
      for (let last = 3; last < addresses + 3; last++) {
        admitted += (yield* watch(port, `127.0.0.${last}`, healthWatchesPerAddressMax)).admitted
      }
      assert.strictEqual(admitted, healthWatchesMax)
    }).pipe(Effect.provide(server([])))
  )
})
