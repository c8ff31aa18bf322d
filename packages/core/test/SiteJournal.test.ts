import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import {
  beginning,
  JournalError,
  type JournalPlace,
  type JournalStore
} from "@effect-dispatch/core/JournalStore"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { byType } from "@effect-dispatch/core/MergeStrategy"
import { RunBook } from "@effect-dispatch/core/RunBook"
import * as SiteJournal from "@effect-dispatch/core/SiteJournal"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit, Layer, Metric, Option, Schema, Scope, Stream } from "effect"
import { KeyValueStore } from "effect/persistence"
import { TestClock } from "effect/testing"
import { JournalWriter } from "../src/internal/journal/journalWriter.ts"
import { at, t0 } from "./fixtures.ts"
import { entry, inShort } from "./journaling.ts"
import { makeLogs, makeRecorder, run, startDispatcher } from "./managing.ts"
import { hold, layer, microgridId, moveTo, put, quiet, remove, settle } from "./site.ts"

/** A journal that a test looks into, and can make fail or hang. */
const makePlace = () => {
  const entries: Array<JournalEntry> = []
  const groups: Array<number> = []
  let fault: Effect.Effect<void, JournalError> = Effect.void
  const place: JournalPlace = {
    place: "a test",
    open: () =>
      Effect.andThen(
        Effect.suspend(() => fault),
        Effect.succeed<JournalStore>({
          reporter: { id: "0".repeat(32), name: "test" },
          last: { epoch: 0n, number: entries.at(-1)?.number ?? 0n },
          append: (group) =>
            Effect.andThen(
              Effect.suspend(() => fault),
              Effect.sync(() => {
                groups.push(group.length)
                entries.push(...group)
              })
            ),
          after: ({ number }, limit) =>
            Effect.sync(() => entries.filter((one) => one.number > number).slice(0, limit))
        })
      )
  }
  const runs = () => {
    const book = new RunBook()
    for (const one of entries) book.add(one)
    return book.runs
  }
  return {
    place,
    entries,
    groups,
    runs,
    inWords: () => runs().map(inShort),
    setFault: (next: Effect.Effect<void, JournalError>) => {
      fault = next
    }
  }
}

const withJournal = ({ place }: { readonly place: JournalPlace }) =>
  Effect.provideService(SiteJournal.SiteJournal, Option.some(place))

const tags = (entries: ReadonlyArray<JournalEntry>) =>
  entries.map(({ event }) => (event._tag === "Actor" ? event.step : event._tag))

