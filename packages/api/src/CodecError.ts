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

/** Refuses text that UTF-8 cannot hold: half of a surrogate pair. @internal */
export const wellFormed = (text: string, path: string): CodecError | undefined =>
  text.isWellFormed()
    ? undefined
    : refuse(path, "the text has half of a surrogate pair, which is no character")

const unsignedMax = { 32: 4_294_967_295n, 64: 18_446_744_073_709_551_615n }

/** Refuses what is not a whole number in the range of an unsigned integer of so many bits. @internal */
export const unsigned = (number: number | bigint, bits: 32 | 64, path: string): CodecError | undefined =>
  (typeof number === "bigint" || Number.isInteger(number)) && number >= 0 && number <= unsignedMax[bits]
    ? undefined
    : refuse(path, `${number} is not a whole number from 0 to 2^${bits} - 1`)

/** The first fault among the items of a list. @internal */
export const firstFault = <A>(
  items: ReadonlyArray<A>,
  path: string,
  check: (item: A, path: string) => CodecError | undefined
): CodecError | undefined => {
  for (let index = 0; index < items.length; index++) {
    const fault = check(items[index] as A, `${path}[${index}]`)
    if (fault !== undefined) return fault
  }
  return undefined
}

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
