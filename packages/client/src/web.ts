/**
 * A client of the dispatch service for browsers, over Connect. Nothing here needs Node.
 *
 * @since 0.1.0
 */
export * as ClientConfigError from "./ClientConfigError.ts"
export * as DispatchClientWeb from "./DispatchClientWeb.ts"
export * as ReportClient from "./ReportClient.ts"
export * as ServiceConsole from "./ServiceConsole.ts"
