import { Fleet } from "@effect-dispatch/fleet/Fleet"
import { FleetRegistry, type Registered } from "@effect-dispatch/fleet/FleetRegistry"
import {
  FleetStore,
  type KnownRunner,
  type RestlessBucket,
  restlessInWords
} from "@effect-dispatch/fleet/FleetStore"
import { DateTime, Duration, Effect } from "effect"
import { displayWidth } from "effect/cli/CliOutput"
import * as Json from "../output/json.ts"
import { pad } from "../output/layout.ts"
import { bold, print, tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { explainFleet, type FleetChoice, fleetLayer, isSilent } from "./fleets.ts"

interface Options extends FleetChoice {
  readonly json: boolean
  readonly utc: boolean
}

/** The state of a fleet, as the database knows it. */
interface FleetState {
  readonly runners: ReadonlyArray<KnownRunner>
  readonly microgrids: ReadonlyArray<Registered>
  readonly restless: ReadonlyArray<RestlessBucket>
}

/** Shows the processes of a fleet, and what moves again and again. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const state: FleetState = yield* Effect.all({
      runners: Effect.flatMap(Fleet, ({ runners }) => runners),
      microgrids: Effect.flatMap(FleetRegistry, ({ list }) => list),
      restless: Effect.flatMap(FleetStore, ({ restless }) => restless)
    }).pipe(Effect.mapError(explainFleet))
    if (options.json) return yield* Effect.forEach(values(state), Json.line, { discard: true })
    yield* Effect.forEach(table(state, yield* Times.forScreen(options)), print, { discard: true })
    yield* Effect.forEach(warnings(state), tellSentences, { discard: true })
  }).pipe(Effect.provide(fleetLayer(options)))

/** The microgrids that are to run, by the process that activated them last. */
const runningAt = ({ microgrids }: FleetState): ReadonlyMap<string | undefined, number> =>
  new Map(
    [
      ...Map.groupBy(
        microgrids.filter(({ parked }) => parked === undefined),
        ({ owner }) => owner
      )
    ].map(([owner, all]) => [owner, all.length] as const)
  )

const stateOf = (runner: KnownRunner): string => {
  const { holdsLocks, isDraining } = runner
  if (isSilent(runner)) return holdsLocks ? "silent" : "gone"
  return isDraining ? "draining" : holdsLocks ? "runs" : "waits"
}

const values = (state: FleetState): ReadonlyArray<object> => {
  const counts = runningAt(state)
  return [
    ...state.runners.map((runner) => ({
      kind: "process",
      address: runner.address,
      engine: runner.engine,
      state: stateOf(runner),
      microgrids: counts.get(runner.address) ?? 0,
      startTime: DateTime.formatIso(runner.startedAt),
      heartbeatAgeMillis: Math.round(Duration.toMillis(runner.heartbeatAge))
    })),
    ...state.restless.map(({ bucket, entered, moves }) => ({
      kind: "restlessBucket",
      bucket,
      moves,
      entered: entered.map(String)
    })),
    {
      kind: "fleet",
      microgrids: state.microgrids.length,
      parked: state.microgrids.filter(({ parked }) => parked !== undefined).length
    }
  ]
}

const headings = ["PROCESS", "STATE", "MICROGRIDS", "HEARTBEAT", "STARTED", "ENGINE"]

const table = (state: FleetState, times: Times.Times): ReadonlyArray<string> => {
  const counts = runningAt(state)
  const rows = state.runners.map((runner) => [
    Text.safe(runner.address),
    stateOf(runner),
    String(counts.get(runner.address) ?? 0),
    `${(Duration.toMillis(runner.heartbeatAge) / 1_000).toFixed(1)} s ago`,
    times.instant(runner.startedAt),
    Text.safe(runner.engine)
  ])
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ""))))
  const lines = all.map((row) =>
    row
      .map((text, column) => pad(text, widths[column] ?? 0))
      .join("  ")
      .trimEnd()
  )
  return lines.map((line, index) => (index === 0 ? bold(line) : line))
}

const warnings = (state: FleetState): ReadonlyArray<string> => {
  const alive = new Set(
    state.runners.filter((runner) => stateOf(runner) !== "gone").map(({ address }) => address)
  )
  const parked = state.microgrids.filter(({ parked }) => parked !== undefined).length
  const homeless = state.microgrids.filter(
    ({ owner, parked }) => parked === undefined && (owner === undefined || !alive.has(owner))
  ).length
  const counted = (count: number) => Text.counted(count, "microgrid", "microgrids")
  return [
    `${counted(state.microgrids.length)}${parked === 0 ? "" : `, ${parked.toLocaleString("en-US")} parked`}`,
    ...(homeless === 0 ? [] : [`${counted(homeless)} without a process at this moment`]),
    ...state.restless.map((bucket) => {
      const remedy = bucket.entered.length === 0 ? "" : ". To stop one: dispatch fleet park"
      return `${restlessInWords(bucket)}${remedy}`
    })
  ]
}
