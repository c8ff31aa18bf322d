/**
 * One service per SQLite file. The lock is the operating system's, on a file beside it, so it goes with the process,
 * however that ends; the file itself stays open to others, to administer keys and to make backups. A service that has a
 * moved file, or whose lock file was removed, is found by the open files of processes, or by SQLite's lock on the file.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Effect, Option, type Scope } from "effect"
import { StoreUnusable } from "../../DispatchStore.ts"
import { errcodeOf } from "./sqlFailure.ts"
import { ForeignFile, refuseForeign } from "./sqliteClient.ts"
import { mark, strangerTo } from "./sqliteHolders.ts"
import { holderFileOf, indexOf, lockFileOf } from "./sqliteNames.ts"
import { isBusy } from "./sqliteTransaction.ts"

/**
 * Refuses a file that is no store, before anything lies beside it, and one that another program has by another name. A
 * program that has the file open by this name has its -shm here; without a -shm, nobody may have it.
 */
export const examine = (filename: string): Effect.Effect<void, StoreUnusable> =>
  Effect.suspend(() => {
    const stranger = strangerTo(filename)
    if (stranger !== undefined) return Effect.fail(usedByAnotherName(filename, `process ${stranger}`))
    const isAlone = !existsSync(indexOf(filename))
    return Effect.try({
      try: () => readAgain(filename, isAlone ? "Alone" : "Shared"),
      catch: (cause) =>
        isAlone && isBusy(cause)
          ? usedByAnotherName(filename, "another program")
          : unusableBecause(filename, cause)
    })
  })

/** A connection that is about to close may be amid the repair of the index of the log: SQLite gives up after ten seconds. */
const readAgain = (filename: string, how: "Alone" | "Shared"): void => {
  try {
    read(filename, how)
  } catch (cause) {
    if (!isUnderRepair(cause)) throw cause
    read(filename, how)
  }
}

/** SQLITE_PROTOCOL. */
const isUnderRepair = (cause: unknown): boolean => (errcodeOf(cause) & 255) === 15

const read = (filename: string, how: "Alone" | "Shared"): void => {
  const database = new DatabaseSync(filename, { timeout: examinationMillisMax })
  try {
    if (how === "Alone") database.exec(takeAlone)
    refuseForeign(database)
  } finally {
    database.close()
  }
}

/** Longest time that another program may have the file while it is examined: closing it takes a moment. */
const examinationMillisMax = 1_000

/** Takes the lock of the operating system on a file for as long as it is open. */
const takeAlone = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT"

/** Takes the lock of an existing file for the life of the scope, or says which process holds it. */
export const hold = (filename: string): Effect.Effect<void, StoreUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.try({
        try: () => lock(filename),
        catch: (cause) => unusableBecause(filename, cause)
      }),
      (database) => Effect.sync(() => database.close())
    )
    yield* signed(holderFileOf(filename))
  })

/** Tells in a file which process it is, if it can: without it a refusal names no process. */
const signed = (file: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try(() => writeFileSync(file, `${process.pid}\n`, { mode: 0o600 })).pipe(
      Effect.catch((cause) =>
        Effect.logWarning(
          `${file} could not be written, so nobody is told who has the store: ${reasonOf(cause)}`
        )
      )
    ),
    () => Effect.ignore(Effect.try(() => rmSync(file, { force: true })))
  )

const reasonOf = (cause: unknown): string => Thrown.messageOf(Thrown.innermost(cause))

const usedByAnotherName = (filename: string, who: string): StoreUnusable =>
  new StoreUnusable({
    reason: "Locked",
    message: `${filename} is in use by ${who}, by another name or without its lock file: one of the two was moved or removed meanwhile`
  })

/** Another program, not necessarily a service, holds the lock of the file itself. */
export const lockedByAnother = (filename: string): StoreUnusable =>
  new StoreUnusable({
    reason: "Locked",
    message: `${filename} is locked by another program, such as a shell with a transaction that was not ended`
  })

const lock = (filename: string): DatabaseSync => {
  const path = lockFileOf(filename)
  writeFileSync(path, "", { flag: "a", mode: 0o600 })
  const database = new DatabaseSync(path)
  try {
    database.exec(takeAlone)
    mark(database, filename)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const readHolder = (filename: string): string | undefined =>
  Option.getOrUndefined(Option.liftThrowable(() => readFileSync(holderFileOf(filename), "utf8").trim())())

const damaged = new Set([11, 26])
/** SQLITE_FULL, and SQLITE_IOERR_SHMSIZE. */
const withoutRoom = new Set([13, 4_874])

/** The reason why a file cannot be used. */
export const unusableBecause = (filename: string, cause: unknown): StoreUnusable => {
  if (cause instanceof ForeignFile) {
    return new StoreUnusable({
      reason: "Inaccessible",
      message: `${filename} is an SQLite file of another program (${cause.message}); it was left as it is`
    })
  }
  if (isBusy(cause)) {
    const holder = readHolder(filename)
    const who = holder === undefined ? "another process" : `process ${holder}`
    return new StoreUnusable({ reason: "Locked", message: `${filename} is in use by ${who}` })
  }
  if (damaged.has(errcodeOf(cause) & 255)) {
    return new StoreUnusable({
      reason: "Damaged",
      message: `${filename} is damaged or is not a dispatch store (${findingOf(cause)}); it was left as it is`
    })
  }
  if (withoutRoom.has(errcodeOf(cause))) {
    return inaccessible(
      filename,
      new Error("no space is left, not even 32 kB for the index of its log (-shm)")
    )
  }
  return inaccessible(filename, cause)
}

/** The finding of SQLite, in one line, without the heading that its checks put above it. */
const findingOf = (cause: unknown): string =>
  Thrown.messageOf(cause)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("***"))
    .join("; ")

/** A file that cannot be opened, for another reason. */
export const inaccessible = (filename: string, cause: unknown): StoreUnusable =>
  new StoreUnusable({
    reason: "Inaccessible",
    message: `${filename} cannot be opened: ${Thrown.messageOf(cause)}`
  })
