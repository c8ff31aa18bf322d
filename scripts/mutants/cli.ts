import type { Mutants } from "./mutant.ts"

export const cli: Mutants = {
  "packages/cli/src/plan/steps.ts": {
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
    }
  },
  "packages/cli/src/plan/planReading.ts": {
    "a-plan-guesses-a-time-that-there-is-twice": {
      fault: "A time that the clock shows twice is taken for the first",
      text: `disambiguation: "reject"`,
      replacement: `disambiguation: "compatible"`
    },
    "a-plan-takes-the-zone-of-the-machine": {
      fault: "A time without an offset, in a plan without a zone, is not refused",
      text: "if (!hasOffset.test(iso) && zone === undefined) {",
      replacement: 'if (iso === "") {'
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
      text: "if (zone !== undefined && !isUtc(zone)) {",
      replacement: 'if (zone === "") {'
    }
  },
  "packages/cli/src/calendar/calendarWriting.ts": {
    "a-calendar-shows-a-start-that-is-no-occurrence": {
      fault: "A calendar shows the start of a rule as an event, also where the rule does not give it",
      text: "const draft = toCome(draftOf(dispatch), dispatch.startTime)",
      replacement: "const draft: Draft | undefined = draftOf(dispatch)"
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
  "packages/cli/src/schedule/draft.ts": {
    "a-rule-that-is-created-again-counts-what-has-passed": {
      fault: "A rule that has begun and is created again has as many occurrences as ever",
      text: "withCount(recurrence, (count) => count - passed)",
      replacement: "withCount(recurrence, (count) => count - passed * 0)"
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
