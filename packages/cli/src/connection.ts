/** The commands' connection to the service. */
import type { ClientConfigError } from "@effect-dispatch/client/ClientConfigError"
import * as Credentials from "@effect-dispatch/client/Credentials"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import * as DispatchUrl from "@effect-dispatch/client/DispatchUrl"
import type { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { Config, Effect, FileSystem, Layer, Option, Redacted } from "effect"
import { defaultPort } from "./defaults.ts"
import { whyUnreadable } from "./input/source.ts"
import { utcClock } from "./input/zone.ts"
import { ShowsUtc } from "./output/screen.ts"
import * as Text from "./output/text.ts"
import * as Times from "./output/times.ts"
import { programName } from "./programName.ts"
import { dispatch } from "./root.ts"
import { Failure, UsageError } from "./UsageError.ts"

/** The URL of a service on this machine. */
export const localUrl = (port: number): string => `grpc://127.0.0.1:${port}?ssl=false`

/** The URL that the flags name, or else the environment. */
export const serviceUrl = Effect.gen(function* () {
  const { url } = yield* dispatch
  const fromEnvironment = yield* Config.option(Config.NonEmptyString("DISPATCH_API_URL"))
  return Option.getOrElse(
    Option.orElse(url, () => fromEnvironment),
    () => localUrl(defaultPort)
  )
}).pipe(Effect.mapError((error) => wrongUse(error.message)))

/** Host and port of the service. */
export const serviceAddress = Effect.gen(function* () {
  const url = yield* serviceUrl
  const parsed = yield* Effect.mapError(Effect.fromResult(DispatchUrl.parse(url)), (error) =>
    wrongUse(error.message)
  )
  return DispatchUrl.address(parsed)
})

/** The credentials that the flags hold, or else the environment. */
export const credentials = Effect.gen(function* () {
  const flags = yield* dispatch
  const authKey = yield* secret("--auth-key", flags.authKey, flags.authKeyFile)
  const signSecret = yield* secret("--sign-secret", flags.signSecret, flags.signSecretFile)
  if (authKey === undefined && signSecret === undefined) return yield* Credentials.fromEnvironment
  return yield* Effect.fromResult(
    Credentials.make({ authKey, signSecret }, { authKey: "--auth-key", signSecret: "--sign-secret" })
  )
})

/** A secret that a flag holds, or the file that another flag names. */
const secret = Effect.fnUntraced(function* (
  flag: string,
  given: Option.Option<Redacted.Redacted>,
  path: Option.Option<string>
) {
  if (Option.isNone(path)) return Option.getOrUndefined(given)
  const example = `${flag}-file secret.txt`
  if (Option.isSome(given)) {
    return yield* new UsageError({ message: `${flag} and ${flag}-file cannot both be given`, example })
  }
  const files = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    files.readFileString(path.value),
    (error) =>
      new UsageError({
        message: `${flag}-file ${path.value} cannot be read: ${whyUnreadable(error.reason)}`,
        example
      })
  )
  return Redacted.make(text.trim())
})

/** The service and the credentials that the flags name, or else the environment. */
export const clientOptions = Effect.gen(function* () {
  return { url: yield* serviceUrl, ...(yield* Effect.mapError(credentials, wrongOptions)) }
})

/** The client that the flags ask for, or else the environment. */
export const clientLayer = Layer.unwrap(
  Effect.map(clientOptions, (options) => DispatchClientGrpc.layer(options, waysToGive))
).pipe(
  Layer.catch((error: UsageError | DispatchUrl.DispatchUrlError | ClientConfigError | Config.ConfigError) =>
    failing(wrongOptions(error))
  )
)

/** Options that are no way to a service, as wrong use of the command line. */
export const wrongOptions = (
  error: UsageError | DispatchUrl.DispatchUrlError | ClientConfigError | Config.ConfigError
): UsageError => (error._tag === "UsageError" ? error : wrongUse(error.message, exampleOf(error)))

/** The names of a key and its secret on a command line. */
export const waysToGive: Credentials.Names = {
  authKey: ["--auth-key-file", ...Credentials.variables.map(({ authKey }) => authKey)].join(", "),
  signSecret: ["--sign-secret-file", ...Credentials.variables.map(({ signSecret }) => signSecret)].join(", ")
}

const exampleOf = ({ _tag }: { readonly _tag: string }) =>
  _tag === "ClientConfigError" ? "--auth-key-file dispatch.key" : urlExample

const urlExample = `--url '${localUrl(defaultPort)}'`

const wrongUse = (message: string, example = urlExample): UsageError => new UsageError({ message, example })

const failing = (error: UsageError): Layer.Layer<DispatchClient | ReportClient, UsageError> =>
  Layer.unwrap(Effect.fail(error))

/** Fails with the `explanation` of a failed call, with times as on the screen. */
export const explain = Effect.fnUntraced(function* (error: DispatchError) {
  const { message } = explanation(error, yield* startCommand)
  const screen = Times.forScreen({ utc: yield* ShowsUtc })
  // A zone that is not known must not hide the fault.
  const times = yield* Effect.orElseSucceed(screen, () => Times.make(utcClock))
  return yield* new Failure({ message: Text.inZone(message, times) })
})

/** True if a call cannot have reached any service. */
export const neverArrived = ({ reason }: DispatchError): boolean =>
  reason._tag === "Unavailable" && reason.fault === "NothingListens"

/** The same for a call that writes a rule; `hint` is the way out where the service cannot keep it. */
export const explainWrite = (hint: string) => (error: DispatchError) =>
  error.reason._tag === "Unsupported"
    ? Effect.fail(new Failure({ message: `${Text.safeLines(error.reason.message)}${hint}` }))
    : explain(error)

/** The same for a call that creates: an answer that is lost is no refusal. */
export const explainCreation = (hint: string) => (error: DispatchError) =>
  Effect.mapError(explainWrite(hint)(error), ({ message }) =>
    error.isRetryable && !neverArrived(error)
      ? new Failure({
          message: `${message}\nIt may have been created all the same: look before you send it again`
        })
      : new Failure({ message })
  )

/** Explains a failed call and its remedy; `start` starts a service if none is there. */
export const explanation = (error: DispatchError, start?: string): Failure => {
  const { reason } = error
  const message = Text.safeLines(reason.message)
  switch (reason._tag) {
    case "Unavailable":
      return neverArrived(error) && start !== undefined
        ? new Failure({ message: `${message}\nStart one with: ${start}` })
        : new Failure({ message })
    case "Unauthenticated":
      return new Failure({
        message: `${message}\nA key is given in DISPATCH_API_AUTH_KEY, or by --auth-key-file PATH`
      })
    case "InvalidArgument":
      return new Failure({
        message: inOneLine({ path: Text.safeLines(inWords(reason.field ?? "")), message })
      })
    default:
      return new Failure({ message })
  }
}

/** The command that starts a service on the machine of the URL; nothing if that is another machine. */
const startCommand = Effect.gen(function* () {
  const { host, port } = yield* Effect.fromResult(DispatchUrl.parse(yield* serviceUrl))
  if (!DispatchUrl.isLoopback(host)) return undefined
  return `${yield* programName} serve${port === defaultPort ? "" : ` --port ${port}`}`
}).pipe(Effect.orElseSucceed(() => undefined))

/** Names a field as the command line does: `start time` for `startTime`. A place in a payload keeps its names. */
const inWords = (field: string): string => {
  const names = field.split(".")
  if (names[0] === "payload") return field
  return names
    .filter((name) => name !== "filter" && name !== "end")
    .join(" ")
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
