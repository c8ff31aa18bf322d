/** The fields in which another version of a dispatch differs, in words. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import type { Changes } from "../worker/protocol.ts"
import * as Sentence from "./sentence.ts"

/** A field and its text, which may be a text of others. */
export type FieldText = readonly [name: string, text: string]

/** The fields that changes name, as a dispatch has them. */
export const fieldTexts = (
  changes: Changes,
  dispatch: Dispatch,
  { now, zone }: { readonly now: number; readonly zone: Zone }
): ReadonlyArray<FieldText> => {
  const { active, duration, name = "none", payload, startTime, target } = dispatch
  const texts: { readonly [field in keyof Changes]-?: FieldText } = {
    name: ["Name", name],
    startTime: ["Start", Times.full(zone, startTime.epochMilliseconds)],
    durationSeconds: ["Length", DispatchText.duration(duration)],
    target: ["Target", DispatchText.target(target)],
    active: ["Active", active ? "yes" : "no"],
    payload: ["Payload", JSON.stringify(payload)],
    recurrence: ["Repeats", Sentence.ofDispatch(dispatch, now, zone).rule],
    calendar: ["Repeats", Sentence.ofDispatch(dispatch, now, zone).rule]
  }
  return (Object.keys(changes) as Array<keyof Changes>).map((field) => texts[field])
}
