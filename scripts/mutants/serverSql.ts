import type { Mutants } from "./mutant.ts"

export const serverSql: Mutants = {
  "packages/server/src/internal/sql/groupCommit.ts": {
    "group-commit-fails-together": {
      fault: "a write that fails takes its group with it",
      text: "alone(Effect.forEach(group, ({ runApart }) => runApart, { discard: true }))",
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
      text: "again = isLocked(cause) ? group.filter(({ sinceNanos }) => patienceEnds(sinceNanos) > now) : []",
      replacement: "again = []",
      tests: ["test/attacks/file.test.ts"]
    },
    "server-refused-group-is-acknowledged": {
      fault: "A group whose commit failed is told as committed",
      text: "onFailure: (cause) => this.#refuse(group, cause),",
      replacement: "onFailure: () => Effect.forEach(group, ({ tell }) => tell, { discard: true }),",
      tests: ["packages/server/test/groupCommit.test.ts", "packages/server/test/crash.test.ts"]
    }
  },
  "packages/server/src/internal/sql/postgresSockets.ts": {
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
      text: "AND data = ${current.value}",
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
    "server-page-skips-equal-keys": {
      fault: "A page skips dispatches that share the key of the one before",
      text: "? sql`(${column}, id) > (${after.key}, ${after.id})`",
      replacement: "? sql`${column} > ${after.key}`",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "server-slice-leaves-out-its-last": {
      fault: "A slice of a listing leaves out its last row",
      text: ": sql`(${column}, id) >= (${key}, ${id})`",
      replacement: ": sql`(${column}, id) > (${key}, ${id})`",
      tests: ["test/attacks/readers.test.ts"]
    },
    "targets-are-looked-for-in-all": {
      fault: "Targets: a listing by target walks through all of a microgrid",
      text: `: "dispatches NOT INDEXED"`,
      replacement: `: "dispatches INDEXED BY dispatches_in_order_of_create_time"`,
      tests: ["packages/server/test/sqlTargets.test.ts"]
    }
  },
  "packages/server/src/internal/sql/sqlRetention.ts": {
    "clock-of-an-older-store-is-the-wall": {
      fault: "An older store begins with the wall clock, however far ahead",
      text: "const kept = row?.value ?? (yield* newestRecord(sql))",
      replacement: "const kept = row?.value",
      tests: ["test/attacks/clock.test.ts"]
    },
    "nonces-of-a-clock-ahead-push-out-others": {
      fault: "nonces of a clock that was ahead push out fresh ones",
      text: `const late = yield* removed(count, "late")`,
      replacement: "const late = 0",
      tests: ["packages/server/test/DispatchStore.test.ts"]
    },
    "nonces-without-bound": {
      fault: "any number of nonces is kept",
      text: "const excess = (yield* nonceCount(keeper, most + limit)) - most",
      replacement: "const excess = (yield* nonceCount(keeper, most + limit)) - most - 1",
      tests: ["packages/server/test/DispatchStore.test.ts"]
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
      text: "transactionAcquirer: Effect.as(begun(transaction, turns, Effect.andThen(verify, disc.tidy)), writing),",
      replacement:
        "transactionAcquirer: Effect.as(begun(transaction, turns, Effect.andThen(disc.verify, disc.tidy)), writing),",
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
    "failed-sync-is-forgotten": {
      fault: "Once the disc has failed, writing goes on",
      text: `if (cause !== null) failed = notKept(cause)
        resume(verify)`,
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
  "packages/server/src/internal/sql/sqliteLock.ts": {
    "lock-goes-by-name-alone": {
      fault: "a file that was moved is opened a second time",
      text: "if (isAlone) database.exec(takeAlone)",
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
  }
}
