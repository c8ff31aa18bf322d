/** The fate of a run: the cases of `Run.fate` in the API, and back. */
import type { MessageInitShape } from "@bufbuild/protobuf"
import type { RunFate } from "@effect-dispatch/core/Run"
import type { Run as Message, RunSchema } from "../Protobuf.ts"
import { refuse } from "./coded.ts"
import { type Faults, present } from "./faults.ts"
import { causes, missedReasons } from "./runNames.ts"

type Init = NonNullable<MessageInitShape<typeof RunSchema>["fate"]>
type Known = Extract<RunFate, { readonly onMillis: number }>

/** Writes a fate. */
export const encode = (fate: RunFate, faults: Faults, path: string): Init => {
  switch (fate._tag) {
    case "Planned":
      return { case: "planned", value: {} }
    case "Running":
      return { case: "running", value: { ...begun(fate, faults, path), ...since(fate, faults, path) } }
    case "Ran": {
      const to = present("to", faults.timestamp(fate.to, `${path}.to`))
      return {
        case: "ran",
        value: { ...begun(fate, faults, path), ...to, stoppedBy: causes.number(fate.stoppedBy) }
      }
    }
    case "Missed": {
      const { count, last, reason } = fate
      const until = last && faults.timestamp(last, `${path}.last`)
      return {
        case: "missed",
        value: { reason: missedReasons.number(reason), count, ...present("last", until) }
      }
    }
    case "Unknown":
      return { case: "unknown", value: { ...begun(fate, faults, path), ...since(fate, faults, path) } }
  }
}

const since = (fate: Extract<RunFate, { readonly since: unknown }>, faults: Faults, path: string) =>
  present("since", faults.timestamp(fate.since, `${path}.since`))

const begun = ({ from, lateMillis, onMillis }: Known, faults: Faults, path: string) => ({
  ...present("from", from && faults.timestamp(from, `${path}.from`)),
  ...present("lateMillis", lateMillis === undefined ? undefined : BigInt(lateMillis)),
  onMillis: BigInt(onMillis)
})

/** Reads a fate. */
export const decode = (fate: Message["fate"], faults: Faults, path: string): RunFate => {
  switch (fate.case) {
    case "planned":
      return { _tag: "Planned" }
    case "running": {
      const { onMillis, since, ...rest } = fate.value
      return {
        _tag: "Running",
        from: faults.instant(rest.from, `${path}.from`),
        lateMillis: length(rest.lateMillis, faults, `${path}.lateMillis`),
        since: faults.instant(since, `${path}.since`),
        onMillis: length(onMillis, faults, `${path}.onMillis`)
      }
    }
    case "ran": {
      const { onMillis, stoppedBy, to } = fate.value
      const early = stoppedBy === 0 ? undefined : causes.decode(stoppedBy, `${path}.stoppedBy`)
      return {
        _tag: "Ran",
        ...perhapsBegun(fate.value, faults, path),
        to: faults.instant(to, `${path}.to`),
        onMillis: length(onMillis, faults, `${path}.onMillis`),
        ...present("stoppedBy", faults.take(early, undefined))
      }
    }
    case "missed": {
      const { count, last, reason } = fate.value
      faults.check(`${path}.count`, count > 0 ? undefined : "must be at least 1")
      return {
        _tag: "Missed",
        reason: faults.take(missedReasons.decode(reason, `${path}.reason`), "NotTold"),
        count,
        ...present("last", last && faults.instant(last, `${path}.last`))
      }
    }
    case "unknown": {
      const { onMillis, since } = fate.value
      return {
        _tag: "Unknown",
        ...perhapsBegun(fate.value, faults, path),
        since: faults.instant(since, `${path}.since`),
        onMillis: length(onMillis, faults, `${path}.onMillis`)
      }
    }
    case undefined:
      faults.note(refuse(path, "a fate that is known here is required"))
      return { _tag: "Planned" }
  }
}

type Begun = Pick<Extract<Message["fate"], { readonly case: "ran" }>["value"], "from" | "lateMillis">

const perhapsBegun = ({ from, lateMillis }: Begun, faults: Faults, path: string) => ({
  ...present("from", from && faults.instant(from, `${path}.from`)),
  ...present(
    "lateMillis",
    lateMillis === undefined ? undefined : length(lateMillis, faults, `${path}.lateMillis`)
  )
})

/** The longest time that is told of, in milliseconds: far longer than all years there are. */
const millisMax = 2 ** 50

const length = (millis: bigint, faults: Faults, path: string): number => {
  faults.check(path, millis <= millisMax ? undefined : `${millis} milliseconds are more than there is time`)
  return Number(millis)
}
