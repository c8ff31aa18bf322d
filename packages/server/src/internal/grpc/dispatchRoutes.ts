/** The dispatch service on the wire: callers are let in or refused, then messages become values and back. */
import { create } from "@bufbuild/protobuf"
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { type Array as Arr, Context, Effect, Metric, Result, Stream } from "effect"
import { AccessControl } from "../../AccessControl.ts"
import type { IncomingCall } from "../../IncomingCall.ts"
import type { AccessRight } from "../../AccessKeyStore.ts"
import { Caller } from "../../Caller.ts"
import { DispatchService } from "../../DispatchService.ts"
import type { Change } from "../../DispatchStore.ts"
import * as Metrics from "../../Metrics.ts"
import { stallGrace } from "../../ServiceLimits.ts"
import { exchangeKey } from "./exchange.ts"
import { serverStream, unary } from "./grpcBridge.ts"
import { inTurns } from "../turns.ts"

/** Adds the service. `stopping` fails when streams shall end. */
export const routes = (
  router: ConnectRouter,
  stopping: Effect.Effect<never, DispatchError.DispatchError>,
  services: Context.Context<DispatchService | AccessControl>
): void => {
  const access = Context.get(services, AccessControl)
  const answer = unary(services)
  /** A unary call, let in by its right to the microgrid that its message names. */
  const call = <I extends { readonly microgridId: bigint }, O>(
    right: AccessRight,
    handle: (
      message: I,
      context: HandlerContext
    ) => Effect.Effect<O, DispatchError.DispatchError, DispatchService>
  ) =>
    answer((message: I, context) =>
      access.enter(incoming(right, message, context), (caller) =>
        Effect.provideService(handle(message, context), Caller, caller)
      )
    )
  router.service(Protobuf.MicrogridDispatchService, {
    listMicrogridDispatches: call("read", list),
    getMicrogridDispatch: call("read", get),
    createMicrogridDispatch: call("write", createDispatch),
    updateMicrogridDispatch: call("write", (message: Protobuf.UpdateMicrogridDispatchRequest, context) =>
      update(message, context.requestHeader.get("if-update-time") ?? undefined)
    ),
    deleteMicrogridDispatch: call("write", remove),
    streamMicrogridDispatches: serverStream(services)((message, context) =>
      events(message, context, stopping)
    )
  })
}

const incoming = (
  right: AccessRight,
  { microgridId }: { readonly microgridId: bigint },
  { method, requestHeader, values }: HandlerContext
): IncomingCall => ({
  method: method.name,
  metadata: (name) => requestHeader.get(name) ?? undefined,
  remoteAddress: values.get(exchangeKey).remoteAddress,
  right,
  microgridId: microgridId as MicrogridId
})

const decoded = <A>(result: Result.Result<A, CodecError>): Effect.Effect<A, DispatchError.DispatchError> =>
  Effect.mapError(Effect.fromResult(result), ({ message, path }) =>
    DispatchError.invalidArgument(path, message)
  )

/** The service's values can always be written; if not, that is a fault of the service. */
const encoded = <A>(result: Result.Result<A, CodecError>): Effect.Effect<A, DispatchError.DispatchError> =>
  Effect.mapError(Effect.fromResult(result), (error) => DispatchError.protocol(inOneLine(error)))

const encodeDispatch = (dispatch: Dispatch) => encoded(DispatchCodec.encodeDispatch(dispatch))

const list = Effect.fnUntraced(function* (message: Protobuf.ListMicrogridDispatchesRequest) {
  const service = yield* DispatchService
  const { filter, microgridId, page, sort } = yield* decoded(ListCodec.decode(message))
  const { dispatches, nextPageToken, totalItems } = yield* service.list(microgridId, {
    filter,
    sort,
    ...(page === undefined
      ? undefined
      : "token" in page
        ? { pageToken: page.token }
        : { pageSize: page.size })
  })
  const messages = yield* inTurns(dispatches, DispatchCodec.encodeDispatch)
  return create(Protobuf.ListMicrogridDispatchesResponseSchema, {
    dispatches: yield* Effect.forEach(messages, encoded),
    paginationInfo: { totalItems, ...(nextPageToken === undefined ? undefined : { nextPageToken }) }
  })
})

