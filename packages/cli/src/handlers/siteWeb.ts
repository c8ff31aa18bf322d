/** The console of a site: what its actor knows, and what its journal tells. Loaded by `--web` alone. */
import * as RunReporter from "@effect-dispatch/client/RunReporter"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import * as DispatchReplica from "@effect-dispatch/server/DispatchReplica"
import * as ReportService from "@effect-dispatch/server/ReportService"
import { Context, Effect, Layer, Option } from "effect"
import * as Web from "./web.ts"

/** Shows it at a port of this machine for the life of the scope. */
export const show = Effect.fnUntraced(function* (port: number) {
  const { clockOffset, journal, lifecycleEvents, microgridId, statusChanges } = yield* DispatchingActor
  const replica = DispatchReplica.layer({ microgridId, lifecycleEvents, statusChanges })
  // Without a journal there is no past to tell, and none is offered.
  const served = Option.isNone(journal) ? replica : ReportService.layer.pipe(Layer.provideMerge(replica))
  const listening = yield* Layer.build(Layer.provideMerge(Web.layer({ port }), served))
  const taker = Context.getOption(listening, ReportService.ReportService)
  if (Option.isSome(journal) && Option.isSome(taker))
    yield* Effect.forkScoped(
      RunReporter.run({ microgridId, clockOffset, journal: journal.value, taker: taker.value })
    )
  yield* Effect.provide(Web.announce("127.0.0.1", "http", `/m/${microgridId}`), listening)
})
