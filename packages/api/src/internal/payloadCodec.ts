/** Payloads: `google.protobuf.Struct`, which the generated code holds as a JSON object already. */
import type { JsonObject } from "@bufbuild/protobuf"
import * as Payload from "@effect-dispatch/core/Payload"
import { type Coded, unless } from "./coded.ts"

/** The payload of a dispatch that came without one: an empty object, which is left out again when written. */
export const absent: Payload.Payload = Object.freeze({})

/** Reads a payload. Numbers must be finite; a key such as `__proto__` is only a key. */
export const decode = (payload: JsonObject | undefined, path: string): Coded<Payload.Payload> =>
  payload === undefined ? absent : unless(Payload.findFault(payload, path), payload)

/** Writes a payload. */
export const encode = (payload: Payload.Payload, path: string): Coded<JsonObject | undefined> =>
  payload === absent ? undefined : unless(Payload.findFault(payload, path), payload as JsonObject)
