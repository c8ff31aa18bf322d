/** The names of a store and of what lies beside it. SQLite follows a link first, and so does all that looks there. */
import { realpathSync } from "node:fs"
import { Option } from "effect"

/** The file that a link leads to: another service may have it by its own name. */
export const realOf = (filename: string): string =>
  Option.getOrElse(Option.liftThrowable(() => realpathSync(filename))(), () => filename)

/** The log of SQLite. */
export const logOf = (filename: string): string => `${realOf(filename)}-wal`

/** The index of the log. */
export const indexOf = (filename: string): string => `${realOf(filename)}-shm`

/** The file that a service has locked for as long as it has a store. */
export const lockFileOf = (filename: string): string => `${realOf(filename)}.lock`

/** The file that tells its process. */
export const holderFileOf = (filename: string): string => `${realOf(filename)}.pid`
