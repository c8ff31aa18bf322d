/**
 * The free-form configuration that a dispatch carries for the application it steers.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import { halfCharacter } from "./internal/check.ts"
import { inWords } from "./internal/inWords.ts"
import { isPlainObject } from "./internal/plainObject.ts"
import * as Refusal from "./Refusal.ts"
import { messageOf } from "./Thrown.ts"

/**
 * A JSON object. Numbers are finite doubles; a key such as `__proto__` is only a key.
 *
 * @category models
 * @since 0.1.0
 */
export type Payload = { readonly [key: string]: Schema.Json }

/**
 * The maximum depth of objects and lists, in levels, so that no payload can exhaust the stack, not even one that
 * contains itself. A deeper value is no payload; a service may accept less. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const nestingMax = 100

/**
 * The first thing in a value that JSON does not have, or that the wire cannot hold; `undefined` if there is none.
 * Instances of classes are refused: the JSON of a `Date` or a `Map` is not what was meant. Paths begin with `path`.
 *
 * @category guards
 * @since 0.1.0
 */
export const findFault = (value: unknown, path = "payload"): Refusal.Refusal | undefined => {
  const found = isObject(value) ? faultOf(value, 1) : fault(`a payload is an object, not ${inWords(value)}`)
  return found === undefined ? undefined : under(path, found)
}

/**
 * Tells whether a value is a JSON object all the way down.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPayload = (value: unknown): value is Payload => findFault(value) === undefined

const isObject = (value: unknown): value is Payload =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Accepts a payload as it is, without copying it; for anything else it reports the place of the fault.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Payload } from "@effect-dispatch/core"
 * import { Schema } from "effect"
 *
 * assert.ok(Schema.is(Payload.Payload)({ power_w: 5_000, hours: [8, 9] }))
 * assert.strictEqual(Payload.findFault({ hours: [8, new Date(0)] })?.path, "payload.hours[1]")
 * assert.ok(Payload.equals({ a: 1, b: [2] }, { b: [2], a: 1 }))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category schemas
 * @since 0.1.0
 */
export const Payload: Schema.declare<Payload> = Schema.declare(isObject, {
  identifier: "Payload",
  expected: "a JSON object"
}).check(
  Schema.makeFilter((payload: Payload) => {
    const fault = findFault(payload)
    return fault === undefined ? true : Refusal.inOneLine(fault)
  })
)

/**
 * Tells whether two JSON values are the same: the order of keys does not matter, the order of arrays does.
 *
 * @category equality
 * @since 0.1.0
 */
export const equals = (left: Schema.Json, right: Schema.Json): boolean => {
  if (left === right) return true
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false
  if (isList(left)) {
    return (
      isList(right) && left.length === right.length && left.every((item, index) => isSame(item, right[index]))
    )
  }
  if (isList(right)) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]))
  )
}

const isList = (value: Schema.Json): value is Schema.JsonArray => Array.isArray(value)

const isSame = (one: Schema.Json | undefined, other: Schema.Json | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && equals(one, other))

/** The path of a fault is written on the way back: a value without a fault costs nothing for it. */
const faultOf = (value: unknown, depth: number): Refusal.Refusal | undefined => {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? undefined : fault(halfCharacter)
    case "boolean":
      return undefined
    case "number":
      return Number.isFinite(value) ? undefined : fault(`${value} is not a finite number`)
    case "object":
      if (value === null) return undefined
      if (depth > nestingMax) return fault(`a payload is at most ${nestingMax} levels deep`)
      return Result.getOrElse(
        Result.try(() => (Array.isArray(value) ? faultOfList(value, depth) : faultOfObject(value, depth))),
        (thrown) => fault(`it cannot be read: ${messageOf(thrown)}`)
      )
    default:
      return fault(`${typeof value} is not a JSON value`)
  }
}

const fault = (message: string, path = ""): Refusal.Refusal => ({ path, message })

const under = (path: string, found: Refusal.Refusal): Refusal.Refusal =>
  fault(found.message, path + found.path)

const faultOfList = (list: ReadonlyArray<unknown>, depth: number): Refusal.Refusal | undefined => {
  // By number, since a hole in a list has no key.
  for (let index = 0; index < list.length; index++) {
    const found = faultOf(list[index], depth + 1)
    if (found !== undefined) return under(`[${index}]`, found)
  }
  return undefined
}

const faultOfObject = (object: object, depth: number): Refusal.Refusal | undefined => {
  if (!isPlainObject(object)) {
    return fault(`${inWords(object)} is not a JSON value: of objects only plain ones and lists are`)
  }
  const [symbol] = Object.getOwnPropertySymbols(object)
  if (symbol !== undefined) return fault(`a key of JSON is a text, not ${String(symbol)}`)
  for (const [key, value] of Object.entries(object)) {
    const found = key.isWellFormed() ? faultOf(value, depth + 1) : fault(halfCharacter)
    if (found !== undefined) return under(`.${key}`, found)
  }
  return undefined
}
