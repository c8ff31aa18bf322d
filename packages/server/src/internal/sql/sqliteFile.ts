/**
 * Whether the file of a store is still the one that was opened. SQLite does not notice that a file was removed or
 * replaced: it goes on to write into what has no name any more.
 */
import { statSync } from "node:fs"
import { Effect, type Scope } from "effect"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import type { Transact } from "./groupCommit.ts"

/** What identifies a file, whatever it is called. */
interface Identity {
  readonly device: bigint
  readonly inode: bigint
  readonly names: bigint
}

/** What identifies the file of this name, if there is one. */
export const identityOf = (filename: string): Identity | undefined => {
  const found = statSync(filename, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : { device: found.dev, inode: found.ino, names: found.nlink }
}

/** Why a file with several names is not used: another service could have it by one of them, with a -wal of its own. */
export const severalNames = (filename: string): string =>
  `${filename} has another name, a hard link, by which another program may use it: remove one of the two`

/** Looks at the file that was opened just now. It fails once that is not what its name leads to; says so at the end. */
export const watch = (filename: string): Effect.Effect<OpenFile, never, Scope.Scope> =>
  Effect.suspend(() => {
    const opened = [filename, `${filename}-wal`].map((name) => ({ name, identity: identityOf(name) }))
    const verify = Effect.suspend(() => {
      const fault = opened.map(({ identity, name }) => faultOf(name, identity)).find((found) => found !== "")
      return fault === undefined ? Effect.void : Effect.fail(failed(fault))
    })
    const confess = Effect.catch(verify, ({ message }) =>
      Effect.logError(`${message}. What was written since it happened may be lost`)
    )
    return Effect.as(
      Effect.addFinalizer(() => confess),
      { verify }
    )
  })

/** A file that is in use. */
export interface OpenFile {
  /** Fails while its name leads to another file, or to none. */
  readonly verify: Effect.Effect<void, SqlError>
}

/**
 * Acknowledges nothing that went elsewhere, and writes no more once something has, until the file is back. It looks once
 * a transaction, after it: looking costs as much as a small write.
 */
export const guarded = (transact: Transact, verify: Effect.Effect<void, SqlError>): Transact => {
  let isSound = true
  const look = Effect.onExit(verify, ({ _tag }) =>
    Effect.sync(() => {
      isSound = _tag === "Success"
    })
  )
  const before = Effect.suspend(() => (isSound ? Effect.void : look))
  return (write) => Effect.andThen(before, Effect.tap(transact(write), look))
}

/** What is wrong, or nothing. A file that was not there at first has nothing to be compared with. */
const faultOf = (name: string, opened: Identity | undefined): string => {
  if (opened === undefined) return ""
  const present = identityOf(name)
  if (present === undefined) return `${name} was removed while it was in use`
  if (present.device !== opened.device || present.inode !== opened.inode)
    return `${name} was replaced while it was in use`
  return present.names > 1n ? severalNames(name) : ""
}

const failed = (message: string) =>
  new SqlError({ reason: new UnknownError({ cause: new Error(message), message, operation: "verify" }) })
