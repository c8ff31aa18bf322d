/**
 * Test tools: the client port over the service's logic, and a service that follows a script.
 *
 * @since 0.1.0
 */
export { ScriptedService } from "./ScriptedService.ts"
export { SkewClock } from "./SkewClock.ts"
export * as ServiceClient from "./ServiceClient.ts"
