import * as ClientConfig from "@effect-dispatch/client/ClientConfig"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer, Logger, Redacted } from "effect"

const authKey = Redacted.make("k")

/** The result of a check, and its warnings. */
const checked = (options: ClientConfig.ClientOptions) =>
  Effect.gen(function* () {
    const warnings: Array<unknown> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(...(Array.isArray(message) ? message : [message]))
    })
    const result = yield* ClientConfig.check(options).pipe(Effect.provide(Logger.layer([logger])))
    return { ...result, warnings }
  })

const refusal = (options: ClientConfig.ClientOptions) =>
  Effect.map(Effect.flip(ClientConfig.check(options)), ({ message }) => message)

describe("ClientConfig", () => {
  it.effect("the defaults are 60 s for a call, and no end of a stream", () =>
    Effect.gen(function* () {
      const { callTimeout, credentials, streamTimeout, url, warnings } = yield* checked({
        url: "grpc://localhost"
      })
      assert.strictEqual(Duration.toSeconds(callTimeout), 60)
      assert.strictEqual(Duration.toSeconds(streamTimeout), Infinity)
      assert.isUndefined(credentials)
      assert.isTrue(url.ssl)
      assert.deepStrictEqual(warnings, [])
    })
  )

  it.effect("a service elsewhere needs a key, and what holds it is named as the user knows it", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* refusal({ url: "grpc://example.com" }),
        "example.com is not this machine, so a key is needed: give it as authKey"
      )
      const { option } = yield* Effect.flip(ClientConfig.check({ url: "grpc://example.com" }))
      assert.strictEqual(option, "authKey")
      assert.strictEqual(
        (yield* checked({ url: "grpc://example.com", authKey })).credentials?.authKey,
        authKey
      )
    })
  )

  it.effect("what is not encrypted over a network is warned of, and what stays on this machine is not", () =>
    Effect.gen(function* () {
      const { warnings } = yield* checked({ url: "grpc://example.com?ssl=false", authKey })
      assert.deepStrictEqual(warnings, [
        "The connection to example.com is not encrypted (ssl=false): keys and data can be read on the way"
      ])
      for (const url of [
        "grpc://127.0.0.1?ssl=false",
        "grpc://localhost?ssl=false",
        "grpc://[::1]?ssl=false",
        "grpc://example.com"
      ]) {
        assert.deepStrictEqual((yield* checked({ url, authKey })).warnings, [], url)
      }
    })
  )

  it.effect("a secret without a key, and a URL that cannot be used, are refused", () =>
    Effect.gen(function* () {
      const url = "grpc://localhost"
      assert.match(yield* refusal({ url, signSecret: authKey }), /^signSecret is given without authKey/)
      assert.match(yield* refusal({ url: "localhost" }), /is not of the form grpc/)
    })
  )

  it.effect.each<readonly [string, Duration.Input, string | undefined]>([
    ["infinite", Duration.infinity, undefined],
    ["a day", Duration.days(1), undefined],
    ["a moment", Duration.nanos(1n), undefined],
    ["an hour in words", "1 hour", undefined],
    ["text that is none", "an hour" as Duration.Input, "no duration"],
    ["nothing", Duration.zero, "0"],
    ["less than nothing", Duration.seconds(-1), "-1s"],
    ["more than a day", Duration.sum(Duration.days(1), Duration.millis(1)), "1d 1ms"]
  ])("a timeout of %s", ([, timeout, shown]) =>
    Effect.gen(function* () {
      for (const name of ["callTimeout", "streamTimeout"] as const) {
        const options = { url: "grpc://localhost", [name]: timeout }
        if (shown === undefined) {
          assert.deepStrictEqual((yield* checked(options))[name], Duration.fromInputUnsafe(timeout))
        } else {
          assert.strictEqual(
            yield* refusal(options),
            `${name} is ${shown}, must be above 0 and at most 1d, or infinite`
          )
        }
      }
    })
  )

  it.effect.each<readonly [string, object | null, string]>([
    ["a URL that is not set", { url: undefined }, "the URL is undefined, must be a text of the form grpc://"],
    ["no URL at all", {}, "the URL is undefined"],
    ["a URL of null", { url: null }, "the URL is null"],
    ["a URL that is a number", { url: 50_051 }, "the URL is of the type number"],
    ["an instance of URL", { url: new URL("http://localhost") }, "the URL is of the type object"],
    ["a URL without a word", { url: "" }, '"" is not of the form'],
    ["a key that shows", { authKey: "canary" }, "authKey is not a text in Redacted"],
    [
      "a key around a variable that is not set",
      { authKey: Redacted.make(undefined) },
      "authKey is not a text"
    ],
    ["a secret that shows", { authKey, signSecret: "canary" }, "signSecret is not a text in Redacted"],
    ["options that are none", null, "options: null is not an object with url, authKey"],
    [
      "a misspelt option",
      { authkey: "canary" },
      "authkey: there is nothing of this name; known are url, authKey"
    ],
    ["a timeout without a unit", { callTimeout: { minuts: 1 } }, "callTimeout is no duration"],
    ["a timeout that is no number", { streamTimeout: Number.NaN }, "streamTimeout is no duration"],
    ["a timeout that is none", { callTimeout: "soon" }, "callTimeout is no duration"]
  ])("a program without types is told what is wrong with %s", ([, options, message]) =>
    Effect.gen(function* () {
      const hasUrl = options === null || "url" in options || message.includes("URL")
      const given = hasUrl ? options : { url: "grpc://localhost", ...options }
      const said = yield* refusal(given as never)
      assert.include(said, message)
      assert.notInclude(said, "canary")
    })
  )

  it.effect("null is as good as nothing for what need not be given", () =>
    Effect.gen(function* () {
      const options = { url: "grpc://localhost", authKey: null, signSecret: null, callTimeout: null }
      assert.isUndefined((yield* checked(options as never)).credentials)
    })
  )

  it.effect("the environment gives the URL and one pair of credentials", () =>
    Effect.gen(function* () {
      const options = yield* ClientConfig.fromEnvironment
      assert.strictEqual(options.url, "grpc://example.com")
      assert.strictEqual(options.authKey && Redacted.value(options.authKey), "k")
      assert.strictEqual(options.signSecret && Redacted.value(options.signSecret), "s")
    }).pipe(
      Effect.provide(
        ConfigProvider.layer(
          ConfigProvider.fromEnvRecord({
            DISPATCH_API_URL: "grpc://example.com",
            DISPATCH_API_AUTH_KEY: "k",
            DISPATCH_API_SIGN_SECRET: "s",
            FREQUENZ_API_KEY: "other"
          })
        )
      )
    )
  )

  it.effect.each<readonly [{ readonly [name: string]: string }, RegExp | undefined]>([
    [{ DISPATCH_API_URL: "grpc://localhost" }, undefined],
    [{ DISPATCH_API_URL: "grpc://example.com", FREQUENZ_API_KEY: "k" }, undefined],
    [{}, /^DISPATCH_API_URL is not set: .*grpc:\/\//],
    [{ DISPATCH_API_URL: "" }, /^DISPATCH_API_URL is not set/],
    [{ DISPATCH_API_URL: "grpc://example.com" }, /give it as DISPATCH_API_AUTH_KEY or FREQUENZ_API_KEY$/],
    [{ DISPATCH_API_URL: "grpc://h?tls=on", FREQUENZ_API_KEY: "k" }, /"tls" is not an option/],
    [{ DISPATCH_API_URL: "grpc://localhost", FREQUENZ_API_SECRET: "s" }, /without FREQUENZ_API_KEY/]
  ])("a layer from the environment %o", ([variables, wrong]) =>
    Effect.gen(function* () {
      const built = Layer.build(DispatchClientGrpc.layerConfig).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))
      )
      if (wrong === undefined) yield* built
      else assert.match((yield* Effect.flip(built)).message, wrong)
    })
  )
})
