/** Values of the codec, or why there are none; and checks of numbers, texts and lists. */
import type { Refusal } from "@effect-dispatch/core/Refusal"
import { Result } from "effect"
import { CodecError } from "../CodecError.ts"

/** A value, or why there is none. Inside the codec this is cheaper than a `Result`. */
export type Coded<A> = A | CodecError

/** Makes the error at a path. */
export const refuse = (path: string, message: string): CodecError => new CodecError({ path, message })

/** A value that was checked, or the error of its first fault. */
export const unless = <A>(fault: Refusal | undefined, value: A): Coded<A> =>
  fault === undefined ? value : new CodecError(fault)

/** True if there is no value. */
export const isRefused = (coded: unknown): coded is CodecError => coded instanceof CodecError

/** Refuses text that UTF-8 cannot hold: half of a surrogate pair. */
export const wellFormed = (text: string, path: string): CodecError | undefined =>
  text.isWellFormed()
    ? undefined
    : refuse(path, "the text has half of a surrogate pair, which is no character")

/** Refuses a number that is no unsigned integer of 32 bits. */
export const unsigned32 = (number: number, path: string): CodecError | undefined =>
  Number.isInteger(number) && number >= 0 && number < 2 ** 32
    ? undefined
    : refuse(path, `${number} is not a whole number from 0 to 2^32 - 1`)

/** The first fault among the items of a list. */
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

/** Maps a list, stopping at the first element that has no counterpart. */
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

/** The same as a `Result`, for callers outside the codec. */
export const toResult = <A>(coded: Coded<A>): Result.Result<A, CodecError> =>
  isRefused(coded) ? Result.fail(coded) : Result.succeed(coded)
