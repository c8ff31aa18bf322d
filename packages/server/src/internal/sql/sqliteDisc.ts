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
import { logOf, realOf } from "./sqliteNames.ts"
import { LogPace } from "./sqliteLogPace.ts"

/** The way to sync a file: `fs.fdatasync`, or the replacement of a test. */
export const syncing: { fdatasync: typeof fs.fdatasync } = { fdatasync: fs.fdatasync }

/** The disc below an open file. */
export class SqliteDisc {
  /** The open log. */
  readonly #log: number
  readonly #worker: LogWorker
  readonly #pace = new LogPace()
  #failed: SqlError | undefined
  #isOpened = false
  /** The log could not be moved the last time. */
  #isFailing = false

  private constructor(log: number, worker: LogWorker) {
    this.#log = log
    this.#worker = worker
  }

  /** The disc below a file whose log exists, for the life of the scope. */
  static make(filename: string): Effect.Effect<SqliteDisc, never, Scope.Scope> {
    // SQLite has no lock on the log, so closing it releases none.
    const log = Effect.acquireRelease(
      Effect.sync(() => fs.openSync(logOf(filename), "r")),
      (open) => Effect.sync(() => fs.closeSync(open))
    )
    return Effect.zipWith(log, LogWorker.make(filename), (open, worker) => new SqliteDisc(open, worker))
  }

  /** Waits until all commits are safe, whatever happens. After a failure it is unknown which are. */
  readonly sync: Effect.Effect<void, SqlError> = Effect.callback((resume) => {
    syncing.fdatasync(this.#log, (cause) => {
      if (cause !== null) this.#failed = notKept(cause)
      resume(this.verify)
    })
  })

  /** Fails once that has failed. */
  readonly verify: Effect.Effect<void, SqlError> = Effect.suspend(() =>
    this.#failed === undefined ? Effect.void : Effect.fail(this.#failed)
  )

  /** Notes that a statement was run that may have written. */
  noteStatement(): void {
    this.#pace.noteStatement()
  }

  /** Moves the log into the database if it has become long or is over; a failure leaves it longer. */
  tidy({ isOver }: { readonly isOver: boolean }): Effect.Effect<void> {
    return Effect.suspend(() => {
      // The first transaction is of the opening: a store of a newer version is left as it is.
      const isBegun = this.#isOpened && isOver && !this.#isFailing
      this.#isOpened = true
      return this.#pace.isDue || isBegun ? this.#move : Effect.void
    })
  }

  readonly #move: Effect.Effect<void> = Effect.suspend(() =>
    Effect.flatMap(Effect.exit(this.#worker.move), (exit) => {
      if (Exit.isFailure(exit)) this.#pace.failed()
      else if (this.#pace.isDue) this.#pace.learn(exit.value.frames, exit.value.moved)
      else this.#pace.begun()
      return this.#tell(exit)
    })
  )

  /** Logs the first of several failures to move the log, and their end. */
  #tell(exit: Exit.Exit<Checkpoint, NotMoved>): Effect.Effect<void> {
    const isChanged = Exit.isFailure(exit) !== this.#isFailing
    this.#isFailing = Exit.isFailure(exit)
    if (!isChanged) return Effect.void
    return Exit.isFailure(exit)
      ? Effect.logError(
          `The log of the database could not be moved into it, and grows until it can: ${messageOf(Cause.squash(exit.cause))}`
        )
      : Effect.logInfo("The log of the database is moved into it again")
  }
}

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
const program = `
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
class LogWorker {
  readonly #filename: string
  #running: Worker | undefined
  #tell: (done: Exit.Exit<Checkpoint, NotMoved>) => void = () => {}

  private constructor(filename: string) {
    this.#filename = filename
  }

  /** It is stopped with the scope. */
  static make(filename: string): Effect.Effect<LogWorker, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.sync(() => new LogWorker(realOf(filename))),
      (worker) => worker.#stop
    )
  }

  readonly move: Effect.Effect<Checkpoint, NotMoved> = Effect.callback((resume) => {
    this.#tell = resume
    this.#running ??= this.#start()
    this.#running.postMessage("move")
  })

  readonly #stop: Effect.Effect<unknown> = Effect.suspend(() =>
    Effect.promise(() => this.#running?.terminate() ?? Promise.resolve(0))
  )

  #start(): Worker {
    const worker = new Worker(program, { eval: true, workerData: this.#filename })
    worker.unref()
    worker.on("message", (done: Checkpoint) => this.#tell(Exit.succeed(done)))
    // It ends after an error: moved pages are safe, and the rest is moved the next time.
    worker.on("error", (error: Error) => this.#tell(Exit.fail(new NotMoved({ message: messageOf(error) }))))
    worker.on("exit", () => {
      this.#running = undefined
      this.#tell(Exit.fail(new NotMoved({ message: "the worker that moves the log has ended" })))
    })
    return worker
  }
}
