/** The command by which a person calls the program, told from how it was called. */
import { Config, Effect, Option } from "effect"

/**
 * `dispatch`, or the command that runs it in a clone of the repository: by pnpm, or by npx if that has brought pnpm
 * along.
 */
export const programName = Effect.gen(function* () {
  const read = (name: string) =>
    Effect.map(
      Config.option(Config.String(name)),
      Option.getOrElse(() => "")
    )
  if (!["start", "dispatch"].includes(yield* read("npm_lifecycle_event"))) return "dispatch"
  if (!(yield* read("npm_execpath")).includes("_npx")) return "pnpm dispatch"
  const [, version = "latest"] = /^pnpm\/(\S+)/.exec(yield* read("npm_config_user_agent")) ?? []
  return `npx -y pnpm@${version} dispatch`
}).pipe(Effect.orElseSucceed(() => "dispatch"))

/** An example of a command line as it has to be written here; examples of flags alone stay as they are. */
export const asCalled = (example: string, program: string): string =>
  example.replace(/^dispatch(?= )/, () => program)
