/** The clocks that count: that of the machine, and that of a rule. Understood or refused, never guessed. */
import { LocalClock, zoneDataRelease } from "@effect-dispatch/core/LocalClock"
import { Config, Effect, FileSystem, Option, Result } from "effect"
import { UsageError } from "../UsageError.ts"

/** The clock of UTC. */
export const utcClock = LocalClock.make("UTC") as LocalClock

/** Reads the name of a zone. */
export const parseZone = (text: string): Result.Result<LocalClock, string> => {
  const clock = LocalClock.make(text.trim())
  return clock === undefined ? Result.fail(notKnown()) : Result.succeed(clock)
}

const notKnown = (): string => {
  const version = zoneDataRelease()
  const data = version === undefined ? "" : ` (zone data ${version})`
  return `is no time zone that this machine knows${data}; a zone is a name such as Europe/Berlin or UTC`
}

/** A zone of the surroundings that is none, by the variable or file that names it. */
interface ZoneFault {
  readonly variable: string
  readonly value: string
  readonly why: string
}

const named = (variable: string, value: string): Effect.Effect<LocalClock, ZoneFault> =>
  Effect.mapError(Effect.fromResult(parseZone(value)), (why) => ({ variable, value, why }))

const given = (name: string) => Effect.orElseSucceed(Config.option(Config.String(name)), Option.none)

/** The folder of the zone database, in the path of a file that holds a zone. */
const inDatabase = /\/zoneinfo(?:\.default)?\/(?:posix\/|right\/)?(.+)$/

/** The clock of this machine: by `TZ`, else by the file that `/etc/localtime` is a link to. */
export const readLocalClock = Effect.gen(function* () {
  const value = Option.getOrUndefined(yield* given("TZ"))
  if (value === undefined) return yield* ofFile("/etc/localtime")
  // So POSIX has it.
  if (value === "") return utcClock
  const name = value.replace(/^:/, "")
  return name.startsWith("/") ? yield* ofPath("TZ", name) : yield* named("TZ", name)
})

/** A machine without such a file is in UTC. Some copy the file, and write the name into another one. */
const ofFile = Effect.fnUntraced(function* (path: string) {
  const files = yield* FileSystem.FileSystem
  if (!(yield* Effect.orElseSucceed(files.exists(path), () => false))) return utcClock
  const name = yield* Effect.orElseSucceed(files.readFileString("/etc/timezone"), () => "")
  const written = LocalClock.make(name.trim())
  return yield* Effect.catch(ofPath(path, path), (fault) =>
    written === undefined ? Effect.fail(fault) : Effect.succeed(written)
  )
})

const ofPath = Effect.fnUntraced(function* (variable: string, path: string) {
  const files = yield* FileSystem.FileSystem
  const real = yield* Effect.orElseSucceed(files.realPath(path), () => path)
  const name = inDatabase.exec(real)?.[1]
  if (name !== undefined) return yield* named(variable, name)
  const why = "is no file of the zone database, so that the local zone has no name: set TZ to one"
  return yield* Effect.fail<ZoneFault>({ variable, value: path, why })
})

const refused = <A, R>(effect: Effect.Effect<A, ZoneFault, R>): Effect.Effect<A, UsageError, R> =>
  Effect.mapError(effect, ({ value, variable, why }) => {
    const name = variable.startsWith("/") ? "TZ" : variable
    return new UsageError({ message: `${variable} "${value}" ${why}`, example: `${name}=Europe/Berlin` })
  })

/** The clock of this machine, for people. */
export const localClock = refused(readLocalClock)

/** The clock that rules and times of the command line go by. */
export const clockFor = Effect.fnUntraced(function* (flag: Option.Option<LocalClock>) {
  if (Option.isSome(flag)) return flag.value
  const name = Option.getOrUndefined(yield* given("DISPATCH_ZONE"))
  return name === undefined || name === "" ? yield* localClock : yield* refused(named("DISPATCH_ZONE", name))
})
