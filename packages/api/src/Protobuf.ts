/**
 * The messages of the API, as generated from the `.proto` files in this package.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
 * import { Protobuf } from "@effect-dispatch/api"
 *
 * const schema = Protobuf.GetMicrogridDispatchRequestSchema
 * const bytes = toBinary(schema, create(schema, { microgridId: 1n, dispatchId: 7n }))
 * assert.strictEqual(fromBinary(schema, bytes).dispatchId, 7n)
 * ```
 *
 * @since 0.1.0
 */
export * from "./gen/effect_dispatch/console/v1/console_pb.js"
export * from "./gen/effect_dispatch/report/v1/report_pb.js"
export * from "./gen/frequenz/api/common/v1alpha8/microgrid/electrical_components/electrical_components_pb.js"
export * from "./gen/frequenz/api/common/v1alpha8/pagination/pagination_pb.js"
export * from "./gen/frequenz/api/common/v1alpha8/streaming/event_pb.js"
export * from "./gen/frequenz/api/common/v1alpha8/types/interval_pb.js"
export * from "./gen/frequenz/api/dispatch/v1/dispatch_pb.js"
export * from "./gen/google/rpc/error_details_pb.js"
export * from "./gen/google/rpc/status_pb.js"
export * from "./gen/grpc/health/v1/health_pb.js"
