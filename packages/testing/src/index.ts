/**
 * Test tools: the client port over the service's logic, a service that follows a script, dispatches drawn from a
 * seed, a network and a clock that fail as told, and whole sites and fleets in simulation.
 *
 * @since 0.1.0
 */
export * as Certificates from "./Certificates.ts"
export * as Chance from "./Chance.ts"
export * as DispatchGenerator from "./DispatchGenerator.ts"
export * as DispatchStoreConformance from "./DispatchStoreConformance.ts"
export * as FaultyNetwork from "./FaultyNetwork.ts"
export * as FleetSimulation from "./FleetSimulation.ts"
export * as Oracle from "./Oracle.ts"
export * as Probe from "./Probe.ts"
export * as ScriptedService from "./ScriptedService.ts"
export * as ServiceClient from "./ServiceClient.ts"
export * as Simulation from "./Simulation.ts"
export * as SimulationPlan from "./SimulationPlan.ts"
export * as SimulationReport from "./SimulationReport.ts"
export * as SkewClock from "./SkewClock.ts"
