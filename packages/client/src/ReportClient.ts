/**
 * Reports of runs: sent by sites, read by people. Section "Journal and reports" of the behaviour.
 *
 * @since 0.1.0
 */
import type * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type {
  BatchTaken,
  ReportBatch,
  ReportedRun,
  RunDay,
  RunFilter
} from "@effect-dispatch/core/ReportedRun"
import { Context, type Effect, type Stream } from "effect"

/**
 * The days to sum up, counted from 1970-01-01 in UTC: from one on, and before another.
 *
 * @category models
 * @since 0.1.0
 */
export interface Days {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/**
 * The calls for reports of runs. A service that takes none is told of by `Unsupported`. Reads are tried again after
 * passing failures, as those of `DispatchClient`; `report` is not, although it may be sent twice.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClientGrpc, ReportClient } from "@effect-dispatch/client"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { DispatchService, DispatchStoreMemory, GrpcServer, ReportService } from "@effect-dispatch/server"
 * import { Effect, Layer, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { list } = yield* ReportClient.ReportClient
 *   assert.deepStrictEqual(yield* Stream.runCollect(list(MicrogridId.make(1n), { missed: true })), [])
 * })
 * const Service = GrpcServer.layer({ port: 0 }).pipe(
 *   Layer.provide([DispatchService.layer, ReportService.layer]),
 *   Layer.provide(DispatchStoreMemory.layer)
 * )
 * const Client = Layer.unwrap(
 *   Effect.map(GrpcServer.GrpcServer, ({ port }) =>
 *     DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${port}?ssl=false` })
 *   )
 * )
 * await Effect.runPromise(Effect.provide(program, Layer.provide(Client, Service)))
 * ```
 *
 * @see BEHAVIOUR J29
 * @category services
 * @since 0.1.0
 */
export class ReportClient extends Context.Service<
  ReportClient,
  {
    /** Sends reports. An empty batch tells from where on to go on. */
    readonly report: (batch: ReportBatch) => Effect.Effect<BatchTaken, DispatchError.DispatchError>
    /** The runs of a microgrid by their planned beginning, the latest first, in pages of at most 1,000. */
    readonly list: (
      microgridId: MicrogridId,
      filter?: RunFilter,
      options?: { readonly pageSize?: number | undefined }
    ) => Stream.Stream<ReportedRun, DispatchError.DispatchError>
    /** The last run of these dispatches, or of all, as each of its reporters tells it. */
    readonly last: (
      microgridId: MicrogridId,
      ids?: ReadonlyArray<DispatchId>
    ) => Stream.Stream<ReportedRun, DispatchError.DispatchError>
    /** Counts of runs by day, type and reporter, the earliest day first. */
    readonly days: (
      microgridId: MicrogridId,
      days?: Days
    ) => Stream.Stream<RunDay, DispatchError.DispatchError>
    /** True if an answer of the service has said that it takes reports. */
    readonly isOffered: Effect.Effect<boolean>
  }
>()("@effect-dispatch/client/ReportClient") {}
