/**
 * Checks that the file of a store is still the one that was opened, and that only SQLite has written it. SQLite notices
 * neither a removed or replaced file nor an overwritten one: it goes on writing into a file without a name, or behind a
 * hole.
 */
import { type BigIntStats, closeSync, existsSync, openSync, readSync, statSync } from "node:fs"
import { Effect, type Scope } from "effect"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import * as Content from "./sqliteContent.ts"
import type { LogIndex } from "./sqliteContent.ts"
import { indexOf, lockFileOf, logOf } from "./sqliteNames.ts"

/** The file under a name, if any: what identifies it under any name, and when it was written. */
const found = (name: string): BigIntStats | undefined =>
  statSync(name, { bigint: true, throwIfNoEntry: false })

/**
 * The reason against a file with several names: another service could have it by one of them, with a -wal of its own.
 */
const severalNames = (filename: string): string =>
  `${filename} has another name, a hard link, by which another program may use it: remove one of the two`

/** A file that is in use. */
export interface OpenFile {
  /** Fails while a name leads to another file, or to none, and for good once another program has overwritten one. */
  readonly verify: Effect.Effect<void, SqlError>
  /**
   * Fails if that has failed and still does: the looks of writers are enough for readers. Only the index is looked at
   * each time: with a broken one, SQLite would try to read for ten seconds, on this thread.
   */
  readonly usable: Effect.Effect<void, SqlError>
  /** True if the next write begins the log anew, by the last look. */
  readonly isLogOver: () => boolean
}

/** A file that nobody watches. */
export const unwatched: OpenFile = { verify: Effect.void, usable: Effect.void, isLogOver: () => false }

/**
 * Closes files at the end of the scope. On most systems a process that closes a file loses all its locks on it, so they
 * are closed after every connection: this comes before the connections are made.
 */
export const closedLast: Effect.Effect<Array<number>, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync((): Array<number> => []),
  (files) => Effect.sync(() => files.forEach((file) => closeSync(file)))
)

/** Watches a file that was opened just now, with its log and the index of that, by files that are closed at the end. */
export const watch = (filename: string, closedLast: Array<number>): OpenFile => {
  const watched = new Watched(filename, closedLast)
  let isSound = true
  const tried = <A>(look: () => A) =>
    Effect.try({ try: look, catch: (cause) => failed((cause as Error).message) })
  const look = tried(() => watched.look())
  const verify = Effect.flatMap(look, (fault) =>
    fault === undefined ? Effect.void : Effect.fail(failed(fault))
  ).pipe(
    Effect.onExit(({ _tag }) =>
      Effect.sync(() => {
        isSound = _tag === "Success"
      })
    )
  )
  const indexed = Effect.flatten(tried(() => (watched.isIndexed ? Effect.void : verify)))
  return {
    verify,
    usable: Effect.suspend(() => (isSound ? indexed : verify)),
    isLogOver: () => watched.isLogOver
  }
}

/** Reports at the end what has become of a file that is not sound any more. */
export const confess = ({ verify }: OpenFile): Effect.Effect<void> =>
  Effect.catch(verify, ({ message }) =>
    Effect.logError(`${message}. What was written since it happened may be lost`)
  )

/** Most readings of the index while somebody writes it. */
const looksMax = 20
/** Most of them while it does not change: some 5 ms, and to write it takes less than a microsecond. */
const stillLooksMax = 2_000

/** The file at the last look, and the index just before. */
interface Sight {
  readonly index: LogIndex
  readonly file: BigIntStats | undefined
}

/** The files, as they were at the last look. */
class Watched {
  readonly #names: ReadonlyArray<string>
  readonly #opened: ReadonlyArray<BigIntStats | undefined>
  readonly #log: number
  readonly #index: number
  readonly #read = Buffer.alloc(Content.indexBytes)
  readonly #mark = Buffer.alloc(Content.markBytes)
  #seen: Sight | undefined
  #latest: LogIndex | undefined
  /** The damage that another program did to the content, which is final. */
  #overwritten: string | undefined

