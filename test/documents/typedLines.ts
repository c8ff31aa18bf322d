/** Command lines as a reader types them. */
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { freePort } from "../integration/freePort.ts"
import { isAvailable, postgres } from "../integration/postgresServer.ts"
import { type Ended, runningWith, runWith, workplace } from "../integration/program.ts"

/** The words that a shell makes of a command line. */
export const wordsOf = (line: string): ReadonlyArray<string> =>
  execFileSync("sh", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1)

/** True for commands that go on until they are stopped, unless they are only asked for help. */
const goesOn = (line: string): boolean =>
  /^(fleet (run|watch|trial)|serve|console|demo|watch|stream)\b/.test(line) && !line.includes("--help")

/** Runs a command line to its end; one that goes on is stopped once it has said something. */
export const typeLine = (environment: Record<string, string>, line: string): Effect.Effect<Ended> =>
  goesOn(line)
    ? Effect.scoped(
        Effect.gen(function* () {
          const program = yield* runningWith(environment, ...wordsOf(line))
          yield* Effect.raceFirst(program.says(/\n/), program.end)
          yield* program.signal("SIGTERM")
          return yield* program.end
        })
      )
    : runWith(environment, ...wordsOf(line))

/** A module of an application that adds nothing to its sites. */
const site = `
import { Layer } from ${JSON.stringify(import.meta.resolve("effect"))}
export default Layer.empty
`

/** The things that command lines of a fleet name. */
export interface FleetPlace {
  readonly environment: Record<string, string>
  /** The line as it is typed here; none where there is no PostgreSQL. */
  readonly here: (line: string) => ReadonlyArray<string>
}

/** Makes a database and the files for the command lines of a fleet. */
export const fleetPlace = Effect.gen(function* () {
  const isOfFleet = (line: string) => line.startsWith("fleet ") && !line.includes("--help")
  if (!isAvailable) return { environment: {}, here: (line: string) => (isOfFleet(line) ? [] : [line]) }
  const database = yield* (yield* postgres).database
  const address = `127.0.0.1:${yield* freePort}`
  writeFileSync(join(workplace, "site.ts"), site)
  writeFileSync(join(workplace, "microgrids.txt"), "101\n102\n")
  return {
    environment: { DISPATCH_FLEET_DATABASE: database },
    here: (line: string) => [
      line.replace("10.0.0.7:7070", address).replace(/postgres:\/\/fleet@\S+/, database)
    ]
  }
}).pipe(Effect.map((place): FleetPlace => place))
