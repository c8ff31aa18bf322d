/** Payloads: `google.protobuf.Struct`, which the generated code holds as a JSON object already. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf"
import type { Payload } from "@effect-dispatch/core/Payload"
import type { CodecError } from "../CodecError.ts"
import { type Coded, refuse, wellFormed } from "./coded.ts"

/** The payload of a dispatch that came without one. It is an empty object; written, it is left out again. */
export const absent: Payload = Object.freeze({})

/** Reads a payload. Numbers must be finite; a key such as `__proto__` is only a key. */
export const decode = (payload: JsonObject | undefined, path: string): Coded<Payload> =>
  payload === undefined ? absent : (findFault(payload, path) ?? payload)

/** Writes a payload. */
export const encode = (payload: Payload, path: string): Coded<JsonObject | undefined> =>
  payload === absent ? undefined : (findFault(payload as JsonObject, path) ?? (payload as JsonObject))

/** How deep objects and lists may nest, so that no message can exhaust the stack. */
const depthMax = 100

/** The first value that JSON does not know, or that is nested too deep. */
const findFault = (value: JsonValue, path: string, depth = 1): CodecError | undefined => {
  switch (typeof value) {
    case "string":
      return wellFormed(value, path)
    case "boolean":
      return undefined
    case "number":
      return Number.isFinite(value) ? undefined : refuse(path, `${value} is not a finite number`)
    case "object":
      if (value === null) return undefined
      if (depth > depthMax) return refuse(path, `a payload is at most ${depthMax} levels deep`)
      for (const key of Object.keys(value)) {
        const item = (value as JsonObject)[key] as JsonValue
        const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`
        const fault = wellFormed(key, at) ?? findFault(item, at, depth + 1)
        if (fault !== undefined) return fault
      }
      return undefined
    default:
      return refuse(path, `${typeof value} is not a JSON value`)
  }
}
