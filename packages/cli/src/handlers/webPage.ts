/** The folder of the console's page: beside the published program, or built in a clone when its sources have changed. */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { Failure } from "../UsageError.ts"

/** The folder of this module, or of the chunk that it was bundled into. */
const here = dirname(fileURLToPath(import.meta.url))

const published = [join(here, "web"), join(here, "../web")]
const script = join(here, "../../../../scripts/console.ts")

/** Gives the folder. */
export const pageFolder: Effect.Effect<string, Failure> = Effect.suspend(() => {
  const found = published.find((folder) => existsSync(join(folder, "index.html")))
  if (found !== undefined) return Effect.succeed(found)
  return existsSync(script)
    ? built
    : Effect.fail(new Failure({ message: "The console's page is not installed beside the program." }))
})

const built: Effect.Effect<string, Failure> = Effect.callback((resume) => {
  const child = execFile(process.execPath, [script, "--if-changed"], { cwd: dirname(script) }, (error) =>
    resume(
      error === null
        ? Effect.succeed(join(dirname(script), "../packages/console/dist"))
        : Effect.fail(new Failure({ message: `The console's page cannot be built: ${error.message}` }))
    )
  )
  child.stderr?.pipe(process.stderr)
  return Effect.sync(() => void child.kill())
})
