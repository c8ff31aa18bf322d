/** Happenings in one sentence, for those who listen. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import type { Happening } from "../worker/protocol.ts"

/** Starts and stops in one sentence. */
export const summed = (lines: ReadonlyArray<Happening>): string => {
  const count = (kind: Happening["kind"]) => lines.filter((line) => line.kind === kind).length
  const [started, stopped] = [count("Running"), count("Stopped")]
  return [
    ...(started > 0 ? [`${DispatchText.counted(started, "run")} started`] : []),
    ...(stopped > 0 ? [`${DispatchText.counted(stopped, "run")} stopped`] : [])
  ].join(", ")
}
