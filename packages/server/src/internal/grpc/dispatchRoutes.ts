/** The dispatch service on the wire: callers are let in or refused, then messages become values and back. */
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as DispatchFrames from "@effect-dispatch/api/DispatchFrames"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { Effect, type Result } from "effect"
import type { AccessControl, Admission } from "../../AccessControl.ts"
import type { IncomingCall } from "../../IncomingCall.ts"
import type { AccessRight } from "../../AccessKeyStore.ts"
import { Caller } from "../../Caller.ts"
import { DispatchService } from "../../DispatchService.ts"
import type { Change } from "../../DispatchStore.ts"
import { Mapped } from "../backlog.ts"
import type { Signal } from "../signal.ts"
import { inTurns } from "../turns.ts"
import { type Call, type Frame, frameOf, type Route, serverStream, type Unary, unary } from "./route.ts"
import type { UnreadAnswers } from "./unreadAnswers.ts"

/** The needs of a route beside the services. */
export interface RouteNeeds {
  readonly access: AccessControl["Service"]
  readonly unread: Pick<UnreadAnswers, "reservePage">
  /** Happens when streams shall end. */
  readonly stopping: Signal<DispatchError.DispatchError>
}

/** The methods of the service. */
export const routes = ({ access, stopping, unread }: RouteNeeds): ReadonlyArray<Route<DispatchService>> => {
  const answering =
    <I extends OfMicrogrid>(right: AccessRight, handle: Handle<I>, answer: "Small" | "Page" = "Small") =>
    (call: Call) =>
      Effect.map(access.gate(incoming(right, call)), ({ enter, keyId, place }): Unary<DispatchService, I> => {
        const whenOver = (release: () => void) => call.whenOver(release)
        return {
          _tag: "Unary",
          keyId,
          turn: answer === "Page" ? unread.reservePage(keyId, whenOver) : place("calls", whenOver),
          answer: (message) =>
            Effect.flatMap(enter(message.microgridId as MicrogridId), (caller) =>
              Effect.provideService(handle(message, call), Caller, caller)
            )
        }
      })
  const { method } = Protobuf.MicrogridDispatchService
  return [
    unary(method.listMicrogridDispatches, answering("read", list, "Page")),
    unary(method.getMicrogridDispatch, answering("read", get)),
    unary(method.createMicrogridDispatch, answering("write", createDispatch)),
    unary(method.updateMicrogridDispatch, answering("write", update)),
    unary(method.deleteMicrogridDispatch, answering("write", remove)),
    serverStream(method.streamMicrogridDispatches, (call) =>
      Effect.map(access.gate(incoming("read", call)), (admission) => ({
        _tag: "Stream",
        keyId: admission.keyId,
        turn: admission.place("streams", (release) => call.whenOver(release)),
        answer: (message) => events(message, { admission, call, stopping })
      }))
    )
  ]
}

interface OfMicrogrid {
  readonly microgridId: bigint
}

type Handle<I> = (
  message: I,
  call: Call
) => Effect.Effect<Frame, DispatchError.DispatchError, DispatchService>

/** A call as access control sees it. */
export const incoming = (right: AccessRight | undefined, call: Call): IncomingCall => ({
  method: call.method.name,
  metadata: (name) => call.header(name),
  remoteAddress: call.remoteAddress,
  right
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
  const { dispatches, nextPageToken, totalItems, unreadable } = yield* service.list(microgridId, {
    filter,
    sort,
    ...(page === undefined
      ? undefined
      : "token" in page
        ? { pageToken: page.token }
        : { pageSize: page.size })
  })
  const messages = yield* inTurns(dispatches, ({ message }) => message)
  return DispatchFrames.list([...messages, ...unreadable.map(DispatchCodec.encodeUnreadable)], {
    totalItems,
    ...(nextPageToken === undefined ? undefined : { nextPageToken })
  })
})

const get = ({ dispatchId, microgridId }: Protobuf.GetMicrogridDispatchRequest) =>
  Effect.flatMap(DispatchService, (service) =>
    Effect.map(service.get(microgridId as MicrogridId, dispatchId as DispatchId), ({ message }) =>
      DispatchFrames.get(microgridId, message)
    )
  )

const createDispatch = Effect.fnUntraced(function* (message: Protobuf.CreateMicrogridDispatchRequest) {
  const service = yield* DispatchService
  const { dispatch, microgridId } = yield* decoded(CreateCodec.decode(message))
  const made = yield* service.create(microgridId, dispatch)
  return frameOf(Protobuf.CreateMicrogridDispatchResponseSchema, { dispatch: yield* encodeDispatch(made) })
})

const update = Effect.fnUntraced(function* (message: Protobuf.UpdateMicrogridDispatchRequest, call: Call) {
  const condition = call.header("if-update-time")
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
  return frameOf(Protobuf.UpdateMicrogridDispatchResponseSchema, { dispatch: yield* encodeDispatch(updated) })
})

const remove = Effect.fnUntraced(function* ({
  dispatchId,
  microgridId
}: Protobuf.DeleteMicrogridDispatchRequest) {
  const service = yield* DispatchService
  yield* service.delete(microgridId as MicrogridId, dispatchId as DispatchId)
  return frameOf(Protobuf.DeleteMicrogridDispatchResponseSchema, { microgridId, dispatchId })
})

/** The call of a stream, and the things that may end it. */
export interface StreamCall {
  readonly call: Call
  readonly admission: Admission
  readonly stopping: Signal<DispatchError.DispatchError>
}

/** The events of a microgrid. The headers tell the client the moment from which it misses none. */
export const events = (message: OfMicrogrid, { admission, call, stopping }: StreamCall) =>
  Effect.gen(function* () {
    const service = yield* DispatchService
    yield* admission.enter(message.microgridId as MicrogridId)
    const changes = yield* service.subscribe(message.microgridId as MicrogridId)
    yield* Effect.sync(() => call.sendHeaders())
    changes.whenFailed(expiring(call))
    const fail = failing(call)
    call.whenOver(admission.whenRevoked(fail))
    call.whenOver(stopping.when(fail))
    return new Mapped(changes, eventOf)
  })

/** A client that takes nothing any more does not take the end of its stream either. */
const expiring = (call: Call) => () => call.expire()

const failing = (call: Call) => (error: DispatchError.DispatchError) => call.fail(error)

/** Every stream of a microgrid sends the same frame. */
const frames = new WeakMap<Change, Frame>()

const eventOf = (change: Change): Frame => {
  const known = frames.get(change)
  if (known !== undefined) return known
  const made = DispatchFrames.event(change.kind, change.message)
  frames.set(change, made)
  return made
}
