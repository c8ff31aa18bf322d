/** Handlers are loaded when their command runs, so that `--help` waits for none of them. */
import { Effect } from "effect"

/** What a module of a handler exports. */
export interface Handler<Options, E, R> {
  readonly run: (options: Options) => Effect.Effect<void, E, R>
}

/** A handler that is loaded first. */
export const loaded =
  <Options, E, R>(load: () => Promise<Handler<Options, E, R>>) =>
  (options: Options): Effect.Effect<void, E, R> =>
    Effect.flatMap(Effect.promise(load), ({ run }) => run(options))
