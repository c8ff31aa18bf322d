/**
 * The credentials that a client shows with every call: a key, and a signature where a secret belongs to the key.
 *
 * @since 0.1.0
 */
import { Config, Effect, Option, Redacted, Result } from "effect"
import { ClientConfigError } from "./ClientConfigError.ts"

/**
 * A key with the secret that belongs to it, if requests are to be signed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Credentials {
  readonly authKey: Redacted.Redacted
  readonly signSecret: Redacted.Redacted | undefined
}

/**
 * The variables of the environment that hold a key and its secret. The first pair with any variable set counts, and
 * pairs are never mixed.
 *
 * @category constants
 * @since 0.1.0
 */
export const variables = [
  { authKey: "DISPATCH_API_AUTH_KEY", signSecret: "DISPATCH_API_SIGN_SECRET" },
  { authKey: "FREQUENZ_API_KEY", signSecret: "FREQUENZ_API_SECRET" }
] as const

/**
 * The user's names for a key and its secret: options, variables or flags.
 *
 * @category models
 * @since 0.1.0
 */
export interface Names {
  readonly authKey: string
  readonly signSecret: string
}

/**
 * The names of the options of a client.
 *
 * @category constants
 * @since 0.1.0
 */
export const optionNames: Names = { authKey: "authKey", signSecret: "signSecret" }

/**
 * Checks that a key and a secret belong together and can be sent; `undefined` if neither is given. `names` are the
 * user's names for them. No message repeats a key or secret.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Credentials } from "@effect-dispatch/client"
 * import { Redacted, Result } from "effect"
 *
 * const authKey = Redacted.make("dk_example")
 * const signSecret = Redacted.make("ds_example")
 * const credentials = Result.getOrThrow(Credentials.make({ authKey, signSecret }))
 * assert.strictEqual(credentials?.authKey, authKey)
 * assert.ok(Result.isFailure(Credentials.make({ signSecret })))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  given: {
    readonly authKey?: Redacted.Redacted | undefined
    readonly signSecret?: Redacted.Redacted | undefined
  },
  names: Names = optionNames
): Result.Result<Credentials | undefined, ClientConfigError> => {
  // A program without types may give null, or a plain string.
  const authKey = given.authKey ?? undefined
  const signSecret = given.signSecret ?? undefined
  for (const option of ["authKey", "signSecret"] as const) {
    if (!isSecret(given[option] ?? undefined))
      return wrong(option, `${names[option]} is not a text in Redacted, as Redacted.make("…") makes it`)
  }
  if (authKey === undefined) {
    if (signSecret === undefined) return Result.succeed(undefined)
    return wrong(
      "authKey",
      `${names.signSecret} is given without ${names.authKey}, the key that it belongs to`
    )
  }
  // Metadata of gRPC are visible ASCII, and spaces around them are lost.
  if (!/^[!-~]([ -~]*[!-~])?$/.test(Redacted.value(authKey))) {
    return wrong(
      "authKey",
      `${names.authKey} cannot be sent: a key is visible ASCII, without spaces or line ends around it, and not empty`
    )
  }
  if (signSecret !== undefined && Redacted.value(signSecret) === "") {
    return wrong("signSecret", `${names.signSecret} is empty; leave it out if requests are not to be signed`)
  }
  return Result.succeed({ authKey, signSecret })
}

/**
 * The credentials in the environment, if any. An empty variable counts as not set.
 *
 * @category config
 * @since 0.1.0
 */
export const fromEnvironment: Effect.Effect<Credentials | undefined, ClientConfigError | Config.ConfigError> =
  // It does nothing before it is run, so that pages, which have no environment, need not carry it.
  /* @__PURE__ */ Effect.gen(function* () {
    for (const names of variables) {
      const authKey = yield* secret(names.authKey)
      const signSecret = yield* secret(names.signSecret)
      if (authKey !== undefined || signSecret !== undefined) {
        return yield* Effect.fromResult(make({ authKey, signSecret }, names))
      }
    }
    return undefined
  })

/** Shorter ones cannot be told from ordinary words. */
const hiddenLengthMin = 8

/** Takes a key and a secret out of a text by somebody else, such as a service that repeats what it got. @internal */
export const hide = (credentials: Credentials | undefined, text: string): string =>
  [credentials?.signSecret, credentials?.authKey]
    .map((hidden) => (hidden === undefined ? "" : Redacted.value(hidden)))
    .filter(({ length }) => length >= hiddenLengthMin)
    .reduce((rest, hidden) => rest.replaceAll(hidden, "<redacted>"), text)

/** To `Config`, an empty variable is not set. */
const secret = (name: string): Config.Config<Redacted.Redacted | undefined> =>
  Config.map(Config.option(Config.Redacted(name)), Option.getOrUndefined)

const isSecret = (value: unknown): boolean =>
  value === undefined || (Redacted.isRedacted(value) && typeof Redacted.value(value) === "string")

const wrong = (option: keyof Names, message: string): Result.Result<never, ClientConfigError> =>
  Result.fail(new ClientConfigError({ option, message }))
