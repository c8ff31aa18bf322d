import type { Mutants } from "./mutant.ts"

export const server: Mutants = {
  "packages/server/src/internal/background.ts": {
    "defect-ends-a-look": {
      fault: "Work in the background ends silently when it fails unexpectedly",
      text: "Effect.repeat(Effect.catchCause(Effect.andThen(look, passed), failed), Schedule.spaced(interval))",
      replacement: "Effect.repeat(Effect.andThen(look, passed), Schedule.spaced(interval))",
      tests: ["packages/server/test/background.test.ts"]
    },
    "defect-is-told-for-ever": {
      fault: "Work in the background that is well again is still told to fail",
      text: "return { failed, passed: end }",
      replacement: "return { failed, passed: Effect.void }",
      tests: ["packages/server/test/background.test.ts"]
    }
  },
  "packages/server/src/internal/watchPlaces.ts": {
    "health-watch-that-ended-keeps-its-place": {
      fault: "one of several watches that ends frees no place",
      text: "if (left > 0) this.#taken.set(name, left)",
      replacement: "if (left > 0) this.#taken.set(name, left + 1)",
      tests: ["packages/server/test/watchPlaces.test.ts", "test/attacks/strangers.test.ts"]
    },
    "health-watches-of-one-stranger": {
      fault: "one stranger takes all watches of health",
      text: "if (wider === undefined) return [all, narrow]",
      replacement: "if (wider === undefined) return [all]",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "site-takes-all-watches": {
      fault: "A site of IPv6 takes all places of those who watch health",
      text: "{ name: wide, most: healthWatchesPerWideNetworkMax },",
      replacement: "",
      tests: ["packages/server/test/watchPlaces.test.ts"]
    }
  },
  "packages/server/src/internal/sql/postgresSession.ts": {
    "transactions-may-idle": {
      fault: "An instance that stands still amid a migration holds up the others for ever",
      text: "idle_in_transaction_session_timeout: String(Duration.toMillis(postgresTransactionIdleMax)),",
      replacement: `idle_in_transaction_session_timeout: "0",`,
      tests: ["test/attacks/postgres.test.ts"]
    },
    "vanished-instances-are-not-probed": {
      fault: "PostgreSQL keeps the connections of a vanished host for hours",
      text: "...probes",
      replacement: "",
      tests: ["test/attacks/postgres.test.ts"]
    }
  },
  "packages/server/src/internal/reading.ts": {
    "damaged-dispatch-hides-all": {
      fault: "One dispatch that cannot be read keeps all others from being listed",
      text: "Result.try(() => stored.dispatch)",
      replacement: "Result.succeed(stored.dispatch)",
      tests: ["packages/server/test/unreadable.test.ts"]
    }
  },
  "packages/server/src/DispatchService.ts": {
    "listings-of-a-key-without-bound": {
      fault: "A key has any number of listings at work",
      text: "lanes.in(id ?? name, readPage(store, listing))",
      replacement: "readPage(store, listing)",
      tests: ["packages/server/test/DispatchService.test.ts"]
    },
    "service-ignores-the-condition-of-an-update": {
      fault: "An update goes through whatever its condition says",
      text: "options.ifUpdateTime !== current.updateTime",
      replacement: "options.ifUpdateTime > current.updateTime"
    },
    "service-does-not-look-after-a-failed-write": {
      fault: "A write that failed is not looked for, though it may have been committed",
      text: "if (Exit.isFailure(exit)) return feed.look(microgridId)",
      replacement: "if (Exit.isFailure(exit)) return Effect.void",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "service-deletes-what-is-not-there": {
      fault: "The deletion of what is not there is acknowledged",
      text: "if (Option.isNone(change)) return yield* notFound(microgridId, id)",
      replacement: "if (Option.isNone(change)) return"
    },
    "service-announces-before-the-commit": {
      fault: "A new dispatch is announced before it is committed",
      text: "const insert = store.insert(microgridId, origin, withId(first))",
      replacement: `const last = yield* store.lastChange(microgridId)
      const insert = store.insert(microgridId, origin, (id) => {
        const dispatch = withId(first)(id)
        Effect.runSync(feed.publish({ microgridId, number: last + 1n, kind: "Created", dispatch }))
        return dispatch
      })`,
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    }
  },
  "packages/server/src/ChangeFeed.ts": {
    "crowd-is-told-at-once": {
      fault: "A key with thousands of streams stops everybody with each change",
      text: "this.#isTelling || this.subscribers.size > subscribersAtOnce",
      replacement: "this.#isTelling",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "crowd-is-told-without-a-turn-of-others": {
      fault: "All of a crowd are told before anybody else has a turn",
      text: "if (++told % subscribersAtOnce === 0) yield* Effect.yieldNow",
      replacement: "told++",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "crowd-that-was-ended-is-told-on": {
      fault: "Who subscribes after a set-back hears of changes before it",
      text: "if (this.#untold !== untold) break",
      replacement: "void untold",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "subscriber-hears-of-earlier-changes": {
      fault: "Who subscribes while a crowd is being told hears of what was before",
      text: "change.number <= this.#after || this.offer(change)",
      replacement: "this.offer(change)",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "crowd-falls-behind-without-end": {
      fault: "Changes that a crowd was not told of yet fill the memory",
      text: "if (this.#untold.length >= streamBacklogMax) this.end()",
      replacement: "",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "feed-believes-hints-that-go-back": {
      fault: "A hint of a number that goes back is taken for a late one",
      text: "return goesBack || !this.knows(hinted)",
      replacement: "return !this.knows(hinted)",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "feed-believes-numbers-that-go-back": {
      fault: "A commit whose number was given before is taken for one that was passed on",
      text: "if (channel !== undefined && !channel.deliver(change)) this.#lookFor(channel)",
      replacement:
        "if (channel !== undefined && !channel.knows(change.number) && !channel.deliver(change)) this.#lookFor(channel)",
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "feed-overlooks-a-store-set-back": {
      fault: "Readers of a store that was set back go on as if nothing had happened",
      text: `its streams end\`
    )
    return channel.restart(last)`,
      replacement: `its streams end\`
    )
    return`
    },
    "feed-passes-over-a-gap": {
      fault: "A change is passed on though those before it were not",
      text: "if (this.position === undefined || change.number !== this.position + 1n) return false",
      replacement: "if (this.position === undefined || change.number <= this.position) return false"
    },
    "feed-skips-what-a-slow-reader-cannot-take": {
      fault: "A reader that is too far behind goes on with what comes later",
      text: "this.fail(DispatchError.resourceExhausted(behind))",
      replacement: "void behind"
    }
  },
  "packages/server/src/internal/sql/postgresTurns.ts": {
    "postgres-writes-share-no-turn": {
      fault: "Writes to one microgrid of PostgreSQL wait for each other on connections",
      text: "const lanes = new Lanes(postgresWritesPerMicrogrid)",
      replacement: "const lanes = new Lanes(connectionsMax)",
      tests: ["test/attacks/postgres.test.ts"]
    },
    "postgres-writes-take-all-connections": {
      fault: "Those who write to PostgreSQL leave no connection to those who read",
      text: "const connections = Semaphore.makeUnsafe(Math.max(1, connectionsMax - postgresConnectionsToRead))",
      replacement: "const connections = Semaphore.makeUnsafe(Math.max(1, connectionsMax))",
      tests: ["test/attacks/postgres.test.ts"]
    }
  },
  "packages/server/src/DispatchStoreSqlite.ts": {
    "slices-follow-each-other": {
      fault: "Nobody else has a turn between two slices of a long listing",
      text: "alone.withPermits(1)(Effect.ensuring(slice, turn.pass))",
      replacement: "alone.withPermits(1)(slice)",
      tests: ["test/attacks/readers.test.ts"]
    },
    "store-has-a-form-of-its-own": {
      fault: "a store keeps dispatches in another form than it was handed",
      text: "const database = { sql, format, read }",
      replacement: `const own = yield* Layer.build(DispatchFormatProtobuf.layer)
      const database = { sql, format: Context.get(own, DispatchFormat), read }`,
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "file-that-is-gone-ends-in-silence": {
      fault: "a graceful stop says nothing of a file that was removed",
      text: "yield* Effect.addFinalizer(() => SqliteFile.confess(file))",
      replacement: "",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-is-gone-is-ready": {
      fault: "a service whose file was removed says that it is ready",
      text: "return Context.make(DispatchStore, { ...store, check, hints: numbers.hints }).pipe(",
      replacement: "return Context.make(DispatchStore, { ...store, hints: numbers.hints }).pipe(",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-is-refused-has-a-lock": {
      fault: "a lock lies beside a file that was refused",
      text: "yield* SqliteLock.examine(filename)",
      replacement: "",
      tests: ["test/attacks/file.test.ts"]
    }
  },
  "packages/server/src/GrpcServer.ts": {
    "encryption-without-forward-secrecy": {
      fault: "connections can be read by who gets the key later",
      text: "...TlsFiles.encryption,",
      replacement: `minVersion: "TLSv1.2" as const,`,
      tests: ["test/attacks/strangers.test.ts"]
    }
  },
  "packages/server/src/Retention.ts": {
    "one-kind-keeps-all-others": {
      fault: "Records of one kind that cannot be removed keep all others, and the bound of nonces",
      text: "Effect.forEach(all, (each) => Effect.result(one(each))),",
      replacement: "Effect.forEach(all, (each) => Effect.map(one(each), () => Result.succeed(undefined))),",
      tests: ["packages/server/test/Retention.test.ts"]
    },
    "nonces-of-the-present-go-first": {
      fault:
        "After a long stop the nonces of the present are the first to go, and their requests count twice",
      text: "DateTime.addDuration(DateTime.makeUnsafe(now.wall), signatureWindow)",
      replacement: "DateTime.addDuration(now.time, signatureWindow)",
      tests: ["packages/server/test/Retention.test.ts"]
    },
    "failing-work-goes-unsaid": {
      fault: "Health does not tell of work in the background that fails",
      text: "...(ofClock === undefined ? [] : [ofClock]), ...ofWork]",
      replacement: "...(ofClock === undefined ? [] : [ofClock])]",
      tests: ["packages/server/test/Retention.test.ts"]
    },
    "gauge-ahead-shows-nothing": {
      fault: "The gauge of a clock that is ahead stays at zero",
      text: "observe(() => distance.ahead / 1_000)",
      replacement: "observe(() => 0)",
      tests: ["test/attacks/clock.test.ts"]
    },
    "gauge-behind-shows-nothing": {
      fault: "The gauge of a clock that is behind stays at zero",
      text: "observe(() => distance.behind / 1_000)",
      replacement: "observe(() => 0)",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-in-doubt-forgets-nonces": {
      fault: "nonces go while the clocks disagree",
      text: "if (now.time.epochMilliseconds === now.wall) {",
      replacement: "{",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-in-doubt-is-told-each-minute": {
      fault: "a clock that is ahead is told of at each look",
      text: "if (isTold) return undefined",
      replacement: "",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-behind-goes-unsaid": {
      fault: "a clock that is days behind is not told of",
      text: `this.behind > most ? "behind" : undefined`,
      replacement: "undefined",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-behind-is-forgotten-at-once": {
      fault: "the time that was kept before a clock went back is not remembered",
      text: "Clocks.remember(this.#latest, Math.max(time, before), nanos)",
      replacement: "Clocks.remember(this.#latest, time, nanos)",
      tests: ["test/attacks/clock.test.ts"]
    },
    "writes-that-fail-go-unsaid": {
      fault: "health does not say that writes fail",
      text: "refusal = message",
      replacement: ""
    },
    "prune-takes-what-is-half-as-old": {
      fault: "records go after half of their time",
      text: "prune({ now: time, before: DateTime.subtractDuration(time, length) }, pruneAtOnce),",
      replacement:
        "prune({ now: time, before: DateTime.subtractDuration(time, Duration.times(length, 0.5)) }, pruneAtOnce),",
      tests: ["packages/server/test/Retention.test.ts"]
    }
  },
  "packages/server/src/internal/dispatchVersions.ts": {
    "start-now-is-the-next-second": {
      fault: "Service: what starts now starts in the next second",
      text: "DateTime.makeUnsafe(Math.floor(secondOf(instant)) * 1_000)",
      replacement: "DateTime.makeUnsafe((Math.floor(secondOf(instant)) + 1) * 1_000)",
      tests: ["packages/server/test/DispatchService.test.ts"]
    }
  },
  "packages/server/src/internal/backlog.ts": {
    "backlog-without-end": {
      fault: "Changes for a reader that takes nothing fill the memory",
      text: "if (this.#waiting.length >= this.#max) return false",
      replacement: "",
      tests: ["packages/server/test/backlog.test.ts"]
    },
    "failure-overtakes-what-waits": {
      fault: "A stream that was ended loses the changes from before its end",
      text: "if (first !== undefined) return Effect.succeed(withRest(source, first))\n    const { failure } = source",
      replacement:
        "const { failure } = source\n    if (first !== undefined && failure === undefined) return Effect.succeed(withRest(source, first))",
      tests: ["packages/server/test/backlog.test.ts"]
    },
    "late-reader-is-not-told": {
      fault: "Changes from before a stream was followed wait for the next one",
      text: "if (this.#waiting.length > 0 || this.#failure !== undefined) this.#tell()",
      replacement: "",
      tests: ["packages/server/test/backlog.test.ts"]
    },
    "each-change-is-told-by-itself": {
      fault: "Events that come together are sent one by one",
      text: "if (this.#act === undefined || this.#isTelling) return",
      replacement: "if (this.#act === undefined) return",
      tests: ["packages/server/test/backlog.test.ts"]
    }
  },
  "packages/server/src/internal/identification.ts": {
    "access-time-that-is-none-is-old": {
      fault: "Access: a time of a signature that is no number is called too old",
      text: "is no number of unix seconds, in plain digits such as 1767225600",
      replacement: "is too far from the present; is the clock right?",
      tests: ["packages/server/test/AccessControl.test.ts"]
    },
    "access-nonce-of-any-length": {
      fault: "A nonce of any length is kept",
      text: "request.nonce.length <= nonceLengthMax &&",
      replacement: "",
      tests: ["packages/server/test/AccessControl.test.ts"]
    },
    "server-revoked-key-opens": {
      fault: "A revoked key opens what it did",
      text: "if (given === undefined || key === undefined || !ring.counts(key.id))",
      replacement: "if (given === undefined || key === undefined)",
      tests: ["packages/server/test/AccessControl.test.ts"]
    },
    "nonce-is-spent-though-its-time-is-over": {
      fault: "a message that is held back makes a signature count after its nonce was forgotten",
      text: "const now = yield* checkTime(seconds)",
      replacement: "const now = yield* Clock.currentTimeMillis",
      tests: ["packages/server/test/AccessControl.test.ts"]
    },
    "unknown-key-does-not-wait": {
      fault: "a key that was made a second ago is called unknown",
      text: "Effect.flatMap(looks.next(hash), known)",
      replacement: "known()",
      tests: ["packages/server/test/AccessControl.test.ts"]
    }
  },
  "packages/server/src/internal/keyLooks.ts": {
    "unknown-keys-read-the-store-at-once": {
      fault: "each unknown key reads the store",
      text: "Effect.andThen(Queue.take(asked), pause)",
      replacement: "Queue.take(asked)",
      tests: ["packages/server/test/AccessControl.test.ts"]
    }
  },
  "packages/server/src/internal/keyRing.ts": {
    "keys-that-are-gone-open": {
      fault: "Once the last key was deleted by hand, everybody is served without one",
      text: "this.#isKeyed ||= keys.length > 0",
      replacement: "this.#isKeyed = keys.length > 0",
      tests: ["packages/server/test/unreadable.test.ts"]
    },
    "unreadable-key-opens": {
      fault: "A key whose rights cannot be read goes on to open",
      text: "flaw === undefined && revokedAt === undefined",
      replacement: "revokedAt === undefined",
      tests: ["packages/server/test/unreadable.test.ts"]
    },
    "key-that-was-revoked-streams-on": {
      fault: "the streams of a revoked key go on",
      text: "keys.filter(opens).map(({ id }) => id)",
      replacement: "keys.map(({ id }) => id)",
      tests: ["packages/server/test/AccessControl.test.ts"]
    }
  },
  "packages/server/src/internal/lanes.ts": {
    "server-greedy-key-takes-all-places": {
      fault: "One key has as many listings at work as it likes",
      text: "({ places }) => places.withPermits(1)(effect),",
      replacement: "() => effect,",
      tests: ["packages/server/test/lanes.test.ts"]
    },
    "server-keys-share-a-lane": {
      fault: "All keys wait for the listings of one",
      text: "const lane = this.#lanes.get(name) ?? { places: Semaphore.makeUnsafe(this.#places), users: 0 }",
      replacement:
        "const lane = [...this.#lanes.values()][0] ?? { places: Semaphore.makeUnsafe(this.#places), users: 0 }",
      tests: ["packages/server/test/lanes.test.ts"]
    }
  },
  "packages/server/src/internal/paging.ts": {
    "server-listing-ends-one-early": {
      fault: "A listing that was counted ends one dispatch early",
      text: "const left = totalItems === undefined && total !== undefined ? total - page.length : Infinity",
      replacement:
        "const left = totalItems === undefined && total !== undefined ? total - page.length - 1 : Infinity",
      tests: ["packages/server/test/DispatchService.test.ts"]
    }
  },
  "packages/server/src/internal/retentionTime.ts": {
    "clock-that-was-ahead-is-in-doubt-for-ever": {
      fault: "a clock that was ahead and is right again stays in doubt",
      text: "return { time: Math.max(time, faded), atNanos: nanos }",
      replacement: "return { time: Math.max(time, before?.time ?? faded), atNanos: nanos }",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-ahead-is-believed-at-once": {
      fault: "retention follows a clock that is ahead at once",
      text: "return Math.min(wall, kept + Math.floor(uptime * speedMax))",
      replacement: "return wall",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-ahead-is-kept-once-right": {
      fault: "retention stays ahead of a clock that is right again",
      text: "if (wall < kept) return wall < clockEarliest && kept >= clockEarliest ? kept : wall",
      replacement: "if (wall < kept) return wall < clockEarliest && kept >= clockEarliest ? kept : kept",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-goes-a-hundred-days-a-day": {
      fault: "retention follows a clock that is ahead a hundred days per day",
      text: "export const speedMax = 10",
      replacement: "export const speedMax = 100",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-of-several-adds-up": {
      fault: "several instances move the time of retention as many times as fast",
      text: "const uptime = seen !== undefined && seen.time === kept ? Number(nanos - seen.atNanos) / 1e6 : 0",
      replacement: "const uptime = seen !== undefined ? Number(nanos - seen.atNanos) / 1e6 : 0",
      tests: ["packages/server/test/Retention.test.ts"]
    },
    "clock-without-battery-at-birth-is-kept": {
      fault: "a store born under a clock of 1970 goes by that for years",
      text: "if (kept === undefined || (kept < clockEarliest && wall >= clockEarliest)) return wall",
      replacement: "if (kept === undefined) return wall",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-without-battery-makes-old": {
      fault: "what was written under a clock of 2025 goes as soon as that is right",
      text: "export const clockEarliest = 1_767_225_600_000",
      replacement: "export const clockEarliest = 0",
      tests: ["test/attacks/clock.test.ts"]
    },
    "clock-without-battery-moves-back": {
      fault: "a clock of 1970 moves the time of retention back",
      text: "if (wall < kept) return wall < clockEarliest && kept >= clockEarliest ? kept : wall",
      replacement: "if (wall < kept) return wall",
      tests: ["packages/server/test/Retention.test.ts"]
    }
  },
  "packages/server/src/internal/keepingLimits.ts": {
    "two-days-are-no-distance": {
      fault: "A clock that is two days off is not told of",
      text: "clockDistanceMax: Duration.Duration = Duration.days(1)",
      replacement: "clockDistanceMax: Duration.Duration = Duration.days(3)",
      tests: ["test/attacks/clock.test.ts"]
    }
  },
  "packages/server/src/AccessControl.ts": {
    "streams-per-key-cannot-be-set": {
      fault: "the number of streams of a key is what it always was",
      text: "streams: new Rooms({ units: streamsMax, waitingMax: 0 })",
      replacement: "streams: new Rooms({ units: streamsMax * 0 + streamsPerKeyMax, waitingMax: 0 })",
      tests: ["packages/server/test/AccessControl.test.ts"]
    },
    "unreadable-key-goes-unsaid": {
      fault: "Health does not tell of a key that cannot be read",
      text: "Effect.andThen(trouble(line), isNew ? Effect.logError(line) : Effect.void)",
      replacement: "isNew ? Effect.logError(line) : Effect.void",
      tests: ["packages/server/test/unreadable.test.ts"]
    }
  }
}
