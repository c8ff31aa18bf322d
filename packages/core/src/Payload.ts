/**
 * The free-form configuration that a dispatch carries for the application it steers.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * A JSON object. Numbers are finite doubles; a key such as `__proto__` is only a key.
 *
 * @category models
 * @since 0.1.0
 */
export type Payload = { readonly [key: string]: Schema.Json }

const isJson = (value: unknown): value is Schema.Json => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true
    case "number":
      return Number.isFinite(value)
    case "object":
      return value === null || (Array.isArray(value) ? value.every(isJson) : isPayload(value))
    default:
      return false
  }
}

/**
 * Tells whether a value is a JSON object all the way down.
 *
 * @category guards
 * @since 0.1.0
 */
export const isPayload = (value: unknown): value is Payload => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isJson)
}

/**
 * Accepts a payload as it is, without copying it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Payload: Schema.declare<Payload> = Schema.declare(isPayload, {
  identifier: "Payload",
  expected: "a JSON object whose numbers are finite"
})

/**
 * Tells whether two JSON values are the same: the order of keys does not matter, the order of arrays does.
 *
 * @category equality
 * @since 0.1.0
 */
export const equals = (left: Schema.Json, right: Schema.Json): boolean => {
  if (left === right) return true
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => equals(item, right[index] as Schema.Json))
    )
  }
  if (Array.isArray(right)) return false
  const a = left as Payload
  const b = right as Payload
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equals(a[key] as Schema.Json, b[key] as Schema.Json))
  )
}
