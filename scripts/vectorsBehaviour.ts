/**
 * Checks histories of a microgrid: `pnpm vectors:behaviour FILE`.
 *
 * FILE holds one scenario a line, as JSON, optionally compressed (`.gz`): the content of a service, the events, and
 * what the dispatching actor must publish. Each is run through the real actor under `TestClock`.
 */
import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import type { Payload } from "@effect-dispatch/core/Payload"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { DateTime, Duration, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"

/** A dispatch as a scenario writes it. */
interface Record {
  readonly id: string
  readonly type: string
  readonly start: number
  readonly duration: number | null
  readonly target:
    | { readonly ids: ReadonlyArray<number> }
    | { readonly categories: ReadonlyArray<Target.ComponentCategory> }
  readonly active: boolean
  readonly dryRun: boolean
  readonly payload: Payload
  readonly recurrence: {
    readonly freq: RecurrenceRule["frequency"]
    readonly interval: number
    readonly count?: number
    readonly until?: number
    readonly byminutes?: ReadonlyArray<number>
    readonly byhours?: ReadonlyArray<number>
    readonly byweekdays?: ReadonlyArray<number>
    readonly bymonthdays?: ReadonlyArray<number>
    readonly bymonths?: ReadonlyArray<number>
  } | null
  readonly createTime: string
  readonly updateTime: string
}

type Operation =
  | { readonly at: number; readonly op: "create" | "update"; readonly dispatch: Record }
  | { readonly at: number; readonly op: "delete"; readonly id: string; readonly updateTime: string }

/** Rows as they are compared: the instant first. */
type Row = ReadonlyArray<number | string | null>

/** One history and what must be published. */
export interface Scenario {
  readonly name: string
  readonly t0: number
  readonly end: number
  readonly initial: ReadonlyArray<Record>
  readonly ops: ReadonlyArray<Operation>
  readonly expect: { readonly [stream: string]: ReadonlyArray<Row> }
}

const weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const

const ruleOf = (rule: NonNullable<Record["recurrence"]>): RecurrenceRule =>
  new RecurrenceRule({
    frequency: rule.freq,
    interval: rule.interval,
    ...(rule.count === undefined ? {} : { end: { _tag: "Count", count: rule.count } as const }),
    ...(rule.until === undefined
      ? {}
      : { end: { _tag: "Until", until: DateTime.makeUnsafe(rule.until * 1_000) } as const }),
    ...(rule.byminutes === undefined ? {} : { byMinutes: rule.byminutes }),
    ...(rule.byhours === undefined ? {} : { byHours: rule.byhours }),
    ...(rule.byweekdays === undefined
      ? {}
      : { byWeekdays: rule.byweekdays.map((day) => weekdays[day - 1] as "MONDAY") }),
    ...(rule.bymonthdays === undefined ? {} : { byMonthDays: rule.bymonthdays }),
    ...(rule.bymonths === undefined ? {} : { byMonths: rule.bymonths })
  })

const dispatchOf = (record: Record): Dispatch =>
  new Dispatch({
    id: DispatchId.make(BigInt(record.id)),
    type: record.type,
    startTime: DateTime.makeUnsafe(record.start * 1_000),
    duration: record.duration === null ? Duration.infinity : Duration.seconds(record.duration),
    target:
      "ids" in record.target
        ? Target.componentIds(...record.target.ids.map(BigInt))
        : Target.componentCategories(...record.target.categories),
    active: record.active,
    dryRun: record.dryRun,
    payload: record.payload,
    createTime: DateTime.makeUnsafe(Number(BigInt(record.createTime) / 1_000_000n)),
    updateTime: BigInt(record.updateTime),
    ...(record.recurrence === null ? {} : { recurrence: ruleOf(record.recurrence) })
  })

/** The streams of running-state changes and how each is merged. */
const changeStreams = {
  running: undefined,
  mergedByType: MergeStrategy.byType,
  mergedByTypeTarget: MergeStrategy.byTypeTarget
} as const

type StreamName = "lifecycle" | keyof typeof changeStreams

const secondsOf = (at: DateTime.Utc | undefined): number | null =>
  at === undefined ? null : at.epochMilliseconds / 1_000

/** Runs a scenario and gives the publications of each of its streams. */
const play = Effect.fnUntraced(function* (scenario: Scenario) {
  const service = yield* ScriptedService.ScriptedService
  for (const record of scenario.initial) {
    yield* service.holdSilently(DispatchId.make(BigInt(record.id)), dispatchOf(record))
  }
  yield* TestClock.setTime(scenario.t0)
  const actor = yield* DispatchingActor.make({
    microgridId: MicrogridId.make(1n),
    subscriberCapacity: 1_000_000,
    sync: { resyncInterval: Duration.infinity, streamAgeMax: Duration.infinity }
  })
  const published: { readonly [Name in StreamName]: Array<Row> } = {
    lifecycle: [],
    running: [],
    mergedByType: [],
    mergedByTypeTarget: []
  }
  const events = yield* actor.lifecycleEvents()
  yield* Effect.forkScoped(
    Stream.runForEach(events, ({ _tag, dispatch }) =>
      Effect.map(DateTime.now, (at) =>
        published.lifecycle.push([at.epochMilliseconds, _tag, String(dispatch.id)])
      )
    )
  )
  for (const [name, merge] of Object.entries(changeStreams)) {
    const rows = published[name as StreamName]
    const changes = yield* actor.runningStateChanges({ merge })
    yield* Effect.forkScoped(
      Stream.runForEach(changes, (change) => Effect.sync(() => rows.push(rowOf(change))))
    )
  }
  let now = scenario.t0
  const settle = Effect.yieldNow.pipe(Effect.repeat({ times: 40 }))
  const moveTo = (at: number) => {
    const by = at - now
    now = at
    return by > 0 ? Effect.andThen(TestClock.adjust(by), settle) : settle
  }
  yield* actor.actor.start
  yield* settle
  for (const operation of scenario.ops) {
    yield* moveTo(operation.at)
    if (operation.op === "delete") yield* service.remove(DispatchId.make(BigInt(operation.id)))
    else yield* service.put(operation.op === "create" ? "Created" : "Updated", dispatchOf(operation.dispatch))
    yield* settle
  }
  yield* moveTo(scenario.end)
  return published
})

const rowOf = ({ cause, decidedAt, dispatch, occurrence, state, until }: RunningStateChange): Row => [
  decidedAt.epochMilliseconds,
  String(dispatch.id),
  state,
  cause,
  secondsOf(occurrence),
  secondsOf(until)
]

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer)
)

