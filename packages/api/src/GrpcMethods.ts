/**
 * The names of the methods of the API.
 *
 * @since 0.1.0
 */

/**
 * The methods of the dispatch service; one that answers with a stream is called so.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { GrpcMethods } from "@effect-dispatch/api"
 *
 * assert.ok(GrpcMethods.dispatchMethods.includes("GetMicrogridDispatch"))
 * ```
 *
 * @category constants
 * @since 0.1.0
 */
export const dispatchMethods: ReadonlyArray<string> = [
  "ListMicrogridDispatches",
  "StreamMicrogridDispatches",
  "CreateMicrogridDispatch",
  "UpdateMicrogridDispatch",
  "GetMicrogridDispatch",
  "DeleteMicrogridDispatch"
]

/**
 * The methods of the service for consoles; one that answers with a stream is called so.
 *
 * @category constants
 * @since 0.1.0
 */
export const consoleMethods: ReadonlyArray<string> = ["WatchMicrogrid", "ListAudit", "DescribeKey"]

/**
 * The methods of the service for reports of runs.
 *
 * @category constants
 * @since 0.1.0
 */
export const reportMethods: ReadonlyArray<string> = ["ReportRuns", "ListRuns", "ListLastRuns", "SumUpRuns"]

/**
 * The methods of `grpc.health.v1`.
 *
 * @category constants
 * @since 0.1.0
 */
export const healthMethods: ReadonlyArray<string> = ["Check", "Watch"]
