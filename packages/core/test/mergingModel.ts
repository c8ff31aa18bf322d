/**
 * The promises to merged streams and slow readers (BEHAVIOUR, sections 5 and 6), as plainly as can be: lists that are
 * searched, and everything worked out anew. Nothing here is taken from the code.
 */
import { DateTime } from "effect"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"

export type Identity = string | number | bigint

export interface Published {
  readonly evaluatedAt: number
  readonly changes: ReadonlyArray<RunningStateChange>
  readonly upcoming: ReadonlyArray<RunningStateChange>
  readonly withdrawn: ReadonlyArray<RunningStateChange>
  /** The ends of runs of an earlier process whose place is taken, both when that is decided and when it is told. */
  readonly moved: ReadonlyArray<RunningStateChange>
}

/** A change and the identity under which it is told. */
export interface Told {
  readonly change: RunningStateChange
  readonly identity: Identity
}

/** A run that has left its identity, and the start that made it leave. */
interface Left {
  readonly ran: Told
  readonly next: RunningStateChange
}

const idOf = ({ change }: Told): bigint => change.dispatch.id
const millis = (instant: RunningStateChange["at"]): number => instant.epochMilliseconds
const isCommand = ({ occurrence, until }: RunningStateChange): boolean =>
  until !== undefined && millis(until) === millis(occurrence)
const compareIds = (left: Told, right: Told): number => Number(idOf(left) - idOf(right))
const compareOccurrences = (left: Told, right: Told): number =>
  millis(left.change.occurrence) - millis(right.change.occurrence) || compareIds(left, right)
/** Of several stops at once, the one that says how long it ran. */
const latest = (stops: ReadonlyArray<Told>): Told | undefined =>
  stops.toSorted((a, b) => millis(a.change.at) - millis(b.change.at) || compareIds(a, b)).at(-1)

/** A merged stream, of versions of which `identityOf` says under which identity each takes part, if it does. */
export class MergedModel {
  readonly #identityOf: (version: Dispatch) => Identity | undefined
  /** The runs, as they were published last. */
  #running: Array<Told> = []
  /** The runs that are to be told as running. */
  #upcoming: Array<Told> = []
  /** The runs that have left their identity, since a start was decided (`next`) that is not told yet. */
  #left: Array<Left> = []
  /** Versions of an earlier process that have left their identities. */
  readonly #ended = new Set<Dispatch>()
  /** Of each identity: the dispatch that the subscriber was told of last, and the stop that was withheld from it. */
  readonly #toldLast = new Map<Identity, bigint>()
  readonly #withheld = new Map<Identity, Told>()

  constructor(identityOf: (version: Dispatch) => Identity | undefined) {
    this.#identityOf = identityOf
  }

