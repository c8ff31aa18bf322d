import type { Mutants } from "./mutant.ts"

const recurrence = ["packages/core/test/CalendarRecurrence.test.ts"]
const rules = ["packages/core/test/CalendarRule.test.ts"]
const service = ["packages/server/test/CalendarService.test.ts"]
const codec = ["packages/api/test/CalendarCodec.test.ts"]
const text = ["packages/core/test/RecurrenceText.test.ts"]

/** Rules in local time, beyond when they occur. */
export const calendarFaults: Mutants = {
  "packages/core/src/internal/recurrence/zonedSearch.ts": {
    "calendar-a-fraction-late-is-still-in-time": {
      fault: "Local time: asked a fraction of a second after an occurrence, that is the next",
      text: "let from = Math.max(Math.ceil(instant), zoned.start)",
      replacement: "let from = Math.max(Math.floor(instant), zoned.start)",
      tests: recurrence
    },
    "calendar-merged-twice-where-a-block-ends": {
      fault: "Local time: what a leap merges counts twice where a block of the table ends",
      text: "begin > seenTo && leap > 0",
      replacement: "leap > 0",
      tests: recurrence
    },
    "calendar-occurs-before-its-repeated-start": {
      fault: "Local time: a question before a start in a repeated hour looks into the segment before",
      text: "return segment.begin < zoned.repeatedFrom ? zone.segmentAt(zoned.repeatedFrom) : segment",
      replacement: "return segment",
      tests: recurrence
    },
    "calendar-last-before-a-segment-was-not-leapt-over": {
      fault: "Local time: the last occurrence of an earlier segment is taken for one that was shown",
      text: "return earlierLocal < firstShown(rule, zoned, other)",
      replacement: "return earlierLocal < Number.NEGATIVE_INFINITY",
      tests: recurrence
    }
  },
  "packages/core/src/internal/recurrence/timeZone.ts": {
    "calendar-blocks-are-held-for-ever": {
      fault: "Local time: the table of changes grows with every year and zone asked about",
      text: "if (held.size <= blocksMax) return",
      replacement: "if (held.size > 0) return",
      tests: ["packages/core/test/internal/timeZone.test.ts"]
    },
    "calendar-recent-segment-answers-before-its-block": {
      fault: "Local time: a segment cut off by its block answers for what is before",
      text: "this.#recentFrom = isFirst ? -Infinity : Math.max(begin, segment.begin)",
      replacement: "this.#recentFrom = -Infinity",
      tests: recurrence
    }
  },
  "packages/core/src/internal/recurrence/zoneChanges.ts": {
    "calendar-without-temporal-ramadan-is-missed": {
      fault: "Local time without Temporal: two changes within months are none",
      text: "const stride = 14 * secondsPerDay",
      replacement: "const stride = 120 * secondsPerDay",
      tests: recurrence
    }
  },
  "packages/core/src/internal/recurrence/dayPattern.ts": {
    "calendar-nth-of-a-month-in-a-year": {
      fault: "Local time: nth weekdays of a yearly rule with months are counted in the year",
      text: `frequency === "YEARLY" && byMonths.length === 0`,
      replacement: `frequency === "YEARLY"`,
      tests: recurrence
    },
    "calendar-weeks-end-with-the-month": {
      fault: "Local time: positions of a week leave out its days in the next month",
      text: "(length - begin < 7 ? next << (length - begin) : 0)",
      replacement: "0",
      tests: recurrence
    }
  },
  "packages/core/src/internal/recurrence/calendarFaults.ts": {
    "calendar-53rd-weekday-of-a-month": {
      fault: "Local time: the 53rd weekday of a month is no mistake",
      text: "given(byMonths) === undefined ? nthOfYearMax : nthOfMonthMax",
      replacement: "given(byMonths) === undefined ? nthOfYearMax : nthOfYearMax",
      tests: rules
    },
    "calendar-positions-among-times": {
      fault: "Local time: positions are taken with several times of day",
      text: "new Set(rule.byHours).size > 1 || new Set(rule.byMinutes).size > 1",
      replacement: "new Set(rule.byHours).size > 24",
      tests: rules
    },
    "calendar-more-exceptions-than-there-may-be": {
      fault: "Local time: a rule has any number of exceptions",
      text: "if (exceptions.length > exceptionsMax) {",
      replacement: "if (exceptions.length > 2 * exceptionsMax) {",
      tests: rules
    }
  },
  "packages/core/src/internal/recurrence/sameRule.ts": {
    "calendar-week-start-makes-another-rule": {
      fault: "Local time: a week start that means nothing makes another rule",
      text: `(left.frequency !== "WEEKLY" || (left.weekStart ?? "MONDAY") === (right.weekStart ?? "MONDAY"))`,
      replacement: `((left.weekStart ?? "MONDAY") === (right.weekStart ?? "MONDAY"))`,
      tests: rules
    }
  },
  "packages/core/src/internal/recurrenceText/textZone.ts": {
    "calendar-until-a-date-ends-at-midnight": {
      fault: "Local time: UNTIL as a date leaves out the runs of that day",
      text: "time.isDate && isGiven ? secondsPerDay - 1 : 0",
      replacement: "0",
      tests: text
    }
  },
  "packages/core/src/internal/site/recordFormat.ts": {
    "s10-executed-rules-lose-their-zone": {
      rule: "S10",
      fault: "an earlier release reads a record in which only what was executed is in local time",
      text: "...(executed?.rules ?? [])",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  },
  "packages/core/src/internal/mirror/listedEnd.ts": {
    "s7-leftover-of-the-slack-is-shown": {
      rule: "S7",
      fault: "what ended is known anew because a listing has slack for rules in local time",
      text: "return end < endedSince && end >= endedSince - zoneSlackMillis && !(record.schedule.lastEnd > endedSince)",
      replacement: "return end < -Infinity",
      tests: ["packages/core/test/DispatchMirror.test.ts"]
    }
  },
  "packages/api/src/internal/dispatchData.ts": {
    "calendar-of-two-rules-one-counts": {
      fault: "A dispatch with two rules is read by one of them",
      text: "return plain === undefined",
      replacement: "return plain === undefined || !isRefused(plain)",
      tests: codec
    }
  },
  "packages/api/src/internal/calendarCodec.ts": {
    "calendar-stored-mistakes-are-rules": {
      fault: "A stored rule with any mistake is read as it is, not only one of an unknown zone",
      text: `zones === "Any" && rule.failure.path === "timeZone"`,
      replacement: `zones === "Any"`,
      tests: codec
    }
  },
  "packages/server/src/internal/dispatchVersions.ts": {
    "calendar-goes-with-an-absent-recurrence": {
      fault: "A mask with an absent recurrence takes a rule in local time away",
      text: "return Effect.succeed(calendar === null ? undefined : present)",
      replacement: "return Effect.undefined",
      tests: service
    },
    "calendar-end-is-lost-with-its-zone": {
      fault: "A dispatch whose zone became unknown loses its end when it is switched off",
      text: "if (!isSameSchedule(next, current)) return withEnd(next)",
      replacement: "if (next.updateTime > 0n) return withEnd(next)",
      tests: service
    }
  },
  "packages/server/src/internal/validation.ts": {
    "calendar-cannot-be-switched-off": {
      fault: "A service without rules in local time refuses to switch off one that it has",
      text: "recurrence === present?.recurrence ? undefined : faultOfFeature(recurrence, features)",
      replacement: "faultOfFeature(recurrence, features)",
      tests: service
    },
    "calendar-of-an-unknown-zone-cannot-be-switched-off": {
      fault: "A dispatch whose zone became unknown cannot be switched off",
      text: "isSameSchedule(dispatch, present) ? undefined : faultOfRule(recurrence, dispatch)",
      replacement: "faultOfRule(recurrence, dispatch)",
      tests: service
    }
  },
  "packages/server/src/internal/grpc/grpcCalls.ts": {
    "calendar-refusals-announce-nothing": {
      fault: "Answers do not announce the features of the service",
      text: "...announcement",
      replacement: "",
      tests: ["packages/server/test/GrpcServer.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/connectRoutes.ts": {
    "calendar-is-not-announced-by-connect": {
      fault: "Listeners of connect do not announce the features of the service",
      text: `response.setHeader(name, value ?? "")`,
      replacement: `String(name + (value ?? ""))`,
      tests: ["packages/server/test/connectRoutes.test.ts"]
    }
  },
  "packages/client/src/internal/features.ts": {
    "calendar-refusals-of-others-are-believed": {
      fault: "A refusal without an announcement, as a proxy gives it, counts as none announced",
      text: "if (headers.has(featuresHeader)) this.see(headers)",
      replacement: "this.see(headers)",
      tests: ["packages/client/test/Features.test.ts"]
    },
    "calendar-not-announced-is-for-ever": {
      fault: "A service that announced nothing once is never asked again",
      text: "return Number(age) / 1e6 < Duration.toMillis(featuresMemory)",
      replacement: "return Number(age) / 1e6 < Duration.toMillis(featuresMemory) * 1e9",
      tests: ["packages/client/test/Features.test.ts"]
    },
    "calendar-is-asked-for-by-each": {
      fault: "Each of several writes at once asks the service for its features",
      text: "this.#asking.withPermits(1)(asked)",
      replacement: "asked",
      tests: ["packages/client/test/Features.test.ts"]
    }
  }
}
