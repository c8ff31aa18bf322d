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
import { Effect, Metric, type Result, Stream } from "effect"
import type { AccessControl, Admission } from "../../AccessControl.ts"
import type { IncomingCall } from "../../IncomingCall.ts"
import type { AccessRight } from "../../AccessKeyStore.ts"
import { Caller } from "../../Caller.ts"
import { DispatchService } from "../../DispatchService.ts"
import type { Change } from "../../DispatchStore.ts"
import * as Metrics from "../../Metrics.ts"
import { stallGrace } from "../../ServiceLimits.ts"
import { inTurns } from "../turns.ts"
import { type Call, type Frame, frameOf, type Route, serverStream, unary } from "./route.ts"
import type { UnreadAnswers } from "./unreadAnswers.ts"

/** The needs of a route beside the services. */
export interface RouteNeeds {
  readonly access: AccessControl["Service"]
  readonly unread: Pick<UnreadAnswers, "reservePage">
  /** Fails when streams shall end. */
  readonly stopping: Effect.Effect<never, DispatchError.DispatchError>
}

/** The methods of the service. */
export const routes = ({ access, stopping, unread }: RouteNeeds): ReadonlyArray<Route<DispatchService>> => {
  const answering =
    <I extends OfMicrogrid>(right: AccessRight, handle: Handle<I>, answer: "Small" | "Page" = "Small") =>
    (call: Call) =>
      Effect.map(access.gate(incoming(right, call)), ({ enter, keyId, place }) => {
        const whenOver = (release: () => void) => call.whenOver(release)
        return {
          keyId,
          turn: answer === "Page" ? unread.reservePage(keyId, whenOver) : place("calls", whenOver),
          answer: (message: I) =>
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
        keyId: admission.keyId,
        turn: admission.place("streams", (release) => call.whenOver(release)),
        answer: (message) => events({ message, call, admission, stopping })
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

const get = Effect.fnUntraced(function* ({ dispatchId, microgridId }: Protobuf.GetMicrogridDispatchRequest) {
  const service = yield* DispatchService
  const found = yield* service.get(microgridId as MicrogridId, dispatchId as DispatchId)
  return DispatchFrames.get(microgridId, found.message)
})

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

/** A stream of events that was asked for. */
interface AskedStream {
  readonly message: OfMicrogrid
  readonly call: Call
  readonly admission: Admission
  readonly stopping: Effect.Effect<never, DispatchError.DispatchError>
}

type Told = Stream.Stream<Frame, DispatchError.DispatchError>

/**
 * The events of a microgrid, as they are told. The headers tell the client the moment from which it misses none, and
 * so does what is told before the first event.
 */
export const events = (
  { admission: { enter, revoked }, call, message, stopping }: AskedStream,
  told: (events: Told) => Told = (events) => events
) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const service = yield* DispatchService
      yield* enter(message.microgridId as MicrogridId)
      const { changes, overrun } = yield* service.subscribe(message.microgridId as MicrogridId)
      yield* Metrics.streams.observe(() => 1)
      yield* Effect.sync(() => call.sendHeaders())
      // A client that takes nothing any more does not take the end of its stream either.
      const ended = Effect.raceFirst(
        Effect.andThen(overrun, Metric.update(Metrics.overruns.at(), 1)),
        Effect.ignore(revoked)
      )
      yield* ended.pipe(
        Effect.andThen(Effect.sleep(stallGrace)),
        Effect.andThen(Effect.sync(() => call.cutOff())),
        Effect.forkScoped
      )
      return told(Stream.map(changes, eventOf)).pipe(
        Stream.interruptWhen(Effect.raceFirst(revoked, stopping))
      )
    })
  )

/** Every stream of a microgrid sends the same frame. */
const frames = new WeakMap<Change, Frame>()

const eventOf = (change: Change): Frame => {
  const known = frames.get(change)
  if (known !== undefined) return known
  const made = DispatchFrames.event(change.kind, change.message)
  frames.set(change, made)
  return made
}