  constructor(filename: string, closedLast: Array<number>) {
    const lock = lockFileOf(filename)
    // Without its lock file, another service may take the file as well.
    const locks = existsSync(lock) ? [lock] : []
    this.#names = [filename, logOf(filename), indexOf(filename), ...locks]
    const [, log = "", index = ""] = this.#names
    this.#log = openSync(log, "r")
    this.#index = openSync(index, "r")
    closedLast.push(this.#log, this.#index)
    this.#opened = this.#names.map(found)
    this.look()
  }

  get isLogOver(): boolean {
    return this.#latest !== undefined && Content.isOver(this.#latest)
  }

  /** True if the index can be read at once. */
  get isIndexed(): boolean {
    this.#loadIndex()
    return Content.isIndex(this.#read)
  }

  /** The fault, if there is one. */
  look(): string | undefined {
    const index = this.#readIndex()
    this.#latest = index ?? this.#latest
    const present = this.#names.map(found)
    for (const [at, name] of this.#names.entries()) {
      const fault = faultOf(name, this.#opened[at], present[at])
      if (fault !== undefined) return fault
    }
    // If somebody writes the index all the time, the next look will tell.
    if (index !== undefined) this.#overwritten ??= this.#lookInside({ index, file: present[0] })
    return this.#overwritten
  }

  #lookInside(sight: Sight): string | undefined {
    const [filename = "", log = ""] = this.#names
    if (!this.#isLogWhole(sight.index)) return overwritten(log)
    const before = this.#seen
    this.#seen = sight
    if (before === undefined || isUnwritten(before.file, sight.file)) return undefined
    return Content.wasMoved(before.index, this.#readIndex() ?? sight.index)
      ? undefined
      : overwritten(filename)
  }

  /** Nothing if somebody writes the index all the time. */
  #readIndex(): LogIndex | undefined {
    let first: Buffer | undefined
    let isStill = true
    for (let looks = 0; looks < looksMax || (isStill && looks < stillLooksMax); looks++) {
      const index = this.#readIndexOnce()
      if (index !== undefined) return index
      isStill &&= first === undefined || first.equals(this.#read)
      first ??= Buffer.from(this.#read)
    }
    if (isStill) throw new Error(indexBroken(this.#names[2] ?? "", "overwritten"))
    return undefined
  }

  #readIndexOnce(): LogIndex | undefined {
    this.#loadIndex()
    return Content.readIndex(this.#read)
  }

  #loadIndex(): void {
    const bytes = readSync(this.#index, this.#read, 0, Content.indexBytes, 0)
    if (bytes < Content.indexBytes) throw new Error(indexBroken(this.#names[2] ?? "", "cut off"))
  }

  /**
   * Another program may begin the log anew between two looks, so a mismatch counts only if the index stays as it is.
   */
  #isLogWhole(first: LogIndex): boolean {
    let index = first
    for (let looks = 0; looks < looksMax; looks++) {
      if (this.#fits(index)) return true
      const again = this.#readIndex()
      if (again === undefined) return true
      if (again.salts === index.salts && again.frames === index.frames) return false
      index = again
    }
    return true
  }

  /** A log that was cut off has nothing in the place of its last page. */
  #fits(index: LogIndex): boolean {
    if (index.frames === 0) return true
    this.#mark.fill(0)
    readSync(this.#log, this.#mark, 0, Content.markBytes, Content.lastMarkAt(index))
    return Content.isMarked(index, this.#mark)
  }
}

const isUnwritten = (before: BigIntStats | undefined, after: BigIntStats | undefined): boolean =>
  before?.mtimeNs === after?.mtimeNs && before?.size === after?.size

const overwritten = (name: string): string =>
  `${name} was overwritten by another program while it was in use: stop the service, and restore a backup`

/** The index can be made anew from the log, and is by the next start. */
const indexBroken = (name: string, how: "cut off" | "overwritten"): string =>
  `${name} was ${how} by another program while it was in use: start the service again, which makes it anew`

/** The fault of the file under a name, if there is one. */
const faultOf = (
  name: string,
  opened: BigIntStats | undefined,
  present: BigIntStats | undefined
): string | undefined => {
  if (present === undefined) return `${name} was removed while it was in use`
  if (present.dev !== opened?.dev || present.ino !== opened.ino)
    return `${name} was replaced while it was in use`
  return present.nlink > 1n ? severalNames(name) : undefined
}

const failed = (message: string) =>
  new SqlError({ reason: new UnknownError({ cause: new Error(message), message, operation: "verify" }) })
