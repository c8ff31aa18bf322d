/** The calls for reports of runs, by a route. */
import { createClient } from "@connectrpc/connect"
import { ReportService } from "@effect-dispatch/api/Protobuf"
import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import { reportIdsMax } from "@effect-dispatch/api/WireLimits"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ListRunsRequest, RunFilter } from "@effect-dispatch/core/ReportedRun"
import { Array as Arr, Effect, Option, Result, Semaphore, Stream } from "effect"
import { reportCallsMax } from "../ClientLimits.ts"
import type { ReportClient } from "../ReportClient.ts"
import { type Calls, retrying } from "./calls.ts"
import { encoded, unreadable } from "./failure.ts"

/** The service of these calls. */
export const make = (
  calls: Route & { readonly features: Pick<Calls["features"], "announced"> }
): ReportClient["Service"] => {
  const route = { ...calls, unary: orUnsupported(calls.unary) }
  return {
    report: report(route),
    list: list(route),
    last: last(route),
    days: days(route),
    isOffered: Effect.sync(() => calls.features.announced.has("report"))
  }
}

type Route = Pick<Calls, "transport" | "unary">
type Client = ReportClient["Service"]

const { method } = ReportService

/** A service of other make does not know the calls. */
const orUnsupported =
  (unary: Calls["unary"]): Calls["unary"] =>
  (...parameters) =>
    Effect.catch(unary(...parameters), (error) =>
      Effect.fail(
        error.reason._tag === "Unimplemented"
          ? DispatchError.unsupported("the service takes no reports of runs, and knows none")
          : error
      )
    )

const report = ({ transport, unary }: Route): Client["report"] => {
  const { reportRuns } = createClient(ReportService, transport)
  // The sites of a process share a client: all of them report after a takeover, and must not hold up their listings.
  const turns = Semaphore.makeUnsafe(reportCallsMax)
  return Effect.fn("ReportClient.report")(function* (batch) {
    const request = yield* encoded(ReportCodec.encodeBatch(batch))
    const answer = yield* turns.withPermit(
      unary(method.reportRuns, (options) => reportRuns(request, options))
    )
    const { conflicts, isBehind, last } = answer
    return { conflicts, isBehind, last: last && { epoch: last.epoch, number: last.number } }
  })
}

const list = ({ transport, unary }: Route): Client["list"] => {
  const { listRuns } = createClient(ReportService, transport)
  const page = Effect.fnUntraced(function* (listing: ListRunsRequest) {
    const request = yield* encoded(ReportCodec.encodeList(listing))
    const { nextPageToken, runs } = yield* retrying(
      unary(method.listRuns, (options) => listRuns(request, options))
    )
    return [yield* decodedAll(runs), nextPageToken] as const
  })
  return (microgridId, filter = {}, { pageSize = pageSizeMax } = {}) => {
    const { ids, ...rest } = filter
    const runs = (asked: RunFilter) =>
      Stream.withSpan(
        paged((pageToken) => page({ microgridId, filter: asked, pageSize, pageToken })),
        "ReportClient.list"
      )
    if (ids === undefined || ids.length <= reportIdsMax) return runs(filter)
    const wanted = new Set(ids)
    return Stream.filter(runs(rest), ({ run }) => wanted.has(run.dispatch.id))
  }
}

const last = ({ transport, unary }: Route): Client["last"] => {
  const { listLastRuns } = createClient(ReportService, transport)
  const page = Effect.fnUntraced(function* (
    microgridId: MicrogridId,
    dispatchIds: ReadonlyArray<DispatchId>,
    afterDispatchId: bigint
  ) {
    const request = { microgridId, dispatchIds: [...dispatchIds], afterDispatchId }
    const { hasMore, runs } = yield* retrying(
      unary(method.listLastRuns, (options) => listLastRuns(request, options))
    )
    const found = yield* decodedAll(runs)
    const next = hasMore ? found.at(-1)?.run.dispatch.id : undefined
    return [found, Option.fromUndefinedOr<bigint | undefined>(next)] as const
  })
  return (microgridId, ids) =>
    Stream.withSpan(
      ids === undefined
        ? Stream.paginate(0n, (after: bigint) => page(microgridId, [], after))
        : Stream.flatMap(Stream.fromIterable(Arr.chunksOf(ids, reportIdsMax)), (some) =>
            Stream.fromIterableEffect(Effect.map(page(microgridId, some, 0n), ([runs]) => runs))
          ),
      "ReportClient.last"
    )
}

const days = ({ transport, unary }: Route): Client["days"] => {
  const { sumUpRuns } = createClient(ReportService, transport)
  return (microgridId, { from = daysMin, to } = {}) =>
    Stream.withSpan(
      paged((pageToken) => {
        const request = { microgridId, fromDay: from, pageToken, ...(to === undefined ? {} : { toDay: to }) }
        return Effect.map(
          retrying(unary(method.sumUpRuns, (options) => sumUpRuns(request, options))),
          (page) => [page.days.map(ReportCodec.decodeDay), page.nextPageToken] as const
        )
      }),
      "ReportClient.days"
    )
}

/** As many as a page may have: it ends before it is too large. */
const pageSizeMax = 1_000

/** A day before all that there are. */
const daysMin = -(2 ** 31)

/** Everything, page by page. */
const paged = <A>(
  page: (
    token: string
  ) => Effect.Effect<readonly [ReadonlyArray<A>, nextToken: string], DispatchError.DispatchError>
): Stream.Stream<A, DispatchError.DispatchError> =>
  Stream.paginate("", (token: string) =>
    Effect.map(
      page(token),
      ([values, next]) => [values, next === "" ? Option.none<string>() : Option.some(next)] as const
    )
  )

const decodedAll = (runs: ReadonlyArray<Parameters<typeof ReportCodec.decodeKept>[0]>) =>
  Effect.mapError(Effect.fromResult(Result.all(runs.map(ReportCodec.decodeKept))), unreadable)
