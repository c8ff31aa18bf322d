/**
 * One service per SQLite file. The lock is the operating system's, on a file beside it, so it goes with the process,
 * however that ends; the file itself stays open to others, to administer keys and to make backups.
 */
import { readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { Effect, Option, type Scope } from "effect"
import { StoreUnusable } from "../../DispatchStore.ts"

/** Takes the lock for the life of the scope, or says which process holds it. */
export const hold = (filename: string): Effect.Effect<void, StoreUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.try({
        try: () => lock(`${realOf(filename)}.lock`),
        catch: (cause) => refusal(filename, cause as SqliteFailure)
      }),
      (database) => Effect.sync(() => database.close())
    )
    yield* Effect.acquireRelease(
      Effect.try({
        try: () => writeFileSync(holderFile(filename), `${process.pid}\n`),
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

const lock = (path: string): DatabaseSync => {
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

const holderFile = (filename: string): string => `${realOf(filename)}.pid`

const readHolder = (filename: string): string | undefined =>
  Option.getOrUndefined(Option.liftThrowable(() => readFileSync(holderFile(filename), "utf8").trim())())

const busy = 5
const damaged = new Set([11, 26])

/** Why a file cannot be used. */
export const refusal = (filename: string, cause: SqliteFailure): StoreUnusable => {
  const code = (cause.errcode ?? 0) & 255
  if (code === busy) {
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
