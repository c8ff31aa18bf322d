import { DispatchClient, type DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Duration, Effect, Option } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { field } from "../input/flags.ts"
import { asksForRule } from "../input/recurrence.ts"
import { needsPresent, type ScheduleFlags, scheduleChanges } from "../input/ruleChanges.ts"
import { formOf, printWritten } from "../output/dispatch.ts"
import { startNotes } from "../output/startNotes.ts"
import { UsageError } from "../UsageError.ts"
import { whileChanging } from "./whileChanging.ts"

interface Options extends ScheduleFlags {
  readonly microgrid: MicrogridId
  readonly id: DispatchId
  readonly duration: Option.Option<Duration.Duration>
  readonly noDuration: boolean
  readonly name: Option.Option<string>
  readonly noName: boolean
  readonly target: Option.Option<NonNullable<DispatchChanges["target"]>>
  readonly active: Option.Option<boolean>
  readonly payload: Option.Option<NonNullable<DispatchChanges["payload"]>>
  readonly json: boolean
  readonly utc: boolean
}

/** Changes a dispatch and shows the service's record of it. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const changes = yield* plainChanges(options)
  if (!needsPresent(options)) {
    if (Object.keys(changes).length === 0) return yield* nothingGiven
    const form = yield* formOf(options)
    return yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      yield* printWritten(yield* client.update(options.microgrid, options.id, changes), form)
    }).pipe(Effect.catch(explain), Effect.provide(clientLayer))
  }
  yield* whileChanging(options, (present) =>
    Effect.gen(function* () {
      const { changes: schedule, clock, notes } = yield* scheduleChanges(options, present)
      const all = { ...changes, ...schedule }
      if (Object.keys(all).length === 0) return { nothing: `Nothing of #${present.id} was changed.` }
      return {
        changes: all,
        notes: [...startNotes(Option.getOrUndefined(options.start), clock), ...notes]
      }
    })
  )
})

/** The changes that do not depend on what the dispatch is. */
const plainChanges = Effect.fnUntraced(function* (options: Options) {
  if (options.noDuration && Option.isSome(options.duration)) {
    return yield* contradiction("--duration", "--no-duration")
  }
  if (options.noName && Option.isSome(options.name)) return yield* contradiction("--name", "--no-name")
  if (options.noRecurrence && asksForRule(options)) {
    return yield* contradiction("--no-recurrence", "other flags of the recurrence")
  }
  const changes: DispatchChanges = {
    ...field("duration", options.duration),
    ...(options.noDuration ? { duration: Duration.infinity } : undefined),
    ...field("name", options.name),
    ...(options.noName ? { name: null } : undefined),
    ...field("target", options.target),
    ...field("active", options.active),
    ...field("payload", options.payload)
  }
  return changes
})

const contradiction = (one: string, other: string) =>
  new UsageError({ message: `${one} and ${other} contradict each other`, example })

const example = "dispatch update 1 12 --duration 30m"

const nothingGiven = new UsageError({ message: "nothing to change: give at least one field", example })
