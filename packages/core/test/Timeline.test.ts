import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import type { ChangeCause, MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Timeline from "../src/internal/timeline/timeline.ts"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { isNothing, SiteMemory } from "../src/internal/site/siteMemory.ts"
import { type Memory, memoryOf } from "../src/internal/timeline/memory.ts"
import { at, dispatch, t0 } from "./fixtures.ts"
import { noStops } from "./internal/site/recall.ts"

const everyMinute = new RecurrenceRule({ frequency: "MINUTELY", interval: 1 })

const make = () => Timeline.make({ catchUpWindow: Duration.minutes(1), remembers: true })

const input = (version: Dispatch, cause: ChangeCause = "Updated", late = false): Timeline.Input => ({
  id: version.id,
  version,
  cause,
  late
})

const gone = (version: Dispatch): Timeline.Input => ({
  id: version.id,
  version: undefined,
  cause: "Deleted",
  late: false
})

const counted = new WeakMap<Timeline.Timeline, { joined: number; forgotten: number }>()

/** The losses of all steps of a timeline. */
const lossesOf = (timeline: Timeline.Timeline) => counted.get(timeline) ?? { joined: 0, forgotten: 0 }

const count = (timeline: Timeline.Timeline, { losses }: Memory) => {
  const { forgotten, joined } = lossesOf(timeline)
  counted.set(timeline, {
    joined: joined + losses.joined,
    forgotten: forgotten + losses.forgotten.length
  })
}

/** The changes told of an evaluation where nothing has to be noted. */
const toldOf = (timeline: Timeline.Timeline, evaluation: Timeline.Evaluation) => {
  count(timeline, evaluation.memory)
  return { ...evaluation, changes: [...evaluation.stops, ...tell(timeline, evaluation.starts)] }
}

/** Tells what was decided at the instant that was evaluated last. */
const tell = (timeline: Timeline.Timeline, decided: ReadonlyArray<RunningStateChange>) => {
  const { changes, memory } = Timeline.tell(timeline, decided, timeline.evaluatedAt)
  count(timeline, memory)
  return changes
}

/** Evaluates, and tells what was decided. */
const evaluate = (timeline: Timeline.Timeline, inputs: ReadonlyArray<Timeline.Input>, now: number) =>
  toldOf(timeline, Timeline.evaluate(timeline, inputs, now))

/** Goes on from records, and tells what was decided. */
const recover = (timeline: Timeline.Timeline, remembered: ReadonlyArray<Timeline.Remembered>, now: number) =>
  toldOf(timeline, Timeline.recover(timeline, remembered, now))

/** Applies inputs, and gives what was told: what was due at the very instant is settled before them. */
const apply = (timeline: Timeline.Timeline, inputs: ReadonlyArray<Timeline.Input>, now: number) => {
  const evaluations = Timeline.nextWakeAt(timeline) === now ? [evaluate(timeline, [], now)] : []
  evaluations.push(evaluate(timeline, inputs, now))
  return {
    changes: evaluations.flatMap(({ changes }) => changes),
    missed: evaluations.flatMap(({ missed }) => missed)
  }
}

const told = (changes: ReadonlyArray<RunningStateChange>) =>
  changes.map(({ cause, dispatch, state }) => `${state} ${dispatch.id} ${cause}`)

const missedSeconds = (missed: ReadonlyArray<MissedRun>) =>
  missed.map((run) =>
    run._tag === "MissedRun"
      ? (run.occurrence.epochMilliseconds - t0) / 1_000
      : `${run.count} from ${(run.first.epochMilliseconds - t0) / 1_000} to ${(run.last.epochMilliseconds - t0) / 1_000}`
  )

const second = (seconds: number) => t0 + seconds * 1_000

const executedOnceBy = (cause: ChangeCause) => [`Running 1 ${cause}`, `Stopped 1 ${cause}`]
const executedOnce = executedOnceBy("Scheduled")

/** The memory of one dispatch after the latest step. */
const remember = (timeline: Timeline.Timeline, id: DispatchId): Timeline.Remembered => {
  const { evaluatedAt, ...one } = memoryOf(timeline, id)
  return { ...one, evaluatedAt: evaluatedAt ?? timeline.evaluatedAt }
}

/** A process that begins with what is kept of one dispatch. */
const restarted = (timeline: Timeline.Timeline, version: Dispatch) => ({
  timeline: make(),
  remembered: [remember(timeline, version.id)]
})

describe("Timeline", () => {
  it("R1, R7, R8: starts at the occurrence, stops at the end, and asks to be woken for both", () => {
    const timeline = make()
    assert.deepStrictEqual(apply(timeline, [input(dispatch(), "Created")], second(-10)).changes, [])
    assert.strictEqual(Timeline.nextWakeAt(timeline), second(0))
    const [start] = evaluate(timeline, [], second(0)).changes
    assert.deepInclude(start, {
      state: "Running",
      cause: "Scheduled",
      at: at(0),
      occurrence: at(0),
      until: at(60)
    })
    assert.strictEqual(Timeline.nextWakeAt(timeline), second(60))
    const [stop] = evaluate(timeline, [], second(60)).changes
    assert.deepInclude(stop, {
      state: "Stopped",
      cause: "Scheduled",
      at: at(60),
      occurrence: at(0),
      until: at(60)
    })
    assert.strictEqual(Timeline.nextWakeAt(timeline), Infinity)
  })

  it("R2: an update that ends the run tells the stop about the version that ran, with the new one beside it", () => {
    const timeline = make()
    const first = dispatch()
    const second_ = dispatch({ version: 2, active: false, payload: { x: 1 } })
    apply(timeline, [input(first, "Created")], second(0))
    const [stop] = apply(timeline, [input(second_)], second(20)).changes
    assert.deepInclude(stop, { state: "Stopped", dispatch: first, next: second_, at: at(20), until: at(60) })
  })

  it("R3, R5: a new payload, target, duration or run reconfigures; anything else says nothing", () => {
    const timeline = make()
    const first = dispatch()
    apply(timeline, [input(first, "Created")], second(0))
    const same = dispatch({ version: 2, endTime: at(60) })
    assert.deepStrictEqual(apply(timeline, [input(same)], second(1)).changes, [])
    const longer = dispatch({ version: 3, duration: Duration.minutes(2) })
    const [change] = apply(timeline, [input(longer)], second(2)).changes
    assert.deepInclude(change, {
      state: "Running",
      previous: first,
      dispatch: longer,
      until: at(120),
      at: at(2)
    })
  })

  for (const [what, fields] of [
    ["type", { type: "OTHER" }],
    ["dryRun", { dryRun: true }]
  ] as const) {
    it(`R4: a new ${what} while running is a stop of the old and a start of the new`, () => {
      const timeline = make()
      const old = dispatch()
      apply(timeline, [input(old, "Created")], second(0))
      const next = dispatch({ version: 2, ...fields })
      const { changes } = apply(timeline, [input(next)], second(1))
      assert.deepStrictEqual(
        changes.map(({ dispatch, state }) => [state, dispatch]),
        [
          ["Stopped", old],
          ["Running", next]
        ]
      )
    })
  }

  it("R6: a deletion while running is a stop", () => {
    const timeline = make()
    apply(timeline, [input(dispatch(), "Created")], second(0))
    assert.deepStrictEqual(told(apply(timeline, [gone(dispatch())], second(1)).changes), [
      "Stopped 1 Deleted"
    ])
    assert.strictEqual(timeline.entries.size, 0)
  })

  it("R7: an occurrence during an earlier run is told at its instant, without a stop", () => {
    const timeline = make()
    const recurrence = everyMinute
    const overlapping = dispatch({ recurrence, duration: Duration.seconds(90) })
    assert.deepStrictEqual(told(apply(timeline, [input(overlapping, "Created")], second(0)).changes), [
      "Running 1 Created"
    ])
    assert.strictEqual(Timeline.nextWakeAt(timeline), second(60))
    const [next, ...others] = evaluate(timeline, [], second(60)).changes
    assert.deepInclude(next, {
      state: "Running",
      cause: "Scheduled",
      at: at(60),
      occurrence: at(60),
      until: at(150)
    })
    assert.deepStrictEqual(others, [])
  })

  it("R8: runs that abut go over into each other without a stop, and say so beforehand", () => {
    const timeline = make()
    apply(timeline, [input(dispatch({ recurrence: everyMinute }), "Created")], second(-1))
    const [first] = evaluate(timeline, [], second(0)).changes
    assert.isTrue(first?.continues)
    assert.deepStrictEqual(told(evaluate(timeline, [], second(60)).changes), ["Running 1 Scheduled"])
  })

  it("R9: a command is a start and a stop at its occurrence, once", () => {
    const timeline = make()
    const command = dispatch({ duration: Duration.zero })
    apply(timeline, [input(command, "Created")], second(-1))
    const { changes } = evaluate(timeline, [], second(0))
    assert.deepStrictEqual(told(changes), ["Running 1 Scheduled", "Stopped 1 Scheduled"])
    assert.deepStrictEqual(changes[0]?.until, at(0))
    const again = dispatch({ duration: Duration.zero, version: 2, payload: { x: 1 } })
    assert.deepStrictEqual(apply(timeline, [input(again)], second(0)).changes, [])
  })

  it("orders one evaluation: stops by id, commands by id, starts by occurrence, then id", () => {
    const timeline = make()
    const inputs = [
      dispatch({ id: 9n, startTime: at(-60) }),
      dispatch({ id: 10n, startTime: at(-60) }),
      dispatch({ id: 4n, duration: Duration.zero }),
      dispatch({ id: 3n, duration: Duration.zero }),
      dispatch({ id: 8n }),
      dispatch({ id: 7n })
    ].map((version) => input(version, "Created"))
    apply(timeline, inputs, second(-30))
    assert.deepStrictEqual(told(evaluate(timeline, [], second(0)).changes), [
      "Stopped 9 Scheduled",
      "Stopped 10 Scheduled",
      "Running 3 Scheduled",
      "Stopped 3 Scheduled",
      "Running 4 Scheduled",
      "Stopped 4 Scheduled",
      "Running 7 Scheduled",
      "Running 8 Scheduled"
    ])
  })

  it("settles what is due at an instant before an input that arrives at it", () => {
    const timeline = make()
    apply(timeline, [input(dispatch(), "Created")], second(0))
    const longer = dispatch({ version: 2, duration: Duration.minutes(5) })
    assert.deepStrictEqual(told(apply(timeline, [input(longer)], second(60)).changes), [
      "Stopped 1 Scheduled",
      "Running 1 Updated"
    ])
  })

  it("applies inputs that were waiting when the timer woke first, and evaluates once", () => {
    const timeline = make()
    apply(timeline, [input(dispatch(), "Created")], second(0))
    const longer = dispatch({ version: 2, duration: Duration.minutes(5) })
    assert.deepStrictEqual(told(evaluate(timeline, [input(longer)], second(60)).changes), [
      "Running 1 Updated"
    ])
  })

  describe("commands that come late", () => {
    const command = dispatch({ duration: Duration.zero })
    const cases: ReadonlyArray<readonly [string, Timeline.Input, number, boolean]> = [
      ["a creation within the window executes", input(command, "Created", true), 60, true],
      ["a creation beyond the window does not", input(command, "Created", true), 60.001, false],
      ["an update never does", input(command, "Updated"), 0.001, false],
      ["the first listing of a fresh process does not", input(command, "Created", false), 0.001, false],
      ["whatever led to it, at the very instant it executes", input(command, "Updated"), 0, true]
    ]
    for (const [name, late, seconds, executes] of cases) {
      it(name, () => {
        const { changes } = apply(make(), [late], second(seconds))
        assert.strictEqual(changes.length, executes ? 2 : 0)
      })
    }

    it("a command that was due before an update found it waiting is executed all the same", () => {
      const timeline = make()
      apply(timeline, [input(command, "Created")], second(-1))
      const changed = dispatch({ duration: Duration.zero, version: 2, payload: { x: 1 } })
      const { changes, missed } = evaluate(timeline, [input(changed)], second(0.005))
      assert.deepStrictEqual(told(changes), ["Running 1 Updated", "Stopped 1 Updated"])
      assert.deepStrictEqual(missed, [])
    })

    it("a finite run whose duration becomes zero after it was announced is no missed command", () => {
      const timeline = make()
      apply(timeline, [input(dispatch(), "Created")], second(0))
      const { changes, missed } = apply(
        timeline,
        [input(dispatch({ version: 2, duration: Duration.zero }))],
        second(0)
      )
      assert.deepStrictEqual(told(changes), ["Stopped 1 Updated"])
      assert.deepStrictEqual(missed, [])
    })
  })

  describe("late wake-ups", () => {
    it("start a run that is still on, with its true end", () => {
      const timeline = make()
      apply(timeline, [input(dispatch(), "Created")], second(-1))
      const { changes, missed } = evaluate(timeline, [], second(40))
      assert.deepInclude(changes[0], { state: "Running", at: at(0), decidedAt: at(40), until: at(60) })
      assert.deepStrictEqual(missed, [])
    })

    it("report runs that came and went, after all changes, the latest sixteen one by one", () => {
      const timeline = make()
      const recurring = dispatch({ duration: Duration.seconds(10), recurrence: everyMinute })
      apply(timeline, [input(recurring, "Created")], second(-1))
      const { changes, missed } = evaluate(timeline, [], second(20 * 60 + 30))
      assert.deepStrictEqual(changes, [])
      assert.deepStrictEqual(missedSeconds(missed), [
        "5 from 0 to 240",
        ...Array.from({ length: 16 }, (_, index) => (index + 5) * 60)
      ])
    })

    it("execute the latest missed occurrence of a command if it is recent, and report the others", () => {
      const timeline = make()
      const recurring = dispatch({ duration: Duration.zero, recurrence: everyMinute })
      apply(timeline, [input(recurring, "Created")], second(-1))
      const { changes, missed } = evaluate(timeline, [], second(150))
      assert.deepStrictEqual(
        changes.map(({ occurrence }) => occurrence),
        [at(120), at(120)]
      )
      assert.deepStrictEqual(missedSeconds(missed), [0, 60])
    })
  })

  describe("a clock set back", () => {
    it("by up to a second undoes nothing", () => {
      const timeline = make()
      apply(timeline, [input(dispatch(), "Created")], second(0.5))
      const { changes, clockStepped } = evaluate(timeline, [], second(-0.5))
      assert.deepStrictEqual([changes, clockStepped], [[], false])
    })

    it("by more evaluates everything again, and asks for a listing", () => {
      const timeline = make()
      apply(timeline, [input(dispatch(), "Created")], second(30))
      const { changes, clockStepped } = evaluate(timeline, [], second(-30))
      assert.deepStrictEqual(told(changes), ["Stopped 1 ClockJump"])
      assert.isTrue(clockStepped)
      assert.deepStrictEqual(told(evaluate(timeline, [], second(0)).changes), ["Running 1 Scheduled"])
    })

    it("executes no command twice, and reports none of them as missed", () => {
      const timeline = make()
      const recurring = dispatch({ duration: Duration.zero, recurrence: everyMinute })
      apply(timeline, [input(recurring, "Created")], second(-1))
      const executed = (seconds: number) => {
        const { changes, missed } = evaluate(timeline, [], second(seconds))
        return [changes.length, missed.length]
      }
      assert.deepStrictEqual(
        [executed(0), executed(60), executed(120)],
        [
          [2, 0],
          [2, 0],
          [2, 0]
        ]
      )
      assert.deepStrictEqual(executed(30), [0, 0])
      assert.deepStrictEqual(
        [executed(60), executed(120), executed(180)],
        [
          [0, 0],
          [0, 0],
          [2, 0]
        ]
      )
    })
  })

  it("keeps an order of wake-ups that does not depend on the order of inputs", () => {
    const timeline = make()
    const starts = [50, 10, 30, 20, 40]
    const inputs = starts.map((seconds, index) =>
      input(dispatch({ id: BigInt(index + 1), startTime: at(seconds) }), "Created")
    )
    apply(timeline, inputs, second(0))
    apply(timeline, [gone(dispatch({ id: 3n }))], second(1))
    const woken: Array<number> = []
    while (Timeline.nextWakeAt(timeline) < second(60)) {
      const now = Timeline.nextWakeAt(timeline)
      woken.push((now - t0) / 1_000)
      evaluate(timeline, [], now)
    }
    assert.deepStrictEqual(woken, [10, 20, 40, 50])
  })

  it("starts of one evaluation come by occurrence, then id", () => {
    const versions = [
      dispatch({ id: 1n, startTime: at(-10) }),
      dispatch({ id: 3n, startTime: at(-30) }),
      dispatch({ id: 2n, startTime: at(-30) })
    ]
    const inputs = versions.map((version) => input(version, "Created"))
    const { changes } = apply(make(), inputs, t0)
    assert.deepStrictEqual(
      changes.map((change) => change.dispatch.id as bigint),
      [2n, 3n, 1n]
    )
  })

  const command = (fields: Parameters<typeof dispatch>[0] = {}) =>
    dispatch({ ...fields, duration: Duration.zero })

  it("a created command that is a little late is executed, though the clock was set back just then", () => {
    const timeline = make()
    apply(timeline, [input(dispatch({ id: 9n, startTime: at(1_000) }), "Created")], second(30))
    const late = input(command({ startTime: at(5) }), "Created", true)
    assert.deepStrictEqual(told(apply(timeline, [late], second(10)).changes), [
      "Running 1 Created",
      "Stopped 1 Created"
    ])
  })

  it("R9: a created command that an update moves before it is looked at is not executed", () => {
    const created = input(command({ startTime: at(-10) }), "Created", true)
    const moved = input(command({ version: 2, startTime: at(-50) }))
    assert.deepStrictEqual(evaluate(make(), [created, moved], t0).changes, [])
    const renamed = input(command({ version: 2, startTime: at(-10), payload: { power: 1 } }))
    assert.strictEqual(evaluate(make(), [created, renamed], t0).changes.length, 2)
  })

  it("R8: of a version that was replaced before it was looked at nothing is missed; of the one in force all is", () => {
    const timeline = make()
    apply(timeline, [input(command(), "Created")], second(-1))
    const replaced = input(command({ version: 2, startTime: at(10) }), "Updated", true)
    const { changes, missed } = evaluate(
      timeline,
      [replaced, input(command({ version: 3, startTime: at(3_600) }))],
      second(30)
    )
    assert.deepStrictEqual([changes, missed.map(({ dispatch }) => dispatch.updateTime)], [[], [1n]])
  })

  it("R9: a command executed many times is not executed again after a restart with the clock set back", () => {
    const timeline = make()
    const every = command({ recurrence: everyMinute })
    apply(timeline, [input(every, "Created")], second(-1))
    for (let minute = 0; minute < 100; minute++) evaluate(timeline, [], second(minute * 60))
    const next = restarted(timeline, every)
    assert.deepStrictEqual(recover(next.timeline, next.remembered, second(599)).changes, [])
    apply(next.timeline, [input(every, "Recovered")], second(599))
    assert.deepStrictEqual(evaluate(next.timeline, [], second(600)).changes, [])
    // It would have been, had it not been executed before.
    assert.deepStrictEqual(told(evaluate(next.timeline, [], second(6_000)).changes), executedOnce)
  })

  it("R9: executions of an id that is gone, from several records, all count when it comes back", () => {
    const { timeline } = restarted(make(), command())
    for (const seconds of [0, 60]) {
      const once = make()
      apply(once, [input(command({ startTime: at(seconds) }), "Created")], second(seconds - 1))
      evaluate(once, [], second(seconds))
      const { executed } = remember(once, command().id)
      const record = {
        id: command().id,
        version: undefined,
        announced: [],
        executed,
        evaluatedAt: second(-10)
      }
      recover(timeline, [record], second(-9))
    }
    apply(timeline, [input(command({ recurrence: everyMinute }), "Created")], second(-1))
    const changesAt = (seconds: number) => evaluate(timeline, [], second(seconds)).changes
    assert.deepStrictEqual([changesAt(0), changesAt(60)], [[], []])
    assert.lengthOf(changesAt(120), 2)
  })

  describe("R9: executions are ranges, at most 64", () => {
    /** Executed once with each of so many starts, each ten minutes after the one before; then the clock goes back. */
    const executedWith = (starts: number) => {
      const timeline = make()
      for (let number = 0; number < starts; number++) {
        const version = command({ version: number + 1, startTime: at(number * 600) })
        apply(timeline, [input(version, number === 0 ? "Created" : "Updated")], second(number * 600 - 1))
        assert.deepStrictEqual(told(evaluate(timeline, [], second(number * 600)).changes), executedOnce)
      }
      return timeline
    }

    /** The fate of a command at an instant that it is moved to, with a clock set back to just before. */
    const movedTo = (timeline: Timeline.Timeline, seconds: number) => {
      apply(timeline, [input(command({ version: 1_000, startTime: at(seconds) }))], second(seconds - 1))
      const { changes, missed } = evaluate(timeline, [], second(seconds))
      return [told(changes), missed.map(({ reason }) => reason)]
    }

    for (const [name, again] of [
      ["", (timeline: Timeline.Timeline) => timeline],
      [", also after a restart", (timeline: Timeline.Timeline) => afterRestart(timeline)]
    ] as const) {
      it(`64 are exact: what lies between is executed when its time comes again${name}`, () => {
        assert.deepStrictEqual(movedTo(again(executedWith(64)), 300), [executedOnce, []])
        assert.deepStrictEqual(movedTo(again(executedWith(64)), 0), [[], []])
      })

      it(`the 65th joins the two oldest: what lies between these is missed, and not executed${name}`, () => {
        assert.deepStrictEqual(movedTo(again(executedWith(65)), 300), [[], ["Unremembered"]])
        assert.deepStrictEqual(movedTo(again(executedWith(65)), 0), [[], []])
        assert.deepStrictEqual(movedTo(again(executedWith(65)), 600), [[], []])
        assert.deepStrictEqual(movedTo(again(executedWith(65)), 900), [executedOnce, []])
        assert.strictEqual(lossesOf(executedWith(64)).joined, 0)
        assert.strictEqual(lossesOf(executedWith(65)).joined, 1)
      })
    }

    it("with what is found out only later, 64 are exact as well", () => {
      const foundLate = (count: number) => {
        const before = executedWith(count)
        const { remembered } = restarted(before, before.entries.get(command().id)?.version as Dispatch)
        const timeline = make()
        const own = command({ version: 500, startTime: at(count * 600) })
        apply(timeline, [input(own, "Created")], second(count * 600 - 1))
        assert.deepStrictEqual(told(evaluate(timeline, [], second(count * 600)).changes), executedOnce)
        recover(timeline, remembered, second(count * 600))
        return timeline
      }
      assert.deepStrictEqual(movedTo(foundLate(63), 300), [executedOnce, []])
      assert.deepStrictEqual(movedTo(foundLate(63), 600), [[], []])
      assert.deepStrictEqual(movedTo(foundLate(64), 300), [[], ["Unremembered"]])
    })

    it("what is not remembered is reported once, and again when its time comes again", () => {
      const timeline = executedWith(65)
      assert.deepStrictEqual(movedTo(timeline, 300), [[], ["Unremembered"]])
      const again = () => evaluate(timeline, [], second(300)).missed.map(({ reason }) => reason)
      assert.deepStrictEqual(again(), [])
      evaluate(timeline, [], second(290))
      assert.deepStrictEqual(again(), ["Unremembered"])
    })

    it("of what lies between, 64 gaps are exact; beyond, what was executed between the two oldest is forgotten", () => {
      assert.deepStrictEqual(movedTo(executedWith(128), 600), [[], []])
      assert.deepStrictEqual(movedTo(executedWith(129), 600), [[], ["Unremembered"]])
      assert.deepStrictEqual(movedTo(executedWith(129), 1_200), [[], []])
    })

    const afterRestart = (timeline: Timeline.Timeline) => {
      const last = timeline.entries.get(command().id)?.version as Dispatch
      const next = restarted(timeline, last)
      recover(next.timeline, next.remembered, timeline.evaluatedAt + 1)
      apply(next.timeline, [input(last, "Recovered")], timeline.evaluatedAt + 1)
      return next.timeline
    }

    it("executions of one rule that follow each other are one range, whatever a clock that was ahead skipped", () => {
      const timeline = make()
      const every = command({ recurrence: everyMinute })
      apply(timeline, [input(every, "Created")], second(-1))
      const day = 24 * 60
      // Ahead by a day for seventy minutes, then right again.
      for (let minute = day; minute < day + 70; minute++) evaluate(timeline, [], second(minute * 60))
      evaluate(timeline, [], second(70 * 60 - 1))
      for (let minute = 70; minute < 130; minute++) {
        assert.deepStrictEqual(told(evaluate(timeline, [], second(minute * 60)).changes), executedOnce)
      }
      assert.strictEqual(lossesOf(timeline).joined, 0)
    })

    it("of ids that are gone beyond the limit one instant stays: at or before it is missed, after it is executed", () => {
      const timeline = make()
      const kept = new SiteMemory(noStops)
      for (let id = 1n; id <= 10_001n; id++) {
        const one = command({ id, startTime: at(Number(id) * 2) })
        apply(timeline, [input(one, "Created")], second(Number(id) * 2))
        kept.take(evaluate(timeline, [gone(one)], second(Number(id) * 2)).memory)
      }
      assert.deepStrictEqual(
        [1n, 2n].map((id) => isNothing(kept.of(DispatchId.make(id)))),
        [true, false]
      )
      assert.strictEqual(lossesOf(timeline).forgotten, 1)
      const back = (id: bigint, seconds: number) => {
        apply(timeline, [input(command({ id, startTime: at(seconds) }), "Created")], second(seconds - 1))
        const { changes, missed } = evaluate(timeline, [], second(seconds))
        return [changes.length, missed.map(({ reason }) => reason)]
      }
      assert.deepStrictEqual(back(1n, 2), [0, ["Unremembered"]])
      assert.deepStrictEqual(back(1n, 3), [2, []])
      assert.deepStrictEqual(back(2n, 4), [0, []])
      assert.deepStrictEqual(back(20_000n, 2), [0, ["Unremembered"]])
    })
  })

  it("R7, R9: what waits to be told when the clock is set back, and is still on, is told as of the clock that is right", () => {
    const hour = dispatch({ duration: Duration.hours(1) })
    const command = dispatch({ id: 2n, duration: Duration.zero, startTime: at(90) })
    const timeline = make()
    const inputs = [input(hour, "Created"), { ...input(command, "Created"), late: true }]
    const decided = Timeline.evaluate(timeline, inputs, second(100)).starts
    const { starts, withdrawn } = Timeline.evaluate(timeline, [], second(95))
    assert.deepStrictEqual(told(starts), [
      "Running 2 ClockJump",
      "Stopped 2 ClockJump",
      "Running 1 ClockJump"
    ])
    for (const change of starts) assert.deepInclude(change, { at: at(95), decidedAt: at(95) })
    assert.deepStrictEqual(
      withdrawn.map((change) => decided.includes(change)),
      [true, true]
    )
    assert.deepStrictEqual(Timeline.tell(timeline, decided, second(95)).changes, [])
    assert.deepStrictEqual(Timeline.tell(timeline, starts, second(96)).changes, starts)
    // A little is waited out.
    const other = make()
    const waiting = Timeline.evaluate(other, inputs, second(100)).starts
    assert.deepStrictEqual(Timeline.evaluate(other, [], second(99)).starts, [])
    assert.deepStrictEqual(Timeline.tell(other, waiting, second(99)).changes, waiting)
  })

  it("R9: of ids that are gone and read late no more are remembered than of others", () => {
    const timeline = make()
    const executed = (id: number): Timeline.Remembered => ({
      id: DispatchId.make(BigInt(id)),
      version: undefined,
      announced: [],
      executed: { rules: [{ start: second(id) }], ranges: [[second(id), second(id), 0]] },
      evaluatedAt: second(0)
    })
    const remembered = Array.from({ length: 10_003 }, (_, index) => executed(index + 1))
    const { memory } = Timeline.recover(timeline, remembered, second(20_000))
    assert.deepStrictEqual(memory.losses.forgotten, [1n, 2n, 3n])
    assert.deepStrictEqual([timeline.gone.size, memory.forgottenUpTo], [10_000, second(3)])
  })

  describe("S10, R11: what only an earlier process knew", () => {
    const running = (version: Dispatch, from = second(0)) => {
      const timeline = make()
      apply(timeline, [input(version, "Created")], from)
      return restarted(timeline, version)
    }

    it("is stopped at once if it must not run, at its end if it ends while unconfirmed, and tells nothing else", () => {
      const over = running(dispatch())
      const { inherited, stops } = recover(over.timeline, over.remembered, second(100))
      assert.deepStrictEqual(told(stops), ["Stopped 1 Recovered"])
      assert.deepStrictEqual(inherited, stops)
      const on = running(dispatch())
      assert.deepStrictEqual(told(recover(on.timeline, on.remembered, second(10)).changes), [])
      assert.deepStrictEqual(Timeline.running(on.timeline), [])
      assert.strictEqual(Timeline.nextWakeAt(on.timeline), second(60))
      const ended = evaluate(on.timeline, [], second(60))
      assert.deepStrictEqual(told(ended.changes), ["Stopped 1 Scheduled"])
      assert.deepStrictEqual(ended.inherited, ended.changes)
    })

    it("is told as running once confirmed, with the version before only if what runs is different", () => {
      const same = running(dispatch())
      recover(same.timeline, same.remembered, second(10))
      const [again] = apply(same.timeline, [input(dispatch(), "Recovered")], second(12)).changes
      assert.deepInclude(again, { state: "Running", cause: "Recovered", at: at(12), occurrence: at(0) })
      assert.isUndefined(again?.previous)
      assert.lengthOf(Timeline.running(same.timeline), 1)
      const other = running(dispatch())
      recover(other.timeline, other.remembered, second(10))
      const paid = dispatch({ version: 2, payload: { x: 1 } })
      const [changed] = apply(other.timeline, [input(paid, "Recovered")], second(12)).changes
      assert.deepInclude(changed, { state: "Running", cause: "Recovered", dispatch: paid })
      assert.deepStrictEqual(changed?.previous?.updateTime, dispatch().updateTime)
    })

    it("is stopped first where type or dryRun changed, and stopped by a version that does not run, or a deletion", () => {
      const after = (confirmation: Timeline.Input) => {
        const { remembered, timeline } = running(dispatch())
        recover(timeline, remembered, second(10))
        return told(apply(timeline, [confirmation], second(12)).changes)
      }
      assert.deepStrictEqual(after(input(dispatch({ version: 2, dryRun: true }), "Recovered")), [
        "Stopped 1 Recovered",
        "Running 1 Recovered"
      ])
      assert.deepStrictEqual(after(input(dispatch({ version: 2, active: false }), "Recovered")), [
        "Stopped 1 Recovered"
      ])
      assert.deepStrictEqual(after(gone(dispatch())), ["Stopped 1 Deleted"])
    })

    it("a command that fell due is executed within the catch-up window, and missed after it; deleted, neither", () => {
      const due = dispatch({ duration: Duration.zero })
      const after = (confirmation: Timeline.Input, seconds: number) => {
        const timeline = make()
        apply(timeline, [input(due, "Created")], second(-10))
        const next = restarted(timeline, due)
        const first = recover(next.timeline, next.remembered, second(-5))
        const waiting = evaluate(next.timeline, [], second(0))
        assert.deepStrictEqual([...first.changes, ...waiting.changes], [])
        const { changes, missed } = apply(next.timeline, [confirmation], second(seconds))
        return [told(changes), missedSeconds(missed)]
      }
      assert.deepStrictEqual(after(input(due, "Recovered"), 60), [executedOnceBy("Recovered"), []])
      assert.deepStrictEqual(after(input(due, "Recovered"), 61), [[], [0]])
      assert.deepStrictEqual(after(gone(due), 10), [[], []])
    })

    it("keeps its records while it waits, as they were", () => {
      const on = running(dispatch())
      recover(on.timeline, on.remembered, second(10))
      const [kept] = on.remembered
      assert.deepStrictEqual(remember(on.timeline, dispatch().id), kept)
    })

    it("found out only later, it is stopped unless this process has announced it itself", () => {
      const { remembered } = running(dispatch())
      const timeline = make()
      apply(timeline, [input(dispatch(), "Created")], second(10))
      assert.deepStrictEqual(told(recover(timeline, remembered, second(20)).changes), [])
      const stopped = make()
      apply(stopped, [input(dispatch({ version: 2, active: false }), "Created")], second(10))
      assert.deepStrictEqual(told(recover(stopped, remembered, second(20)).changes), ["Stopped 1 Recovered"])
      // A run that it has announced and stopped itself is not stopped twice.
      const over = make()
      apply(over, [input(dispatch(), "Created")], second(10))
      apply(over, [input(dispatch({ version: 2, active: false }))], second(15))
      assert.deepStrictEqual(told(recover(over, remembered, second(20)).changes), [])
    })

    it("R9: what fell due while it was unconfirmed is executed, also if the earlier process had a clock ahead", () => {
      const command = dispatch({ startTime: at(60), duration: Duration.zero })
      const { remembered, timeline } = running(command, second(3_600))
      assert.deepStrictEqual(recover(timeline, remembered, second(58)).changes, [])
      assert.deepStrictEqual(evaluate(timeline, [], second(61)).changes, [])
      const confirmed = evaluate(timeline, [input(command, "Recovered")], second(62))
      assert.deepStrictEqual(told(confirmed.changes), executedOnceBy("Recovered"))
    })

    it("prolonged while it is unconfirmed, it ends when its last occurrence does, to the instant", () => {
      const threeTimes = new RecurrenceRule({
        frequency: "MINUTELY",
        interval: 1,
        end: { _tag: "Count", count: 3 }
      })
      const { remembered, timeline } = running(
        dispatch({ duration: Duration.seconds(90), recurrence: threeTimes })
      )
      recover(timeline, remembered, second(5))
      const ends: Array<number> = []
      while (Timeline.nextWakeAt(timeline) < Infinity) {
        const { changes } = evaluate(timeline, [], Timeline.nextWakeAt(timeline))
        ends.push(...changes.map(({ at }) => (at.epochMilliseconds - t0) / 1_000))
      }
      // The occurrences at 60 and 120 were not announced, and each lasts 90 seconds.
      assert.deepStrictEqual(ends, [210])
    })
  })

  describe("told in slices", () => {
    const decided = (timeline: Timeline.Timeline, version: Dispatch, now: number) =>
      Timeline.evaluate(timeline, [input(version, "Created", true)], now)

    it("a start that ended before it was told is not told, nor is its stop: it was missed", () => {
      const timeline = make()
      const { starts } = decided(timeline, dispatch(), second(0))
      const { missed, stops, withdrawn } = Timeline.evaluate(timeline, [], second(60))
      assert.deepStrictEqual([stops, tell(timeline, starts)], [[], []])
      assert.deepStrictEqual(withdrawn, starts)
      assert.deepStrictEqual(
        missed.map(({ reason }) => reason),
        ["NotTold"]
      )
    })

    it("a start whose dispatch was changed or deleted is told as it is now, or not at all", () => {
      const timeline = make()
      const { starts } = decided(timeline, dispatch(), second(0))
      const changed = dispatch({ version: 2, payload: { x: 1 } })
      const next = Timeline.evaluate(timeline, [input(changed)], second(1))
      assert.deepStrictEqual([starts.length, next.starts.length, next.withdrawn], [1, 1, starts])
      const all = [...starts, ...next.starts]
      assert.deepStrictEqual(tell(timeline, all), [...next.starts])
      const other = make()
      const deleted = decided(other, dispatch(), second(0))
      const { missed, stops } = Timeline.evaluate(other, [gone(dispatch())], second(1))
      assert.deepStrictEqual([stops, missed, tell(other, deleted.starts)], [[], [], []])
      // Had it been told, it would be stopped.
      const told = make()
      assert.lengthOf(tell(told, decided(told, dispatch(), second(0)).starts), 1)
      assert.lengthOf(Timeline.evaluate(told, [gone(dispatch())], second(1)).stops, 1)
    })

    it("R9: a command that is updated before it was told is executed once, as it is now; deleted, it was missed", () => {
      const timeline = make()
      const command = dispatch({ duration: Duration.zero })
      const first = decided(timeline, command, second(0))
      assert.lengthOf(first.starts, 2)
      const changed = dispatch({ duration: Duration.zero, version: 2, payload: { x: 1 } })
      const next = Timeline.evaluate(timeline, [input(changed)], second(1))
      const executed = tell(timeline, [...first.starts, ...next.starts])
      assert.deepStrictEqual(
        executed.map(({ dispatch, state }) => [state, dispatch]),
        [
          ["Running", changed],
          ["Stopped", changed]
        ]
      )
      const other = make()
      const { starts } = decided(other, command, second(0))
      const { missed } = Timeline.evaluate(other, [gone(command)], second(1))
      assert.deepStrictEqual([tell(other, starts), missed.map(({ reason }) => reason)], [[], ["NotTold"]])
    })

    it("a command that waited for longer than it may be late is not executed, but missed", () => {
      const after = (seconds: number) => {
        const timeline = make()
        const { starts } = decided(timeline, dispatch({ duration: Duration.zero }), second(0))
        const { changes, missed } = Timeline.tell(timeline, starts, second(seconds))
        return [changes.length, missed.map(({ reason }) => reason)]
      }
      assert.deepStrictEqual(
        [after(60), after(61)],
        [
          [2, []],
          [0, ["NotTold"]]
        ]
      )
    })

    it("S10: what is decided is kept as if it were told", () => {
      const timeline = make()
      const { starts } = decided(timeline, dispatch(), second(0))
      assert.deepStrictEqual(remember(timeline, dispatch().id).announced, [...starts])
      const command = dispatch({ id: 2n, duration: Duration.zero })
      decided(timeline, command, second(0))
      assert.deepStrictEqual(remember(timeline, command.id).executed?.ranges, [[second(0), second(0), 0]])
      // Beside all that was executed before.
      const other = make()
      const every = dispatch({ duration: Duration.zero, recurrence: everyMinute })
      tell(other, decided(other, every, second(0)).starts)
      assert.lengthOf(Timeline.evaluate(other, [], second(60)).starts, 2)
      assert.deepStrictEqual(remember(other, every.id).executed?.ranges, [[second(0), second(60), 0]])
    })
  })

  it("R11: a clock half a second back after a restart undoes nothing", () => {
    const timeline = make()
    const version = dispatch()
    apply(timeline, [input(version, "Created")], second(-1))
    evaluate(timeline, [], t0)
    const next = restarted(timeline, version)
    assert.deepStrictEqual(recover(next.timeline, next.remembered, t0 - 500).changes, [])
    const { changes } = apply(next.timeline, [input(version, "Recovered")], t0 - 500)
    assert.deepStrictEqual(told(changes), ["Running 1 Recovered"])
  })

  it("a change by the clock alone has no previous version", () => {
    const timeline = make()
    apply(timeline, [input(dispatch({ recurrence: everyMinute }), "Created")], second(130))
    const { changes } = evaluate(timeline, [], second(70))
    assert.deepStrictEqual(
      changes.map(({ cause, previous }) => [cause, previous]),
      [["ClockJump", undefined]]
    )
  })

  it("Late wake-ups: what was executed before the clock was set back is neither in the sum nor at its ends", () => {
    const timeline = make()
    apply(timeline, [input(command({ recurrence: everyMinute }), "Created")], second(-1))
    for (let minute = 0; minute < 10; minute++) evaluate(timeline, [], second(minute * 60))
    evaluate(timeline, [], second(-30))
    const { missed } = evaluate(timeline, [], second(60 * 40 + 5))
    // The fortieth is in time and executed.
    assert.deepStrictEqual(missedSeconds(missed), [
      `14 from ${60 * 10} to ${60 * 23}`,
      ...Array.from({ length: 16 }, (_, index) => 60 * (24 + index))
    ])
  })

  it("Late wake-ups: what was executed lies within the sum of missed runs, and is not counted", () => {
    const timeline = make()
    const rule = { recurrence: everyMinute }
    apply(timeline, [input(command(rule), "Created")], second(-1))
    evaluate(timeline, [], second(0))
    // For a while it is a run, of the same occurrence.
    apply(timeline, [input(dispatch({ ...rule, version: 2 }))], second(1))
    apply(timeline, [input(command({ ...rule, version: 3 }))], second(2))
    evaluate(timeline, [], second(-330))
    apply(timeline, [input(command({ ...rule, startTime: at(-300), version: 4 }))], second(-330))
    const { missed } = evaluate(timeline, [], second(60 * 20 + 5))
    assert.deepStrictEqual(missedSeconds(missed)[0], `8 from -300 to ${60 * 3}`)
  })

  it("Late wake-ups: what was executed under another rule is not taken from the sum of missed runs", () => {
    const timeline = make()
    apply(timeline, [input(command({ recurrence: everyMinute }), "Created")], second(-1))
    for (let minute = 0; minute < 3; minute++) evaluate(timeline, [], second(minute * 60))
    evaluate(timeline, [], second(-30))
    const elsewhere = command({ startTime: at(-30), recurrence: everyMinute, version: 2 })
    apply(timeline, [input(elsewhere)], second(-40))
    const { missed } = evaluate(timeline, [], second(60 * 20 + 5))
    assert.deepStrictEqual(missedSeconds(missed)[0], `4 from -30 to ${60 * 2 + 30}`)
  })

  it("Late wake-ups: an update that comes late reports nothing as missed that was executed", () => {
    const timeline = make()
    const minutely = command({ recurrence: everyMinute })
    apply(timeline, [input(minutely, "Created")], second(-1))
    for (let minute = 0; minute < 3; minute++) evaluate(timeline, [], second(minute * 60))
    evaluate(timeline, [], second(-30))
    const paused = command({ recurrence: everyMinute, active: false, version: 2 })
    const { missed } = evaluate(timeline, [input(paused)], second(60 * 5 + 5))
    assert.deepStrictEqual(missedSeconds(missed), [60 * 3, 60 * 4, 60 * 5])
  })

  it("Late wake-ups: what was over under the old version, and is on under the new one, is not missed", () => {
    const timeline = make()
    apply(timeline, [input(dispatch({ duration: Duration.seconds(10) }), "Created")], second(-1))
    const longer = dispatch({ duration: Duration.infinity, version: 2 })
    const { changes, missed } = evaluate(timeline, [input(longer)], second(30))
    assert.deepStrictEqual(told(changes), ["Running 1 Updated"])
    assert.deepStrictEqual(missedSeconds(missed), [])
  })

  it("Late wake-ups: neither is what lies before or between the others that were missed", () => {
    for (const minute of [0, 3, 19]) {
      const timeline = make()
      const often = dispatch({ duration: Duration.seconds(10), recurrence: everyMinute })
      apply(timeline, [input(often, "Created")], second(-1))
      const once = dispatch({ startTime: at(minute * 60), duration: Duration.infinity, version: 2 })
      const { missed } = evaluate(timeline, [input(once)], second(20 * 60 + 30))
      const lone = Array.from({ length: 17 }, (_, index) => 60 * (index + 4))
      const expected = {
        0: [`4 from 60 to ${60 * 4}`, ...lone.slice(1)],
        3: [`4 from 0 to ${60 * 4}`, ...lone.slice(1)],
        19: [`4 from 0 to ${60 * 3}`, ...lone.filter((second) => second !== 60 * 19)]
      }[minute]
      assert.deepStrictEqual(missedSeconds(missed), expected, `minute ${minute}`)
    }
  })

  it("Late wake-ups: of a command left behind by an update, too, the latest 16 are reported one by one", () => {
    const timeline = make()
    apply(timeline, [input(command({ recurrence: everyMinute }), "Created")], second(-1))
    const paused = command({ recurrence: everyMinute, active: false, version: 2 })
    const { missed } = evaluate(timeline, [input(paused)], second(60 * 20 + 5))
    assert.deepStrictEqual(missedSeconds(missed), [
      `5 from 0 to ${60 * 4}`,
      ...Array.from({ length: 16 }, (_, index) => 60 * (index + 5))
    ])
  })
})
