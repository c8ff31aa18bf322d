/**
 * Waiting for the disc, off the thread of the service. A commit writes to the log (`-wal`) and returns; it counts once
 * a thread of Node has synced the log. From time to time a worker moves the log into the database, which syncs both. So
 * writers wait for the disc, and nobody else does.
 */
import * as fs from "node:fs"
import { Worker } from "node:worker_threads"
import { Cause, Data, Effect, Exit, type Scope } from "effect"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import { messageOf } from "@effect-dispatch/core/Thrown"
import { LogPace } from "./sqliteLogPace.ts"

/** The disc below an open file. */
export interface Disc {
  /** Waits until all commits are safe, whatever happens. After a failure it is unknown which are. */
  readonly sync: Effect.Effect<void, SqlError>
  /** Fails once that has failed. */
  readonly verify: Effect.Effect<void, SqlError>
  /** Notes that a statement was run that may have written. */
  readonly noteStatement: () => void
  /** Moves the log into the database if it has become long or is over; a failure leaves it longer. */
  readonly tidy: (log: { readonly isOver: boolean }) => Effect.Effect<void>
}

/** The way to sync a file: `fs.fdatasync`, or the replacement of a test. */
export const syncing: { fdatasync: typeof fs.fdatasync } = { fdatasync: fs.fdatasync }

/** The disc below a file whose log exists, for the life of the scope. */
export const make = (filename: string): Effect.Effect<Disc, never, Scope.Scope> =>
  Effect.gen(function* () {
    // SQLite has no lock on this file, so closing it releases none.
    const log = yield* Effect.acquireRelease(
      Effect.sync(() => fs.openSync(`${filename}-wal`, "r")),
      (open) => Effect.sync(() => fs.closeSync(open))
    )
    const checkpoint = yield* checkpointing(filename)
    const pace = new LogPace()
    let failed: SqlError | undefined
    const verify = Effect.suspend(() => (failed === undefined ? Effect.void : Effect.fail(failed)))
    const sync = Effect.callback<void, SqlError>((resume) => {
      syncing.fdatasync(log, (cause) => {
        if (cause !== null) failed = notKept(cause)
        resume(verify)
      })
    })
    let isFailing = false
    /** Logs the first of several failures to move the log, and their end. */
    const told = (exit: Exit.Exit<Checkpoint, NotMoved>) => {
      const changed = Exit.isFailure(exit) !== isFailing
      isFailing = Exit.isFailure(exit)
      if (!changed) return Effect.void
      return Exit.isFailure(exit)
        ? Effect.logError(
            `The log of the database could not be moved into it, and grows until it can: ${messageOf(Cause.squash(exit.cause))}`
          )
        : Effect.logInfo("The log of the database is moved into it again")
    }
    const move = Effect.flatMap(Effect.exit(checkpoint), (exit) => {
      if (Exit.isFailure(exit)) pace.failed()
      else if (pace.isDue) pace.learn(exit.value.frames, exit.value.moved)
      else pace.begun()
      return told(exit)
    })
    let isOpened = false
    const tidy: Disc["tidy"] = ({ isOver }) =>
      Effect.suspend(() => {
        // The first transaction is of the opening: a store of a newer version is left as it is.
        const isBegun = isOpened && isOver && !isFailing
        isOpened = true
        return pace.isDue || isBegun ? move : Effect.void
      })
    return { sync, verify, noteStatement: () => pace.noteStatement(), tidy }
  })

/** After this the log may have a hole, behind which nothing would be found again: no more is written to it. */
const notKept = (cause: Error): SqlError => {
  const message = `the disc failed to keep what was written (${cause.message}): start the service again once it is sound`
  return new SqlError({ reason: new UnknownError({ cause: new Error(message), message, operation: "sync" }) })
}

/** The log could not be moved. */
class NotMoved extends Data.TaggedError("NotMoved")<{ readonly message: string }> {}

/** The number of pages in the log, and of those in the database. */
interface Checkpoint {
  readonly frames: number
  readonly moved: number
}

/** Has a connection of its own, which it opens with the first message, and moves the log with each. */
const worker = `
  process.removeAllListeners("warning")
  const { parentPort, workerData } = require("node:worker_threads")
  const { DatabaseSync } = require("node:sqlite")
  const database = new DatabaseSync(workerData)
  const checkpoint = database.prepare("PRAGMA wal_checkpoint(PASSIVE)")
  const version = database.prepare("PRAGMA user_version")
  const begin = () => {
    try {
      database.exec("PRAGMA user_version = " + version.get().user_version)
    } catch (error) {
      // Another program holds the lock to write: then there is no next write yet.
      if ((error.errcode & 255) !== 5) throw error
    }
  }
  parentPort.on("message", () => {
    const { log, checkpointed } = checkpoint.get()
    // The next write begins the log anew and syncs its header: it is made here, and changes nothing.
    if (log === checkpointed) begin()
    parentPort.postMessage({ frames: log, moved: checkpointed })
  })`

/** Moves the log by a worker, which is made for the first move, or after it has died. */
const checkpointing = (
  filename: string
): Effect.Effect<Effect.Effect<Checkpoint, NotMoved>, never, Scope.Scope> =>
  Effect.suspend(() => {
    let running: Worker | undefined
    let tell: (done: Exit.Exit<Checkpoint, NotMoved>) => void = () => {}
    const start = () => {
      const made = new Worker(worker, { eval: true, workerData: filename })
      made.unref()
      made.on("message", (done: Checkpoint) => tell(Exit.succeed(done)))
      // It ends after an error: moved pages are safe, and the rest is moved the next time.
      made.on("error", (error: Error) => tell(Exit.fail(new NotMoved({ message: messageOf(error) }))))
      made.on("exit", () => {
        running = undefined
        tell(Exit.fail(new NotMoved({ message: "the worker that moves the log has ended" })))
      })
      return made
    }
    const checkpoint = Effect.callback<Checkpoint, NotMoved>((resume) => {
      tell = resume
      running ??= start()
      running.postMessage("move")
    })
    const stop = Effect.suspend(() => Effect.promise(() => running?.terminate() ?? Promise.resolve(0)))
    return Effect.as(
      Effect.addFinalizer(() => stop),
      checkpoint
    )
  })
