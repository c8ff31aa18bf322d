import type { Mutants } from "./mutant.ts"

const commands = ["test/integration/commands.test.ts"]
const leftOut = ["packages/cli/test/input/leftOut.test.ts"]
const exceptions = ["packages/cli/test/input/exceptions.test.ts"]

/** Rules in local time on the command line. */
export const cliCalendar: Mutants = {
  "packages/core/src/RunExceptions.ts": {
    "a-full-rule-forgets-a-run-to-come": {
      fault: "Exceptions that are to come make room for others, so that their runs are on again",
      text: "[...all.filter(isPast).slice(tooMany), ...all.filter((at) => !isPast(at))]",
      replacement: "all.slice(tooMany)",
      tests: leftOut
    },
    "a-present-run-goes-on-behind-another": {
      fault: "Of several present runs only the last is ended, so that the dispatch goes on",
      text: "if (found.length > exceptionsMax) break\n    found.push(occurrence)",
      replacement: "found.length = 0\n    found.push(occurrence)",
      tests: leftOut
    },
    "an-exception-stands-twice": {
      fault: "A run that is left out already takes another place among the exceptions",
      text: "filter((at) => !more.some((run) => DateTime.Equivalence(run, at)))",
      replacement: "filter((at) => !more.includes(at))",
      tests: leftOut
    }
  },
  "packages/cli/src/input/exceptions.ts": {
    "a-date-leaves-out-midnight-alone": {
      fault: "A date leaves out the run at its beginning and no other",
      text: "isDay ? runsOfDay(rule, start, dayOf(at, clock), clock) : [at]",
      replacement: "isDay ? [at] : runsOfDay(rule, start, dayOf(at, clock), clock)",
      tests: exceptions
    },
    "exceptions-go-along-by-the-day-before": {
      fault: "In another zone an exception goes along with the day that it is on in the first",
      text: "runsOfDay(to.rule, to.start, day, is)",
      replacement: "runsOfDay(to.rule, to.start, day, was)",
      tests: exceptions
    },
    "stray-exceptions-leave-out-a-run": {
      fault: "An exception that matches nothing leaves out a run of the rule that takes the place of its own",
      text: "if (numbers.includes(-1) || after.length === 0) return excluded",
      replacement: "if (after.length === 0) return excluded",
      tests: exceptions
    }
  },
  "packages/cli/src/input/recurrence.ts": {
    "the-service-chooses-the-second-of-exceptions": {
      fault: "Runs of a rule that starts now are left out a second beside its runs",
      text: `start === "NOW" && except.length > 0`,
      replacement: `start === "NOW" && except.length > exceptionsMax`,
      tests: exceptions
    },
    "exceptions-of-a-text-are-on-another-clock": {
      fault: "--except is read in the local zone beside a DTSTART of another",
      text: "flags.except, own ?? clock,",
      replacement: "flags.except, own === undefined ? clock : clock,",
      tests: commands
    }
  },
  "packages/cli/src/input/instant.ts": {
    "a-year-in-front-is-read-two-ways": {
      fault: "2027/02/01 is refused, with two dates of another year",
      text: "(?<!\\d{4})[/-]|",
      replacement: "[/-]|"
    }
  },
  "packages/cli/src/input/zone.ts": {
    "the-local-zone-is-that-of-a-link": {
      fault: "/etc/localtime is not followed to the name of its zone",
      text: "const name = inDatabase.exec(real)?.[1]",
      replacement: "const name = inDatabase.exec(real === path ? real : path)?.[1]"
    },
    "a-local-zone-that-is-none-is-utc": {
      fault: "A TZ that is no zone is taken for UTC",
      text: `return name.startsWith("/") ? yield* ofPath("TZ", name) : yield* named("TZ", name)`,
      replacement: `return name.startsWith("/") ? yield* ofPath("TZ", name) : (LocalClock.make(name) ?? utcClock)`
    }
  },
  "packages/cli/src/output/ruleNotes.ts": {
    "a-second-time-is-told-as-the-first": {
      fault: "Of a start in the second half of a repeated hour it is said that it is the first",
      text: `DateTime.Equivalence(shown.at, at) ? "first" : "second"`,
      replacement: `DateTime.Equivalence(shown.at, at) ? "first" : "first"`
    },
    "what-is-leapt-over-is-not-told": {
      fault: "A run that the clock leaps over is shown an hour late without a word",
      text: "if (Recurrence.nextSeconds(compiled, reading) !== reading) {",
      replacement: "if (Number.isNaN(reading)) {"
    }
  },
  "packages/cli/src/output/startNotes.ts": {
    "the-way-out-is-at-another-time-of-day": {
      fault: "The hint of what a rule is in UTC goes by its start, also where the rule says its hours",
      text: "return 3_600 * first(byHours, hour)",
      replacement: "return 3_600 * hour"
    }
  },
  "packages/cli/src/handlers/update.ts": {
    "exceptions-give-a-zone-without-a-word": {
      fault: "update --except makes a rule in UTC one that other actors run once, and asks nobody",
      text: "if (!getsZone(options, present)) return found",
      replacement: "if (present.id >= 0n) return found",
      tests: commands
    }
  },
  "packages/cli/src/handlers/create.ts": {
    "a-dtstart-is-not-compared-with-the-start": {
      fault: "A text with another start than START is taken",
      text: `start !== "NOW" && DateTime.Equivalence(start.on(clock).at, own)`,
      replacement: `start !== "NOW"`,
      tests: commands
    }
  }
}
