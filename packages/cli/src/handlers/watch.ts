import { join } from "node:path"
import * as ClientMetrics from "@effect-dispatch/client/Metrics"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import * as Instrument from "@effect-dispatch/core/Instrument"
import * as Metrics from "@effect-dispatch/core/Metrics"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Layer, Option } from "effect"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { clientLayer, serviceAddress } from "../connection.ts"
import { dataFolder } from "../defaults.ts"
import * as Account from "../output/account.ts"
import { tell } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import * as Types from "../schedule/types.ts"
import { untilStopped } from "../signals.ts"
import * as SitePersistence from "../sitePersistence.ts"
import * as Outlook from "../telemetry/outlook.ts"
import { exporting } from "../telemetry/standardVariables.ts"
import * as Site from "./site.ts"

interface Options extends Outlook.OutlookOptions {
  readonly microgrid: MicrogridId
  readonly type: ReadonlyArray<string>
  readonly state: Option.Option<string>
  readonly keep: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Runs the actor until it is stopped, also beyond restarts of the service. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const address = yield* serviceAddress
  // Ids mean something at one service only.
  const folder = Option.getOrElse(options.state, () =>
    join(dataFolder, "sites", address.replaceAll(/[^\w.-]+/g, "_"), `microgrid-${options.microgrid}`)
  )
  // Once it has said that it can be stopped, nothing may come between.
  const teller = options.json ? Site.jsonTeller : Account.make(yield* Times.forScreen(options))
  const persistence = options.keep ? SitePersistence.layer(folder) : Layer.empty
  yield* tell(`Watching microgrid ${options.microgrid} at ${address}; stop with Ctrl-C.`)
  yield* tell(options.keep ? `What it knows is kept in ${folder}.` : "It keeps nothing of what it knows.")
  const follow = Effect.gen(function* () {
    const { actor, status } = yield* DispatchingActor
    yield* Instrument.declare([...Instrument.allOf(Metrics), ...Instrument.allOf(ClientMetrics)])
    yield* Outlook.listen(options, {
      isAlive: actor.isRunning,
      whyNotReady: Effect.map(status, whyOutOfSync)
    })
    yield* Site.follow(teller, Types.matcher(options.type))
    return yield* Effect.never
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Site.layer(options.microgrid).pipe(
        Layer.provide([clientLayer, persistence]),
        Layer.provideMerge(exporting)
      )
    )
  )
  yield* untilStopped(follow)
})

const whyOutOfSync = (status: SyncStatus): string | undefined => {
  if (status._tag === "Synchronised") return undefined
  return status._tag === "Stale"
    ? `stale since ${DateTime.formatIso(status.since)}: ${status.cause}`
    : `connecting${status.cause === undefined ? "" : `: ${status.cause}`}`
}
