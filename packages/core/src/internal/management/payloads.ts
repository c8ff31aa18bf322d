/** Payloads of a managed type: decoded once a version, for actors and for the strategy that merges them. */
import { Cause, Exit, Result, Schema, SchemaIssue } from "effect"
import { Dispatch } from "../../Dispatch.ts"
import type { MergedDispatch, MergeStrategy } from "../../MergeStrategy.ts"
import { inOneLine } from "../../Refusal.ts"
import * as Thrown from "../../Thrown.ts"

/** The payload of a version, or the fault in it. */
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
  Exit.isSuccess(exit) ? Result.succeed(exit.value) : Result.fail(faultsIn(Cause.squash(exit.cause)))

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The faults and their places, as `payload.limit: Expected number; payload.since: Missing key`. */
const faultsIn = (error: unknown): string =>
  error instanceof Schema.SchemaError
    ? format(error.issue)
        .issues.map(({ message, path = [] }) => inOneLine({ path: path.reduce(placeIn, "payload"), message }))
        .join("; ")
    : Thrown.messageOf(error)

/** The place of a field or an item. */
const placeIn = (path: string, segment: PropertyKey | { readonly key: PropertyKey }): string => {
  const key = typeof segment === "object" ? segment.key : segment
  return typeof key === "number" ? `${path}[${key}]` : `${path}.${String(key)}`
}

/**
 * A strategy for decoded payloads, without the dispatches whose payload does not decode: they run on and would withhold
 * the stop of the dispatch that an actor works for.
 */
export const usable = <P>(merge: MergeStrategy<P>, decode: Decode<P>): MergeStrategy => ({
  identity: (dispatch) => merge.identity(withPayload(dispatch, Result.getOrThrow(decode(dispatch)))),
  filter: (dispatch, type) => {
    const payload = decode(dispatch)
    return Result.isSuccess(payload) && merge.filter?.(withPayload(dispatch, payload.success), type) !== false
  }
})

/** The dispatches that `usable` leaves out, each by itself; also those for which the filter looks at the payload. */
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

/** There is no payload, so reading it throws. */
const withoutPayload = (dispatch: MergedDispatch): MergedDispatch<never> =>
  view(dispatch, {
    get: () => {
      throw new Error("the payload does not decode")
    }
  })

/** The same version with another payload; it answers the same queries. */
const view = <P>(dispatch: MergedDispatch, payload: PropertyDescriptor): MergedDispatch<P> => {
  const copy: MergedDispatch<unknown> = new Dispatch({ ...dispatch }, { disableChecks: true })
  return Object.defineProperty(copy, "payload", payload) as MergedDispatch<P>
}
