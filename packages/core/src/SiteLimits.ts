/**
 * The limits that a dispatching actor keeps to, each with its value. Those of synchronisation are in `SyncSettings`.
 *
 * @since 0.1.0
 */
export { clockStepToleranceMillis } from "./internal/clockStep.ts"
export { standstillSleepMaxMillis } from "./internal/scheduler/timer.ts"
export { durationSecondsMax } from "./internal/runDuration.ts"
export { edgeSpansPerSecondMax } from "./internal/site/edgeSpans.ts"
export { inboxCapacity } from "./internal/site/inbox.ts"
export { noteRetryDelay, sliceMax } from "./internal/site/outbox.ts"
export { recoveredStopsKeptFor } from "./internal/site/recoveredStops.ts"
export { struckMax } from "./internal/site/recordShelf.ts"
export { toldMax } from "./internal/site/toldContents.ts"
export { notesMax } from "./internal/site/writeQueue.ts"
export { executedRangesMax } from "./internal/timeline/executions.ts"
export { missedRunsMax } from "./internal/timeline/missedOccurrences.ts"
export { goneMax } from "./internal/timeline/goneExecutions.ts"
