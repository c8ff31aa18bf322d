import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import * as Wire from "@effect-dispatch/api/Protobuf"
import * as ClientConfig from "@effect-dispatch/client/ClientConfig"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchUrl } from "@effect-dispatch/client"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  ConfigProvider,
  Duration,
  Effect,
  Exit,
  Layer,
  Logger,
  Redacted,
  References,
  Stream,
  Tracer
} from "effect"
import { clientOf, id, microgridId, withoutDelay } from "./clientOf.ts"
import { answer, answerList, type Exchange, make, wireDispatch } from "./grpcService.ts"

const key = "canary-key-5f1c"
const secret = "canary-secret-93ab"
const password = "canary-password-77"
const canaries = [key, secret, password, "canary"]

const credentials = { authKey: Redacted.make(key), signSecret: Redacted.make(secret) }

/** Everything a value says of itself, in all the ways it may be asked. */
const said = (value: unknown): string =>
  [
    String(value),
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item)),
    value instanceof Error ? `${value.stack} ${value.message} ${inspect(value.cause)}` : ""
  ].join("\n")

/** Runs an effect, and gives all that was logged, traced and failed with. */
const heard = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const loggers = [Logger.formatJson, Logger.formatLogFmt, Logger.formatStructured].map((format) =>
      Logger.map(format as Logger.Logger<unknown, unknown>, (line) => void lines.push(said(line)))
    )
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        lines.push(said(options.name))
        const end = span.end.bind(span)
        span.end = (time, exit) => {
          end(time, exit)
          lines.push(said(span.name), said([...span.attributes]), said(span.events))
          // Nobody is told the result of a span that ended well.
          if (Exit.isFailure(exit)) lines.push(said(exit))
        }
        return span
      }
    })
    const exit = yield* Effect.exit(effect).pipe(
      Effect.provide(Logger.layer(loggers)),
      Effect.provideService(References.MinimumLogLevel, "All"),
      Effect.withTracer(tracer)
    )
    lines.push(said(exit))
    if (Exit.isFailure(exit)) {
      lines.push(Cause.pretty(exit.cause), said(Cause.squash(exit.cause)))
    }
    return lines.join("\n")
  })

const assertSilent = (text: string): void => {
  for (const canary of canaries) {
    const at = text.indexOf(canary)
    if (at >= 0) assert.fail(`${canary} is told: …${text.slice(Math.max(0, at - 80), at + 80)}…`)
  }
}

/** Makes every call there is, and logs what comes of it. */
const everyCall = (url: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = yield* clientOf(url, { ...credentials, callTimeout: Duration.seconds(2) })
      yield* Effect.logInfo("a client", client)
      const target = { _tag: "ComponentIds", ids: [1n] } as const
      const calls: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        client.create(microgridId, { type: "A", startTime: "NOW", target }),
        client.update(microgridId, id(1n), { active: true }),
        client.get(microgridId, id(1n)),
        client.delete(microgridId, id(1n)),
        Stream.runCollect(client.list(microgridId)),
        Effect.scoped(
          Effect.flatMap(client.stream(microgridId), ({ events }) =>
            Stream.runCollect(Stream.take(events, 1))
          )
        )
      ]
      for (const call of calls) {
        const exit = yield* Effect.exit(Effect.withSpan(call, "call"))
        yield* Exit.isFailure(exit)
          ? Effect.logError("it failed", exit.cause)
          : Effect.logDebug("done", exit.value)
      }
    })
  )

const succeed = (exchange: Exchange): void => {
  switch (exchange.method) {
    case "ListMicrogridDispatches":
      return answerList(exchange, [1n])
    case "StreamMicrogridDispatches":
      return exchange.send(Wire.StreamMicrogridDispatchesResponseSchema, {
        event: 1,
        dispatch: wireDispatch(1n)
      })
    default:
      return answer(exchange, Wire.GetMicrogridDispatchResponseSchema, { dispatch: wireDispatch(1n) })
  }
}

