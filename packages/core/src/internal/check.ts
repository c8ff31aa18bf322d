/** Checks of values that an application has given, in any language: the types prove nothing about them any more. */
import { Result } from "effect"
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
  that((value) => literals.includes(value as string), `${what}: one of ${literals.join(", ")}`)

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
    (value) => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
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
    faultOfObject(value, path, checks) ??
    faultOfFields(value as object, `${path}.`, checks) ??
    faultOfOthers(value as object, `${path}.`, checks)

/** Accepts an object with these fields, whatever else it has: an instance of a class has a life of its own. */
export const objectWith =
  <A>(checks: Fields<A>): Check =>
  (value, path) =>
    faultOfObject(value, path, checks) ?? faultOfFields(value as object, `${path}.`, checks)

/** The fault of an argument of a call by name: its fields go by their own names. */
export const faultOf = <A>(value: unknown, name: string, checks: Fields<A>): Refusal | undefined =>
  read(name, () => faultOfNames(value, name, checks) ?? faultOfFields(value as object, "", checks))

/** The fault of an argument that is no object, or has a field that cannot be read or is of an unknown name. */
export const faultOfNames = (value: unknown, name: string, known: object): Refusal | undefined =>
  read(name, () => faultOfObject(value, name, known) ?? faultOfOthers(value as object, "", known))

const faultOfObject = (value: unknown, path: string, checks: object): Refusal | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? undefined
    : { path, message: `${inWords(value)} is not an object with ${Object.keys(checks).join(", ")}` }

const faultOfFields = (value: object, prefix: string, checks: object): Refusal | undefined => {
  for (const [field, check] of Object.entries(checks) as ReadonlyArray<[string, Check]>) {
    const path = `${prefix}${field}`
    const fault = read(path, () => check((value as Unknown)[field], path))
    if (fault !== undefined) return fault
  }
  return undefined
}

interface Unknown {
  readonly [field: string]: unknown
}

/** A misspelt name would be ignored without a word. */
const faultOfOthers = (value: object, prefix: string, known: object): Refusal | undefined => {
  for (const field of Object.keys(value)) {
    const path = `${prefix}${field}`
    const fault = read(path, () =>
      (value as Unknown)[field] === undefined || Object.hasOwn(known, field)
        ? undefined
        : unknownName(path, known)
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
