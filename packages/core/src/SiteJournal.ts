/**
 * The journal of a site: what really ran, and what became of it. Section "Journal and reports" of the behaviour.
 *
 * Without a layer of this module an actor keeps no journal.
 *
 * @since 0.1.0
 */
import { Context, Effect, FileSystem, Layer, Option, Path, type Stream } from "effect"
import * as JournalFiles from "./internal/journal/journalFiles.ts"
import * as JournalMemory from "./internal/journal/journalMemory.ts"
import * as OptionChecks from "./internal/port/optionChecks.ts"
import type { JournalEntry } from "./JournalEntry.ts"
import type { JournalError, JournalPlace, JournalPosition, Reporter } from "./JournalStore.ts"
import type { OptionError } from "./Options.ts"

export { journalBytesMax, journalDaysMax, segmentBytesMax } from "./internal/journal/segments.ts"
export {
  aliveInterval,
  groupDelay,
  journalCloseTimeout,
  journalRetryDelay
} from "./internal/journal/journalWriter.ts"
export { groupMax, unwrittenMax } from "./internal/journal/unwrittenEntries.ts"

/**
 * The journal of an actor, to read it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Journal {
  /** The place of the journal, for people. */
  readonly place: string
  /** The author; waits until the journal is open. */
  readonly reporter: Effect.Effect<Reporter>
  /** The first entries after a place, in order; waits until the journal is open. */
  readonly after: (
    position: JournalPosition,
    limit: number
  ) => Effect.Effect<ReadonlyArray<JournalEntry>, JournalError>
  /** The place of the last entry that is written, then of each later one; begins once the journal is open. */
  readonly written: Stream.Stream<JournalPosition>
}

/**
 * The place in which dispatching actors keep their journals: none unless set.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, JournalStore, MicrogridId, RunBook, SiteJournal, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Option } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, journal, microgridId } = yield* Dispatcher.Dispatcher
 *   const target = Target.componentIds(7n)
 *   yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", duration: "20 minutes", target })
 *   yield* TestClock.adjust("1 hour")
 *   const book = new RunBook.RunBook()
 *   const { after } = Option.getOrThrow(journal)
 *   for (const entry of yield* after(JournalStore.beginning, 100)) book.add(entry)
 *   const [run] = book.runs
 *   assert.ok(run?.fate._tag === "Ran" && run.fate.onMillis === 1_200_000)
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide([ServiceClient.layerMemory, SiteJournal.layerMemory]),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.provide(program, Site))
 * ```
 *
 * @see BEHAVIOUR J4
 * @category references
 * @since 0.1.0
 */
export const SiteJournal = Context.Reference<Option.Option<JournalPlace>>(
  "@effect-dispatch/core/SiteJournal",
  { defaultValue: () => Option.none() }
)

/**
 * Keeps journals in the place at hand, such as one in a database.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (place: JournalPlace): Layer.Layer<never> =>
  Layer.succeed(SiteJournal, Option.some(place))

/**
 * Keeps journals in memory, for tests: they last as long as the layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<never> = Layer.effect(
  SiteJournal,
  Effect.sync(() => Option.some(JournalMemory.make()))
)

/**
 * The settings of journals in files.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalFilesOptions {
  /** The directory, which is made if need be. Each microgrid has a directory in it. */
  readonly directory: string
  /** The name of the reporter, for people; that of an existing journal changes with it. */
  readonly name: string
  /** The number of days that are kept: `journalDaysMax` unless given. */
  readonly daysMax?: number | undefined
  /** The size of what is kept of a microgrid, in bytes: `journalBytesMax` unless given. */
  readonly bytesMax?: number | undefined
}

/**
 * Keeps journals in files: a segment a day, or more, of lines with checksums. A group of entries is on disk before it
 * counts as written. One actor at a time appends to the journal of a microgrid. Options that are wrong are an `OptionError`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFiles = (
  options: JournalFilesOptions
): Layer.Layer<never, OptionError, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    SiteJournal,
    checkFiles(options).pipe(
      Effect.andThen(Effect.context<FileSystem.FileSystem | Path.Path>()),
      Effect.map((context) => Option.some(JournalFiles.make(options, context)))
    )
  )

const checkFiles = OptionChecks.checked<JournalFilesOptions>({
  directory: OptionChecks.text,
  name: OptionChecks.reporterName,
  daysMax: OptionChecks.optional(OptionChecks.count),
  bytesMax: OptionChecks.optional(OptionChecks.count)
})
