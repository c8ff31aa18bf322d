import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Fleet } from "@effect-dispatch/fleet/Fleet"
import type { SiteReport } from "@effect-dispatch/fleet/FleetEngine"
import type { Registered } from "@effect-dispatch/fleet/FleetRegistry"
import { DateTime, Duration, Effect, Option } from "effect"
import * as Json from "../output/json.ts"
import { print } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { explainFleet, type FleetChoice, fleetLayer, notInFleet } from "./fleets.ts"

interface Options extends FleetChoice {
  readonly microgrid: MicrogridId
  readonly json: boolean
  readonly utc: boolean
}

/** Longest wait for the owner of a microgrid. */
const ownerTimeLimit = Duration.seconds(5)

/** Shows where a microgrid runs. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const { json, microgrid } = options
    const fleet = yield* Fleet
    const found = yield* Effect.mapError(fleet.where(microgrid), explainFleet)
    if (Option.isNone(found)) return yield* notInFleet(microgrid, options)
    const report = found.value.parked === undefined ? yield* reportOf(fleet.status(microgrid)) : Option.none()
    if (json) return yield* Json.line(place(found.value, Option.getOrUndefined(report)))
    const times = yield* Times.forScreen(options)
    yield* Effect.forEach(lines(found.value, Option.getOrUndefined(report), times), print, { discard: true })
  }).pipe(Effect.provide(fleetLayer(options)))

const reportOf = <E>(asked: Effect.Effect<SiteReport, E>): Effect.Effect<Option.Option<SiteReport>> =>
  Effect.orElseSucceed(Effect.timeoutOption(asked, ownerTimeLimit), () => Option.none())

const place = (one: Registered, report: SiteReport | undefined) => ({
  microgrid: String(one.microgridId),
  bucket: one.bucket,
  parked: one.parked ?? null,
  epoch: String(one.epoch),
  owner: one.owner ?? null,
  since: Option.match(one.since, { onNone: () => null, onSome: DateTime.formatIso }),
  status: report?.status ?? null,
  statusSince: report?.since == null ? null : DateTime.formatIso(report.since),
  cause: report?.cause ?? null
})

const lines = (
  one: Registered,
  report: SiteReport | undefined,
  times: Times.Times
): ReadonlyArray<string> => {
  const since = Option.match(one.since, { onNone: () => "", onSome: (at) => ` since ${times.instant(at)}` })
  const owner = one.owner === undefined ? "nowhere yet" : `at ${one.owner}${since}, epoch ${one.epoch}`
  if (one.parked !== undefined) return [`parked: ${Text.safe(one.parked)}; ran last ${owner}`]
  if (report === undefined) return [owner, "its owner does not answer at this moment"]
  const cause = report.cause === null ? "" : `: ${Text.safe(report.cause)}`
  return [owner, `${report.status.toLowerCase()}${cause}`]
}