const isCommand = (row: Row): boolean => row[2] === "Running" && row[4] === row[5]

/**
 * The columns to compare. A stop is compared by its dispatch, instant and cause. A change told again because a stop was
 * withheld may have any cause; one stop for several may name any of them.
 */
const columns = (row: Row, note: Row[number] | undefined): Row => {
  if (note === "again") return [...row.slice(0, 3), ...row.slice(4, 6)]
  if (note === "anyId") return [row[0] as number, ...row.slice(2, 4)]
  return row[2] === "Stopped" ? row.slice(0, 4) : row.slice(0, 6)
}

const byInstant = (rows: ReadonlyArray<Row>): Map<number, Array<Row>> => {
  const groups = new Map<number, Array<Row>>()
  for (const row of rows) {
    const at = row[0] as number
    const group = groups.get(at)
    if (group === undefined) groups.set(at, [row])
    else group.push(row)
  }
  return groups
}

/** True if a row is the expected one in the columns that count. */
const agrees = (row: Row, expected: Row): boolean =>
  JSON.stringify(columns(row, expected[6])) === JSON.stringify(columns(expected, expected[6]))

/** Takes from the rows the first that agrees with the expected one. */
const take = (rows: Array<Row>, expected: Row): boolean => {
  const place = rows.findIndex((row) => agrees(row, expected))
  if (place >= 0) rows.splice(place, 1)
  return place >= 0
}

