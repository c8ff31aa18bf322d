import { isLoopback } from "@effect-dispatch/client/DispatchUrl"
import * as Instrument from "@effect-dispatch/core/Instrument"
import { zoneDataRelease } from "@effect-dispatch/core/LocalClock"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import type { StoreError, StoreUnusable } from "@effect-dispatch/server/DispatchStore"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { OfferedFeatures } from "@effect-dispatch/server/OfferedFeatures"
import * as ReportService from "@effect-dispatch/server/ReportService"
import * as Retention from "@effect-dispatch/server/Retention"
import { Duration, Effect, Layer, Option } from "effect"
import { localUrl } from "../connection.ts"
import { defaultPort } from "../defaults.ts"
import { field } from "../input/flags.ts"
import { tell } from "../output/terminal.ts"
import { programName } from "../programName.ts"
import { untilStopped } from "../signals.ts"
import * as Outlook from "../telemetry/outlook.ts"
import { exporting } from "../telemetry/standardVariables.ts"
import { Failure, UsageError } from "../UsageError.ts"
import { placeOf, storeLayer } from "./stores.ts"

interface Options extends Outlook.OutlookOptions {
  readonly host: string
  readonly port: number
  readonly store: string
  readonly synchronous: "FULL" | "NORMAL"
  readonly connections: Option.Option<number>
  readonly tlsCertificate: Option.Option<string>
  readonly tlsKey: Option.Option<string>
  readonly plainText: boolean
  readonly noCalendar: boolean
  readonly unreadPerKey: Option.Option<number>
  readonly streamsPerKey: Option.Option<number>
  readonly strangersPerAddress: Option.Option<number>
  readonly proxies: Option.Option<ReadonlyArray<string>>
  readonly web: Option.Option<number>
  readonly webNames: Option.Option<ReadonlyArray<string>>
  readonly keepChanges: Option.Option<Duration.Duration>
  readonly keepAudit: Option.Option<Duration.Duration>
  readonly keepNonces: Option.Option<Duration.Duration>
  readonly keepDispatches: Option.Option<Duration.Duration>
  readonly keepReports: Option.Option<Duration.Duration>
  readonly keepDays: Option.Option<Duration.Duration>
  readonly reportsPerMicrogrid: Option.Option<number>
}

const tlsExample = "dispatch serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem"

/** The files of the certificate: both or none. */
const tlsOf = ({ tlsCertificate, tlsKey }: Options) => {
  if (Option.isNone(tlsCertificate) && Option.isNone(tlsKey)) return Effect.undefined
  return Option.isSome(tlsCertificate) && Option.isSome(tlsKey)
    ? Effect.succeed({ certificateFile: tlsCertificate.value, keyFile: tlsKey.value })
    : Effect.fail(
        new UsageError({ message: "--tls-cert and --tls-key belong together", example: tlsExample })
      )
}

const retentionOf = (options: Options): Retention.RetentionOptions => ({
  ...field("changes", options.keepChanges),
  ...field("audit", options.keepAudit),
  ...field("nonces", options.keepNonces),
  ...field("dispatches", options.keepDispatches),
  ...field("reports", options.keepReports),
  ...field("days", options.keepDays),
  ...field("reportsPerMicrogrid", options.reportsPerMicrogrid)
})

/** The keys that count, and what each may have. */
const accessOf = ({ streamsPerKey }: Options) =>
  Option.match(streamsPerKey, {
    onNone: () => AccessControl.layer,
    onSome: (most) => Layer.provide(AccessControl.layer, Layer.succeed(AccessControl.StreamsPerKey, most))
  })

