/** Records in files of a directory: one each, replaced as a whole, and on disk before it counts as written. */
import { Effect, FileSystem, Option, Path, type PlatformError } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { namesOf } from "./recordShelf.ts"

/** The name of the file of a key. */
const nameOf = (key: string): string => `${encodeURIComponent(key)}.json`

/** The key of a file, if the file is one that this store writes. */
const keyOf = (name: string): string | undefined => {
  if (!name.endsWith(".json")) return undefined
  const key = Option.getOrUndefined(Option.liftThrowable(decodeURIComponent)(name.slice(0, -".json".length)))
  return key !== undefined && nameOf(key) === name ? key : undefined
}

/** The files that belong beside the records: drafts, locks, the names of their holders, and journals. */
const besidesPattern =
  /^(?:.*\.json\.draft|microgrid-\d+\.(?:lock|holder)(?:-journal)?|lock(?:-journal)?|journal-\d+)$/

/** Records of microgrids. */
const recordPattern = /^microgrid-\d+\//

const isOurs = (name: string): boolean => {
  const key = keyOf(name)
  return key === undefined ? besidesPattern.test(name) : recordPattern.test(key)
}

const failed = (method: string, key?: string) => (cause: PlatformError.PlatformError) =>
  new KeyValueStore.KeyValueStoreError({
    method,
    ...(key === undefined ? {} : { key }),
    message: cause.message,
    cause
  })

/** A store in a directory, which is made if need be. It warns once of foreign names in it. */
export const make = Effect.fnUntraced(function* (
  directory: string
): Effect.fn.Return<
  KeyValueStore.KeyValueStore,
  PlatformError.PlatformError,
  FileSystem.FileSystem | Path.Path
> {
  const files = yield* FileSystem.FileSystem
  yield* files.makeDirectory(directory, { recursive: true, mode: 0o700 })
  const records = new Records(directory, files, yield* Path.Path)
  return KeyValueStore.make({
    get: (key) =>
      Effect.map(records.read("get", key), (bytes) =>
        bytes === undefined ? undefined : new TextDecoder().decode(bytes)
      ),
    getUint8Array: (key) => records.read("getUint8Array", key),
    set: (key, value) =>
      records.replace(key, typeof value === "string" ? new TextEncoder().encode(value) : value),
    remove: (key) => records.remove(key),
    clear: Effect.flatMap(records.keys, (all) =>
      Effect.forEach(all, (key) => records.remove(key), { discard: true })
    ),
    keys: records.keys,
    size: Effect.map(records.keys, (all) => all.length)
  })
})

type StoreError = KeyValueStore.KeyValueStoreError

/** The files of a directory. */
class Records {
  readonly #directory: string
  readonly #files: FileSystem.FileSystem
  readonly #path: Path.Path
  /** Foreign names that were warned of. */
  readonly #warned = new Set<string>()

  constructor(directory: string, files: FileSystem.FileSystem, path: Path.Path) {
    this.#directory = directory
    this.#files = files
    this.#path = path
  }

  get keys(): Effect.Effect<Array<string>, StoreError> {
    return this.#files.readDirectory(this.#directory).pipe(
      Effect.mapError(failed("keys")),
      Effect.tap((names) => this.#warnOf(names.filter((name) => !isOurs(name)))),
      Effect.map((names) => names.flatMap((name) => keyOf(name) ?? []))
    )
  }

  read(method: string, key: string): Effect.Effect<Uint8Array | undefined, StoreError> {
    return this.#files.readFile(this.#fileOf(key)).pipe(
      Effect.catchReason("PlatformError", "NotFound", () => Effect.undefined),
      Effect.mapError(failed(method, key))
    )
  }

  replace(key: string, bytes: Uint8Array): Effect.Effect<void, StoreError> {
    const file = this.#fileOf(key)
    const draft = `${file}.draft`
    return this.#files
      .writeFile(draft, bytes)
      .pipe(
        Effect.andThen(this.#sync(draft)),
        Effect.andThen(this.#files.rename(draft, file)),
        Effect.andThen(this.#sync(this.#directory)),
        Effect.mapError(failed("set", key))
      )
  }

  remove(key: string): Effect.Effect<void, StoreError> {
    return Effect.mapError(this.#files.remove(this.#fileOf(key), { force: true }), failed("remove", key))
  }

  #fileOf(key: string): string {
    return this.#path.join(this.#directory, nameOf(key))
  }

  #sync(file: string): Effect.Effect<void, PlatformError.PlatformError> {
    return Effect.scoped(Effect.flatMap(this.#files.open(file, { flag: "r" }), (opened) => opened.sync))
  }

  #warnOf(foreign: ReadonlyArray<string>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const unknown = foreign.filter((name) => !this.#warned.has(name))
      for (const name of unknown) this.#warned.add(name)
      const news = yield* Effect.filter(unknown, (name) => this.#mayBeMistaken(name))
      if (news.length === 0) return
      yield* Effect.logWarning(
        `Left alone in ${this.#directory}, since it is none of what is kept there: ${namesOf(news)}`
      )
    })
  }

  /** True unless it is a directory without the name of a record: that may be the place of a journal. */
  #mayBeMistaken(name: string): Effect.Effect<boolean> {
    if (name.endsWith(".json")) return Effect.succeed(true)
    return this.#files.stat(this.#path.join(this.#directory, name)).pipe(
      Effect.map(({ type }) => type !== "Directory"),
      Effect.orElseSucceed(() => true)
    )
  }
}