/** The difference at an instant at which only the order of each dispatch's own rows is given. */
const compareUnordered = (
  name: StreamName,
  actual: ReadonlyArray<Row>,
  expected: ReadonlyArray<Row>
): string | undefined => {
  const id = name === "lifecycle" ? 2 : 1
  const rest: Array<Row> = []
  const named = Map.groupBy(
    expected.filter((row) => row[6] !== "anyId"),
    (row) => row[id]
  )
  for (const [key, rows] of Map.groupBy(actual, (row) => row[id])) {
    const wanted = named.get(key) ?? []
    for (const row of rows) {
      if (wanted[0] !== undefined && agrees(row, wanted[0])) wanted.shift()
      else rest.push(row)
    }
  }
  const missing =
    [...named.values()].flat()[0] ?? expected.find((row) => row[6] === "anyId" && !take(rest, row))
  if (missing !== undefined) return `${JSON.stringify(missing)} is missing`
  return rest[0] === undefined ? undefined : `${JSON.stringify(rest[0])} is too much`
}

/** The difference at an instant at which the order of all rows is given. */
const compareOrdered = (actual: ReadonlyArray<Row>, expected: ReadonlyArray<Row>): string | undefined => {
  const [got, wanted] = [actual, expected].map((rows) =>
    rows.map((row) => JSON.stringify(columns(row, undefined)))
  ) as [Array<string>, Array<string>]
  const place = wanted.findIndex((row, index) => got[index] !== row)
  if (place >= 0) return `${got[place] ?? "nothing"} instead of ${wanted[place]}`
  return got.length > wanted.length ? `${got[wanted.length]} is too much` : undefined
}

/** The first difference between two lists of rows. */
const compare = (
  name: StreamName,
  actual: ReadonlyArray<Row>,
  expected: ReadonlyArray<Row>,
  unordered: Set<number>
): string | undefined => {
  const got = byInstant(actual)
  const wanted = byInstant(expected)
  for (const at of [...new Set([...got.keys(), ...wanted.keys()])].sort((left, right) => left - right)) {
    const rows = wanted.get(at) ?? []
    const isUnordered = unordered.has(at) || rows.some((row) => row[6] != null)
    const published = got.get(at) ?? []
    const difference = isUnordered ? compareUnordered(name, published, rows) : compareOrdered(published, rows)
    if (difference !== undefined) return `${name}: ${difference}`
  }
  return undefined
}

/** Runs a scenario and gives the first difference of each stream. */
export const check = (scenario: Scenario): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    play(scenario).pipe(
      Effect.orDie,
      Effect.scoped,
      Effect.provide(Layer.provideMerge(Layer.fresh(layer), TestClock.layer()))
    ),
    (published) => {
      const unordered = new Set([scenario.t0])
      for (const row of scenario.expect["running"] ?? []) if (isCommand(row)) unordered.add(row[0] as number)
      const names = Object.keys(published) as ReadonlyArray<StreamName>
      return names.flatMap(
        (name) => compare(name, published[name], scenario.expect[name] ?? [], unordered) ?? []
      )
    }
  )

/** The scenarios of a file. */
export const read = (file: string): ReadonlyArray<Scenario> => {
  const bytes = readFileSync(file)
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [JSON.parse(line) as Scenario]))
}

if (import.meta.main) {
  const file = process.argv[2]
  if (file === undefined || !existsSync(file)) {
    const what = file === undefined ? "Which file?" : `There is no file ${file}.`
    console.error(`${what} For example: pnpm vectors:behaviour test/vectors/scenarios.jsonl.gz`)
    process.exit(2)
  }
  const scenarios = read(file)
  let wrong = 0
  for (const scenario of scenarios) {
    const differences = await Effect.runPromise(check(scenario))
    if (differences.length > 0 && ++wrong <= 10) console.log(`${scenario.name}: ${differences.join("; ")}`)
  }
  console.log(`scenarios ${scenarios.length}, wrong ${wrong}`)
  process.exitCode = wrong > 0 ? 1 : 0
}
