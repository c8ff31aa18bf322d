/**
 * What the codec says of a message or value that has no counterpart on the other side.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Something cannot be represented: `path` tells where, in the API's field names, `message` what is wrong and what would
 * be right.
 *
 * @category errors
 * @since 0.1.0
 */
export class CodecError extends Schema.TaggedError<CodecError>()("CodecError", {
  path: Schema.String,
  message: Schema.String
}) {}

/** A value, or why there is none. Inside the codec this is cheaper than a `Result`. @internal */
export type Coded<A> = A | CodecError

/** Says what is wrong at a path. @internal */
export const refuse = (path: string, message: string): CodecError => new CodecError({ path, message })

/** Whether there is no value. @internal */
export const isRefused = (coded: unknown): coded is CodecError => coded instanceof CodecError

/** Maps a list, stopping at the first element that has no counterpart. @internal */
export const each = <A, B>(
  items: ReadonlyArray<A>,
  path: string,
  f: (item: A, path: string) => Coded<B>
): Coded<Array<B>> => {
  const mapped: Array<B> = []
  for (let index = 0; index < items.length; index++) {
    const item = f(items[index] as A, `${path}[${index}]`)
    if (isRefused(item)) return item
    mapped.push(item)
  }
  return mapped
}
