import type { Mutants } from "./mutant.ts"

export const cli: Mutants = {
  "packages/cli/src/plan/steps.ts": {
    "a-skip-by-hand-does-not-survive-a-plan": {
      fault: "A plan that says a rule and no exceptions has all runs again",
      text: "if (exceptions !== undefined) return withPlanned(",
      replacement: "if (exceptions !== undefined || planned.recurrence) return withPlanned("
    },
    "a-replacement-loses-its-name": {
      fault: "What takes the place of a dispatch has no name, and the plan creates it again",
      text: "name === undefined ? draft : { ...draft, name }",
      replacement: "name === undefined ? { ...draft, name } : draft",
      tests: ["packages/cli/test/plan/carryingOut.test.ts"]
    },
    "a-plan-moves-a-start-that-need-not-move": {
      fault: "An update of a rule sends another start, which ends the run that is on",
      text: "...ruleFromStart(wanted, before, now),",
      replacement: ""
    },
    "a-plan-counts-from-the-planned-start": {
      fault: "The count of a planned rule is taken as it stands, from a start that stays",
      text: "withCount(recurrence, () => count)",
      replacement: "recurrence"
    },
    "a-plan-begins-a-count-anew": {
      fault: "A rule that a plan moves and does not name runs as often again as it has run",
      text: "return isMovedAlone ? withCountLeft(wanted, before, now) : wanted",
      replacement: "return wanted"
    },
    "a-plan-overwrites-what-it-does-not-say": {
      fault: "A pause by hand does not survive a plan that says nothing of it",
      text: "active: planned.active ?? before.active,",
      replacement: "active: planned.active ?? true,"
    }
  },
  "packages/cli/src/plan/carryingOut.ts": {
    "a-plan-writes-over-another-version": {
      fault: "An update of a plan overwrites what another has written since it was shown",
      text: "{ ifUpdateTime: dispatch.updateTime }",
      replacement: "{}"
    },
    "a-lost-answer-is-not-looked-for": {
      fault: "An update of a plan that arrived is told as failed, because its answer was lost",
      text: `=== "Same" ? found : yield* error`,
      replacement: `=== "Past" ? found : yield* error`
    },
    "a-plan-deletes-another-version": {
      fault: "A replacement deletes what another has changed since it was shown",
      text: "if (present.updateTime !== updateTime) {",
      replacement: "if (present.updateTime < updateTime) {"
    },
    "a-deletion-whose-answer-is-lost-has-failed": {
      fault: "A replacement ends halfway, because the answer to its deletion was lost",
      text: `reason._tag === "NotFound" ? Effect.void : Effect.fail(error)`,
      replacement: `reason._tag === "Conflict" ? Effect.void : Effect.fail(error)`
    }
  },
  "packages/cli/src/plan/planText.ts": {
    "a-payload-of-a-plan-loses-digits": {
      fault: "A number beyond 2^53 in the payload of a plan becomes another one",
      text: `if (path.includes("payload")) report(path, tooLarge(path, String(value)))`,
      replacement: "",
      tests: ["packages/cli/test/plan/planReading.test.ts"]
    }
  },
  "packages/cli/src/calendar/calendarReading.ts": {
    "a-cancelled-event-is-imported": {
      fault: "An event that was cancelled becomes a dispatch",
      text: `=== "CANCELLED"`,
      replacement: `=== "NEVER"`
    },
    "an-event-by-a-local-clock-becomes-one-of-utc": {
      fault: "A rule by the clock of a zone is imported as one of UTC, an hour off for half of the year",
      text: "RecurrenceText.parse(given.toString(), { timeZone, start })",
      replacement:
        "RecurrenceText.parse(given.toString(), { timeZone: utcClock.timeZone || timeZone, start })"
    },
    "an-occurrence-that-is-left-out-is-imported": {
      fault: "Only the first EXDATE of an event is read",
      text: 'for (const property of event.component.getAllProperties("exdate")) {',
      replacement: 'for (const property of event.component.getAllProperties("exdate").slice(0, 1)) {'
    }
  },
  "packages/cli/src/calendar/calendarWriting.ts": {
    "a-calendar-shows-a-start-that-is-no-occurrence": {
      fault: "A calendar shows the start of a rule as an event, also where the rule does not give it",
      text: "const draft = toCome(draftOf(dispatch), dispatch.startTime)",
      replacement: "const draft: ReturnType<typeof toCome> = draftOf(dispatch)"
    }
  },
  "packages/cli/src/schedule/conflicts.ts": {
    "a-conflict-of-runs-that-only-touch": {
      fault: "A run that ends where another begins conflicts with it",
      text: "first !== undefined && first.end <= now;",
      replacement: "first !== undefined && first.end < now;"
    },
    "a-conflict-with-a-dry-run": {
      fault: "Dry runs conflict with what is in earnest",
      text: "active && !dryRun && !Duration.isZero(duration)",
      replacement: "active && !Duration.isZero(duration)"
    }
  },
  "packages/cli/src/schedule/toCome.ts": {
    "a-rule-that-is-created-again-counts-what-has-passed": {
      fault: "A rule that has begun and is created again has as many occurrences as ever",
      text: "withCount(kept, (count) => count - passed)",
      replacement: "withCount(kept, (count) => count - passed * 0)",
      tests: ["packages/cli/test/schedule/draft.test.ts"]
    },
    "a-leap-of-the-clock-loses-a-run": {
      fault: "A rule that is created again after a leap of its clock runs an hour late for ever",
      text: "if (!(leaptOver < leap.begin + leap.length)) return first",
      replacement: "if (leaptOver > 0) return first",
      tests: ["packages/cli/test/schedule/draft.test.ts"]
    },
    "a-rule-before-a-leap-takes-its-time-from-its-new-start": {
      fault: "A start that is moved before a leap of the clock changes the time of day of all runs",
      text: "const kept = isMoved ? explicit(rule, start) : rule",
      replacement: "const kept = isMoved ? rule : explicit(rule, start)",
      tests: ["packages/cli/test/schedule/draft.test.ts"]
    },
    "exceptions-that-mean-nothing-are-a-change": {
      fault: "A plan changes a rule whose exceptions are past, again and again",
      text: ".filter(({ epochMilliseconds }) => !unmatched.has(epochMilliseconds))",
      replacement: ".filter(() => unmatched.size >= 0)",
      tests: ["packages/cli/test/schedule/draft.test.ts"]
    }
  },
  "packages/cli/src/schedule/rule.ts": {
    "a-zone-of-utc-is-another-rule": {
      fault: "A rule of the zone UTC is not the same as one in UTC, so that a plan changes it for nothing",
      text: "return needsZone ?",
      replacement: "return needsZone || exceptions.length === 0 ?",
      tests: ["packages/cli/test/schedule/draft.test.ts"]
    },
    "weeks-begin-on-monday-for-ever": {
      fault: "The first day of the weeks of a rule of the zone UTC is forgotten",
      text: '(weekStart ?? "MONDAY") !== "MONDAY"',
      replacement: '(weekStart ?? "MONDAY") === "NEVER"',
      tests: ["packages/cli/test/schedule/draft.test.ts"]
    }
  },
  "packages/cli/src/schedule/draft.ts": {
    "a-copy-moves-by-real-time-across-a-change-of-the-clock": {
      fault: "A copy of a week later runs an hour off, where clocks are changed in between",
      text: "clock === undefined || !onClock ? exactly",
      replacement: "clock === undefined || onClock ? exactly"
    },
    "a-rule-in-local-time-is-taken-away-by-the-wrong-key": {
      fault: "A plan that wants no rule leaves one in local time where it is",
      text: "present?.timeZone === undefined ? { recurrence: null } : { calendar: null }",
      replacement: "present === undefined ? { calendar: null } : { recurrence: null }",
      tests: ["packages/cli/test/plan/steps.test.ts", "packages/cli/test/input/editedText.test.ts"]
    }
  },
  "packages/cli/src/plan/planTimes.ts": {
    "a-plan-guesses-a-time-that-there-is-twice": {
      fault: "A time that the clock shows twice is taken for the first",
      text: 'return times === "Once"',
      replacement: 'return times !== "Never"',
      tests: ["packages/cli/test/plan/planReading.test.ts"]
    },
    "a-plan-takes-the-zone-of-the-machine": {
      fault: "A time without an offset, in a plan without a zone, is not refused",
      text: "if (!isExact && clock === undefined) {",
      replacement: 'if (iso === "") {',
      tests: ["packages/cli/test/plan/planReading.test.ts"]
    }
  },
  "packages/cli/src/plan/planRule.ts": {
    "a-rule-of-a-plan-is-one-of-utc": {
      fault: "The rules of a plan do not go by the clock of its zone",
      text: "const clock = own ?? ofPlan ?? utcClock",
      replacement: "const clock = own ?? utcClock",
      tests: ["packages/cli/test/plan/planReading.test.ts"]
    },
    "until-a-day-ends-before-it": {
      fault: "A rule that is planned until a date does not run on that day",
      text: "endOfDay(clock.timeOf(read.day * secondsPerDay).at, clock)",
      replacement: "clock.timeOf(read.day * secondsPerDay).at",
      tests: ["packages/cli/test/plan/planReading.test.ts"]
    }
  },
  "packages/cli/src/plan/plan.ts": {
    "null-leaves-exceptions-where-they-are": {
      fault: "A plan that wants no exceptions leaves those that are there",
      text: "if (exceptions.length === 0) return Result.succeed(rule && withExceptions(rule, []))",
      replacement: "if (exceptions.length === 0) return Result.succeed(rule)",
      tests: ["packages/cli/test/plan/steps.test.ts"]
    },
    "a-plan-creates-without-names": {
      fault: "What a plan creates has no name, so that it is created by each apply",
      text: "...(planned.name === undefined ? undefined : { name: planned.name }),",
      replacement: "",
      tests: ["packages/cli/test/plan/carryingOut.test.ts"]
    }
  },
  "packages/cli/src/plan/planReading.ts": {
    "names-of-two-plans-are-the-same": {
      fault: "What a plan makes does not have the name of the plan before its own",
      text: "plan === undefined ? name : `${prefixOf(plan)}${name}`",
      replacement: "plan === undefined ? name : prefixOf(plan) && name"
    }
  },
  "packages/cli/src/plan/planWriting.ts": {
    "an-export-forgets-the-zone-of-a-rule": {
      fault: "A rule of another zone than that of the plan is exported without it",
      text: "timeZone === times.zone || isFast(rule) ? undefined : { zone: timeZone }",
      replacement: 'timeZone !== "UTC" || isFast(rule) ? undefined : { zone: timeZone }',
      tests: ["packages/cli/test/plan/planReading.test.ts"]
    },
    "an-export-forgets-exceptions": {
      fault: "Runs that are left out are there again in an exported plan",
      text: ": { exceptions: exceptionsOf(draft.recurrence).map(times.iso) }",
      replacement: ": undefined",
      tests: ["packages/cli/test/plan/planReading.test.ts"]
    }
  },
  "packages/cli/src/handlers/planPresent.ts": {
    "a-plan-prunes-what-another-one-has-made": {
      fault: "A plan deletes what has the same first letters in its name",
      text: "name?.startsWith(prefix) === true",
      replacement: "name?.startsWith(prefix.slice(0, -1)) === true",
      tests: ["test/integration/plans.test.ts"]
    },
    "a-service-without-names-is-not-refused": {
      fault: "A plan is pruned at a service that keeps no names, as if there was nothing",
      text: "yield* selectByNames(microgrid, [prefix])",
      replacement: "",
      tests: ["test/integration/plans.test.ts"]
    }
  },
  "packages/cli/src/handlers/apply.ts": {
    "an-empty-plan-prunes-all": {
      fault: "A plan without dispatches deletes all that it has ever made after one keystroke",
      text: "if (unplanned.length > 0 && plan.dispatches.length === 0) {",
      replacement: "if (unplanned.length < 0) {",
      tests: ["test/integration/plans.test.ts"]
    },
    "a-plan-replaces-without-being-told": {
      fault: "Another type in a plan deletes a dispatch without --replace",
      text: "return replace && step.draft.name !== undefined",
      replacement: "return step.draft.name !== undefined",
      tests: ["test/integration/plans.test.ts"]
    },
    "ids-of-another-service-are-believed": {
      fault: "A plan from another microgrid changes the dispatches that happen to have its ids",
      text: "plan.service === (yield* serviceAddress) && plan.microgrid === microgrid",
      replacement: "plan.service === (yield* serviceAddress)",
      tests: ["test/integration/plans.test.ts"]
    }
  },
  "packages/cli/src/handlers/confirmation.ts": {
    "silence-is-consent": {
      fault: "What deletes goes on where nobody can be asked",
      text: "if (!((yield* isAttended) && (yield* isTerminal))) {",
      replacement:
        "if (!((yield* isAttended) && (yield* isTerminal))) {\n    if (question !== example) return true",
      tests: ["test/integration/terminal.test.ts"]
    }
  }
}
