/** Reporters: each journal is made with a random one. */
import { Effect, Random } from "effect"
import type { Reporter } from "../../JournalStore.ts"

/** A new reporter of a name. */
export const makeReporter = (name: string): Effect.Effect<Reporter> =>
  Effect.map(Effect.all(Array.from({ length: 4 }, () => Random.nextInt)), (numbers) => ({
    id: numbers.map((number) => (number >>> 0).toString(16).padStart(8, "0")).join(""),
    name
  }))
