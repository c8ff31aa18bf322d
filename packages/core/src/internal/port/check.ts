/** Checks of values that an application has given, in any language: the types prove nothing about them any more. */
import { Predicate } from "effect"
import { inWords } from "../inWords.ts"

/** The fault of a value: its place, in the model's words, the fault itself, and what would be right. */
export interface Fault {
  readonly path: string
  readonly message: string
}

/** The first fault of a value that is found at a path; none if it is right. */
export type Check = (value: unknown, path: string) => Fault | undefined

/** Accepts a value that fulfils a condition; `expected` describes such a value. */
export const that =
  (isRight: (value: unknown) => boolean, expected: string): Check =>
  (value, path) =>
    isRight(value) ? undefined : { path, message: `${inWords(value)} is not ${expected}` }

/** Accepts the values of a check, and nothing at all. */
export const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? undefined : check(value, path)

/** Accepts the values of a check, and `null`. */
export const nullable =
  (check: Check): Check =>
  (value, path) =>
    value === null ? undefined : check(value, path)

/** Accepts one of some texts. */
export const oneOf = (literals: ReadonlyArray<string>, what: string): Check =>
  that((value) => literals.some((literal) => literal === value), `${what}: one of ${literals.join(", ")}`)

/** Accepts `true` and `false`. */
export const flag = that((value) => typeof value === "boolean", "true or false")

/** Accepts a text that UTF-8 can hold. */
export const text: Check = (value, path) => {
  if (typeof value !== "string") return { path, message: `${inWords(value)} is not a text` }
  return value.isWellFormed()
    ? undefined
    : { path, message: "the text has half of a surrogate pair, which is no character" }
}

/** Accepts a whole number in a range. */
export const whole = (minimum: number, maximum: number): Check =>
  that(
    (value) => typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum,
    `a whole number from ${minimum} to ${maximum}`
  )

/** Accepts a list of values that a check accepts. */
export const listOf =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return { path, message: `${inWords(value)} is not a list` }
    // By number, since a hole in a list has no key.
    for (let index = 0; index < value.length; index++) {
      const fault = check(value[index], `${path}[${index}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }

/** The check of each field of an object. */
export type Fields<A> = { readonly [Field in keyof A]-?: Check }

type Checks = { readonly [field: string]: Check }

/** Accepts an object whose fields are accepted; other fields are not looked at. */
export const objectOf =
  <A>(checks: Fields<A>): Check =>
  (value, path) =>
    faultOfObject(value, path, `${path}.`, checks)

/** The fault of an argument of a call by name: its fields go by their own names. */
export const faultOf = <A>(value: unknown, name: string, checks: Fields<A>): Fault | undefined =>
  faultOfObject(value, name, "", checks)

const faultOfObject = (value: unknown, path: string, prefix: string, checks: Checks): Fault | undefined => {
  if (!Predicate.isObject(value)) {
    return { path, message: `${inWords(value)} is not an object with ${Object.keys(checks).join(", ")}` }
  }
  for (const [field, check] of Object.entries(checks)) {
    const fault = check(value[field], `${prefix}${field}`)
    if (fault !== undefined) return fault
  }
  return undefined
}
