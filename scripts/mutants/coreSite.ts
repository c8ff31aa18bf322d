import type { Mutants } from "./mutant.ts"

export const coreSite: Mutants = {
  "packages/core/src/internal/site/decision.ts": {
    "merged-evaluations-are-taken-together": {
      fault: "Merging: what is due at the instant of an input is evaluated together with it",
      text: "const isDue = !isLate && Timeline.nextWakeAt(timeline) === moment.now",
      replacement: "const isDue = !isLate && Timeline.nextWakeAt(timeline) === moment.now && moment.now < 0",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "r11-recovered-stop-is-taken-by-anybody": {
      rule: "R11",
      fault: "a subscriber that cannot see the stop takes it from the records",
      text: "recoveredStops.add(inherited, elapsed, isStopSeen)",
      replacement: "recoveredStops.add(inherited, elapsed, () => true)",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "s10-written-after-publishing": {
      rule: "S10",
      fault: "a start is written down only after it was published",
      text: "const isAtOnce = keeper === undefined && outbox.isEmpty && evaluation.starts.length <= sliceMax",
      replacement: "const isAtOnce = outbox.isEmpty && evaluation.starts.length <= sliceMax",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    }
  },
  "packages/core/src/internal/site/fileStore.ts": {
    "s10-name-is-not-on-disk": {
      rule: "S10",
      fault: "a record counts as written while the disc may still have the one before under its name",
      text: "Effect.andThen(this.#sync(this.#directory)),",
      replacement: "",
      tests: ["packages/core/test/internal/site/fileStore.test.ts"]
    },
    "s10-journals-of-locks-are-foreign": {
      rule: "S10",
      fault: "every start after a crash warns of files of the program's own",
      text: "(?:lock|holder)(?:-journal)?|lock(?:-journal)?",
      replacement: "(?:lock|holder)|lock",
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-place-of-a-journal-is-foreign": {
      rule: "S10",
      fault: "every start warns of the journal that is kept beside the records",
      text: `type !== "Directory"`,
      replacement: `type !== "Socket"`,
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-foreign-file-hides-everything": {
      rule: "S10",
      fault: "a file that is none of ours hides all that was kept",
      text: `const key = Option.getOrUndefined(Option.liftThrowable(decodeURIComponent)(name.slice(0, -".json".length)))`,
      replacement: `const key = decodeURIComponent(name.slice(0, -".json".length))`,
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "site-folder-is-open-to-all": {
      fault: "the folder of a site is readable by others",
      text: "yield* files.makeDirectory(directory, { recursive: true, mode: 0o700 })",
      replacement: "yield* files.makeDirectory(directory, { recursive: true })",
      tests: ["packages/core/test/SitePersistence.test.ts"]
    }
  },
  "packages/core/src/internal/site/guardedStore.ts": {
    "s10-removal-overlaps-a-write": {
      rule: "S10",
      fault: "a key is removed while a write to it that was given up has not returned",
      text: "if (this.#writing.has(key)) return yield* new NotDone()",
      replacement: "",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-read-that-is-given-up-is-not-heard": {
      rule: "S10",
      fault: "a refusal for good that a read returns after it was given up is heard one operation later",
      text: "if (exit === undefined) this.#givenUp.set(what, fiber)",
      replacement: "if (exit === undefined) fiber.interruptUnsafe()",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-reads-that-hang-pile-up": {
      rule: "S10",
      fault: "a read that hangs goes on for ever when it is asked for anew",
      text: "this.#givenUp.get(what)?.interruptUnsafe()",
      replacement: "",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-refused-read-is-a-failure-like-others": {
      rule: "S10",
      fault: "a store that refuses a read for good is asked on",
      text: "fiber.addObserver((exit) => this.#look(exit))",
      replacement: "",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-end-waits-in-a-circle": {
      rule: "S10",
      fault: "an actor that ends while a write hangs is told of another's return for ever",
      text: `const waiters = [...this.#waiters]
    this.#waiters.clear()`,
      replacement: "const waiters = this.#waiters",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-store-hangs-for-ever": {
      rule: "S10",
      fault: "a store that hung is never awaited again",
      text: `this.#writing.delete(key)
    this.#hanging.closeUnsafe()`,
      replacement: "this.#writing.delete(key)",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-store-that-hangs-is-given-up-one-by-one": {
      rule: "S10",
      fault: "a start waits on for a store that another write has given up",
      text: "const givenUp = Effect.as(this.#hanging.await, undefined)",
      replacement: "const givenUp = Effect.never",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-late-return-of-the-first-is-not-seen": {
      rule: "S10",
      fault: "the state is not written again when the write that was given up first returns",
      text: "Effect.sync(() => void (isAwaited = false))",
      replacement: "Effect.sync(() => void (isAwaited = isAwaited && !this.isHanging))",
      tests: ["packages/core/test/internal/site/guardedStore.test.ts"]
    },
    "s10-refusal-among-other-failures": {
      rule: "S10",
      fault: "a refusal for good is not seen among other failures",
      text: "for (const reason of cause.reasons) {",
      replacement: "for (const reason of cause.reasons.slice(0, 1)) {"
    },
    "s10-failures-flood-the-log": {
      rule: "S10",
      fault: "a store that fails is reported with each write",
      text: "const isFirst = !this.isFailing",
      replacement: "const isFirst = true",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-fenced-is-a-failure-like-others": {
      rule: "S10",
      fault: "a store that refuses for good is asked on",
      text: `if (!Predicate.isTagged(refusal, "Fenced")) continue`,
      replacement: `if (Predicate.isTagged(refusal, "Fenced")) continue`,
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-given-up-write-has-the-last-word": {
      rule: "S10",
      fault: "after a write that was given up, the present state is not written",
      text: "if (!isAwaited) this.#returnedLate(key)",
      replacement: "if (isAwaited) this.#returnedLate(key)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-hanging-store-holds-up-everybody": {
      rule: "S10",
      fault: "a store that was given up is waited for by everybody who comes after",
      text: "if (exit === undefined) this.#hanging.openUnsafe()",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-hanging-store-is-waited-for": {
      rule: "S10",
      fault: "a store that hangs is waited for without end",
      text: "if (Exit.isSuccess(rang)) resume(Effect.undefined)",
      replacement: "if (Exit.isFailure(rang)) resume(Effect.undefined)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-writes-overlap": {
      rule: "S10",
      fault: "a key is written while an earlier write to it was given up and has not returned",
      text: "this.#writing.add(key)",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  },
  "packages/core/src/internal/site/loop.ts": {
    "s1-actor-asks-at-once": {
      rule: "S1",
      fault: "an actor does not wait with its first question",
      text: "errands.begin(Effect.andThen(askAfter, synchroniser.begin))",
      replacement: "errands.begin(synchroniser.begin)",
      tests: ["packages/core/test/Recovery.test.ts"]
    },
    "r11-late-record-brings-back-what-is-deleted": {
      rule: "R11, S10",
      fault: "a run in a late record goes on, though its dispatch is deleted by then",
      text: "DispatchMirror.isTold(mirror, one.id) ? { ...one, version: undefined } : one",
      replacement: "one",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-moved-run-in-two-records-stops-twice": {
      rule: "R11, S10",
      fault: "the identity that a run has left is told twice that it stops, if two records tell of the run",
      text: ".filter(isUnlike(repeated?.moved ?? []))",
      replacement: "",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "s10-the-listing-is-not-written-down": {
      rule: "S10",
      fault:
        "a later process does not learn that the microgrid had been listed, and executes no command that is new",
      text: "if (outcome.settledUpTo !== undefined) keeper?.noteListed()",
      replacement: "void keeper",
      tests: ["packages/core/test/Recovery.test.ts"]
    },
    "clock-set-back-while-stopped-is-not-noticed": {
      fault: "Clock set back: an actor that was stopped meanwhile does not notice",
      text: `inbox.wake({ _tag: "Ring", ring: "ClockSetBack" })`,
      replacement: ""
    },
    "due-at-the-instant-of-an-input-is-passed-over": {
      fault: "One evaluation: what is due at the very instant of an input is not settled before it",
      text: "const isDue = next === present.now && (rings.length > 0 || done === learned.length)",
      replacement: "const isDue = next === present.now && (rings.length >= 0 || done === learned.length)"
    },
    "s10-late-record-makes-others-wait-longer": {
      rule: "S10",
      fault: "a record that is read late makes those wait longer that wait already",
      text: "if (waits && !isOn) site.recovery.beginAnew(moment.elapsed)",
      replacement: "if (waits) site.recovery.beginAnew(moment.elapsed)",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "r11-moved-stop-is-forgotten-by-the-next-process": {
      rule: "R11",
      fault: "the end of a version that has gone on as another is told to nobody after another restart",
      text: "keepMoved(site, left, moment.elapsed)",
      replacement: "keepMoved(site, [], moment.elapsed)",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "r11-moved-stop-is-not-published": {
      rule: "R11",
      fault: "a subscriber that stands is not told of an identity that was left two processes ago",
      text: "moved: [...evaluation.moved, ...left]",
      replacement: "moved: evaluation.moved",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "clock-set-back-asks-for-no-listing": {
      fault: "Clock set back: nothing is listed again",
      text: `if (isSetBack || decision.clockStepped) synchroniser.requestListing("ClockStep")`,
      replacement: `if (isSetBack && present.now < 0) synchroniser.requestListing("ClockStep")`,
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "clock-set-back-waits-for-the-alarm": {
      fault: "Clock set back: a message that comes first does not tell that the clock was set back",
      text: "isSetBack ||= present.now < site.timeline.evaluatedAt - clockStepToleranceMillis",
      replacement: "",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "late-input-settles-what-is-overdue": {
      fault: "Late wake-ups: of inputs that wait, the first settles what is overdue without the others",
      text: "const taken = isLate ? learned.slice(done) : learned.slice(done, done + 1)",
      replacement: "const taken = isLate ? learned.slice(done, done + 1) : learned.slice(done, done + 1)",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "r10-forgets-on-restart": {
      rule: "R10",
      fault: "a restart of the actor forgets what was told",
      text: "const moment = () => momentOf(clock)",
      replacement: `const moment = () => momentOf(clock)
        site.timeline.entries.clear()
        site.mirror.known.clear()`,
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "s10-late-reading-asks-for-nothing": {
      rule: "S10",
      fault: "what is read late asks for no listing",
      text: "if (takeReadings(site, moment())) synchroniser.requestConfirmation()",
      replacement: "takeReadings(site, moment())",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "s10-late-reading-has-no-patience": {
      rule: "S10",
      fault: "what is read late waits for its listing without end",
      text: "if (waits && !isOn) site.recovery.beginAnew(moment.elapsed)",
      replacement: "if (waits && isOn) site.recovery.beginAnew(moment.elapsed)",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "slices-hold-up-stops": {
      fault: "Slices: between two slices nothing is evaluated",
      text: `yield* decideMail(work, yield* inbox.take(isReady ? "AtOnce" : "Waiting"))`,
      replacement: `const mail = yield* inbox.take(isReady ? "AtOnce" : "Waiting")
        if (!outbox.isReady || mail.learned.length > 0) yield* decideMail(work, mail)`,
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    }
  },
  "packages/core/src/internal/site/makeSite.ts": {
    "r11-untaken-stop-of-a-stopped-actor-is-not-logged": {
      rule: "R11",
      fault: "a stop that nobody took is let go of by nobody",
      text: "errands.begin(letGoOfRecoveredStops({ keeper: site.keeper, microgridId, recoveredStops }))",
      replacement: "void letGoOfRecoveredStops",
      tests: ["packages/core/test/Recovery.test.ts"]
    }
  },
  "packages/core/src/internal/site/microgridLock.ts": {
    "s10-impossible-lock-ends-all-locking": {
      rule: "S10",
      fault: "a file named lock that is none lets two actors use what is kept of one microgrid",
      text: `if (held._tag !== "Held") why ??= held.why`,
      replacement: `if (held._tag !== "Held") { why ??= held.why; break }`,
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-impossible-lock-is-silent": {
      rule: "S10",
      fault: "nobody is told that another process may use what is kept",
      text: "if (why !== undefined) {",
      replacement: `if (why === "") {`,
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-each-lock-is-waited-for-anew": {
      rule: "S10",
      fault: "an actor waits for each lock as long as for all of them",
      text: "Duration.toMillis(MicrogridTaken.takenPatience) - ((yield* elapsedMillis) - since)",
      replacement: "Duration.toMillis(MicrogridTaken.takenPatience)",
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-earlier-lock-is-for-one": {
      rule: "S10",
      fault: "the lock of an earlier release lets only one microgrid in a folder",
      text: `sharing: "Together",`,
      replacement: `sharing: "Alone",`,
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-earlier-lock-is-not-seen": {
      rule: "S10",
      fault: "the lock of an earlier release is not looked at",
      text: "for (const lock of locks) {",
      replacement: "for (const lock of locks.slice(1)) {",
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-microgrid-is-shared": {
      rule: "S10",
      fault: "two actors use what is kept of one microgrid",
      text: `(attempt) => attempt._tag !== "Taken",`,
      replacement: "(attempt) => attempt._tag !== undefined,",
      tests: ["packages/core/test/SiteFiles.test.ts"]
    }
  },
  "packages/core/src/internal/site/outbox.ts": {
    "event-after-a-missed-run-is-lost": {
      fault: "section 4: an event that waits for a missed run of its dispatch is never told",
      text: "(this.#missed.get(dispatch.id) ?? 1) - 1",
      replacement: "this.#missed.get(dispatch.id) ?? 1",
      tests: ["packages/core/test/internal/site/slices.test.ts"]
    },
    "command-withholds-a-stop-for-ever": {
      fault:
        "section 6: a command counts as a run that is yet to start, so its identity is never told to stop",
      text: "upcoming: starts.filter(isRun), withdrawn, moved",
      replacement: "upcoming: starts, withdrawn, moved",
      tests: ["packages/core/test/internal/site/slices.test.ts"]
    },
    "untold-run-is-lost-to-a-later-one": {
      fault:
        "section 4: a run that came and went untold is not missed if a later run of the dispatch is told",
      text: "occurrence.epochMilliseconds === run.occurrence.epochMilliseconds",
      replacement: "occurrence.epochMilliseconds >= run.occurrence.epochMilliseconds",
      tests: ["packages/core/test/internal/site/slices.test.ts"]
    },
    "new-subscriber-does-not-wait-for-the-slice": {
      fault: "section 6: to a new subscriber, starts that are being noted do not count as running",
      text: "const items = [...(this.#slice?.items ?? []), ...this.#items]",
      replacement: "const items = this.#items",
      tests: ["packages/core/test/internal/site/slices.test.ts"]
    },
    "events-come-before-a-start-that-was-decided-anew": {
      fault:
        "Slices: a lifecycle event is told before the start, if that was decided anew while it was noted",
      text: "if (events === undefined || this.#isAwaited(id)) return []",
      replacement: "if (events === undefined) return []",
      tests: ["packages/core/test/internal/site/slices.test.ts"]
    },
    "events-before-changes": {
      fault: "Order: the lifecycle event comes before the change",
      text: `this.#publisher.changes({ evaluatedAt, changes, upcoming: [], withdrawn, moved: [] })
        this.#publisher.missed(missed)
        this.#publisher.events(events)`,
      replacement: `this.#publisher.events(events)
        this.#publisher.changes({ evaluatedAt, changes, upcoming: [], withdrawn, moved: [] })
        this.#publisher.missed(missed)`,
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "events-overtake-starts-that-wait": {
      fault: "Order: a lifecycle event does not wait for the start that is to come before it",
      text: "this.#publisher.events(events.filter((event) => !this.#follows(event)))",
      replacement: "this.#publisher.events(events)",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "missed-before-changes": {
      fault: "Order: missed runs come before the changes of their evaluation",
      text: `this.#publisher.changes({ evaluatedAt, changes, upcoming: [], withdrawn, moved: [] })
        this.#publisher.missed(missed)`,
      replacement: `this.#publisher.missed(missed)
        this.#publisher.changes({ evaluatedAt, changes, upcoming: [], withdrawn, moved: [] })`,
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "s10-missed-runs-are-told-unnoted": {
      rule: "S10",
      fault: "missed runs are told without a note",
      text: "if (isStart || isMissed(item)) noted.push(item.dispatch.id)",
      replacement: "if (isStart) noted.push(item.dispatch.id)",
      tests: ["packages/core/test/Fenced.test.ts"]
    },
    "slices-have-no-bound": {
      fault: "Slices: all that starts at one instant is noted at once",
      text: "if (isStart && starts === sliceMax) break",
      replacement: "",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    },
    "slices-miss-what-is-told": {
      fault: "Slices: what a later version runs on is told as missed as well",
      text: "const untold = missed.filter((run) => !isAmong(changes, run))",
      replacement: "const untold = missed",
      tests: ["packages/core/test/internal/site/slices.test.ts"]
    },
    "starts-before-stops": {
      fault: "Order: starts come before stops",
      text: "told === undefined ? stops : stops.concat(told.changes)",
      replacement: "told === undefined ? stops : [...told.changes, ...stops]",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/internal/site/slices.test.ts",
        "packages/core/test/internal/site/loop.test.ts",
        "packages/core/test/internal/subscribers/hub.test.ts"
      ]
    }
  },
  "packages/core/src/internal/site/recordFormat.ts": {
    "s10-told-in-local-time-is-format-3": {
      rule: "S10",
      fault: "an older release reads a run in local time as one in UTC",
      text: "...[...announced, ...moved, ...told].map(({ dispatch }) => dispatch),",
      replacement: "...announced.map(({ dispatch }) => dispatch),",
      tests: ["packages/core/test/internal/site/recordFormat.test.ts"]
    },
    "s10-format-changes-unseen": {
      rule: "S10",
      fault: "a release writes and reads a format otherwise than the one before",
      text: "before: Schema.optionalKey(Sequence)",
      replacement: "before: Schema.optionalKey(Schema.Tuple([Sequence]))",
      tests: ["packages/core/test/internal/site/recordFormat.test.ts"]
    },
    "s10-impossible-number-spreads": {
      rule: "S10",
      fault: "a number that no record can have is taken for one, and counted on",
      text: "const sequenceMax = 300_000_000_000_000",
      replacement: "const sequenceMax = Number.MAX_SAFE_INTEGER",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-executed-is-not-kept": {
      rule: "S10",
      fault: "which commands were executed is not written down",
      text: "...(executed === undefined ? {} : { executed })",
      replacement: "...(executed === undefined ? {} : {})",
      tests: ["packages/core/test/SitePersistence.test.ts"]
    },
    "s10-format-2-is-read-as-format-3": {
      rule: "S10",
      fault: "records of the release before are taken for damaged",
      text: "2: readDispatches2,",
      replacement: "2: readDispatches,",
      tests: ["packages/core/test/internal/site/recordFormat.test.ts"]
    },
    "s10-newer-format-is-taken-for-damage": {
      rule: "S10",
      fault: "what a newer release wrote is set aside as damaged",
      text: `if (version > formatNumber) return Result.fail({ _tag: "Newer", version })`,
      replacement: `if (version < 0) return Result.fail({ _tag: "Newer", version })`,
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  },
  "packages/core/src/internal/site/recordShelf.ts": {
    "s10-keys-of-notes-stay": {
      rule: "S10",
      fault: "the keys of all notes that were ever written stay in memory",
      text: "this.written.delete(key)\n    const place",
      replacement: "const place",
      tests: ["packages/core/test/internal/site/recordShelf.test.ts"]
    },
    "s10-records-beside-stay": {
      rule: "S10",
      fault: "a record beside that was read is never removed",
      text: "if (place.isBeside) slot.besides.add(key)",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-note-of-a-newer-release-is-overtaken": {
      rule: "S10",
      fault: "a group is rewritten, though a note of a newer release may say something of it",
      text: "this.unreadNotes.size + this.refusedNotes.size === 0",
      replacement: "this.unreadNotes.size === 0",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-dispatches-that-are-gone-are-forgotten-uncounted": {
      rule: "S10",
      fault: "nobody is told that dispatches that are gone were forgotten beside unread records",
      text: "this.#forgotten++",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-a-thousand-and-one-that-are-gone-are-remembered": {
      rule: "S10",
      fault: "the limit of dispatches that are gone and remembered is one higher",
      text: "if (this.struck.size <= struckMax) return",
      replacement: "if (this.struck.size <= struckMax + 1) return",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-unread-records-are-overwritten": {
      rule: "S10",
      fault: "a record that could not be read is overwritten",
      text: "return !this.awaitsTaking && this.isListed && notesAreRead && unread.size + refused.size === 0",
      replacement: "return !this.awaitsTaking && (notesAreRead || unread.size + refused.size === 0)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  },
  "packages/core/src/internal/site/recoveredStops.ts": {
    "r11-only-the-first-is-handed-over": {
      rule: "R11",
      fault: "of several stops that are handed over only the first is struck out",
      text: "for (const { stop } of taken) this.#handOver(stop)",
      replacement: "if (taken[0] !== undefined) this.#handOver(taken[0].stop)",
      tests: ["packages/core/test/internal/site/recoveredStops.test.ts"]
    },
    "r11-recovered-stop-is-taken-by-the-first": {
      rule: "R11",
      fault: "who asks first takes the stop from those that come later",
      text: "for (const { stop } of taken) this.#handOver(stop)",
      replacement: `for (const { stop } of taken) this.#handOver(stop)
        this.#kept = this.#kept.filter((each) => !taken.includes(each))`,
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/MergeStrategy.test.ts",
        "packages/core/test/internal/site/slices.test.ts"
      ]
    },
    "r11-recovered-stop-is-told-for-ever": {
      rule: "R11",
      fault: "the stop is told to new subscribers for as long as the process lives",
      text: "const taken = this.#kept.filter((kept) => elapsed < kept.until && isSeen(kept))",
      replacement: "const taken = this.#kept.filter((kept) => isSeen(kept))",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/MergeStrategy.test.ts",
        "packages/core/test/internal/site/slices.test.ts"
      ]
    },
    "r11-recovered-stops-are-kept-a-moment-longer": {
      rule: "R11",
      fault: "recovered stops are told at the very end of their ten minutes",
      text: "findIndex(({ until }) => elapsed < until)",
      replacement: "findIndex(({ until }) => elapsed <= until)",
      tests: ["packages/core/test/internal/site/recoveredStops.test.ts"]
    },
    "r11-recovered-stops-go-unheard": {
      rule: "R11",
      fault: "stops of what an earlier process announced are lost if nobody is subscribed yet",
      text: "if (isSeen(kept)) continue",
      replacement: `if (!isSeen(kept)) this.#kept = this.#kept.filter(({ stop }) => stop !== kept.stop)
      continue`,
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/MergeStrategy.test.ts",
        "packages/core/test/internal/site/slices.test.ts"
      ]
    }
  },
  "packages/core/src/internal/site/siteKeeper.ts": {
    "r9-forgotten-instant-is-not-kept": {
      rule: "R9",
      fault: "the instant up to which executions of gone ids are forgotten dies with the process",
      text: "if (this.#memory.forgottenUpTo !== forgottenUpTo) this.#plan.touch(siteSlot)",
      replacement: ""
    },
    "s10-what-was-read-is-gone-through-for-nothing": {
      rule: "S10",
      fault:
        "while one record cannot be read, all others are gone through at each attempt, a second for 100,000 dispatches",
      text: "if (!wasFirst && readable.length === 0 && this.#records.isWaiting) return",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-what-is-recalled-is-lost-with-the-next-write": {
      rule: "S10",
      fault: "a group is rewritten without what was recalled and not touched",
      text: "this.#plan.addIds(remembered.map(({ id }) => id))",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "r11-own-stop-of-a-moved-run-is-repeated": {
      rule: "R11, S10",
      fault:
        "the end of a run that this process told itself is told once more to those who tell two versions apart",
      text: "moved: moved.filter(isUnlike(own))",
      replacement: "moved",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-read-is-rewritten-before-it-is-taken": {
      rule: "S10",
      fault: "a record that was read is rewritten before the loop has taken what it says",
      text: "this.#shelf.awaitsTaking = this.#readings.length > 0",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-reading-is-lost-with-the-loop": {
      rule: "S10",
      fault: "a late reading that the loop did not take before it ended is lost",
      text: "yield* this.#setAside\n      if (!this.#records.isWaiting)",
      replacement:
        "if (failures === 0) this.#readings = []\n      yield* this.#setAside\n      if (!this.#records.isWaiting)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-what-this-process-let-go-comes-back": {
      rule: "S10",
      fault:
        "a dispatch that ran here and is over comes back from a record read late, as one that missed its run",
      text: "const version = letGo.has(one.id) ? undefined : one.version",
      replacement: "const { version } = one",
      tests: ["packages/core/test/UnreadRecords.test.ts"]
    },
    "s10-all-that-goes-is-remembered": {
      rule: "S10",
      fault: "what is let go is remembered for ever, also where all records were read",
      text: "if (!this.#shelf.isOpen(group)) this.#shelf.slot(group).letGo.add(id)",
      replacement: "this.#shelf.slot(group).letGo.add(id)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-stop-recovered-by-this-process-lets-its-dispatch-go": {
      rule: "S10",
      fault:
        "a dispatch of which records told at first a run alone does not come back with a record read later",
      text: "version === undefined && this.#memory.isConfirmed(id)",
      replacement: "version === undefined",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-damage-is-waited-for": {
      rule: "S10",
      fault: "what was recalled waits until what is damaged is set aside",
      text: "const readable = yield* this.#records.read",
      replacement: `const readable = yield* this.#records.read
        yield* this.#records.setAside`,
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-reads-are-not-repeated": {
      rule: "S10",
      fault: "a read that failed at the start is not repeated",
      text: "if (!this.#records.isWaiting) return false",
      replacement: "if (failures >= 0) return false",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  },
  "packages/core/src/internal/site/siteMemory.ts": {
    "r11-own-run-hides-a-recovered-stop": {
      rule: "R11",
      fault: "a recovered stop that nobody took is struck out once the dispatch runs again",
      text: "return waiting.length === 0 ? own.announced : [...waiting, ...own.announced]",
      replacement: "return own.announced.length > 0 ? own.announced : waiting"
    },
    "r11-moved-run-counts-as-announced": {
      rule: "R11",
      fault: "the end of a version that has gone on as another is told to all after another restart",
      text: "announced: announcedOf(waiting.ended, own),",
      replacement: "announced: announcedOf([...waiting.ended, ...waiting.moved], own),",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "r11-recovered-stop-is-struck-out-untold": {
      rule: "R11",
      fault: "the stop is struck out of the records before anybody was told",
      text: "const waiting = this.#recoveredStops.waitingOf(id)",
      replacement: "const waiting: ReturnType<RecoveredStops['waitingOf']> = { ended: [], moved: [] }",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/MergeStrategy.test.ts",
        "packages/core/test/internal/site/slices.test.ts"
      ]
    },
    "s10-stops-are-not-kept": {
      rule: "S10",
      fault: "stops that an earlier process left are struck out before anybody was told of them",
      text: "const waiting = this.#recoveredStops.waitingOf(id)",
      replacement: "const waiting: ReturnType<RecoveredStops['waitingOf']> = { ended: [], moved: [] }",
      tests: ["packages/core/test/Recovery.test.ts", "packages/core/test/SitePersistence.test.ts"]
    }
  },
  "packages/core/src/internal/site/newestStates.ts": {
    "r11-moved-stop-is-lost-with-a-process-that-could-not-read-it": {
      rule: "R11, S10",
      fault: "the end of a run that has moved on is lost, if the next process could not read it",
      text: "moved: [...(older.one.moved ?? []).filter(isOn), ...(own.one.moved ?? [])]",
      replacement: "moved: own.one.moved",
      tests: ["packages/core/test/internal/site/newestStates.test.ts"]
    },
    "r11-unread-announcement-is-lost-with-the-process": {
      rule: "R11, S10",
      fault: "what a process that never read an older record wrote takes the place of its announcements",
      text: "const before = isBlind ? states.get(entry.id) : undefined",
      replacement: "const before = isBlind ? undefined : states.get(entry.id)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-what-was-told-counts-for-nothing": {
      rule: "S10",
      fault: "what a process told and ended is stopped again by the next one, which can read what is older",
      text: "!own.told.some((one) => (this.#sequences.get(run) ?? 0) < one.before && isAlike(one.run, run))",
      replacement: "own.told.length >= 0",
      tests: ["packages/core/test/UnreadRecords.test.ts"]
    },
    "s10-what-was-told-hides-what-came-after": {
      rule: "S10",
      fault: "what one process told hides what another, which it never knew, announced later",
      text: "(this.#sequences.get(run) ?? 0) < one.before && isAlike(one.run, run)",
      replacement: "one.before >= 0 && isAlike(one.run, run)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-older-record-wins": {
      rule: "S10",
      fault: "of two records of a dispatch the older counts",
      text: "for (const found of records.toSorted((left, right) => left.record.sequence - right.record.sequence)) {",
      replacement:
        "for (const found of records.toSorted((left, right) => right.record.sequence - left.record.sequence)) {",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "r9-executions-are-lost-with-a-process-that-could-not-read-them": {
      rule: "R9, S10",
      fault: "what was executed is executed again, if the next process could not read that",
      text: "executed: executedIn(older.one.executed, own.one.executed, losses)",
      replacement: "executed: own.one.executed",
      tests: ["packages/core/test/UnreadExecutions.test.ts"]
    },
    "r11-clock-that-was-set-back-hides-runs": {
      rule: "R11, S10",
      fault: "the runs of a process that could read nothing are lost if its clock had been set back",
      text: "if (state.isBlind) this.#leftOver.push(state)",
      replacement: "",
      tests: ["packages/core/test/UnreadExecutions.test.ts"]
    },
    "s10-last-look-of-a-process-with-a-clock-behind-is-lost": {
      rule: "S10",
      fault:
        "what a process that could read nothing has dealt with is missed, if its clock had been set back",
      text: "const evaluatedAt = Math.max(newest.one.evaluatedAt, left.one.evaluatedAt)",
      replacement: "const evaluatedAt = newest.one.evaluatedAt",
      tests: ["packages/core/test/internal/site/newestStates.test.ts"]
    },
    "s10-outdated-process-knows-what-exists": {
      rule: "S10",
      fault: "what another process knows to be gone is known again from one whose clock was behind",
      text: "{ ...left, one: { ...left.one, version: undefined } }",
      replacement: "left",
      tests: ["packages/core/test/internal/site/newestStates.test.ts"]
    }
  },
  "packages/core/src/internal/site/siteRecords.ts": {
    "s10-damage-that-cannot-be-set-aside-is-overwritten": {
      rule: "S10",
      fault: "a damaged record is overwritten although it could not be set aside",
      text: "if (isNoted && Result.isSuccess(yield* Effect.result(aside))) this.shelf.restore(key)",
      replacement: "yield* Effect.result(aside)\n      if (isNoted) this.shelf.restore(key)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-damage-leaves-the-listing-standing": {
      rule: "S10",
      fault: "a process that finds damage and dies before it has listed leaves the records whole",
      text: "newest?.listed === true && !this.#isDamaged",
      replacement: "newest?.listed === true",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-record-that-is-gone-is-waited-for": {
      rule: "S10",
      fault: "a record that was removed between the list of keys and its reading counts as unread for ever",
      text: `this.shelf.markRead(key)
        return undefined`,
      replacement: "return undefined",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-each-reading-hands-on-what-was-told": {
      rule: "S10",
      fault: "each attempt to read what is left takes the place of what this process has told since",
      text: "if (!tellsTheSame(before, state)) keepOn(slot, state)",
      replacement: "keepOn(slot, state)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "r9-executions-read-late-are-not-handed-on": {
      rule: "R9, S10",
      fault: "executions of a record that is read late are executed again, if a newer one was read before",
      text: "before.executions.states === executions.states",
      replacement: "executions.states >= 0",
      tests: ["packages/core/test/UnreadExecutions.test.ts"]
    },
    "r9-unread-group-is-no-loss": {
      rule: "R9",
      fault: "what an unread record of a group may tell of is executed again",
      text: "const dealtWithUntil = slot.unread.size + slot.refused.size > 0 ? now : lostAt",
      replacement: "const dealtWithUntil = lostAt",
      tests: ["packages/core/test/UnreadExecutions.test.ts"]
    },
    "r9-group-of-a-newer-release-is-no-loss": {
      rule: "R9",
      fault: "what a damaged group, or one of a newer release, may tell of is executed again",
      text: "slot.unread.size + slot.refused.size > 0",
      replacement: "slot.unread.size > 0",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "r11-each-reading-repeats-the-one-before": {
      rule: "R5, R10, R11",
      fault: "a stop that a late record led to is told once more when another record is read",
      text: "repeated: before?.one",
      replacement: "repeated: undefined",
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "s10-unread-record-is-replaced-by-its-number": {
      rule: "S10",
      fault: "after the clock was set back a note takes the place of one that was not read",
      text: "this.#sequence = Math.max(this.#sequence, numberIn(key))",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "r9-note-of-a-newer-release-is-no-loss": {
      rule: "R9",
      fault: "what a note of a newer release told of is executed again",
      text: `this.shelf.refuse(key)
    this.#lose(key)`,
      replacement: "this.shelf.refuse(key)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "r9-earliest-forgotten-instant-counts": {
      rule: "R9",
      fault: "of what several records say is forgotten the earliest counts",
      text: "forgottenUpTo: Math.max(...forgotten)",
      replacement: "forgottenUpTo: Math.min(...forgotten)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-what-was-told-is-not-handed-on": {
      rule: "S10",
      fault:
        "what a process told and ended is stopped again two processes later, if nobody could read what is older",
      text: "for (const run of told) slot.told.add(run)",
      replacement: "",
      tests: ["packages/core/test/UnreadRecords.test.ts"]
    },
    "s10-gone-comes-back-two-processes-later": {
      rule: "S6, S10",
      fault: "what was struck out beside an unread record is forgotten by the next process",
      text: "if (struck !== undefined) slot.strike(one.id, struck)",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "r9-lost-note-is-no-loss": {
      rule: "R9",
      fault: "what a lost note told of is executed again",
      text: "const evaluatedAt = Math.max(one.evaluatedAt, dealtWithUntil)",
      replacement: "const { evaluatedAt } = one",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-damage-is-forgotten-before-the-listing": {
      rule: "S10",
      fault: "a process that finds damage and dies before it has listed leaves it at that",
      text: "const isNoted = this.#hasListed || (yield* this.#unlist())",
      replacement: "const isNoted = true",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-damage-is-taken-for-the-whole": {
      rule: "S10",
      fault: "after a damaged record commands are executed again",
      text: "this.#isDamaged = true",
      replacement: "this.#isDamaged = false",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-damaged-record-is-not-kept": {
      rule: "S10",
      fault: "a damaged record is not set aside",
      text: "const aside = Effect.andThen(this.#store.put(damagedKey(key), text), this.#store.put(key, undefined))",
      replacement: "const aside = Effect.andThen(Effect.void, this.#store.put(key, undefined))",
      tests: ["packages/core/test/SitePersistence.test.ts"]
    },
    "s10-note-read-late-is-ignored": {
      rule: "S10",
      fault: "what was recalled is not corrected by a note that is read late",
      text: "if (isSame(before, state) || (isNothing(before?.one ?? one) && isNothing(one))) continue",
      replacement: "if (before !== undefined || (isSame(before, state) && isNothing(one))) continue",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-unlisted-counts-as-whole": {
      rule: "S10",
      fault: "what a process left that never listed counts as whole",
      text: "return !this.isWaiting && !this.shelf.hasRefused && !this.#isDamaged && this.#hasListed",
      replacement: "return !this.isWaiting && !this.shelf.hasRefused && !this.#isDamaged",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-unread-is-not-named": {
      rule: "S10",
      fault: "a record that cannot be read is not named",
      text: "if (this.#isUnreadTold) return Effect.void",
      replacement: "if (this.#isUnreadTold || unread.length > 0) return Effect.void",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-unread-note-hides-everything": {
      rule: "S10",
      fault: "nothing is recalled before every note was read",
      text: "for (const states of groups) {",
      replacement: "for (const states of this.shelf.unreadNotes.size > 0 ? [] : groups) {",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts", "packages/core/test/LateRecords.test.ts"]
    }
  },
  "packages/core/src/internal/site/siteStatus.ts": {
    "s9-doubt-outlives-the-actor": {
      rule: "S9",
      fault: "an actor that has ended still says that it cannot ask for what is in doubt",
      text: "site.standing.doubt = undefined\n",
      replacement: "",
      tests: ["packages/core/test/internal/sync/doubts.test.ts"]
    },
    "s9-listing-without-a-stream-is-in-sync": {
      rule: "S9",
      fault: "a second listing without a stream is taken for being in sync",
      text: "if (streamed) {",
      replacement: 'if (streamed || base._tag === "Stale") {',
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s9-known-only-with-a-stream": {
      rule: "S9",
      fault: "nobody is told that the microgrid is known while there is no stream",
      text: "yield* Deferred.succeed(site.initialized, undefined)",
      replacement: "if (streamed) yield* Deferred.succeed(site.initialized, undefined)",
      tests: ["packages/core/test/internal/sync/synchroniser.test.ts"]
    },
    "s9-same-status-is-told-again": {
      rule: "S9",
      fault: "each listing is told as a change of the status",
      text: "if (!isSame(next, shown)) board.show(next)",
      replacement: "board.show(next)",
      tests: ["packages/core/test/SyncStatus.test.ts"]
    },
    "s10-goes-on-in-sync": {
      rule: "S10",
      fault: "an actor that goes on from what was read late says that it is in sync",
      text: `if (site.mirror.recovery !== "GivenUp" || site.standing.base._tag === "Stale") return`,
      replacement: `if (site.standing.base._tag !== "Connecting") return`,
      tests: ["packages/core/test/LateRecords.test.ts"]
    },
    "s9-initialized-before-the-listing": {
      rule: "S9",
      fault: "the first event completes the initialization",
      text: "site.standing.reasons.length > 0 ? show(site) : Effect.void",
      replacement: "Effect.asVoid(Deferred.succeed(site.initialized, undefined))"
    },
    "s9-never-stale": {
      rule: "S9",
      fault: "a broken stream does not change the status",
      text: `site,
        base._tag === "Connecting"`,
      replacement: `site,
        base._tag === "Synchronised"
          ? base
          : base._tag === "Connecting"`
    },
    "s9-reasons-are-not-warned-of": {
      rule: "S9",
      fault: "that the service contradicts itself is not warned of",
      text: "if (!before.includes(reason)) yield* Effect.logWarning(`Not in sync: ${reason}`)",
      replacement: "if (before.includes(reason)) yield* Effect.logWarning(`Not in sync: ${reason}`)"
    }
  },
  "packages/core/src/internal/site/siteStore.ts": {
    "s10-place-is-not-told": {
      rule: "S10",
      fault: "where things are kept is not told",
      text: `yield* log(\`Keeps what it knows in \${store.place ?? "a store without a name"}\`)`,
      replacement: `yield* log(\`Keeps what it knows \${store.take ?? "a store without a name"}\`)`,
      tests: ["packages/core/test/SiteFiles.test.ts"]
    },
    "s10-each-site-of-a-fleet-says-it": {
      rule: "S10",
      fault: "a process that takes over thousands of sites logs a line for each",
      text: "store.place === undefined ? Effect.logDebug : Effect.logInfo",
      replacement: "store.place === undefined ? Effect.logInfo : Effect.logInfo",
      tests: ["packages/fleet/test/internal/runner/site.test.ts"]
    }
  },
  "packages/core/src/internal/site/toldContents.ts": {
    "r5-content-that-was-left-is-told-again": {
      rule: "R5, S10",
      fault:
        "what this process told and left for other content is told once more when an older record is read",
      text: `return this.#runs.get(id) ?? []`,
      replacement: "return (this.#runs.get(id) ?? []).slice(-1)",
      tests: ["packages/core/test/UnreadRecords.test.ts"]
    },
    "s10-one-content-is-remembered-twice": {
      rule: "S10",
      fault: "each run that was told takes a place of its own, though its content is there already",
      text: "const others = this.of(id).filter(isOther)",
      replacement: "const others = this.of(id)"
    },
    "s10-one-content-too-few-is-remembered": {
      rule: "S10",
      fault: "of a dispatch one content less is remembered as told",
      text: "all.slice(-toldMax)",
      replacement: "all.slice(1 - toldMax)"
    },
    "s10-forgotten-contents-are-not-counted": {
      rule: "S10",
      fault: "nobody is told that contents that were told are forgotten beside unread records",
      text: "this.#forgotten += Math.max(0, all.length - toldMax)",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  },
  "packages/core/src/internal/site/siteWriter.ts": {
    "s10-note-refers-to-a-record-that-is-being-replaced": {
      rule: "S10",
      fault: "a note refers to a version in a record that may be gone by then",
      text: "this.#kept.delete(slot)",
      replacement: "",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-note-refers-to-a-record-from-before": {
      rule: "S10",
      fault: "a note refers to a version that only an earlier record has",
      text: "if (!this.#written.has(group)) this.#kept.set(group, versions)",
      replacement: "this.#kept.set(group, versions)",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-own-announcement-hides-an-unread-one": {
      rule: "S10",
      fault: "what a process announces hides what a record that it could not read says",
      text: "return this.#shelf.isOpen(group) ? undefined : this.#shelf.slot(group).told.of(id)",
      replacement: `const told = this.#shelf.slot(group).told.of(id)
    return this.#shelf.isOpen(group) || told.length > 0 ? undefined : told`,
      tests: ["packages/core/test/UnreadRecords.test.ts"]
    },
    "s10-note-brings-back-what-was-struck-out": {
      rule: "S10",
      fault: "a note that could not be removed brings back what was struck out",
      text: "const isGone = isOpen && entries.length === 0 && !this.#plan.hasNotes",
      replacement: "const isGone = isOpen && entries.length === 0",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    }
  },
  "packages/core/src/internal/site/standing.ts": {
    "s9-only-the-first-reason-is-told": {
      rule: "S9",
      fault: "of several reasons only the first is told",
      text: "[base.cause, ...reasons]",
      replacement: "[base.cause]"
    },
    "s9-since-is-forgotten": {
      rule: "S9",
      fault: "every failure makes the mirror stale anew",
      text: `const since = shown._tag === "Stale" ? shown.since : base._tag === "Stale" ? base.since : now`,
      replacement: "const since = now"
    }
  },
  "packages/core/src/internal/site/subscriptions.ts": {
    "present-state-is-told-to-all": {
      fault: "Subscribers: the present state is told to everybody",
      text: "current ? [...recovered, ...Timeline.running(timeline).filter(isOf(type))] : []",
      replacement:
        "[...recovered, ...Timeline.running(timeline).filter(isOf(type))].slice(Number(current) * 0)",
      tests: ["packages/core/test/internal/subscribers/hub.test.ts", "packages/core/test/Dispatcher.test.ts"]
    },
    "r11-recovered-stop-is-taken-unseen": {
      rule: "R11",
      fault: "a subscriber that does not ask for the present takes the stops an earlier process left",
      text: "current && !leavesRecovered ? takeRecovered",
      replacement: "!leavesRecovered ? takeRecovered",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "section-5-fewer-missed-runs-stay": {
      fault: "Subscribers: of missed runs fewer than half of the capacity stay",
      text: "Math.ceil(capacity / 2)",
      replacement: "Math.floor(capacity / 2)",
      tests: ["packages/core/test/internal/subscribers/hub.test.ts"]
    },
    "merged-slow-reader-is-conflated-by-dispatch": {
      fault: "Merging: what a slow reader has not read is conflated by dispatch instead of identity",
      text: "keyOf: merging.keyOf,",
      replacement: "keyOf: ({ dispatch }) => dispatch.id,",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/MergeStrategy.test.ts",
        "packages/core/test/internal/site/slices.test.ts"
      ]
    },
    "present-state-is-told-twice": {
      fault: "Subscribers: one that comes while an event waits for its start gets it twice",
      text: "if (outbox.firstWaitingEvent(dispatch.id) === undefined) told.push(dispatch)",
      replacement: "told.push(dispatch)",
      tests: [
        "packages/core/test/Recovery.test.ts",
        "packages/core/test/MergeStrategy.test.ts",
        "packages/core/test/internal/site/slices.test.ts"
      ]
    }
  },
  "packages/core/src/internal/site/writeQueue.ts": {
    "s10-each-of-many-failures-counts": {
      rule: "S10",
      fault: "of many writes that fail together each puts off the next attempt",
      text: "if (this.#failedDueAt === Infinity) this.#failedDueAt = now + delayAfter(this.#failures++)",
      replacement: "this.#failedDueAt = now + delayAfter(this.#failures++)",
      tests: ["packages/core/test/internal/site/writeQueue.test.ts"]
    },
    "s10-half-of-the-notes-is-one-more": {
      rule: "S10",
      fault: "groups are rewritten one note later than when half of the notes lie in the store",
      text: "if (this.#notes.size >= notesMax / 2) this.compact()",
      replacement: "if (this.#notes.size > notesMax / 2) this.compact()",
      tests: ["packages/core/test/internal/site/writeQueue.test.ts"]
    },
    "s10-notes-have-no-bound": {
      rule: "S10",
      fault: "notes pile up in the store",
      text: "return this.#notes.size < notesMax",
      replacement: "return this.#notes.size < Infinity",
      tests: ["packages/core/test/internal/site/siteKeeper.test.ts"]
    },
    "s10-retries-do-not-slow-down": {
      rule: "S10",
      fault: "a write that fails is tried again every second, for ever",
      text: "if (this.#failedDueAt === Infinity) this.#failedDueAt = now + delayAfter(this.#failures++)",
      replacement: "if (this.#failedDueAt === Infinity) this.#failedDueAt = now + delayAfter(this.#failures)",
      tests: ["packages/core/test/internal/site/writeQueue.test.ts"]
    }
  }
}
