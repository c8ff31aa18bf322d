import type { Mutants } from "./mutant.ts"

export const coreSync: Mutants = {
  "packages/core/src/internal/sync/answers.ts": {
    "s2-applies-half-a-listing": {
      fault: "S2: what a listing gave before it failed is taken for the whole",
      text: "const read = Stream.runForEachArray(pages, (page) =>",
      replacement: "const read = Stream.runForEachArray(Stream.catch(pages, () => Stream.empty), (page) =>",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s2-slow-pages-are-no-progress": {
      fault: "S2: a listing whose pages come slowly fails although they come",
      text: "heardAt = now",
      replacement: ""
    }
  },
  "packages/core/src/internal/sync/doubtQueue.ts": {
    "s7-a-call-asks-for-one-too-many": {
      fault: "S7: a call asks for a thousand and one dispatches",
      text: "if (batch.length === asksAtOnceMax) break",
      replacement: "if (batch.length > asksAtOnceMax) break",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-doubts-have-no-limit": {
      fault: "S7: any number of doubts wait",
      text: "if (this.#waiting.size < doubtsMax || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      replacement: "if (this.#waiting.size >= 0 || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-known-doubt-takes-anothers-place": {
      fault: "S7: what is in doubt already counts as beyond the limit",
      text: "if (this.#waiting.size < doubtsMax || this.#waiting.has(id))",
      replacement: "if (this.#waiting.size < doubtsMax)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-limit-of-doubts-is-one-short": {
      fault: "S7: of ten thousand doubts one does not wait",
      text: "if (this.#waiting.size < doubtsMax || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      replacement:
        "if (this.#waiting.size < doubtsMax - 1 || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-settled-doubts-are-asked-for": {
      fault: "S7: what a listing has shown again is asked for all the same",
      text: "for (const [id, { since }] of this.#waiting) if (since < startedAt) this.#waiting.delete(id)",
      replacement:
        "for (const [id, { since }] of this.#waiting) if (since > startedAt) this.#waiting.delete(id)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    }
  },
  "packages/core/src/internal/sync/doubts.ts": {
    "s7-doubts-are-not-told": {
      fault: "S7, S9: that nobody answers what is in doubt is not told",
      text: "if (++this.#failures >= askFailuresMax) {",
      replacement: "if (++this.#failures >= Infinity) {"
    },
    "s7-doubts-are-told-for-ever": {
      fault: "S7: an answer does not end that nobody could ask",
      text: `return wasBroken ? this.#owner.tell({ _tag: "Answered" }) : Effect.void`,
      replacement: `return !wasBroken ? this.#owner.tell({ _tag: "Answered" }) : Effect.void`
    },
    "s7-doubts-are-told-too-late": {
      fault: "S7: only the fourth failure to ask makes the status stale",
      text: "if (++this.#failures >= askFailuresMax) {",
      replacement: "if (++this.#failures > askFailuresMax) {"
    },
    "s7-doubts-beyond-the-limit-are-forgotten": {
      fault: "S7: doubts beyond the limit are forgotten",
      text: `if (this.#isBeyond) this.#requestListing("Doubt")`,
      replacement: ""
    }
  },
  "packages/core/src/internal/sync/eventStreams.ts": {
    "s3-health-of-the-stream-before": {
      fault: "S3: a stream counts as healthy for the time that the one before has stood",
      text: "        this.#stoodSince = undefined\n",
      replacement: "",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s4-refused-renewals-are-not-spaced": {
      fault: "S4: renewals that are refused are tried again as fast as at first",
      text: "yield* pause(settings, { hopeless }, failures)\n      }",
      replacement: "yield* pause(settings, { hopeless }, 1)\n      }",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s1-lists-before-subscribing": {
      fault: "S1: the listing is made at once, not once the subscription is effective",
      text: "let stream = yield* this.#openStream",
      replacement: `let stream = yield* this.#openStream
        this.#requestListing("Connected")`
    },
    "s1-never-lists-again-after-late-headers": {
      fault: "S1: a subscription that is confirmed late is not followed by another listing",
      text: `const confirmed = Effect.sync(() => this.#requestListing("Connected"))`,
      replacement: "const confirmed = Effect.void"
    },
    "s10-refused-stream-asks-for-no-listing": {
      fault: "S10: where the stream is refused, nobody asks for the first listing",
      text: `if (recovery.isOn) this.#requestListing("Recovery")`,
      replacement: `if (!recovery.isOn) this.#requestListing("Recovery")`,
      tests: ["packages/core/test/Recovery.test.ts", "packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s3-clean-end-is-not-noticed": {
      fault: "S3: a stream that the service ends cleanly is taken to stand still",
      text: "Effect.andThen(close, Deferred.succeed(ended, endOf(exit)))",
      replacement:
        "Exit.isSuccess(exit) ? Effect.void : Effect.andThen(close, Deferred.succeed(ended, endOf(exit)))"
    },
    "s3-failing-slowly-is-healthy": {
      fault: "S3: an attempt that takes minutes to fail counts as a healthy stream",
      text: "this.#stoodSince = undefined",
      replacement: "this.#stoodSince = yield* Clock.monotonicTimeNanos"
    },
    "s3-never-lists-after-reconnecting": {
      fault: "S3: after a stream broke, a new one is opened and nothing listed",
      text: "this.#requestListing(because)",
      replacement: "if (stream.openedAt < 5) this.#requestListing(because)"
    },
    "s3-renewed-stream-has-just-begun": {
      fault: "S3: a stream that was renewed is healthy only minutes later",
      text: "this.#stoodSince ??= now",
      replacement: "this.#stoodSince = now"
    },
    "s4-closes-before-the-next-stands": {
      fault: "S4: the old stream ends before the new one stands",
      text: "const refused = yield* this.#awaitConfirmation(stream, renewalTimeout)",
      replacement: "const refused = undefined"
    },
    "s4-renewal-waits-for-another-age": {
      fault: "S4: a renewal that fails is tried again only after another age",
      text: "yield* pause(settings, { hopeless }, failures)",
      replacement: "yield* Effect.sleep(settings.streamAgeMax)"
    },
    "s4-streams-grow-old": {
      fault: "S4: an event stream is never renewed",
      text: "const age = spread(settings.streamAgeMax, yield* Random.next)",
      replacement: "const age = Duration.infinity"
    }
  },
  "packages/core/src/internal/sync/listings.ts": {
    "s10-failed-listing-is-waited-for": {
      fault: "S10: a first listing that failed does not end the wait",
      text: `if (recovery.isOn) yield* tell({ _tag: "GoOn", cause: failure.cause })`,
      replacement: `if (!recovery.isOn) yield* tell({ _tag: "GoOn", cause: failure.cause })`,
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-slow-stream-keeps-the-listing-waiting": {
      fault: "S10: what an earlier process knew waits for a slow stream to ask for the listing",
      text: `if (recovery.isOn && !this.#hasBegun) this.request("Recovery")`,
      replacement: "",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s2-failed-listing-leaves-synchronised": {
      fault: "S2, S9: a failed listing does not mark the mirror stale",
      text: `yield* tell({ _tag: "Broken", call: "listing", cause: failure.cause })`,
      replacement: ""
    },
    "s3-first-listing-is-not-retried": {
      fault: "S3: when a listing fails, it is not tried again",
      text: `this.request("Retry")`,
      replacement: "return yield* Effect.never"
    },
    "s4-last-reason-counts": {
      fault: "S4: a listing counts for what it was asked for last, and not first",
      text: "this.#because ??= reason",
      replacement: "this.#because = reason",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s4-never-resyncs": {
      fault: "S4: nothing is listed while all seems well",
      text: "spread(settings.resyncInterval, yield* Random.next)",
      replacement: "Duration.infinity"
    },
    "s4-request-during-a-listing-is-lost": {
      fault: "S4: a listing that is asked for during a listing is forgotten",
      text: "failures = Exit.isSuccess(exit) ? 0 : failures + 1",
      replacement: `failures = Exit.isSuccess(exit) ? 0 : failures + 1
        if (failures === 0) this.#wanted.closeUnsafe()`
    },
    "s7-window-without-end-is-an-instant": {
      fault: "S7: a catch-up window without end is asked for as an instant",
      text: "return since < earliestInstant ? undefined : DateTime.makeUnsafe(since)",
      replacement: "return since === earliestInstant ? undefined : DateTime.makeUnsafe(since)"
    },
    "s9-synchronised-without-a-stream": {
      fault: "S9: a listing without a stream makes the mirror synchronised",
      text: "const streamed = hasStreamed()",
      replacement: "const streamed = true"
    }
  },
  "packages/core/src/internal/sync/openStreams.ts": {
    "s4-age-of-streams-is-that-of-the-newest": {
      fault: "S4: where two streams overlap, their age is that of the newer one",
      text: "since < oldest",
      replacement: "since > oldest",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s6-newest-stream-speaks-for-all": {
      fault: "S6: where two streams overlap, the older one is forgotten and brings back what was deleted",
      text: "let since = Infinity for (const { openedAt } of this.#streams) since = Math.min(since, openedAt)",
      replacement: `let since = this.#streams.size > 0 ? 0 : Infinity
        for (const { openedAt } of this.#streams) since = Math.max(since, openedAt)`,
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s7-another-stream-counts-as-the-same": {
      fault: "S7: a listing is streamed if some stream stood when it began and another when it ended",
      text: "return () => standing.some((stream) => this.#streams.has(stream))",
      replacement: "return () => standing.length > 0 && [...this.#streams].some(({ stands }) => stands)"
    }
  },
  "packages/core/src/internal/sync/questions.ts": {
    "s7-fourth-failure-before-others-are-left": {
      fault: "S7: four failures, and not three, keep the others from being asked for at once",
      text: "if (failed.length >= askFailuresMax) return",
      replacement: "if (failed.length > askFailuresMax) return",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-get-is-asked-at-any-failure": {
      fault: "S7: whatever fails, all in doubt are asked for one by one",
      text: ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), isForGood, () => this.#byGet(ids, onAnswer))",
      replacement:
        ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), () => true, () => this.#byGet(ids, onAnswer))"
    },
    "s7-get-is-not-asked": {
      fault: "S7: what cannot be asked for by ids is asked for by ids for ever",
      text: ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), isForGood, () => this.#byGet(ids, onAnswer))",
      replacement:
        ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), (cause) => isForGood(cause) && false, () => this.#byGet(ids, onAnswer))"
    },
    "s7-one-failure-keeps-all-waiting": {
      fault: "S7: one dispatch that cannot be asked for keeps the others from being answered",
      text: "if (failed.length >= askFailuresMax) return",
      replacement: "if (failed.length > 0 || ids.length > 1) return"
    },
    "s7-unreadable-is-missing": {
      fault: "S7: what get cannot read is taken for no answer",
      text: `if (reason._tag !== "Protocol") return Effect.fail(error)`,
      replacement: `if (reason._tag !== "Conflict") return Effect.fail(error)`
    }
  },
  "packages/core/src/internal/sync/recoveryWait.ts": {
    "s10-pages-are-no-answer": {
      fault: "S10: pages of the first listing do not make the wait longer",
      text: "const heardAt = Math.max(this.#beganAt ?? -Infinity, this.#heardAt)",
      replacement: "const heardAt = this.#beganAt ?? -Infinity",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-patience-without-end": {
      fault: "S10: the first listing is waited for as long as pages come",
      text: "return Math.min(heardAt + Duration.toMillis(recoveryPatience), this.#lastAt())",
      replacement: "return heardAt + Duration.toMillis(recoveryPatience)",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-restart-begins-the-wait-anew": {
      fault: "S10: a restart of the loop begins the wait anew",
      text: "this.#beganAt ??= yield* elapsedMillis",
      replacement: "this.#beganAt = yield* elapsedMillis",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    }
  },
  "packages/core/src/internal/sync/silence.ts": {
    "s2-hanging-listing-ends-all-listing": {
      fault: "S2: a listing that never returns is waited for without end",
      text: "return millis === Infinity",
      replacement: "return millis > 0"
    }
  },
  "packages/core/src/internal/sync/syncFailure.ts": {
    "s3-defect-beside-refusals-is-hopeless": {
      fault: "S3: a defect beside refusals is waited for as if nothing could mend it",
      text: "hopeless: defects.length === 0 && errors.every(isHopeless)",
      replacement: "hopeless: errors.every(isHopeless)",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s3-hopeless-errors-are-hammered": {
      fault: "S3: errors that retrying cannot mend are retried as fast as any",
      text: "const wait: Duration.Duration = hopeless ? settings.hopelessDelay : backoff(settings, failures, random)",
      replacement:
        "const wait: Duration.Duration = hopeless && failures < 0 ? settings.hopelessDelay : backoff(settings, failures, random)"
    },
    "s3-one-of-several-failures-decides": {
      fault: "S3: of several failures at once the first decides how long to wait",
      text: "hopeless: defects.length === 0 && errors.every(isHopeless)",
      replacement: "hopeless: defects.length === 0 && isHopeless(first)"
    },
    "s3-unimplemented-is-hammered": {
      fault: "S3: a call that the service does not know is retried as fast as any",
      text: `_tag === "Unauthenticated" || _tag === "PermissionDenied" || _tag === "Unimplemented"`,
      replacement: `_tag === "Unauthenticated" || _tag === "PermissionDenied"`
    }
  },
  "packages/core/src/internal/sync/synchroniser.ts": {
    "s6-streams-from-before-are-not-renewed": {
      fault: "S6: streams from before a deletion that was undone live on",
      text: "if (outcome.renewUpTo !== undefined) this.#owner.streams.renewUpTo(outcome.renewUpTo)",
      replacement: ""
    }
  }
}
