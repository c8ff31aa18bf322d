/** Runs examples one after the other, and tells the parent process of each how it ended: `exampleRunner.ts FILE…`. */
import assert from "node:assert"
import { syncBuiltinESMExports } from "node:module"
import { pathToFileURL } from "node:url"

let checks = 0

// An example that checks nothing, or does not wait for its checks, proves nothing.
for (const name of ["ok", "strictEqual", "deepStrictEqual", "throws", "match"] as const) {
  const check = assert[name] as (...given: ReadonlyArray<unknown>) => void
  const counted = (...given: ReadonlyArray<unknown>) => {
    checks += 1
    check(...given)
  }
  Object.assign(assert, { [name]: counted })
}
syncBuiltinESMExports()

/** Loads an example. One that holds on to something and never ends is given up. */
const run = (file: string): Promise<unknown> =>
  Promise.race([
    import(pathToFileURL(file).href),
    new Promise((_, reject) => setTimeout(() => reject("did not end within 10 s"), 10_000).unref())
  ])

for (const [index, file] of process.argv.slice(2).entries()) {
  checks = 0
  let fault: string | undefined
  try {
    await run(file)
    if (checks === 0) fault = "checks nothing"
  } catch (error) {
    fault = String(error)
  }
  process.send?.({ index, fault })
}
// Handles that an example left open hold up nobody.
process.disconnect?.()
process.exit()
