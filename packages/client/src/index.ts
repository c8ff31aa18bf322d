/**
 * A client of the dispatch service over gRPC.
 *
 * @since 0.1.0
 */
export type { ClientOptions } from "./ClientConfig.ts"
export { ClientConfigError } from "./ClientConfigError.ts"
export * as Credentials from "./Credentials.ts"
export * as DispatchClientGrpc from "./DispatchClientGrpc.ts"
export { DispatchUrlError } from "./DispatchUrl.ts"
export * as DispatchUrl from "./DispatchUrl.ts"
export * as DispatcherGrpc from "./DispatcherGrpc.ts"
