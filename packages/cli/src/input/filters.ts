/** The options by which dispatches are chosen, the same for all commands that choose. */
import type { Target } from "@effect-dispatch/core/Target"
import type { DateTime, Option } from "effect"
import { Flag } from "effect/cli"
import { instantFlag, repeated, typeFlag } from "./flags.ts"
import { parseTargets } from "./target.ts"

/** A flag that is yes, no, or not given. */
export const choice = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(`${description} (--no-${name}: the others)`), Flag.optional)

/** Options that no command needs for something else. */
export const filters = {
  type: typeFlag,
  on: repeated("on", "COMPONENTS", parseTargets).pipe(
    Flag.withDescription("Only what acts on these: ids (11,12 or 1-3), categories, or both; may be repeated")
  ),
  running: Flag.Boolean("running").pipe(Flag.withDescription("Only what runs now"), Flag.withDefault(false)),
  recurring: choice("recurring", "Only what recurs"),
  startFrom: instantFlag("start-from").pipe(Flag.withDescription("Starting at or after"), Flag.optional),
  startTo: instantFlag("start-to").pipe(Flag.withDescription("Starting before"), Flag.optional),
  endFrom: instantFlag("end-from").pipe(Flag.withDescription("Ending at or after"), Flag.optional),
  endTo: instantFlag("end-to").pipe(Flag.withDescription("Ending before"), Flag.optional),
  filterQueries: Flag.String("filter-queries").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("#12 for an id, else a part of the type; may be repeated"),
    Flag.between(0, 100)
  )
}

/** The values of these options. */
export interface Filters {
  readonly type: ReadonlyArray<string>
  readonly on: ReadonlyArray<ReadonlyArray<Target>>
  readonly running: boolean
  readonly recurring: Option.Option<boolean>
  readonly startFrom: Option.Option<DateTime.Utc>
  readonly startTo: Option.Option<DateTime.Utc>
  readonly endFrom: Option.Option<DateTime.Utc>
  readonly endTo: Option.Option<DateTime.Utc>
  readonly filterQueries: ReadonlyArray<string>
}

/** True if none of them is given. */
export const isUnfiltered = (given: Filters): boolean =>
  [given.type, given.on, given.filterQueries].every(({ length }) => length === 0) &&
  !given.running &&
  [given.recurring, given.startFrom, given.startTo, given.endFrom, given.endTo].every(
    ({ _tag }) => _tag === "None"
  )
