/** Plays a history to the timeline and to its model, and tells where they differ. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type * as Real from "@effect-dispatch/core/RunningStateChange"
import * as Timeline from "../../src/internal/timeline/timeline.ts"
import { Duration } from "effect"
import { SiteMemory } from "../../src/internal/site/siteMemory.ts"
import { t0 } from "../fixtures.ts"
import { noStops } from "../internal/site/recall.ts"
import { inGroups, missedTextOf, realMissedTextOf, realTextOf, seconds, textOf } from "./inWords.ts"
import type { Put, Shape, Step } from "./histories.ts"
import type { Version } from "./plainDispatch.ts"
import { catchUpWindow, type Change, type Input, tooLate } from "./decisions.ts"
import { TimelineModel } from "./timelineModel.ts"
import { Versions } from "./versions.ts"

/** The events of a play, for a reader, and its end. */
export interface Played {
  readonly log: ReadonlyArray<string>
  readonly difference: string | undefined
  /** The rare situations that this history reached. */
  readonly reached: ReadonlySet<string>
}

class Difference extends Error {}

/** Timeline and model side by side. */
class Play {
  readonly log: Array<string> = []
  readonly reached = new Set<string>()
  #timeline = makeTimeline()
  /** The memory that the timeline's steps ask for. */
  #memory = new SiteMemory(noStops)
  #model = new TimelineModel()
  #now = t0
  #isHeld = false
  readonly #versions = new Versions()
  readonly #everSeen = new Set<number>()
  readonly #returning = new Set<number>()
  #outbox: Array<{ readonly model: Change; readonly real: Real.RunningStateChange }> = []

  take(step: Step): void {
    this.log.push(`${seconds(this.#now)}: ${JSON.stringify(step)}`)
    switch (step._tag) {
      case "Put":
      case "Delete":
        this.#settleDue()
        return this.#evaluate(this.#inputsOf([step]))
      case "Advance":
        return this.#advance(step.seconds * 1_000)
      case "Sleep":
        this.#now += step.seconds * 1_000
        return this.#evaluate(this.#inputsOf(step.puts))
      case "SetClock":
        this.#now += Math.round(step.seconds * 1_000)
        return this.#evaluate([])
      case "Hold":
        this.#isHeld = true
        return
      case "Tell":
        if (step.count > 3) this.#isHeld = false
        return this.#tell(step.count)
      case "Restart":
        return this.#restart(step.seconds * 1_000)
      case "Confirm":
        this.#settleDue()
        return this.#evaluate(step.slots.flatMap((slot) => this.#confirming(slot)))
      case "Move":
        return this.#move(step)
      case "Crowd":
        return this.#crowd(step.count)
    }
  }

  #evaluate(inputs: ReadonlyArray<Input>): void {
    const expected = this.#model.evaluate(inputs, this.#now)
    const actual = Timeline.evaluate(
      this.#timeline,
      inputs.map((input) => this.#toReal(input)),
      this.#now
    )
    this.#memory.take(actual.memory)
    const where = `evaluated at ${seconds(this.#now)} with ${inputs.length} inputs`
    this.#same(`${where}: stops`, expected.stops.map(textOf), actual.stops.map(realTextOf))
    this.#same(`${where}: starts`, expected.starts.map(textOf), actual.starts.map(realTextOf))
    const firsts = (changes: ReadonlyArray<Real.RunningStateChange>) =>
      changes.filter(({ state }) => state === "Running").map(realTextOf)
    this.#same(`${where}: withdrawn`, expected.withdrawn.map(textOf).sort(), firsts(actual.withdrawn).sort())
    const missed = actual.missed.filter((run) => !this.#isUncertain(run))
    this.#same(
      `${where}: missed`,
      inGroups(expected.missed.map(missedTextOf)),
      inGroups(missed.map(realMissedTextOf))
    )
    this.#same(`${where}: clock`, [`${expected.clockStepped}`], [`${actual.clockStepped}`])
    this.#note(expected)
    expected.starts.forEach((model, index) =>
      this.#outbox.push({ model, real: actual.starts[index] as Real.RunningStateChange })
    )
    if (!this.#isHeld) this.#tell(Infinity)
    this.#compareNext()
  }

  /** Of what was executed under a rule that is forgotten, it may be said that it is not remembered. */
  #isUncertain(run: Real.MissedRun): boolean {
    if (run._tag !== "MissedRun" || run.reason !== "Unremembered") return false
    const executions = this.#model.executions.get(Number(run.dispatch.id))
    return executions?.isUncertain(run.occurrence.epochMilliseconds) === true
  }

