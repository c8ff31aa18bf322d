import { existsSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
import { pingTimeout } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import { certificate } from "./certificates.ts"
import { folder, run, runWith, serving } from "./program.ts"
import { proxyTo } from "./proxy.ts"

const microgridId = MicrogridId.make(1n)
const day = 86_400_000
const valid = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
const expired = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) }

/** A service with a certificate, and how a client that trusts an authority fares with it. */
const secured = Effect.gen(function* () {
  const path = yield* folder
  const files = { certificateFile: join(path, "cert.pem"), keyFile: join(path, "key.pem") }
  const authority = certificate({ name: "Test authority", ...valid })
  const stranger = certificate({ name: "Another authority", ...valid })
  const use = ({ cert, key }: { readonly cert: string; readonly key: string }) =>
    Effect.sync(() => {
      writeFileSync(files.certificateFile, cert)
      writeFileSync(files.keyFile, key)
    })
  const good = { names: ["localhost", "127.0.0.1"], ...valid, issuer: authority }
  yield* use(certificate({ name: "first", ...good }))
  const server = yield* Layer.build(
    Layer.fresh(GrpcServer.layer({ port: 0, tls: files })).pipe(
      Layer.provide(Layer.fresh(DispatchService.layer)),
      Layer.provide(Layer.fresh(DispatchStoreMemory.layer))
    )
  )
  const { port } = yield* Effect.provide(GrpcServer.GrpcServer, server)
  /** Lists over a new connection. */
  const attempt = (trusted = authority, host = "localhost") =>
    Effect.gen(function* () {
      const roots = join(path, `roots-${trusted === authority}.pem`)
      writeFileSync(roots, trusted.cert)
      const url = `grpc://${host}:${port}?ssl_root_certificates_path=${encodeURIComponent(roots)}`
      const client = DispatchClientGrpc.layer({ url, authKey: Redacted.make("any") })
      return yield* Effect.flatMap(DispatchClient, ({ list }) => Stream.runDrain(list(microgridId))).pipe(
        Effect.as("served"),
        Effect.catch(({ message }) => Effect.succeed(message)),
        Effect.provide(Layer.fresh(client))
      )
    }).pipe(TestClock.withLive)
  /** Lets the service look at its files again. */
  const renewed = (next: { readonly cert: string; readonly key: string }) =>
    Effect.andThen(use(next), TestClock.adjust("10 seconds"))
  return { port, attempt, authority, good, renewed, stranger, use, files }
})

describe("certificates", () => {
  it.live(
    "who does not get to agree on encryption holds no connection for longer than a session may be silent",
    () =>
      Effect.gen(function* () {
        const { port } = yield* secured
        const socket = yield* Effect.acquireRelease(
          Effect.sync(() => connect(port, "127.0.0.1").on("error", () => {})),
          (socket) => Effect.sync(() => socket.destroy())
        )
        const closed = Effect.callback<void>((resume) => void socket.once("close", () => resume(Effect.void)))
        yield* Effect.timeout(closed, Duration.sum(pingTimeout, Duration.seconds(5)))
      }),
    30_000
  )

  it.effect(
    "a client is served by the name it asked for, and refuses a wrong name, an unknown authority and what has expired",
    () =>
      Effect.gen(function* () {
        const { attempt, authority, good, renewed, stranger } = yield* secured
        assert.strictEqual(yield* attempt(), "served")
        assert.strictEqual(yield* attempt(authority, "127.0.0.1"), "served")
        assert.match(yield* attempt(stranger), /certificate/i)
        yield* renewed(certificate({ name: "elsewhere", ...good, names: ["example.com"] }))
        assert.match(yield* attempt(), /example\.com|certificate/i)
        yield* renewed(certificate({ name: "old", ...good, ...expired }))
        assert.match(yield* attempt(), /expired/i)
        // A renewed certificate is in use without a restart.
        yield* renewed(certificate({ name: "renewed", ...good }))
        assert.strictEqual(yield* attempt(), "served")
      }),
    30_000
  )

  it.effect("files that cannot be used leave the certificate as it was", () =>
    Effect.gen(function* () {
      const { attempt, good, renewed } = yield* secured
      const [left, right] = [certificate({ name: "left", ...good }), certificate({ name: "right", ...good })]
      for (const broken of [
        { cert: left.cert, key: right.key },
        { cert: "", key: "" },
        { cert: "no certificate", key: left.key }
      ]) {
        yield* renewed(broken)
        assert.strictEqual(yield* attempt(), "served")
      }
    })
  )
})

