/** Flags of a service, each of which can be a variable of the environment instead. */
import { Config, Effect, Result } from "effect"
import { CliError, Flag } from "effect/cli"
import { defaultStore } from "../defaults.ts"

/** A flag read by a function; without it, a variable of the environment counts. */
export const setting = <A>(name: string, metavar: string, variable: string, parse: Parse<A> | Reader<A>) => {
  const reader = typeof parse === "function" ? { parse } : parse
  return Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.map((text) => read({ kind: "flag", option: name }, text, reader)),
    Flag.withFallbackConfig(readVariable(variable, reader)),
    Flag.mapEffect((value) => value)
  )
}

/** A flag that is there or not; without it, a variable of the environment counts. */
export const switched = (name: string, variable: string) =>
  Flag.Boolean(name).pipe(
    Flag.map((given) => Effect.succeed(given)),
    Flag.withFallbackConfig(readVariable(variable, { parse: parseSwitch })),
    Flag.mapEffect((value) => value),
    Flag.withDefault(false)
  )

type Parse<A> = (text: string) => Result.Result<A, string>

interface Reader<A> {
  readonly parse: Parse<A>
  /** The text as an error shows it, without what is secret. */
  readonly shown?: (text: string) => string
}

/** An error names the place where the value was given. */
const read = <A>(
  from: { readonly kind: "flag" | "argument"; readonly option: string },
  text: string,
  { parse, shown = (whole) => whole }: Reader<A>
): Effect.Effect<A, CliError.CliError> =>
  Effect.mapError(
    Effect.fromResult(parse(text)),
    (expected) => new CliError.InvalidValue({ ...from, value: shown(text), expected })
  )

/** A variable is named without dashes, as an argument is. */
const readVariable = <A>(variable: string, reader: Reader<A>) =>
  Config.map(Config.NonEmptyString(variable), (text) =>
    read({ kind: "argument", option: variable }, text, reader)
  )

const parseSwitch = (text: string): Result.Result<boolean, string> => {
  if (/^(true|yes|on|1)$/i.test(text)) return Result.succeed(true)
  return /^(false|no|off|0)$/i.test(text) ? Result.succeed(false) : Result.fail("must be true or false")
}

/** Reads a port. */
export const portOf = (text: string): Result.Result<number, string> =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? Result.succeed(Number(text))
    : Result.fail("must be a port, from 0 to 65535; 0 is any that is free")

/** Reads any text that is not empty: an empty address would be every address of this machine. */
export const anyText = (text: string): Result.Result<string, string> =>
  text.trim() === "" ? Result.fail("must not be empty") : Result.succeed(text)

/** A URL without its password, also a malformed one; options may hold a password as well. */
export const withoutPassword = (text: string): string => text.replace(/:.*@/s, "://…@").replace(/\?.*$/s, "")

const forms = "memory, sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"

/** The store of a service's dispatches and keys. */
export const storeFlag = setting("store", "STORE", "DISPATCH_STORE", {
  parse: (text) =>
    /^(memory|sqlite:.+|postgres(ql)?:\/\/.+)$/.test(text)
      ? Result.succeed(text)
      : Result.fail(`must be ${forms}`),
  shown: withoutPassword
}).pipe(
  Flag.withDescription(
    `Where dispatches and keys are kept: ${forms}; else DISPATCH_STORE, else ${defaultStore}`
  ),
  Flag.withDefault(defaultStore)
)

/** The safety of SQLite's writes. */
export const synchronousFlag = setting<"FULL" | "NORMAL">(
  "sqlite-synchronous",
  "MODE",
  "DISPATCH_SQLITE_SYNCHRONOUS",
  (text) => {
    const mode = text.toUpperCase()
    return mode === "FULL" || mode === "NORMAL" ? Result.succeed(mode) : Result.fail("must be full or normal")
  }
).pipe(
  Flag.withDescription(
    "full survives a power failure; normal is faster and may lose the last changes to one; else DISPATCH_SQLITE_SYNCHRONOUS, else full"
  ),
  Flag.withDefault("FULL")
)
