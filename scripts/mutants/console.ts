import type { Mutants } from "./mutant.ts"

export const console: Mutants = {
  "packages/server/src/internal/web/guard.ts": {
    "web-any-name-leads-here": {
      rule: "W1",
      fault: "A foreign name that leads here reads everything",
      text: "if (knock.host === undefined || !isOurs(knock.host, names)) return foreignHost",
      replacement: "",
      tests: ["packages/server/test/WebServer.test.ts"]
    },
    "web-port-of-a-name-does-not-count": {
      rule: "W1",
      fault: "Our name with the port of somebody else is ours",
      text: "return actual === port && hosts.some",
      replacement: "return actual > 0 && hosts.some",
      tests: ["packages/server/test/WebServer.test.ts"]
    },
    "web-origin-is-not-looked-at": {
      rule: "W2",
      fault: "Pages of others call as ours does",
      text: "if (knock.origin !== undefined && knock.origin !== `${names.scheme}://${knock.host}`) return foreignOrigin",
      replacement: "",
      tests: ["packages/server/test/WebServer.test.ts"]
    },
    "web-site-is-not-looked-at": {
      rule: "W2",
      fault: "A request that the browser knows to come from elsewhere is let in",
      text: `if (knock.site !== undefined && knock.site !== "same-origin") return foreignOrigin`,
      replacement: "",
      tests: ["packages/server/test/WebServer.test.ts"]
    }
  },
  "packages/server/src/internal/web/assets.ts": {
    "web-serves-whatever-lies-there": {
      rule: "W5",
      fault: "Files that are no part of the page are served",
      text: "if (extname(name) in types) assets.set",
      replacement: "assets.set",
      tests: ["packages/server/test/WebServer.test.ts"]
    }
  },
  "packages/server/src/internal/web/webRequests.ts": {
    "web-proxies-make-everybody-local": {
      rule: "W3",
      fault: "Behind a proxy on this machine everybody is served without a key",
      text: "if (!isForwarded(request)) return call(request, response)",
      replacement: "return call(request, response)",
      tests: ["packages/server/test/WebServer.test.ts"]
    }
  },
  "packages/server/src/internal/web/webHeaders.ts": {
    "web-page-may-be-framed": {
      rule: "W4",
      fault: "Another page shows ours in a frame",
      text: `"frame-ancestors 'none'",`,
      replacement: "",
      tests: ["packages/server/test/WebServer.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/connectRoutes.ts": {
    "web-speaks-every-protocol": {
      rule: "W2",
      fault: "The listener for browsers takes gRPC-Web as well, which needs no preflight of its own kind",
      text: "...this.#settings.protocols,",
      replacement: "",
      tests: ["packages/server/test/WebServer.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/consoleRoutes.ts": {
    "authors-are-told-to-all": {
      rule: "W6",
      fault: "A key without the right to audit learns who changed what",
      text: `const tellsAuthors = key === undefined || key.rights.includes("audit")`,
      replacement: "const tellsAuthors = key === undefined || key.rights.length > 0",
      tests: ["test/integration/webClient.test.ts"]
    },
    "copy-is-always-sure": {
      rule: "W11",
      fault: "The page of a site that has lost the service is in sync",
      text: `isStale: status._tag !== "Synchronised",`,
      replacement: "isStale: false,",
      tests: ["test/integration/siteConsole.test.ts"]
    },
    "heart-does-not-beat": {
      rule: "W7",
      fault: "A service that is alive is taken for frozen, because it says nothing while nothing happens",
      text: "Effect.sync(() => watched.beat()),",
      replacement: "Effect.void,",
      tests: ["test/integration/webClient.test.ts"]
    }
  },
  "packages/client/src/internal/webFailure.ts": {
    "answers-that-broke-off-are-refusals": {
      rule: "W8",
      fault:
        "An event stream that broke off within a message counts as refused, and is not tried again for long",
      text: "error.code === Code.Internal || (error.code === Code.InvalidArgument && !isRefusal(error))",
      replacement: "error.code === Code.Internal",
      tests: ["packages/client/test/webFailure.test.ts"]
    },
    "refusals-are-lost-answers": {
      rule: "W8",
      fault: "A refusal of the service counts as a lost answer, which is looked for in vain",
      text: "error.code === Code.InvalidArgument && !isRefusal(error)",
      replacement: "error.code === Code.InvalidArgument || !isRefusal(error)",
      tests: ["packages/client/test/webFailure.test.ts"]
    }
  },
  "packages/client/src/DispatchClientWeb.ts": {
    "signs-of-life-are-not-noted": {
      rule: "W7",
      fault: "The page does not know until when its knowledge was sure",
      text: "Ref.set(lastSign, Option.some(at))",
      replacement: "Ref.get(lastSign)",
      tests: ["test/integration/webClient.test.ts"]
    }
  },
  "packages/client/src/internal/watchStream.ts": {
    "silence-is-taken-for-peace": {
      rule: "W7",
      fault: "A service that is frozen is shown as in sync",
      text: "Effect.timeoutOrElse(message, { duration: silenceMax, orElse: () => Effect.fail(silent(where)) })",
      replacement: "message",
      tests: ["test/integration/webClient.test.ts"]
    }
  },
  "packages/console/src/worker/knowledge.ts": {
    "stale-from-the-notice-on": {
      rule: "W7",
      fault: "The half minute before a silence was noticed is shown as sure",
      text: "return Math.min(noticed, Option.getOrElse(lastSign, () => status.since).epochMilliseconds)",
      replacement: "return Option.isSome(lastSign) ? noticed : noticed",
      tests: ["packages/console/test/knowledge.test.ts"]
    },
    "copy-passes-for-the-original": {
      rule: "W11",
      fault: "A page in sync with a stale site says that it is in sync",
      text: "Option.isSome(copy) && copy.value.isStale",
      replacement: "Option.isNone(copy) && copy.value.isStale",
      tests: ["packages/console/test/knowledge.test.ts"]
    },
    "trying-again-makes-sure": {
      rule: "W7",
      fault: "Each try to reach the service makes the page sure of what it does not know",
      text: `if (before.status === "Stale") return before.since`,
      replacement: "",
      tests: ["packages/console/test/knowledge.test.ts"]
    }
  },
  "packages/console/src/state/turn.ts": {
    "button-pressed-twice-writes-twice": {
      rule: "W8",
      fault: "A double press creates two dispatches",
      text: "if (this.#isTaken) return",
      replacement: "",
      tests: ["packages/console/test/turn.test.ts"]
    }
  },
  "packages/console/src/state/binding.ts": {
    "value-that-cannot-be-made-is-told-to-nobody": {
      rule: "W13",
      fault: "After a fault in what follows from others, the page shows for ever what followed before",
      text: "const after = Result.try(() => this.value)",
      replacement: "const after = Result.succeed(this.value)",
      tests: ["packages/console/test/binding.test.ts"]
    }
  },
  "packages/console/src/state/loss.ts": {
    "what-nobody-updates-looks-fresh": {
      rule: "W13",
      fault: "A page whose worker has failed is in sync, and its picture as sure as before",
      text: `told.status === "Synchronised" ?`,
      replacement: `told.status === "Stale" ?`,
      tests: ["packages/console/test/loss.test.ts"]
    }
  },
  "packages/console/src/state/link.ts": {
    "worker-that-hangs-is-waited-for": {
      rule: "W13",
      fault: "A worker that hangs, or that the browser has ended, is taken for one that has nothing to tell",
      text: `if (unanswered >= unansweredMax) lose("Silent", silent)`,
      replacement: "",
      tests: ["test/browser/ends.test.ts"]
    },
    "message-that-cannot-be-read-is-skipped": {
      rule: "W13",
      fault: "A page goes on without what it does not understand",
      text: `if (Result.isFailure(taken)) lose("Unreadable", unreadable)`,
      replacement: "",
      tests: ["test/browser/ends.test.ts"]
    }
  },
  "packages/console/src/pages/Boundary.tsx": {
    "page-that-cannot-be-drawn-stands-still": {
      rule: "W13",
      fault: "After a fault in drawing, the page shows for ever what it showed then",
      text: "getDerivedStateFromError",
      replacement: "getNothingFromError",
      tests: ["test/browser/ends.test.ts"]
    }
  },
  "packages/console/src/main.tsx": {
    "faults-of-the-page-are-told-to-nobody": {
      rule: "W13",
      fault: "The picture stands still after a fault, and nothing says so",
      text: `addEventListener("error", ({ error }) => error != null && Faults.tell(error))`,
      replacement: "",
      tests: ["test/browser/ends.test.ts"]
    }
  },
  "packages/console/src/worker/session.ts": {
    "part-that-fails-is-not-missed": {
      rule: "W13",
      fault: "After a fault changes are not told any more, while the page is in sync",
      text: "yield* FiberSet.join(works)",
      replacement: "yield* Effect.never",
      tests: ["packages/console/test/session.test.ts"]
    },
    "question-over-which-the-page-fails-has-no-answer": {
      rule: "W13",
      fault: "A form whose writing failed is being written for ever",
      text: "Effect.catchDefect((thrown) => Effect.succeed(failed(thrown)))",
      replacement:
        "Effect.catchDefect((thrown) => thrown === undefined ? Effect.succeed(failed(thrown)) : Effect.never)",
      tests: ["packages/console/test/session.test.ts"]
    }
  },
  "packages/console/src/worker/host.ts": {
    "end-is-told-to-nobody": {
      rule: "W13",
      fault: "A page goes on showing what its worker does not keep up to date any more",
      text: "pages.ended(endOf(exit))",
      replacement: "void exit",
      tests: ["packages/console/test/host.test.ts"]
    },
    "end-is-for-ever": {
      rule: "W13",
      fault: "A page that is loaded again finds the worker that has failed, as long as another page is open",
      text: "before === undefined || (before.pages.hasEnded && isSame(before.by, by))",
      replacement: "before === undefined",
      tests: ["packages/console/test/host.test.ts"]
    },
    "after-an-end-any-key-serves": {
      rule: "W13",
      fault: "Pages that were told of an end go on with the key of another page",
      text: "(before.pages.hasEnded && isSame(before.by, by))",
      replacement: "before.pages.hasEnded",
      tests: ["packages/console/test/host.test.ts"]
    },
    "message-that-throws-is-lost": {
      rule: "W13",
      fault: "A page whose message the worker cannot read waits for ever",
      text: `if (Result.isFailure(taken)) toPage(port, { _tag: "Ended", cause: Thrown.messageOf(taken.failure) })`,
      replacement: "",
      tests: ["packages/console/test/host.test.ts"]
    },
    "page-goes-on-with-what-it-left": {
      fault: "Without shared workers, each key and part that a page has shown goes on to be followed",
      text: `if (ends === "with the page") opened?.end()`,
      replacement: "",
      tests: ["packages/console/test/host.test.ts"]
    },
    "tab-shows-the-part-of-another": {
      rule: "W12",
      fault: "A page that shows all is served with the part of another page",
      text: "one.part === other.part",
      replacement: "(one.part === other.part || true)",
      tests: ["packages/console/test/host.test.ts"]
    },
    "tab-inherits-the-key-of-another": {
      fault: "A page that shows no key is served with that of another page",
      text: "one.authKey === other.authKey &&",
      replacement: "(one.authKey === other.authKey || other.authKey === null) &&",
      tests: ["packages/console/test/host.test.ts"]
    },
    "foreign-page-acts-with-the-key-of-another": {
      fault: "A page that was turned away asks, and the worker does it with its own key",
      text: "opened?.pages.has(port) !== true",
      replacement: "opened === undefined",
      tests: ["packages/console/test/host.test.ts"]
    }
  },
  "packages/console/src/browser/workerPort.ts": {
    "worker-that-is-not-found-is-not-told-of": {
      rule: "W7",
      fault: "An old page that opens a worker of a newer service waits for ever",
      text: '  worker.addEventListener("error", failed)\n',
      replacement: "",
      tests: ["test/browser/life.test.ts"]
    }
  },
  "packages/console/src/worker/part.ts": {
    "part-of-a-large-number-ends-the-worker": {
      rule: "W12",
      fault: "A page whose part has a number of 20 digits waits for ever",
      text: " && BigInt.asUintN(64, BigInt(word)) === BigInt(word)",
      replacement: "",
      tests: ["packages/console/test/part.test.ts"]
    },
    "part-is-listed-as-if-it-were-all": {
      rule: "W12",
      fault: "A browser takes in a million dispatches, and dies",
      text: "const isTooMany = !isShown && chosen > shownMax",
      replacement: "const isTooMany = false",
      tests: ["test/integration/consolePart.test.ts"]
    },
    "part-is-looked-up-in-the-page": {
      rule: "W12",
      fault: "The service lists everything, although a part is asked for",
      text: "filter: { ...filter, ...part } })",
      replacement: "filter })",
      tests: ["test/integration/consolePart.test.ts"]
    },
    "changes-of-others-are-told": {
      rule: "W12",
      fault: "What changes outside of the part that is shown comes into the page",
      text: "Stream.filter(events, ({ record }) => keeps(record))",
      replacement: "Stream.filter(events, ({ record }) => keeps(record) || true)",
      tests: ["test/integration/consolePart.test.ts"]
    },
    "what-leaves-the-part-is-shown-for-ever": {
      rule: "W12",
      fault: "A dispatch whose target changes is shown as it was, and never as gone",
      text: "if (record.id !== undefined && held.has(record.id)) return true",
      replacement: "",
      tests: ["test/integration/consolePart.test.ts"]
    }
  },
  "packages/console/src/worker/pages.ts": {
    "end-at-the-beginning-is-told-to-nobody": {
      rule: "W13",
      fault: "A page that shows a key which cannot be sent waits for ever",
      text: "if (this.#end !== undefined) toPage(port, this.#end)",
      replacement: "",
      tests: ["packages/console/test/host.test.ts"]
    }
  },
  "packages/console/src/worker/happenings.ts": {
    "names-are-left-out-of-what-happened": {
      fault: "What happened is told of a number, which nobody knows, and not of a name",
      text: "...(name === undefined ? undefined : { name }),",
      replacement: "",
      tests: ["packages/console/test/happenings.test.ts"]
    }
  },
  "packages/console/src/words/names.ts": {
    "names-are-left-out-of-warnings": {
      fault: "A warning tells of another dispatch by its number, and not by its name",
      text: "DispatchText.label(dispatch)",
      replacement: "`#${dispatch.id}`",
      tests: ["packages/console/test/words.test.ts"]
    }
  },
  "packages/console/src/words/leftOut.ts": {
    "runs-that-never-were-are-skipped": {
      fault: "An exception that matches no run is shown as a skipped one",
      text: "isRun && begin + length >= from",
      replacement: "(isRun || begin > 0) && begin + length >= from",
      tests: ["packages/console/test/leftOut.test.ts"]
    }
  },
  "packages/console/src/words/coming.ts": {
    "overlapping-runs-end-twice": {
      fault: "An end is announced although another run goes on",
      text: "next === undefined || next > end",
      replacement: "next === undefined || next > 0",
      tests: ["packages/console/test/coming.test.ts"]
    }
  },
  "packages/console/src/timeline/spans.ts": {
    "runs-count-beyond-their-cell": {
      fault: "A cell counts what is run beside it, so that even runs look uneven",
      text: "Math.min(to, end) - Math.max(fresh, begin)",
      replacement: "to - fresh",
      tests: ["packages/console/test/timeline.test.ts"]
    },
    "bars-lie-at-a-year": {
      fault: "Runs that are too near to be told apart become a bar that claims to run always",
      text: "Math.min(7.5, Math.max(1, Math.round(share * 8))) / 8",
      replacement: "1 + 0 * share",
      tests: ["packages/console/test/timeline.test.ts"]
    },
    "every-run-of-a-cell-is-looked-at": {
      fault: "A year of a dense rule is looked at run by run",
      text: "if (looked === runsPerCellMax) return eighths(covered / Math.max(1, from - first))",
      replacement: "",
      tests: ["packages/console/test/timeline.test.ts"]
    }
  },
  "packages/console/src/timeline/paint.ts": {
    "plan-of-what-is-to-come-passes-for-the-past": {
      rule: "W10",
      fault: "The rest of a run that is on looks as if it were over, and nobody had told of it",
      text: "const past = Math.min(box.wide, x(scene.now) - box.left)",
      replacement: "const past = box.wide",
      tests: ["packages/console/test/timeline.test.ts"]
    },
    "dates-stand-on-each-other": {
      fault: "The note that the clock is set covers the date beside it",
      text: "const left = Math.max(at, this.#end)",
      replacement: "const left = at",
      tests: ["packages/console/test/timeline.test.ts"]
    },
    "plan-passes-for-what-ran": {
      rule: "W10",
      fault: "A run that nobody has told of looks as if it had run",
      text: "past !== undefined && dispatch.active && begin < scene.now && begin >= past.since",
      replacement: "false",
      tests: ["packages/console/test/timeline.test.ts"]
    },
    "unread-past-is-taken-for-silence": {
      rule: "W10",
      fault: "Runs of a time whose reports were not read look as if nobody had told of them",
      text: "begin < scene.now && begin >= past.since",
      replacement: "begin < scene.now",
      tests: ["packages/console/test/timeline.test.ts"]
    }
  },
  "packages/console/src/timeline/pastParts.ts": {
    "each-reporter-runs-for-itself": {
      rule: "W10",
      fault: "A run that two reporters tell fills a cell twice as much as it ran",
      text: "let from = Math.max(begin, reached)",
      replacement: "let from = begin",
      tests: ["packages/console/test/past.test.ts"]
    },
    "missed-rows-end-with-their-first": {
      rule: "W10",
      fault: "Of runs that were missed in a row only the first is shown",
      text: "(fate.last ?? occurrence).epochMilliseconds - begin",
      replacement: "occurrence.epochMilliseconds - begin",
      tests: ["packages/console/test/past.test.ts"]
    }
  },
  "packages/console/src/state/toldRuns.ts": {
    "latest-runs-pass-for-all": {
      rule: "W10",
      fault: "Of more runs than were read, the earlier ones look as if nobody had told of them",
      text: "(isAll ? from : first)",
      replacement: "(isAll ? from : (from ?? first))",
      tests: ["packages/console/test/past.test.ts"]
    },
    "missed-runs-count-with-each-reporter": {
      rule: "J23",
      fault: "A missed run that two reporters tell counts as two",
      text: `if (fate._tag !== "Missed" || seen.has(name)) continue`,
      replacement: `if (fate._tag !== "Missed") continue`,
      tests: ["packages/console/test/past.test.ts"]
    }
  },
  "packages/server/src/DispatchReplica.ts": {
    "site-takes-made-up-reports": {
      rule: "W11",
      fault: "A program of the machine writes into the past that the page of a site shows",
      text: `if (call.right !== undefined && call.right !== "read") return Effect.fail(readOnly)`,
      replacement: "",
      tests: ["test/integration/siteConsole.test.ts"]
    },
    "site-stands-for-others": {
      rule: "W11",
      fault: "A site says of another microgrid that it has no dispatches",
      text: "asked === undefined || asked === microgridId",
      replacement: "asked === undefined || asked !== undefined",
      tests: ["test/integration/siteConsole.test.ts"]
    }
  },
  "packages/console/src/time/zone.ts": {
    "missing-times-are-guessed": {
      fault: "A time that the clock jumps over is taken for another one",
      text: `if (shown === "Never") return []`,
      replacement: `if (shown === "Never") return [first]`,
      tests: ["packages/console/test/zone.test.ts"]
    }
  },
  "packages/console/src/words/sentence.ts": {
    "sentence-omits-the-time-of-the-start": {
      fault: "A rule that takes its time from the start is told without any time",
      text: "RecurrenceText.describe(rule, startTime)",
      replacement: "RecurrenceText.describe(rule)",
      tests: ["packages/console/test/words.test.ts"]
    }
  },
  "packages/console/src/worker/writes.ts": {
    "twin-is-taken-for-the-lost-one": {
      rule: "W8",
      fault: "A creation that failed counts as done because a dispatch of the same content was there before",
      text: "before.has(id) || (since",
      replacement: "(since",
      tests: ["test/integration/consoleWrites.test.ts"]
    },
    "unknown-twin-is-taken-for-the-lost-one": {
      rule: "W8",
      fault:
        "Where a part alone is known, a dispatch of the same content that it does not have counts as created",
      text: "place.clockLead === undefined ? undefined : sinceOf(begun, place.clockLead)",
      replacement: "undefined",
      tests: ["test/integration/consoleWrites.test.ts"]
    },
    "late-commits-are-missed": {
      rule: "W8",
      fault: "A write that is committed a little later is told to be not done, and a person does it again",
      text: "[Duration.seconds(1), Duration.seconds(3), Duration.seconds(8)]",
      replacement: "[Duration.seconds(1)]",
      tests: ["test/integration/consoleWrites.test.ts"]
    },
    "any-later-version-is-ours": {
      rule: "W8",
      fault: "A change whose answer was lost counts as done because somebody else changed the dispatch",
      text: "return isChanged(found, changes)",
      replacement: "return found.updateTime !== ifUpdateTime",
      tests: ["test/integration/consoleWrites.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/proxiedCalls.ts": {
    "proxy-makes-reports": {
      rule: "W9",
      fault: "Whoever has the address of a console makes up what a site did",
      text: "...Object.values(ofReports)",
      replacement: "...Object.values(Protobuf.ReportService.method)",
      tests: ["test/integration/webProxy.test.ts"]
    },
    "proxy-needs-no-token": {
      rule: "W9",
      fault: "Any program of this machine acts with the credentials of another one",
      text: `typeof shown === "string" && timingSafeEqual(digestOf(shown), expected)`,
      replacement: `typeof shown === "string" || expected.length > 0`,
      tests: ["test/integration/webProxy.test.ts"]
    },
    "proxy-tells-its-own-time": {
      rule: "W9",
      fault: "The clock of this machine is taken for that of the service",
      text: `for (const name of ["date", featuresHeader])`,
      replacement: "for (const name of [featuresHeader])",
      tests: ["test/integration/webProxy.test.ts"]
    },
    "proxy-writes-over-others": {
      rule: "W9",
      fault: "The condition of a change is lost on the way",
      text: `return new Headers(condition === null ? {} : { "if-update-time": condition })`,
      replacement: "return new Headers()",
      tests: ["test/integration/webProxy.test.ts"]
    },
    "proxy-pings-nobody": {
      rule: "W9",
      fault: "Signs of life are made although the service does not answer",
      text: "Stream.filter((alive) => alive),",
      replacement: "",
      tests: ["test/integration/webProxy.test.ts"]
    }
  }
}
