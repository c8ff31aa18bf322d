import { DispatchClient, type DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime, Duration, Effect, Option, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { clientLayer, explain } from "../connection.ts"
import { parseDuration } from "../input/duration.ts"
import {
  argument,
  connection,
  field,
  flag,
  instantFlag,
  json,
  microgrid,
  recurrence,
  recurrenceFields
} from "../input/flags.ts"
import { parseIds } from "../input/ids.ts"
import { parsePayload } from "../input/payload.ts"
import { parseTarget } from "../input/target.ts"
import * as Card from "../output/card.ts"
import * as Json from "../output/json.ts"
import { print } from "../output/terminal.ts"
import { UsageError } from "../UsageError.ts"

const switched = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

/** Changes a dispatch. */
export const update = Command.make(
  "update",
  {
    microgrid,
    id: argument("id", (text) =>
      Result.flatMap(parseIds([text]), ([id]) =>
        id === undefined ? Result.fail("must be one id") : Result.succeed(id)
      )
    ),
    start: instantFlag("start").pipe(Flag.withDescription("When it starts"), Flag.optional),
    duration: flag("duration", parseDuration).pipe(Flag.withDescription("How long it runs"), Flag.optional),
    noDuration: switched("no-duration", "Runs until stopped"),
    target: flag("target", parseTarget).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("What it acts upon"),
      Flag.optional
    ),
    active: Flag.Boolean("active").pipe(
      Flag.withAlias("a"),
      Flag.withDescription("Whether it may run (--no-active)"),
      Flag.optional
    ),
    payload: flag("payload", parsePayload).pipe(
      Flag.withAlias("p"),
      Flag.withDescription("JSON object"),
      Flag.optional
    ),
    noRecurrence: switched("no-recurrence", "Recurs no more"),
    ...recurrence,
    json,
    ...connection
  },
  Effect.fn(function* (options) {
    const changes = yield* changesOf(options)
    yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      const dispatch = yield* client.update(options.microgrid, options.id, changes)
      if (options.json) return yield* print(JSON.stringify(Json.dispatch(dispatch)))
      for (const line of Card.dispatch(dispatch, yield* DateTime.now)) yield* print(line)
    }).pipe(Effect.mapError(explain), Effect.provide(clientLayer(options)))
  })
).pipe(
  Command.withDescription("Change a dispatch"),
  Command.withExamples([
    { command: "dispatch update 1 12 --duration 30m" },
    { command: "dispatch update 1 12 --no-active" }
  ])
)

const changesOf = Effect.fnUntraced(function* (
  options: Parameters<typeof recurrenceFields>[0] & {
    readonly start: Option.Option<DateTime.Utc>
    readonly duration: Option.Option<Duration.Duration>
    readonly noDuration: boolean
    readonly target: Option.Option<NonNullable<DispatchChanges["target"]>>
    readonly active: Option.Option<boolean>
    readonly payload: Option.Option<NonNullable<DispatchChanges["payload"]>>
    readonly noRecurrence: boolean
  }
) {
  const { frequency, ...rest } = yield* recurrenceFields(options)
  const ruleChanges = { ...rest, ...(frequency === undefined ? undefined : { frequency }) }
  const changesRule = Object.keys(ruleChanges).length > 0
  if (options.noDuration && Option.isSome(options.duration))
    return yield* contradiction("--duration", "--no-duration")
  if (options.noRecurrence && changesRule)
    return yield* contradiction("--no-recurrence", "other flags of the recurrence")
  // With a frequency the flags are a whole rule, without one they change the present rule.
  const rule = frequency === undefined ? ruleChanges : new RecurrenceRule({ interval: 1, ...rest, frequency })
  const changes: DispatchChanges = {
    ...field("startTime", options.start),
    ...field("duration", options.duration),
    ...(options.noDuration ? { duration: Duration.infinity } : undefined),
    ...field("target", options.target),
    ...field("active", options.active),
    ...field("payload", options.payload),
    ...(options.noRecurrence ? { recurrence: null } : changesRule ? { recurrence: rule } : undefined)
  }
  if (Object.keys(changes).length > 0) return changes
  return yield* new UsageError({
    message: "nothing to change: give at least one field",
    example: "dispatch update 1 12 --duration 30m"
  })
})

const contradiction = (one: string, other: string) =>
  new UsageError({
    message: `${one} and ${other} contradict each other`,
    example: "dispatch update 1 12 --duration 30m"
  })
