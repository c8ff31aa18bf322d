import { hostname } from "node:os"
import { join } from "node:path"
import * as ClientMetrics from "@effect-dispatch/client/Metrics"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import * as Instrument from "@effect-dispatch/core/Instrument"
import { reporterNameFault } from "@effect-dispatch/core/JournalStore"
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
import * as SiteJournal from "../siteJournal.ts"
import * as SitePersistence from "../sitePersistence.ts"
import * as Outlook from "../telemetry/outlook.ts"
import { exporting } from "../telemetry/standardVariables.ts"
import { UsageError } from "../UsageError.ts"
import * as Site from "./site.ts"

interface Options extends Outlook.OutlookOptions {
  readonly microgrid: MicrogridId
  readonly type: ReadonlyArray<string>
  readonly state: Option.Option<string>
  readonly keep: boolean
  readonly journal: Option.Option<string>
  readonly report: boolean
  readonly reporter: Option.Option<string>
  readonly web: Option.Option<number>
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
  const journal = yield* journalOf(options, folder)
  yield* tell(`Watching microgrid ${options.microgrid} at ${address}; stop with Ctrl-C.`)
  yield* tell(options.keep ? `What it knows is kept in ${folder}.` : "It keeps nothing of what it knows.")
  if (Option.isSome(journal)) {
    const said = options.report ? ", and reported to the service" : ""
    yield* tell(`What really runs is kept in ${journal.value.directory}${said}.`)
  }
  const follow = Effect.gen(function* () {
    const { actor, status } = yield* DispatchingActor
    yield* Instrument.declare([...Instrument.allOf(Metrics), ...Instrument.allOf(ClientMetrics)])
    yield* Outlook.listen(options, {
      isAlive: actor.isRunning,
      whyNotReady: Effect.map(status, whyOutOfSync)
    })
    yield* Site.follow(teller, Types.matcher(options.type))
    if (options.report) yield* Site.report(options.microgrid)
    yield* showConsole(options)
    return yield* Effect.never
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Site.layer(options.microgrid).pipe(
        Layer.provide([
          persistence,
          Option.match(journal, { onNone: () => Layer.empty, onSome: SiteJournal.layer })
        ]),
        Layer.provideMerge(clientLayer),
        Layer.provideMerge(exporting)
      )
    )
  )
  yield* untilStopped(follow)
})

/** Shows what the site knows in browsers, if it is asked for. What that needs is loaded then. */
const showConsole = Effect.fnUntraced(function* ({ web }: Options) {
  if (Option.isNone(web)) return
  const SiteWeb = yield* Effect.promise(() => import("./siteWeb.ts"))
  yield* SiteWeb.show(web.value)
})

/** The place of the journal, if there is one, and the name of its author. */
const journalOf = Effect.fnUntraced(function* ({ journal, report, reporter }: Options, folder: string) {
  const fallback = report ? Option.some(join(folder, "journal")) : Option.none<string>()
  const place = Option.orElse(journal, () => fallback)
  if (Option.isSome(reporter) && Option.isNone(place)) {
    return yield* new UsageError({
      message: "--reporter is the name of a journal: it goes with --report or --journal",
      example: "dispatch watch 1 --report --reporter plant-7"
    })
  }
  const fault = Option.getOrUndefined(Option.flatMapNullishOr(reporter, reporterNameFault))
  if (fault !== undefined) {
    return yield* new UsageError({
      message: `--reporter ${fault}`,
      example: "dispatch watch 1 --report --reporter plant-7"
    })
  }
  return Option.map(place, (directory) => ({ directory, name: Option.getOrElse(reporter, hostname) }))
})

const whyOutOfSync = (status: SyncStatus): string | undefined => {
  if (status._tag === "Synchronised") return undefined
  return status._tag === "Stale"
    ? `stale since ${DateTime.formatIso(status.since)}: ${status.cause}`
    : `connecting${status.cause === undefined ? "" : `: ${status.cause}`}`
}
