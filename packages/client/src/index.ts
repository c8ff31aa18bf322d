/**
 * A client of the dispatch service over gRPC.
 *
 * @since 0.1.0
 */
export * as ClientConfig from "./ClientConfig.ts"
export * as ClientConfigError from "./ClientConfigError.ts"
export * as ClientLimits from "./ClientLimits.ts"
export * as Credentials from "./Credentials.ts"
export * as DispatchClientGrpc from "./DispatchClientGrpc.ts"
export * as DispatchClientWeb from "./DispatchClientWeb.ts"
export * as DispatchUrl from "./DispatchUrl.ts"
export * as DispatcherGrpc from "./DispatcherGrpc.ts"
export * as Metrics from "./Metrics.ts"
export * as ReportClient from "./ReportClient.ts"
export * as RunReporter from "./RunReporter.ts"
export * as ServiceConsole from "./ServiceConsole.ts"
export * as ServiceTransport from "./ServiceTransport.ts"
