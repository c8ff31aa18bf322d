/**
 * Finds the service that has a file, by what the file is and not by its name. A service keeps its lock file open for as
 * long as its store, with a mark of the file in it. Linux tells of the open files of processes, as far as this one may
 * look at them.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import { Option } from "effect"
import { lockFileOf } from "./sqliteNames.ts"

/** Writes into a lock file whose it is. On a full disc it stays without. */
export const mark = (lock: DatabaseSync, filename: string): void => {
  const wanted = markOf(filename)
  attempt(() => {
    const found = lock.prepare("PRAGMA user_version").get()?.["user_version"]
    if (found !== wanted) lock.exec(`PRAGMA journal_mode = MEMORY; PRAGMA user_version = ${wanted}`)
  })
}

/** The process of a service that has this file by a lock file that is not the one beside it. */
export const strangerTo = (filename: string): string | undefined => {
  const store = identityOf(filename)
  const own = identityOf(lockFileOf(filename))
  if (store === undefined) return undefined
  const wanted = markOf(filename)
  return others().find((pid) => {
    const open = openFilesOf(pid)
    const locks = open.filter(({ name, path }) => lockNames.test(name) && readMark(path) === wanted)
    return (
      locks.length > 0 &&
      locks.every(({ path }) => identityOf(path) !== own) &&
      open.some(({ path }) => identityOf(path) === store)
    )
  })
}

const lockNames = /\.lock( \(deleted\))?$/

interface OpenedFile {
  /** The place of the file, as far as it still has one. */
  readonly name: string
  /** The way to it also when it has none. */
  readonly path: string
}

/** Other processes: to close a file that this one has locked would end the lock. */
const others = (): ReadonlyArray<string> =>
  (attempt(() => readdirSync("/proc")) ?? []).filter(
    (name) => /^\d+$/.test(name) && name !== `${process.pid}`
  )

const openFilesOf = (pid: string): ReadonlyArray<OpenedFile> => {
  const folder = `/proc/${pid}/fd`
  return (attempt(() => readdirSync(folder)) ?? []).flatMap((each) => {
    const path = `${folder}/${each}`
    const name = attempt(() => readlinkSync(path))
    return name?.startsWith("/") === true ? [{ name, path }] : []
  })
}

/** A text that two names share if, and only if, they lead to the same file. */
const identityOf = (path: string): string | undefined => {
  const found = attempt(() => statSync(path, { bigint: true }))
  return found === undefined ? undefined : `${found.dev}:${found.ino}`
}

/** The mark of a file: the end of its number, in 31 bits. */
const markOf = (filename: string): number =>
  Number(BigInt.asUintN(31, attempt(() => statSync(filename, { bigint: true }).ino) ?? 0n))

/** The mark in a lock file: SQLite has its user version there. */
const readMark = (path: string): number | undefined =>
  attempt(() => {
    const file = openSync(path, "r")
    try {
      const bytes = Buffer.alloc(4)
      return readSync(file, bytes, 0, 4, 60) === 4 ? bytes.readUInt32BE() : undefined
    } finally {
      closeSync(file)
    }
  })

/** Processes end and files go while they are looked at. */
const attempt = <A>(look: () => A): A | undefined => Option.getOrUndefined(Option.liftThrowable(look)())
