/** The seeds that the arguments of a simulation name. */
import { NodeRuntime } from "@effect/platform-node"
import type { Effect } from "effect"

/** The first and the last seed, and the flags that follow them. */
export interface Seeds {
  readonly from: number
  readonly to: number
  readonly flags: ReadonlyArray<string>
}

/** Reads `--seeds FROM..TO` or `--seeds N`, perhaps with flags after it. */
const readSeeds = (args: ReadonlyArray<string>, known: ReadonlyArray<string>): Seeds | undefined => {
  const [name, range = "", ...flags] = args
  const [, from, to = from] = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(range) ?? []
  const seeds = { from: Number(from), to: Number(to), flags }
  const isRange = name === "--seeds" && seeds.from <= seeds.to
  return isRange && flags.every((flag) => known.includes(flag)) ? seeds : undefined
}

/** Plays the seeds that the arguments of this process name; exit code 2 if they name none. */
export const playSeeds = (
  command: string,
  play: (seeds: Seeds) => Effect.Effect<void>,
  known: ReadonlyArray<string> = []
): void => {
  const seeds = readSeeds(process.argv.slice(2), known)
  if (seeds !== undefined) return NodeRuntime.runMain(play(seeds))
  console.error(`Give a range of seeds: pnpm ${command} --seeds 1..300`)
  process.exitCode = 2
}
