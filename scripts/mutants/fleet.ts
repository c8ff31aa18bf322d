import type { Mutants } from "./mutant.ts"

const store = ["test/integration/fleet/store.test.ts"]
const members = ["test/integration/fleet/members.test.ts"]
const site = ["packages/fleet/test/internal/runner/site.test.ts"]
const siteJournal = ["packages/fleet/test/internal/runner/siteJournal.test.ts"]
const late = ["packages/fleet/test/internal/runner/lateEntries.test.ts"]
const sqlJournal = ["test/integration/siteJournalSql.test.ts"]
const simulation = ["test/simulation/fleet.test.ts"]

export const fleet: Mutants = {
  "packages/fleet/src/TokenGate.ts": {
    "f4-gate-admits-the-same-again": {
      rule: "F4",
      fault: "a gate lets the same number through again",
      text: "(epoch === last.epoch && number > last.number)",
      replacement: "(epoch === last.epoch && number >= last.number)",
      tests: ["packages/fleet/test/TokenGate.test.ts"]
    },
    "f4-gate-is-asked-by-two-at-once": {
      rule: "F4",
      fault: "two that ask at the same time both get through",
      text: "inTurn.withPermit(",
      replacement: "((effect: Effect.Effect<boolean, E>) => effect)(",
      tests: ["packages/fleet/test/TokenGate.test.ts"]
    }
  },
  "packages/fleet/src/internal/runner/site.ts": {
    "f8-actor-does-not-wait": {
      rule: "F8",
      fault: "an actor asks the service before the code beside it is built, so a command is told to nobody",
      text: "sync, askAfter: gate.passed",
      replacement: "sync, askAfter: Effect.void",
      tests: site
    }
  },
  "packages/fleet/src/internal/runner/codeGate.ts": {
    "f8-code-is-waited-for-for-long": {
      rule: "F8",
      fault: "code that hangs holds up its actor",
      text: "this.#isOpen.await, codePatience",
      replacement: 'this.#isOpen.await, "1 hour"',
      tests: site
    }
  },
  "packages/fleet/src/internal/runner/siteJournal.ts": {
    "j6-journals-are-read-all-at-once": {
      rule: "J6",
      fault: "after a takeover the readers of journals take all connections",
      text: "turns.withPermit(Effect.suspend(() => read({ store, token, edges, others }, position, limit)))",
      replacement: "Effect.suspend(() => read({ store, token, edges, others }, position, limit))",
      tests: siteJournal
    },
    "j6-late-edge-is-overtaken": {
      rule: "J6",
      fault: "a reader goes on past an edge that is still to be written",
      text: "epoch !== token.epoch || number < settledBelow",
      replacement: "epoch !== token.epoch || number < settledBelow + 100n",
      tests: siteJournal
    },
    "j6-edge-that-becomes-an-entry-is-overlooked": {
      rule: "J6",
      fault: "a reader is told that edges are lost which are entries by now",
      text: "removed.isWhole || (yield* others.reachesBackTo(after))",
      replacement: "removed.isWhole",
      tests: siteJournal
    },
    "j6-told-edges-are-lost": {
      rule: "J6",
      fault: "what an owner that was replaced had told last is in no journal",
      text: "if (entries.length === 0) return",
      replacement: "if (entries.length >= 0) return",
      tests: siteJournal
    }
  },
  "packages/fleet/src/internal/runner/lateEntries.ts": {
    "j6-late-entries-are-looked-for-all-the-time": {
      rule: "J6",
      fault: "each microgrid with a journal costs a statement a minute for ever",
      text: "isLater ? lateEntriesIntervalLater : lateEntriesInterval",
      replacement: "isLater ? lateEntriesInterval : lateEntriesInterval",
      tests: late
    },
    "j6-late-entries-are-overlooked": {
      rule: "J6, J26",
      fault: "a run of which an owner that was replaced wrote late is not reported as it was",
      text: "if (found.length > 0) yield* amend(amending, found)",
      replacement: "if (found.length > lateEntriesMax) yield* amend(amending, found)",
      tests: late
    },
    "j6-the-last-late-entry-stands-for-all": {
      rule: "J6",
      fault: "the journal says that entries came late from the last of them on",
      text: "late[index - 1]?.epoch !== epoch",
      replacement: "late[index + 1]?.epoch !== epoch",
      tests: late
    },
    "j6-amended-run-is-overtaken": {
      rule: "J6",
      fault: "a reader goes on past the entry that tells of late ones",
      text: "number: edges.hold()",
      replacement: "number: edges.numberOfEntry()",
      tests: late
    }
  },
  "packages/fleet/src/internal/sql/fleetJournal.ts": {
    "f6-reporter-of-a-removed-site-is-kept": {
      rule: "F6",
      fault: "a site that begins while its microgrid is removed leaves a reporter",
      text: "SELECT $1::text, $2, $3, 0 FROM ${microgrids} WHERE id = $1::text::numeric FOR SHARE",
      replacement: "SELECT $1::text, $2, $3, 0 WHERE ${microgrids.length} > 0 AND $1 <> ''",
      tests: store
    },
    "f6-journal-of-a-removed-site-goes-on": {
      rule: "F6",
      fault: "what a site writes as it ends stays in the journal of a microgrid that was removed",
      text: "given.entry FROM present,",
      replacement: "given.entry FROM",
      tests: store
    },
    "j6-late-entries-are-not-marked": {
      rule: "J6",
      fault: "the database does not notice that an entry comes from an owner that was replaced",
      text: "WHERE present.epoch > added.epoch",
      replacement: "WHERE present.epoch < added.epoch",
      tests: ["test/integration/fleet/store.test.ts"]
    },
    "j6-replaced-owner-is-still-alive": {
      rule: "J6, J21",
      fault: "a late sign of life changes for how long runs were on, and reports of them that were taken",
      text: "OR NOT given.is_alive",
      replacement: "OR TRUE",
      tests: ["test/integration/fleet/store.test.ts"]
    }
  },
  "packages/fleet/src/internal/runner/journalPage.ts": {
    "j6-edges-come-first": {
      rule: "J6",
      fault: "edges are read before all other entries",
      text: ".sort((left, right) => (isAfter(left, right) ? 1 : -1))",
      replacement: ".sort((left, right) => (isAfter(left, right) ? 0 : 0))",
      tests: siteJournal
    },
    "j6-gone-edges-are-not-told": {
      rule: "J6",
      fault: "a reader is not told of edges that went before it came",
      text: "return isWhole || isAtBeginning ? page : withLost(page, after)",
      replacement: "return page",
      tests: siteJournal
    }
  },
  "packages/fleet/src/internal/sql/sqlJournal.ts": {
    "j6-unreadable-entries-end-the-journal": {
      rule: "J6",
      fault:
        "where some entries are of a newer release, a reader goes past others, or takes the journal to be at its end",
      text: "rows.length < wanted || found.length === limit",
      replacement: "rows.length <= wanted || found.length === limit",
      tests: sqlJournal
    },
    "j6-actors-share-an-epoch": {
      rule: "J6",
      fault: "an actor that still writes hides the entries of the next",
      text: "SET epoch = epoch + 1, name",
      replacement: "SET epoch = epoch + 0, name",
      tests: sqlJournal
    },
    "j6-gone-entries-are-not-told": {
      rule: "J6",
      fault: "a reader is not told of entries in a database that went before it came",
      text: "isAfter(place, beginning) ? place : undefined",
      replacement: "isAfter(beginning, place) ? place : undefined",
      tests: sqlJournal
    },
    "j6-old-entries-go-in-a-transaction": {
      rule: "J6",
      fault:
        "a process that stands still while it removes old entries holds up the journal of the next owner",
      text: "if (isDue) yield* this.#prune",
      replacement: "if (isDue) yield* this.#sql.withTransaction(this.#prune)",
      tests: sqlJournal
    },
    "j6-wrong-clock-removes-all": {
      rule: "J6",
      fault: "a clock far ahead removes the days before",
      text: "GROUP BY day ORDER BY max(epoch) DESC, max(number) DESC LIMIT",
      replacement: "GROUP BY day ORDER BY day DESC LIMIT 1 +",
      tests: sqlJournal
    }
  },
  "packages/fleet/src/internal/sql/sqlOwnership.ts": {
    "f1-epoch-is-not-raised": {
      rule: "F1",
      fault: "a takeover leaves the epoch as it is",
      text: 'UPDATE ${microgrids} SET epoch = ${nextEpoch("epoch")}, owner = $3',
      replacement: "UPDATE ${microgrids} SET epoch = greatest(epoch, 1), owner = $3",
      tests: store
    },
    "f1-anybody-activates": {
      rule: "F1",
      fault: "a process activates microgrids of a bucket that another has claimed",
      text: "WHERE bucket = $1 AND epoch = $2 FOR SHARE)",
      replacement: "WHERE bucket = $1 AND epoch <> -$2 FOR SHARE)",
      tests: store
    },
    "f6-parked-ones-go-on": {
      rule: "F6",
      fault: "a microgrid that was parked goes on",
      text: "m.epoch = t.epoch AND m.wanted WHERE",
      replacement: "m.epoch = t.epoch WHERE",
      tests: store
    }
  },
  "packages/fleet/src/internal/sql/sqlRecords.ts": {
    "f1-write-does-not-wait-for-a-takeover": {
      rule: "F1",
      fault: "a write looks at the epoch, and is not ordered against a takeover",
      text: "AND epoch = $2 FOR SHARE)",
      replacement: "AND epoch = $2)",
      tests: store
    },
    "f1-late-write-replaces-a-later-one": {
      rule: "F1",
      fault: "a write whose connection was lost replaces what a later one wrote",
      text: "WHERE (r.epoch, r.sequence) < (EXCLUDED.epoch, EXCLUDED.sequence)",
      replacement: "WHERE (r.epoch, r.sequence) <> (EXCLUDED.epoch, EXCLUDED.sequence)",
      tests: store
    },
    "f1-write-of-any-epoch": {
      rule: "F1",
      fault: "a process that was replaced writes records",
      text: "WHERE id = $1::text::numeric AND epoch = $2 FOR SHARE)",
      replacement: "WHERE id = $1::text::numeric AND epoch >= $2 FOR SHARE)",
      tests: store
    }
  },
  "packages/fleet/src/internal/sql/sqlRunners.ts": {
    "f7-beating-process-loses-its-locks": {
      rule: "F7",
      fault: "a process that beats loses its locks when another suspects it",
      text: "address = $1 AND heartbeat < clock_timestamp() - ${seconds(heartbeatAgeMax)}",
      replacement: "address = $1 AND heartbeat < clock_timestamp() + ${seconds(heartbeatAgeMax)}",
      tests: store
    },
    "f2-two-have-one-address": {
      rule: "F2",
      fault: "two processes that start at once with one address both join, and are known as one",
      text: "if (joined.length === 0) return yield* addressTaken(name, address)",
      replacement: "void joined",
      tests: members
    },
    "f7-deaths-do-not-count": {
      rule: "F7",
      fault: "code that ends one process after the other is named by nobody",
      text: 'suspicion === "Dead" ? lockless(tables) : endLocks(tables)',
      replacement: "endLocks(tables)",
      tests: store
    },
    "f7-empty-bucket-is-named": {
      rule: "F7",
      fault: "a bucket in which nothing runs is said to have code that blocks",
      text: "w.bucket = b.bucket AND w.wanted",
      replacement: "w.bucket = b.bucket OR TRUE",
      tests: store
    },
    "f7-any-site-is-named": {
      rule: "F7",
      fault: "of a bucket that moves again and again sites are named that were entered long before",
      text: "ORDER BY greatest(m.entered, e.at) DESC",
      replacement: "ORDER BY greatest(m.entered, e.at)",
      tests: store
    }
  },
  "packages/fleet/src/internal/sql/sqlRegistry.ts": {
    "f6-removal-leaves-a-write": {
      rule: "F6",
      fault: "a record that was being written while its microgrid was removed stays",
      text: "Effect.tap(count(removed, given), () => count(swept, given))",
      replacement: "count(removed, given)",
      tests: store
    }
  },
  "packages/fleet/src/internal/runner/fencedStore.ts": {
    "f1-fence-is-survived": {
      rule: "F1",
      fault: "a process whose write was refused goes on, and tells what it could not note",
      text: "if (isMine) return edges.markWritten(rows)",
      replacement: "if (isMine || token.epoch > 0n) return edges.markWritten(rows)"
    },
    "f2-hanging-site-goes-on": {
      rule: "F2, F6",
      fault: "the actor of a site that does not end starts further runs, though its microgrid is parked",
      text: "const writing = holding.isAbandoned ?",
      replacement: "const writing = token.epoch < 0n ?"
    },
    "j6-refused-edges-are-forgotten": {
      rule: "J6",
      fault: "edges that were told while the owner was replaced are in no journal",
      text: `      // Those that were told are for the journal.
      edges.giveBack(rows)`,
      replacement: "      edges.markWritten(rows)",
      tests: siteJournal
    }
  },
  "packages/fleet/src/FleetRunner.ts": {
    "f5-unnoted-starts-do-not-ask-for-the-lease": {
      rule: "F5",
      fault: "a start that could not be noted is told although the locks were not confirmed for long",
      text: "elapsedOf(clock) - confirmedAt < tolerance && guard.pausedAt < confirmedAt",
      replacement: "elapsedOf(clock) - confirmedAt < 1_000 * tolerance && guard.pausedAt < Infinity",
      tests: simulation
    },
    "f2-slow-site-holds-up-all-that-move": {
      rule: "F2",
      fault: "where a process ends, a site that takes long to end holds up all its buckets",
      text: "Effect.forkDetach(engine.leave, { startImmediately: true })",
      replacement: "Effect.void",
      tests: ["test/integration/fleet/runners.test.ts"]
    }
  },
  "packages/fleet/src/internal/runner/frontDesk.ts": {
    "f5-slow-reader-fills-the-memory": {
      rule: "F5",
      fault: "edges pile up at an owner for a reader that does not take them",
      text: "if (Queue.sizeUnsafe(queue) > readerBacklogMax) Queue.endUnsafe(queue)",
      replacement: "void readerBacklogMax"
    },
    "f5-untold-start-is-read": {
      rule: "F5",
      fault: "a reader that comes back is told of a start that was noted and not told",
      text: "number <= told && !untold.has(number) &&",
      replacement: "number <= told &&"
    },
    "f5-runs-of-the-journal-do-not-end": {
      rule: "F5",
      fault: "a reader that learned of a run from the journal is not told that it does not run any more",
      text: "new Set([...request.held, ...earlier.begins])",
      replacement: "new Set(request.held)",
      tests: simulation
    }
  },
  "packages/fleet/src/internal/runner/watchdog.ts": {
    "f7-judgement-is-for-ever": {
      rule: "F7",
      fault: "a process that was judged once, came back and died between two looks is never replaced",
      text: "return !hasBuckets",
      replacement: "return true",
      tests: simulation
    },
    "f7-forgotten-process-is-not-watched": {
      rule: "F7",
      fault: "a process that the list has lost is not watched, and its death is found out by its lease alone",
      text: "if (!isListed) yield* Effect.ignore(store.join(engine.address, engine.release))",
      replacement: "void isListed",
      tests: simulation
    }
  },
  "packages/fleet/src/internal/engine/frontEntity.ts": {
    "f5-next-owner-answers-an-old-request": {
      rule: "F5",
      fault:
        "after the death of an owner the next one does not know what a reader holds, so that a stop is never told",
      text: "if (hasBegun) return Effect.fail(replaced)",
      replacement: "void replaced"
    }
  },
  "packages/fleet/src/internal/engine/clusterEngine.ts": {
    "f2-refused-process-is-known-to-others": {
      rule: "F2",
      fault: "a process is refused after others have made room for it",
      text: "yield* admit(nameOf(address), release)",
      replacement: "void admit",
      tests: members
    },
    "f7-sessions-have-another-name": {
      rule: "F7",
      fault: "a process with an address of IPv6 keeps its locks for the whole lease when it stands still",
      text: 'host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`',
      replacement: "`${host}:${port}`",
      tests: members
    }
  },
  "packages/fleet/src/internal/engine/patientLocks.ts": {
    "f2-locks-are-asked-for-once": {
      rule: "F2",
      fault: "a lock that is about to be given away is asked for once, and then not for a second",
      text: "while (held.length < wanted.length) {",
      replacement: "while (held.length > wanted.length) {",
      tests: ["packages/fleet/test/internal/engine/patientLocks.test.ts"]
    },
    "f2-free-locks-wait-for-others": {
      rule: "F2",
      fault: "the locks of a process that died wait for those that others give away",
      text: "if (free.length > 0) return free",
      replacement: "if (free.length > wanted.length) return free",
      tests: ["packages/fleet/test/internal/engine/patientLocks.test.ts"]
    },
    "f2-locks-that-came-wait-for-those-that-do-not": {
      rule: "F2",
      fault: "locks that came wait for others that are kept",
      text: "held.length > 0 && now - gainedAt",
      replacement: "held.length < 0 && now - gainedAt",
      tests: ["packages/fleet/test/internal/engine/patientLocks.test.ts"]
    }
  },
  "packages/fleet/src/internal/runner/sites.ts": {
    "f2-ending-site-is-not-waited-for": {
      rule: "F2",
      fault: "a bucket is given away while a site of it is still ending that was parked before",
      text: "return living === undefined ? []",
      replacement: "return living === undefined || living.isEnding ? []"
    },
    "f6-hanging-site-takes-the-room": {
      rule: "F2, F6",
      fault: "a microgrid whose site did not end does not run again in its process, though it is added again",
      text: "late = ending.flatMap(([id, living]) => (this.#forget(id, living) ? [id] : []))",
      replacement:
        "late = ending.flatMap(([id, { fiber }]) => (fiber.pollUnsafe() === undefined ? [id] : []))"
    },
    "f2-site-begins-unseen": {
      rule: "F2",
      fault: "a site that begins while its bucket is given away lives on there, and nobody ends it",
      text: "return Effect.uninterruptible(started)",
      replacement: "return started"
    }
  },
  "packages/fleet/src/internal/runner/bucket.ts": {
    "f2-bucket-goes-before-its-sites-end": {
      rule: "F2",
      fault: "a bucket is given away while its sites still live",
      text: '(all) => all.end(all.ids, "Moved")',
      replacement:
        '(all) => Effect.asVoid(Effect.forkDetach(Effect.delay(all.end(all.ids, "Moved"), "3 seconds")))',
      tests: simulation
    },
    "f1-late-claim-stops-the-owner": {
      rule: "F1",
      fault: "a claim that came late stops the microgrids of a bucket at its owner for the whole lease",
      text: "until: () => confirmedAt() > at",
      replacement: "until: () => confirmedAt() > at + 1e12"
    },
    "f7-suspects-are-entered-at-once": {
      rule: "F7",
      fault:
        "the code of a suspect bucket is entered without a word, so that nobody knows which site blocked",
      text: "claim.isSuspect ? entering(store)",
      replacement: "claim.isSuspect && claim.bucket < 0 ? entering(store)",
      tests: ["test/integration/fleet/failures.test.ts"]
    }
  },
  "packages/fleet/src/internal/sql/fleetMeta.ts": {
    "f2-any-number-of-buckets": {
      rule: "F2",
      fault: "a process with other buckets joins the fleet",
      text: "if (found !== own) {",
      replacement: "if (found === undefined) {",
      tests: store
    }
  },
  "packages/fleet/src/internal/sql/sqlEdges.ts": {
    "j6-journal-loses-edges": {
      rule: "J6",
      fault: "a run whose start is kept no longer begins, for the next owner, when that takes over",
      text: "row.journalled ? journalledEdge(edge) : Option.none()",
      replacement: "Option.none()",
      tests: ["test/integration/fleet/store.test.ts"]
    },
    "f5-removed-edges-are-not-missed": {
      rule: "F5",
      fault: "a reader is not told that edges it has not seen were removed",
      text: "UPDATE ${microgrids} AS m SET pruned_epoch = last.epoch, pruned_number = last.number",
      replacement: "UPDATE ${microgrids} AS m SET pruned_epoch = m.pruned_epoch",
      tests: store
    }
  },
  "packages/fleet/src/internal/runner/edgeLog.ts": {
    "j6-reader-hears-of-no-edge": {
      rule: "J6",
      fault: "a reader of the journal is not called when edges are written",
      text: "for (const reader of this.#readers) reader()",
      replacement: "",
      tests: siteJournal
    },
    "f5-overtaken-start-keeps-its-number": {
      rule: "F5",
      fault: "a start that another edge overtook is told with its old number",
      text: "if (number === undefined || number <= this.#told) {",
      replacement: "if (number === undefined) {",
      tests: ["packages/fleet/test/internal/runner/edgeLog.test.ts"]
    },
    "f5-start-in-vain-is-kept": {
      rule: "F5",
      fault: "a start that was noted in vain stays among the edges",
      text: "for (const change of changes) this.#forget(change)",
      replacement: "for (const change of changes) this.#noted.delete(change)",
      tests: ["packages/fleet/test/internal/runner/edgeLog.test.ts"]
    },
    "f5-row-that-goes-is-read": {
      rule: "F5, J6",
      fault: "a row that is being removed is read, so that a start is reported that was never told",
      text: "...this.#removed, ...removing, ...this.#unwanted",
      replacement: "...this.#removed, ...this.#unwanted",
      tests: ["packages/fleet/test/internal/runner/edgeLog.test.ts"]
    },
    "f5-late-row-stays": {
      rule: "F5",
      fault: "the row of a start that was not told stays, if a write brings it after it was given up",
      text: "if (this.#underWay.size > 0) this.#unwanted.add(number)",
      replacement: "if (this.#underWay.size > 1_000_000) this.#unwanted.add(number)",
      tests: ["packages/fleet/test/internal/runner/edgeLog.test.ts"]
    },
    "f5-start-noted-again-has-no-row": {
      rule: "F5",
      fault: "a start that is noted again, because the first write hangs, is told without its row",
      text: "const number = this.#noted.get(change) ?? ++this.#given",
      replacement: "if (this.#noted.has(change)) continue\n      const number = ++this.#given",
      tests: ["packages/fleet/test/internal/runner/edgeLog.test.ts"]
    },
    "f5-unwritten-edges-are-forgotten": {
      rule: "F5",
      fault: "edges whose write failed are not written again",
      text: "this.#added = new Map([...added].filter(([number]) => !this.#removed.has(number)))",
      replacement: "this.#added = new Map([...added].slice(0, 0))",
      tests: ["packages/fleet/test/internal/runner/edgeLog.test.ts"]
    }
  },
  "packages/fleet/src/internal/runner/pulse.ts": {
    "f3-guard-without-wall-clock": {
      rule: "F3",
      fault: "a machine that was suspended does not notice",
      text: "return Math.max(now.elapsed - elapsed, now.wall - wall) > this.#pauseMin",
      replacement: "return Math.max(now.elapsed - elapsed, wall - wall) > this.#pauseMin",
      tests: ["packages/fleet/test/internal/runner/guard.test.ts"]
    }
  },
  "packages/fleet/src/internal/runner/guard.ts": {
    "f3-confirmed-until-the-next-beat": {
      rule: "F3",
      fault: "right after a pause tokens are confirmed, until the pulse is felt",
      text: `return Effect.suspend(() => {
      this.#notice()`,
      replacement: "return Effect.suspend(() => {",
      tests: ["packages/fleet/test/internal/runner/guard.test.ts"]
    },
    "f3-answer-from-before-a-pause-confirms": {
      rule: "F3",
      fault: "an answer that was under way while the process stood still is taken for sure",
      text: "if (holding.provenAt >= this.#pausedAt) return Effect.void",
      replacement: "if (this.#isSure.isOpen()) return Effect.void",
      tests: ["packages/fleet/test/internal/runner/guard.test.ts"]
    }
  },
  "packages/fleet/src/internal/runner/suspicion.ts": {
    "f7-cut-off-process-judges": {
      rule: "F7",
      fault: "a process whose own heartbeats did not go through takes the locks of others",
      text: `if (unbrokenFor < Duration.toMillis(unbrokenMin)) return "Alive"`,
      replacement: "void unbrokenFor",
      tests: ["packages/fleet/test/internal/runner/suspicion.test.ts"]
    },
    "f7-heartbeat-does-not-count": {
      rule: "F7",
      fault: "two processes that see the database and not each other take each other's locks",
      text: `if (heartbeatAge <= Duration.toMillis(heartbeatAgeMax)) return "Alive"`,
      replacement: "void heartbeatAge",
      tests: ["packages/fleet/test/internal/runner/suspicion.test.ts"]
    }
  },
  "packages/fleet/src/internal/followedEdges.ts": {
    "f6-parked-runs-are-believed-in": {
      rule: "F6",
      fault: "a reader is never told that the runs of a microgrid have stopped that was parked",
      text: "return told.endAll(yield* DateTime.now)",
      replacement: "return told.request.held.length < 0 ? told.endAll(yield* DateTime.now) : []"
    },
    "f6-moving-runs-stop": {
      rule: "F6",
      fault: "a reader is told of stops whenever no process answers for a microgrid",
      text: "if (!(yield* isOut)) return []",
      replacement: "if (!((yield* isOut) || told.request.held.length > 0)) return []"
    },
    "f6-stop-by-an-old-epoch": {
      rule: "F6",
      fault: "a gate refuses the stop of a run that an owner before the last one told",
      text: "const { epoch, number } = this.#last ?? { epoch: 0n, number: 0n }",
      replacement:
        "const { epoch } = this.#running.get(id)?.token ?? { epoch: 0n }\n      const { number } = this.#last ?? { number: 0n }"
    },
    "f6-readers-storm-the-database": {
      rule: "F6",
      fault: "while a process is replaced, each reader of its microgrids asks the database all the time",
      text: "now - answeredAt >= Duration.toMillis(ownerAbsenceMin)",
      replacement: "now - answeredAt >= 0"
    },
    "f5-lacked-run-is-stopped-twice": {
      rule: "F5",
      fault: "the stop of a run that the owner's snapshot has lacked is told once more by its edge",
      text: "if (isLacked) this.#lacked.delete(dispatch.id)\n    return isLacked",
      replacement: "return false"
    },
    "f5-lacked-run-is-never-stopped-again": {
      rule: "F5",
      fault: "once a snapshot has lacked a run, no later run of its dispatch is told to stop",
      text: 'if (change.state === "Running") this.#lacked.delete(id)',
      replacement: ""
    },
    "f5-replaced-owner-is-believed": {
      rule: "F5",
      fault: "a reader goes back to what an owner says that was replaced",
      text: "if (this.#last !== undefined && epoch < this.#last.epoch) return []",
      replacement: "",
      tests: ["packages/fleet/test/internal/followedEdges.test.ts"]
    },
    "f5-silent-owner-is-waited-for": {
      rule: "F5",
      fault: "a reader waits for ever for an owner of which nothing is heard",
      text: "Stream.timeout(ownerSilenceMax),",
      replacement: 'Stream.timeout("1 hour"),',
      tests: ["packages/fleet/test/internal/followedEdges.test.ts"]
    },
    "f5-what-ended-is-not-stopped": {
      rule: "F5",
      fault: "a reader is not told the stop of a run that ended while nobody owned the microgrid",
      text: "...ended.flatMap(({ dispatch, number }) => this.#end({ epoch, number }, dispatch, now)),",
      replacement:
        "...ended.slice(ended.length).flatMap(({ dispatch, number }) => this.#end({ epoch, number }, dispatch, now)),",
      tests: ["packages/fleet/test/internal/followedEdges.test.ts"]
    },
    "f5-what-goes-on-keeps-its-token": {
      rule: "F5",
      fault: "a reader is not told the new token of a run that goes on",
      text: "told?.token.epoch === position.epoch &&",
      replacement: "told !== undefined && told.token.epoch <= position.epoch &&",
      tests: ["packages/fleet/test/internal/followedEdges.test.ts"]
    }
  },
  "packages/core/src/internal/site/loop.ts": {
    "s10-unnoted-start-does-not-wait": {
      rule: "S10",
      fault: "a start that could not be noted is told, although the store that follows does not allow it",
      text: "while (!isNoted && follower !== undefined && !follower.mayTellUnnoted()) {",
      replacement: "while (!isNoted && follower === undefined) {",
      tests: ["packages/core/test/Followed.test.ts"]
    }
  },
  "packages/core/src/internal/site/outbox.ts": {
    "s10-command-without-its-note": {
      rule: "S10",
      fault: "a command that could not be noted is executed with the starts that may go",
      text: "? commandsApart(this.#slice.items)",
      replacement: "? { free: this.#slice.items, held: [] }",
      tests: ["packages/core/test/Followed.test.ts"]
    }
  }
}
