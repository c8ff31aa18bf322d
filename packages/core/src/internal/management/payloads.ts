/** Payloads of a managed type: decoded once a version, for actors and for the strategy that merges them. */
import { Cause, Exit, Result, Schema } from "effect"
import { Dispatch } from "../../Dispatch.ts"
import type { MergedDispatch, MergeStrategy } from "../../MergeStrategy.ts"
import * as Thrown from "../../Thrown.ts"

/** The payload of a version, or what is wrong with it. */
export type Decode<P> = (dispatch: MergedDispatch) => Result.Result<P, string>

/** Decodes with the schema, if there is one. */
export const decoderOf = <P>(schema: Schema.ConstraintDecoder<P> | undefined): Decode<P> => {
  // Without a schema, the types say that the payload is wanted as it is.
  if (schema === undefined) return ({ payload }) => Result.succeed(payload as P)
  const decode = Schema.decodeUnknownExit(schema, { errors: "all" })
  const decoded = new WeakMap<MergedDispatch, Result.Result<P, string>>()
  return (dispatch) => {
    let payload = decoded.get(dispatch)
    if (payload === undefined) decoded.set(dispatch, (payload = inResult(decode(dispatch.payload))))
    return payload
  }
}

const inResult = <P>(exit: Exit.Exit<P, unknown>): Result.Result<P, string> =>
  Exit.isSuccess(exit) ? Result.succeed(exit.value) : Result.fail(inOneLine(Cause.squash(exit.cause)))

/** What is wrong, and where, as `Expected number at ["limit"]; Missing key at ["since"]`. */
const inOneLine = (error: unknown): string =>
  Thrown.messageOf(error).replace(/\n\s+/g, " ").replace(/\n/g, "; ")

/**
 * What a strategy for decoded payloads merges, without the dispatches whose payload nobody understands: as they run on,
 * they would withhold the stop of the one that an actor works for.
 */
export const usable = <P>(merge: MergeStrategy<P>, decode: Decode<P>): MergeStrategy => ({
  identity: (dispatch) => merge.identity(withPayload(dispatch, Result.getOrThrow(decode(dispatch)))),
  filter: (dispatch, type) => {
    const payload = decode(dispatch)
    return Result.isSuccess(payload) && merge.filter?.(withPayload(dispatch, payload.success), type) !== false
  }
})

/** What is left out by that, each by itself; also what the filter turns away only after a look at the payload. */
export const unusable = <P>(merge: MergeStrategy<P>, decode: Decode<P>): MergeStrategy => ({
  identity: ({ id }) => id,
  filter: (dispatch, type) =>
    Result.isFailure(decode(dispatch)) &&
    Result.getOrElse(
      Result.try(() => merge.filter?.(withoutPayload(dispatch), type) !== false),
      () => true
    )
})

const withPayload = <P>(dispatch: MergedDispatch, payload: P): MergedDispatch<P> =>
  view(dispatch, { value: payload, enumerable: true })

/** There is no payload to look at, so whoever looks is stopped. */
const withoutPayload = (dispatch: MergedDispatch): MergedDispatch<never> =>
  view(dispatch, {
    get: () => {
      throw new Error("the payload does not decode")
    }
  })

/** The same version, which can be asked the same, with another payload. */
const view = <P>(dispatch: MergedDispatch, payload: PropertyDescriptor): MergedDispatch<P> => {
  const copy: MergedDispatch<unknown> = new Dispatch({ ...dispatch }, { disableChecks: true })
  return Object.defineProperty(copy, "payload", payload) as MergedDispatch<P>
}
