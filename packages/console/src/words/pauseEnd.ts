/** The end of a pause, as it is chosen. */
import { Result } from "effect"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"

/** The end as it is chosen; `at` is what the field for a time holds. */
export interface PauseEnd {
  readonly kind: "by hand" | "by itself"
  readonly at: string
}

export const resumedByHand: PauseEnd = { kind: "by hand", at: "" }

/** The instant of the end, none for a pause that ends by hand, or what is wrong with it. */
export const untilOf = (
  { at, kind }: PauseEnd,
  zone: Zone,
  now: number
): Result.Result<number | undefined, string> => {
  if (kind === "by hand") return Result.succeed(undefined)
  const wall = Times.wallOfField(at)
  if (wall === undefined) return Result.fail("give a date and a time")
  const instant = zone.firstInstant(wall)
  return instant <= now ? Result.fail("this time is past") : Result.succeed(instant)
}

/** Times that are chosen most. */
export const presets: ReadonlyArray<readonly [string, (zone: Zone, now: number) => number]> = [
  ["tomorrow 6:00", (zone, now) => zone.atHour(zone.addDays(now, 1), 6)],
  ["Monday 6:00", (zone, now) => zone.atHour(zone.addDays(now, Times.daysToMonday(zone, now)), 6)],
  ["in 7 days", (zone, now) => zone.addDays(now, 7)]
]
