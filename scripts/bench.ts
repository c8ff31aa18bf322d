/**
 * Runs a benchmark: `pnpm bench NAME`, where `scripts/bench/NAME.ts` exports `run`. Figures are of this machine and
 * this run; only the ratios to a peer of the same run count.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"

/** The exports of a benchmark: it measures, prints, and returns true if all goals are reached. */
export interface Benchmark {
  readonly run: () => boolean | Promise<boolean>
}

const folder = join(import.meta.dirname, "bench")
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isFile() && entry.name.endsWith(".ts") ? [entry.name.slice(0, -3)] : []
)

const name = process.argv[2] ?? ""
if (names.includes(name)) {
  const benchmark = (await import(join(folder, `${name}.ts`))) as Benchmark
  if (!(await benchmark.run())) process.exitCode = 1
} else {
  console.error(`Which benchmark? pnpm bench ${names.join(" | ")}`)
  process.exitCode = 2
}
