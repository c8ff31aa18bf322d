import type { JournalEvent } from "@effect-dispatch/core/JournalEntry"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Run from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { at, dispatch } from "./fixtures.ts"
import { about, entry, inShort, named, running, stopped } from "./journaling.ts"

/** The runs that these events make, one a second unless they say when. */
const told = (...events: ReadonlyArray<readonly [seconds: number, event: JournalEvent]>) => {
  const book = new RunBook()
  events.forEach(([seconds, event], index) => book.add(entry(index + 1, seconds, event)))
  return book
}

const inWords = (book: RunBook) => book.runs.map(inShort)

describe("J1: a run is put together from its entries", () => {
  it("it runs, and has run", () => {
    assert.deepStrictEqual(inWords(told([0, running(0, 60)])), ["1@0-60 Running 0.. since 0"])
    const book = told([0.5, running(0, 60)], [60, stopped(0, 60)])
    assert.deepStrictEqual(inWords(book), ["1@0-60 Ran 0.5..60 on 59.5"])
    const [run] = book.runs
    assert.strictEqual(run?.fate._tag === "Ran" ? run.fate.lateMillis : undefined, 500)
  })

  it("stopped early it says why, also where it had no planned end", () => {
    const early = told([0, running(0, 60)], [20, stopped(0, 60, { plannedAt: at(20), cause: "Deleted" })])
    assert.deepStrictEqual(inWords(early), ["1@0-60 Ran 0..20 on 20 by Deleted"])
    const endless = told(
      [0, running(0)],
      [20, stopped(0, undefined, { plannedAt: at(20), cause: "Updated" })]
    )
    assert.deepStrictEqual(inWords(endless), ["1@0- Ran 0..20 on 20 by Updated"])
  })

  it("reactivated, it is one run with a pause", () => {
    const book = told(
      [0, running(0, 60)],
      [10, stopped(0, 60, { plannedAt: at(10), cause: "Updated" })],
      [30, running(0, 60, { plannedAt: at(30), cause: "Updated" })],
      [60, stopped(0, 60)]
    )
    assert.deepStrictEqual(inWords(book), ["1@0-60 Ran 0..60 on 40"])
  })

  it("told anew while it runs, it has the version that was told last, and its end", () => {
    const newer = named(1n, { updateTime: 2n })
    const book = told(
      [0, running(0, 60)],
      [10, running(0, 90, { dispatch: newer, cause: "Updated", earliest: at(0) })]
    )
    assert.deepStrictEqual(inWords(book), ["1@0-90 Running 0.. since 0"])
    assert.strictEqual(book.runs[0]?.dispatch.updateTime, 2n)
  })

  it("a run of another type is another run", () => {
    const other = named(1n, { type: "PEAK" })
    const book = told(
      [0, running(0, 60)],
      [10, stopped(0, 60, { plannedAt: at(10), cause: "Updated" })],
      [10, running(0, 60, { dispatch: other, plannedAt: at(10), cause: "Updated" })]
    )
    assert.deepStrictEqual(inWords(book), [
      "1@0-60 Ran 0..10 on 10 by Updated",
      "1@0-60 Running 10.. since 10"
    ])
  })

  it("overlapping runs each end at their own ends", () => {
    const first = told([0, running(0, 60)], [40, running(40, 100)], [80, running(80, 140)])
    assert.deepStrictEqual(inWords(first), [
      "1@0-60 Ran 0..60 on 60",
      "1@40-100 Running 40.. since 40",
      "1@80-140 Running 80.. since 80"
    ])
    first.add(entry(4, 90, stopped(80, 140, { plannedAt: at(90), cause: "Deleted" })))
    assert.deepStrictEqual(inWords(first), [
      "1@0-60 Ran 0..60 on 60",
      "1@40-100 Ran 40..90 on 50 by Deleted",
      "1@80-140 Ran 80..90 on 10 by Deleted"
    ])
  })

  it("a version that lacks the run that was on ends it, one that has it gives it a new end", () => {
    const moved = told(
      [0, running(0, 60)],
      [20, running(10, 70, { plannedAt: at(20), cause: "Updated", earliest: at(10) })]
    )
    assert.deepStrictEqual(inWords(moved), [
      "1@0-60 Ran 0..20 on 20 by Updated",
      "1@10-70 Running 20.. since 20"
    ])
    const longer = told([0, running(0, 60)], [40, running(40, 140, { cause: "Updated", earliest: at(0) })])
    assert.deepStrictEqual(inWords(longer), ["1@0-100 Running 0.. since 0", "1@40-140 Running 40.. since 40"])
  })

  it("a command has run at its instant", () => {
    assert.deepStrictEqual(inWords(told([5, running(5, 5)], [5, stopped(5, 5)])), ["1@5-5 Ran 5..5 on 0"])
  })

  it("it was missed, unless it is known to have begun", () => {
    const event = { _tag: "Missed", ...about(0, 60), reason: "LateWakeUp", count: 1 } as const
    assert.deepStrictEqual(inWords(told([90, event])), ["1@0-60 Missed LateWakeUp 1"])
    const slow = { ...event, ...about(0, 0), reason: "SlowSubscriber" } as const
    assert.deepStrictEqual(inWords(told([5, running(0, 0)], [5, stopped(0, 0)], [5, slow])), [
      "1@0-0 Ran 5..5 on 0"
    ])
    const many = { ...event, count: 20, last: at(1_200) }
    assert.deepStrictEqual(inWords(told([5_000, many])), ["1@0-60 Missed LateWakeUp 20"])
  })

  it("the same entries make the same reports, each with the place of the entry", () => {
    const entries = [entry(1, 0, running(0, 60)), entry(2, 60, stopped(0, 60))]
    const reports = () => {
      const book = new RunBook()
      return entries.flatMap((one) => book.add(one))
    }
    assert.deepStrictEqual(reports(), reports())
    assert.deepStrictEqual(
      reports().map(({ epoch, number }) => [epoch, number]),
      [
        [0n, 1n],
        [0n, 2n]
      ]
    )
    const encoded = Schema.encodeSync(Schema.Array(Run.RunReport))(reports())
    assert.deepStrictEqual(
      Schema.decodeSync(Schema.Array(Run.RunReport))(structuredClone(encoded)),
      reports()
    )
  })

  it("of runs that are over as many are kept as may be, of those that are on all", () => {
    const book = new RunBook({ endedMax: 2 })
    for (let index = 0; index < 5; index++) {
      book.add(entry(2 * index + 1, 10 * index, running(10 * index, 10 * index + 5)))
      if (index > 0) book.add(entry(2 * index + 2, 10 * index + 5, stopped(10 * index, 10 * index + 5)))
    }
    assert.lengthOf(book.runs, 2)
  })
})

