import type { Mutants } from "./mutant.ts"

const recurrence = ["packages/core/test/CalendarRecurrence.test.ts"]
const rules = ["packages/core/test/CalendarRule.test.ts"]
const versions = ["packages/core/test/Dispatch.test.ts"]
const service = ["packages/server/test/CalendarService.test.ts"]
const codec = ["packages/api/test/CalendarCodec.test.ts"]
const text = ["packages/core/test/RecurrenceText.test.ts"]

/** Rules in local time, beyond when they occur. */
export const calendarFaults: Mutants = {
  "packages/core/src/internal/recurrence/zonedSearch.ts": {
    "calendar-repeated-times-occur-twice": {
      fault: "Local time: what the clock shows twice occurs each time",
      text: "segment.begin === zoned.repeatedFrom ? rule.start : segment.begin + segment.before",
      replacement:
        "segment.begin === zoned.repeatedFrom ? rule.start : segment.begin + Math.min(segment.before, segment.offset)",
      tests: recurrence
    },
    "calendar-count-ends-with-its-last-reading": {
      fault: "Local time: a count ends at the instant of its last local time, before one that was leapt over",
      text: "if (!(occurrence <= until)) return Number.NaN",
      replacement:
        "if (!(occurrence <= until && occurrence + zone.segmentAt(occurrence).offset <= rule.last)) return Number.NaN",
      tests: recurrence
    },
    "calendar-no-leap-is-a-day-long": {
      fault:
        "Local time: daily occurrences are never put on one instant, also where the clock leaps over a day",
      text: "!(isOnceADay && leap < secondsPerDay)",
      replacement: "!isOnceADay",
      tests: recurrence
    },
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
    }
  },
  "packages/core/src/internal/recurrence/timeZone.ts": {
    "calendar-repeated-times-are-the-second": {
      fault: "Local time: what the clock shows twice occurs the second time",
      text: "while (local < segment.begin + segment.before)",
      replacement: "while (local < segment.begin + Math.min(segment.before, segment.offset))",
      tests: ["packages/core/test/LocalClock.test.ts"]
    },
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
  "packages/core/src/LocalClock.ts": {
    "calendar-changes-are-sought-for-ever": {
      fault: "Local time: where the clock is never changed, its next change is sought to the year 9999",
      text: "for (let end = segment.end; end <= last; end = segment.end) {",
      replacement: "for (let end = segment.end; end < Infinity; end = segment.end) {"
    }
  },
  "packages/core/src/internal/recurrence/zoneChanges.ts": {
    "calendar-without-temporal-close-changes-are-missed": {
      fault: "Local time without Temporal: two changes within two weeks are none",
      text: "const stride = 6 * secondsPerDay",
      replacement: "const stride = 14 * secondsPerDay",
      tests: ["packages/core/test/internal/zoneChanges.test.ts"]
    }
  },
  "packages/core/src/internal/recurrence/dayPattern.ts": {
    "calendar-repeated-positions-are-looked-at": {
      fault: "Local time: a rule with as many positions as a request has room for holds up who reads it",
      text: "[...new Set(positions)].filter((position) => Math.abs(position) <= most)",
      replacement: "positions.filter((position) => Math.abs(position) <= positionMax)",
      tests: recurrence
    },
    "calendar-repeated-nth-weekdays-are-looked-at": {
      fault: "Local time: a rule with as many nth weekdays as a request has room for holds up who reads it",
      text: "return [...named.values()].map(",
      replacement: "return (named.size > 0 ? nths : []).map(",
      tests: recurrence
    },
    "calendar-positions-out-of-reach-are-none": {
      fault: "Local time: positions that no week has are as good as none, so that all its days count",
      text: "reached.sort((one, other) => one - other) : positions.slice(0, 1)",
      replacement: "reached.sort((one, other) => one - other) : []",
      tests: recurrence
    },
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
      tests: versions
    },
    "calendar-zones-make-no-other-rule": {
      fault: "Local time: a rule in another zone is the same",
      text: "left.timeZone === right.timeZone &&",
      replacement: "",
      tests: versions
    },
    "calendar-exceptions-make-no-other-rule": {
      fault: "Local time: a rule with other exceptions is the same",
      text: "sameInstants(left.exceptions, right.exceptions)\n",
      replacement: "true\n",
      tests: versions
    },
    "repeated-items-are-looked-for-one-by-one": {
      fault: "Lists that repeat their items without end hold up all that compares them",
      text: "if (list.length <= shortLength)",
      replacement: "if (list.length >= 0)",
      tests: versions
    }
  },
  "packages/core/src/internal/recurrenceText/textParts.ts": {
    "blanks-join-numbers": {
      fault: "BYHOUR=1 2 is read as 12",
      text: ".map((item) => item.trim())",
      replacement: `.map((item) => item.replace(/\\s/g, ""))`,
      tests: text
    }
  },
  "packages/core/src/internal/recurrenceText/textRule.ts": {
    "of-several-counts-the-first-counts": {
      fault: "COUNT=1,2 is read as 1",
      text: "return numbers.length > 1 ? refuse(",
      replacement: "return numbers.length > 2 ? refuse(",
      tests: text
    },
    "calendar-last-of-two-times-is-both": {
      fault:
        "BYSETPOS among all days of a month chooses days, also where it would choose one of several times",
      text: "[lists.byHours, lists.byMinutes].every((times) => new Set(times).size <= 1)",
      replacement: "[lists.byHours, lists.byMinutes].every((times) => new Set(times).size >= 0)",
      tests: text
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
  "packages/client/src/internal/extensionCalls.ts": {
    "calendar-refused-by-a-replaced-service-is-wrong-use": {
      fault:
        "A service of other make that took the place of ours is not named: its refusal is the caller's mistake",
      text: `if (error.reason._tag !== "InvalidArgument") return Effect.fail(error)`,
      replacement: `if (error.reason._tag !== "Unsupported") return Effect.fail(error)`,
      tests: ["packages/client/test/CalendarWrites.test.ts"]
    },
    "a-replaced-service-finds-all-for-a-name": {
      fault: "A service that knows no names gives all dispatches for one that has a name",
      text: "!isReadable(one) || names.some((name) => name === one.name)",
      replacement: "!isReadable(one) || names.length > 0",
      tests: ["packages/client/test/Names.test.ts"]
    }
  },
  "packages/client/src/internal/features.ts": {
    "calendar-refusals-of-others-are-believed": {
      fault: "A refusal without an announcement, as a proxy gives it, counts as none announced",
      text: "if (headers.has(featuresHeader)) this.see(headers)",
      replacement: "this.see(headers)",
      tests: ["packages/client/test/Features.test.ts"]
    },
    "calendar-needs-the-right-to-list": {
      fault: "A key that may write and not list cannot write rules in local time",
      text: "(areKnown() ? Effect.void : Effect.fail(error))",
      replacement: "Effect.fail(error)",
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
