/**
 * A fleet on this machine, of four processes and a PostgreSQL of its own: how fast microgrids run elsewhere when a process
 * dies, stands still, ends or joins, and what it costs while nothing happens. `pnpm bench fleet start | idle | moves | real`
 * measures a part, and `kill`, `freeze` or `end` a part of the moves; `pnpm bench fleet kill 2000 5` takes 2,000 microgrids and 5 tries.
 */
import { loadavg } from "node:os"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { postgresInUse } from "../../test/integration/postgresServer.ts"
import { bareCost, recovery } from "./fleet/recovery.ts"
import { start } from "./fleet/start.ts"
import { idOf, Stage } from "./fleet/stage.ts"
import { duration, type Goal, percentile, report } from "./shared/statistics.ts"

const processes = 4

/** Milliseconds as the statistics show them. */
const shown = (millis: number): string => duration(millis * 1_000)

const show = (what: string, values: ReadonlyArray<number>): void => {
  const [min, middle, most] = [0, 0.5, 1].map((part) => shown(percentile(values, part)))
  console.log(`${what}: ${values.length} tries, ${min} / ${middle} / ${most}`)
}

const last = (values: ReadonlyArray<number>): number => Math.max(...values)

/** A move of all microgrids of a process, in milliseconds after what made them move. */
interface Move {
  readonly noticed: number
  readonly last: number
}

const lasts = (moves: ReadonlyArray<Move>): ReadonlyArray<number> => moves.map((move) => move.last)

/** Microgrids whose code acts all the time, so that two owners at once would show. */
const actors = Array.from({ length: 20 }, (_, index) => String(index * 37 + 1))

const showMoves = (what: string, moves: ReadonlyArray<Move>): void => {
  const noticed = moves.filter((move) => move.noticed > 0).map((move) => move.noticed)
  if (noticed.length > 0) show(`${what}, noticed`, noticed)
  show(`${what}, last one up elsewhere`, lasts(moves))
}

/** Ends processes in turn by a signal, and starts others in their place. */
const ended = Effect.fnUntraced(function* (stage: Stage, signal: "SIGKILL" | "SIGTERM", tries: number) {
  const moves: Array<Move> = []
  const joins: Array<number> = []
  const loads: Array<number> = []
  const away: Array<number> = []
  for (let number = 0; number < tries; number++) {
    const victim = stage.processes[number % processes]
    if (victim === undefined) continue
    yield* stage.forgiven
    moves.push(
      yield* stage.replaced(
        victim,
        Effect.sync(() => victim.signal(signal))
      )
    )
    yield* victim.end
    const joined = yield* stage.rejoin(victim)
    joins.push(joined.last)
    loads.push(joined.loaded)
    away.push(last(joined.away))
  }
  return { moves, joins, loads, away }
})

/** Has processes stand still in turn; gives when all was up elsewhere, and when the one that woke had let go. */
const frozen = Effect.fnUntraced(function* (stage: Stage, tries: number) {
  const moves: Array<Move> = []
  const gone: Array<number> = []
  for (let number = 0; number < tries; number++) {
    const victim = stage.processes[number % processes]
    if (victim === undefined) continue
    const mine = new Set(stage.of(victim).map(idOf))
    yield* stage.forgiven
    moves.push(
      yield* stage.replaced(
        victim,
        Effect.sync(() => victim.signal("SIGSTOP"))
      )
    )
    yield* Effect.sleep("700 millis")
    const from = stage.events.length
    const at = Date.now()
    victim.signal("SIGCONT")
    yield* Effect.sleep("5 seconds")
    const downs = stage.events
      .slice(from)
      .flatMap((told) =>
        told.event === "down" && told.from === victim.address && mine.has(told.id) ? [told.at] : []
      )
    gone.push(
      downs.length < mine.size ? Infinity : last(downs.toSorted((a, b) => a - b).slice(0, mine.size)) - at
    )
    yield* stage.returned(victim)
  }
  return { moves, gone }
})

/** An act on a fleet that stands, and the goals it is measured by. */
type Act = (stage: Stage, tries: number) => Effect.Effect<ReadonlyArray<Goal>, SqlError>

const idle: Act = Effect.fnUntraced(function* (stage: Stage) {
  const { commits, core } = yield* stage.idle(15)
  return [
    { name: "idle, commits a second", value: commits, most: 35 },
    { name: "idle, of a core for each process", value: core, most: 0.03 }
  ]
})

const kill: Act = Effect.fnUntraced(function* (stage: Stage, tries: number) {
  const { away, joins, loads, moves } = yield* ended(stage, "SIGKILL", tries)
  showMoves("killed", moves)
  return [
    {
      name: "kill -9, p50 of the last one",
      value: percentile(lasts(moves), 0.5) / 1_000,
      most: 1.5,
      unit: "s"
    },
    { name: "kill -9, max of the last one", value: last(lasts(moves)) / 1_000, most: 3, unit: "s" },
    ...joined({ away, joins, loads })
  ]
})

const freeze: Act = Effect.fnUntraced(function* (stage: Stage, tries: number) {
  const { gone, moves } = yield* frozen(stage, tries)
  showMoves("frozen", moves)
  show("woken, last one let go", gone)
  return [
    { name: "SIGSTOP, max of the last one", value: last(lasts(moves)) / 1_000, most: 3.5, unit: "s" },
    { name: "zombie, gone", value: last(gone) / 1_000, most: 1, unit: "s" }
  ]
})

