/** Journals in memory. */
import { Effect } from "effect"
import type { JournalEntry } from "../../JournalEntry.ts"
import {
  beginning,
  isAfter,
  type JournalPlace,
  type JournalPosition,
  makeReporter,
  type Reporter
} from "../../JournalStore.ts"
import type { MicrogridId } from "../../MicrogridId.ts"

interface Kept {
  readonly reporter: Reporter
  readonly entries: Array<JournalEntry>
}

export const make = (): JournalPlace => {
  const journals = new Map<MicrogridId, Kept>()
  return {
    place: "memory",
    open: (microgridId) =>
      Effect.gen(function* () {
        const kept = journals.get(microgridId) ?? { reporter: yield* makeReporter("memory"), entries: [] }
        journals.set(microgridId, kept)
        const { entries, reporter } = kept
        const last = (): JournalPosition => entries.at(-1) ?? beginning
        return {
          reporter,
          last: last(),
          append: (group) =>
            Effect.sync(() => entries.push(...group.filter((entry) => isAfter(entry, last())))),
          after: (position, limit) =>
            Effect.sync(() => entries.filter((entry) => isAfter(entry, position)).slice(0, limit))
        }
      })
  }
}
