import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { eventOfChange } from "@effect-dispatch/core/RunBook"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { JournalJudge } from "../../src/internal/journalJudge.ts"
import { SimulatedJournal } from "../../src/internal/simulatedJournal.ts"
import { at, change, t0, version as dispatch } from "./changes.ts"

const started = change("Running", 0)
const stopped = change("Stopped", 60)

/** A process that has told and written these. */
const life = Effect.fnUntraced(function* (
  told: ReadonlyArray<RunningStateChange>,
  written: ReadonlyArray<RunningStateChange>
) {
  let timers = 0
  const journal = new SimulatedJournal()
  const judge = new JournalJudge(journal, () => timers)
  judge.beginProcess()
  const { append } = yield* Effect.scoped(journal.place.open(MicrogridId.make(1n)))
  for (const one of told) {
    timers = one.at.epochMilliseconds - t0
    judge.change(one, one.at.epochMilliseconds)
  }
  const entries = written.map((one, index): JournalEntry => ({
    epoch: 0n,
    number: BigInt(index + 1),
    at: one.at,
    status: "Synchronised",
    event: eventOfChange(one)
  }))
  yield* append(entries)
  return {
    journal,
    judge,
    append,
    moveTo: (seconds: number) => {
      timers = seconds * 1_000
    }
  }
})

const violations = (judge: JournalJudge) => judge.conclude().map((what) => what.slice(0, 40))

describe("the judge of the journal", () => {
  it.effect("says nothing of a journal that has all, once and in order", () =>
    Effect.gen(function* () {
      const { judge } = yield* life([started, stopped], [started, stopped])
      judge.end()
      assert.deepStrictEqual(violations(judge), [])
    })
  )

  it.effect(
    "notices what is missing, unless the process was killed within a second or the journal did not work",
    () =>
      Effect.gen(function* () {
        const lost = yield* life([started, stopped], [started])
        lost.judge.end()
        assert.deepStrictEqual(violations(lost.judge), ["J3: process 0: Stopped 1 CHARGE 17672616"])
        const killedLater = yield* life([started, stopped], [started])
        killedLater.moveTo(62)
        killedLater.judge.kill()
        assert.lengthOf(violations(killedLater.judge), 1)
        const killed = yield* life([started, stopped], [started])
        killed.judge.kill()
        assert.deepStrictEqual(violations(killed.judge), [])
        const hung = yield* life([started], [])
        hung.judge.setMood("hangs")
        hung.judge.change(stopped, stopped.at.epochMilliseconds)
        hung.moveTo(600)
        hung.judge.end()
        assert.deepStrictEqual(violations(hung.judge), [])
      })
  )

  it.effect("notices what was never told, told otherwise, or written twice", () =>
    Effect.gen(function* () {
      for (const written of [
        [started, stopped, started],
        [started, started, stopped],
        [started, { ...stopped, cause: "Deleted" as const }],
        [stopped, started]
      ]) {
        const { judge } = yield* life([started, stopped], written)
        judge.end()
        assert.isNotEmpty(violations(judge))
      }
    })
  )

  it.effect("notices a run that goes on in the journal alone, and one that does so everywhere else", () =>
    Effect.gen(function* () {
      for (const [told, written, running, seconds, wrong] of [
        [[started], [started], [], 30, 1],
        [[started], [], [started], 30, 2],
        [[started], [started], [started], 30, 0],
        // The last second need not be written.
        [[started], [], [started], 0.5, 0]
      ] as const) {
        const { judge, moveTo } = yield* life(told, written)
        moveTo(seconds)
        judge.healed(new Map(running.map((one) => [1n, one])), t0 + seconds * 1_000)
        assert.lengthOf(violations(judge), wrong)
      }
    })
  )

  it.effect("notices a missed run that is not in the journal", () =>
    Effect.gen(function* () {
      const { judge } = yield* life([], [])
      const missed: MissedRun = { _tag: "MissedRun", dispatch, occurrence: at(0), reason: "LateWakeUp" }
      judge.missed(missed, t0 + 90_000)
      judge.end()
      assert.deepStrictEqual(violations(judge), ["J3: process 0: Missed 1 1767261600000 1 "])
    })
  )

  it.effect("a process that was killed writes nothing any more", () =>
    Effect.gen(function* () {
      const { append, journal, judge } = yield* life([started, stopped], [started])
      judge.kill()
      yield* append(journal.entries)
      assert.lengthOf(journal.entries, 1)
      judge.beginProcess()
      judge.end()
      assert.deepStrictEqual(violations(judge), [])
    })
  )
})
