import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DateTime, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { clientLayer, explain } from "../connection.ts"
import { durationForms, parseDuration } from "../input/duration.ts"
import {
  argument,
  connection,
  field,
  flag,
  json,
  microgrid,
  recurrence,
  recurrenceRule,
  startArgument
} from "../input/flags.ts"
import { parsePayload } from "../input/payload.ts"
import { parseTarget, targetForms } from "../input/target.ts"
import * as Card from "../output/card.ts"
import * as Json from "../output/json.ts"
import { print } from "../output/terminal.ts"

/** Creates a dispatch. */
export const create = Command.make(
  "create",
  {
    microgrid,
    type: Argument.String("type").pipe(Argument.withDescription("What kind of application it is for")),
    target: argument("target", parseTarget).pipe(
      Argument.withDescription(`What it acts upon: ${targetForms}`)
    ),
    start: startArgument,
    duration: argument("duration", parseDuration).pipe(
      Argument.withDescription(`How long: ${durationForms}; left out, it runs until stopped`),
      Argument.optional
    ),
    active: Flag.Boolean("active").pipe(
      Flag.withAlias("a"),
      Flag.withDescription("Whether it may run (--no-active)"),
      Flag.withDefault(true)
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withAlias("d"),
      Flag.withDescription("Runs without effect"),
      Flag.withDefault(false)
    ),
    payload: flag("payload", parsePayload).pipe(
      Flag.withAlias("p"),
      Flag.withDescription("JSON object; the outer braces may be left out"),
      Flag.optional
    ),
    ...recurrence,
    json,
    ...connection
  },
  Effect.fn(function* (options) {
    const rule = yield* recurrenceRule(options)
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
        recurrence: rule
      })
      if (options.json) return yield* print(JSON.stringify(Json.dispatch(dispatch)))
      for (const line of Card.dispatch(dispatch, yield* DateTime.now)) yield* print(line)
    }).pipe(Effect.mapError(explain), Effect.provide(clientLayer(options)))
  })
).pipe(
  Command.withDescription("Create a dispatch"),
  Command.withExamples([
    { command: `dispatch create 1 CHARGE BATTERY now 20m --payload '"power_w": 5000'` },
    { command: `dispatch create 1 PEAK 1,2,3 "tomorrow 8:00" 2h --frequency daily --by-weekday mon,tue` }
  ])
)