describe("secrets", () => {
  it.live(
    "are in no log, span or error of any call, however it ends, also where the service repeats them",
    () =>
      Effect.gen(function* () {
        const acts: ReadonlyArray<(exchange: Exchange) => void> = [
          succeed,
          (exchange) => exchange.refuse(16, `unknown key ${String(exchange.headers["key"])}, not ${secret}`),
          (exchange) => exchange.refuse(3, JSON.stringify(exchange.headers)),
          (exchange) => exchange.stream.close(2),
          (exchange) => exchange.sendBytes(Uint8Array.of(0xff)),
          ({ stream }) => stream.respond({ ":status": 302, location: "/" }, { endStream: true })
        ]
        let act = succeed
        let told = 0
        const service = yield* make((exchange) => {
          if (exchange.headers["key"] === key && exchange.headers["sig"] !== undefined) told++
          act(exchange)
        })
        for (const next of acts) {
          act = next
          assertSilent(yield* heard(withoutDelay(everyCall(service.url))))
        }
        assert.isAtLeast(told, acts.length * 6)
        for (const url of ["grpc://127.0.0.1:1?ssl=false", `grpc://127.0.0.1:${service.port}`]) {
          assertSilent(yield* heard(withoutDelay(everyCall(url))))
        }
      }),
    { timeout: 60_000 }
  )

  it.live("are in nothing that an actor says while its service refuses it", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        exchange.refuse(
          16,
          `unknown key ${String(exchange.headers["key"])} in ${JSON.stringify(exchange.headers)}`
        )
      )
      const following = Effect.gen(function* () {
        const actor = yield* DispatchingActor.DispatchingActor
        const statuses = yield* Stream.runCollect(Stream.take(actor.statusChanges, 2))
        yield* Effect.logInfo("statuses", statuses, actor.actor)
        return statuses
      }).pipe(
        Effect.provide(
          DispatchingActor.layer({ microgridId }).pipe(
            Layer.provide(DispatchClientGrpc.layer({ url: service.url, ...credentials })),
            Layer.provide(DispatchScheduler.layer)
          )
        )
      )
      const text = yield* heard(withoutDelay(following))
      assert.include(text, "unknown key <redacted>")
      assertSilent(text)
    })
  )

  it.effect("are in nothing that options, checked options, refusals and warnings say", () =>
    Effect.gen(function* () {
      const remote = { url: "grpc://example.com?ssl=false", ...credentials }
      const environment = ConfigProvider.layer(
        ConfigProvider.fromEnvRecord({
          DISPATCH_API_URL: "grpc://localhost",
          DISPATCH_API_AUTH_KEY: key,
          DISPATCH_API_SIGN_SECRET: secret
        })
      )
      const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        heard(Effect.tap(effect, (value) => Effect.logInfo("made", value)))
      const attempts: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        ClientConfig.check(remote),
        ClientConfig.check({ ...remote, callTimeout: Duration.zero }),
        ClientConfig.check({ ...remote, authKey: Redacted.make(`${key}\n`) }),
        ClientConfig.check({ url: "grpc://localhost", signSecret: credentials.signSecret }),
        ClientConfig.check({ ...remote, url: `grpc://user:${password}@example.com` }),
        ClientConfig.check({ ...remote, url: `https://user:${password}@example.com` }),
        ClientConfig.fromEnvironment.pipe(Effect.provide(environment)),
        Effect.scoped(Layer.build(DispatchClientGrpc.layer(remote))),
        Effect.scoped(Layer.build(DispatchClientGrpc.layerConfig)).pipe(Effect.provide(environment))
      ]
      for (const attempt of attempts) assertSilent(yield* logged(attempt))
      assertSilent(said(remote))
      assertSilent(said(DispatchUrl.parse(`grpc://u:${password}@h`)))
    })
  )

  it.effect("a private key that cannot be used is not shown", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-secrets-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const path = join(folder, "key.pem")
      writeFileSync(path, `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`)
      const url = `grpc://localhost?ssl_private_key_path=${encodeURIComponent(path)}`
      assertSilent(yield* heard(Effect.scoped(Layer.build(DispatchClientGrpc.layer({ url })))))
    })
  )

  it("a canary that is told would be found", () => {
    assert.throws(() => assertSilent(said({ deep: [{ key }] })), /canary-key/)
    assert.throws(() => assertSilent(said(new Error("x", { cause: secret }))), /canary-secret/)
  })
})
