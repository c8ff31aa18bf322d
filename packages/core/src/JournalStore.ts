/**
 * The port of journals: where the entries of sites are kept, and read again.
 *
 * @since 0.1.0
 */
import { Array as Arrays, Effect, Random, Schema, type Scope, type Stream } from "effect"
import type { JournalEntry } from "./JournalEntry.ts"
import type { MicrogridId } from "./MicrogridId.ts"

/**
 * The length of a reporter's name, in characters. A longer one is refused. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reporterNameMax = 256

/**
 * The fault of a name for people, under which a service would take no report.
 *
 * @category guards
 * @since 0.1.0
 */
export const reporterNameFault = (name: string): string | undefined => {
  if (name === "" || name.length > reporterNameMax) {
    return `has ${name.length} characters, must be from 1 to ${reporterNameMax}`
  }
  if (!name.isWellFormed()) return "has half of a character"
  return /\p{Cc}/u.test(name) ? "has a control character, such as a line break" : undefined
}

/**
 * The author of a journal: a random id, made with the journal, and a name for people. The owners of a microgrid of a
 * fleet are one author.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reporter = Schema.Struct({
  id: Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/)),
  name: Schema.String.check(Schema.isMaxLength(reporterNameMax))
})

/**
 * The author of a journal.
 *
 * @category models
 * @since 0.1.0
 */
export type Reporter = typeof Reporter.Type

/**
 * A new reporter of a name.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { JournalStore } from "@effect-dispatch/core"
 * import { Effect } from "effect"
 *
 * const [one, other] = await Effect.runPromise(
 *   Effect.all([JournalStore.makeReporter("plant 7"), JournalStore.makeReporter("plant 7")])
 * )
 * assert.strictEqual(one.name, other.name)
 * assert.notStrictEqual(one.id, other.id)
 * ```
 *
 * @see BEHAVIOUR J4
 * @category constructors
 * @since 0.1.0
 */
export const makeReporter = (name: string): Effect.Effect<Reporter> =>
  Effect.map(Effect.all(Arrays.makeBy(4, () => Random.nextInt)), (numbers) => ({
    id: numbers.map((number) => (number >>> 0).toString(16).padStart(8, "0")).join(""),
    name
  }))

/**
 * A journal could not be opened, read or written. `message` says which, and why.
 *
 * @category errors
 * @since 0.1.0
 */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  message: Schema.String
}) {}

/**
 * The place of an entry in the order of a journal: after all of earlier epochs, and after those of lower numbers.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalPosition {
  readonly epoch: bigint
  readonly number: bigint
}

/**
 * The journal of one microgrid, opened for one actor. Only it appends, one call after the other, with rising numbers.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalStore {
  readonly reporter: Reporter
  /** The epoch of the actor, and the last number in it that is taken. */
  readonly last: JournalPosition
  /** Writes entries. After a failure some of them may be there: writing them again changes nothing. */
  readonly append: (entries: ReadonlyArray<JournalEntry>) => Effect.Effect<void, JournalError>
  /** The first entries after a place, in order; none, if there are no more. */
  readonly after: (
    position: JournalPosition,
    limit: number
  ) => Effect.Effect<ReadonlyArray<JournalEntry>, JournalError>
}

/**
 * A place for journals.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalPlace {
  /** The place, for people. */
  readonly place: string
  /** Starts and stops, where they come into the journal in another way: the actor does not write them. */
  readonly edges?:
    | {
        /** Gives the numbers of entries, among those of starts and stops. Without edges, numbers follow each other. */
        readonly nextNumber: () => bigint
        /** The places up to which starts and stops can be read by now. */
        readonly written: Stream.Stream<JournalPosition>
      }
    | undefined
  /** Opens the journal of a microgrid for one actor, for the life of the scope. */
  readonly open: (microgridId: MicrogridId) => Effect.Effect<JournalStore, JournalError, Scope.Scope>
}

/**
 * Tells whether one place comes after another.
 *
 * @category queries
 * @since 0.1.0
 */
export const isAfter = (one: JournalPosition, other: JournalPosition): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.number > other.number)

/**
 * The place before all entries.
 *
 * @category constructors
 * @since 0.1.0
 */
export const beginning: JournalPosition = { epoch: 0n, number: 0n }

/**
 * The entries after a place, and where some are missing one that says how many, in a journal whose numbers follow each
 * other from 1 in each epoch. Without a place nothing is missing before the first of them.
 *
 * @see BEHAVIOUR J4
 * @category combinators
 * @since 0.1.0
 */
export const withLost = (
  entries: ReadonlyArray<JournalEntry>,
  after: JournalPosition | undefined
): ReadonlyArray<JournalEntry> => {
  let previous = after
  return entries.flatMap((entry) => {
    const missing = previous === undefined ? 0n : missingBetween(previous, entry)
    previous = entry
    if (missing === 0n) return [entry]
    const event = { _tag: "Lost" as const, count: Number(missing) }
    return [{ ...entry, number: entry.number - 1n, event }, entry]
  })
}

/** Of an epoch that has ended nobody knows how many it had. */
const missingBetween = (previous: JournalPosition, { epoch, number }: JournalPosition): bigint =>
  number - 1n - (epoch === previous.epoch ? previous.number : 0n)
