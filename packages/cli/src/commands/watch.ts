import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Layer, Stream } from "effect"
import { Command } from "effect/cli"
import { clientLayer } from "../connection.ts"
import { connection, microgrid } from "../input/flags.ts"
import * as Account from "../output/account.ts"
import { tell } from "../output/terminal.ts"
import { untilStopped } from "../signals.ts"

/** The actor of a microgrid, on a client. */
export const actorLayer = (microgridId: MicrogridId) =>
  DispatchingActor.layer({ microgridId }).pipe(Layer.provide(DispatchScheduler.layer))

/** Tells of everything the actor publishes, from now on, for the life of the scope. */
export const tellAll = Effect.gen(function* () {
  const actor = yield* DispatchingActor
  const changes = yield* actor.runningStateChanges({ current: true })
  const events = yield* actor.lifecycleEvents({ current: true })
  const missed = yield* actor.missedRuns()
  yield* Effect.forkScoped(Stream.runForEach(actor.statusChanges, Account.status))
  yield* Effect.forkScoped(Stream.runForEach(changes, Account.change))
  yield* Effect.forkScoped(Stream.runForEach(events, Account.event))
  yield* Effect.forkScoped(Stream.runForEach(missed, Account.missed))
})

/** Runs the actor and shows what it does. */
export const watch = Command.make(
  "watch",
  { microgrid, ...connection },
  Effect.fn(function* (options) {
    yield* tell(`Watching microgrid ${options.microgrid}; stop with Ctrl-C.`)
    const run = Effect.andThen(tellAll, Effect.never).pipe(
      Effect.scoped,
      Effect.provide(actorLayer(options.microgrid).pipe(Layer.provide(clientLayer(options))))
    )
    yield* untilStopped(run)
  })
).pipe(
  Command.withDescription("Run the actor of a microgrid and show what starts, changes and stops"),
  Command.withExamples([{ command: "dispatch watch 1" }])
)