describe("keys", () => {
  it.live(
    "are made, listed and revoked while the service runs, and open what they say, signed where they must",
    () =>
      Effect.gen(function* () {
        const store = `sqlite:${join(yield* folder, "keyed.sqlite")}`
        const { url } = yield* serving("--store", store)
        const open = yield* run("list", "1", "--url", url)
        assert.strictEqual(open.code, 0)
        const keyed = (...args: ReadonlyArray<string>) => run("keys", ...args, "--store", store)
        const made = yield* keyed("add", "anna", "--microgrids", "1", "--json")
        assert.strictEqual(made.code, 0, made.err)
        assert.match(made.err, /first key: within 15 s nobody is served without one any more/)
        const key = JSON.parse(made.out)
        assert.deepInclude(key, { name: "anna", microgrids: ["1"], rights: ["read", "write"], signed: false })
        const env = { DISPATCH_API_AUTH_KEY: key.key, DISPATCH_API_URL: url }
        const create = (microgrid: string) => ["create", microgrid, "A", "1", "in 1 hour"]
        assert.strictEqual((yield* runWith(env, ...create("1"))).code, 0)
        const elsewhere = yield* runWith(env, ...create("2"))
        assert.deepStrictEqual([elsewhere.code, /does not allow/.test(elsewhere.err)], [1, true])
        const second = yield* keyed("add", "bert", "--microgrids", "all", "--signed", "--json")
        assert.notInclude(second.err, "first key")
        const secret = JSON.parse(second.out)
        const unsigned = yield* runWith({ ...env, DISPATCH_API_AUTH_KEY: secret.key }, "list", "1")
        assert.deepStrictEqual([unsigned.code, /signature/.test(unsigned.err)], [1, true])
        const signing = { DISPATCH_API_AUTH_KEY: secret.key, DISPATCH_API_SIGN_SECRET: secret.secret }
        const signed = yield* runWith({ ...env, ...signing }, "list", "1")
        assert.strictEqual(signed.code, 0, signed.err)
        const listed = yield* keyed("list")
        assert.match(listed.out, /anna +read,write +1 +no .*valid/)
        assert.notInclude(listed.out, key.key)
        const revoked = yield* keyed("revoke", key.id)
        assert.strictEqual(revoked.code, 0, revoked.err)
        assert.strictEqual((yield* keyed("revoke", "nobody")).code, 1)
        const missing = join(yield* folder, "mistyped.sqlite")
        const none = yield* run("keys", "list", "--store", `sqlite:${missing}`)
        assert.deepStrictEqual([none.code, none.err], [1, `There is no store at ${missing}.\n`])
        assert.isFalse(existsSync(missing))
        const wrong = yield* keyed("add", "carl", "--microgrids", "9223372036854775808")
        assert.deepStrictEqual([wrong.code, /up to 9223372036854775807/.test(wrong.err)], [2, true])
        const refused = yield* Effect.repeat(
          Effect.andThen(Effect.sleep("1 second"), runWith(env, "list", "1")),
          { until: ({ code }) => code !== 0, times: 20 }
        )
        assert.strictEqual(refused.code, 1)
        assert.include(refused.err, "a valid key is needed")
      }),
    60_000
  )
})

describe("a connection that vanishes", () => {
  it.live(
    "is noticed by the client's pings, and does not keep the service from ending",
    () =>
      Effect.gen(function* () {
        const service = yield* serving("--store", "memory")
        const proxy = yield* proxyTo(Number(new URL(service.url.replace("grpc:", "http:")).port))
        const options = "ssl=false&keep_alive_interval_s=0.3&keep_alive_timeout_s=0.3"
        const client = DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${proxy.port}?${options}` })
        yield* Effect.gen(function* () {
          const { stream } = yield* DispatchClient
          const { effective, events } = yield* stream(microgridId)
          yield* effective
          yield* proxy.vanish
          const error = yield* Effect.timeout(Effect.flip(Stream.runDrain(events)), "5 seconds")
          assert.strictEqual(error.reason._tag, "Unavailable")
          yield* service.signal("SIGTERM")
          assert.strictEqual((yield* service.end).code, 0)
        }).pipe(Effect.provide(client))
      }),
    30_000
  )
})