  #note({ missed, starts, stops }: ReturnType<TimelineModel["evaluate"]>): void {
    for (const { cause, state } of [...starts, ...stops]) this.reached.add(`${state} ${cause}`)
    for (const { count, reason } of missed)
      this.reached.add(`${count === 1 ? "MissedRun" : "MissedRuns"} ${reason}`)
    for (const { rangeCount } of this.#model.executions.values())
      if (rangeCount >= 64) this.reached.add("64 ranges")
  }

  /** A slice is told: what does not stand any more is left out. */
  #tell(count: number): void {
    const slice = this.#outbox.splice(0, count)
    // A command's pair is never cut in two.
    const next = this.#outbox[0]
    if (next?.model.state === "Stopped") slice.push(...this.#outbox.splice(0, 1))
    const expected: Array<string> = []
    const expectedMissed: Array<string> = []
    for (const { model } of slice) {
      if (model.state === "Stopped" || !this.#model.isUpcoming(model)) continue
      const index = slice.findIndex((each) => each.model === model)
      if (!this.#model.tell(model, this.#now)) {
        expectedMissed.push(...tooLate(model).map(missedTextOf))
        continue
      }
      expected.push(textOf(model))
      if (model.version.length === 0) expected.push(textOf(slice[index + 1]?.model as Change))
    }
    const { changes, memory, missed } = Timeline.tell(
      this.#timeline,
      slice.map(({ real }) => real),
      this.#now
    )
    this.#memory.take(memory)
    this.#same(`told at ${seconds(this.#now)}`, expected, changes.map(realTextOf))
    this.#same(`missed at ${seconds(this.#now)}`, expectedMissed, missed.map(realMissedTextOf))
    this.#same(
      `running at ${seconds(this.#now)}`,
      this.#model.running().map(textOf),
      Timeline.running(this.#timeline).map(realTextOf)
    )
  }

  /** Occurrences at the instant of an input are evaluated before it. */
  #settleDue(): void {
    if (Timeline.nextWakeAt(this.#timeline) <= this.#now) this.#evaluate([])
  }

  #advance(millis: number): void {
    const target = this.#now + millis
    for (let next = this.#next(); next <= target; next = this.#next()) {
      this.#now = Math.max(this.#now, next)
      this.#evaluate([])
    }
    this.#now = target
  }

  #next(): number {
    return Timeline.nextWakeAt(this.#timeline)
  }

  /** The timer may ring too early, but never too late. */
  #compareNext(): void {
    const [wanted, planned] = [this.#model.nextWakeAt(), this.#next()]
    if (planned > wanted) this.#differ(`wakes at ${seconds(planned)}, not at ${seconds(wanted)}`)
    if (planned <= this.#model.evaluatedAt)
      this.#differ(`wants to wake at ${seconds(planned)}, which has passed`)
  }

  #restart(millis: number): void {
    this.#tell(Infinity)
    this.#isHeld = false
    const left = this.#model.leave()
    const versions = new Map(left.map(({ id, version }) => [id, version]))
    const remembered = [...this.#everSeen].flatMap((id): Array<Timeline.Remembered> => {
      const version = versions.get(id)
      const kept = this.#memory.of(DispatchId.make(BigInt(id)))
      if (version === undefined && kept.executed === undefined && kept.announced.length === 0) return []
      const known = version === undefined ? undefined : this.#versions.dispatchOf(version)
      this.#same(`kept of ${id}`, [`${known?.updateTime}`], [`${kept.version?.updateTime}`])
      return [kept]
    })
    this.#now += millis
    const model = new TimelineModel()
    const timeline = makeTimeline()
    const expected = model.recover(left, this.#model, this.#now)
    const actual = Timeline.recover(timeline, remembered, this.#now)
    this.#model = model
    this.#timeline = timeline
    this.#memory = new SiteMemory(noStops)
    this.#memory.take(actual.memory)
    this.#same(`recovered at ${seconds(this.#now)}`, expected.stops.map(textOf), actual.stops.map(realTextOf))
    this.#same(`recovered at ${seconds(this.#now)}: starts`, [], actual.starts.map(realTextOf))
    this.#note(expected)
    this.#compareNext()
  }

  #confirming(slot: number): Array<Input> {
    const id = this.#versions.idOf(slot)
    const entry = this.#model.entries.get(id)
    if (entry?.isUnconfirmed !== true) return []
    return [{ id, version: entry.version, cause: "Recovered", late: false }]
  }

  #move({ everySeconds, slot, times }: Extract<Step, { _tag: "Move" }>): void {
    for (let time = 0; time < times; time++) {
      this.#advance(everySeconds * 1_000)
      const shape = { ...plainCommand, startsIn: 0 }
      const fields: ReadonlyArray<keyof Shape> = ["startsIn", "length", "everyMinutes", "active"]
      this.#evaluate(this.#inputsOf([{ _tag: "Put", slot, shape, fields, late: false, resync: false }]))
    }
  }

