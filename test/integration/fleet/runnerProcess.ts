/**
 * A process of a fleet, for tests: it prints a line of JSON for each event of its sites.
 *
 * Its argument is the JSON of `RunnerArguments`.
 */
import { writeSync } from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { DispatchClientGrpc, RunReporter } from "@effect-dispatch/client"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import { FencingToken } from "@effect-dispatch/fleet/FencingToken"
import * as FleetNode from "@effect-dispatch/fleet/FleetNode"
import * as FleetRunner from "@effect-dispatch/fleet/FleetRunner"
import { Effect, Layer, Logger, Redacted, Schedule, Stream } from "effect"
import type { ProcessEvent, RunnerArguments } from "./processes.ts"

const given: RunnerArguments = JSON.parse(process.argv[2] ?? "{}")

const print = (event: ProcessEvent) =>
  void writeSync(1, `${JSON.stringify({ ...event, at: Date.now(), from: given.address })}\n`)

const Site = Layer.effectDiscard(
  Effect.gen(function* () {
    const dispatcher = yield* Dispatcher.Dispatcher
    const token = yield* FencingToken
    const [id, epoch] = [String(token.microgridId), String(token.epoch)]
    yield* Effect.acquireRelease(
      Effect.sync(() => print({ event: "up", id, epoch })),
      () => Effect.sync(() => print({ event: "down", id, epoch }))
    )
    if (given.hangs?.includes(id) === true) yield* Effect.addFinalizer(() => Effect.never)
    if (given.ends?.includes(id) === true) process.exit(70)
    const blockedUntil = Date.now() + (given.blocks?.[id] ?? 0)
    while (Date.now() < blockedUntil);
    if (given.fails?.includes(id) === true) return yield* Effect.die("this code never begins")
    yield* Effect.forkScoped(
      Effect.andThen(
        dispatcher.initialized,
        Effect.sync(() => print({ event: "inSync", id, epoch }))
      )
    )
    const changes = yield* dispatcher.runningStateChanges(undefined, { current: true })
    yield* Effect.forkScoped(
      Stream.runForEach(changes, ({ cause, dispatch, state }) =>
        Effect.sync(() => print({ event: "edge", id, epoch, dispatch: String(dispatch.id), state, cause }))
      )
    )
    if (given.acts?.includes(id) === true) {
      const act = Effect.suspend(() => {
        const asked = Date.now()
        return Effect.andThen(
          token.confirm,
          Effect.sync(() => print({ event: "act", id, epoch, asked }))
        )
      })
      yield* Effect.forkScoped(Effect.repeat(act, Schedule.spaced("20 millis")))
    }
  })
)

const log = Logger.make(({ cause, logLevel, message }) =>
  print({ event: "log", level: logLevel, text: `${String(message)} ${cause.reasons.map(String).join(" ")}` })
)

/** A dispatcher that knows nothing, and never ends by itself. */
const standIn = ({ microgridId }: { readonly microgridId: MicrogridId }) =>
  Effect.succeed({
    microgridId,
    actor: { wait: Effect.never },
    status: Effect.succeed({ _tag: "Connecting" }),
    initialized: Effect.never,
    runningStateChanges: () => Effect.succeed(Stream.never)
  } as unknown as Dispatcher.Dispatcher["Service"])

const Runner = FleetRunner.layer({
  site: given.reporter === undefined ? Site : Layer.merge(Site, RunReporter.layer),
  journal: given.reporter,
  restartDelay: given.restartDelay,
  makeDispatcher: given.standIns === true ? standIn : undefined
}).pipe(
  Layer.provide(FleetNode.layer({ ...given, url: Redacted.make(given.url) })),
  Layer.provide(DispatchClientGrpc.layer({ url: given.service }))
)

print({ event: "loaded" })
NodeRuntime.runMain(Layer.launch(Runner).pipe(Effect.provide(Logger.layer([log]))), {
  disableErrorReporting: true
})
