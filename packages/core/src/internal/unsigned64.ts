/** Ids as the wire has them: unsigned 64-bit integers. */
import { Schema } from "effect"
import { type Check, that } from "./check.ts"
import { inWords } from "./inWords.ts"

/** Largest value of an unsigned 64-bit integer, the widest id the wire can carry. */
const uint64Max = 18_446_744_073_709_551_615n

/** The description of an id, in words. */
const expectedOf = (what: string): string => `a ${what} id: a bigint from 0n to 2n ** 64n - 1n, such as 1n`

const isUnsigned64 = (value: unknown): value is bigint =>
  typeof value === "bigint" && value >= 0n && value <= uint64Max

/** Accepts an id. `what` names the identified thing. */
export const id = (what: string): Check => that(isUnsigned64, expectedOf(what))

/** Accepts an unsigned 64-bit integer; for other values it says what is right. `what` names the identified thing. */
export const unsigned64 = (what: string) =>
  Schema.BigInt.annotate({ message: `Expected ${expectedOf(what)}` }).check(
    Schema.isBetweenBigInt({ minimum: 0n, maximum: uint64Max }, { expected: expectedOf(what) })
  )

/** The same schema with a `make` that says what is wrong: Effect's own error says that only in its cause. */
export const sayingWhy = <S extends Schema.Schema<bigint>>(schema: S, what: string): S => {
  const isRight = Schema.is(schema)
  const value = (input: bigint, options?: Schema.MakeOptions) => {
    if (options?.disableChecks !== true && !isRight(input)) {
      throw new TypeError(`Expected ${expectedOf(what)}. Got ${inWords(input)}`)
    }
    return input
  }
  return Object.defineProperty(schema, "make", { value, enumerable: true })
}
