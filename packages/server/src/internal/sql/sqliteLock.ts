/**
 * One service per SQLite file. The locks are the operating system's, on files beside it, so they go with the process,
 * however that ends; the file itself stays open to others, to administer keys and to make backups. One lock is called as
 * the file is, since two files of one name would share a -wal; the other by its inode, so a file that was renamed or has
 * several names is still one.
 */
import { readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Option, type Scope } from "effect"
import { StoreUnusable } from "../../DispatchStore.ts"
import { found, severalNames } from "./sqliteFile.ts"
import { ForeignFile } from "./sqliteClient.ts"

/** Takes the locks of a file that is there for the life of the scope, or says which process holds them. */
export const hold = (filename: string): Effect.Effect<void, StoreUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    for (const path of [`${realOf(filename)}.lock`, inodeLock(filename)]) {
      yield* Effect.acquireRelease(
        Effect.try({
          try: () => lock(path),
          catch: (cause) => refusal(filename, cause as SqliteFailure)
        }),
        (database) => Effect.sync(() => database.close())
      )
    }
    if ((found(filename)?.nlink ?? 1n) > 1n) {
      return yield* new StoreUnusable({ reason: "Inaccessible", message: severalNames(filename) })
    }
    yield* Effect.acquireRelease(
      Effect.try({
        try: () => writeFileSync(holderFile(filename), `${process.pid}\n`, { mode: 0o600 }),
        catch: (cause) => inaccessible(filename, cause)
      }),
      () => Effect.sync(() => rmSync(holderFile(filename), { force: true }))
    )
  })

/** What `node:sqlite` throws. */
export interface SqliteFailure {
  readonly errcode?: number
  readonly message?: string
}

/** Another program, that need not be a service, holds the lock of the file itself. */
export const lockedByAnother = (filename: string): StoreUnusable =>
  new StoreUnusable({
    reason: "Locked",
    message: `${filename} is locked by another program, such as a shell with a transaction that was not ended`
  })

/** Whether SQLite says that somebody else holds a lock. */
export const isBusy = ({ errcode = 0 }: SqliteFailure): boolean => (errcode & 255) === busy

const lock = (path: string): DatabaseSync => {
  writeFileSync(path, "", { flag: "a", mode: 0o600 })
  const database = new DatabaseSync(path)
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** A link leads to the file that another service may have by its own name. */
const realOf = (filename: string): string =>
  Option.getOrElse(Option.liftThrowable(() => realpathSync(filename))(), () => filename)

const inodeLock = (filename: string): string => {
  const file = found(filename)
  return join(dirname(realOf(filename)), `.dispatch-${file?.dev}-${file?.ino}.lock`)
}

const holderFile = (filename: string): string => `${realOf(filename)}.pid`

const readHolder = (filename: string): string | undefined =>
  Option.getOrUndefined(Option.liftThrowable(() => readFileSync(holderFile(filename), "utf8").trim())())

const busy = 5
const damaged = new Set([11, 26])

/** Why a file cannot be used. */
export const refusal = (filename: string, cause: SqliteFailure): StoreUnusable => {
  if (cause instanceof ForeignFile) {
    return new StoreUnusable({
      reason: "Inaccessible",
      message: `${filename} is an SQLite file of another program (${cause.message}); it was left as it is`
    })
  }
  const code = (cause.errcode ?? 0) & 255
  if (isBusy(cause)) {
    const holder = readHolder(filename)
    const who = holder === undefined ? "another process" : `process ${holder}`
    return new StoreUnusable({ reason: "Locked", message: `${filename} is in use by ${who}` })
  }
  if (damaged.has(code)) {
    return new StoreUnusable({
      reason: "Damaged",
      message: `${filename} is damaged or is not a dispatch store (${findingOf(cause)}); it was left as it is`
    })
  }
  return inaccessible(filename, cause)
}

/** What SQLite found, in one line, without the heading that its checks put above it. */
const findingOf = ({ message = "" }: SqliteFailure): string =>
  message
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("***"))
    .join("; ")

/** A file that cannot be opened, for another reason. */
export const inaccessible = (filename: string, cause: unknown): StoreUnusable =>
  new StoreUnusable({
    reason: "Inaccessible",
    message: `${filename} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`
  })
