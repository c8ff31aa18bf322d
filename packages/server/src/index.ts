/**
 * The dispatch service: use cases, stores, gRPC server.
 *
 * @since 0.1.0
 */
export * as AccessControl from "./AccessControl.ts"
export * as AccessKeyStore from "./AccessKeyStore.ts"
export * as AccessKeys from "./AccessKeys.ts"
export * as Caller from "./Caller.ts"
export * as ChangeFeed from "./ChangeFeed.ts"
export * as DispatchFormat from "./DispatchFormat.ts"
export * as DispatchFormatProtobuf from "./DispatchFormatProtobuf.ts"
export * as DispatchReplica from "./DispatchReplica.ts"
export * as DispatchService from "./DispatchService.ts"
export * as DispatchStore from "./DispatchStore.ts"
export * as DispatchStoreMemory from "./DispatchStoreMemory.ts"
export * as DispatchStorePostgres from "./DispatchStorePostgres.ts"
export * as DispatchStoreSqlite from "./DispatchStoreSqlite.ts"
export * as GrpcServer from "./GrpcServer.ts"
export * as IncomingCall from "./IncomingCall.ts"
export * as ListingLimits from "./ListingLimits.ts"
export * as Metrics from "./Metrics.ts"
export * as OfferedFeatures from "./OfferedFeatures.ts"
export * as ReportService from "./ReportService.ts"
export * as ReportStore from "./ReportStore.ts"
export * as Retention from "./Retention.ts"
export * as ServiceLimits from "./ServiceLimits.ts"
export * as WebProxy from "./WebProxy.ts"
export * as WebServer from "./WebServer.ts"
