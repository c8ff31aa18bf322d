/**
 * One dispatching actor for each of many microgrids, over many processes.
 *
 * @since 0.1.0
 */
export * as FencingToken from "./FencingToken.ts"
export * as Fleet from "./Fleet.ts"
export * as FleetEngine from "./FleetEngine.ts"
export * as FleetError from "./FleetError.ts"
export * as FleetLimits from "./FleetLimits.ts"
export * as FleetNode from "./FleetNode.ts"
export * as FleetPostgres from "./FleetPostgres.ts"
export * as FleetRegistry from "./FleetRegistry.ts"
export * as FleetRunner from "./FleetRunner.ts"
export * as FleetSettings from "./FleetSettings.ts"
export * as FleetStore from "./FleetStore.ts"
export * as Metrics from "./Metrics.ts"
export * as SiteJournalSql from "./SiteJournalSql.ts"
export * as SqlJournalLimits from "./SqlJournalLimits.ts"
export * as TokenGate from "./TokenGate.ts"
