import * as DispatcherGrpc from "@effect-dispatch/client/DispatcherGrpc"
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { createGrpcTransport } from "@connectrpc/connect-node"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Context, Data, Effect, Exit, Fiber, Layer, Logger } from "effect"
import { answerList, make } from "./grpcService.ts"

const microgridId = MicrogridId.make(1n)
const url = "grpc://127.0.0.1:1?ssl=false"

class NoHardware extends Data.TaggedError("NoHardware") {
  override readonly message = "no hardware"
}

class NoMeter extends Data.TaggedError("NoMeter")<{ readonly bus: string }> {}

/** Runs a program whose end nobody looks at, and gives how it ended and what it logged of errors. */
const runForked = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const errors: Array<string> = []
    const logger = Logger.make(({ cause, logLevel, message }) => {
      if (logLevel === "Error") errors.push([String(message), ...cause.reasons.map(String)].join(" "))
    })
    const fiber = yield* Effect.forkDetach(Effect.provide(program, Logger.layer([logger])))
    return { exit: yield* Fiber.await(fiber), errors }
  })

const nothing = () => Effect.void
const throwing = {
  microgridId,
  get url(): string {
    throw new Error("boom")
  }
}
const bad: ReadonlyArray<readonly [string, object | null | undefined, RegExp]> = [
  ["a URL that is not set", { microgridId, url: undefined }, /the URL is undefined/],
  ["a URL that is none", { microgridId, url: "localhost" }, /"localhost" is not of the form/],
  ["a service elsewhere without a key", { microgridId, url: "grpc://h" }, /give it as authKey$/],
  ["no options", undefined, /options: undefined is not an object with microgridId, .*, url, authKey/],
  ["null for options", null, /options: null is not an object/],
  [
    "a misspelt option",
    { microgridId, url, persistance: "x" },
    /persistance: there is nothing of this name; .*persistence, url/
  ],
  ["an option that cannot be read", throwing, /url: it cannot be read: boom/],
  [
    "settings that are none",
    { microgridId, url, sync: { pageSize: 0 } },
    /sync.pageSize: the number 0 is not/
  ],
  ["a limit that is none", { microgridId, url, restartLimit: "3" }, /restartLimit: the text "3" is not/],
  [
    "a timeout without a unit",
    { microgridId, url, callTimeout: { minuts: 1 } },
    /callTimeout is no duration/
  ],
  ["a microgrid that is a number", { microgridId: 1, url }, /microgridId: the number 1 is not .* such as 1n/],
  ["a microgrid that is not set", { url }, /microgridId: undefined is not .* such as 1n/],
  ["a directory that is none", { microgridId, url, persistence: "" }, /persistence: give the path of a dir/],
  ["a directory of blanks", { microgridId, url, persistence: " " }, /persistence: give the path of a dir/],
  [
    "a directory that cannot be made",
    { microgridId, url, persistence: "/dev/null/x" },
    /persistence: .*x can/
  ]
]

describe("DispatcherGrpc", () => {
  it.live.each(bad)("run tells of %s by itself, and fails with it", ([, options, why]) =>
    Effect.gen(function* () {
      const { errors, exit } = yield* runForked(DispatcherGrpc.run(options as never, nothing))
      assert.isTrue(Exit.isFailure(exit) && !Cause.hasDies(exit.cause))
      assert.strictEqual(errors.length, 1)
      assert.match(errors[0] ?? "", /^The dispatcher cannot begin: /)
      assert.match(errors[0] ?? "", why)
    })
  )

  it.live("run tells by name of a failure that has no message", () =>
    Effect.gen(function* () {
      const setUp = () => Effect.fail(new NoMeter({ bus: "/dev/can0" }))
      const { errors } = yield* runForked(DispatcherGrpc.run({ microgridId, url }, setUp))
      assert.strictEqual(errors.length, 1)
      assert.match(errors[0] ?? "", /^The dispatcher cannot begin.*NoMeter/s)
    })
  )

  it.live("run tells of a failure and of a defect in what is set up", () =>
    Effect.gen(function* () {
      const setUps = [() => Effect.fail(new NoHardware()), () => Effect.die("no hardware")]
      for (const setUp of setUps) {
        const { errors } = yield* runForked(DispatcherGrpc.run({ microgridId, url }, setUp))
        assert.strictEqual(errors.length, 1)
        assert.match(errors[0] ?? "", /^The dispatcher cannot begin.*no hardware/)
      }
    })
  )

  it.live("an interruption is no failure to begin", () =>
    Effect.gen(function* () {
      const program = DispatcherGrpc.run({ microgridId, url }, () => Effect.interrupt)
      assert.deepStrictEqual((yield* runForked(program)).errors, [])
    })
  )

  it.effect.each(bad)("the layer fails with %s, and does not die", ([, options, why]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(DispatcherGrpc.layer(options as never)))
      assert.include(["ClientConfigError", "DispatchUrlError"], error._tag)
      assert.match(error.message, why)
    })
  )

  it.live("S10: persistence is a directory, in which the microgrid is taken", () =>
    Effect.gen(function* () {
      const persistence = mkdtempSync(join(tmpdir(), "dispatcher-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(persistence, { recursive: true })))
      const layers = [
        DispatcherGrpc.layer({ microgridId, url, persistence }),
        DispatcherGrpc.layerConfig({ microgridId, persistence })
      ]
      const environment = ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DISPATCH_API_URL: url }))
      for (const layer of layers) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Layer.build(Layer.provide(layer, environment))
            assert.isTrue(existsSync(join(persistence, "microgrid-1.holder")))
          })
        )
        assert.isFalse(existsSync(join(persistence, "microgrid-1.holder")))
      }
    })
  )

  it.live("another transport of connect carries the calls of a dispatcher", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        exchange.method === "ListMicrogridDispatches" ? answerList(exchange, [7n]) : exchange.open()
      )
      const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${service.port}` })
      const context = yield* Layer.build(DispatcherGrpc.layer({ microgridId, url, transport }))
      const dispatcher = Context.get(context, Dispatcher)
      yield* dispatcher.initialized
      assert.strictEqual((yield* dispatcher.dispatches).length, 1)
    })
  )

  it.effect("the layer of the environment names the option that it does not take", () =>
    Effect.forEach(["url", "authKey", "microgrid"], (option) =>
      Effect.gen(function* () {
        const options = { microgridId, [option]: "x" }
        const error = yield* Effect.flip(Layer.build(DispatcherGrpc.layerConfig(options as never)))
        assert.strictEqual(error._tag === "ClientConfigError" && error.option, option)
      })
    )
  )

  it.live("run tells of what sets nothing up", () =>
    Effect.gen(function* () {
      for (const setUp of [undefined, async () => {}]) {
        const { errors } = yield* runForked(DispatcherGrpc.run({ microgridId, url }, setUp as never))
        assert.match(errors.join(), /^The dispatcher cannot begin: setUp: .* is not a(n Effect| function)/)
      }
    })
  )

  it.effect("where the environment is read, it is the variable that is named", () =>
    Effect.gen(function* () {
      const environment = ConfigProvider.fromEnvRecord({ DISPATCH_API_URL: "grpc://h" })
      const { message } = yield* Effect.flip(Layer.build(DispatcherGrpc.layerConfig({ microgridId }))).pipe(
        Effect.provide(ConfigProvider.layer(environment))
      )
      assert.match(message, /give it as DISPATCH_API_AUTH_KEY or FREQUENZ_API_KEY$/)
    })
  )
})
