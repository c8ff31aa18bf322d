/**
 * The lateness of starts and stops, beside bare timers in the same process at the same time: `node lateness.ts OTHERS`
 * prints one line of JSON, measured while so many other dispatches are scheduled.
 */
import { Effect, Queue, Stream } from "effect"
import { percentile } from "../shared/statistics.ts"
import { chance, mix, oneOff } from "./dispatches.ts"
import { startActor } from "./port.ts"

/** Milliseconds from an instant until it was told. */
export interface Lateness {
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/** The lateness of one run, with the number of edges that the actor told before their time. */
export interface LatenessRun {
  readonly others: number
  readonly actor: Lateness
  readonly early: number
  readonly bare: Lateness
}

/** The number of edges, and of bare timers, and the seconds that they spread over. */
const edges = 1_000
const seconds = 20

/** Time to set all up before the first instant. */
const leadMillis = 1_000

/**
 * Gives the wall clock in fractions of a millisecond. `Date.now` changes at whole milliseconds, and has the last word
 * after a suspension of the machine or a change of its clock.
 */
const calibrate = (): (() => number) => {
  const begin = Date.now()
  let now = begin
  while (now === begin) now = Date.now()
  const offset = now - performance.now()
  return () => {
    const wall = Date.now()
    return Math.min(Math.max(wall, offset + performance.now()), wall + 1)
  }
}

const summary = (late: ReadonlyArray<number>): Lateness => ({
  p50: percentile(late, 0.5),
  p99: percentile(late, 0.99),
  most: percentile(late, 1)
})

/** Starts and stops of one-off dispatches at whole milliseconds. */
const draw = (seed: number, begin: number) => {
  const random = chance(seed)
  return Array.from({ length: edges / 2 }, () => {
    const length = 1 + Math.floor(random() * (seconds - 1))
    const start = begin + Math.floor(random() * (seconds - length) * 1_000)
    return { start, length }
  })
}

/** Re-arms until the wall clock has reached the instant. */
const bareTimer = (at: number, done: () => void): void => {
  const left = at - Date.now()
  if (left <= 0) done()
  else setTimeout(bareTimer, left, at, done)
}

const measure = (others: number, seed: number) =>
  Effect.gen(function* () {
    const { actor, send } = yield* startActor(mix(others, Date.now()))
    const changes = yield* actor.runningStateChanges({ type: "EDGE", capacity: 1_000_000 })
    const finished = yield* Queue.unbounded<void>()
    const finish = () => void Queue.offerUnsafe(finished, undefined)
    globalThis.gc?.()
    const clock = calibrate()
    const begin = Math.ceil(clock()) + leadMillis

    const told: Array<number> = []
    let early = 0
    yield* Effect.forkScoped(
      Stream.runForEach(changes, ({ at }) =>
        Effect.sync(() => {
          told.push(clock() - at.epochMilliseconds)
          if (Date.now() < at.epochMilliseconds) early++
          if (told.length === edges) finish()
        })
      )
    )
    send(
      draw(seed, begin).map(({ length, start }, index) => {
        const record = oneOff(1_000_000_000 + index, start, length)
        return { kind: "Created", record } as const
      })
    )

    const bare: Array<number> = []
    for (const { length, start } of draw(seed + 1, begin)) {
      for (const at of [start, start + length * 1_000]) {
        bareTimer(at, () => {
          bare.push(clock() - at)
          if (bare.length === edges) finish()
        })
      }
    }
    yield* Queue.take(finished)
    yield* Queue.take(finished)
    return { others, actor: summary(told), early, bare: summary(bare) } satisfies LatenessRun
  }).pipe(Effect.scoped)

if (import.meta.main) {
  const [others = "0", seed = "1"] = process.argv.slice(2)
  console.log(JSON.stringify(await Effect.runPromise(measure(Number(others), Number(seed)))))
}
