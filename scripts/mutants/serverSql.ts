import type { Mutants } from "./mutant.ts"

export const serverSql: Mutants = {
  "packages/server/src/internal/dispatchColumns.ts": {
    "retention-zone-data-are-trusted": {
      fault: "What recurs in local time is removed when it is over by the zone data of the service",
      text: "export const calendarSlackMillis = 48 * 3_600_000",
      replacement: "export const calendarSlackMillis = 0",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlMigrations.ts": {
    "empty-store-counts-no-ids": {
      fault: "A backup of an empty store has no counter of ids to step over, and gives them again",
      text: "VALUES ('dispatch-id', 0) ON CONFLICT",
      replacement: "SELECT 'dispatch-id', 0 WHERE 0 ON CONFLICT",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "older-instances-make-ids-meanwhile": {
      fault: "The migration does not wait for instances of an older release, and makes their ids again",
      text: `"LOCK TABLE dispatches, counters IN ACCESS EXCLUSIVE MODE",`,
      replacement: "",
      tests: ["test/integration/storeUpgrade.test.ts"]
    },
    "deleted-dispatches-are-scanned": {
      fault: "Deleted dispatches stay in the indexes that listings go by",
      text: "(microgrid_id, ${column}, id) WHERE deleted_time IS NULL`",
      replacement: "(microgrid_id, ${column}, id)`",
      tests: ["packages/server/test/DispatchStoreSqlite.test.ts"]
    }
  },
  "packages/server/src/internal/sql/groupCommit.ts": {
    "left-writers-wait-for-ever": {
      fault: "Writers that wait for the lock of another program wait for ever when the store is closed",
      text: "[...this.#left, ...left], ({ refuse })",
      replacement: "left, ({ refuse })",
      tests: ["packages/server/test/groupCommit.test.ts"]
    },
    "writes-of-one-key-hold-up-all": {
      fault: "Whoever writes little waits until all is done that others sent before",
      text: "waiting.toSorted((one, other) => turn(one) - turn(other)).slice(0, most)",
      replacement: "waiting.slice(0, most)",
      tests: ["test/attacks/fat.test.ts"]
    },
    "writes-of-one-key-change-places": {
      fault: "Later writes of a key are done before earlier ones",
      text: "waiting.toSorted((one, other) => turn(one) - turn(other)).slice(0, most)",
      replacement: "waiting.toSorted((one, other) => turn(other) - turn(one)).slice(0, most)",
      tests: ["test/attacks/fat.test.ts"]
    },
    "group-of-writes-in-one-turn": {
      fault: "Large writes of a group hold up everybody until all are done",
      text: "return alone(oneByOne(group, ({ run }) => run)).pipe(",
      replacement: "return alone(Effect.forEach(group, ({ run }) => run, { discard: true })).pipe(",
      tests: ["test/attacks/fat.test.ts"]
    },
    "group-commit-fails-together": {
      fault: "a write that fails takes its group with it",
      text: "alone(oneByOne(group, ({ runApart }) => runApart))",
      replacement: "Effect.void",
      tests: ["packages/server/test/groupCommit.test.ts"]
    },
    "lock-is-waited-for-by-each-group": {
      fault: "each group of writes waits for a lock after the other",
      text: "return Effect.provideService(this.#commit(group), WaitingSince, oldest.sinceNanos)",
      replacement: "return this.#commit(group)",
      tests: ["test/attacks/file.test.ts"]
    },
    "lock-refuses-who-came-late": {
      fault: "who came late is refused with those whose time is over",
      text: "const again = isLocked(cause) ? group.filter(({ sinceNanos }) => patienceEnds(sinceNanos) > now) : []",
      replacement: "const again: ReadonlyArray<Waiting> = []",
      tests: ["test/attacks/file.test.ts"]
    },
    "server-refused-group-is-acknowledged": {
      fault: "A group whose commit failed is told as committed",
      text: "onFailure: (cause) => this.#refuse(group, cause),",
      replacement: "onFailure: () => Effect.forEach(group, ({ tell }) => tell, { discard: true }),",
      tests: ["packages/server/test/groupCommit.test.ts", "packages/server/test/crash.test.ts"]
    }
  },
  "packages/server/src/internal/sql/postgresHolders.ts": {
    "slow-writer-is-ended": {
      fault: "An instance whose write takes long is ended by those that wait",
      text: "state = 'active' AND wait_event = 'ClientRead'",
      replacement: "state = 'active'",
      tests: ["test/attacks/postgres.test.ts"]
    },
    "silent-holder-stays": {
      fault: "A connection that was lost before its commit stops the writes of all others",
      text: "Effect.raceFirst(write, looking)",
      replacement: "write",
      tests: ["test/attacks/postgres.test.ts"]
    }
  },
  "packages/server/src/internal/sql/postgresSockets.ts": {
    "postgres-stall-ends-connections": {
      fault: "After a stall, connections end whose answers have long been there",
      text: "Effect.andThen(Effect.yieldNow, look)",
      replacement: "look",
      tests: ["packages/server/test/postgresSockets.test.ts"]
    },
    "postgres-idle-connections-stay-dead": {
      fault: "Idle connections stay although the database does not answer, and the next user waits in vain",
      text: "for (const [socket, { askedAt = 0n, readAt }] of sockets)",
      replacement: "for (const [socket, { askedAt = silentSince + 1n, readAt }] of sockets)",
      tests: ["packages/server/test/postgresSockets.test.ts"]
    },
    "postgres-asked-just-now-goes-with-the-dead": {
      fault: "A connection that was asked just now goes with those that do not answer",
      text: `for (const [socket, { askedAt = 0n, readAt }] of sockets)
        if (readAt <= silentSince && askedAt <= silentSince)`,
      replacement: `for (const [socket, { readAt }] of sockets)
        if (readAt <= silentSince)`,
      tests: ["packages/server/test/postgresSockets.test.ts"]
    },
    "server-busy-connection-is-never-dead": {
      fault: "What was sent right after an answer counts as answered",
      text: `if (bytesWritten !== seen.written) seen.askedAt = now
        else if (bytesRead !== seen.read) seen.askedAt = undefined`,
      replacement: `if (bytesRead !== seen.read) seen.askedAt = undefined
        else if (bytesWritten !== seen.written) seen.askedAt = now`,
      tests: ["packages/server/test/postgresSockets.test.ts"]
    }
  },
  "packages/server/src/internal/sql/postgresWrites.ts": {
    "postgres-change-goes-by-an-older-version": {
      fault: "A change in PostgreSQL overwrites what another instance has made of the dispatch meanwhile",
      text: "AND data = ${present}",
      replacement: "",
      tests: ["test/attacks/postgres.test.ts"]
    },
    "postgres-write-waits-for-another-word": {
      fault: "A write to PostgreSQL waits for another word of the service before it is committed",
      text: "const [number = 0n] = yield* withName(sql, microgridId, dispatch, committed)",
      replacement: `const whole = sql.withTransaction(Effect.tap(committed, sql\`SELECT 1\`))
        const [number = 0n] = yield* withName(sql, microgridId, dispatch, whole)`,
      tests: ["test/attacks/postgres.test.ts"]
    },
    "targets-are-not-kept-in-step-in-postgres": {
      fault: "Targets: an update in PostgreSQL leaves a dispatch to be found by what it acted upon before",
      text: "WHERE dispatch_id = id AND part NOT IN (SELECT part FROM parts)",
      replacement: "WHERE dispatch_id = id AND NOT EXISTS (SELECT part FROM parts)",
      tests: ["test/integration/postgresStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlAccessKeys.ts": {
    "keys-with-other-rights": {
      fault: "A right that nobody knows is let through from the table of keys",
      text: "if (found === undefined)",
      replacement: "if (parts(text).length === 0)",
      tests: ["packages/server/test/unreadable.test.ts"]
    },
    "nonce-is-written-by-itself": {
      fault: "a nonce waits for no group, and fails while another program holds the lock",
      text: `useNonce: (keyId, nonce, at) =>
        transact(sql\``,
      replacement: `useNonce: (keyId, nonce, at) =>
        Effect.andThen(Effect.void, sql\``,
      tests: ["test/attacks/file.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlDispatches.ts": {
    "secret-of-page-tokens-is-empty": {
      fault: "page tokens are authenticated with an empty key",
      text: "return secret.length < secretBytesMin",
      replacement: "return secret.length < 0",
      tests: ["test/attacks/file.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlFailure.ts": {
    "server-callers-learn-addresses": {
      fault: "Whoever calls learns the address of the database",
      text: `if (reason._tag === "ConnectionError") return "the database cannot be reached"`,
      replacement: "",
      tests: ["packages/server/test/sqlFailure.test.ts"]
    },
    "server-lock-is-told-as-a-statement": {
      fault: "That the database is locked is told as a statement that failed",
      text: "ofSqlite[errcodeOf(cause) & 0xff]",
      replacement: "ofSqlite[errcodeOf(cause) & 0xffff_00]",
      tests: ["packages/server/test/sqlFailure.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlListing.ts": {
    "total-is-the-page": {
      fault: "a listing counts its first page alone",
      text: "limit > found.length ? Effect.succeed(found.length) : count",
      replacement: "Effect.succeed(found.length)",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "page-backwards-skips-equal-keys": {
      fault: "A page of a listing backwards skips dispatches that share the key of the one before",
      text: ": sql`(${column}, id) < (${after.key}, ${after.id})`",
      replacement: ": sql`${column} < ${after.key}`",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "server-page-skips-equal-keys": {
      fault: "A page skips dispatches that share the key of the one before",
      text: "? sql`(${column}, id) > (${after.key}, ${after.id})`",
      replacement: "? sql`${column} > ${after.key}`",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "server-slices-fill-more-than-a-page": {
      fault: "A page that goes on over slices is longer than asked for",
      text: "const limit = query.limit - found.length",
      replacement: "const limit = query.limit",
      tests: ["test/attacks/readers.test.ts"]
    },
    "moved-dispatch-is-left-out": {
      fault: "A dispatch that moves behind others of a page is in no page",
      text: "left = [...left, ...rows.filter((row) => !isHere(row))].toSorted(order)",
      replacement: "",
      tests: ["packages/server/test/sqlListing.test.ts"]
    },
    "moved-dispatch-ends-a-page": {
      fault: "A dispatch that moved behind others meanwhile makes a page skip those",
      text: "left.length === 0 || end === undefined || order(row, end) <= 0",
      replacement: "true",
      tests: ["packages/server/test/sqlListing.test.ts"]
    },
    "server-slice-leaves-out-its-last": {
      fault: "A slice of a listing leaves out its last row",
      text: ": sql`(${column}, id) >= (${key}, ${id})`",
      replacement: ": sql`(${column}, id) > (${key}, ${id})`",
      tests: ["test/attacks/readers.test.ts"]
    },
    "targets-are-looked-for-in-all": {
      fault: "Targets: a listing by target walks through all of a microgrid",
      text: `sql.literal("dispatches NOT INDEXED")`,
      replacement: `sql.literal("dispatches INDEXED BY dispatches_in_order_of_create_time")`,
      tests: ["packages/server/test/sqlTargets.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlCurrent.ts": {
    "damaged-target-cannot-be-deleted": {
      fault: "A dispatch with a damaged target cannot be deleted",
      text: "/^#\\d{1,20}$/.test(part)",
      replacement: 'part.startsWith("#")',
      tests: ["packages/server/test/unreadable.test.ts"]
    },
    "damaged-dispatch-is-changed": {
      fault: "An update replaces what it could not read",
      text: "flaw: unreadable(name, read.failure)",
      replacement: "flaw: undefined",
      tests: ["packages/server/test/unreadable.test.ts"]
    }
  },
  "packages/server/src/internal/nonceShares.ts": {
    "nonces-of-a-key-push-out-others": {
      fault: "A key with very many nonces pushes out those of others",
      text: "const share = Math.max(0, count - level)",
      replacement: "const share = Math.min(count, left)",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlNonces.ts": {
    "all-nonces-of-a-key-are-sorted": {
      fault: "Each slice looks at all nonces of the key, and stops the thread for as long",
      text: "nonces INDEXED BY nonces_by_time",
      replacement: "nonces",
      tests: ["packages/server/test/sqlRetention.test.ts"]
    },
    "nonces-are-counted-in-part": {
      fault: "Nonces behind the first slice are not counted, and the bound never holds",
      text: "    last = end\n  }\n  return counts",
      replacement: "    last = undefined\n  }\n  return counts",
      tests: ["packages/server/test/sqlRetention.test.ts"]
    },
    "oldest-nonces-are-sought-in-part": {
      fault: "The oldest nonces of a key behind very many of others are not found",
      text: "    last = end\n  }\n  return found",
      replacement: "    last = undefined\n  }\n  return found",
      tests: ["packages/server/test/sqlRetention.test.ts"]
    },
    "nonces-ahead-are-removed-in-part": {
      fault: "Of very many nonces of a clock that was ahead, most stay, and push out others",
      text: "if (length < most) break",
      replacement: "break",
      tests: ["packages/server/test/sqlRetention.test.ts"]
    },
    "nonces-of-a-clock-ahead-push-out-others": {
      fault: "nonces of a clock that was ahead push out fresh ones",
      text: "const late = yield* removeLate(keeper, count, last)",
      replacement: "const late = 0",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "nonces-without-bound": {
      fault: "any number of nonces is kept",
      text: "if (excess <= 0) return 0",
      replacement: "if (excess <= 1) return 0",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlPace.ts": {
    "long-slices-stay-long": {
      fault: "A slice that took long is followed by one that is as long",
      text: "if (took > this.#nanos) this.#rows = Math.max(scanRowsMin, this.#rows >> 1)",
      replacement: "if (took > this.#nanos) this.#rows = Math.max(scanRowsMin, this.#rows)",
      tests: ["packages/server/test/sqlPace.test.ts"]
    },
    "slices-forget-the-cost-of-a-lookup": {
      fault: "A slice looks up as many large dispatches by id as it passes over in order",
      text: `(way === "ById" ? lookupCost : 0)`,
      replacement: "0",
      tests: ["packages/server/test/sqlPace.test.ts"]
    },
    "slices-forget-targets": {
      fault: "A slice looks at very many rows, each of which may have very many targets",
      text: "((filter.targets ?? []).length > 0 ? targetsMax : 0) +",
      replacement: "0 +",
      tests: ["packages/server/test/sqlTargets.test.ts"]
    },
    "slices-grow-without-bound": {
      fault: "After cheap rows a slice looks at very many that cost much",
      text: "Math.floor(conditionsMax / cost)",
      replacement: "scanRowsMax",
      tests: ["packages/server/test/sqlTargets.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlRetention.ts": {
    "over-is-not-looked-at-again": {
      fault: "A dispatch that is changed between the look and its removal is removed",
      text: '${sql.in("id", ids)} AND ${isOver(sql, before)} RETURNING id`',
      replacement: '${sql.in("id", ids)} RETURNING id`',
      tests: ["packages/server/test/sqlRetention.test.ts"]
    },
    "behind-the-changed-nothing-is-over": {
      fault: "Behind very many dispatches that were changed since, none is removed",
      text: "after = rows.length < rowsAtOnce ? undefined : rows.at(-1)",
      replacement: "after = undefined",
      tests: ["packages/server/test/sqlRetention.test.ts"]
    },
    "audit-tells-no-time": {
      fault:
        "The time of an older store does not begin with its audit, which is kept for longer than changes",
      text: "SELECT (SELECT max(time) FROM audit) AS audit,",
      replacement: "SELECT NULL AS audit,",
      tests: ["packages/server/test/DispatchStoreSqlite.test.ts"]
    },
    "prune-large-ones-at-once": {
      fault: "Large dispatches are removed in one go, while everybody waits",
      text: "if (weight > prunedWeightMax) {",
      replacement: "if (parts.length === 0) {",
      tests: ["test/attacks/fat.test.ts"]
    },
    "prune-leaves-the-end-of-a-portion": {
      fault: "A removal in portions leaves out all but the first",
      text: "done += (yield* Effect.mapError(tidy(work.work(portion.length)), failure)).length",
      replacement: "done ||= (yield* Effect.mapError(tidy(work.work(portion.length)), failure)).length",
      tests: ["test/attacks/fat.test.ts"]
    },
    "clock-of-an-older-store-is-the-wall": {
      fault: "An older store begins with the wall clock, however far ahead",
      text: "const kept = row?.value ?? (yield* newestRecord(sql))",
      replacement: "const kept = row?.value",
      tests: ["test/attacks/clock.test.ts"]
    },
    "prune-takes-what-was-changed": {
      fault: "a dispatch that is over goes although it was changed since",
      text: "AND update_time >= ${earliest * nanosPerMilli} AND update_time < ${nanosOf(before)}`",
      replacement: "AND update_time >= ${earliest * nanosPerMilli}`",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "retention-time-goes-by-an-older-one": {
      fault: "The time of retention overwrites what another instance has made of it meanwhile",
      text: "UPDATE counters SET value = ${value} WHERE name = ${timeName} AND value = ${row.value}",
      replacement: "UPDATE counters SET value = ${value} WHERE name = ${timeName}",
      tests: ["test/integration/postgresStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlRewriting.ts": {
    "upgrade-begins-anew": {
      fault: "Upgrade: one that was cut off begins anew",
      text: `yield* moveCursor(sql, "change", last.number)`,
      replacement: `yield* moveCursor(sql, "change", -1n)`,
      tests: ["test/integration/storeUpgrade.test.ts"]
    },
    "upgrade-leaves-changes": {
      fault: "Upgrade: changes stay as older releases wrote them",
      text: `if ((yield* sliceOfDispatches(database, reached)) || (yield* sliceOfChanges(database, reached)))
      return true`,
      replacement: "if (yield* sliceOfDispatches(database, reached)) return true",
      tests: ["test/integration/storeUpgrade.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlRows.ts": {
    "server-deleted-are-listed": {
      fault: "A listing shows what was deleted",
      text: "sql`deleted_time IS NULL`",
      replacement: "sql`(deleted_time IS NULL OR deleted_time IS NOT NULL)`",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteAccess.ts": {
    "file-is-open-to-all": {
      fault: "the folder of a store is readable by others",
      text: "mkdirSync(dirname(filename), { recursive: true, mode: 0o700 })",
      replacement: "mkdirSync(dirname(filename), { recursive: true })",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-left-open-stays-open": {
      fault: "what an earlier version left open to others stays so",
      text: "return Effect.try({ try: () => chmodSync(path, mode & 0o700), catch: String }).pipe(",
      replacement: "return Effect.try({ try: () => chmodSync(path, mode), catch: String }).pipe(",
      tests: ["test/attacks/file.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteClient.ts": {
    "failed-commit-freezes-readers": {
      fault: "After a commit that failed, readers see no revocation of a key until the next one",
      text: "Effect.onError(transaction.commit, () => view.release)",
      replacement: "transaction.commit",
      tests: ["packages/server/test/failingReads.test.ts"]
    },
    "failed-statement-fails-for-ever": {
      fault: "A statement that could not be prepared once fails for ever",
      text: "onFailure: () => Duration.zero",
      replacement: "onFailure: () => Duration.infinity",
      tests: ["packages/server/test/failingReads.test.ts"]
    },
    "commit-is-told-before-it-is-shown": {
      fault: "A commit is told to streams while listings do not show it yet",
      text: "Effect.andThen(view.releaseAfter(file.verify))",
      replacement:
        'Effect.andThen(Effect.forkDetach(Effect.delay(view.releaseAfter(file.verify), "5 millis")))',
      tests: ["packages/server/test/ChangeFeed.test.ts"]
    },
    "commit-does-not-wait-for-the-disc": {
      fault: "A commit is acknowledged before the disc has it",
      text: `Effect.andThen(synchronous === "FULL" ? disc.sync : Effect.void),`,
      replacement: "",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    },
    "file-of-another-program-is-taken": {
      fault: "tables are made in the file of another program",
      text: "if (tables.length > 0 && !ownTables.every((name) => tables.includes(name))) throw new ForeignFile(tables)",
      replacement:
        "if (tables.length > 999 && !ownTables.every((name) => tables.includes(name))) throw new ForeignFile(tables)",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-is-gone-is-read-on": {
      fault: "what was refused is read and told",
      text: "(_, statement) => Effect.andThen(file.usable, statement)",
      replacement: "(_, statement) => statement",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-is-gone-is-written-on": {
      fault: "writes go on into a file that was removed",
      text: "const prepare = Effect.andThen(verify, Effect.andThen(tidy, file.usable))",
      replacement: "const prepare = Effect.andThen(disc.verify, tidy)",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-is-gone-takes-writes": {
      fault: "a write into a file that was removed is acknowledged",
      text: "Effect.andThen(view.releaseAfter(file.verify))",
      replacement: "Effect.andThen(view.release)",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-is-overwritten-gets-the-log": {
      fault: "the log is moved into a file that was overwritten",
      text: "yield* Effect.addFinalizer(() => Effect.catch(file.verify, () => closedAtRest(database)))",
      replacement: "",
      tests: ["test/attacks/file.test.ts"]
    },
    "lock-is-not-waited-for": {
      fault: "a write fails at once where another program holds the lock",
      text: "sinceNanos + BigInt(Duration.toMillis(lockedDurationMax)) * 1_000_000n",
      replacement: "sinceNanos",
      tests: ["test/attacks/file.test.ts"]
    },
    "lock-is-waited-for-in-the-thread": {
      fault: "a lock of another program is waited for by the whole process",
      text: `database.exec("PRAGMA busy_timeout = 0")`,
      replacement: `database.exec("PRAGMA busy_timeout = 5000")`,
      tests: ["test/attacks/file.test.ts"]
    },
    "transaction-given-up-while-it-begins-stays": {
      fault: "a transaction that is given up while it begins is not rolled back",
      text: "yield* Scope.addFinalizer(scope, Effect.ensuring(transaction.abandon, turns.release(1)))",
      replacement: "yield* Scope.addFinalizer(scope, turns.release(1))",
      tests: ["packages/server/test/groupCommit.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteDisc.ts": {
    "log-begins-anew-in-the-thread": {
      fault: "the thread of the service waits for the disc where another program has moved the log",
      text: "return this.#pace.isDue || isBegun ? this.#move : Effect.void",
      replacement: "return this.#pace.isDue ? this.#move : Effect.void",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    },
    "log-that-is-over-stays-so": {
      fault: "the worker moves the log and does not begin it anew",
      text: "if (log === checkpointed) begin()",
      replacement: "",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    },
    "worker-that-died-is-asked-on": {
      fault: "Once the log could not be moved, all writes wait for a worker that has died",
      text: "this.#running = undefined\n      this.#tell",
      replacement: "this.#tell",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    },
    "failed-sync-is-forgotten": {
      fault: "Once the disc has failed, writing goes on",
      text: `if (cause !== null) this.#failed = notKept(cause)
      resume(this.verify)`,
      replacement: "resume(cause === null ? Effect.void : Effect.fail(notKept(cause)))",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteFile.ts": {
    "unread-index-is-a-broken-invariant": {
      fault: "A read of the index that fails is told as an internal error",
      text: "tried(() => (watched.isIndexed ? Effect.void : verify))",
      replacement: "Effect.sync(() => (watched.isIndexed ? Effect.void : verify))",
      tests: ["packages/server/test/failingReads.test.ts"]
    },
    "broken-index-is-read-by": {
      fault: "With a broken index of the log, readers stop the thread or read what is not so",
      text: "watched.isIndexed ? Effect.void : verify",
      replacement: "watched.isIndexed || isSound ? Effect.void : verify",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-of-two-names-is-opened": {
      fault: "a file that has another name is opened",
      text: "return present.nlink > 1n ? severalNames(name) : undefined",
      replacement: "return present.nlink > 9n ? severalNames(name) : undefined",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-another-moves-the-log-of-is-refused": {
      fault: "another program that moves the log passes for an attack",
      text: "return Content.wasMoved(before.index, this.#readIndex() ?? sight.index)",
      replacement: "return before.index.frames === 0",
      tests: ["test/attacks/file.test.ts"]
    },
    "lock-file-may-go": {
      fault: "A service whose lock file was removed goes on to write",
      text: "const locks = existsSync(lock) ? [lock] : []",
      replacement: "const locks = existsSync(lock) ? [] : []",
      tests: ["test/attacks/lock.test.ts"]
    },
    "index-that-is-cut-off-costs-a-backup": {
      fault: "A -shm that was cut off is said to need a backup",
      text: `throw new Error(indexBroken(this.#names[2] ?? "", "cut off"))`,
      replacement: `throw new Error(overwritten(this.#names[2] ?? ""))`,
      tests: ["test/attacks/lock.test.ts"]
    },
    "file-that-is-overwritten-is-used": {
      fault: "a backup that is copied over the file goes unnoticed",
      text: ": overwritten(filename)",
      replacement: ": undefined",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-whose-log-is-cut-off-is-used": {
      fault: "a log that is cut off goes unnoticed",
      text: "if (!this.#isLogWhole(sight.index)) return overwritten(log)",
      replacement: "",
      tests: ["test/attacks/file.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteContent.ts": {
    "impossible-index-is-read": {
      fault: "An index of the log that no SQLite has written is gone by",
      text: "&& numberAt(bytes, movedAt) <= frames && numberAt(bytes, movingAt) <= frames",
      replacement: "&& frames >= 0",
      tests: ["test/attacks/file.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteHolders.ts": {
    "shell-stops-the-start": {
      fault: "A shell or a backup of another process keeps a service from starting",
      text: "locks.length > 0 &&",
      replacement: "true &&",
      tests: ["test/attacks/file.test.ts"]
    },
    "holder-is-not-sought": {
      fault: "A service whose lock file was removed or moved is not seen by the next one",
      text: "readMark(path) === wanted",
      replacement: "readMark(path) === -wanted",
      tests: ["test/attacks/lock.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteLock.ts": {
    "process-file-stops-the-start": {
      fault: "A start fails if the file that tells its process cannot be written",
      text: "Effect.try(() => writeFileSync(file, `${process.pid}\\n`, { mode: 0o600 })).pipe(",
      replacement:
        "Effect.orDie(Effect.try(() => writeFileSync(file, `${process.pid}\\n`, { mode: 0o600 }))).pipe(",
      tests: ["test/attacks/file.test.ts"]
    },
    "lock-goes-by-name-alone": {
      fault: "a file that was moved is opened a second time",
      text: 'if (how === "Alone") database.exec(takeAlone)',
      replacement: "",
      tests: ["test/attacks/file.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteLogPace.ts": {
    "log-is-never-moved": {
      fault: "The log is moved into the database at the end alone",
      text: "return this.#statements >= this.#interval",
      replacement: "return this.#statements === Infinity",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteNumbers.ts": {
    "set-back-is-not-stepped-over-by-a-look": {
      fault: "A look at a database that was set back leaves its numbers where they are",
      text: "(made < this.#made ? this.#stepOver(made) : Effect.void)",
      replacement: "(made < 0n ? this.#stepOver(made) : Effect.void)",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "set-back-gives-ids-again": {
      fault: "a database that was set back gives ids again",
      text: "next.made > this.#made ? Effect.succeed(next)",
      replacement: "next.made > 0n ? Effect.succeed(next)",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "set-back-is-noticed-by-writes-alone": {
      fault: "a database that was set back is noticed by the next write alone",
      text: "made < this.#made ? Effect.andThen(mend, this.#tell) : Effect.void",
      replacement: "made < 0n ? Effect.andThen(mend, this.#tell) : Effect.void",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "set-back-is-told-to-nobody": {
      fault: "streams go on over a database that was set back",
      text: 'Effect.asVoid(PubSub.publish(this.#setBacks, { _tag: "Anything" }))',
      replacement: "Effect.void",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "set-back-is-mended-again-and-again": {
      fault: "ids go on higher at each look, once the database was set back",
      text: "VALUES (${madeCounter}, ${this.#made})",
      replacement: "VALUES (${madeCounter}, ${made})",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "set-back-gives-numbers-again": {
      fault: "a database that was set back gives the numbers of changes again",
      text: "WHERE name = ${idCounter} OR name LIKE 'change-number-%'",
      replacement: "WHERE name = ${idCounter}",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "refused-write-passes-for-a-set-back": {
      fault: "numbers count before they are committed",
      text: "next.made > this.#made ? Effect.succeed(next)",
      replacement: "next.made > this.#made ? Effect.as(this.learn(next), next)",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteTransaction.ts": {
    "rolled-back-by-a-broken-index": {
      fault: "SQLite rolls back by a broken index of the log, and fills the disc",
      text: 'return sql.startsWith("ROLLBACK") ? Effect.andThen(this.#usable, statement) : statement',
      replacement: "return statement",
      tests: ["test/attacks/file.test.ts"]
    },
    "half-a-write-is-committed": {
      fault: "A write that could not be rolled back is committed in half",
      text: '!this.#database.isTransaction || sql.startsWith("ROLLBACK")',
      replacement: "!this.#database.isTransaction",
      tests: ["packages/server/test/failingReads.test.ts"]
    },
    "full-disc-ends-half-a-group": {
      fault: "What comes after a transaction that SQLite has ended begins another",
      text: "this.#ended = error",
      replacement: "void error",
      tests: ["packages/server/test/groupCommit.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteView.ts": {
    "failed-hold-stays": {
      fault: "A failed read leaves a transaction open, and no later write is committed",
      text: "      this.#end()\n      throw seen.failure",
      replacement: "      throw seen.failure",
      tests: ["packages/server/test/failingReads.test.ts"]
    },
    "lost-view-goes-unsaid": {
      fault: "After a failed read, readers see what the disc does not have yet",
      text: "this.#isHeld && !this.#reader.isTransaction ?",
      replacement: "false ?",
      tests: ["packages/server/test/failingReads.test.ts"]
    },
    "look-shows-what-the-disc-does-not-have": {
      fault: "A look at the store amid a commit shows it before the disc has it",
      text: "if (this.#isHeld) return\n",
      replacement: "",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    },
    "hold-is-not-checked": {
      fault: "A service that can commit nothing is ready",
      text: "      this.#begin()\n      this.#end()",
      replacement: "",
      tests: ["packages/server/test/failingReads.test.ts"]
    },
    "commit-is-shown-before-the-disc-has-it": {
      fault: "What is committed is shown before the disc has it",
      text: 'Result.try(() => this.#reader.exec("SELECT 1 FROM sqlite_schema LIMIT 1"))',
      replacement: "Result.succeed(undefined)",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    }
  },
  "packages/server/src/internal/sql/transactedWrites.ts": {
    "lowered-counter-stops-writes": {
      fault: "After a counter was lowered by hand, nothing can be created",
      text: "Effect.andThen(numbers.pass(microgridId, transact), write)",
      replacement: "write",
      tests: ["packages/server/test/sqliteNumbers.test.ts"]
    },
    "targets-are-not-kept-in-step": {
      fault: "Targets: an update leaves a dispatch to be found by what it acted upon before",
      text: `if (isRetargeted || kind === "Deleted") yield* SqlTargets.remove(sql, id)`,
      replacement: `if (kind === "Deleted") yield* SqlTargets.remove(sql, id)`,
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/typeTest.ts": {
    "parts-that-begin-alike-hide-each-other": {
      fault: "A part that begins with another hides it",
      text: "last === undefined || !part.startsWith(last)",
      replacement: "last === undefined || part !== last",
      tests: ["packages/server/test/typeTest.test.ts"]
    },
    "server-parts-all-in-one-statement": {
      fault: "A statement holds as many parts of types as are asked for",
      text: "this.isLong = parts.length > partsInStatementMax",
      replacement: "this.isLong = parts.length > 1_000_000",
      tests: ["packages/server/test/DispatchStore.test.ts", "test/attacks/readers.test.ts"]
    },
    "server-type-test-forgets-parts": {
      fault: "Of very many parts of types only the first counts",
      text: "this.#parts = new Parts(parts)",
      replacement: "this.#parts = new Parts(parts.slice(0, 1))",
      tests: ["packages/server/test/DispatchStore.test.ts", "test/attacks/readers.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlPages.ts": {
    "listing-of-all-shows-deleted": {
      fault: "a listing of all shows what was deleted",
      text: " AND deleted_time IS NULL",
      replacement: "",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteNames.ts": {
    "link-is-not-followed": {
      fault: "What lies beside a store is sought beside the link to it",
      text: "Option.liftThrowable(() => realpathSync(filename))()",
      replacement: "Option.liftThrowable((): string => filename)()",
      tests: ["test/attacks/file.test.ts"]
    }
  }
}
