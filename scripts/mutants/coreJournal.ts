import type { Mutants } from "./mutant.ts"

const book = ["packages/core/test/RunBook.test.ts"]
const site = ["packages/core/test/SiteJournal.test.ts"]
const files = ["packages/core/test/JournalFiles.test.ts"]

/** The journal of a site. */
export const coreJournal: Mutants = {
  "packages/core/src/RunTally.ts": {
    "j24-sums-are-no-numbers": {
      rule: "J24",
      fault:
        "times that a site tells add up to more than a store can keep, and no report of that day is taken any more",
      text: "Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, one + other))",
      replacement: "one + other",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/core/src/RunBook.ts": {
    "j1-missed-run-is-unknown-as-well": {
      rule: "J1, J2",
      fault: "an occurrence that a run of several missed ones counts has a second run",
      text: " || over.some(countsIn(occurrence))",
      replacement: "",
      tests: book
    },
    "j1-overlapping-runs-end-together": {
      rule: "J1",
      fault: "a run whose end came while a later one went on ends with that",
      text: "if (isOver(run, plannedAt)) return endedAsPlanned(run)",
      replacement: "",
      tests: book
    },
    "j1-moved-run-goes-on": {
      rule: "J1",
      fault: "a run that the new version lacks goes on",
      text: "if (run.occurrence.epochMilliseconds < earliest.epochMilliseconds) {",
      replacement: "if (run.occurrence.epochMilliseconds < earliest.epochMilliseconds - 1e9) {",
      tests: book
    },
    "j2-runs-go-on-without-a-process": {
      rule: "J2",
      fault: "a run goes on while nobody was there",
      text: `.filter(({ fate }) => fate._tag === "Running")`,
      replacement: `.filter(({ fate }) => fate._tag === "Missed")`,
      tests: book
    },
    "j2-nothing-was-due-in-a-gap": {
      rule: "J2",
      fault: "of occurrences that were due while nobody told nothing is said",
      text: "if (!isAhead && !this.#isInGap(occurrence)) continue",
      replacement: "if (!isAhead) continue",
      tests: book
    },
    "j2-planned-end-is-evidence": {
      rule: "J2",
      fault: "a run has run until its planned end, which came while nobody told",
      text: `run.until === undefined || run.fate._tag === "Unknown"`,
      replacement: "run.until === undefined",
      tests: book
    },
    "j2-time-of-two-owners-counts-twice": {
      rule: "J2",
      fault: "a time of which the owner that was replaced tells as well counts twice",
      text: "const since = DateTime.min(this.#lastAt, now)",
      replacement: "const since = this.#lastAt",
      tests: book
    },
    "j2-lost-entries-are-no-gap": {
      rule: "J2",
      fault: "runs go on although entries are lost",
      text: `case "Began":
      case "Lost":
        return this.#leave(at)`,
      replacement: `case "Lost":
        return []
      case "Began":
        return this.#leave(at)`,
      tests: book
    }
  },
  "packages/core/src/internal/journal/fates.ts": {
    "j1-pause-counts-as-on": {
      rule: "J1",
      fault: "the time in which a run was off counts as on",
      text: `return { _tag: "Running", ...beginning, since: at }`,
      replacement: `return { _tag: "Running", ...beginning, since: beginning.from }`,
      tests: book
    },
    "j1-run-that-began-is-missed": {
      rule: "J1",
      fault: "a run that has begun is missed",
      text: "if (fate !== undefined && hasBegun(fate)) return fate",
      replacement: "",
      tests: book
    },
    "j1-planned-end-is-early": {
      rule: "J1",
      fault: "a run that ended as planned was stopped early",
      text: "plannedAt.epochMilliseconds < until.epochMilliseconds",
      replacement: "plannedAt.epochMilliseconds <= until.epochMilliseconds",
      tests: book
    },
    "j2-unknown-time-counts-as-on": {
      rule: "J2",
      fault: "the time without a process counts as on",
      text: "onMillis: onUntil(fate, since) }",
      replacement: "onMillis: onUntil(fate, since) + 1_000 }",
      tests: book
    }
  },
  "packages/core/src/internal/journal/unwrittenEntries.ts": {
    "j3-journal-grows": {
      rule: "J3",
      fault: "a journal that hangs lets its buffer grow",
      text: "if (this.#waiting.length >= unwrittenMax) {",
      replacement: "if (this.#waiting.length < 0) {",
      tests: site
    },
    "j3-loss-is-not-said": {
      rule: "J3",
      fault: "a journal does not say that entries had no room",
      text: "if (this.#lost === undefined) return",
      replacement: "if (this.#waiting.length >= 0) return",
      tests: site
    }
  },
  "packages/core/src/internal/journal/journalWriter.ts": {
    "j3-journal-is-given-up": {
      rule: "J3",
      fault: "a journal that throws once is written no more",
      text: "Effect.result(Effect.catchDefect(effect, failed))",
      replacement: "Effect.result(effect)",
      tests: site
    },
    "j3-entries-are-written-one-by-one": {
      rule: "J3",
      fault: "entries of one instant are not written together",
      text: "yield* Effect.timeoutOption(this.#many.await, groupDelay)",
      replacement: "yield* Effect.timeoutOption(this.#many.await, 0)",
      tests: site
    },
    "j3-group-is-written-while-an-edge-is-told": {
      rule: "J3",
      fault: "an edge that fills a group is told only after the group was put into text",
      text: "yield* Effect.yieldNow",
      replacement: "",
      tests: site
    },
    "j6-reader-overtakes-a-group": {
      rule: "J6",
      fault: "a reader goes on past entries that are still to be written",
      text: "const first = this.#writing ?? this.#unwritten.firstNumber",
      replacement: "const first = this.#writing",
      tests: site
    },
    "j2-no-sign-of-life": {
      rule: "J2",
      fault: "a journal does not say that its process lives",
      text: `if (this.#unwritten.isEmpty && this.#subject.isOn()) this.#record({ _tag: "Alive" })`,
      replacement: "",
      tests: site
    },
    "j2-end-is-not-written": {
      rule: "J2",
      fault: "an actor that ends in good order does not say when",
      text: `if (this.#subject.isOn()) this.#record({ _tag: "Alive" })
      this.#many.openUnsafe()`,
      replacement: "this.#many.openUnsafe()",
      tests: site
    }
  },
  "packages/core/src/internal/journal/journalText.ts": {
    "j4-torn-lines-are-read": {
      rule: "J4",
      fault: "a damaged line is read",
      text: 'if (checksum !== `${text.padStart(noChecksum.length, "0")} `) return undefined',
      replacement: "",
      tests: ["packages/core/test/internal/journal/journalText.test.ts"]
    }
  },
  "packages/core/src/internal/journal/segmentEntries.ts": {
    "j4-last-entry-is-looked-for-in-one-line": {
      rule: "J4",
      fault: "a journal whose last line is torn begins with a number that was used",
      text: "if (entry !== undefined) return entry.number",
      replacement: "return entry?.number",
      tests: ["packages/core/test/internal/journal/segmentEntries.test.ts"]
    }
  },
  "packages/core/src/internal/journal/journalFiles.ts": {
    "j4-segment-has-no-name-on-disk": {
      rule: "J4",
      fault: "entries count as written while the disc may not have the name of their segment",
      text: "if (isNew) yield* this.#sync(this.#directory)",
      replacement: "",
      tests: ["packages/core/test/JournalFiles.test.ts"]
    },
    "j4-entries-are-not-on-disk": {
      rule: "J4",
      fault: "entries count as written while they are on their way to the disc",
      text: "yield* file.sync",
      replacement: "",
      tests: ["packages/core/test/JournalFiles.test.ts"]
    },
    "j4-torn-line-takes-the-next-along": {
      rule: "J4",
      fault: "the first line after a torn one is lost with it",
      text: "this.#mayBeTorn ? joined(Uint8Array.of(newLine), lines) : lines",
      replacement: "lines",
      tests: files
    },
    "j4-gone-entries-are-not-told": {
      rule: "J4",
      fault: "a reader is not told of entries that went before it came",
      text: "const isWhole = number > 0n || (segments[0]",
      replacement: "const isWhole = number < 0n || (segments[0]",
      tests: files
    }
  },
  "packages/core/src/JournalStore.ts": {
    "j4-damage-is-not-told": {
      rule: "J4",
      fault: "a journal does not say that lines are damaged",
      text: "if (missing === 0n) return [entry]",
      replacement: "if (missing >= 0n) return [entry]",
      tests: files
    }
  },
  "packages/core/src/internal/site/makeSite.ts": {
    "j4-place-is-left-early": {
      rule: "J4",
      fault: "the place of a journal is left before the rest is written",
      text: "yield* Effect.forkScoped(Scope.provide(journal.run, scope))",
      replacement: "yield* Effect.forkScoped(journal.run)",
      tests: site
    }
  },
  "packages/core/src/internal/journal/segments.ts": {
    "j4-wrong-clock-removes-all": {
      rule: "J4",
      fault: "old segments go by the calendar, so a clock far ahead removes them all",
      text: "const days = [...new Set(this.#segments.map(({ day }) => day).toReversed())].slice(0, this.#daysMax)",
      replacement: "const days = [...new Set(this.#segments.map(({ day }) => day).toReversed())].slice(0, 1)",
      tests: files
    },
    "j4-journal-in-files-grows": {
      rule: "J4",
      fault: "the size of a journal has no bound",
      text: "(bytes <= this.#bytesMax && days.includes(segment.day))",
      replacement: "days.includes(segment.day)",
      tests: files
    }
  },
  "packages/core/src/internal/journal/outcome.ts": {
    "j5-any-size-is-accepted": {
      rule: "J5",
      fault: "a JSON of any size is added to a run",
      text: "return bytes <= outcomeBytesMax",
      replacement: "return bytes >= 0",
      tests: book
    }
  },
  "packages/core/src/internal/journal/reason.ts": {
    "j5-reason-has-places-in-code": {
      rule: "J5",
      fault: "a reason tells places in code",
      text: `.replace(/\\s*\\n\\s+at .*/gs, "")`,
      replacement: "",
      tests: book
    }
  },
  "packages/core/src/internal/management/actorReports.ts": {
    "j5-failure-is-not-written": {
      rule: "J5",
      fault: "the failure of an actor is in no journal",
      text: `write(desk, change, "Failed", reasonOf(cause)),`,
      replacement: "Effect.void,",
      tests: site
    }
  },
  "packages/core/src/DispatchInfo.ts": {
    "j5-report-is-lost": {
      rule: "J5",
      fault: "the JSON of an application is in no journal",
      text: "journal?.reported(change, outcome)",
      replacement: "",
      tests: site
    }
  },
  "packages/core/src/internal/site/publisher.ts": {
    "j1-missed-runs-are-not-written": {
      rule: "J1",
      fault: "missed runs are in no journal",
      text: "journal?.missed(missed)",
      replacement: "",
      tests: site
    }
  }
}
