/**
 * The cost of telemetry for the actor: the same work with all counting and tracing taken out (bare), with telemetry not
 * asked for (off), and with all of it going to a collector (on). Each measurement has a process of its own; they are
 * taken in turn, and compared within a turn. The bare one is taken twice: a difference no larger than its own cannot be
 * measured.
 */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { figure, percentile, report, table } from "./shared/statistics.ts"
import type { ActorOf } from "./telemetry/actorOf.ts"

const known = 20_000
const turns = 9

const at = (file: string) => join(import.meta.dirname, "telemetry", file)

const measured = (port?: string, ...flags: ReadonlyArray<string>): ActorOf => {
  const parameters = [String(known), ...(port === undefined ? [] : [port])]
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--expose-gc", ...flags, at("actorOf.ts"), ...parameters],
    { encoding: "utf8" }
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as ActorOf
}

const modes = ["bare", "off", "on", "bareAgain"] as const

/** The middle of the ratios of each turn: how much slower the first mode is than the second. */
const slowdown = (turnsTaken: ReadonlyArray<Turn>, of: Mode, than: Mode, what: "updates" | "creates") =>
  percentile(
    turnsTaken.map((turn) => turn[than][what] / turn[of][what]),
    0.5
  )

/**
 * The possible error of the middle of all turns: the difference of bare from itself in a turn, over the root of their
 * number.
 */
const spread = (turnsTaken: ReadonlyArray<Turn>, what: "updates" | "creates") => {
  const differences = turnsTaken.map(({ bare, bareAgain }) =>
    Math.abs(Math.log(bare[what] / bareAgain[what]))
  )
  return Math.exp(percentile(differences, 0.9) / Math.sqrt(turns))
}

type Mode = (typeof modes)[number]
type Turn = { readonly [mode in Mode]: ActorOf }

const rows: ReadonlyArray<readonly [name: string, unit: string, of: (result: ActorOf) => number]> = [
  ["initial sync", " ms", ({ syncMillis }) => syncMillis],
  ["updates to a subscriber", "/s", ({ updates }) => updates],
  ["creates to a subscriber", "/s", ({ creates }) => creates]
]

/** Measures and prints. */
export const run = async (): Promise<boolean> => {
  const collector = spawn(process.execPath, [at("collector.ts")], { stdio: ["ignore", "pipe", "inherit"] })
  const [line] = (await once(collector.stdout, "data")) as [Buffer]
  const port = line.toString().trim()
  const taken: Array<Turn> = []
  try {
    for (let turn = 0; turn < turns; turn++) {
      taken.push({
        bare: measured(undefined, "--import", at("bare.ts")),
        off: measured(),
        on: measured(port),
        bareAgain: measured(undefined, "--import", at("bare.ts"))
      })
    }
  } finally {
    collector.kill()
  }
  console.log(`With ${known.toLocaleString("en-US")} dispatches known; the middle of ${turns} turns\n`)
  table([
    ["", ...modes],
    ...rows.map(([name, unit, of]) => [
      name,
      ...modes.map((mode) => {
        const middle = percentile(
          taken.map((turn) => of(turn[mode])),
          0.5
        )
        return `${figure(middle)}${unit}`
      })
    ])
  ])
  console.log()
  return report([
    { name: "updates, on by off", value: slowdown(taken, "on", "off", "updates"), most: 1.1 },
    { name: "creates, on by off", value: slowdown(taken, "on", "off", "creates"), most: 1.1 },
    ...(["updates", "creates"] as const).map((what) => ({
      name: `${what}, off by bare, within the spread of bare itself`,
      value: slowdown(taken, "off", "bare", what),
      most: Number(Math.max(1.03, spread(taken, what)).toFixed(3))
    }))
  ])
}
