import type { Mutants } from "./mutant.ts"

export const coreSync: Mutants = {
  "packages/core/src/internal/sync/answers.ts": {
    "s2-applies-half-a-listing": {
      rule: "S2",
      fault: "what a listing gave before it failed is taken for the whole",
      text: "const read = Stream.runForEachArray(pages, (page) =>",
      replacement: "const read = Stream.runForEachArray(Stream.catch(pages, () => Stream.empty), (page) =>",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s2-slow-pages-are-no-progress": {
      rule: "S2",
      fault: "a listing whose pages come slowly fails although they come",
      text: "heardAt = now",
      replacement: ""
    }
  },
  "packages/core/src/internal/sync/doubtQueue.ts": {
    "s6-ways-to-ask-are-mixed": {
      rule: "S6, S7",
      fault: "what only get can tell is asked for by a listing of ids",
      text: "if (entry[1].by === first?.by) batch.push(entry)",
      replacement: "batch.push(entry)",
      tests: ["packages/core/test/internal/sync/doubtQueue.test.ts"]
    },
    "s7-settled-doubt-comes-back": {
      rule: "S7",
      fault: "a doubt that a listing settled while it was asked for is asked for again",
      text: "if (doubt.since >= this.#settledUpTo && !this.#waiting.has(id))",
      replacement: "if (!this.#waiting.has(id))",
      tests: ["packages/core/test/internal/sync/doubtQueue.test.ts"]
    },
    "s7-a-call-asks-for-one-too-many": {
      rule: "S7",
      fault: "a call asks for a thousand and one dispatches",
      text: "if (batch.length === asksAtOnceMax) break",
      replacement: "if (batch.length > asksAtOnceMax) break",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-doubts-have-no-limit": {
      rule: "S7",
      fault: "any number of doubts wait",
      text: "if (this.#waiting.size < doubtsMax || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      replacement: "if (this.#waiting.size >= 0 || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-known-doubt-takes-anothers-place": {
      rule: "S7",
      fault: "what is in doubt already counts as beyond the limit",
      text: "if (this.#waiting.size < doubtsMax || this.#waiting.has(id))",
      replacement: "if (this.#waiting.size < doubtsMax)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-limit-of-doubts-is-one-short": {
      rule: "S7",
      fault: "of ten thousand doubts one does not wait",
      text: "if (this.#waiting.size < doubtsMax || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      replacement:
        "if (this.#waiting.size < doubtsMax - 1 || this.#waiting.has(id)) this.#waiting.set(id, doubt)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-settled-doubts-are-asked-for": {
      rule: "S7",
      fault: "what a listing has shown again is asked for all the same",
      text: "for (const [id, { since }] of this.#waiting) if (since < startedAt) this.#waiting.delete(id)",
      replacement:
        "for (const [id, { since }] of this.#waiting) if (since > startedAt) this.#waiting.delete(id)",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    }
  },
  "packages/core/src/internal/sync/doubts.ts": {
    "s7-beyond-the-limit-for-ever": {
      rule: "S7",
      fault: "once there were too many doubts, each one leads to another listing",
      text: `        this.#isBeyond = false
`,
      replacement: "",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-answers-between-failures-do-not-count": {
      rule: "S7, S9",
      fault: "three failures make the status stale, although each asking had answers as well",
      text: "if (open.size < batch.length) yield* this.#answered",
      replacement: ""
    },
    "s7-doubts-are-not-told": {
      rule: "S7, S9",
      fault: "that nobody answers what is in doubt is not told",
      text: "if (++this.#failures >= askFailuresMax) {",
      replacement: "if (++this.#failures >= Infinity) {"
    },
    "s7-doubts-are-told-for-ever": {
      rule: "S7",
      fault: "an answer does not end that nobody could ask",
      text: `return wasBroken ? this.#owner.tell({ _tag: "Answered" }) : Effect.void`,
      replacement: `return !wasBroken ? this.#owner.tell({ _tag: "Answered" }) : Effect.void`
    },
    "s7-doubts-are-told-too-late": {
      rule: "S7",
      fault: "only the fourth failure to ask makes the status stale",
      text: "if (++this.#failures >= askFailuresMax) {",
      replacement: "if (++this.#failures > askFailuresMax) {"
    },
    "s7-doubts-beyond-the-limit-are-forgotten": {
      rule: "S7",
      fault: "doubts beyond the limit are forgotten",
      text: `if (this.#isBeyond) this.#requestListing("Doubt")`,
      replacement: ""
    }
  },
  "packages/core/src/internal/sync/eventStreams.ts": {
    "s4-early-renewal-hides-the-next": {
      rule: "S4",
      fault: "the next renewal of a stream that was renewed early is not called off when the stream is lost",
      text: "Effect.andThen(Effect.yieldNow, this.#renew)",
      replacement: "this.#renew",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s6-slow-stream-brings-back": {
      rule: "S6",
      fault: "a stream that opens slowly brings back what was deleted meanwhile",
      text: "yield* Scope.provide(streams.ask(openedAt), scope)",
      replacement: "",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s3-hopeless-renewal-is-tried-at-once": {
      rule: "S3",
      fault: "a renewal that only a person can make possible is tried again and again",
      text: "pause({ hopeless }, failures)",
      replacement: "pause({ hopeless: hopeless && failures < 0 }, failures)",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s3-health-of-the-stream-before": {
      rule: "S3",
      fault: "a stream counts as healthy for the time that the one before has stood",
      text: "        this.#stoodSince = undefined\n",
      replacement: "",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s4-refused-renewals-are-not-spaced": {
      rule: "S4",
      fault: "renewals that are refused are tried again as fast as at first",
      text: "yield* pause({ hopeless }, failures)\n      }",
      replacement: "yield* pause({ hopeless }, 1)\n      }",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s1-lists-before-subscribing": {
      rule: "S1",
      fault: "the listing is made at once, not once the subscription is effective",
      text: "const stream = yield* this.#opened(scope)",
      replacement: `const stream = yield* this.#opened(scope)
        this.#requestListing("Connected")`
    },
    "s1-never-lists-again-after-late-headers": {
      rule: "S1",
      fault: "a subscription that is confirmed late is not followed by another listing",
      text: `const confirmed = Effect.sync(() => this.#requestListing("Connected"))`,
      replacement: "const confirmed = Effect.void"
    },
    "s10-refused-stream-asks-for-no-listing": {
      rule: "S10",
      fault: "where the stream is refused, nobody asks for the first listing",
      text: `if (recovery.isOn) this.#requestListing("Recovery")`,
      replacement: `if (!recovery.isOn) this.#requestListing("Recovery")`,
      tests: ["packages/core/test/Recovery.test.ts", "packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s3-clean-end-is-not-noticed": {
      rule: "S3",
      fault: "a stream that the service ends cleanly is taken to stand still",
      text: `): void => {
        streams.delete(stream)`,
      replacement: `): void => {
        if (Exit.isSuccess(exit)) return
        streams.delete(stream)`
    },
    "s3-failing-slowly-is-healthy": {
      rule: "S3",
      fault: "an attempt that takes minutes to fail counts as a healthy stream",
      text: "this.#stoodSince = undefined",
      replacement: "this.#stoodSince = yield* Clock.monotonicTimeNanos"
    },
    "s3-never-lists-after-reconnecting": {
      rule: "S3",
      fault: "after a stream broke, a new one is opened and nothing listed",
      text: "this.#requestListing(because)",
      replacement: "if (stream.openedAt < 5) this.#requestListing(because)"
    },
    "s3-renewed-stream-has-just-begun": {
      rule: "S3",
      fault: "a stream that was renewed is healthy only minutes later",
      text: "this.#stoodSince ??= now",
      replacement: "this.#stoodSince = now"
    },
    "s4-closes-before-the-next-stands": {
      rule: "S4",
      fault: "the old stream ends before the new one stands",
      text: "const end = yield* this.#open(renewalTimeout)",
      replacement: `const before = this.#stream
        this.#stream = undefined
        if (before !== undefined) yield* Scope.close(before.scope, Exit.void)
        const end = yield* this.#open(renewalTimeout)`
    },
    "s4-renewal-waits-for-another-age": {
      rule: "S4",
      fault: "a renewal that fails is tried again only after another age",
      text: "yield* pause({ hopeless }, failures)",
      replacement: "yield* Effect.sleep(this.#owner.settings.streamAgeMax)"
    },
    "s4-streams-grow-old": {
      rule: "S4",
      fault: "an event stream is never renewed",
      text: "const age = spread(settings.streamAgeMax, yield* Random.next)",
      replacement: "const age = Duration.infinity"
    }
  },
  "packages/core/src/internal/sync/listings.ts": {
    "s6-listed-again-for-ever": {
      rule: "S6",
      fault: "once a deleted dispatch was shown, everything is listed every 30 s for ever",
      text: `this.request("Doubt")
    })
    this.#owner.errands`,
      replacement: `this.request("Doubt")
      this.requestLater()
    })
    this.#owner.errands`,
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s2-listings-stay-slow": {
      rule: "S2",
      fault: "a listing that fails is repeated late because others had failed before one that was whole",
      text: "this.#failures = Exit.isSuccess(exit) ? 0 : this.#failures + 1",
      replacement: "this.#failures = Exit.isSuccess(exit) ? this.#failures : this.#failures + 1",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s10-slow-listing-is-asked-for-twice": {
      rule: "S10",
      fault: "a listing that is slow is asked for once more, for the sake of what is unconfirmed",
      text: "this.#hasBegun = true",
      replacement: "",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s5-repetition-follows-repetition": {
      rule: "S5",
      fault: "a listing after a repetition counts as one as well",
      text: "this.#isRepetition = false",
      replacement: "",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s5-repetition-is-not-marked": {
      rule: "S5",
      fault: "the listing that repeats another asks for a repetition of its own",
      text: "isRepetition: this.#isRepetition",
      replacement: "isRepetition: false",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s10-failed-listing-is-waited-for": {
      rule: "S10",
      fault: "a first listing that failed does not end the wait",
      text: `if (recovery.isOn) yield* tell({ _tag: "GoOn", cause: failure.cause })`,
      replacement: `if (!recovery.isOn) yield* tell({ _tag: "GoOn", cause: failure.cause })`,
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-slow-stream-keeps-the-listing-waiting": {
      rule: "S10",
      fault: "what an earlier process knew waits for a slow stream to ask for the listing",
      text: `if (recovery.isOn && !this.#hasBegun) this.request("Recovery")`,
      replacement: "",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s2-failed-listing-leaves-synchronised": {
      rule: "S2, S9",
      fault: "a failed listing does not mark the mirror stale",
      text: `yield* tell({ _tag: "Broken", call: "listing", cause: failure.cause })`,
      replacement: ""
    },
    "s3-first-listing-is-not-retried": {
      rule: "S3",
      fault: "when a listing fails, it is not tried again",
      text: `this.request("Retry")`,
      replacement: "return yield* Effect.never"
    },
    "s4-last-reason-counts": {
      rule: "S4",
      fault: "a listing counts for what it was asked for last, and not first",
      text: "this.#because ??= reason",
      replacement: "this.#because = reason",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s4-never-resyncs": {
      rule: "S4",
      fault: "nothing is listed while all seems well",
      text: "spread(this.#owner.settings.resyncInterval, random)",
      replacement: "Duration.times(Duration.infinity, random)"
    },
    "s4-request-during-a-listing-is-lost": {
      rule: "S4",
      fault: "a listing that is asked for during a listing is forgotten",
      text: "} while (this.#isWanted)",
      replacement: "} while (this.#isWanted && this.#failures > 0)"
    },
    "s7-window-without-end-is-an-instant": {
      rule: "S7",
      fault: "a catch-up window without end is asked for as an instant",
      text: "return since < earliestInstant ? undefined : DateTime.makeUnsafe(since)",
      replacement: "return since === earliestInstant ? undefined : DateTime.makeUnsafe(since)"
    },
    "s9-synchronised-without-a-stream": {
      rule: "S9",
      fault: "a listing without a stream makes the mirror synchronised",
      text: "const streamed = hasStreamed()",
      replacement: "const streamed = true"
    }
  },
  "packages/core/src/internal/sync/openStreams.ts": {
    "s7-all-streams-must-stand": {
      rule: "S7",
      fault: "a listing is streamed only if all streams stood that stood when it began",
      text: "standing.some((stream) => this.#streams.has(stream))",
      replacement: "standing.every((stream) => this.#streams.has(stream)) && standing.length > 0"
    },
    "s4-age-of-streams-is-that-of-the-newest": {
      rule: "S4",
      fault: "where two streams overlap, their age is that of the newer one",
      text: "since < oldest",
      replacement: "since > oldest",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s6-newest-stream-speaks-for-all": {
      rule: "S6",
      fault: "where two streams overlap, the older one is forgotten and brings back what was deleted",
      text: "return Math.min(...this.#asked)",
      replacement: "return this.#asked.size > 0 ? Math.max(...this.#asked) : Infinity",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s7-another-stream-counts-as-the-same": {
      rule: "S7",
      fault: "a listing is streamed if some stream stood when it began and another when it ended",
      text: "return () => standing.some((stream) => this.#streams.has(stream))",
      replacement: "return () => standing.length > 0 && [...this.#streams].some(({ stands }) => stands)"
    }
  },
  "packages/core/src/internal/sync/questions.ts": {
    "s7-fourth-failure-before-others-are-left": {
      rule: "S7",
      fault: "four failures, and not three, keep the others from being asked for at once",
      text: "if (failed.length >= askFailuresMax) return",
      replacement: "if (failed.length > askFailuresMax) return",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s7-get-is-asked-at-any-failure": {
      rule: "S7",
      fault: "whatever fails, all in doubt are asked for one by one",
      text: ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), isForGood, () => this.#byGet(ids, onAnswer))",
      replacement:
        ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), () => true, () => this.#byGet(ids, onAnswer))"
    },
    "s7-get-is-not-asked": {
      rule: "S7",
      fault: "what cannot be asked for by ids is asked for by ids for ever",
      text: ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), isForGood, () => this.#byGet(ids, onAnswer))",
      replacement:
        ": Effect.catchCauseIf(this.#byIds(ids, onAnswer), (cause) => isForGood(cause) && false, () => this.#byGet(ids, onAnswer))"
    },
    "s7-one-failure-keeps-all-waiting": {
      rule: "S7",
      fault: "one dispatch that cannot be asked for keeps the others from being answered",
      text: "if (failed.length >= askFailuresMax) return",
      replacement: "if (failed.length > 0 || ids.length > 1) return"
    },
    "s7-unreadable-is-missing": {
      rule: "S7",
      fault: "what get cannot read is taken for no answer",
      text: `if (reason._tag !== "Protocol") return Effect.fail(error)`,
      replacement: `if (reason._tag !== "Conflict") return Effect.fail(error)`
    }
  },
  "packages/core/src/internal/sync/recoveryWait.ts": {
    "s10-pages-from-before-end-a-later-wait": {
      rule: "S10",
      fault: "a record that is read late waits from the last page on, though that came before it",
      text: "const heardAt = Math.max(this.#beganAt ?? -Infinity, this.#heardAt)",
      replacement:
        "const heardAt = this.#heardAt === -Infinity ? (this.#beganAt ?? -Infinity) : this.#heardAt",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-patience-is-over-again-and-again": {
      rule: "S10",
      fault: "until the loop has gone on, it is told without a pause that patience is over",
      text: "this.#beganAt = undefined\n    return why",
      replacement: "return why",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-late-record-waits-from-an-earlier-wait-on": {
      rule: "S10",
      fault: "the wait of a late record begins with one that is over",
      text: "if (this.#beganAt !== undefined) this.#beganAt = elapsed",
      replacement: "void elapsed",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-wait-begins-before-the-question": {
      rule: "S10",
      fault: "knowledge of an earlier process has waited before the service is asked",
      text: "if (this.#beganAt !== undefined) this.#beganAt = elapsed",
      replacement: "this.#beganAt = elapsed",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-pages-are-no-answer": {
      rule: "S10",
      fault: "pages of the first listing do not make the wait longer",
      text: "const heardAt = Math.max(this.#beganAt ?? -Infinity, this.#heardAt)",
      replacement: "const heardAt = this.#beganAt ?? -Infinity",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-patience-without-end": {
      rule: "S10",
      fault: "the first listing is waited for as long as pages come",
      text: "return Math.min(heardAt + Duration.toMillis(recoveryPatience), this.#lastAt())",
      replacement: "return heardAt + Duration.toMillis(recoveryPatience)",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    },
    "s10-restart-begins-the-wait-anew": {
      rule: "S10",
      fault: "a restart of the loop begins the wait anew",
      text: "this.#beganAt ??= yield* elapsedMillis",
      replacement: "this.#beganAt = yield* elapsedMillis",
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    }
  },
  "packages/core/src/internal/sync/silence.ts": {
    "s2-hanging-listing-ends-all-listing": {
      rule: "S2",
      fault: "a listing that never returns is waited for without end",
      text: "return millis === Infinity",
      replacement: "return millis > 0"
    }
  },
  "packages/core/src/internal/sync/syncFailure.ts": {
    "s3-defect-beside-refusals-is-hopeless": {
      rule: "S3",
      fault: "a defect beside refusals is waited for as if nothing could mend it",
      text: "hopeless: defects.length === 0 && errors.every(isHopeless)",
      replacement: "hopeless: errors.every(isHopeless)",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s3-hopeless-errors-are-hammered": {
      rule: "S3",
      fault: "errors that retrying cannot mend are retried as fast as any",
      text: "Effect.sleep(hopeless ? hopelessDelay : backoff(failures, random))",
      replacement: "Effect.sleep(hopeless && failures < 0 ? hopelessDelay : backoff(failures, random))"
    },
    "s3-one-of-several-failures-decides": {
      rule: "S3",
      fault: "of several failures at once the first decides how long to wait",
      text: "hopeless: defects.length === 0 && errors.every(isHopeless)",
      replacement: "hopeless: defects.length === 0 && isHopeless(first)"
    },
    "s3-unimplemented-is-hammered": {
      rule: "S3",
      fault: "a call that the service does not know is retried as fast as any",
      text: `_tag === "Unauthenticated" || _tag === "PermissionDenied" || _tag === "Unimplemented"`,
      replacement: `_tag === "Unauthenticated" || _tag === "PermissionDenied"`
    }
  },
  "packages/core/src/internal/sync/synchroniser.ts": {
    "s1-listing-is-asked-for-early": {
      rule: "S1",
      fault: "an actor that may not ask yet lists, if its clock is set",
      text: "if (this.#hasBegun) this.#listings.request(reason)",
      replacement: "this.#listings.request(reason)",
      tests: ["packages/core/test/internal/site/loop.test.ts"]
    },
    "s6-streams-from-before-are-not-renewed": {
      rule: "S6",
      fault: "streams from before a deletion that was undone live on",
      text: "if (outcome.renewUpTo !== undefined) this.#streams.renewUpTo(outcome.renewUpTo)",
      replacement: ""
    }
  }
}