describe("the journal of a site", () => {
  it.effect("J1: tells what ran, how late, and why it stopped; with the status at that time", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 30, 600))
      yield* startDispatcher()
      yield* moveTo(40)
      yield* remove(2n)
      yield* moveTo(100)
      assert.deepStrictEqual(journal.inWords(), [
        "2@30-600 Ran 30..40 on 10 by Deleted",
        "1@0-60 Ran 0..60 on 60"
      ])
      assert.deepStrictEqual(tags(journal.entries), ["Began", "Running", "Running", "Stopped", "Stopped"])
      assert.deepStrictEqual(
        journal.entries.map(({ number }) => number),
        [1n, 2n, 3n, 4n, 5n]
      )
      assert.deepStrictEqual(
        journal.entries.map(({ status }) => status),
        ["Connecting", "Synchronised", "Synchronised", "Synchronised", "Synchronised"]
      )
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect("J1: tells missed runs", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      yield* hold(run(1n, 10, 20))
      const { actor } = yield* startDispatcher()
      yield* actor.stop("to miss something")
      yield* moveTo(60)
      yield* actor.start
      yield* moveTo(61)
      assert.deepStrictEqual(journal.inWords(), ["1@10-20 Missed LateWakeUp 1"])
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect("J3: entries are written in groups, at most a second after they happened", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      yield* hold(...Array.from({ length: 50 }, (_, index) => run(BigInt(index + 1), 0, 60)))
      yield* startDispatcher()
      yield* moveTo(0)
      assert.lengthOf(journal.entries, 1)
      yield* moveTo(1)
      assert.deepStrictEqual(journal.groups, [1, 50])
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect("J3: a group that an edge fills is written after the edge was told, not while it is told", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      const writer = new JournalWriter(journal.place, {
        microgridId,
        clock: yield* Clock.Clock,
        context: yield* Effect.context<never>(),
        phase: () => "Synchronised",
        isOn: () => true
      })
      yield* Effect.forkScoped(writer.run)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(journal.groups, [1])
      const dispatch = run(1n, 0, 60)
      const instants = { at: at(0), decidedAt: at(0), occurrence: at(0), until: at(60) }
      writer.changes(
        Array.from({ length: SiteJournal.groupMax }, () => ({
          dispatch,
          state: "Running",
          ...instants,
          continues: false,
          cause: "Scheduled"
        }))
      )
      assert.deepStrictEqual(journal.groups, [1])
      yield* settle
      assert.deepStrictEqual(journal.groups, [1, SiteJournal.groupMax])
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

  it.effect("J3: a journal that hangs holds up no edge, and says later what it lost", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const dispatches = Array.from({ length: 4_000 }, (_, index) => run(BigInt(index + 1), 0, 60))
      yield* hold(...dispatches)
      const dispatcher = yield* startDispatcher()
      const told: Array<string> = []
      const changes = yield* dispatcher.runningStateChanges(undefined, { capacity: 100_000 })
      yield* Effect.forkScoped(Stream.runForEach(changes, ({ state }) => Effect.sync(() => told.push(state))))
      yield* settle
      journal.setFault(Deferred.await(gate))
      const before = (yield* Metric.value(Metrics.journalEntriesLost.at())).count
      yield* moveTo(5)
      yield* moveTo(65)
      for (const one of dispatches.slice(0, 2_500)) yield* put("Updated", run(one.id, 70, 75, { version: 2 }))
      yield* moveTo(100)
      assert.lengthOf(told, 13_000)
      const lost = (yield* Metric.value(Metrics.journalEntriesLost.at())).count - before
      assert.isAbove(lost, 0)
      journal.setFault(Effect.void)
      yield* Deferred.succeed(gate, undefined)
      yield* moveTo(110)
      assert.strictEqual(journal.entries.length - 1 - 1 + lost, 13_000 - 0)
      assert.deepStrictEqual(journal.entries.at(-1)?.event, { _tag: "Lost", count: lost })
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect("J3: a journal that fails is tried again, and nothing is missing", () => {
    const journal = makePlace()
    const logs = makeLogs()
    return Effect.gen(function* () {
      journal.setFault(Effect.fail(new JournalError({ message: "no room on the disk" })))
      yield* hold(run(1n, 0, 60))
      yield* startDispatcher()
      yield* moveTo(30)
      assert.deepStrictEqual(journal.entries, [])
      journal.setFault(Effect.void)
      yield* moveTo(90)
      assert.deepStrictEqual(journal.inWords(), ["1@0-60 Ran 0..60 on 60"])
      const said = logs.lines.filter((line) => line.includes("journal"))
      assert.lengthOf(said, 2)
      assert.match(
        said[0] ?? "",
        /The journal of microgrid 1 in a test cannot be opened yet: no room on the disk/
      )
    }).pipe(withJournal(journal), Effect.provide([layer, logs.layer]))
  })

  it.effect("J3: a journal that throws is one that fails", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      yield* hold(run(1n, 0, 60))
      yield* startDispatcher()
      journal.setFault(Effect.die("broken"))
      yield* moveTo(30)
      journal.setFault(Effect.void)
      yield* moveTo(90)
      assert.deepStrictEqual(journal.inWords(), ["1@0-60 Ran 0..60 on 60"])
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect(
    "J2: while something runs, the journal says each minute that the process lives, else nothing",
    () => {
      const journal = makePlace()
      return Effect.gen(function* () {
        yield* hold(run(1n, 0, 200))
        yield* startDispatcher()
        yield* moveTo(1_000)
        assert.deepStrictEqual(tags(journal.entries), [
          "Began",
          "Running",
          "Alive",
          "Alive",
          "Alive",
          "Stopped"
        ])
      }).pipe(withJournal(journal), Effect.provide(layer))
    }
  )

  it.effect("J2: an actor that ends writes the rest; its successor says since when nothing is known", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      yield* hold(run(1n, 0, 600))
      const first = yield* Scope.make()
      yield* TestClock.setTime(t0 - 10_000)
      yield* Scope.provide(Dispatcher.make({ microgridId, sync: quiet }), first)
      yield* settle
      yield* moveTo(100)
      yield* Effect.forkDetach(Scope.close(first, Exit.void))
      yield* settle
      assert.deepStrictEqual(tags(journal.entries).slice(-1), ["Alive"])
      yield* moveTo(300)
      yield* startDispatcher()
      yield* moveTo(301)
      assert.deepStrictEqual(journal.inWords(), ["1@0-600 Running 0.. since 300"])
      yield* moveTo(700)
      assert.deepStrictEqual(journal.inWords(), ["1@0-600 Ran 0..600 on 400"])
    }).pipe(
      withJournal(journal),
      Effect.provide([layer, Layer.provideMerge(SitePersistence.layer, KeyValueStore.layerMemory)])
    )
  })

  it.effect("it can be read while it is written", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      yield* hold(run(1n, 0, 60))
      const dispatcher = yield* startDispatcher()
      const read = Option.getOrThrow(dispatcher.journal)
      const written: Array<bigint> = []
      yield* Effect.forkScoped(
        Stream.runForEach(read.written, ({ number }) => Effect.sync(() => written.push(number)))
      )
      yield* moveTo(100)
      assert.deepStrictEqual(yield* read.reporter, { id: "0".repeat(32), name: "test" })
      assert.lengthOf(yield* read.after(beginning, 2), 2)
      assert.deepStrictEqual(written.at(-1), 3n)
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect(
    "J6: where edges take numbers as well, a reader gets nothing that comes after an entry to be written",
    () => {
      const journal = makePlace()
      let given = 0n
      const nextNumber = () => ++given
      return Effect.gen(function* () {
        const dispatcher = yield* startDispatcher()
        yield* moveTo(0)
        yield* dispatcher.manage("CHARGE", () => Effect.never)
        yield* put("Created", run(1n, 1, 60))
        yield* moveTo(1)
        // An edge that came into the journal at once, while the step of the actor before it waits.
        const edge = { ...entry(0, 1, { _tag: "Alive" }), number: nextNumber() }
        journal.entries.push(edge)
        const read = Option.getOrThrow(dispatcher.journal)
        const numbers = Effect.map(read.after(beginning, 10), (found) => found.map(({ number }) => number))
        assert.deepStrictEqual(yield* numbers, [1n])
        yield* moveTo(2)
        assert.sameMembers([...(yield* numbers)], [1n, 2n, 3n])
        assert.notInclude(tags(journal.entries), "Running")
      }).pipe(
        withJournal({ place: { ...journal.place, edges: { nextNumber, written: Stream.empty } } }),
        Effect.provide(layer)
      )
    }
  )

  it.effect("J4: the place is left once all is written, so that the next actor finds it", () => {
    const journal = makePlace()
    let written: number | undefined
    const open = (microgrid: typeof microgridId) =>
      Effect.tap(journal.place.open(microgrid), () =>
        Effect.addFinalizer(() => Effect.sync(() => (written = journal.entries.length)))
      )
    return Effect.gen(function* () {
      yield* hold(run(1n, 0, 60))
      const scope = yield* Scope.make()
      yield* Scope.provide(startDispatcher(), scope)
      yield* moveTo(2)
      const { length } = journal.entries
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual([journal.entries.length, written], [length + 1, length + 1])
    }).pipe(withJournal({ place: { ...journal.place, open } }), Effect.provide(layer))
  })

  it.effect("without a place there is none", () =>
    Effect.gen(function* () {
      const dispatcher = yield* startDispatcher()
      assert.isTrue(Option.isNone(dispatcher.journal))
    }).pipe(Effect.provide(layer))
  )
})

describe("the journal of managed actors", () => {
  it.effect("J5: tells starts, failures with reasons, new tries and ends", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      const dispatcher = yield* startDispatcher()
      let tries = 0
      yield* dispatcher.manage("CHARGE", () =>
        Effect.suspend(() => (++tries === 1 ? Effect.die(new Error("no voltage")) : Effect.never))
      )
      yield* put("Created", run(1n, 0, 100))
      yield* moveTo(200)
      assert.deepStrictEqual(tags(journal.entries), [
        "Began",
        "Running",
        "Started",
        "Failed",
        "Retried",
        "Started",
        "Stopped",
        "Finished"
      ])
      const [told] = journal.runs()
      assert.deepStrictEqual(
        told?.failures.map(({ reason }) => reason),
        ["no voltage"]
      )
      assert.strictEqual(told?.actor?.step, "Finished")
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect("J5: tells finalizers that take too long, commands too, and payloads that cannot be used", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      const dispatcher = yield* startDispatcher()
      const Limit = Schema.Struct({ limit: Schema.Finite })
      yield* dispatcher.manage(
        "CHARGE",
        () =>
          Effect.andThen(
            Effect.addFinalizer(() => Effect.sleep("10 minutes")),
            Effect.never
          ),
        { payload: Limit, commandTimeLimit: "20 seconds" }
      )
      yield* put("Created", run(1n, 0, 30, { payload: { limit: 1 } }))
      yield* put("Created", run(2n, 0, 30, { payload: { limit: "one" } }))
      yield* put("Created", run(3n, 5, 5, { payload: { limit: 1 } }))
      yield* moveTo(1_000)
      const steps = journal.entries.flatMap(({ event }) =>
        event._tag === "Actor" ? [`${event.dispatch.id} ${event.step} ${event.reason ?? ""}`.trim()] : []
      )
      assert.deepStrictEqual(
        steps.filter((step) => step.startsWith("2")),
        ["2 Refused payload.limit: Expected number"]
      )
      assert.includeMembers(steps, ["1 Overran", "3 TimedOut", "3 Overran"])
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect("J5: an application adds to the run; a JSON that is too large is refused", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      const dispatcher = yield* startDispatcher()
      const refused: Array<string> = []
      yield* dispatcher.manage("CHARGE", ({ report }) =>
        Effect.gen(function* () {
          yield* report({ text: "x".repeat(1_024) }).pipe(
            Effect.catchTag("OutcomeRefused", ({ message, path }) =>
              Effect.sync(() => void refused.push(`${path}: ${message}`))
            )
          )
          yield* Effect.addFinalizer(() => Effect.orDie(report({ kwh: 3 })))
          return yield* Effect.never
        })
      )
      yield* put("Created", run(1n, 0, 100))
      yield* moveTo(200)
      assert.deepStrictEqual(refused, ["outcome: it has 1035 bytes as text, which are more than 1024"])
      assert.deepStrictEqual(journal.runs()[0]?.outcome, { kwh: 3 })
    }).pipe(withJournal(journal), Effect.provide(layer))
  })

  it.effect("J5: of merged dispatches an actor's steps are with the run that it was told last", () => {
    const journal = makePlace()
    return Effect.gen(function* () {
      const { factory } = makeRecorder()
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { merge: byType })
      yield* put("Created", run(1n, 0, 50))
      yield* put("Created", run(2n, 40, 100))
      yield* moveTo(200)
      const steps = journal.entries.flatMap(({ event }) =>
        event._tag === "Actor" ? [`${event.dispatch.id} ${event.step}`] : []
      )
      assert.deepStrictEqual(steps, ["1 Started", "2 Finished"])
    }).pipe(withJournal(journal), Effect.provide(layer))
  })
})

describe("a journal in memory", () => {
  it.effect("keeps each entry once, for each microgrid", () =>
    Effect.gen(function* () {
      const place = Option.getOrThrow(yield* SiteJournal.SiteJournal)
      const store = yield* place.open(microgridId)
      const group = [entry(1, 0, { _tag: "Began" }), entry(2, 1, { _tag: "Alive" })]
      yield* store.append(group)
      yield* store.append(group)
      assert.lengthOf(yield* store.after(beginning, 10), 2)
      const again = yield* place.open(microgridId)
      assert.deepStrictEqual([again.last.number, again.reporter], [2n, store.reporter])
    }).pipe(Effect.scoped, Effect.provide(SiteJournal.layerMemory))
  )
})
