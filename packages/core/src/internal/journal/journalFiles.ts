/**
 * Journals in files. A directory for each microgrid has the reporter, and segments: a new one each day, and when one is
 * full. Segments are named after their day and their first number.
 */
import { type Context, DateTime, Effect, FileSystem, Option, Path, Schema, type Scope } from "effect"
import type * as PlatformError from "effect/PlatformError"
import type { JournalEntry } from "../../JournalEntry.ts"
import {
  JournalError,
  type JournalPlace,
  type JournalStore,
  makeReporter,
  Reporter,
  withLost
} from "../../JournalStore.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { MicrogridTaken } from "../../MicrogridTaken.ts"
import * as MicrogridLock from "../site/microgridLock.ts"
import { linesOf, newLine } from "./journalText.ts"
import { joined, lastNumberIn, SegmentEntries, type Stop } from "./segmentEntries.ts"
import { type Segment, Segments, segmentOf } from "./segments.ts"

export interface FilesOptions {
  readonly directory: string
  readonly name: string
  readonly daysMax?: number | undefined
  readonly bytesMax?: number | undefined
}

export const make = (
  options: FilesOptions,
  context: Context.Context<FileSystem.FileSystem | Path.Path>
): JournalPlace => ({
  place: options.directory,
  open: (microgridId) =>
    open(options, microgridId).pipe(
      Effect.provideContext(context),
      Effect.mapError(({ message }) => new JournalError({ message }))
    )
})

type Failure = PlatformError.PlatformError | MicrogridTaken

const open = Effect.fnUntraced(function* (
  { bytesMax, daysMax, directory, name }: FilesOptions,
  microgridId: MicrogridId
): Effect.fn.Return<JournalStore, Failure, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const own = path.join(directory, `journal-${microgridId}`)
  yield* files.makeDirectory(own, { recursive: true, mode: 0o700 })
  yield* MicrogridLock.hold(own, microgridId)
  const found = (yield* files.readDirectory(own)).flatMap((file) => segmentOf(file) ?? [])
  const sized = yield* Effect.forEach(found, (segment) =>
    Effect.map(files.stat(path.join(own, segment.name)), ({ size }) => ({ ...segment, bytes: Number(size) }))
  )
  const segments = new Segments(sized, { daysMax, bytesMax })
  const kept = new SegmentFiles(own, files, path, segments)
  const reporter = yield* kept.reporter(name)
  const number = yield* kept.lastNumber
  return {
    reporter,
    last: { epoch: 0n, number },
    append: (entries) => Effect.mapError(kept.append(entries), toError),
    after: ({ number }, limit) => Effect.mapError(kept.after(number, limit), toError)
  }
})

const toError = ({ message }: PlatformError.PlatformError) => new JournalError({ message })

type Done<A> = Effect.Effect<A, PlatformError.PlatformError>

const ReporterText = Schema.fromJsonString(Reporter)

class SegmentFiles {
  readonly #directory: string
  readonly #files: FileSystem.FileSystem
  readonly #path: Path.Path
  readonly #segments: Segments
  /** The last byte of the newest segment may be no end of a line. */
  #mayBeTorn = true
  /** The place at which the last reader stopped: one that comes again and again reads nothing twice. */
  #stop: Stop & Pick<Segment, "name"> = { name: "", number: 0n, offset: 0 }

  constructor(directory: string, files: FileSystem.FileSystem, path: Path.Path, segments: Segments) {
    this.#directory = directory
    this.#files = files
    this.#path = path
    this.#segments = segments
  }

