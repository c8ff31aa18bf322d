import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import type { ClientOptions } from "@effect-dispatch/client/ClientConfig"
import { DispatchClient, type EventStream } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { makeAuthority } from "@effect-dispatch/testing/Certificates"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Redacted, Stream } from "effect"

const mine = MicrogridId.make(1n)
const others = MicrogridId.make(2n)
const bounded = { timeout: 30_000 }

/** An encrypted service with one key, which is signed or not, and how to make a client of it. */
const makeService = Effect.fnUntraced(function* (signed: boolean) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-credentials-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  )
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const store = yield* Layer.build(Layer.fresh(DispatchStoreMemory.layer))
  const fresh = yield* AccessKeys.make({
    name: "plant",
    microgrids: [mine],
    rights: ["read", "write"],
    signed
  })
  yield* Context.get(store, AccessKeyStore).addKey(fresh.kept)
  const authority = makeAuthority()
  const { cert, key } = authority.issue("localhost")
  const tls = { certificateFile: file("cert.pem", cert), keyFile: file("key.pem", key) }
  const context = yield* Layer.build(
    Layer.fresh(GrpcServer.layerAccess({ port: 0, tls })).pipe(
      Layer.provide(Layer.fresh(AccessControl.layer)),
      Layer.provide(Layer.fresh(DispatchService.layer)),
      Layer.provide(Layer.succeedContext(store))
    )
  )
  const ca = encodeURIComponent(file("ca.pem", authority.cert))
  const url = `grpc://localhost:${Context.get(context, GrpcServer.GrpcServer).port}?ssl_root_certificates_path=${ca}`
  return {
    credentials: { authKey: fresh.key, signSecret: fresh.secret },
    clientOf: (credentials: Pick<ClientOptions, "authKey" | "signSecret">) =>
      Effect.map(Layer.build(Layer.fresh(DispatchClientGrpc.layer({ url, ...credentials }))), (built) =>
        Context.get(built, DispatchClient)
      )
  }
})

/** True if a stream stands for a while. The headers of a refusal may look like a confirmation. */
const stands = ({ effective, events }: EventStream) =>
  Effect.andThen(effective, Effect.raceFirst(Stream.runDrain(events), Effect.sleep("200 millis")))

/** Makes every call about a microgrid, and gives how each ended. */
const everyCall = (client: DispatchClient["Service"], microgridId: MicrogridId) =>
  Effect.gen(function* () {
    const target = Target.componentIds(1n)
    const outcome = <A>(call: Effect.Effect<A, { readonly reason: { readonly _tag: string } }>) =>
      Effect.match(call, { onSuccess: () => "ok", onFailure: ({ reason }) => reason._tag })
    const id = DispatchId.make(1n)
    const duration = Duration.minutes(1)
    return [
      yield* outcome(client.create(microgridId, { type: "CHARGE", startTime: "NOW", target, duration })),
      yield* outcome(client.update(microgridId, id, { active: false })),
      yield* outcome(client.get(microgridId, id)),
      yield* outcome(Stream.runCollect(client.list(microgridId))),
      yield* outcome(Effect.scoped(Effect.flatMap(client.stream(microgridId), stands))),
      yield* outcome(client.delete(microgridId, id))
    ]
  })

const all = (outcome: string) => Array.from({ length: 6 }, () => outcome)

describe("credentials over an encrypted connection", () => {
  it.live(
    "a plain key opens its microgrid, and no other",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService(false)
        const client = yield* service.clientOf(service.credentials)
        assert.deepStrictEqual(yield* everyCall(client, mine), all("ok"))
        assert.deepStrictEqual(yield* everyCall(client, others), all("PermissionDenied"))
      }),
    bounded
  )

  it.live(
    "a key with a secret opens it to signed calls alone",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService(true)
        const { credentials } = service
        const signing = yield* service.clientOf(credentials)
        assert.deepStrictEqual(yield* everyCall(signing, mine), all("ok"))
        const unsigned = yield* service.clientOf({ authKey: credentials.authKey })
        assert.deepStrictEqual(yield* everyCall(unsigned, mine), all("Unauthenticated"))
        const wrong = yield* service.clientOf({ ...credentials, signSecret: Redacted.make("another") })
        assert.deepStrictEqual(yield* everyCall(wrong, mine), all("Unauthenticated"))
      }),
    bounded
  )

  it.live(
    "no key, and a key that is not known, open nothing",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService(false)
        for (const credentials of [{}, { authKey: Redacted.make("unknown") }]) {
          const client = yield* service.clientOf(credentials)
          assert.deepStrictEqual(yield* everyCall(client, mine), all("Unauthenticated"))
        }
      }),
    bounded
  )

  it.live(
    "S9: the service's clock agrees with itself, whatever it answers",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService(true)
        const client = yield* service.clientOf(service.credentials)
        yield* everyCall(client, mine)
        yield* everyCall(client, others)
        const offset = client.clockOffset?.()
        if (offset === undefined) return assert.fail("nothing is known")
        assert.strictEqual(ClockOffset.atLeast(offset), 0)
        assert.isBelow(ClockOffset.bound(offset), 1_000)
      }),
    bounded
  )
})
