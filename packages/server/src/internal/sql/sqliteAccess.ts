/** Access to the file of a store, which holds secrets: for its owner alone. */
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname } from "node:path"
import { Effect } from "effect"
import { indexOf, logOf, realOf } from "./sqliteNames.ts"

/** Makes the file, and its folder, if there are none. */
export const make = (filename: string): void => {
  mkdirSync(dirname(filename), { recursive: true, mode: 0o700 })
  writeFileSync(filename, "", { flag: "a", mode: 0o600 })
}

/** The folder that is made by default. Other folders are the operator's, and may hold more. */
const ownFolder = ".dispatch"

/** Takes access away from others, left open by an earlier version or a person, and reports it. */
export const tighten = (filename: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const file = realOf(filename)
    const folder = dirname(file)
    const all = [...(basename(folder) === ownFolder ? [folder] : []), file, logOf(file), indexOf(file)]
    return Effect.forEach(all, tightenOne, { discard: true })
  })

const tightenOne = (path: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777
    if ((mode & 0o077) === 0) return Effect.void
    const open = `${path} was open to others (${mode.toString(8)})`
    return Effect.try({ try: () => chmodSync(path, mode & 0o700), catch: String }).pipe(
      Effect.matchEffect({
        onFailure: (why) => Effect.logWarning(`${open} and stays so, although it holds secrets: ${why}`),
        onSuccess: () => Effect.logWarning(`${open}: it is its owner's alone from now on`)
      })
    )
  })
