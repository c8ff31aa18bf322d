/**
 * The time that retention goes by. It follows the wall clock, but a wall clock that is far ahead leads it forward only as
 * fast as it would catch up after an absence, so that a wrong one removes little before somebody sees to it.
 */

/** What was kept when this process looked last, in epoch milliseconds, and when that was by the monotonic clock. */
export interface Seen {
  readonly time: number
  readonly atNanos: bigint
}

/** The two clocks of the machine. */
export interface Clocks {
  readonly wall: number
  readonly nanos: bigint
}

/** How much faster than the monotonic clock it may go forward: days per day of uptime. */
export const speedMax = 10

/**
 * 2026-01-01, in epoch milliseconds. A wall clock before it has lost its battery: it moves nothing back, and what it was
 * when something was written tells nothing of how old that is.
 */
export const clockEarliest = 1_767_225_600_000

/**
 * What to keep next. Only the uptime during which nobody else moved the time counts, so several instances move it no
 * faster than one does.
 */
export const next = (kept: number | undefined, seen: Seen | undefined, { nanos, wall }: Clocks): number => {
  if (kept === undefined || (kept < clockEarliest && wall >= clockEarliest)) return wall
  if (wall < kept) return wall < clockEarliest && kept >= clockEarliest ? kept : wall
  const uptime = seen !== undefined && seen.time === kept ? Number(nanos - seen.atNanos) / 1e6 : 0
  return Math.min(wall, kept + Math.floor(uptime * speedMax))
}
