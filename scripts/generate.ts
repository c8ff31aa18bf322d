/**
 * Generates derived files: `pnpm generate`. With `--check` nothing is written; it fails if the committed files are not
 * what would be generated.
 */
import * as examples from "./generate/examples.ts"
import * as metrics from "./generate/metrics.ts"
import * as protobuf from "./generate/protobuf.ts"

const generators = [protobuf, examples, metrics]

if (process.argv.includes("--check")) {
  const stale = generators.flatMap((generator) => generator.stale())
  for (const line of stale) console.error(line)
  if (stale.length > 0) console.error("Run: pnpm generate")
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const generator of generators) generator.write()
}