const get = Effect.fnUntraced(function* ({ dispatchId, microgridId }: Protobuf.GetMicrogridDispatchRequest) {
  const service = yield* DispatchService
  const dispatch = yield* service.get(microgridId as MicrogridId, dispatchId as DispatchId)
  return create(Protobuf.GetMicrogridDispatchResponseSchema, {
    microgridId,
    dispatch: yield* encodeDispatch(dispatch)
  })
})

const createDispatch = Effect.fnUntraced(function* (message: Protobuf.CreateMicrogridDispatchRequest) {
  const service = yield* DispatchService
  const { dispatch, microgridId } = yield* decoded(CreateCodec.decode(message))
  const made = yield* service.create(microgridId, dispatch)
  return create(Protobuf.CreateMicrogridDispatchResponseSchema, { dispatch: yield* encodeDispatch(made) })
})

const update = Effect.fnUntraced(function* (
  message: Protobuf.UpdateMicrogridDispatchRequest,
  condition: string | undefined
) {
  const service = yield* DispatchService
  const { changes, id, microgridId } = yield* decoded(UpdateCodec.decode(message))
  if (condition !== undefined && !/^\d{1,20}$/.test(condition)) {
    return yield* DispatchError.invalidArgument(
      "ifUpdateTime",
      "must be the update time in nanoseconds since 1970, in decimal digits"
    )
  }
  const ifUpdateTime = condition === undefined ? undefined : BigInt(condition)
  const updated = yield* service.update(microgridId, id, changes, { ifUpdateTime })
  return create(Protobuf.UpdateMicrogridDispatchResponseSchema, { dispatch: yield* encodeDispatch(updated) })
})

const remove = Effect.fnUntraced(function* ({
  dispatchId,
  microgridId
}: Protobuf.DeleteMicrogridDispatchRequest) {
  const service = yield* DispatchService
  yield* service.delete(microgridId as MicrogridId, dispatchId as DispatchId)
  return create(Protobuf.DeleteMicrogridDispatchResponseSchema, { microgridId, dispatchId })
})

/** The events of a microgrid. The headers tell the client the moment from which it misses none. */
const events = (
  message: Protobuf.StreamMicrogridDispatchesRequest,
  context: HandlerContext,
  stopping: Effect.Effect<never, DispatchError.DispatchError>
) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const access = yield* AccessControl
      const service = yield* DispatchService
      const exchange = context.values.get(exchangeKey)
      const { revoked } = yield* access.open(incoming("read", message, context))
      const { changes, overrun } = yield* service.subscribe(message.microgridId as MicrogridId)
      yield* Metrics.streams.observe(() => 1)
      yield* Effect.sync(exchange.sendHeaders)
      // A client that takes nothing any more does not take the end of its stream either.
      const ended = Effect.raceFirst(
        Effect.andThen(overrun, Metric.update(Metrics.overruns.at(), 1)),
        Effect.ignore(revoked)
      )
      yield* ended.pipe(
        Effect.andThen(Effect.sleep(stallGrace)),
        Effect.andThen(Effect.sync(exchange.reset)),
        Effect.forkScoped
      )
      return Stream.mapArrayEffect(changes, eventsOf).pipe(
        Stream.interruptWhen(Effect.raceFirst(revoked, stopping))
      )
    })
  )

/** Every stream of a microgrid sends the same message. */
const messages = new WeakMap<Change, Protobuf.StreamMicrogridDispatchesResponse>()

const eventsOf = (changes: Arr.NonEmptyReadonlyArray<Change>) =>
  Effect.flatMap(inTurns(changes, eventOf), (events) =>
    encoded(Result.all(events as Arr.NonEmptyReadonlyArray<ReturnType<typeof eventOf>>))
  )

const eventOf = (change: Change) => {
  const known = messages.get(change)
  if (known !== undefined) return Result.succeed(known)
  const result = DispatchCodec.encodeEvent(change.kind, change.dispatch)
  if (Result.isSuccess(result)) messages.set(change, result.success)
  return result
}