/** Runs the service until it is stopped. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const { host, noCalendar, plainText, port, store, synchronous } = options
  const tls = yield* tlsOf(options)
  if (tls === undefined && !plainText && !isLoopback(host)) {
    return yield* new UsageError({
      message: `--host ${host}: without encryption this machine only is served; give a certificate, or --plain-text where the network is trusted`,
      example: tlsExample
    })
  }
  const bounds = {
    ...field("unreadBytesPerKey", options.unreadPerKey),
    ...field("strangersPerAddress", options.strangersPerAddress),
    ...field("proxies", options.proxies)
  }
  const service = GrpcServer.layerAccess({ host, port, tls, plainText, ...bounds }).pipe(
    Layer.provideMerge([DispatchService.layer, ReportService.layer]),
    Layer.provideMerge(Retention.layer(retentionOf(options))),
    Layer.provideMerge(accessOf(options)),
    Layer.provide(noCalendar ? Layer.succeed(OfferedFeatures, new Set(["name"])) : Layer.empty),
    Layer.provide(
      storeLayer(store, { synchronous, connectionsMax: Option.getOrUndefined(options.connections) })
    )
  )
  const serving = Effect.gen(function* () {
    const { check } = yield* DispatchService.DispatchService
    const { doubt } = yield* Retention.RetentionTime
    yield* Instrument.declare(Instrument.allOf(Metrics))
    yield* Effect.logInfo(`Zone data ${zoneDataRelease() ?? "of an unknown version"}`)
    yield* Outlook.listen(options, {
      isAlive: Effect.succeed(true),
      whyNotReady: whyUnreachable(check),
      doubt
    })
    yield* showConsole(options, tls)
    yield* announce(store, tls === undefined ? "?ssl=false" : "")
    return yield* Effect.never
  })
  yield* untilStopped(
    Effect.scoped(serving).pipe(
      Effect.provide(service),
      Effect.mapError((error) => (error._tag === "Failure" ? error : explainStart(error))),
      Effect.provide(exporting)
    )
  )
  yield* tell("Stopped.")
})

type TlsFiles = Effect.Success<ReturnType<typeof tlsOf>>

/** Shows the console for the life of the scope, if it is asked for. What it needs is loaded then. */
const showConsole = Effect.fnUntraced(function* ({ host, web, webNames }: Options, tls: TlsFiles) {
  if (Option.isNone(web)) return
  const Web = yield* Effect.promise(() => import("./web.ts"))
  // Without a certificate browsers are served on this machine alone, whatever gRPC does.
  const where = tls === undefined ? { host: isLoopback(host) ? host : "127.0.0.1" } : { host, tls }
  const listening = yield* Layer.build(Web.layer({ ...where, port: web.value, ...field("names", webNames) }))
  yield* Effect.provide(
    Web.announce(reachableName(where.host), tls === undefined ? "http" : "https"),
    listening
  )
})

/** Longest time for the store to confirm that it can be reached. */
const storeTimeLimit = Duration.seconds(2)

const whyUnreachable = (check: Effect.Effect<void, { readonly message: string }>) =>
  Effect.timeoutOrElse(Effect.as(check, undefined), {
    duration: storeTimeLimit,
    orElse: () => Effect.succeed(`the store has not answered within ${Duration.format(storeTimeLimit)}`)
  }).pipe(Effect.catch(({ message }) => Effect.succeed(message)))

/** Shows the address, the store, the clients it serves, and a command to try it. */
const announce = Effect.fnUntraced(function* (store: string, options: string) {
  const { host, port } = yield* GrpcServer.GrpcServer
  const access = yield* AccessControl.AccessControl
  const name = reachableName(host)
  const url = `grpc://${name}:${port}${options}`
  const program = yield* programName
  const flag = url === localUrl(defaultPort) ? "" : ` --url '${url}'`
  yield* tell(`Serving dispatches at ${url}`)
  yield* tell(
    store === "memory"
      ? "They are kept in memory, and gone when it ends."
      : `They are kept in ${placeOf(store)}.`
  )
  if (yield* access.isKeyed) {
    yield* tell(`Whoever shows a key is served. Keys are listed by: ${program} keys list`)
  } else {
    yield* tell("No keys are configured: only this machine is served.")
    if (store !== "memory") yield* tell(`Make one with: ${program} keys add NAME --microgrids all`)
  }
  yield* tell(`Try it from another terminal:`)
  yield* tell(`  ${program} watch 1${flag}`)
  yield* tell(`  ${program} create 1 CHARGE BATTERY now 30s${flag}`)
  yield* tell(`Stop with Ctrl-C.`)
})

/** The name by which a service that listens on a host is reached from this machine. */
const reachableName = (host: string): string => {
  if (["localhost", "0.0.0.0", "::"].includes(host)) return "127.0.0.1"
  return host.includes(":") ? `[${host}]` : host
}

/** The reason why the service could not be started, and the remedy. */
export const explainStart = (error: StoreUnusable | StoreError | GrpcServer.ListenError): Failure => {
  switch ("reason" in error ? error.reason : undefined) {
    case "Locked":
      return new Failure({
        message: `${error.message}. Stop that one first, or give another file: --store sqlite:PATH`
      })
    case "AddressInUse":
      return new Failure({ message: `${error.message}. Give another port: --port 0 takes any that is free` })
    case "Damaged":
      return new Failure({
        message: `${error.message}. Put a backup in its place, or give another file: --store sqlite:PATH`
      })
    default:
      return new Failure({ message: error.message })
  }
}
