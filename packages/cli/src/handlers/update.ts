import { DispatchClient, type DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { type DateTime, Duration, Effect, Option } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { field, type RecurrenceFlags } from "../input/flags.ts"
import { ruleChanges } from "../input/recurrence.ts"
import { printDispatch } from "../output/dispatch.ts"
import { UsageError } from "../UsageError.ts"

interface Options extends RecurrenceFlags {
  readonly microgrid: MicrogridId
  readonly id: DispatchId
  readonly start: Option.Option<DateTime.Utc>
  readonly duration: Option.Option<Duration.Duration>
  readonly noDuration: boolean
  readonly target: Option.Option<NonNullable<DispatchChanges["target"]>>
  readonly active: Option.Option<boolean>
  readonly payload: Option.Option<NonNullable<DispatchChanges["payload"]>>
  readonly noRecurrence: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Changes a dispatch and shows the service's record of it. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const changes = yield* changesOf(options)
  yield* Effect.gen(function* () {
    const client = yield* DispatchClient
    yield* printDispatch(yield* client.update(options.microgrid, options.id, changes), options)
  }).pipe(Effect.catch(explain), Effect.provide(clientLayer))
})

const changesOf = Effect.fnUntraced(function* (options: Options) {
  const rule = yield* ruleChanges(options)
  if (options.noDuration && Option.isSome(options.duration)) {
    return yield* contradiction("--duration", "--no-duration")
  }
  if (options.noRecurrence && rule !== undefined) {
    return yield* contradiction("--no-recurrence", "other flags of the recurrence")
  }
  const changes: DispatchChanges = {
    ...field("startTime", options.start),
    ...field("duration", options.duration),
    ...(options.noDuration ? { duration: Duration.infinity } : undefined),
    ...field("target", options.target),
    ...field("active", options.active),
    ...field("payload", options.payload),
    ...(rule === undefined
      ? undefined
      : rule.timeZone === undefined
        ? { recurrence: rule }
        : { calendar: rule }),
    ...(options.noRecurrence ? { recurrence: null } : undefined)
  }
  if (Object.keys(changes).length > 0) return changes
  return yield* new UsageError({ message: "nothing to change: give at least one field", example })
})

const contradiction = (one: string, other: string) =>
  new UsageError({ message: `${one} and ${other} contradict each other`, example })

const example = "dispatch update 1 12 --duration 30m"
