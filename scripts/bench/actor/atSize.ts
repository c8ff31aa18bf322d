/**
 * The costs of an actor that knows so many dispatches: `node --expose-gc atSize.ts NUMBER` prints one line of JSON.
 * Each number has a process of its own, so that none pays for the garbage of another.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { StreamEvent } from "@effect-dispatch/core/DispatchClient"
import * as DispatchMirror from "../../../packages/core/src/internal/mirror/dispatchMirror.ts"
import type { Outcome, Transition } from "../../../packages/core/src/internal/mirror/mirrorOutcome.ts"
import * as Timeline from "../../../packages/core/src/internal/timeline/timeline.ts"
import { Duration, Effect, Queue, Stream } from "effect"
import { percentile } from "../shared/statistics.ts"
import { chance, mix, ofMix } from "./dispatches.ts"
import { type Site, startActor } from "./port.ts"

/** The figures with so many dispatches known. Rates are per second. */
export interface AtSize {
  readonly known: number
  readonly syncMillis: number
  readonly heapBytes: number
  /** Through mirror and timeline alone. */
  readonly pureUpdates: number
  readonly pureCreates: number
  /** Through the actor to one subscriber of lifecycle events, all of which it gets. */
  readonly updates: number
  readonly creates: number
}

const rounds = 50
const perRound = 1_000

/** Makes the events of one round, just before they are handed over, as a decoder does. */
type Round = (round: number) => ReadonlyArray<StreamEvent>

/** Updates of random dispatches among those known. */
export const updatesOf = (known: number, now: number): Round => {
  const random = chance(7)
  let version = 0
  return () =>
    Array.from({ length: perRound }, () => {
      const id = 1 + Math.floor(random() * known)
      return { kind: "Updated", record: ofMix(id, now, ++version) } as const
    })
}

/** New dispatches beside those known: never more than twice as many in all, so that the size stays about the same. */
export const createsOf = (known: number, now: number): Round => {
  const number = Math.min((2 * known) / rounds, perRound)
  return (round) =>
    mix(number, now, known + 1 + round * number).map((record) => ({ kind: "Created", record }) as const)
}

const heapBytes = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const toInput = (transition: Transition): Timeline.Input => {
  if (transition._tag !== "Created" && transition._tag !== "Updated") throw new Error("not measured")
  const { cause, dispatch } = transition
  return { id: dispatch.id, version: dispatch, cause, late: transition._tag === "Created" && transition.late }
}

/** Events per second through mirror and timeline, each applied by itself; the middle round. */
const measurePure = (known: ReadonlyArray<Dispatch>, make: Round): number => {
  const mirror = DispatchMirror.make()
  const timeline = Timeline.make({ catchUpWindow: Duration.minutes(1) })
  const tell = ({ starts }: Timeline.Evaluation) => void Timeline.tell(timeline, starts, timeline.evaluatedAt)
  const settle = ({ transitions }: Outcome, now: number) => {
    if (Timeline.nextWakeAt(timeline) === now) tell(Timeline.evaluate(timeline, [], now))
    tell(Timeline.evaluate(timeline, transitions.map(toInput), now))
  }
  let at = 0
  const listing = { startedAt: ++at, endedSince: 0, elapsed: 0, isRepetition: false }
  const listed = { listing, records: known, openStreamsSince: 0, at: ++at }
  settle(DispatchMirror.applyListing(mirror, listed, { now: Date.now(), elapsed: 0 }), Date.now())
  const rates = Array.from({ length: rounds }, (_, round) => {
    const events = make(round)
    Timeline.evaluate(timeline, [], Date.now())
    const begin = performance.now()
    for (const event of events)
      settle(DispatchMirror.applyEvent(mirror, { event, openedAt: 0, at: ++at }), Date.now())
    return (events.length * 1_000) / (performance.now() - begin)
  })
  return percentile(rates, 0.5)
}

/** Events per second through the actor until its subscriber has read the last of a round; the middle round. */
export const measureActor = (site: Site, make: Round) =>
  Effect.gen(function* () {
    const events = yield* site.actor.lifecycleEvents({ capacity: 1_000_000 })
    const read = yield* Queue.unbounded<void>()
    let missing = 0
    yield* Effect.forkScoped(
      Stream.runForEach(events, () =>
        Effect.sync(() => {
          if (--missing === 0) Queue.offerUnsafe(read, undefined)
        })
      )
    )
    const rates: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      const batch = make(round)
      missing = batch.length
      const begin = performance.now()
      site.send(batch)
      yield* Queue.take(read)
      rates.push((batch.length * 1_000) / (performance.now() - begin))
    }
    return percentile(rates, 0.5)
  }).pipe(Effect.scoped)

const measure = (number: number) =>
  Effect.gen(function* () {
    const now = Date.now()
    const known = mix(number, now)
    // The first use makes and keeps its things before the weighing.
    yield* Effect.scoped(startActor(mix(100, now)))
    const through = yield* Effect.scoped(
      Effect.gen(function* () {
        const before = heapBytes()
        const site = yield* startActor(known)
        return {
          syncMillis: site.syncMillis,
          heapBytes: (heapBytes() - before) / number,
          updates: yield* measureActor(site, updatesOf(number, now)),
          creates: yield* measureActor(site, createsOf(number, now))
        }
      })
    )
    return {
      known: number,
      ...through,
      pureUpdates: measurePure(known, updatesOf(number, now)),
      pureCreates: measurePure(known, createsOf(number, now))
    } satisfies AtSize
  })

if (import.meta.main) {
  const result = await Effect.runPromise(measure(Number(process.argv[2])))
  console.log(JSON.stringify(result))
}