  #crowd(count: number): void {
    const { length, startsIn, ...same } = plainCommand
    const shape = { ...same, length, start: this.#now + startsIn }
    const versions = Array.from({ length: count }, () => this.#versions.another(shape))
    this.#evaluate(versions.map((version) => ({ id: version.id, version, cause: "Created", late: false })))
    this.#evaluate(versions.map(({ id }) => ({ id, version: undefined, cause: "Deleted", late: false })))
  }

  /** Makes inputs that are known at once; those of one dispatch build upon each other. */
  #inputsOf(puts: ReadonlyArray<Put>): Array<Input> {
    const latest = new Map<number, Version | undefined>()
    return puts.flatMap((put): Array<Input> => {
      const id = this.#versions.idOf(put.slot)
      const entry = this.#model.entries.get(id)
      const known = latest.has(id) ? latest.get(id) : entry?.version
      const isFirst = !latest.has(id)
      if (put._tag === "Delete") {
        if (known === undefined) return []
        latest.set(id, undefined)
        if (put.returns) this.#returning.add(id)
        else this.#versions.renew(put.slot)
        return [{ id, version: undefined, cause: "Deleted", late: false }]
      }
      const version = this.#versions.next(put, known, this.#now)
      latest.set(id, version)
      this.#everSeen.add(id)
      if (isFirst && entry?.isUnconfirmed === true) return [{ id, version, cause: "Recovered", late: false }]
      if (known !== undefined) return [{ id, version, cause: put.resync ? "Resync" : "Updated", late: false }]
      if (this.#returning.has(id)) return [{ id, version, cause: "Resync", late: false }]
      return [{ id, version, cause: "Created", late: put.late }]
    })
  }

  #toReal({ cause, id, late, version }: Input): Timeline.Input {
    const known = version === undefined ? undefined : this.#versions.dispatchOf(version)
    return { id: DispatchId.make(BigInt(id)), version: known, cause, late }
  }

  #same(where: string, expected: ReadonlyArray<string>, actual: ReadonlyArray<string>): void {
    if (expected.length > 0)
      this.log.push(...expected.map((line) => `    ${where.split(":").at(-1)}: ${line}`))
    if (expected.join("\n") === actual.join("\n")) return
    this.#differ(`${where}\n  expected ${lines(expected)}\n  found    ${lines(actual)}`)
  }

  #differ(what: string): never {
    throw new Difference(what)
  }
}

const makeTimeline = () => Timeline.make({ catchUpWindow: Duration.millis(catchUpWindow), remembers: true })

const plainCommand: Shape = {
  type: "CHARGE",
  component: 1,
  power: 1,
  active: true,
  dryRun: false,
  startsIn: 0,
  length: 0,
  everyMinutes: 0,
  count: 1
}

const lines = (texts: ReadonlyArray<string>): string =>
  texts.length === 0 ? "nothing" : texts.join("\n           ")

/** Plays a history to its end, or to the first difference. */
export const play = (history: ReadonlyArray<Step>): Played => {
  const play = new Play()
  const played = (difference: string | undefined) => ({ log: play.log, reached: play.reached, difference })
  try {
    for (const step of history) play.take(step)
    return played(undefined)
  } catch (error) {
    return played(error instanceof Difference ? error.message : String((error as Error).stack))
  }
}