  /** The reporter of the journal under its present name, made if there is none. */
  reporter(name: string): Done<Reporter> {
    const file = this.#fileOf("reporter.json")
    return Effect.gen({ self: this }, function* () {
      const known = yield* this.#files
        .readFileString(file)
        .pipe(Effect.flatMap(Schema.decodeEffect(ReporterText)), Effect.option)
      if (Option.isSome(known) && known.value.name === name) return known.value
      const reporter = Option.isSome(known) ? { ...known.value, name } : yield* makeReporter(name)
      const draft = `${file}.draft`
      yield* this.#files.writeFileString(draft, JSON.stringify(reporter))
      yield* this.#sync(draft)
      yield* this.#files.rename(draft, file)
      yield* this.#sync(this.#directory)
      return reporter
    })
  }

  /** The number of the last entry that can be read. */
  get lastNumber(): Done<bigint> {
    return Effect.gen({ self: this }, function* () {
      for (const { name } of this.#segments.newestFirst) {
        // All entries of the actor wait until its journal is open, so only the last one is decoded.
        const last = lastNumberIn(yield* this.#files.readFile(this.#fileOf(name)))
        if (last !== undefined) return last
      }
      return 0n
    })
  }

  append(entries: ReadonlyArray<JournalEntry>): Done<void> {
    return Effect.gen({ self: this }, function* () {
      const [first] = entries
      if (first === undefined) return
      const { isNew, segment } = this.#segments.place(first.number, DateTime.formatIsoDateUtc(first.at))
      const lines = linesOf(entries)
      // An empty line is nothing, and ends one that a crash has torn.
      const bytes = this.#mayBeTorn ? joined(Uint8Array.of(newLine), lines) : lines
      this.#mayBeTorn = true
      yield* Effect.scoped(this.#write(segment, bytes))
      if (isNew) yield* this.#sync(this.#directory)
      this.#mayBeTorn = false
      this.#segments.grow(segment, bytes.length)
      for (const old of this.#segments.takeSurplus()) {
        yield* this.#files.remove(this.#fileOf(old.name), { force: true })
      }
    })
  }

  after(number: bigint, limit: number): Done<ReadonlyArray<JournalEntry>> {
    return Effect.gen({ self: this }, function* () {
      const segments = this.#segments.from(number)
      const found: Array<JournalEntry> = []
      for (const segment of segments) {
        found.push(...(yield* this.#read(segment, found.at(-1)?.number ?? number, limit - found.length)))
        if (found.length >= limit) break
      }
      // One who begins has lost nothing of what went before it came.
      const isWhole = number > 0n || (segments[0] !== undefined && segments[0].first === 1n)
      return withLost(found, isWhole ? { epoch: 0n, number } : undefined).slice(0, limit)
    })
  }

  #write(segment: Segment, bytes: Uint8Array): Effect.Effect<void, PlatformError.PlatformError, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const file = yield* this.#files.open(this.#fileOf(segment.name), { flag: "a", mode: 0o600 })
      yield* file.writeAll(bytes)
      yield* file.sync
    })
  }

  /** The first entries of a segment after a number. */
  #read({ name }: Segment, after: bigint, limit: number): Done<ReadonlyArray<JournalEntry>> {
    return Effect.gen({ self: this }, function* () {
      const file = yield* this.#files.open(this.#fileOf(name), { flag: "r" })
      const entries = new SegmentEntries(after, limit, this.#stop.name === name ? this.#stop : undefined)
      yield* file.seek(BigInt(entries.stop.offset), "start")
      while (!entries.isEnough) {
        const piece = yield* file.readAlloc(pieceBytes)
        entries.take(Option.getOrUndefined(piece))
        if (Option.isNone(piece)) break
      }
      this.#stop = { name, ...entries.stop }
      return entries.found
    }).pipe(
      Effect.scoped,
      Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed([]))
    )
  }

  #fileOf(name: string): string {
    return this.#path.join(this.#directory, name)
  }

  #sync(file: string): Done<void> {
    return Effect.scoped(Effect.flatMap(this.#files.open(file, { flag: "r" }), (opened) => opened.sync))
  }
}

/** The bytes that are read at once, and no more: a reader holds up nobody. */
const pieceBytes = 64 * 1_024
