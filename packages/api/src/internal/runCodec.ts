/** Runs as they really were: `Run` of the API, an extension, and back. */
import { fromJsonString, type MessageInitShape, toJson } from "@bufbuild/protobuf"
import { type Timestamp, ValueSchema } from "@bufbuild/protobuf/wkt"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchName from "@effect-dispatch/core/DispatchName"
import { failuresMax, outcomeFault, reasonLengthMax, type Run } from "@effect-dispatch/core/Run"
import type { Run as Message, Run_Actor, Run_Failure, RunSchema } from "../Protobuf.ts"
import * as WireLimits from "../WireLimits.ts"
import { wellFormed } from "./coded.ts"
import { type Faults, present } from "./faults.ts"
import * as FateCodec from "./fateCodec.ts"
import { steps } from "./runNames.ts"
import * as TimestampCodec from "./timestampCodec.ts"

/** Writes a run. */
export const encode = (run: Run, faults: Faults, path: string): MessageInitShape<typeof RunSchema> => {
  const { actor, dispatch, failures, failuresTotal, occurrence, outcome, until } = run

  for (const [text, place] of [
    [dispatch.type, "dispatch.type"],
    [dispatch.name ?? "", "dispatch.name"],
    [actor?.reason ?? "", "actor.reason"],
    ...failures.map(({ reason }, index) => [reason, `failures[${index}].reason`] as const)
  ] as const) {
    faults.note(wellFormed(text, `${path}.${place}`))
  }
  const updateTime = TimestampCodec.encodeNanos(dispatch.updateTime, `${path}.dispatch.updateTime`)
  return {
    dispatchId: dispatch.id,
    name: dispatch.name ?? "",
    type: dispatch.type,
    isDryRun: dispatch.dryRun,
    ...present("updateTime", faults.take<Timestamp | undefined>(updateTime, undefined)),
    ...present("occurrence", faults.timestamp(occurrence, `${path}.occurrence`)),
    ...present("until", until && faults.timestamp(until, `${path}.until`)),
    fate: FateCodec.encode(run.fate, faults, `${path}.fate`),
    ...present("actor", actor && encodeActor(actor, faults, `${path}.actor`)),
    failures: failures.map(({ at, reason }, index) => ({
      reason,
      ...present("at", faults.timestamp(at, `${path}.failures[${index}].at`))
    })),
    failuresTotal,
    ...present(
      "outcome",
      outcome === undefined ? undefined : fromJsonString(ValueSchema, JSON.stringify(outcome))
    )
  }
}

const encodeActor = ({ at, reason = "", step }: NonNullable<Run["actor"]>, faults: Faults, path: string) => ({
  step: steps.number(step),
  reason,
  ...present("at", faults.timestamp(at, `${path}.at`))
})

/** Reads a run. */
export const decode = (message: Message, faults: Faults, path: string): Run => {
  const { actor, failuresTotal, fate, occurrence, outcome: value, until } = message
  const outcome = value && toJson(ValueSchema, value)
  const fault = outcome === undefined ? undefined : outcomeFault(outcome)
  if (fault !== undefined) faults.check(`${path}.${fault.path}`, fault.message)
  const failures = message.failures.map((each, index) =>
    decodeFailure(each, faults, `${path}.failures[${index}]`)
  )
  faults.check(`${path}.failures`, tooMany(failures.length))
  return {
    dispatch: decodeDispatch(message, faults, `${path}.dispatch`),
    occurrence: faults.instant(occurrence, `${path}.occurrence`),
    ...present("until", until && faults.instant(until, `${path}.until`)),
    fate: FateCodec.decode(fate, faults, `${path}.fate`),
    ...present("actor", actor && decodeActor(actor, faults, `${path}.actor`)),
    failures,
    failuresTotal,
    ...present("outcome", outcome)
  }
}

const decodeDispatch = (message: Message, faults: Faults, path: string): Run["dispatch"] => {
  const { dispatchId, isDryRun, name, type, updateTime } = message
  faults.check(`${path}.type`, tooLong(type, 1, WireLimits.typeLengthMax))
  if (name !== "") faults.check(`${path}.name`, DispatchName.findFault(name))
  const isId = dispatchId >= 1n && dispatchId <= WireLimits.idMax
  faults.check(`${path}.id`, isId ? undefined : `must be from 1 to ${WireLimits.idMax}`)
  return {
    id: DispatchId.make(dispatchId),
    ...present("name", name === "" ? undefined : name),
    type,
    dryRun: isDryRun,
    updateTime: faults.take(TimestampCodec.decodeNanos(updateTime, `${path}.updateTime`), 0n)
  }
}

const decodeActor = (message: Run_Actor, faults: Faults, path: string): NonNullable<Run["actor"]> => {
  const { at, reason } = decodeFailure(message, faults, path)
  const step = faults.take(steps.decode(message.step, `${path}.step`), "Failed")
  return { step, at, ...present("reason", reason === "" ? undefined : reason) }
}

const decodeFailure = (
  { at, reason }: Pick<Run_Failure, "at" | "reason">,
  faults: Faults,
  path: string
): Run["failures"][number] => {
  faults.check(`${path}.reason`, tooLong(reason, 0, reasonLengthMax))
  return { at: faults.instant(at, `${path}.at`), reason }
}

/** The fault of a text that is too short or too long. */
const tooLong = (text: string, least: number, most: number): string | undefined =>
  text.length >= least && text.length <= most
    ? undefined
    : `${text.length} characters, must be ${least === 0 ? "at most" : `from ${least} to`} ${most}`

const tooMany = (count: number): string | undefined =>
  count <= failuresMax ? undefined : `${count} failures, of which a run has ${failuresMax} at most`
