import type { Mutants } from "./mutant.ts"

export const core: Mutants = {
  "packages/core/src/Actor.ts": {
    "start-while-it-winds-up-is-forgotten": {
      fault: "section 8: a start while the logic itself winds up after a stop has no effect",
      text: "this.#life.isEnding = true",
      replacement: "",
      tests: ["packages/core/test/Actor.test.ts"]
    },
    "actor-final-failure-is-mended": {
      rule: "S10",
      fault: "an actor is started again after a failure that is final",
      text: "isFinal?.(exit.cause) !== true",
      replacement: "isFinal?.(exit.cause) !== null"
    },
    "actor-forgets-the-failure-it-was-stopped-in": {
      fault: "Actors: a failure is forgotten by who is stopped before the restart",
      text: "const delay = Effect.onInterrupt(Effect.sleep(restartDelay), () => Effect.failCause(cause))",
      replacement: "const delay = Effect.onInterrupt(Effect.sleep(restartDelay), () => Effect.void)"
    },
    "actor-hides-what-else-failed": {
      fault: "Actors: what finalizers failed with is hidden by the failure of the logic",
      text: "return yield* Exit.asVoidAll([exit, yield* Effect.exit(Scope.close(scope, exit))])",
      replacement: "return yield* Exit.isFailure(exit) ? exit : Scope.close(scope, exit)"
    },
    "actor-is-not-restarted": {
      fault: "Actors: a defect of the logic is final",
      text: "!Cause.hasInterruptsOnly(exit.cause) &&",
      replacement: "Cause.hasFails(exit.cause) &&"
    },
    "actor-start-from-its-own-end-waits-for-itself": {
      fault: "Actors: a start from the finalizers of an actor waits for these",
      text: "isOwn ? Effect.asVoid(Effect.forkIn(follow, this.#scope)) : follow",
      replacement: "isOwn && false ? Effect.asVoid(Effect.forkIn(follow, this.#scope)) : follow"
    },
    "actor-start-outlives-a-later-stop": {
      fault: "Actors: an actor that was started while it stopped starts although it was stopped once more",
      text: "this.#life.isFollowed = false",
      replacement: ""
    },
    "actor-start-while-it-stops-is-nothing": {
      fault: "Actors: started while it stops, an actor stays down",
      text: "if (!this.#life.isEnding) return Effect.void",
      replacement: "if (this.#life !== undefined) return Effect.void"
    },
    "actor-stop-does-not-wait": {
      fault: "Actors: stopping does not wait for the end",
      text: "isOwn ? Effect.void : this.wait",
      replacement: "isOwn ? Effect.void : Effect.void"
    },
    "actor-waits-for-what-never-started": {
      fault: "Actors: waiting for an actor that was never started never ends",
      text: "fiber === undefined ? Effect.succeed(Exit.void) : Fiber.await(fiber)",
      replacement: "fiber === undefined ? Effect.never : Fiber.await(fiber)"
    }
  },
  "packages/core/src/ActorFactory.ts": {
    "driven-actor-is-stopped-by-the-run-before": {
      fault: "Actors: a dispatch that stops takes with it what another one drives",
      text: "return turn.withPermit(Effect.suspend(() => (wanted === 0 ? stop : Effect.void)))",
      replacement: "return turn.withPermit(Effect.suspend(() => (wanted >= 0 ? stop : Effect.void)))"
    }
  },
  "packages/core/src/Dispatch.ts": {
    "r4-type-changes-without-stop": {
      rule: "R4",
      fault: "an update of the type does not stop the old one",
      text: "return this.type === that.type && this.dryRun === that.dryRun",
      replacement: "return this.dryRun === that.dryRun",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "missed-runs-go-past-their-end": {
      fault: "Queries: missed runs include what begins at the end",
      text: "if (since.epochMilliseconds <= start && start < at.epochMilliseconds) yield DateTime.makeUnsafe(start)",
      replacement:
        "if (since.epochMilliseconds <= start && start <= at.epochMilliseconds) yield DateTime.makeUnsafe(start)"
    }
  },
  "packages/core/src/DispatchClient.ts": {
    "port-values-are-not-checked": {
      fault: "Port: what an application gives is sent as it is",
      text: "return checked(calls)",
      replacement: "return calls",
      tests: ["test/conformance/clientPort.test.ts"]
    }
  },
  "packages/core/src/DispatchInfo.ts": {
    "managed-dry-run-is-live": {
      fault: "Managing: a dry run is told as a live one",
      text: "return dispatch.dryRun ? DispatchInfo.DryRun(fields) : DispatchInfo.Live(fields)",
      replacement: "return dispatch.deleted ? DispatchInfo.DryRun(fields) : DispatchInfo.Live(fields)"
    }
  },
  "packages/core/src/internal/mirror/dispatchMirror.ts": {
    "s5-answers-ask-for-repetitions-for-ever": {
      rule: "S5",
      fault: "an answer after a repeated listing asks for another repetition",
      text: "mirror.isRepeating = isRepetition",
      replacement: "",
      tests: ["packages/core/test/internal/mirror/twoStories.test.ts"]
    },
    "s6-outdated-deletion-is-no-reason-to-list": {
      rule: "S6",
      fault: "a deletion told by a stream from before is ignored about what is back",
      text: 'outcome.relist ||= kind === "Deleted" || (record.updateTime',
      replacement: "outcome.relist ||= (record.updateTime",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s10-late-record-keeps-the-older-time": {
      rule: "S10",
      fault: "a version that was read late is ordered by the time of the one before",
      text: "      known.dispatch = dispatch\n      known.updateTime = updateTime",
      replacement: "      known.dispatch = dispatch",
      tests: ["packages/core/test/internal/mirror/recovering.test.ts"]
    },
    "first-listing-executes-commands": {
      fault: "Late commands: the first listing of a fresh process executes what the one before may have done",
      text: `const handling = begin(mirror, { since: at, cause: "Updated", late: !first })`,
      replacement: `const handling = begin(mirror, { since: at, cause: "Updated", late: true || first })`
    },
    "s10-doubt-is-confirmed-by-patience": {
      rule: "S10",
      fault: "what a listing lacked is confirmed when what was read late has waited",
      text: "if (known.since > mirror.listedSince) confirmAsKept(handling, known)",
      replacement: "confirmAsKept(handling, known)",
      tests: ["packages/core/test/internal/mirror/recovering.test.ts"]
    },
    "s10-late-reading-overwrites": {
      rule: "S10",
      fault: "what is read late takes the place of what is known",
      text: "if (known !== undefined || mirror.tombstones.has(id)) continue",
      replacement: "if (mirror.tombstones.has(id)) continue",
      tests: ["packages/core/test/internal/mirror/recovering.test.ts"]
    },
    "s10-listing-from-before-answers-what-is-read-late": {
      rule: "S10",
      fault: "a listing that began before something was read late ends its wait",
      text: `if (mirror.recoveredAt < startedAt) mirror.recovery = "Listed"`,
      replacement: `mirror.recovery = "Listed"`,
      tests: ["packages/core/test/internal/mirror/recovering.test.ts"]
    },
    "s10-unconfirmed-is-shown": {
      rule: "S10",
      fault: "what an earlier process knew is shown before it is confirmed",
      text: "if (dispatch !== undefined && unreadable === undefined && !unconfirmed) all.push(dispatch)",
      replacement: "if (dispatch !== undefined && unreadable === undefined) all.push(dispatch)",
      tests: ["packages/core/test/internal/mirror/recovering.test.ts"]
    },
    "s6-deleted-comes-back": {
      rule: "S6",
      fault: "an old update brings a deleted dispatch back",
      text: "} else if (mirror.tombstones.has(record.id)) {",
      replacement: `} else if (mirror.tombstones.has(record.id) && kind !== "Updated") {`
    },
    "s6-deletes-what-came-later": {
      rule: "S6",
      fault: "an answer that a dispatch does not exist deletes what became known after the question",
      text: "if (known !== undefined && known.seenAt < askedAt) remove(handling, id, undefined)",
      replacement: "if (known !== undefined) remove(handling, id, undefined)"
    },
    "s7-answer-from-before-it-was-shown-deletes": {
      rule: "S7",
      fault: "an answer to a question from before the service has shown the dispatch deletes it",
      text: "if (known !== undefined && known.seenAt < askedAt) remove(handling, id, undefined)",
      replacement: "if (known !== undefined && known.since < askedAt) remove(handling, id, undefined)"
    },
    "s7-listing-from-before-it-was-shown-lacks-it": {
      rule: "S7",
      fault: "a listing that began before the service has shown the dispatch puts it in doubt",
      text: "const [id, { seenAt }] = known",
      replacement: "const [id, { since: seenAt }] = known"
    },
    "s7-older-listing-settles-doubts": {
      rule: "S7",
      fault: "a listing that began before a doubt settles it",
      text: "outcome.settledUpTo = startedAt",
      replacement: "outcome.settledUpTo = at",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s6-listing-of-ids-revives": {
      rule: "S6",
      fault: "a listing of ids is enough to undo a deletion",
      text: `if (by === "get" && mirror.tombstones.given(id, askedAt)) {`,
      replacement: "if (by.length > 0 && mirror.tombstones.given(id, askedAt)) {"
    },
    "s6-listing-revives": {
      rule: "S6",
      fault: "a listing brings a deleted dispatch back",
      text: "if (mirror.tombstones.has(id)) mirror.tombstones.listed(id, listing, handling.since, outcome)",
      replacement:
        "if (mirror.tombstones.has(id) && isRepetition) mirror.tombstones.listed(id, listing, handling.since, outcome)"
    },
    "s6-retires-what-came-later": {
      rule: "S6",
      fault: "a listing retires what became known after it began",
      text: "if (!newest.has(id) && seenAt < startedAt) applyAbsence(handling, known, listing.endedSince, moment.now)",
      replacement:
        "if (!newest.has(id) && seenAt !== startedAt) applyAbsence(handling, known, listing.endedSince, moment.now)"
    },
    "s6-undone-deletion-executes-what-has-passed": {
      rule: "S6",
      fault: "a command that has passed is executed when its deletion was undone",
      text: `adopt({ ...handling, cause: "Resync" }, record)`,
      replacement: `adopt({ ...handling, cause: "Resync", late: true }, record)`
    },
    "s8-unknown-event-is-ignored": {
      rule: "S8",
      fault: "an event of an unknown kind is no reason to list again",
      text: `outcome.anomalies.push("unknownEvent")
        outcome.relist = true`,
      replacement: `outcome.anomalies.push("unknownEvent")`
    }
  },
  "packages/core/src/DispatchScheduler.ts": {
    "clock-is-looked-at-too-rarely": {
      fault: "Timing: the clock is trusted for as long as the next deadline is away",
      text: "const maxSleep = Duration.toMillis(yield* MaxSleep)",
      replacement: "const maxSleep = 1_000 * Duration.toMillis(yield* MaxSleep)"
    },
    "virtual-time-leaves-the-scheduler-beside": {
      fault:
        "Virtual time: a scheduler that is a layer beside the tests' client looks at the clock all the time",
      text: "timer.add(ring, maxSleepOf(context) ?? maxSleep)",
      replacement: "timer.add(ring, Math.min(maxSleepOf(context) ?? maxSleep, maxSleep))",
      tests: ["packages/testing/test/internal/virtualTime.test.ts"]
    }
  },
  "packages/core/src/MergeStrategy.ts": {
    "merged-live-with-dry-runs": {
      fault: "Merging: dry runs are merged with live ones",
      text: "identity: ({ dryRun, type }) => JSON.stringify([type, dryRun])",
      replacement: "identity: ({ type }) => JSON.stringify([type])"
    },
    "merged-targets-in-order": {
      fault: "Merging: targets of the same components in another order are another identity",
      text: "identity: ({ dryRun, target, type }) => JSON.stringify([type, dryRun, target._tag, Target.key(target)])",
      replacement: `identity: ({ dryRun, target, type }) => JSON.stringify([type, dryRun, target._tag, JSON.stringify(target, (_, value: unknown) => typeof value === "bigint" ? String(value) : value)])`
    }
  },
  "packages/core/src/Payload.ts": {
    "payload-takes-instances": {
      fault: "A Date or a Map in a payload becomes something else in silence",
      text: "if (!isPlainObject(object)) {",
      replacement: "if (false as boolean) {"
    }
  },
  "packages/core/src/RecurrenceRule.ts": {
    "interval-zero-is-taken-as-it-is": {
      fault: "Recurrence: interval 0 is not 1",
      text: "super(fields.interval === 0 ? { ...fields, interval: 1 } : fields, options)",
      replacement: "super(fields, options)"
    }
  },
  "packages/core/src/SitePersistence.ts": {
    "s10-untaken-layer-is-silent": {
      rule: "S10",
      fault: "a layer of persistence that no actor took is not warned of",
      text: "if (isTaken) return Effect.void",
      replacement: "if (!isTaken) return Effect.void",
      tests: ["packages/core/test/SiteFiles.test.ts"]
    }
  },
  "packages/core/src/SyncSettings.ts": {
    "s3-backoff-does-not-grow": {
      rule: "S3",
      fault: "every attempt comes within a second of the last",
      text: "const step = Duration.toMillis(backoffBase) * backoffFactor ** Math.max(0, failures - 1)",
      replacement: "const step = Duration.toMillis(backoffBase) * backoffFactor ** Math.min(0, failures)"
    },
    "s3-without-jitter": {
      rule: "S3",
      fault: "all actors try again at the same instant",
      text: "return Duration.millis(random * Math.min(step, Duration.toMillis(backoffMax)))",
      replacement: "return Duration.millis(0.5 * Math.min(step, Duration.toMillis(backoffMax)))"
    },
    "s4-defaults-at-hand-are-ignored": {
      rule: "S4",
      fault: "an actor goes by the defaults of a network wherever it is",
      text: "return { ...defaults, ...Object.fromEntries(set) }",
      replacement: "return { ...defaultSettings, ...Object.fromEntries(set) }"
    },
    "s7-window-is-always-five-minutes": {
      rule: "S7",
      fault: "the listing asks for five minutes, however late a command may be executed",
      text: "Duration.max(settings.catchUpWindow, endedWithinMin)",
      replacement: "endedWithinMin"
    }
  },
  "packages/core/src/Target.ts": {
    "targets-category-does-not-find-subtypes": {
      fault: "Targets: a category does not stand for its subtypes",
      text: "const narrower = subtype === undefined && isSubtyped(category) ? subtypesByCategory[category] : []",
      replacement: "const narrower: ReadonlyArray<string> = []"
    },
    "targets-subtype-does-not-find-its-category": {
      fault: "Targets: what acts upon all of a category is not found by a subtype",
      text: "found.add(category)",
      replacement: ""
    }
  },
  "packages/core/src/internal/timeline/timeline.ts": {
    "r9-gone-ids-read-late-are-too-many": {
      rule: "R9",
      fault: "of ids that are gone and read late more are remembered than of others",
      text: "boundGone(timeline, step.losses) return finishStep",
      replacement: "return finishStep",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r11-repeated-records-stop-twice": {
      rule: "R11",
      fault: "runs that a record repeats are stopped twice",
      text: "entry.inherited = false entry.earlier = [] for (const change of announced)",
      replacement: "entry.inherited = false\n  for (const change of announced)",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-run-that-ended-in-the-wait-stops-twice": {
      rule: "R11, S10",
      fault: "a run that ends while it is unconfirmed is stopped once more when another record repeats it",
      text: "announced.filter(isOn), version",
      replacement: "announced, version",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-stopped-run-without-a-version-stops-twice": {
      rule: "R11, S10",
      fault: "a run of a dispatch that is gone is stopped by each record that repeats it",
      text: "if (version === undefined && news.length === 0) return",
      replacement: "for (const change of announced) if (!news.includes(change)) news.push(change)",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-late-record-is-told-again-by-the-next": {
      rule: "R11, S10",
      fault: "a stop that a late record led to is told again when another record of the group is read",
      text: "return recoverLate(step, known, news)",
      replacement: "return recoverLate(step, known, announced)",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-late-record-of-several-forms-leaves-one": {
      rule: "R11, S10",
      fault: "of several forms in a late record only the last one ends",
      text: "entry.earlier = [...entry.earlier, change] } touch",
      replacement: "entry.earlier = [change]\n  }\n  touch",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r9-late-record-takes-back-a-command": {
      rule: "R9, S10",
      fault: "a command that is about to be executed is lost to a record that is read late",
      text: "upcoming === undefined || hasNoLength(upcoming.dispatch) ? announced : upcoming",
      replacement: "upcoming ?? announced",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r9-forgotten-instant-goes-back": {
      rule: "R9",
      fault: "an earlier instant of forgotten ids that is read late replaces a later one",
      text: "timeline.forgottenUpTo = Math.max(timeline.forgottenUpTo, forgottenUpTo)",
      replacement: "timeline.forgottenUpTo = forgottenUpTo",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r9-later-record-of-executions-replaces": {
      rule: "R9",
      fault: "of executions of an id that is gone, those of the last record count alone",
      text: "timeline.gone.set(id, timeline.gone.get(id)?.with(executions, step.losses) ?? executions)",
      replacement: "timeline.gone.set(id, executions)"
    },
    "clock-set-back-is-not-noticed": {
      fault: "Clock set back: nothing is evaluated again",
      text: "if (step.clockStepped) for (const entry of timeline.entries.values()) revisit(step, entry)",
      replacement:
        "if (step.clockStepped && step.now < 0) for (const entry of timeline.entries.values()) revisit(step, entry)"
    },
    "r11-own-stop-is-repeated": {
      rule: "R11",
      fault: "what this process has stopped itself is stopped once more when late records tell of it",
      text: "const told = announced ?? announcedLast",
      replacement: "const told = announced ?? (announcedLast && undefined)",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "s10-late-record-is-forgotten-beside-an-own-run": {
      rule: "S10",
      fault: "what a late record says is forgotten where this process has told another content",
      text: "entry.earlier = [...entry.earlier, change]",
      replacement: "",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-earlier-announcement-stops-the-run": {
      rule: "R11",
      fault: "of two announcements of one kind the earlier one stops the run at once",
      text: "if (before?.dispatch.isSameKind(change.dispatch) === true) entry.earlier = [...entry.earlier, before]",
      replacement: "if (before === change) entry.earlier = [...entry.earlier, change]",
      tests: ["packages/core/test/model/ActorModel.test.ts"]
    },
    "s10-decided-is-remembered-as-told": {
      rule: "S10",
      fault: "a start that was decided and never told hides what a record that was not read says",
      text: "memory: memoryAfter(timeline, begun(decided), losses, changes)",
      replacement: "memory: memoryAfter(timeline, begun(decided), losses, decided)",
      tests: ["packages/core/test/UnreadRecords.test.ts"]
    },
    "s10-late-record-of-other-content-is-own": {
      rule: "S10",
      fault: "a late record's run is taken for told although this process told another content",
      text: "return told !== undefined && isAlike(told, change)",
      replacement: "return told?.dispatch.isSameKind(change.dispatch) === true",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "s10-late-record-is-own-before-it-is-told": {
      rule: "S10",
      fault: "a late record's run is taken for told once this process has decided to tell it",
      text: "const isTold = ({ announced, announcedLast }: Entry",
      replacement: "const isTold = ({ upcoming, announced = upcoming, announcedLast }: Entry",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-recovered-runs-are-not-stopped": {
      rule: "R11",
      fault: "what the process before announced is not stopped",
      text: `entry.announced = change
  entry.inherited = true
  entry.announcedLast = change`,
      replacement: "",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "r7-two-edges-at-one-instant": {
      rule: "R7",
      fault: "of two dispatches due at one instant, one is forgotten",
      text: `touch(step, due, "Scheduled")`,
      replacement: `if (step.entries.length === 0) touch(step, due, "Scheduled")`
    },
    "r9-clock-ahead-of-an-earlier-process-skips": {
      rule: "R9",
      fault: "what falls due while it is unconfirmed is skipped if the earlier process had a clock ahead",
      text: "const entry = makeEntry(timeline, id, evaluatedAt <= step.now ? evaluatedAt + 1 : step.now)",
      replacement: "const entry = makeEntry(timeline, id, evaluatedAt + 1)",
      tests: ["packages/core/test/Timeline.test.ts"]
    },
    "s10-unconfirmed-is-started-at-once": {
      rule: "S10",
      fault: "what an earlier process knew is started before the service was asked",
      text: "entry.unconfirmed = true",
      replacement: "entry.unconfirmed = false",
      tests: ["packages/core/test/Timeline.test.ts", "packages/core/test/LateRecords.test.ts"]
    },
    "starts-by-id": {
      fault: "Order: starts come by id, not by occurrence",
      text: "if (step.starts.length > 1) step.starts.sort(byOccurrence)",
      replacement: "if (step.starts.length > 1) step.starts.sort(byId)",
      tests: ["packages/core/test/Timeline.test.ts"]
    }
  },
  "packages/core/src/internal/deadlineHeap.ts": {
    "heap-forgets-its-order": {
      fault: "Order: removing from the middle of the heap breaks its order",
      text: `this.#rise(last, deadline)
        this.#sink(last, deadline)`,
      replacement: "",
      tests: ["packages/core/test/internal/deadlineHeap.test.ts"]
    },
    "rings-early": {
      fault: "Timing: deadlines are taken before they are due",
      text: "if (child < this.size && this.#deadlineAt(child) <= now) places.push(child)",
      replacement: "if (child < this.size && this.#deadlineAt(child) <= now + 50) places.push(child)"
    },
    "heap-takes-what-is-due-from-the-front": {
      fault: "Timing: of several that are due at once, one is taken twice and another is left",
      text: "for (const place of places.toReversed()) this.remove(this.#itemAt(place))",
      replacement: "for (const place of places) this.remove(this.#itemAt(place))",
      tests: ["packages/core/test/internal/deadlineHeap.test.ts"]
    },
    "heap-gives-what-is-due-by-place": {
      fault: "Order: what is due together comes in the order in which it lies in the heap",
      text: "places .toSorted((left, right) => this.#compare(left, right))",
      replacement: "places",
      tests: ["packages/core/test/internal/deadlineHeap.test.ts"]
    }
  },
  "packages/core/src/internal/elapsed.ts": {
    "managed-retries-go-by-the-wall-clock": {
      fault: "Managing: a clock that is set changes when a schedule tries again",
      text: "Effect.flatMap(elapsedMillis, (now) => step(wall + (now - begun), input))",
      replacement: "Effect.flatMap(elapsedMillis, (now) => step(_now + 0 * (now - begun - wall), input))"
    },
    "s10-wait-goes-by-the-wall-clock": {
      rule: "S10",
      fault: "the wait is measured by the clock that is set",
      text: `Clock.monotonicTimeNanos,
        (nanos) => Number(nanos) / 1e6`,
      replacement: `Clock.currentTimeMillis,
        (millis) => millis`,
      tests: ["packages/core/test/internal/sync/recoveryWait.test.ts"]
    }
  },
  "packages/core/src/internal/runDuration.ts": {
    "duration-that-is-none-is-a-command": {
      fault: "A length that is not a number makes a command",
      text: `if (typeof given !== "object") return !Number.isNaN(given)`,
      replacement: `if (typeof given !== "object") return true`
    }
  }
}
