/**
 * The dispatch service: use cases, stores, gRPC server.
 *
 * @since 0.1.0
 */
export { AccessControl } from "./AccessControl.ts"
export * as AccessKeys from "./AccessKeys.ts"
export { type AccessKey, AccessKeyStore } from "./AccessKeyStore.ts"
export { Caller } from "./Caller.ts"
export { ChangeFeed } from "./ChangeFeed.ts"
export { DispatchService } from "./DispatchService.ts"
export { DispatchStore, StoreError, StoreUnusable } from "./DispatchStore.ts"
export * as DispatchStoreMemory from "./DispatchStoreMemory.ts"
export * as DispatchStorePostgres from "./DispatchStorePostgres.ts"
export * as DispatchStoreSqlite from "./DispatchStoreSqlite.ts"
export { GrpcServer, ListenError } from "./GrpcServer.ts"
export * as Metrics from "./Metrics.ts"
export * as Retention from "./Retention.ts"
