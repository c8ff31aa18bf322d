import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import { RunBook } from "@effect-dispatch/core/RunBook"
import * as RunTally from "@effect-dispatch/core/RunTally"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { at, missed, running, stopped } from "../integration/reportingService.ts"
import { Duration } from "effect"
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

const plannedAt = (id: bigint, seconds: number) =>
  new Dispatch({
    id: DispatchId.make(id),
    type: "CHARGE",
    startTime: at(seconds),
    duration: Duration.seconds(60),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: at(0),
    updateTime: 1n
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
    planned: [],
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

  it("finds a planned occurrence that the site knew of, and of which its journal tells nothing", () => {
    const planned = [1n, 2n].map((id) => plannedAt(id, 80))
    const lines = life?.lines ?? []
    const knowing = (seconds: number) => [
      {
        began: millis(0),
        ended: millis(100),
        isKilled: false,
        lines: [...lines, { tag: "known" as const, id: "2", at: millis(seconds) }]
      }
    ]
    const alive = [...remains().entries, entry(4, 90, { _tag: "Alive" })]
    assert.deepStrictEqual(judge(remains({ planned, entries: alive })), [])
    assert.include(faultsOf({ planned, entries: alive, lives: knowing(75) }), "2 was planned for")
    // One that it did not know of before it was over.
    assert.deepStrictEqual(judge(remains({ planned, entries: alive, lives: knowing(140) })), [])
    const missing = [...remains().entries, entry(4, 90, { ...missed(2, 80) })]
    assert.deepStrictEqual(judge(remains({ planned, entries: missing, lives: knowing(75) })), [])
    // It was killed, and began again after it.
    const begun = [...remains().entries, entry(4, 90, { _tag: "Began" })]
    assert.deepStrictEqual(judge(remains({ planned, entries: begun, lives: knowing(75) })), [])
  })

  it("finds a run that was never told to stop, and a command that was told twice", () => {
    const lines = life?.lines.slice(0, 1) ?? []
    const open = { began: millis(0), ended: millis(100), isKilled: false, lines }
    assert.include(faultsOf({ entries: remains().entries.slice(0, 2), lives: [open] }), "never told to stop")
    const command = { ...told(10, running(1, 10)), isCommand: true }
    assert.include(faultsOf({ lives: [{ ...open, lines: [command, command] }] }), "2 times")
  })
})