const end: Act = Effect.fnUntraced(function* (stage: Stage, tries: number) {
  const { away, joins, loads, moves } = yield* ended(stage, "SIGTERM", Math.ceil(tries / 2))
  showMoves("ended", moves)
  return [
    { name: "SIGTERM, max of the last one", value: last(lasts(moves)) / 1_000, most: 1.8, unit: "s" },
    ...joined({ away, joins, loads })
  ]
})

/** Each process that ended was followed by one that joined. */
const joined = ({
  away,
  joins,
  loads
}: Readonly<Record<"away" | "joins" | "loads", ReadonlyArray<number>>>): ReadonlyArray<Goal> => {
  show("joined, its program loaded", loads)
  show("joined, its last one", joins)
  show("joined, longest away", away)
  return [
    { name: "join, p50 of the last one", value: percentile(joins, 0.5) / 1_000, most: 3, unit: "s" },
    { name: "join, longest away", value: last(away) / 1_000, most: 1.5, unit: "s" }
  ]
}

/** A fleet of stand-ins that stands. */
const standing = Effect.fnUntraced(function* (count: number, acts: ReadonlyArray<string>) {
  const stage = yield* Stage.make(yield* postgresInUse, count, { standIns: true, acts })
  console.log(
    `${count} stand-ins on ${processes} processes: up after ${shown(yield* stage.begin(processes))}`
  )
  return stage
})

/** No code acts: what it prints would cost more than all else. */
const idled = (count: number) => Effect.scoped(Effect.flatMap(standing(count, []), (stage) => idle(stage, 1)))

/** Acts on a fleet of stand-ins, one after the other. */
const acted = (acts: ReadonlyArray<Act>, count: number, tries: number) =>
  Effect.gen(function* () {
    const stage = yield* standing(count, actors)
    const goals: Array<Goal> = []
    for (const act of acts) goals.push(...(yield* act(stage, tries)))
    const { asked, stopped } = stage.overlaps
    console.log(
      `${stage.acts} acts of ${actors.length} microgrids, ${stopped} of a process that was stopped after it had asked; ` +
        `the load of this machine is ${loadavg()[0]?.toFixed(1)}`
    )
    return [...goals, { name: "two owners at once, by epochs", value: asked, most: 0 }]
  }).pipe(Effect.scoped)

const real = (count: number) =>
  Effect.gen(function* () {
    const stage = yield* Stage.make(yield* postgresInUse, count)
    console.log(
      `${count} dispatchers on ${processes} processes: up after ${shown(yield* stage.begin(processes))}`
    )
    const found = yield* recovery(stage)
    const bare = yield* bareCost(stage, found.count)
    console.log(
      `${found.count} moved; in sync after ${shown(found.inSync)}, bare streams and lists ${shown(bare)}`
    )
    return [
      { name: "dispatchers: recovered stops told", value: found.stopped / 1_000, most: 2, unit: "s" },
      { name: "dispatchers: stops lost", value: found.lost, most: 0 },
      { name: "dispatchers: in sync, of bare streams and lists", value: found.inSync / bare, most: 3 }
    ] satisfies ReadonlyArray<Goal>
  }).pipe(Effect.scoped)

const startOf = (count: number) =>
  Effect.gen(function* () {
    const { actors, bare, owned } = yield* start(count)
    console.log(
      `${count} dispatchers in one process: ${duration(actors.cpu)} of a processor each, in sync after ${shown(actors.millis)}; bare streams and lists ${duration(bare.cpu)}, ${shown(bare.millis)}`
    )
    console.log(
      `with the records and the journal of an owner: ${duration(owned.cpu)} of a processor each, in sync after ${shown(owned.millis)}`
    )
    return [
      { name: "start of a dispatcher, of bare streams and lists", value: actors.cpu / bare.cpu, most: 3 },
      { name: "heap of an idle dispatcher", value: actors.heap / 1_000, most: 60, unit: "kB" },
      { name: "of which core", value: (actors.heap - bare.heap) / 1_000, most: 45, unit: "kB" },
      {
        name: "heap of an owner's, with records and a journal",
        value: owned.heap / 1_000,
        most: 120,
        unit: "kB"
      }
    ] satisfies ReadonlyArray<Goal>
  })

/** The parts, with how many microgrids each has unless told otherwise. */
const parts = {
  start: (count = 2_500) => startOf(count),
  idle: (count = 10_000) => idled(count),
  moves: (count = 10_000, tries = 20) => acted([kill, freeze, end], count, tries),
  kill: (count = 10_000, tries = 20) => acted([kill], count, tries),
  freeze: (count = 10_000, tries = 20) => acted([freeze], count, tries),
  end: (count = 10_000, tries = 20) => acted([end], count, tries),
  real: (count = 500) => real(count)
}

/** The parts that are measured where none is named. */
const usual: ReadonlyArray<string> = ["start", "idle", "moves", "real"]

export const run = async (): Promise<boolean> => {
  const [name = "", ...numbers] = process.argv.slice(3)
  const chosen = Object.entries(parts).filter(([part]) =>
    name === "" ? usual.includes(part) : part === name
  )
  const goals: Array<Goal> = []
  for (const [, part] of chosen)
    goals.push(...(await Effect.runPromise<ReadonlyArray<Goal>, unknown>(part(...numbers.map(Number)))))
  return report(goals)
}
