import type { Mutants } from "./mutant.ts"

const tests = ["packages/core/test/CalendarRecurrence.test.ts"]

export const coreCalendar: Mutants = {
  "packages/core/src/internal/recurrence/zonedSearch.ts": {
    "calendar-gap-is-an-hour-early": {
      fault: "Local time: what the clock leaps over occurs before the leap",
      text: "if (local >= shown) return local - segment.offset",
      replacement: "if (local >= segment.begin + segment.before) return local - segment.offset",
      tests
    },
    "calendar-leapt-times-are-missed": {
      fault: "Local time: asked in the hour after a leap, the times that it leapt over are missed",
      text: "const leapt = nextLeapt(rule, segment, from)",
      replacement: "const leapt = Number.NaN",
      tests
    },
    "calendar-order-is-that-of-readings": {
      fault: "Local time: a time that was leapt over comes before one that is shown earlier",
      text: "return earlier(local - segment.before, nextLocal(rule, shown) - segment.offset)",
      replacement: "return local - segment.before",
      tests
    },
    "calendar-one-instant-is-counted-twice": {
      fault: "Local time: two readings of one instant are two occurrences in a count",
      text: "if (nextLocal(rule, local + leap) === local + leap) merged++",
      replacement: "if (nextLocal(rule, local + leap) !== local + leap) merged += 0",
      tests
    },
    "calendar-until-is-not-an-instant": {
      fault: "Local time: the end of a rule is compared with the instant an hour later",
      text: "if (!(occurrence <= until)) return Number.NaN",
      replacement: "if (!(occurrence <= until + 3_600)) return Number.NaN",
      tests
    },
    "calendar-start-in-the-second-half-is-the-first": {
      fault: "Local time: a start in a repeated hour is taken for the first of both",
      text: "segment.begin === zoned.repeatedFrom ? rule.start : segment.begin + segment.before",
      replacement: "segment.begin + segment.before",
      tests
    },
    "calendar-last-of-a-leap-is-missed": {
      fault: "Local time: looking back, what was leapt over is not the later one",
      text: "? later(instant, previousLeapt(rule, segment, to))",
      replacement: "? instant",
      tests
    },
    "calendar-exceptions-occur": {
      fault: "Local time: an exception occurs if it is not the first of a question",
      text: "if (exceptions[skipped] !== occurrence) return occurrence",
      replacement: "if (exceptions[skipped] !== occurrence || skipped > 0) return occurrence",
      tests
    },
    "calendar-start-moves-off-the-clock": {
      fault: "Local time: a first occurrence that was leapt over becomes the start",
      text: "return first + offset === firstLocal(rule) ? first : Number.NaN",
      replacement: "return first",
      tests
    }
  },
  "packages/core/src/internal/recurrence/compiledRule.ts": {
    "calendar-days-are-those-of-utc": {
      fault: "Local time: hours, weekdays and months are those of UTC",
      text: "const local = from + (segment?.offset ?? 0)",
      replacement: "const local = from",
      tests
    },
    "calendar-count-ends-at-an-instant": {
      fault: "Local time: a rule with a zone ends as one in UTC does, by a reading of its clock",
      text: "return compileLocal(rule, local, Infinity, {",
      replacement: "return compileLocal(rule, local, endOf(rule), {",
      tests
    }
  },
  "packages/core/src/internal/recurrence/zoneChanges.ts": {
    "calendar-changes-end-with-the-first": {
      fault: "Local time: only the first change of the clock in sixteen years is known",
      text: "if (next === null || next.epochMilliseconds >= 1_000 * to) return changes",
      replacement:
        "if (next === null || next.epochMilliseconds >= 1_000 * to || changes.length > 1) return changes",
      tests
    },
    "calendar-without-temporal-a-change-is-late": {
      fault: "Local time: without Temporal a change of the clock is found a second late",
      text: "return first\n}",
      replacement: "return first + 1\n}",
      tests: ["test/conformance/vectors.test.ts"]
    }
  },
  "packages/core/src/internal/recurrence/dayPattern.ts": {
    "calendar-positions-count-from-the-start": {
      fault: "Local time: positions are those of the days after the first in the week",
      text: "const days = picked(week & 127, pattern.positions, { before: 0, all: Bits.size(week & 127) })",
      replacement:
        "const days = picked(week & 126, pattern.positions, { before: 0, all: Bits.size(week & 126) })",
      tests
    },
    "calendar-nth-of-the-year-is-of-the-month": {
      fault: "Local time: the nth weekday of a year is counted in its months",
      text: 'const isOfYear = frequency === "YEARLY" && byMonths.length === 0',
      replacement: 'const isOfYear = frequency === "YEARLY" && byMonths.length > 12',
      tests
    }
  },
  "packages/core/src/internal/recurrence/timeZoneName.ts": {
    "calendar-offsets-are-zones": {
      fault: "Local time: an offset is taken for a zone",
      text: "if (name.length > timeZoneLengthMax || !shape.test(name)) return undefined",
      replacement: "if (name.length > timeZoneLengthMax) return undefined",
      tests: ["packages/core/test/CalendarRule.test.ts"]
    }
  },
  "packages/core/src/internal/site/recordFormat.ts": {
    "s10-older-releases-lose-the-zone": {
      rule: "S10",
      fault: "an earlier release reads a record with a rule in local time",
      text: "version: dispatches.some(hasLocalTime) ? formatNumber : formatPlain,",
      replacement: "version: formatPlain,",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  }
}
