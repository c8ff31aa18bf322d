/**
 * What an actor knows and has announced, kept across restarts of its process. Rules S10 and R11.
 *
 * Without it, an actor that starts while the service cannot be reached knows nothing, and a stop that fell into the time
 * when no process ran is not published.
 *
 * @since 0.1.0
 */
import { Context, Effect, FileSystem, Layer, Option, Path, type PlatformError, Schema } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"

/**
 * Another has taken over: a store whose `KeyValueStoreError` has this as its `cause` refuses for good, and the actor ends
 * without being started again. `message` says who has taken over, or why.
 *
 * @category errors
 * @since 0.1.0
 */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { message: Schema.String }) {}

/**
 * Where dispatching actors keep what they know: nowhere unless set.
 *
 * An announced run is written down before its `Running` is published and struck out after its `Stopped`, so that a
 * crash can lead to one stop too many, never to one too few. A command is written down before it is executed.
 *
 * @category references
 * @since 0.1.0
 */
export const SitePersistence = Context.Reference<Option.Option<KeyValueStore.KeyValueStore>>(
  "@effect-dispatch/core/SitePersistence",
  { defaultValue: () => Option.none() }
)

/**
 * Keeps what actors know in the `KeyValueStore` at hand. A store whose `set` is not atomic risks what it was about to
 * write: a value that is found damaged is reported and set aside.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, KeyValueStore.KeyValueStore> = Layer.effect(
  SitePersistence,
  Effect.asSome(KeyValueStore.KeyValueStore)
)

/**
 * Keeps what actors know in files of a directory, which is made if need be. A file is replaced as a whole and on disk
 * before it counts as written.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFiles = (
  directory: string
): Layer.Layer<never, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> =>
  layer.pipe(Layer.provide(Layer.effect(KeyValueStore.KeyValueStore, makeFiles(directory))))

const makeFiles = Effect.fnUntraced(function* (directory: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* files.makeDirectory(directory, { recursive: true })

  const fileOf = (key: string) => path.join(directory, `${encodeURIComponent(key)}.json`)
  const keyOf = (file: string) => decodeURIComponent(file.slice(0, -".json".length))
  const failed = (method: string, key?: string) => (cause: PlatformError.PlatformError) =>
    new KeyValueStore.KeyValueStoreError({
      method,
      ...(key === undefined ? {} : { key }),
      message: cause.message,
      cause
    })

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
    Effect.map((names) => names.filter((name) => name.endsWith(".json")).map(keyOf)),
    Effect.mapError(failed("keys"))
  )

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
