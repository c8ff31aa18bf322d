/**
 * A site that is killed: `node site.ts '{"url": …, "directory": …}'`. It writes a line into the file `told` for all that
 * its subscribers are told, so that the line is there once the call returns, whatever becomes of the process.
 */
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { DispatchClientGrpc, RunReporter } from "@effect-dispatch/client"
import {
  ActorManager,
  DispatchingActor,
  DispatchScheduler,
  MicrogridId,
  SiteJournal,
  SitePersistence
} from "@effect-dispatch/core"
import { isCommand } from "@effect-dispatch/core/RunningStateChange"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Option, Stream } from "effect"
import { inWords, type Life, type SiteArguments } from "./told.ts"

const { directory, url }: SiteArguments = JSON.parse(process.argv[2] ?? "{}")

const write = (line: Life) =>
  appendFileSync(join(directory, "told"), `${JSON.stringify({ ...line, at: Date.now() })}\n`)

const program = Effect.gen(function* () {
  const site = yield* DispatchingActor.DispatchingActor
  const changes = yield* site.runningStateChanges({ current: true, capacity: 100_000 })
  const missed = yield* site.missedRuns({ capacity: 100_000 })
  const events = yield* site.lifecycleEvents({ capacity: 100_000 })
  yield* Effect.forkScoped(
    Stream.runForEach(changes, (change) =>
      Effect.sync(() =>
        write({
          tag: "told",
          words: inWords({ ...change, plannedAt: change.at }),
          id: String(change.dispatch.id),
          state: change.state,
          isCommand: isCommand(change)
        })
      )
    )
  )
  yield* Effect.forkScoped(Stream.runForEach(missed, () => Effect.sync(() => write({ tag: "missed" }))))
  yield* Effect.forkScoped(
    Stream.runForEach(events, ({ _tag, dispatch }) =>
      Effect.sync(() => {
        if (_tag === "Created") write({ tag: "known", id: String(dispatch.id) })
      })
    )
  )
  const { manage } = yield* ActorManager.make
  yield* manage("CHARGE", (info) => Effect.andThen(info.report({ energy_kwh: 1 }), Effect.never))
  const { clockOffset, microgridId } = site
  const journal = Option.getOrThrow(site.journal)
  yield* Effect.forkScoped(RunReporter.run({ microgridId, clockOffset, journal }))
  write({ tag: "begun" })
  yield* site.actor.start
  return yield* Effect.never
})

// It is started once all have subscribed.
const Site = Layer.effect(
  DispatchingActor.DispatchingActor,
  DispatchingActor.make({ microgridId: MicrogridId.make(1n) })
).pipe(
  Layer.provide(DispatchScheduler.layer),
  Layer.provide([
    SitePersistence.layerFiles(join(directory, "state")),
    SiteJournal.layerFiles({ directory: join(directory, "journal"), name: "soak" })
  ]),
  Layer.provideMerge(DispatchClientGrpc.layer({ url })),
  Layer.provide(NodeServices.layer)
)

NodeRuntime.runMain(Effect.scoped(Effect.provide(program, Site)))
