import { isLoopback } from "@effect-dispatch/client/DispatchUrl"
import * as ClientMetrics from "@effect-dispatch/client/Metrics"
import type { ReportClient } from "@effect-dispatch/client/ReportClient"
import * as RunReporter from "@effect-dispatch/client/RunReporter"
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import * as Instrument from "@effect-dispatch/core/Instrument"
import * as CoreMetrics from "@effect-dispatch/core/Metrics"
import { FencingToken } from "@effect-dispatch/fleet/FencingToken"
import { FleetEngine } from "@effect-dispatch/fleet/FleetEngine"
import type { OptionError } from "@effect-dispatch/core/Options"
import type { FleetError } from "@effect-dispatch/fleet/FleetError"
import * as FleetNode from "@effect-dispatch/fleet/FleetNode"
import * as FleetRunner from "@effect-dispatch/fleet/FleetRunner"
import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import * as Metrics from "@effect-dispatch/fleet/Metrics"
import { type Duration, Effect, Layer, Option, Redacted, Stream } from "effect"
import { clientLayer, serviceAddress } from "../connection.ts"
import { field } from "../input/flags.ts"
import * as FleetEdges from "../output/fleetEdges.ts"
import { tell } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { endingWithin, untilStopped } from "../signals.ts"
import * as Outlook from "../telemetry/outlook.ts"
import { exporting } from "../telemetry/standardVariables.ts"
import { UsageError } from "../UsageError.ts"
import { explainFleet, type FleetChoice } from "./fleets.ts"
import * as Site from "./fleetSite.ts"

interface Options extends FleetChoice, Outlook.OutlookOptions {
  readonly address: string
  readonly listen: Option.Option<string>
  readonly privateNetwork: boolean
  readonly site: Option.Option<string>
  readonly buckets: number
  readonly lease: Option.Option<Duration.Duration>
  readonly resync: Option.Option<Duration.Duration>
  readonly journal: boolean
  readonly report: boolean
  readonly reporter: Option.Option<string>
  readonly json: boolean
  readonly utc: boolean
}

/** Runs a share of a fleet until it is stopped, or asked to give everything away. */
export const run = Effect.fnUntraced(function* (options: Options) {
  yield* checkNetwork(options)
  const service = yield* serviceAddress
  const site = yield* Option.match(options.site, { onNone: () => printing(options), onSome: Site.load })
  const sync = field("resyncInterval", options.resync)
  const process = FleetRunner.layer({ site: reporting(options, site), sync, ...journalOf(options) }).pipe(
    Layer.provideMerge(nodeLayer(options)),
    Layer.provide(clientLayer),
    Layer.provideMerge(exporting)
  )
  const running = Effect.gen(function* () {
    const { drained } = yield* FleetRunner.FleetRunner
    yield* endingWithin("15 seconds")
    yield* Instrument.declare([CoreMetrics, ClientMetrics, Metrics].flatMap(Instrument.allOf))
    yield* Outlook.listen(options, yield* outlook)
    yield* tell(`Process ${options.address} of fleet ${options.name}, with dispatches of ${service}.`)
    if (options.report) yield* tell("What really runs is reported to the service.")
    yield* tell("Stop with Ctrl-C.")
    yield* drained
    yield* tell("Asked to give everything away.")
  }).pipe(
    Effect.scoped,
    Effect.provide(process),
    Effect.mapError((error) => (isOfFleet(error) ? explainFleet(error) : error))
  )
  yield* untilStopped(running)
  yield* tell("Stopped.")
})

type Sites<R> = FleetRunner.FleetRunnerOptions<unknown, Dispatcher | FencingToken | R>["site"]

/** The code of sites, beside one that reports what really ran. */
const reporting = ({ report }: Options, site: Sites<never>): Sites<ReportClient> => {
  if (!report) return site
  return (microgridId) =>
    Layer.merge(typeof site === "function" ? site(microgridId) : site, RunReporter.layer)
}

/** The author of journals, if there are any. */
const journalOf = ({ journal, name, report, reporter }: Options) =>
  journal || report ? { journal: Option.getOrElse(reporter, () => name) } : undefined

const nodeLayer = ({ address, buckets, database, lease, listen, name }: Options) =>
  FleetNode.layer({
    url: Redacted.make(database),
    name,
    address,
    buckets,
    ...field("listen", listen),
    ...field("lease", lease)
  })

const isOfFleet = (error: { readonly _tag: string }): error is FleetError | OptionError =>
  error._tag === "FleetError" || error._tag === "OptionError"

/** Another address than one of this machine must be said to be in a private network. */
const checkNetwork = ({ address, listen, privateNetwork }: Options) => {
  const place = Option.getOrElse(listen, () => address)
  const host = place.slice(0, place.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1")
  // The fleet itself says what is no address at all.
  return privateNetwork || !place.includes(":") || isLoopback(host)
    ? Effect.void
    : Effect.fail(
        new UsageError({
          message: `${place}: who reaches it can read and stop sites; say --private-network where only processes of the fleet do`,
          example: `dispatch fleet run --address ${place} --private-network`
        })
      )
}

/** The code of sites where there is none of an application: it prints the edges. */
const printing = Effect.fnUntraced(function* (options: Options) {
  const teller = FleetEdges.teller(options, yield* Times.forScreen(options))
  return Layer.effectDiscard(
    Effect.gen(function* () {
      const { runningStateChanges } = yield* Dispatcher
      const token = yield* FencingToken
      const changes = yield* runningStateChanges(undefined, { current: true })
      yield* Effect.forkScoped(Stream.runForEach(changes, (change) => teller(token, change)))
    })
  )
})

const outlook = Effect.gen(function* () {
  const engine = yield* FleetEngine
  const store = yield* FleetStore
  const lookedUp = Effect.map(store.runner(engine.address), () => undefined)
  return {
    isAlive: Effect.succeed(true),
    whyNotReady: Effect.catch(lookedUp, ({ message }) => Effect.succeed(message))
  } satisfies Outlook.Outlook
})
