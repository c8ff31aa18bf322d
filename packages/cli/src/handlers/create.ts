import { DispatchClient, type NewDispatch } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { type Duration, Effect, Option } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { field, type RecurrenceFlags } from "../input/flags.ts"
import { wholeRule } from "../input/recurrence.ts"
import { printDispatch } from "../output/dispatch.ts"

interface Options extends RecurrenceFlags {
  readonly microgrid: MicrogridId
  readonly type: string
  readonly target: NewDispatch["target"]
  readonly start: NewDispatch["startTime"]
  readonly duration: Option.Option<Duration.Duration>
  readonly active: boolean
  readonly dryRun: boolean
  readonly payload: Option.Option<NonNullable<NewDispatch["payload"]>>
  readonly json: boolean
  readonly utc: boolean
}

/** Creates a dispatch and shows the service's record of it. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const recurrence = yield* wholeRule(options)
  yield* Effect.gen(function* () {
    const client = yield* DispatchClient
    const dispatch = yield* client.create(options.microgrid, {
      type: options.type,
      target: options.target,
      startTime: options.start,
      active: options.active,
      dryRun: options.dryRun,
      duration: Option.getOrUndefined(options.duration),
      ...field("payload", options.payload),
      recurrence
    })
    yield* printDispatch(dispatch, options)
  }).pipe(Effect.catch(explain), Effect.provide(clientLayer))
})
