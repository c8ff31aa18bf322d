/** The service for reports of runs on the wire. */
import type { MessageShape } from "@bufbuild/protobuf"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option, type Result } from "effect"
import type { AccessRight } from "../../AccessKeyStore.ts"
import { Caller } from "../../Caller.ts"
import { ReportService } from "../../ReportService.ts"
import { inTurns } from "../turns.ts"
import { incoming, type RouteNeeds } from "./dispatchRoutes.ts"
import { type Call, type Frame, frameOf, type Route, type Unary, unary } from "./route.ts"

/** The methods of the service, if there is one. */
export const routes = (
  needs: Pick<RouteNeeds, "access" | "unread">
): Effect.Effect<ReadonlyArray<Route<never>>> =>
  Effect.map(
    Effect.serviceOption(ReportService),
    Option.match({ onNone: () => [], onSome: (service) => routesOf(service, needs) })
  )

const routesOf = (
  service: ReportService["Service"],
  { access, unread }: Pick<RouteNeeds, "access" | "unread">
): ReadonlyArray<Route<never>> => {
  const answering =
    <I extends { readonly microgridId: bigint }>(
      right: AccessRight,
      handle: (
        message: I,
        service: ReportService["Service"]
      ) => Effect.Effect<Frame, DispatchError.DispatchError>
    ) =>
    (call: Call) =>
      Effect.map(access.gate(incoming(right, call)), ({ enter, keyId, place }): Unary<never, I> => {
        const whenOver = (release: () => void) => call.whenOver(release)
        return {
          _tag: "Unary",
          keyId,
          turn: right === "report" ? place("calls", whenOver) : unread.reservePage(keyId, whenOver),
          answer: (message) =>
            Effect.flatMap(enter(MicrogridId.make(message.microgridId)), (caller) =>
              Effect.provideService(handle(message, service), Caller, caller)
            )
        }
      })
  const { method } = Protobuf.ReportService
  return [
    unary(method.reportRuns, answering("report", report)),
    unary(method.listRuns, answering("read", list)),
    unary(method.listLastRuns, answering("read", last)),
    unary(method.sumUpRuns, answering("read", sumUp))
  ]
}

const decoded = <A>(result: Result.Result<A, CodecError>): Effect.Effect<A, DispatchError.DispatchError> =>
  Effect.mapError(Effect.fromResult(result), ({ message, path }) =>
    DispatchError.invalidArgument(path, message)
  )

type Service = ReportService["Service"]

const report = Effect.fnUntraced(function* (message: Protobuf.ReportRunsRequest, service: Service) {
  const { conflicts, isBehind, last } = yield* service.report(
    yield* decoded(ReportCodec.decodeBatch(message))
  )
  return frameOf(Protobuf.ReportRunsResponseSchema, {
    conflicts: [...conflicts],
    isBehind,
    ...(last === undefined ? undefined : { last })
  })
})

const list = Effect.fnUntraced(function* (message: Protobuf.ListRunsRequest, service: Service) {
  const { nextPageToken = "", runs } = yield* service.list(yield* decoded(ReportCodec.decodeList(message)))
  const messages = yield* inTurns(runs, ReportCodec.encodeKept)
  return frameOf(Protobuf.ListRunsResponseSchema, { runs: [...messages], nextPageToken })
})

const last = Effect.fnUntraced(function* (
  { afterDispatchId: after, dispatchIds, microgridId }: Protobuf.ListLastRunsRequest,
  service: Service
) {
  const ids = yield* decoded(ReportCodec.decodeIds(dispatchIds))
  const { hasMore, runs } = yield* service.last(
    MicrogridId.make(microgridId),
    ids.length > 0 ? { ids } : { after }
  )
  const messages = yield* inTurns(runs, ReportCodec.encodeKept)
  return frameOf(Protobuf.ListLastRunsResponseSchema, { runs: [...messages], hasMore })
})

const sumUp = Effect.fnUntraced(function* (
  message: MessageShape<typeof Protobuf.SumUpRunsRequestSchema>,
  service: Service
) {
  const { fromDay: from, microgridId, pageToken, toDay: to = daysMax } = message
  const page = yield* service.days(MicrogridId.make(microgridId), { from, to }, pageToken)
  const messages = yield* inTurns(page.days, ReportCodec.encodeDay)
  return frameOf(Protobuf.SumUpRunsResponseSchema, {
    days: [...messages],
    nextPageToken: page.nextPageToken ?? ""
  })
})

/** A day after all that there are. */
const daysMax = 2 ** 31 - 1