  begin(
    running: ReadonlyArray<RunningStateChange>,
    upcoming: ReadonlyArray<RunningStateChange>,
    isTold: boolean
  ): Array<Told> {
    this.#running = running.flatMap((change) => this.#told(change))
    this.#upcoming = upcoming.flatMap((change) => this.#told(change))
    this.#leave(upcoming)
    if (isTold) for (const told of this.#running) this.#toldLast.set(told.identity, idOf(told))
    return isTold ? this.#running : []
  }

  publish({ changes, evaluatedAt, moved, upcoming, withdrawn }: Published): Array<Told> {
    const started = changes.filter((change) => change.state === "Running" && !isCommand(change))
    this.#upcoming = [
      ...this.#upcoming.filter(
        (one) =>
          !withdrawn.includes(one.change) &&
          [...started, ...upcoming].every(({ dispatch }) => dispatch.id !== idOf(one))
      ),
      ...upcoming.flatMap((change) => this.#told(change))
    ]
    const ended = changes.filter((change) => change.state === "Stopped").map(({ dispatch }) => dispatch)
    const isEnded = ({ change }: Told) => ended.includes(change.dispatch)
    const isGone = (one: Told) => isEnded(one) || started.some(({ dispatch }) => dispatch.id === idOf(one))
    const stops = changes.flatMap((change) => this.#stopsOf(change, isEnded))
    const commands = changes.filter(isCommand).flatMap((change) => this.#told(change))
    const starts = started.flatMap((change) => this.#told(change))
    this.#running = [...this.#running.filter((one) => !isGone(one)), ...starts]
    this.#left = this.#left.filter(({ ran }) => !isGone(ran))
    stops.push(...this.#leave(upcoming), ...moved.flatMap((stop) => this.#stopsOfMoved(stop)))
    starts.push(...this.#comeBack(withdrawn, evaluatedAt))

    const toldStops = this.#tellStops(stops)
    const toldCommands = this.#tellCommands(commands)
    for (const { change, identity } of starts) this.#toldLast.set(identity, change.dispatch.id)
    const merged = this.#tellAgain(evaluatedAt)
    return [
      ...toldStops.toSorted(
        (a, b) =>
          compareIds(a, b) ||
          millis(a.change.decidedAt) - millis(b.change.decidedAt) ||
          compareOccurrences(a, b)
      ),
      ...toldCommands,
      ...[...starts, ...merged].toSorted(compareOccurrences)
    ]
  }

  #told(change: RunningStateChange): Array<Told> {
    const identity = this.#identityOf(change.dispatch)
    return identity === undefined ? [] : [{ change, identity }]
  }

  /** The runs that a change ends: a dispatch that stops, or that goes on as another identity or as none. */
  #stopsOf(change: RunningStateChange, isEnded: (run: Told) => boolean): Array<Told> {
    if (isCommand(change)) return []
    const { dispatch } = change
    const ran = this.#running.find((one) => idOf(one) === dispatch.id)
    if (change.state === "Running") {
      const goesOn = ran === undefined || isEnded(ran) || ran.identity === this.#identityOf(dispatch)
      return goesOn ? [] : [stopFor(ran, change)]
    }
    if (ran?.change.dispatch === dispatch) return [{ change, identity: ran.identity }]
    // Another run, which an earlier process had announced.
    const hasLeft = this.#left.some((one) => one.ran.change.dispatch === dispatch)
    const isOn = ran !== undefined && ran.identity === this.#identityOf(dispatch)
    return hasLeft || isOn || this.#ended.has(dispatch) ? [] : this.#told(change)
  }

  /** Runs that leave their identity, since another is decided. */
  #leave(upcoming: ReadonlyArray<RunningStateChange>): Array<Told> {
    return upcoming.flatMap((next) => {
      const { id } = next.dispatch
      const left = this.#left.find(({ ran }) => idOf(ran) === id)
      const ran = this.#running.find((one) => idOf(one) === id)
      if (left !== undefined) this.#left = [...this.#left.filter((one) => one !== left), { ...left, next }]
      if (ran === undefined || ran.identity === this.#identityOf(next.dispatch)) return []
      this.#left = [...this.#left, { ran, next }]
      this.#running = this.#running.filter((one) => one !== ran)
      return [stopFor(ran, next)]
    })
  }

  /** A run of an earlier process has left its identity, if the version after it has another. */
  #stopsOfMoved(stop: RunningStateChange): Array<Told> {
    const { dispatch, next } = stop
    const identity = this.#identityOf(dispatch)
    if (next === undefined || identity === this.#identityOf(next) || this.#ended.has(dispatch)) return []
    this.#ended.add(dispatch)
    const isOn = this.#running.some((one) => idOf(one) === dispatch.id && one.identity === identity)
    return isOn ? [] : this.#told(stop)
  }

  /** Runs that are on as before, since nothing comes of the start that made them leave. */
  #comeBack(withdrawn: ReadonlyArray<RunningStateChange>, evaluatedAt: number): Array<Told> {
    const back = this.#left.filter(({ next }) => withdrawn.includes(next))
    this.#left = this.#left.filter((one) => !back.includes(one))
    this.#running = [...this.#running, ...back.map(({ ran }) => ran)]
    return back.map(({ ran: { change, identity } }) => {
      const { continues, dispatch, occurrence, until } = change
      const now = DateTime.makeUnsafe(evaluatedAt)
      const run = { dispatch, state: "Running" as const, occurrence, until, continues }
      return { change: { ...run, at: now, decidedAt: now, cause: "Merged" as const }, identity }
    })
  }

  /** The runs that are on, or are to be told, under an identity, besides one dispatch. */
  #others(identity: Identity, id?: bigint): ReadonlyArray<Told> {
    return [...this.#running, ...this.#upcoming].filter(
      (one) => one.identity === identity && idOf(one) !== id
    )
  }

  #tellStops(stops: ReadonlyArray<Told>): Array<Told> {
    const identities = new Set([...this.#withheld.keys(), ...stops.map(({ identity }) => identity)])
    return [...identities].flatMap((identity) => {
      const all = [...this.#withheld.values(), ...stops].filter((stop) => stop.identity === identity)
      const stop = latest(all.filter((one) => this.#others(identity, idOf(one)).length === 0))
      const withheld = latest(all)
      if (stop === undefined && withheld !== undefined) this.#withheld.set(identity, withheld)
      else this.#withheld.delete(identity)
      return stop === undefined ? [] : [stop]
    })
  }

  #tellCommands(commands: ReadonlyArray<Told>): Array<Told> {
    const withheld = new Map<Identity, Told>()
    const told = commands.filter((one) => {
      if (one.change.state === "Running") this.#toldLast.delete(one.identity)
      else if (this.#others(one.identity).length > 0) {
        withheld.set(one.identity, one)
        return false
      }
      return true
    })
    for (const [identity, stop] of withheld) {
      if (!this.#withheld.has(identity)) this.#withheld.set(identity, stop)
    }
    return told
  }

  /** Where a stop is withheld and what was told last is not on: what goes on, if nothing is to be told anyway. */
  #tellAgain(evaluatedAt: number): Array<Told> {
    return [...this.#withheld].flatMap(([identity, { change: stop }]) => {
      const running = this.#running.filter((one) => one.identity === identity)
      const isOn = running.some((one) => idOf(one) === this.#toldLast.get(identity))
      const waits = !isOn && this.#upcoming.some((one) => one.identity === identity)
      if (waits) return []
      this.#withheld.delete(identity)
      const last = running.toSorted(compareOccurrences).at(-1)
      if (isOn || last === undefined) return []
      this.#toldLast.set(identity, idOf(last))
      const { continues, dispatch, occurrence, until } = last.change
      const { at } = stop
      const decidedAt = DateTime.makeUnsafe(evaluatedAt)
      const state = "Running" as const
      return [
        {
          change: { dispatch, state, at, decidedAt, occurrence, until, continues, cause: "Merged" as const },
          identity
        }
      ]
    })
  }
}

/** The stop of a run, since another takes its place. */
const stopFor = (
  { change: { dispatch, occurrence, until }, identity }: Told,
  { at, cause, decidedAt, dispatch: next }: RunningStateChange
): Told => {
  const stopped = { dispatch, state: "Stopped" as const, at, decidedAt, occurrence, until, cause, next }
  return { change: { ...stopped, continues: false }, identity }
}

/** A reader with a buffer: what it has not read beyond the capacity is conflated under each identity. */
export class ReaderModel {
  readonly #capacity: number
  #waiting: Array<Told> = []
  /** The number of changes left by the last conflation and not read yet: they may stand until they have doubled. */
  #left = 0
  #room: number
  /** The identities that it was told run. */
  readonly #seen = new Set<Identity>()
  /** Commands that it will not hear of. */
  readonly missed: Array<RunningStateChange> = []

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#room = capacity
  }

  get waiting(): number {
    return this.#waiting.length
  }

  offer(told: Told): void {
    this.#waiting.push(told)
    if (this.#waiting.length <= this.#room) return
    const kept = this.#conflated()
    for (const one of this.#waiting) {
      if (!kept.includes(one) && one.change.state === "Running" && isCommand(one.change)) {
        this.missed.push(one.change)
      }
    }
    this.#waiting = kept
    this.#left = kept.length
    this.#room = Math.max(this.#capacity, 2 * kept.length)
  }

  read(): RunningStateChange | undefined {
    const told = this.#waiting.shift()
    if (told === undefined) return undefined
    if (told.change.state === "Running") this.#seen.add(told.identity)
    else this.#seen.delete(told.identity)
    this.#left -= 1
    if (this.#left <= 0) this.#room = this.#capacity
    return told.change
  }

  /** Of each identity at most a `Stopped` whose `Running` it has seen or nobody told, and the last `Running` after all. */
  #conflated(): Array<Told> {
    return this.#waiting.filter((one, index) => {
      const before = this.#waiting.slice(0, index).filter(({ identity }) => identity === one.identity)
      const after = this.#waiting.slice(index + 1).filter(({ identity }) => identity === one.identity)
      if (one.change.state === "Running") return after.length === 0
      const hasBegun = before.some(({ change }) => change.state === "Running")
      const wasSeen = this.#seen.has(one.identity)
      const isFirst = before.every(
        ({ change }, place) =>
          change.state === "Running" ||
          (!wasSeen && before.slice(0, place).some((earlier) => earlier.change.state === "Running"))
      )
      return isFirst && (wasSeen || !hasBegun)
    })
  }
}
