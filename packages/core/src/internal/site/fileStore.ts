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

/** The files that belong beside the records: drafts, locks, and the names of their holders. */
const besidesPattern = /^(?:.*\.json\.draft|microgrid-\d+\.(?:lock|holder)(?:-journal)?|lock(?:-journal)?)$/

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
  const path = yield* Path.Path
  const warned = new Set<string>()
  yield* files.makeDirectory(directory, { recursive: true, mode: 0o700 })

  const fileOf = (key: string) => path.join(directory, nameOf(key))
  const sync = (file: string) =>
    Effect.scoped(Effect.flatMap(files.open(file, { flag: "r" }), (opened) => opened.sync))
  const replace = (file: string, bytes: Uint8Array) =>
    Effect.gen(function* () {
      const draft = `${file}.draft`
      yield* files.writeFile(draft, bytes)
      yield* sync(draft)
      yield* files.rename(draft, file)
      yield* sync(directory)
    })
  const read = (method: string, key: string) =>
    files.readFile(fileOf(key)).pipe(
      Effect.catchReason("PlatformError", "NotFound", () => Effect.undefined),
      Effect.mapError(failed(method, key))
    )
  const remove = (key: string) =>
    Effect.mapError(files.remove(fileOf(key), { force: true }), failed("remove", key))
  const keys = files.readDirectory(directory).pipe(
    Effect.mapError(failed("keys")),
    Effect.tap((names) => warnOf(names.filter((name) => !isOurs(name)))),
    Effect.map((names) => names.flatMap((name) => keyOf(name) ?? []))
  )
  const warnOf = (foreign: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      const news = foreign.filter((name) => !warned.has(name))
      for (const name of news) warned.add(name)
      if (news.length === 0) return Effect.void
      return Effect.logWarning(
        `Left alone in ${directory}, since it is none of what is kept there: ${namesOf(news)}`
      )
    })

  return KeyValueStore.make({
    get: (key) =>
      Effect.map(read("get", key), (bytes) =>
        bytes === undefined ? undefined : new TextDecoder().decode(bytes)
      ),
    getUint8Array: (key) => read("getUint8Array", key),
    set: (key, value) => {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value
      return Effect.mapError(replace(fileOf(key), bytes), failed("set", key))
    },
    remove,
    clear: Effect.flatMap(keys, (all) => Effect.forEach(all, remove, { discard: true })),
    keys,
    size: Effect.map(keys, (all) => all.length)
  })
})
