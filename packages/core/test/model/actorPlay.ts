/** Plays a history to a whole dispatching actor and to the model of its timeline, and tells where they differ. */
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import * as Probe from "@effect-dispatch/testing/Probe"
import { Duration, Effect, Exit, Layer, Logger, Scope, Stream } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { t0 } from "../fixtures.ts"
import { microgridId, quiet } from "../site.ts"
import type { Put, Step } from "./histories.ts"
import { inGroups, missedTextOf, realMissedTextOf, realTextOf, textOf } from "./inWords.ts"
import type { Version } from "./plainDispatch.ts"
import type { Decision, Input, Left } from "./decisions.ts"
import { TimelineModel } from "./timelineModel.ts"
import type { Played } from "./timelinePlay.ts"
import { Versions } from "./versions.ts"

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer),
  Layer.merge(SitePersistence.layer),
  Layer.provideMerge(KeyValueStore.layerMemory),
  Layer.provideMerge(TestClock.layer()),
  Layer.provideMerge(Probe.layer),
  Layer.provideMerge(Logger.layer([]))
)

/** One process: an actor, and what its subscribers hear. */
const startProcess = Effect.fnUntraced(function* (changes: Array<string>, missed: Array<string>) {
  const scope = yield* Scope.make()
  yield* Effect.gen(function* () {
    const made = yield* DispatchingActor.make({ microgridId, sync: quiet }).pipe(Effect.orDie)
    const collect = <A>(stream: Stream.Stream<A>, take: (value: A) => void) =>
      Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => take(value))))
    yield* collect(yield* made.runningStateChanges(), (change) => changes.push(realTextOf(change)))
    yield* collect(yield* made.missedRuns(), (run) => missed.push(realMissedTextOf(run)))
    yield* made.actor.start
  }).pipe(Scope.provide(scope))
  yield* Probe.settled
  return { end: Effect.andThen(Scope.close(scope, Exit.void), Probe.settled) }
})

/** The dispatches of the service, and the changes that its actor must publish. */
class Site {
  readonly versions = new Versions()
  readonly held = new Map<number, Version>()
  readonly changes: Array<string> = []
  readonly missed: Array<string> = []
  #model = new TimelineModel()
  readonly reached = new Set<string>()
  now = t0

  /** Time passes, and every timer rings when it should. */
  advance(millis: number): void {
    const target = this.now + millis
    for (let next = this.#model.nextWakeAt(); next <= target; next = this.#model.nextWakeAt())
      this.#decide([], next)
    this.now = target
  }

  learn(inputs: ReadonlyArray<Input>): void {
    if (inputs.length > 0) this.#decide(inputs, this.now)
  }

  /** A process begins, lists, and asks for what the listing lacks. */
  begin(left: ReadonlyArray<Left>): void {
    const model = new TimelineModel()
    this.#expect(model.recover(left, this.#model, this.now))
    this.#model = model
    const kept = new Map(left.map(({ id, version }) => [id, version]))
    const inputs = [...this.held].map(([id, version]): Input =>
      kept.get(id) === undefined
        ? // A process that kept something executes late what it sees for the first time.
          { id, version, cause: "Created", late: true }
        : { id, version, cause: "Recovered", late: false }
    )
    this.learn(inputs)
    for (const [id, version] of kept) {
      if (version !== undefined && !this.held.has(id))
        this.learn([{ id, version: undefined, cause: "Deleted", late: false }])
    }
  }

  leave() {
    return this.#model.leave()
  }

  #decide(inputs: ReadonlyArray<Input>, at: number): void {
    this.#expect(this.#model.evaluate(inputs, at))
  }

  #expect({ missed, starts, stops }: Decision): void {
    this.changes.push(...[...stops, ...starts].map(textOf))
    this.missed.push(...missed.map(missedTextOf))
    for (const { cause, state } of [...stops, ...starts]) this.reached.add(`${state} ${cause}`)
    if (missed.length > 0) this.reached.add("missed")
    for (const change of starts) if (change.state === "Running") this.#model.tell(change, change.decidedAt)
  }
}

/** Stops of runs, each a `Stopped` that follows no start of its own, and then the rest. */
const stopsFirst = (texts: ReadonlyArray<string>): Array<string> => {
  const isStop = (text: string, index: number) =>
    text.startsWith("Stopped") && texts[index - 1]?.replace("Running", "Stopped") !== text
  return [...texts.filter(isStop).sort(), ...texts.filter((text, index) => !isStop(text, index))]
}

/** Plays a history to its end, or to the first difference. */
export const play = (history: ReadonlyArray<Step>): Effect.Effect<Played> =>
  Effect.gen(function* () {
    yield* TestClock.setTime(t0)
    const service = yield* ScriptedService.ScriptedService
    const site = new Site()
    const changes: Array<string> = []
    const missed: Array<string> = []
    let process = yield* startProcess(changes, missed)

    /** The service holds or deletes it; whoever follows is told of the former and the latter. */
    const put = Effect.fnUntraced(function* (step: Put, isSilent: boolean) {
      const id = site.versions.idOf(step.slot)
      const key = DispatchId.make(BigInt(id))
      const known = site.held.get(id)
      if (step._tag === "Delete") {
        if (known === undefined) return []
        site.held.delete(id)
        site.versions.renew(step.slot)
        yield* isSilent ? service.holdSilently(key, undefined) : service.remove(key)
        return [{ id, version: undefined, cause: "Deleted", late: false } satisfies Input]
      }
      const version = site.versions.next(step, known, site.now)
      site.held.set(id, version)
      const record = site.versions.dispatchOf(version)
      const kind = known === undefined ? "Created" : "Updated"
      yield* isSilent ? service.holdSilently(key, record) : service.put(kind, record)
      return [{ id, version, cause: kind, late: known === undefined } satisfies Input]
    })

    const restart = Effect.fnUntraced(function* (seconds: number) {
      const left = site.leave()
      yield* process.end
      yield* TestClock.adjust(`${seconds} seconds`)
      site.now += seconds * 1_000
      return left
    })

    const log: Array<string> = []
    for (let index = 0; index < history.length; index++) {
      const step = history[index] as Step
      log.push(JSON.stringify(step))
      if (step._tag === "Advance") {
        site.advance(step.seconds * 1_000)
        yield* TestClock.adjust(`${step.seconds} seconds`)
      } else if (step._tag === "Put" || step._tag === "Delete") {
        const inputs = yield* put(step, false)
        site.learn(inputs)
      } else if (step._tag === "Restart") {
        const left = yield* restart(step.seconds)
        const next = history[index + 1]
        // The next step happens while no process runs.
        if (next?._tag === "Put" || next?._tag === "Delete") {
          yield* put(next, true)
          log.push(`down: ${JSON.stringify(next)}`)
          index += 1
        }
        site.begin(left)
        process = yield* startProcess(changes, missed)
      }
      yield* Probe.settled
      // A new process asks one by one, so no answer waits for a listing, and no stop for a start.
      const ordered = (all: Array<string>) => (step._tag === "Restart" ? stopsFirst(all) : all)
      const expected = [...ordered(site.changes.splice(0)), ...inGroups(site.missed.splice(0))].join("\n    ")
      const actual = [...ordered(changes.splice(0)), ...inGroups(missed.splice(0))].join("\n    ")
      log.push(`    ${expected}`)
      if (expected !== actual) {
        yield* process.end
        const difference = `expected\n    ${expected}\nfound\n    ${actual}`
        return { log, difference, reached: site.reached }
      }
    }
    yield* process.end
    return { log, difference: undefined, reached: site.reached }
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(layer)))
