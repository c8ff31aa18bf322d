/**
 * The status of a call as gRPC writes it into trailers, or into headers if there is nothing else
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Both sides use this module.
 *
 * @since 0.1.0
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire"
import type { Any } from "@bufbuild/protobuf/wkt"
import { Result } from "effect"
import { StatusSchema } from "./Protobuf.ts"

/**
 * The names of the headers that carry a status.
 *
 * @category constants
 * @since 0.1.0
 */
export const names = {
  status: "grpc-status",
  message: "grpc-message",
  details: "grpc-status-details-bin"
} as const

/**
 * The end of a call: 0 for an answer, otherwise a code with a message and perhaps details.
 *
 * @category models
 * @since 0.1.0
 */
export interface Status {
  readonly code: number
  readonly message: string
  readonly details: ReadonlyArray<Any>
}

/**
 * The trailers of a call that was answered.
 *
 * @category writing
 * @since 0.1.0
 */
export const ok: { readonly [name: string]: string } = { [names.status]: "0" }

/**
 * Writes the trailers of a call that failed.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { GrpcTrailers } from "@effect-dispatch/api"
 *
 * const trailers = GrpcTrailers.encode({ code: 5, message: "kein Gerät", details: [] })
 * assert.strictEqual(trailers["grpc-message"], "kein Ger%C3%A4t")
 * assert.strictEqual(GrpcTrailers.decode((name) => trailers[name])?.message, "kein Gerät")
 * ```
 *
 * @category writing
 * @since 0.1.0
 */
export const encode = ({ code, details, message }: Status): { readonly [name: string]: string } => {
  const text = message.toWellFormed()
  const trailers = { [names.status]: String(code), [names.message]: percentEncode(text) }
  if (details.length === 0) return trailers
  const status = toBinary(StatusSchema, create(StatusSchema, { code, message: text, details: [...details] }))
  return { ...trailers, [names.details]: base64Encode(status, "std_raw") }
}

/**
 * Reads a status; `undefined` if there is none. A code that is no number is 2, unknown. Details that cannot be read, or
 * that belong to another code, are left out.
 *
 * @category reading
 * @since 0.1.0
 */
export const decode = (header: (name: string) => string | undefined): Status | undefined => {
  const status = header(names.status)
  if (status === undefined) return undefined
  const code = /^\d{1,3}$/.test(status) ? Number(status) : 2
  const message = header(names.message) ?? ""
  const details = detailsOf(header(names.details))
  return {
    code,
    message: Result.getOrElse(
      Result.try(() => decodeURIComponent(message)),
      () => message
    ),
    details: details?.code === code ? details.details : []
  }
}

/** Encodes what a header cannot hold, and nothing else: some clients leave other characters encoded. */
const percentEncode = (text: string): string => text.replace(/[^ -~]|%|^ | $/gu, encodeURIComponent)

const detailsOf = (text: string | undefined) =>
  text === undefined
    ? undefined
    : Result.getOrUndefined(Result.try(() => fromBinary(StatusSchema, base64Decode(text))))
