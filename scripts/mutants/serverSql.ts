import type { Mutants } from "./mutant.ts"

export const serverSql: Mutants = {
  "packages/server/src/internal/sql/sqlMigrations.ts": {
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
      text: "const [number = 0n] = yield* commit(sql, channel, { ...facts, dispatch, written, data, origin })",
      replacement: `const whole = commit(sql, channel, { ...facts, dispatch, written, data, origin })
        const [number = 0n] = yield* sql.withTransaction(Effect.tap(whole, sql\`SELECT 1\`))`,
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
      text: "return found === undefined",
      replacement: "return parts(text).length === 0",
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
      text: "? ofSqlite[errcode & 0xff]",
      replacement: "? ofSqlite[errcode & 0xffff_00]",
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
      text: "const reading = yield* connectionOf(reader, (statement) => Effect.andThen(file.usable, statement))",
      replacement: "const reading = yield* connectionOf(reader)",
      tests: ["test/attacks/file.test.ts"]
    },
    "file-that-is-gone-is-written-on": {
      fault: "writes go on into a file that was removed",
      text: "transactionAcquirer: Effect.as(begun(transaction, turns, Effect.andThen(verify, tidy)), writing),",
      replacement:
        "transactionAcquirer: Effect.as(begun(transaction, turns, Effect.andThen(disc.verify, tidy)), writing),",
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
      text: "yield* Effect.addFinalizer(() => Effect.catch(file.verify, () => closed(database)))",
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
      text: "yield* Scope.addFinalizer(scope, Effect.andThen(transaction.abandon, turns.release(1)))",
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
    "failed-sync-is-forgotten": {
      fault: "Once the disc has failed, writing goes on",
      text: `if (cause !== null) this.#failed = notKept(cause)
      resume(this.verify)`,
      replacement: "resume(cause === null ? Effect.void : Effect.fail(notKept(cause)))",
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteFile.ts": {
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
      text: `throw new Error(indexCutOff(this.#names[2] ?? ""))`,
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
  "packages/server/src/internal/sql/sqliteHolders.ts": {
    "holder-is-not-sought": {
      fault: "A service whose lock file was removed or moved is not seen by the next one",
      text: "readMark(path) === wanted",
      replacement: "readMark(path) === -wanted",
      tests: ["test/attacks/lock.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteLock.ts": {
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
    "full-disc-ends-half-a-group": {
      fault: "What comes after a transaction that SQLite has ended begins another",
      text: "if (!this.#database.isTransaction) this.#ended = error",
      replacement: "void error",
      tests: ["packages/server/test/groupCommit.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqliteView.ts": {
    "commit-is-shown-before-the-disc-has-it": {
      fault: "What is committed is shown before the disc has it",
      text: `execOf(this.#reader, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")`,
      replacement: `execOf(this.#reader, "BEGIN")`,
      tests: ["packages/server/test/sqliteDisc.test.ts"]
    }
  },
  "packages/server/src/internal/sql/transactedWrites.ts": {
    "targets-are-not-kept-in-step": {
      fault: "Targets: an update leaves a dispatch to be found by what it acted upon before",
      text: `if (isRetargeted || kind === "Deleted") yield* SqlTargets.remove(sql, id)`,
      replacement: `if (kind === "Deleted") yield* SqlTargets.remove(sql, id)`,
      tests: ["packages/server/test/DispatchStore.test.ts"]
    }
  },
  "packages/server/src/internal/sql/typeTest.ts": {
    "server-parts-all-in-one-statement": {
      fault: "A statement holds as many parts of types as are asked for",
      text: "this.isLong = this.#parts.length > partsInStatementMax",
      replacement: "this.isLong = this.#parts.length > 1_000_000",
      tests: ["packages/server/test/DispatchStore.test.ts", "test/attacks/readers.test.ts"]
    },
    "server-type-test-forgets-parts": {
      fault: "Of very many parts of types only the first counts",
      text: "const passes = this.#parts.some((part) => type.includes(part))",
      replacement: `const passes = type.includes(this.#parts[0] ?? "")`,
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
  }
}
