import { Credentials } from "@effect-dispatch/client"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted, Result } from "effect"

const secret = (text: string) => Redacted.make(text)

/** The text that a user would see if it were not redacted. */
const shown = (credentials: Credentials.Credentials | undefined) =>
  credentials && [
    Redacted.value(credentials.authKey),
    credentials.signSecret && Redacted.value(credentials.signSecret)
  ]

const fromEnvironment = (variables: { readonly [name: string]: string }) =>
  Credentials.fromEnvironment.pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))
  )

const refusal = (given: Parameters<typeof Credentials.make>[0]): string => {
  const made = Credentials.make(given)
  return Result.isFailure(made) ? made.failure.message : assert.fail("it is not refused")
}

describe("Credentials", () => {
  it.effect.each<
    readonly [{ readonly [name: string]: string }, ReadonlyArray<string | undefined> | undefined]
  >([
    [{}, undefined],
    [{ DISPATCH_API_AUTH_KEY: "k" }, ["k", undefined]],
    [{ DISPATCH_API_AUTH_KEY: "k", DISPATCH_API_SIGN_SECRET: "s" }, ["k", "s"]],
    [{ FREQUENZ_API_KEY: "k", FREQUENZ_API_SECRET: "s" }, ["k", "s"]],
    [{ FREQUENZ_API_KEY: "old", FREQUENZ_API_SECRET: "old", DISPATCH_API_AUTH_KEY: "k" }, ["k", undefined]],
    [
      {
        FREQUENZ_API_KEY: "old",
        FREQUENZ_API_SECRET: "old",
        DISPATCH_API_AUTH_KEY: "k",
        DISPATCH_API_SIGN_SECRET: "s"
      },
      ["k", "s"]
    ],
    // An empty variable counts as not set.
    [{ DISPATCH_API_AUTH_KEY: "", FREQUENZ_API_KEY: "k" }, ["k", undefined]],
    [{ DISPATCH_API_AUTH_KEY: "k", DISPATCH_API_SIGN_SECRET: "" }, ["k", undefined]]
  ])("the environment %o holds one pair, and pairs are never mixed", ([variables, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(shown(yield* fromEnvironment(variables)), expected)
    })
  )

  it.effect.each<readonly [{ readonly [name: string]: string }, string]>([
    [
      { DISPATCH_API_SIGN_SECRET: "s", FREQUENZ_API_KEY: "k" },
      "DISPATCH_API_SIGN_SECRET is given without DISPATCH_API_AUTH_KEY, the key that it belongs to"
    ],
    [
      { FREQUENZ_API_SECRET: "s" },
      "FREQUENZ_API_SECRET is given without FREQUENZ_API_KEY, the key that it belongs to"
    ],
    [
      { DISPATCH_API_AUTH_KEY: "k\n" },
      "DISPATCH_API_AUTH_KEY cannot be sent: a key is visible ASCII, without spaces or line ends around it, and not empty"
    ]
  ])("of the environment %o it says what is wrong", ([variables, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(fromEnvironment(variables))
      assert.strictEqual(error._tag, "ClientConfigError")
      assert.strictEqual(error.message, message)
    })
  )

  it.effect("an empty variable counts as not set, wherever the configuration comes from", () =>
    Effect.gen(function* () {
      const variables = { DISPATCH_API_AUTH_KEY: "", DISPATCH_API_SIGN_SECRET: "", FREQUENZ_API_KEY: "k" }
      const found = yield* Credentials.fromEnvironment.pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(variables)))
      )
      assert.deepStrictEqual(shown(found), ["k", undefined])
    })
  )

  it("a key that metadata cannot carry is refused, and not repeated", () => {
    for (const key of ["", " ", " k", "k ", "k\n", "k\r\nother: 1", "schlüssel-123", "k\u0000", "k\t"]) {
      const message = refusal({ authKey: secret(key) })
      assert.match(message, /^authKey cannot be sent/)
      if (key.trim().length > 1) assert.notInclude(message, key)
    }
    for (const key of ["k", "a b", "!~", "x".repeat(4_000)]) {
      assert.isTrue(Result.isSuccess(Credentials.make({ authKey: secret(key) })), key)
    }
  })

  it("a secret without a key, and an empty secret, are refused; any other secret will do", () => {
    assert.match(refusal({ signSecret: secret("s") }), /^signSecret is given without authKey/)
    assert.match(refusal({ authKey: secret("k"), signSecret: secret("") }), /^signSecret is empty/)
    const made = Credentials.make({ authKey: secret("k"), signSecret: secret(" ü\n") })
    assert.isTrue(Result.isSuccess(made))
    assert.deepStrictEqual(Credentials.make({}), Result.succeed(undefined))
  })
})
