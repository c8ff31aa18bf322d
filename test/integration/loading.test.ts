import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runningWith, runWith, workplace } from "./program.ts"

/** A module that tells which files the program loads. */
const telling = join(workplace, "telling.mjs")
writeFileSync(
  telling,
  `import { registerHooks } from "node:module"
registerHooks({
  load(url, context, next) {
    process.stderr.write("loaded " + url + "\\n")
    return next(url, context)
  }
})
`
)
const env = { NODE_OPTIONS: `--import=${telling}` }

/** The text of all files that were loaded. */
const loaded = (printed: string): string =>
  [...printed.matchAll(/^loaded (file:\S+)$/gm)]
    .map(([, url = ""]) => readFileSync(fileURLToPath(url), "utf8"))
    .join("")

/** A text of the code for browsers alone. */
const ofWeb = "frame-ancestors"

/** The text that a service has loaded when it says that it serves. */
const served = (...more: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const service = yield* runningWith(env, "serve", "--store", "memory", "--port", "0", ...more)
      yield* service.says(/Serving dispatches at/)
      yield* service.signal("SIGTERM")
      return loaded((yield* service.end).err)
    })
  )

describe("the parts of the program", () => {
  it.live(
    "for browsers are loaded by those who ask for the console, and cost nobody else a thing",
    () =>
      Effect.gen(function* () {
        const help = loaded((yield* runWith(env, "--help")).err)
        assert.include(help, "dispatch")
        assert.notInclude(help, ofWeb)
        const plain = yield* served()
        assert.isAbove(plain.length, help.length)
        assert.notInclude(plain, ofWeb)
        assert.include(yield* served("--web", "0"), ofWeb)
      }),
    60_000
  )
})
