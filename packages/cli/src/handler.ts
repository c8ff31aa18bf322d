/** Handlers are loaded when their command runs, so that `--help` waits for none of them. */
import { Effect, Option } from "effect"
import { ShowsUtc } from "./output/screen.ts"
import { dispatch } from "./root.ts"
import { UsageError } from "./UsageError.ts"

/** The exports of a module of a handler. */
export interface Handler<Options, E, R> {
  readonly run: (options: Options) => Effect.Effect<void, E, R>
}

/** A handler that is loaded first. */
export const loaded =
  <Options, E, R>(load: () => Promise<Handler<Options, E, R>>) =>
  (options: Options): Effect.Effect<void, E, R> =>
    Effect.flatMap(Effect.promise(load), ({ run }) => run(options)).pipe(
      Effect.provideService(ShowsUtc, showsUtc(options))
    )

const showsUtc = (options: unknown): boolean =>
  typeof options === "object" && options !== null && "utc" in options && options.utc === true

/** A handler that is loaded first, of a command that calls no service and has no use for a connection. */
export const loadedUnconnected =
  <Options, E, R>(name: string, load: () => Promise<Handler<Options, E, R>>) =>
  (options: Options) =>
    Effect.gen(function* () {
      const flags = Object.entries(yield* dispatch).filter(([, value]) => Option.isSome<unknown>(value))
      const [flag] = flags.map(
        ([key]) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      )
      if (flag === undefined) return yield* loaded(load)(options)
      return yield* new UsageError({
        message: `${flag} means nothing to dispatch ${name}, which calls no service`,
        example: `dispatch ${name} --help`
      })
    })
