/** A fleet by its database and its name on the command line. */
import * as FleetNode from "@effect-dispatch/fleet/FleetNode"
import type { FleetError } from "@effect-dispatch/fleet/FleetError"
import type { OptionError } from "@effect-dispatch/core/Options"
import * as Fleet from "@effect-dispatch/fleet/Fleet"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { MicrogridId as Id } from "@effect-dispatch/core/MicrogridId"
import type { KnownRunner } from "@effect-dispatch/fleet/FleetStore"
import { Duration, Effect, Layer, Option, Redacted, Result } from "effect"
import { parseRange } from "../input/ids.ts"
import { readSource } from "../input/source.ts"
import { Failure, UsageError } from "../UsageError.ts"

/** The fleet that is meant. */
export interface FleetChoice {
  readonly database: string
  readonly name: string
}

/** The failure of a fleet, or the wrong use of it. */
export const explainFleet = ({ _tag, message }: FleetError | OptionError): Failure | UsageError =>
  _tag === "OptionError" ? new UsageError({ message }) : new Failure({ message })

/** The fleet for a command that runs nothing. */
export const fleetLayer = ({ database, name }: FleetChoice) =>
  Fleet.layer.pipe(
    Layer.provideMerge(FleetNode.layerClient({ url: Redacted.make(database), name, connectionsMax: 3 })),
    Layer.catch((error) => Layer.effectContext(Effect.fail(explainStart(error))))
  )

/** The failure to find a microgrid in a fleet. */
export const notInFleet = (microgrid: MicrogridId, { name }: FleetChoice): Failure =>
  new Failure({ message: `Microgrid ${microgrid} is not in fleet ${name}` })

const explainStart = (error: FleetError | OptionError): Failure | UsageError =>
  error.message.includes("there is no fleet")
    ? new Failure({ message: `${error.message}. Make it with: dispatch fleet migrate` })
    : explainFleet(error)

/** True if nothing was heard of a process for so long that it is not there, or stands still. */
export const isSilent = ({ heartbeatAge }: KnownRunner): boolean => Duration.toSeconds(heartbeatAge) > 3

/** Microgrids as they are given: as arguments, and in a file. */
export interface GivenMicrogrids {
  readonly microgrids: ReadonlyArray<ReadonlyArray<MicrogridId>>
  readonly from: Option.Option<string>
}

/** Most microgrids that a range in a file may stand for. */
const rangeMax = 100_000

/** All microgrids that are given, each once; at least one. */
export const givenMicrogrids = Effect.fnUntraced(function* (
  { from, microgrids }: GivenMicrogrids,
  example: string
) {
  const listed = Option.isSome(from) ? yield* listedIn(from.value, example) : []
  const all = new Set([...microgrids.flat(), ...listed])
  if (all.size > 0) return all
  return yield* new UsageError({ message: "no microgrids: give ids, or a file with --from", example })
})

const listedIn = Effect.fnUntraced(function* (path: string, example: string) {
  const wrong = (why: string) => new UsageError({ message: `--from ${path} ${why}`, example })
  const text = yield* Effect.mapError(readSource(path), wrong)
  const parts = text.split(/[\s,]+/).filter((part) => part !== "")
  const ranges = Result.all(parts.map((part) => parseRange(part, rangeMax)))
  return (yield* Effect.mapError(Effect.fromResult(ranges), wrong)).flat().map((id) => Id.make(id))
})
