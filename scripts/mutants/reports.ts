import type { Mutants } from "./mutant.ts"

const service = ["packages/server/test/ReportService.test.ts"]
const stores = ["packages/server/test/DispatchStore.test.ts"]
const reporter = ["test/integration/runReporter.test.ts"]
const wires = ["test/integration/reports.test.ts"]
const shown = ["packages/cli/test/output/history.test.ts"]

/** Reports of runs. */
export const reports: Mutants = {
  "packages/server/src/internal/reports/decision.ts": {
    "j20-an-earlier-report-replaces-a-later-one": {
      rule: "J20",
      fault: "of the reports of a run the one that arrived last counts",
      text: `if (order < 0) return "Known"`,
      replacement: `if (order < 0) return "New"`,
      tests: stores
    },
    "j21-other-content-goes-unnoticed": {
      rule: "J21",
      fault: "a number with another content is taken for a repetition",
      text: `return isSame(report.bytes, present.bytes) ? "Known" : "Conflict"`,
      replacement: `return "Known"`,
      tests: stores
    },
    "j21-a-number-serves-twice": {
      rule: "J21",
      fault: "a number that was taken tells of another run",
      text: `return report.number >= highest ? "New" : "Conflict"`,
      replacement: `return "New"`,
      tests: stores
    },
    "j22-epochs-do-not-order": {
      rule: "J22",
      fault: "the reports of an owner that was replaced replace those of its successor",
      text: "one.epoch === other.epoch ? sign(one.number - other.number) : sign(one.epoch - other.epoch)",
      replacement: "sign(one.number - other.number)",
      tests: service
    },
    "j25-what-went-comes-back": {
      rule: "J25",
      fault: "a report that is sent again after it was removed is taken again, and counted twice",
      text: `if (report.number <= removed) return "Known"`,
      replacement: `if (report.number <= removed) return "New"`,
      tests: stores
    },
    "j26-service-does-not-notice-that-it-was-set-back": {
      rule: "J26",
      fault: "a service that has lost reports takes the next ones, and is never told the lost ones",
      text: "after !== undefined && (last === undefined || compare(last, after) < 0)",
      replacement: "after !== undefined && last !== undefined && compare(last, after) < 0",
      tests: reporter
    }
  },
  "packages/server/src/ReportService.ts": {
    "reported-failures-count-with-each-report": {
      fault: "failures of an actor are counted again with each report of its run",
      text: "(before?.failuresTotal ?? 0) : run.failuresTotal",
      replacement: "0 : run.failuresTotal",
      tests: service
    },
    "reported-runs-count-again-after-their-report-went": {
      fault:
        "failures of an actor and missed runs are counted again with a report that follows one that went",
      text: "before.push(...taken.before)",
      replacement: "before.push(...taken.before.map(({ bytes }) => ({ bytes })))",
      tests: service
    }
  },
  "packages/server/src/internal/reports/dayChanges.ts": {
    "j24-a-run-counts-with-each-report": {
      rule: "J24",
      fault: "a run is counted again with each report about it",
      text: "if (before !== undefined) this.#change(before, RunTally.minus)",
      replacement: "",
      tests: stores
    }
  },
  "packages/server/src/internal/reports/reportFormat.ts": {
    "j24-dry-runs-count": {
      fault: "dry runs are counted",
      text: "if (run === undefined || run.dispatch.dryRun) return undefined",
      replacement: "if (run === undefined) return undefined",
      tests: service
    }
  },
  "packages/server/src/internal/sql/sqlReports.ts": {
    "j24-run-whose-report-went-counts-twice": {
      rule: "J24",
      fault: "a run of which something is told after its report went counts again",
      text: "present ? batch.countIn(present.bytes) : gone?.count",
      replacement: "present && batch.countIn(present.bytes)",
      tests: stores
    },
    "j22-an-owner-that-was-replaced-tells-of-a-run-whose-report-went": {
      rule: "J22, J24",
      fault: "once a report went, an earlier owner is believed about its run",
      text: "decide(report, present ?? (gone && { ...gone, bytes: undefined }),",
      replacement: "decide(report, present,",
      tests: stores
    },
    "j24-a-day-is-as-old-as-the-clock-says": {
      rule: "J24",
      fault: "a clock that is set back makes a day older than its reports, and its counts go before them",
      text: "time = CASE WHEN report_days.time > excluded.time THEN report_days.time ELSE excluded.time END",
      replacement: "time = excluded.time",
      tests: stores
    }
  },
  "packages/server/src/internal/sql/sqlGoneRuns.ts": {
    "j24-run-that-is-on-counts-for-ever": {
      rule: "J24",
      fault: "a run that is forgotten while it is on counts as running for ever, and again when it ends",
      text: "if (tally.running > 0)",
      replacement: "if (tally.running > 1)",
      tests: stores
    },
    "j24-runs-outlive-their-day": {
      rule: "J24",
      fault: "a run is taken out of counts that were begun anew, in which it never was",
      text: "DELETE FROM gone_runs WHERE reporter_id = ${reporter_id} AND day = ${day} AND type = ${type}",
      replacement:
        "DELETE FROM gone_runs WHERE reporter_id = ${reporter_id} AND day = ${day} AND type <> ${type}",
      tests: stores
    }
  },
  "packages/server/src/internal/sql/sqlReportReads.ts": {
    "j23-the-unknown-contradicts": {
      rule: "J23",
      fault: "a reporter who knows nothing of a run contradicts those who do",
      text: "AND other.verdict <> 'Open' AND other.verdict <> told.verdict",
      replacement: "AND other.verdict <> told.verdict",
      tests: stores
    },
    "j25-missed-runs-are-listed-by-the-first-alone": {
      rule: "J25",
      fault: "missed runs that are told as one are not listed with the time in which the others were planned",
      text: "sql`told.last_time >= ${at}`",
      replacement: "sql`told.last_time < ${at}`",
      tests: stores
    },
    "page-of-runs-skips-some": {
      fault: "of runs that were planned for one instant, a page ends with the first",
      text: "sql`told.planned_time <= ${after.occurrence}`,",
      replacement: "sql`told.planned_time < ${after.occurrence}`,",
      tests: stores
    }
  },
  "packages/server/src/internal/sql/sqlReportRetention.ts": {
    "j25-removal-is-forgotten": {
      fault: "the database does not remember which numbers were removed",
      text: "UPDATE report_epochs SET removed = ${number}",
      replacement: "UPDATE report_epochs SET removed = removed",
      tests: stores
    },
    "j25-each-instance-removes-the-surplus": {
      rule: "J25",
      fault: "of a service of several instances each removes as many reports as are too many",
      text: "return Math.max(0, Math.min(count, Number(found?.count ?? 0) - most))",
      replacement: "return count",
      tests: ["test/integration/postgresStore.test.ts"]
    },
    "j24-days-go-before-their-reports": {
      rule: "J24",
      fault: "the counts of a day go while its reports are kept, and are begun anew by the next one",
      text: "const before = earliest(oldest.before, first?.time ?? undefined)",
      replacement: "const before = oldest.before",
      tests: stores
    }
  },
  "packages/server/src/internal/grpc/reportRoutes.ts": {
    "j29-readers-report": {
      rule: "J29",
      fault: "the right to read is enough to report",
      text: `unary(method.reportRuns, answering("report", report)),`,
      replacement: `unary(method.reportRuns, answering("read", report)),`,
      tests: wires
    }
  },
  "packages/server/src/internal/grpc/announcement.ts": {
    "reports-are-always-announced": {
      fault: "a service without a place for reports announces that it takes them",
      text: `print(takesReports ? [...offered, "report"] : offered)`,
      replacement: `print([...offered, "report"])`,
      tests: wires
    }
  },
  "packages/client/src/internal/runsToReport.ts": {
    "j26-reports-out-of-order": {
      rule: "J26",
      fault: "what is told anew of a run is sent before what happened earlier",
      text: "this.#waiting.delete(key)\n      this.#waiting.set(key, report)",
      replacement: "this.#waiting.set(key, report)",
      tests: reporter
    },
    "j6-reader-does-not-come-back": {
      rule: "J6, J26",
      fault: "a reader that is told of late entries reports runs without them",
      text: `if (entry.event._tag === "Amended") this.#amend(this.#read, entry.event)`,
      replacement: "",
      tests: ["packages/client/test/RunsToReport.test.ts"]
    },
    "j6-late-entry-changes-no-other-run": {
      rule: "J6, J21",
      fault: "a run that late entries about another one change is reported under a number that was taken",
      text: "if (!this.#isToldLater(report)) this.#wait(report)",
      replacement: "this.#wait(report)",
      tests: ["packages/client/test/RunsToReport.test.ts"]
    },
    "j6-all-is-sent-again": {
      rule: "J6, J26",
      fault: "one late entry has all runs reported again",
      text: "places.reduce((first, place) => (isAfter(first, place) ? place : first), this.#read)",
      replacement: "this.#from",
      tests: ["packages/client/test/RunsToReport.test.ts"]
    },
    "j28-late-entries-hide-that-the-journal-was-set-back": {
      rule: "J28",
      fault: "a journal that was set back is read anew for ever",
      text: "if (this.isBehind) return",
      replacement: "",
      tests: ["packages/client/test/RunsToReport.test.ts"]
    },
    "j26-news-is-lost-with-what-was-sent": {
      fault: "what was told of a run while its report was under way is never sent",
      text: "if (this.#waiting.get(key) === report) this.#waiting.delete(key)",
      replacement: "this.#waiting.delete(key)",
      tests: ["packages/client/test/RunsToReport.test.ts"]
    }
  },
  "packages/client/src/internal/lateChanges.ts": {
    "j6-late-entries-change-nothing-the-next-owner-found": {
      rule: "J6, J26",
      fault:
        "a process that begins after entries came late leaves the runs as they were told that went on over the takeover",
      text: `if (isNext && entry.event._tag !== "Began" && entry.event._tag !== "Lost") return`,
      replacement: "if (isNext) return",
      tests: ["packages/client/test/RunsToReport.test.ts", "test/integration/runReporter.test.ts"]
    },
    "j6-late-entries-change-all-that-follows": {
      rule: "J6",
      fault: "one late entry has all runs since then reported again",
      text: "this.#isOver = isNext",
      replacement: "",
      tests: ["packages/client/test/RunsToReport.test.ts"]
    }
  },
  "packages/client/src/internal/lateReports.ts": {
    "part-that-is-missing-ends-the-fiber": {
      fault: "Where the part that asks for reports cannot be loaded, the worker answers nothing",
      text: "Effect.tryPromise({ try: load, catch: notLoaded })",
      replacement: "Effect.promise(load)",
      tests: ["packages/client/test/ReportClient.test.ts"]
    }
  },
  "packages/client/src/internal/reportCalls.ts": {
    "j27-all-sites-report-at-once": {
      rule: "J27",
      fault: "all sites of a process report at once, and hold up its listings",
      text: "const turns = Semaphore.makeUnsafe(reportCallsMax)",
      replacement: "const turns = Semaphore.makeUnsafe(1_000)",
      tests: ["packages/client/test/ReportClient.test.ts"]
    }
  },
  "packages/client/src/RunReporter.ts": {
    "j27-one-refused-report-holds-up-all": {
      rule: "J27",
      fault: "a report that the service never takes is sent with all others for ever",
      text: "this.#size = Math.max(1, reports.length >> 1)",
      replacement: "this.#size = reportsMax",
      tests: reporter
    },
    "j27-reports-go-with-a-refused-name": {
      rule: "J27",
      fault: "all reports are left out where the service refuses the name of the reporter",
      text: `(reason.field === undefined || reason.field.startsWith("reports"))`,
      replacement: "true",
      tests: reporter
    },
    "j28-journal-set-back-goes-unnoticed": {
      rule: "J28",
      fault: "the runs of a journal that was set back are taken for reported",
      text: "if (runs.isBehind) return yield* this.#beginAnew",
      replacement: "",
      tests: reporter
    },
    "j26-lost-reports-stay-lost": {
      fault: "a service that was set back is not told what it has lost",
      text: "if (isBehind) return yield* this.#beginAgainAfter(last)",
      replacement: "",
      tests: reporter
    }
  },
  "packages/api/src/internal/runCodec.ts": {
    "reasons-of-any-length": {
      fault: "a reason may be as long as a request",
      text: "tooLong(reason, 0, reasonLengthMax)",
      replacement: "tooLong(reason, 0, 100 * reasonLengthMax)",
      tests: ["packages/api/test/ReportCodec.test.ts"]
    }
  },
  "packages/core/src/RunText.ts": {
    "reasons-move-the-cursor": {
      fault: "the reason of a failure is shown as it is",
      text: "safe(last.reason)",
      replacement: "last.reason",
      tests: shown
    }
  },
  "packages/cli/src/output/pastCells.ts": {
    "j2-charts-claim-what-nobody-knows": {
      rule: "J2",
      fault:
        "a run that went on over a crash is drawn as if it was on all the time, and hides those that were missed",
      text: "Math.min(1, fate.onMillis / (to - from))",
      replacement: "1",
      tests: ["packages/cli/test/output/pastCells.test.ts"]
    },
    "missed-runs-told-as-one-pass-for-planned": {
      fault: "of missed runs that are told as one, a chart crosses the first alone",
      text: "if (fate.last === undefined || planned === 0) return false",
      replacement: "if (fate.last === undefined || planned !== 0) return false",
      tests: ["packages/cli/test/output/pastCells.test.ts"]
    },
    "the-plan-passes-for-the-past": {
      fault: "a run that nobody reports is drawn as if it had run",
      text: `return planned === "command" || planned > 0 ? "outline" : 0`,
      replacement: "return planned",
      tests: shown
    },
    "j23-charts-believe-one-reporter": {
      rule: "J23",
      fault: "a run that one reporter calls missed is drawn as if it had run, because another says so",
      text: `if (told.some((each) => each.contradicted && isPlannedIn(each, cell))) return "doubt"`,
      replacement: "",
      tests: shown
    }
  },
  "packages/cli/src/input/instant.ts": {
    "the-past-is-to-come": {
      fault: "of a time of day that was, the history begins at the next one",
      text: "read(now - daysAgo * dayMillis)",
      replacement: "given",
      tests: ["packages/cli/test/input/instant.test.ts"]
    }
  },
  "packages/console/src/state/toldRuns.ts": {
    "runs-that-begin-before-the-view-tell-of-all-since": {
      fault: "missed runs that are told as one make the page know what was before it",
      text: "Math.max(from ?? -Infinity, (isAll ? from : first) ?? -Infinity)",
      replacement: "(isAll ? from : first) ?? -Infinity",
      tests: ["packages/console/test/past.test.ts"]
    }
  },
  "packages/console/src/timeline/pastParts.ts": {
    "missed-runs-told-as-one-cross-one-cell": {
      fault: "of missed runs that are told as one, shares of time cross the first alone",
      text: "number * cell < until; number++",
      replacement: "number * cell <= begin; number++",
      tests: ["packages/console/test/past.test.ts"]
    }
  },
  "packages/cli/src/output/history.ts": {
    "what-reaches-beyond-is-not-said": {
      fault: "runs that are told with some before the time that was asked for pass for runs of that time",
      text: "DateTime.isLessThan(run.occurrence, from)",
      replacement: "DateTime.isLessThan(from, run.occurrence)",
      tests: shown
    },
    "j23-reporters-give-way": {
      rule: "J23",
      fault: "a narrow terminal shows runs of several reporters without their names",
      text: "> 1 ? 1 : 9",
      replacement: "> 1 ? 9 : 9",
      tests: shown
    },
    "days-after-the-bound-are-counted": {
      fault: "days before an instant have the day that begins with it",
      text: "Math.ceil(at.epochMilliseconds / dayMillis)",
      replacement: "Math.floor(at.epochMilliseconds / dayMillis) + 1",
      tests: shown
    },
    "j23-days-are-summed-over-reporters": {
      rule: "J23",
      fault: "a run that two reporters tell counts twice in the sum of all days",
      text: "Map.groupBy(list, ({ reporter }) => reporter.id)",
      replacement: `Map.groupBy(list, () => "all")`,
      tests: shown
    }
  },
  "packages/cli/src/output/columns.ts": {
    "names-give-way-to-notes": {
      fault: "a short column is cut although a much longer one has room to give",
      text: "width > (widths[found] ?? 0)",
      replacement: "width < (widths[found] ?? Infinity)",
      tests: shown
    }
  }
}
