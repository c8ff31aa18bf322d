/**
 * Locks of the operating system: they go with their process, however that ends, and hold between containers as well,
 * where a process id proves nothing. They are SQLite's: Node offers no others.
 *
 * The modules of Node are asked for at run time, so that the core runs, without locks, where there is no Node.
 */
import { Effect, Predicate, type Scope } from "effect"
import * as Thrown from "../../Thrown.ts"

/** The holder of a lock, as other processes see it. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
}

interface Database {
  readonly exec: (sql: string) => void
  readonly close: () => void
}

/** Absent where there are no processes. */
export const ownHolder = (): LockHolder | undefined => {
  const pid = globalThis.process?.pid
  const host = globalThis.process?.getBuiltinModule?.("node:os")?.hostname()
  return pid === undefined || host === undefined ? undefined : { pid, host }
}

/** The outcome of an attempt: held until the scope is closed; held by another; or there are no locks, and why. */
export type Attempt =
  | { readonly _tag: "Held" }
  | { readonly _tag: "Taken" }
  | { readonly _tag: "Impossible"; readonly why: string }

/** SQLite's error code for a file that another has locked. */
const busy = 5

/** `Together`: others that also ask for this may hold it too. */
export type Sharing = "Alone" | "Together"

/** A shared lock is held by a read. */
const begin: { readonly [sharing in Sharing]: string } = {
  Alone: "BEGIN EXCLUSIVE",
  Together: "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1"
}

/** Takes the lock of a file, which is made if need be, if it is free. */
export const attempt = (path: string, sharing: Sharing): Effect.Effect<Attempt, never, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const { attempt, database } = open(path, sharing)
      if (database !== undefined) yield* Effect.addFinalizer(() => Effect.sync(() => database.close()))
      return attempt
    })
  )

const open = (
  path: string,
  sharing: Sharing
): { readonly attempt: Attempt; readonly database?: Database } => {
  const sqlite = globalThis.process?.getBuiltinModule?.("node:sqlite")
  if (sqlite === undefined) {
    return { attempt: { _tag: "Impossible", why: "it takes Node 22.13 or later, for its SQLite" } }
  }
  let database: Database | undefined
  try {
    database = new sqlite.DatabaseSync(path, { timeout: 0 })
    database.exec(begin[sharing])
    return { attempt: { _tag: "Held" }, database }
  } catch (error) {
    database?.close()
    const errcode = Predicate.hasProperty(error, "errcode") ? Number(error.errcode) : 0
    if ((errcode & 255) === busy) return { attempt: { _tag: "Taken" } }
    return { attempt: { _tag: "Impossible", why: Thrown.messageOf(error) } }
  }
}
