/** A subscriber of a simulated site, which knows only what it reads, and may read slowly or come late. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { Effect, Latch, Stream } from "effect"
import { inheritedStopPeriod } from "./inheritance.ts"
import type { Judge } from "./judge.ts"

/** The options of a subscriber. */
export interface ReaderOptions {
  readonly type?: string | undefined
  readonly capacity?: number | undefined
}

/** A subscriber and its beliefs. */
export class SiteReader {
  /** Shut, it does not read. */
  readonly gate = Latch.makeUnsafe(true)
  /** The number of changes it has read. */
  read = 0
  readonly #judge: Judge
  readonly #type: string | undefined
  readonly #running = new Map<DispatchId, RunningStateChange>()
  readonly #known = new Map<DispatchId, Dispatch>()
  /** Stops of runs of which it never heard the start. */
  readonly #foreign: Array<RunningStateChange> = []
  readonly #since: number
  /** The command whose start it has read, and whose stop comes next. */
  #begun: DispatchId | undefined

  /** Subscribes to changes and to events, the current state first. */
  static readonly subscribe = Effect.fnUntraced(function* (
    actor: DispatchingActor["Service"],
    judge: Judge,
    options: ReaderOptions
  ) {
    const reader = new SiteReader(judge, options.type, judge.clock.timers())
    const asked = { ...options, current: true }
    const changes = yield* actor.runningStateChanges(asked)
    const events = yield* actor.lifecycleEvents(asked)
    yield* reader.#follow(changes, (change) => reader.#hear(change))
    yield* reader.#follow(events, (event) => reader.#learn(event))
    return reader
  })

  private constructor(judge: Judge, type: string | undefined, since: number) {
    this.#judge = judge
    this.#since = since
    this.#type = type
  }

  #follow<A>(stream: Stream.Stream<A>, take: (value: A) => void) {
    const afterGate = (value: A) =>
      Effect.andThen(
        this.gate.await,
        Effect.sync(() => take(value))
      )
    return Effect.forkScoped(Stream.runForEach(stream, afterGate))
  }

  #hear(change: RunningStateChange): void {
    this.read += 1
    const { id } = change.dispatch
    if (isCommand(change)) {
      if (change.state === "Running") this.#begun = id
      else if (this.#begun !== id) this.#judge.wrong(`R9: a reader hears half of a command of dispatch ${id}`)
      else this.#begun = undefined
    } else if (change.state === "Running") {
      this.#running.set(id, change)
    } else if (!this.#running.delete(id)) {
      this.#foreign.push(change)
    }
  }

  #learn(event: DispatchEvent): void {
    const { dispatch } = event
    const isKnown = this.#known.has(dispatch.id)
    if (isKnown === (event._tag === "Created")) {
      this.#judge.wrong(
        `section 3: a reader that knows ${isKnown ? "" : "not "}${dispatch.id} is told ${event._tag}`
      )
    }
    const leaves = this.#type !== undefined && dispatch.type !== this.#type
    if (leaves || event._tag === "Deleted" || event._tag === "Retired") this.#known.delete(dispatch.id)
    else this.#known.set(dispatch.id, dispatch)
  }

  /** It has read everything: its beliefs must be true. */
  judgeAtRest(now: number): void {
    const isMine = (dispatch: Dispatch) => this.#type === undefined || dispatch.type === this.#type
    const running = runningSummary(this.#running.values())
    const told = runningSummary([...this.#judge.told.values()].filter(({ dispatch }) => isMine(dispatch)))
    if (running !== told) this.#judge.wrong(`at ${now} a reader believes ${running} to run, not ${told}`)
    this.#judgeForeignStops(isMine)
    const known = versionSummary(this.#known.values())
    const exists = versionSummary([...this.#judge.known.values()].filter(isMine))
    if (known !== exists) this.#judge.wrong(`at ${now} a reader knows ${known}, not ${exists}`)
  }

  /** It has heard every stop of an earlier process's run that it could see, and no other stop without a start. */
  #judgeForeignStops(isMine: (dispatch: Dispatch) => boolean): void {
    const told = this.#judge.inheritance.stops.filter(({ change }) => isMine(change.dispatch))
    const heard = new Set(this.#foreign.map(({ dispatch }) => dispatch.id))
    for (const { change, toldAt } of told) {
      const { id } = change.dispatch
      if (this.#since - toldAt < inheritedStopPeriod && !heard.has(id)) {
        this.#judge.wrong(
          `R11: a reader never heard that dispatch ${id}, left by an earlier process, was stopped`
        )
      }
    }
    const ids = new Set(told.map(({ change }) => change.dispatch.id))
    for (const id of heard) {
      if (!ids.has(id))
        this.#judge.wrong(`a reader hears of the end of dispatch ${id}, of whose start it never heard`)
    }
  }
}

const runningSummary = (running: Iterable<RunningStateChange>): string =>
  Array.from(
    running,
    ({ dispatch: { id, updateTime }, occurrence }) =>
      `${id} v${updateTime} since ${occurrence.epochMilliseconds}`
  )
    .sort()
    .join(", ")

const versionSummary = (dispatches: Iterable<Dispatch>): string =>
  Array.from(dispatches, ({ id, updateTime }) => `${id} v${updateTime}`)
    .sort()
    .join(", ")