describe("J2: nothing is said that is not known", () => {
  it("while the process was away a run is unknown, from the last entry on", () => {
    const book = told([0, running(0, 600)], [100, { _tag: "Alive" }], [300, { _tag: "Began" }])
    assert.deepStrictEqual(inWords(book), ["1@0-600 Unknown 0.. since 100"])
  })

  it("a run that is told again goes on, without the time that is not known", () => {
    const book = told(
      [0, running(0, 600)],
      [100, { _tag: "Alive" }],
      [300, { _tag: "Began" }],
      [300, running(0, 600, { plannedAt: at(300), cause: "Recovered" })],
      [600, stopped(0, 600)]
    )
    assert.deepStrictEqual(inWords(book), ["1@0-600 Ran 0..600 on 400"])
  })

  it("a stop is evidence that it has run until then", () => {
    const book = told(
      [0, running(0, 600)],
      [100, { _tag: "Began" }],
      [100, stopped(0, 600, { plannedAt: at(100), cause: "Recovered" })]
    )
    assert.deepStrictEqual(inWords(book), ["1@0-600 Ran 0..100 on 0 by Recovered"])
  })

  it("a planned end that came while nobody told is no evidence, though a later run begins, or stops", () => {
    const book = told([0, running(0, 60)], [20, { _tag: "Alive" }], [100, { _tag: "Began" }])
    const before = "1@0-60 Unknown 0.. since 20"
    book.add(entry(4, 100, running(100, 160)))
    assert.deepStrictEqual(inWords(book), [before, "1@100-160 Running 100.. since 100"])
    book.add(entry(5, 160, stopped(100, 160)))
    assert.sameMembers([...inWords(book)], [before, "1@100-160 Ran 100..160 on 60"])
    // Its own stop is evidence.
    book.add(entry(6, 161, stopped(0, 60, { plannedAt: at(60) })))
    assert.include(inWords(book), "1@0-60 Ran 0..161 on 20")
  })

  it("a time that an owner which was replaced tells of as well does not count twice", () => {
    const book = told(
      [0, running(0, 600)],
      // It stood still, and has noticed only then that it was replaced.
      [100, { _tag: "Alive" }],
      [50, { _tag: "Began" }],
      [52, running(0, 600, { plannedAt: at(52), cause: "Recovered" })],
      [600, stopped(0, 600)]
    )
    assert.deepStrictEqual(inWords(book), ["1@0-600 Ran 0..600 on 598"])
  })

  it("entries that had no room are a time of which nothing is known", () => {
    const book = told([0, running(0, 600)], [100, { _tag: "Lost", count: 3 }])
    assert.deepStrictEqual(inWords(book), ["1@0-600 Unknown 0.. since 0"])
  })

  it("a stop without a start says that the beginning is not known", () => {
    assert.deepStrictEqual(inWords(told([60, stopped(0, 60)])), ["1@0-60 Ran ?..60 on 0"])
  })

  it("of a dispatch, runs to come are planned, and those that were due while nobody told are unknown", () => {
    const book = told(
      [0, running(0, 60)],
      [60, stopped(0, 60)],
      [250, { _tag: "Began" }],
      [360, running(360, 420)]
    )
    const rule = RecurrenceRule.make({ frequency: "MINUTELY", interval: 2 })
    const version = dispatch({ recurrence: rule, duration: Duration.seconds(60) })
    const expected = (one = version) => [...book.expected(one, at(0), at(600))].map(inShort)
    assert.deepStrictEqual(expected(), [
      "1@120-180 Unknown ?.. since 120",
      "1@240-300 Unknown ?.. since 240",
      "1@480-540 Planned"
    ])
    assert.deepStrictEqual(expected(dispatch({ recurrence: rule, active: false })), [])
  })

  it("an occurrence that a run of several missed ones counts is not unknown as well", () => {
    const sum = { reason: "LateWakeUp" as const, count: 3, last: at(240) }
    const book = told(
      [0, { _tag: "Began" }],
      [400, { _tag: "Began" }],
      [400, { _tag: "Missed", ...about(0, 60), ...sum }]
    )
    const rule = RecurrenceRule.make({ frequency: "MINUTELY", interval: 2 })
    const version = (type = "CHARGE") => dispatch({ type, recurrence: rule, duration: Duration.seconds(60) })
    const expected = (one = version()) => [...book.expected(one, at(0), at(400))].map(inShort)
    assert.deepStrictEqual(expected(), ["1@360-420 Unknown ?.. since 360"])
    assert.lengthOf(expected(version("PEAK")), 3)
  })
})

