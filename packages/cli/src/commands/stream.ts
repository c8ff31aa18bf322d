import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DateTime, Effect, Option, Schedule, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { clientLayer, explain } from "../connection.ts"
import { connection, json, microgrid } from "../input/flags.ts"
import * as Json from "../output/json.ts"
import { cyan, dim, print, tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { untilStopped } from "../signals.ts"
import { Failure } from "../UsageError.ts"

/** Shows the service's events. */
export const stream = Command.make(
  "stream",
  {
    microgrid,
    type: Flag.String("type").pipe(
      Flag.withAlias("T"),
      Flag.withDescription("Only this type"),
      Flag.optional
    ),
    json,
    ...connection
  },
  Effect.fn(function* (options) {
    const follow = Effect.gen(function* () {
      const client = yield* DispatchClient
      const { effective, events } = yield* client.stream(options.microgrid)
      yield* effective
      yield* tell(`Following microgrid ${options.microgrid}; stop with Ctrl-C.`)
      yield* Stream.runForEach(events, ({ kind, record }) =>
        Effect.gen(function* () {
          if ("_tag" in record)
            return yield* tell(`Dispatch ${record.id ?? "without an id"} cannot be read: ${record.message}`)
          if (Option.isSome(options.type) && options.type.value !== record.type) return
          if (options.json)
            return yield* print(JSON.stringify({ event: kind, dispatch: Json.dispatch(record) }))
          const at = Text.timeOfDay(yield* DateTime.now)
          const what = `${Text.instant(record.startTime)}, ${Text.duration(record.duration)}, ${Text.recurrence(record.recurrence)}`
          yield* print(
            `${dim(at)}  ${cyan(kind.toLowerCase().padEnd(8))} #${record.id} ${Text.safe(record.type)}  ${dim(what)}`
          )
        })
      )
      return yield* new Failure({ message: "the service ended the stream" })
    }).pipe(Effect.scoped)
    const retried = follow.pipe(
      Effect.mapError((error) => (error._tag === "Failure" ? error : explain(error))),
      Effect.tapError(({ message }) => tell(`${message.split("\n")[0]}; trying again`)),
      Effect.retry(Schedule.spaced("2 seconds"))
    )
    yield* untilStopped(Effect.provide(retried, clientLayer(options)))
  })
).pipe(
  Command.withDescription("Show the service's events as they happen"),
  Command.withExamples([{ command: "dispatch stream 1 --json" }])
)
