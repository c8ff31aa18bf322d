/** Files as options and arguments, which shells complete. */
import { Effect, Path } from "effect"
import { Argument, Flag } from "effect/cli"

/** The path as it was given below the present folder, so that `-` is no file; else whole. */
const asGiven = (path: string) =>
  Effect.map(Path.Path, ({ relative, resolve }) => {
    const below = relative(resolve("."), path)
    return below.startsWith("..") ? path : below
  })

/** A flag that holds the path of a file. */
export const fileFlag = (name: string) =>
  Flag.File(name).pipe(Flag.withMetavar("PATH"), Flag.mapEffect(asGiven))

/** An argument that holds the path of a file. */
export const fileArgument = (name: string) => Argument.File(name).pipe(Argument.mapEffect(asGiven))
