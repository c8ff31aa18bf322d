import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import { RunBook } from "@effect-dispatch/core/RunBook"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { assert, describe, it } from "@effect/vitest"
import { at, running, stopped } from "../integration/reportingService.ts"
import { judge, type Remains, type SiteLife } from "./soakJudge.ts"
import { inWords } from "./told.ts"

const millis = (seconds: number) => at(seconds).epochMilliseconds

const entry = (number: number, seconds: number, event: JournalEvent): JournalEntry => ({
  epoch: 0n,
  number: BigInt(number),
  at: at(seconds),
  status: "Synchronised",
  event
})

const told = (seconds: number, event: JournalEvent): SiteLife["lines"][number] => {
  if (event._tag !== "Running" && event._tag !== "Stopped") throw new Error("nothing that is told")
  const state = event._tag
  return {
    tag: "told",
    words: inWords({ ...event, state }),
    id: String(event.dispatch.id),
    state,
    isCommand: false,
    at: millis(seconds)
  }
}

/** A life in which a run began and ended, and all is as it should be. */
const remains = (more: Partial<Remains> = {}): Remains => {
  const entries = more.entries ?? [
    entry(1, 0, { _tag: "Began" }),
    entry(2, 10, running(1, 10)),
    entry(3, 70, stopped(1, 10))
  ]
  const book = new RunBook()
  for (const one of entries) book.add(one)
  const reported = book.runs.map((run): ReportedRun => ({
    epoch: 0n,
    number: 3n,
    run,
    reporter: { id: "a", name: "soak" },
    arrivedAt: at(71),
    clockOffsetMillis: undefined,
    contradicted: false
  }))
  const tally = book.runs.reduce((sum, run) => RunTally.plus(sum, RunTally.of(run)), RunTally.nothing)
  const lines = [told(10, running(1, 10)), told(70, stopped(1, 10))]
  return {
    lives: [{ began: millis(0), ended: millis(100), isKilled: false, lines }],
    entries,
    reported,
    days: [{ day: 20_000, type: "CHARGE", reporter: { id: "a", name: "soak" }, tally }],
    ...more
  }
}

const [life] = remains().lives

const faultsOf = (more: Partial<Remains>) => judge(remains(more)).join("; ")

describe("the judge of a soak", () => {
  it("finds nothing where all is as it should be", () => {
    assert.deepStrictEqual(judge(remains()), [])
  })

  it("finds entries that are lost, but for the last second before a kill", () => {
    const entries = remains().entries.slice(0, 2)
    assert.include(faultsOf({ entries }), "is in no journal")
    const killed = { ...life, began: millis(0), lines: life?.lines ?? [], isKilled: true }
    assert.deepStrictEqual(judge(remains({ entries, lives: [{ ...killed, ended: millis(70.9) }] })), [])
    assert.include(
      faultsOf({ entries, lives: [{ ...killed, ended: millis(71.1) }] }),
      "1100 ms before the end"
    )
  })

  it("finds entries out of order, gaps, and entries that had no room", () => {
    const [began, first, second] = remains().entries
    if (began === undefined || first === undefined || second === undefined) return
    const swapped = [began, entry(2, 10, second.event), entry(3, 70, first.event)]
    assert.include(faultsOf({ entries: swapped }), "the journal says Stopped 1")
    assert.include(faultsOf({ entries: [began, first, { ...second, number: 4n }] }), "has the number 4")
    const lost = [...remains().entries, entry(4, 80, { _tag: "Lost", count: 2 })]
    assert.include(faultsOf({ entries: lost }), "2 entries are lost")
  })

  it("finds runs that are reported twice, not at all, or as they were not, and counts that are wrong", () => {
    const { reported } = remains()
    assert.include(faultsOf({ reported: [...reported, ...reported] }), "is reported 2 times")
    assert.include(faultsOf({ reported: [] }), "is not reported")
    const other = reported.map((one) => ({ ...one, run: { ...one.run, failuresTotal: 1 } }))
    assert.include(faultsOf({ reported: other }), "is reported as Ran, not Ran")
    assert.include(faultsOf({ days: [] }), "the counts of days")
  })

  it("finds a run that was never told to stop, and a command that was told twice", () => {
    const lines = life?.lines.slice(0, 1) ?? []
    const open = { began: millis(0), ended: millis(100), isKilled: false, lines }
    assert.include(faultsOf({ entries: remains().entries.slice(0, 2), lives: [open] }), "never told to stop")
    const command = { ...told(10, running(1, 10)), isCommand: true }
    assert.include(faultsOf({ lives: [{ ...open, lines: [command, command] }] }), "2 times")
  })
})
