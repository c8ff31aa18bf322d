import type { Mutants } from "./mutant.ts"

export const coreTimeline: Mutants = {
  "packages/core/src/internal/timeline/changeOrder.ts": {
    "ids-compare-as-text": {
      fault: "Order: ids compare as text",
      text: "left < right ? -1 : left > right ? 1 : 0",
      replacement: "`${left}` < `${right}` ? -1 : left === right ? 0 : 1"
    }
  },
  "packages/core/src/internal/timeline/evaluation.ts": {
    "r8-replaced-version-takes-what-was-overdue": {
      rule: "R8",
      fault: "what was overdue is lost if two versions arrive at once",
      text: "|| entry.touched === step.number) return noteOverdue",
      replacement: ") return\n  noteOverdue",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-command-that-is-back-counts-as-gone": {
      rule: "R9",
      fault: "a command that came back takes the place of one that is gone",
      text: "gone.delete(id)",
      replacement: "",
      tests: ["packages/core/test/internal/timeline/timelineEntry.test.ts"]
    },
    "clock-set-back-undoes": {
      fault: "Clock set back: a little is not waited out, and undoes what was told",
      text: "const now = back > 0 && !clockStepped ? timeline.evaluatedAt : wallClock",
      replacement: "const now = wallClock",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-unremembered-is-not-reported-again": {
      rule: "R9",
      fault: "what is not remembered is not reported when its time comes again",
      text: "entry.executed?.goBack()",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    }
  },
  "packages/core/src/internal/timeline/executions.ts": {
    "r9-joined-range-ends-too-early": {
      rule: "R9",
      fault: "of two ranges that are joined, the end of the later one counts though it is earlier",
      text: "last: Math.max(oldest.last, next.last)",
      replacement: "last: next.last",
      tests: ["packages/core/test/Executions.test.ts"]
    },
    "r9-forgotten-instant-of-another-record-is-lost": {
      rule: "R9",
      fault: "of two records only one tells up to when executions are unknown",
      text: "new Executions(Math.max(this.#forgottenUpTo, other.#forgottenUpTo))",
      replacement: "new Executions(this.#forgottenUpTo)",
      tests: ["packages/core/test/Executions.test.ts"]
    },
    "r9-executions-of-two-records-count-twice": {
      rule: "R9",
      fault: "executions that two records tell of take up two ranges",
      text: "if (before !== undefined && goesOn(before, range))",
      replacement: "if (before !== undefined && before === range && goesOn(before, range))",
      tests: ["packages/core/test/Executions.test.ts"]
    },
    "r9-joins-of-two-records-are-not-counted": {
      rule: "R9",
      fault: "what is forgotten when records are combined is not counted",
      text: "for (; both.#ranges.length > executedRangesMax; losses.joined += 1) both.#joinOldest()",
      replacement: "for (; both.#ranges.length > executedRangesMax; losses.joined += 0) both.#joinOldest()",
      tests: ["packages/core/test/Executions.test.ts"]
    },
    "r9-gaps-of-a-late-record-are-dropped": {
      rule: "R9",
      fault: "what a late record says is not remembered counts as not executed",
      text: "apart([...this.#unremembered, ...other.#unremembered])",
      replacement: "this.#unremembered",
      tests: ["packages/core/test/Executions.test.ts"]
    },
    "r9-gaps-of-two-records-are-too-many": {
      rule: "R9",
      fault: "of the gaps that two records tell of, more than 64 stay",
      text: "return [[first[0], last[1]], ...parts.slice(surplus + 1)]",
      replacement: "return [[first[0], parts[1]?.[1] ?? last[1]], ...parts.slice(2)]",
      tests: ["packages/core/test/Executions.test.ts"]
    },
    "r9-gaps-of-two-records-are-widened-uncounted": {
      rule: "R9",
      fault: "what two records make unknown between executions is not counted",
      text: "losses.joined += surplusOf(gaps)",
      replacement: "",
      tests: ["packages/core/test/Executions.test.ts"]
    },
    "r9-gaps-are-joined-one-too-early": {
      rule: "R9",
      fault: "of the gaps between joined ranges 63 are exact, and not 64",
      text: "Math.max(0, parts.length - executedRangesMax)",
      replacement: "Math.max(0, parts.length - executedRangesMax + 1)",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-joined-ranges-forget-what-lies-between": {
      rule: "R9",
      fault: "what lies between joined ranges is executed again",
      text: "if (oldest.last + 1 < next.first) lost.push([oldest.last + 1, next.first - 1])",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-late-records-are-joined-one-too-early": {
      rule: "R9",
      fault: "with records that are found late 63 ranges are remembered, and not 64",
      text: "for (; both.#ranges.length > executedRangesMax; losses.joined += 1) both.#joinOldest()",
      replacement: "for (; both.#ranges.length >= executedRangesMax; losses.joined += 1) both.#joinOldest()",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-one-range-too-few": {
      rule: "R9",
      fault: "the sixty-fourth range joins the two oldest already",
      text: "if (this.#ranges.length > executedRangesMax) return this.#joinOldest()",
      replacement: "if (this.#ranges.length >= executedRangesMax) return this.#joinOldest()",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-ranges-join-over-what-was-skipped": {
      rule: "R9",
      fault: "what a clock that was ahead skipped counts as executed",
      text: "): boolean => known !== undefined && isSame(known, added) && added.schedule.next(earlier + 1) === later",
      replacement: "): boolean => known !== undefined && isSame(known, added) && earlier < later",
      tests: ["packages/core/test/Timeline.test.ts"]
    }
  },
  "packages/core/src/internal/timeline/goneExecutions.ts": {
    "r9-gone-ids-are-forgotten-without-a-trace": {
      rule: "R9",
      fault: "an id that is gone and forgotten executes again",
      text: "executions.forgottenUpTo = Math.max(executions.forgottenUpTo, latest)",
      replacement: "void latest",
      tests: ["packages/core/test/Timeline.test.ts"]
    }
  },
  "packages/core/src/internal/timeline/memory.ts": {
    "r9-decided-command-hides-those-before": {
      rule: "R9, S10",
      fault: "while a command waits to be told, the records say nothing of those before",
      text: "const withUpcoming = executed?.copy() ?? new Executions()",
      replacement: "const withUpcoming = new Executions()",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "s10-decision-is-remembered-only-when-told": {
      rule: "S10",
      fault: "a start that is noted is not in its note",
      text: "joined(earlier, joined(runOf(announced), runOf(upcoming)))",
      replacement: "joined(earlier, runOf(announced))",
      tests: ["packages/core/test/Timeline.test.ts", "packages/core/test/Recovery.test.ts"]
    },
    "s10-forgotten-id-stays-in-the-records": {
      rule: "S10",
      fault: "an id that is gone and forgotten stays in the records",
      text: "for (const id of losses.forgotten) dispatches.push(memoryOf(timeline, id))",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "s10-step-forgets-what-it-changed": {
      rule: "S10",
      fault: "the records do not learn what a step has changed",
      text: "for (const { id } of changed) dispatches.push(memoryOf(timeline, id))",
      replacement: "",
      tests: ["packages/core/test/model/TimelineModel.test.ts"]
    },
    "s10-unconfirmed-is-forgotten-in-the-wait": {
      rule: "S10",
      fault: "a crash in the wait loses what fell due before it",
      text: "evaluatedAt: unconfirmed ? pending - 1 : undefined",
      replacement: "evaluatedAt: undefined",
      tests: ["packages/core/test/Timeline.test.ts"]
    }
  },
  "packages/core/src/internal/timeline/missedOccurrences.ts": {
    "r8-sum-of-one-is-lost": {
      rule: "R8",
      fault: "one missed occurrence more than are told one by one is not told",
      text: "if (last >= from) into.push",
      replacement: "if (last > from) into.push"
    },
    "missed-runs-that-lie-ahead-again-are-told": {
      fault:
        "Clock set back: a missed run that waits for its note is told, though the clock was set back before it",
      text: "return run.occurrence.epochMilliseconds <= latest ? [run] : []",
      replacement: "return [run]",
      tests: ["test/simulation/simulation.test.ts"]
    },
    "sums-of-missed-runs-that-lie-ahead-again-are-told": {
      fault:
        "Clock set back: a sum of missed runs that waits for its note counts those before which the clock was set back",
      text: "if (run.last.epochMilliseconds <= latest) return [run]",
      replacement: "if (run.first.epochMilliseconds <= latest) return [run]",
      tests: ["packages/core/test/internal/site/slices.test.ts"]
    },
    "missed-runs-begin-with-what-was-executed": {
      fault:
        "Late wake-ups: the sum of missed runs begins with what was executed before the clock was set back",
      text: "while (executed.has(occurrence)) occurrence = schedule.next(executed.skipForth(occurrence, dispatch))",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "missed-runs-without-bound": {
      fault: "Late wake-ups: every single missed occurrence is told",
      text: "while (last >= from && latest.length < missedRunsMax) {",
      replacement: "while (last >= from && latest.length < missedRunsMax * 1_000) {",
      tests: ["packages/core/test/Timeline.test.ts"]
    }
  },
  "packages/core/src/internal/timeline/alike.ts": {
    "r5-every-update-is-told": {
      rule: "R5",
      fault: "every update of what runs is told again",
      text: "!runsAlike(dispatch, version)",
      replacement: "dispatch !== version"
    },
    "r3-new-end-is-not-told": {
      rule: "R3",
      fault: "a new end of the current run is not told",
      text: `(announced.until?.epochMilliseconds ?? Infinity) !== end ||
    !runsAlike(dispatch, version)`,
      replacement: `!(Target.equals(dispatch.target, version.target) && Payload.equals(dispatch.payload, version.payload))`
    },
    "r3-payload-does-not-reconfigure": {
      rule: "R3",
      fault: "a new payload of what runs is not told",
      text: `Target.equals(left.target, right.target) &&
    Payload.equals(left.payload, right.payload))`,
      replacement: "Target.equals(left.target, right.target))"
    }
  },
  "packages/core/src/internal/timeline/timelineEntry.ts": {
    "s10-previous-steers-the-same": {
      rule: "S10",
      fault: "a recovered run has as the one before a version that steers the same",
      text: "entry.earlier.findLast((one) => reconfigures(one, version, occurrence, end))",
      replacement: "entry.earlier.findLast(({ dispatch }) => !dispatch.sameContent(version))"
    },
    "s10-dispatch-without-a-version-stays": {
      rule: "S10",
      fault: "what an earlier process left without a version takes up room for ever",
      text: `timeline.deadlines.remove(entry)
    if (version === undefined) letGo(timeline, step, entry)
  } else {
    timeline.deadlines.schedule(entry, end)`,
      replacement: `timeline.deadlines.remove(entry)
  } else {
    timeline.deadlines.schedule(entry, end)`,
      tests: ["packages/core/test/internal/timeline/timelineEntry.test.ts"]
    },
    "r11-kept-version-of-another-kind-runs-on": {
      rule: "R4, R11",
      fault: "a run that was announced goes on while its dispatch, of another kind by now, is unconfirmed",
      text: "if (!version.isSameKind(announced)) return Number.NaN",
      replacement: "",
      tests: ["packages/core/test/internal/timeline/timelineEntry.test.ts"]
    },
    "r11-forms-of-earlier-processes-stay-announced": {
      rule: "R5, R10, R11",
      fault:
        "what earlier processes announced in other forms is told again with each update, and stopped once more",
      text: `entry.inherited = false
    entry.earlier = []
    entry.announcedLast = change`,
      replacement: `entry.inherited = false
    entry.announcedLast = change`,
      tests: ["packages/core/test/internal/timeline/timelineEntry.test.ts"]
    },
    "s10-moved-run-waits-for-the-note": {
      rule: "S10",
      fault: "the end of an earlier process's run waits until the start that takes its place is noted",
      text: "step.moved.push(...movedBy(entry, entry.upcoming))",
      replacement: "",
      tests: ["packages/core/test/LeftIdentities.test.ts"]
    },
    "r11-moved-run-is-not-told": {
      rule: "R11",
      fault: "that a run goes on as another version is told to nobody who merges",
      text: "told.moved.push(...movedBy(entry, change))",
      replacement: "",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "r11-earlier-runs-do-not-stop": {
      rule: "R11",
      fault: "only the latest of several announcements is stopped",
      text: 'for (const one of earlier) stopOne(step, entry, one, "Earlier")',
      replacement: "void earlier",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "catch-up-window-excludes-its-end": {
      fault: "Late commands: a command exactly as late as allowed is not executed",
      text: "const inTime = step.now - latest <= timeline.catchUpWindow",
      replacement: "const inTime = step.now - latest < timeline.catchUpWindow",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "missed-runs-are-silent": {
      fault: "Late wake-ups: what came and went is not told",
      text: `const end = occurrence + schedule.length
        if (catchesUp(cause) && entry.pending < step.now) {`,
      replacement: `const end = occurrence + schedule.length
        if (catchesUp(cause) && entry.pending < -step.now) {`
    },
    "missed-runs-include-what-is-on": {
      fault: "Late wake-ups: what is on under the new version is reported as missed under the old one",
      text: "if (isOn !== undefined) kept.take(isOn.occurrence.epochMilliseconds)",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "missed-runs-include-what-was-executed": {
      fault: "Late wake-ups: an update that comes late reports executed commands as missed",
      text: "const kept = (hasNoLength(overdue.version) ? entry.executed?.copy() : undefined) ?? new Executions()",
      replacement: "const kept = new Executions()",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r1-known-while-running-is-not-started": {
      rule: "R1",
      fault: "what is running when it becomes known waits for its next occurrence",
      text: "if (Number.isNaN(occurrence)) {",
      replacement: `if (Number.isNaN(occurrence) || (cause === "Created" && occurrence < step.now)) {`,
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r11-prolonged-run-ended-early": {
      rule: "R11",
      fault: "a run that was prolonged while it was unconfirmed is said to have ended as it was announced",
      text: "const edge = end > planned && end <= now ? end : Math.min(planned, now)",
      replacement: "const edge = end > planned && end < now ? end : Math.min(planned, now)",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r2-deactivation-does-not-stop": {
      rule: "R2",
      fault: "an update that deactivates does not stop",
      text: `withdraw(step, entry)
        stop(step, entry)
        timeline.deadlines.remove(entry)`,
      replacement: `withdraw(step, entry)
        if (version === undefined) stop(step, entry)
        timeline.deadlines.remove(entry)`,
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r4-stop-is-about-the-new-version": {
      rule: "R4",
      fault: "a stop is about the new version, so that who waits for the old type never hears it",
      text: `const change: RunningStateChange = {
        dispatch,`,
      replacement: `const change: RunningStateChange = {
        dispatch: version ?? dispatch,`,
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r5-update-of-the-stopped-looks-like-a-stop": {
      rule: "R5",
      fault: "an update of what is not running is told as a stop",
      text: `if (announced !== undefined) stopOne(step, entry, announced, inherited ? "Earlier" : "Present")`,
      replacement: `const { cause, version } = entry
  const known = announced ?? (cause !== "Updated" || version === undefined ? undefined : {
    dispatch: version, state: "Running" as const, at: step.instant, decidedAt: step.instant,
    occurrence: step.instant, until: undefined, continues: false, cause
  })
  if (known !== undefined) stopOne(step, entry, known, inherited ? "Earlier" : "Present")`,
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r6-deletion-does-not-stop": {
      rule: "R6",
      fault: "what is deleted while it runs is not stopped",
      text: `withdraw(step, entry)
        stop(step, entry)
        timeline.deadlines.remove(entry)`,
      replacement: `withdraw(step, entry)
        if (version !== undefined) stop(step, entry)
        timeline.deadlines.remove(entry)`,
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r7-next-occurrence-waits-for-the-end": {
      rule: "R7",
      fault: "an occurrence during an earlier run is not told",
      text: "timeline.deadlines.schedule(entry, Math.min(end, next))",
      replacement: "timeline.deadlines.schedule(entry, end)",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r8-stops-between-abutting-runs": {
      rule: "R8",
      fault: "a run that abuts the next is stopped in between",
      text: "if (entry.announced !== undefined && !version.isSameKind(entry.announced.dispatch)) stop(step, entry)",
      replacement: `if (entry.announced !== undefined && !version.isSameKind(entry.announced.dispatch)) stop(step, entry)
        if (entry.announced?.until?.epochMilliseconds === occurrence) stop(step, entry)`,
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-command-is-executed-again": {
      rule: "R9",
      fault: "a command is executed again when the clock was set back",
      text: "const executes = due && inTime && entry.executed?.has(latest) !== true",
      replacement: "const executes = due && inTime",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-command-never-starts": {
      rule: "R9",
      fault: "a dispatch of duration zero never starts anything",
      text: "if (!executes) {",
      replacement: "if (!executes || version.schedule.length === 0) {",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r7-start-is-told-as-of-an-instant-ahead": {
      rule: "R7",
      fault: "a start that waits when the clock is set back is told before its instant",
      text: "if (isAhead(step, upcoming)) step.starts.push(decideAgain(step, entry, upcoming))",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-command-is-told-as-of-an-instant-ahead": {
      rule: "R9",
      fault: "a command that waits when the clock is set back is told before its instant",
      text: "if (isAhead(step, waiting)) step.commands.push(...pairOf(decideAgain(step, entry, waiting)))",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-executed-before-it-is-told": {
      rule: "R9",
      fault: "a command that is withdrawn before it was told counts as executed",
      text: "step.commands.push(...pairOf(entry.upcoming))",
      replacement: `noteExecution(step, entry, latest, version)
        step.commands.push(...pairOf(entry.upcoming))`,
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r9-unremembered-is-executed": {
      rule: "R9",
      fault: "what may have been executed before is executed",
      text: "if (isUnremembered) {",
      replacement: "if (isUnremembered && latest < 0) {",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "s10-unconfirmed-ends-unheard": {
      rule: "S10",
      fault: "the end of a run that waits to be confirmed is not told",
      text: "timeline.deadlines.schedule(entry, end)",
      replacement: "timeline.deadlines.remove(entry)",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "slices-execute-however-late": {
      fault: "Slices: a command that has waited for too long is executed all the same",
      text: "if (now > occurrence && now - occurrence > timeline.catchUpWindow) {",
      replacement: "if (now > occurrence && now - occurrence > timeline.catchUpWindow && now < 0) {",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "slices-forget-what-was-not-told": {
      fault: "Slices: an occurrence that came and went before its slice is not reported",
      text: "missNotTold(step, upcoming)",
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts", "packages/core/test/internal/site/slices.test.ts"]
    },
    "slices-tell-what-has-ended": {
      fault: "Slices: a start that ended before its slice is told all the same",
      text: "if (entry === undefined || entry.upcoming !== change) return false",
      replacement: "if (entry === undefined) return false",
      tests: ["packages/core/test/Timeline.test.ts"]
    }
  },
  "packages/core/src/internal/timeline/movedStop.ts": {
    "r11-last-announcement-has-not-moved": {
      rule: "R11",
      fault: "of the forms that earlier processes announced, the last one is not told to have moved",
      text: "inherited && announced !== undefined ? [...earlier, announced] : earlier",
      replacement: "earlier",
      tests: [
        "packages/core/test/internal/timeline/timelineEntry.test.ts",
        "packages/core/test/RecoveredIdentities.test.ts"
      ]
    }
  }
}
