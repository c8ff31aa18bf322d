/** The part of a microgrid that is shown, in words. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { shownMax, type Size } from "../worker/protocol.ts"

const number = (count: number): string => count.toLocaleString("en-US")

/** The dispatches that are shown, of how many: `12 of 250,000 dispatches`. */
export const counts = (shown: number, part: string, size: Size | null): string => {
  const all = size?.isTooMany === true || part !== "" ? size?.all : undefined
  if (size?.isTooMany === true) return DispatchText.counted(size.all, "dispatch", "dispatches")
  const of = all === undefined || all < shown ? "" : `${number(shown)} of `
  return `${of}${DispatchText.counted(of === "" ? shown : (all ?? shown), "dispatch", "dispatches")}`
}

/** The chosen words, as they are quoted. */
export const quoted = (part: string): string => `“${DispatchText.safe(part)}”`

/** The reason why nothing is shown. */
export const tooMany = (part: string, { all, chosen }: Size): string =>
  `This microgrid has ${number(all)} dispatches, and a page shows up to ${number(shownMax)}. ` +
  (part === ""
    ? "Choose a part of them, which the service looks up."
    : `${number(chosen)} of them are in the part ${quoted(part)}. Choose a smaller one.`)
