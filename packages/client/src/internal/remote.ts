/** The client over any transport: requests and answers as messages of the wire. */
import { createClient } from "@connectrpc/connect"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import {
  type Dispatch as Message,
  type ListMicrogridDispatchesRequest,
  MicrogridDispatchService
} from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import { DispatchClient, type DispatchCalls, type EventStream } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, type Scope, Stream } from "effect"
import * as Calls from "./calls.ts"
import * as CallSpans from "./callSpans.ts"
import { withExtensions } from "./extensionCalls.ts"
import { encoded, malformed, unreadable } from "./failure.ts"
import { list } from "./listing.ts"

/** The client that makes calls; `open` opens event streams. */
export const make = (
  calls: Calls.Calls,
  open: (microgridId: MicrogridId) => Effect.Effect<EventStream, never, Scope.Scope>
): DispatchCalls => {
  const { method } = MicrogridDispatchService
  const { unary } = calls
  const promises = createClient(MicrogridDispatchService, calls.transport)

  const listPage = (request: ListMicrogridDispatchesRequest) =>
    Calls.retrying(
      unary(method.listMicrogridDispatches, (options) => promises.listMicrogridDispatches(request, options))
    )

  /** A listing of one row, only to hear what the service announces. */
  const ask = (microgridId: MicrogridId) =>
    Stream.runDrain(Stream.take(list(listPage, microgridId, { pageSize: 1 }), 1))

  const plain: DispatchCalls = {
    list: (microgridId, options = {}) =>
      Stream.withSpan(list(listPage, microgridId, options), "DispatchClient.list"),
    stream: Effect.fn("DispatchClient.stream")((microgridId) => open(microgridId)),
    ...writes(calls),
    get: Effect.fnUntraced(function* (microgridId, dispatchId) {
      const response = yield* Calls.retrying(
        unary(method.getMicrogridDispatch, (options) =>
          promises.getMicrogridDispatch({ microgridId, dispatchId }, options)
        )
      )
      return yield* decoded(response.dispatch)
    }, CallSpans.named("DispatchClient.get")),
    clockOffset: calls.serviceClock.offset
  }
  return DispatchClient.of({ ...plain, ...withExtensions(plain, calls.features, ask) })
}

/** The calls that change something. None is made again by itself. */
const writes = (calls: Calls.Calls): Pick<DispatchCalls, "create" | "update" | "delete"> => {
  const { method } = MicrogridDispatchService
  const { unary } = calls
  const promises = createClient(MicrogridDispatchService, calls.transport)
  return {
    create: Effect.fnUntraced(function* (microgridId, dispatch) {
      const request = yield* encoded(CreateCodec.encode(microgridId, dispatch))
      const response = yield* unary(method.createMicrogridDispatch, (options) =>
        promises.createMicrogridDispatch(request, options)
      )
      return yield* decoded(response.dispatch)
    }, CallSpans.named("DispatchClient.create")),
    update: Effect.fnUntraced(function* (microgridId, id, changes, { ifUpdateTime } = {}) {
      const request = yield* encoded(UpdateCodec.encode(microgridId, id, changes))
      const response = yield* unary(
        method.updateMicrogridDispatch,
        (options) => promises.updateMicrogridDispatch(request, options),
        ifUpdateTime === undefined ? {} : { "if-update-time": String(ifUpdateTime) }
      )
      return yield* decoded(response.dispatch)
    }, CallSpans.named("DispatchClient.update")),
    delete: Effect.fnUntraced(function* (microgridId, dispatchId) {
      yield* unary(method.deleteMicrogridDispatch, (options) =>
        promises.deleteMicrogridDispatch({ microgridId, dispatchId }, options)
      )
    }, CallSpans.named("DispatchClient.delete"))
  }
}

/** A missing part of an answer cannot be made up. */
const decoded = (message: Message | undefined) =>
  message === undefined
    ? Effect.fail(malformed("the dispatch is missing"))
    : Effect.mapError(Effect.fromResult(DispatchCodec.decodeDispatch(message)), unreadable)
