/**
 * The dispatch service: use cases, stores, gRPC server.
 *
 * @since 0.1.0
 */
export { AccessControl } from "./AccessControl.ts"
export type { IncomingCall } from "./IncomingCall.ts"
export * as AccessKeys from "./AccessKeys.ts"
export { type AccessKey, AccessKeyStore, type AccessRight } from "./AccessKeyStore.ts"
export { Caller } from "./Caller.ts"
export { ChangeFeed, type Subscription } from "./ChangeFeed.ts"
export { DispatchService, type Page, type PageRequest } from "./DispatchService.ts"
export { DispatchFormat } from "./DispatchFormat.ts"
export * as DispatchFormatProtobuf from "./DispatchFormatProtobuf.ts"
export {
  type AuditRecord,
  type Change,
  type Decision,
  DispatchStore,
  type ListingBegun,
  type Origin,
  type PageQuery,
  type Position,
  type PruneTimes,
  type Retained,
  type StoredDispatch,
  StoreError,
  StoreUnusable,
  type ChangeHint
} from "./DispatchStore.ts"
export * as DispatchStoreMemory from "./DispatchStoreMemory.ts"
export * as DispatchStorePostgres from "./DispatchStorePostgres.ts"
export * as DispatchStoreSqlite from "./DispatchStoreSqlite.ts"
export { GrpcServer, type GrpcServerOptions, ListenError } from "./GrpcServer.ts"
export * as Metrics from "./Metrics.ts"
export * as Retention from "./Retention.ts"