describe("J5: the application's actor", () => {
  const actor = (step: Run.ActorStep, reason?: string): JournalEvent => ({
    _tag: "Actor",
    ...about(0, 60),
    step,
    ...(reason === undefined ? undefined : { reason })
  })

  it("its failures are with the run: the latest, and how many there were", () => {
    const book = told(
      [0, running(0, 60)],
      ...Array.from({ length: 6 }, (_, index) => [index, actor("Failed", `no. ${index}`)] as const),
      [60, stopped(0, 60)],
      [61, actor("Overran")]
    )
    const [run] = book.runs
    assert.deepStrictEqual(
      run?.failures.map(({ reason }) => reason),
      ["no. 2", "no. 3", "no. 4", "no. 5"]
    )
    assert.strictEqual(run?.failuresTotal, 6)
    assert.deepStrictEqual(run?.actor, { step: "Overran", at: at(61) })
    assert.strictEqual(run?.fate._tag, "Ran")
  })

  it("its JSON is with the run, the last one", () => {
    const reported = (outcome: Schema.Json): JournalEvent => ({ _tag: "Reported", ...about(0, 60), outcome })
    const book = told([0, running(0, 60)], [10, reported({ kwh: 1 })], [61, reported({ kwh: 2 })])
    assert.deepStrictEqual(book.runs[0]?.outcome, { kwh: 2 })
  })

  it("a JSON of 1,024 bytes fits, a larger one does not, and neither does anything that is no JSON", () => {
    const text = (length: number) => "ü".repeat(length / 2)
    assert.isUndefined(Run.outcomeFault(text(1_022)))
    assert.deepStrictEqual(Run.outcomeFault(text(1_024)), {
      path: "outcome",
      message: "it has 1026 bytes as text, which are more than 1024"
    })
    assert.strictEqual(Run.outcomeFault({ at: new Date(0) })?.path, "outcome.at")
    assert.strictEqual(Run.outcomeFault(undefined)?.path, "outcome")
  })

  it("a reason has at most 256 characters, one line, and no places in code", () => {
    const error = new Error(`broken\n  twice ${"x".repeat(300)}`)
    const reason = Run.reasonOf(error)
    assert.strictEqual(reason.length, 256)
    assert.match(reason, /^broken twice x+…$/)
    assert.strictEqual(Run.reasonOf(new Error(new Error("inner").stack)), "Error: inner")
    assert.isTrue(Run.reasonOf("😀".repeat(200)).isWellFormed())
  })
})
