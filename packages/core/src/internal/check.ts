/** Checks of values that an application has given, in any language: the types prove nothing about them any more. */
import { Predicate, Result } from "effect"
import type { Refusal } from "../Refusal.ts"
import { messageOf } from "../Thrown.ts"
import { inWords } from "./inWords.ts"

/** Refuses a value at a path for its first fault; a value without one is right. */
export type Check = (value: unknown, path: string) => Refusal | undefined

/** Accepts a value that fulfils a condition; `expected` describes such a value. */
export const that =
  (isRight: (value: unknown) => boolean, expected: string): Check =>
  (value, path) =>
    isRight(value) ? undefined : { path, message: `${inWords(value)} is not ${expected}` }

/** Accepts the tag by which the value was recognised. */
export const tag: Check = that((value) => typeof value === "string", "a text")

/** Leaves a field to another check. */
export const anything: Check = () => undefined

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

/** The fault of a text that UTF-8 cannot hold. */
export const halfCharacter = "the text has half of a surrogate pair, which is no character"

/** Accepts a text that UTF-8 can hold. */
export const text: Check = (value, path) => {
  if (typeof value !== "string") return { path, message: `${inWords(value)} is not a text` }
  return value.isWellFormed() ? undefined : { path, message: halfCharacter }
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

/** Accepts an object whose fields are accepted, and that has no others. */
export const objectOf =
  <A>(checks: Fields<A>): Check =>
  (value, path) =>
    Predicate.isObject(value)
      ? (faultOfFields(value, `${path}.`, checks) ?? faultOfOthers(value, `${path}.`, checks))
      : noObject(value, path, checks)

/** Accepts an object with these fields, whatever else it has: an instance of a class has a life of its own. */
export const objectWith =
  <A>(checks: Fields<A>): Check =>
  (value, path) =>
    Predicate.isObject(value) ? faultOfFields(value, `${path}.`, checks) : noObject(value, path, checks)

/** The fault of an argument of a call by name: its fields go by their own names. */
export const faultOf = <A>(value: unknown, name: string, checks: Fields<A>): Refusal | undefined =>
  read(name, () =>
    Predicate.isObject(value)
      ? (faultOfOthers(value, "", checks) ?? faultOfFields(value, "", checks))
      : noObject(value, name, checks)
  )

/** The fault of an argument that is no object, or has a field that cannot be read or is of an unknown name. */
export const faultOfNames = (value: unknown, name: string, known: object): Refusal | undefined =>
  read(name, () =>
    Predicate.isObject(value) ? faultOfOthers(value, "", known) : noObject(value, name, known)
  )

type Given = { readonly [field in PropertyKey]: unknown }
type Checks = { readonly [field: string]: Check }

const noObject = (value: unknown, path: string, known: object): Refusal => ({
  path,
  message: `${inWords(value)} is not an object with ${Object.keys(known).join(", ")}`
})

const faultOfFields = (value: Given, prefix: string, checks: Checks): Refusal | undefined => {
  for (const [field, check] of Object.entries(checks)) {
    const path = `${prefix}${field}`
    const fault = read(path, () => check(value[field], path))
    if (fault !== undefined) return fault
  }
  return undefined
}

/** A misspelt name would be ignored without a word. */
const faultOfOthers = (value: Given, prefix: string, known: object): Refusal | undefined => {
  for (const field of Object.keys(value)) {
    const path = `${prefix}${field}`
    const fault = read(path, () =>
      value[field] === undefined || Object.hasOwn(known, field) ? undefined : unknownName(path, known)
    )
    if (fault !== undefined) return fault
  }
  return undefined
}

const unknownName = (path: string, known: object): Refusal => ({
  path,
  message: `there is nothing of this name; known are ${Object.keys(known).join(", ")}`
})

/** A getter may throw, and each trap of a proxy. */
const read = (path: string, find: () => Refusal | undefined): Refusal | undefined =>
  Result.getOrElse(Result.try(find), (thrown) => ({
    path,
    message: `it cannot be read: ${messageOf(thrown)}`
  }))
