/**
 * Requests to create a dispatch, between wire and model.
 *
 * @since 0.1.0
 */
import { create } from "@bufbuild/protobuf"
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Result } from "effect"
import type { CodecError } from "./CodecError.ts"
import { isRefused, refuse } from "./internal/coded.ts"
import { decodeData, encodeData } from "./internal/dispatchData.ts"
import { type CreateMicrogridDispatchRequest, CreateMicrogridDispatchRequestSchema } from "./Protobuf.ts"
import * as TimestampCodec from "./internal/timestampCodec.ts"

/**
 * Writes a request to create a dispatch.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { CreateCodec } from "@effect-dispatch/api"
 * import { MicrogridId, Target } from "@effect-dispatch/core"
 * import { Duration, Result } from "effect"
 *
 * const encoded = CreateCodec.encode(MicrogridId.make(1n), {
 *   type: "CHARGE",
 *   startTime: "NOW",
 *   duration: Duration.minutes(20),
 *   target: Target.componentCategories("BATTERY")
 * })
 * const { dispatch } = Result.getOrThrow(CreateCodec.decode(Result.getOrThrow(encoded)))
 * assert.strictEqual(dispatch.startTime, "NOW")
 * assert.deepStrictEqual(dispatch.duration, Duration.minutes(20))
 * ```
 *
 * @category create
 * @since 0.1.0
 */
export const encode = (
  microgridId: MicrogridId,
  dispatch: NewDispatch
): Result.Result<CreateMicrogridDispatchRequest, CodecError> => {
  const { startTime } = dispatch
  const dispatchData = encodeData(dispatch, startTime === "NOW" ? undefined : startTime, "service")
  if (isRefused(dispatchData)) return Result.fail(dispatchData)
  const start = startTime === "NOW" ? { startImmediately: true } : undefined
  return Result.succeed(create(CreateMicrogridDispatchRequestSchema, { microgridId, dispatchData, ...start }))
}

/**
 * Reads a request to create a dispatch.
 *
 * @category create
 * @since 0.1.0
 */
export const decode = (
  message: CreateMicrogridDispatchRequest
): Result.Result<{ readonly microgridId: MicrogridId; readonly dispatch: NewDispatch }, CodecError> => {
  const { dispatchData, startImmediately } = message
  if (dispatchData === undefined)
    return Result.fail(refuse("dispatch", "the data of the dispatch are required"))
  const startTime =
    startImmediately === true ? ("NOW" as const) : TimestampCodec.decode(dispatchData.startTime, "startTime")
  if (isRefused(startTime)) return Result.fail(startTime)
  const fields = decodeData(dispatchData, "Known")
  if (isRefused(fields)) return Result.fail(fields)
  return Result.succeed({
    microgridId: message.microgridId as MicrogridId,
    dispatch: { ...fields, startTime }
  })
}
