/**
 * The time that retention goes by. It follows the wall clock. A wall clock that is far ahead leads it forward only as
 * fast as it would catch up after an absence, so that a wrong one removes little before somebody sees to it.
 */

/** The kept time at the last look of this process, in epoch milliseconds, and the monotonic time of that look. */
export interface Seen {
  readonly time: number
  readonly atNanos: bigint
}

/** The two clocks of the machine. */
export interface Clocks {
  readonly wall: number
  readonly nanos: bigint
}

/** Largest speed forward: days per day of uptime by the monotonic clock. */
export const speedMax = 10

/**
 * 2026-01-01, in epoch milliseconds. An earlier wall clock has lost its battery: it moves nothing back, and a time
 * written by it tells nothing about age.
 */
export const clockEarliest = 1_767_225_600_000

/**
 * The latest kept time, from which a wall clock that is behind is told. It goes back as fast as the kept time goes
 * forward, so that a clock that was ahead for a while and is right again is not in doubt for ever.
 */
export const remember = (before: Seen | undefined, time: number, nanos: bigint): Seen => {
  const faded =
    before === undefined ? time : before.time - Math.floor((Number(nanos - before.atNanos) / 1e6) * speedMax)
  return { time: Math.max(time, faded), atNanos: nanos }
}

/**
 * The time to keep next. Only the uptime during which nobody else moved the time counts, so several instances move it
 * no faster than one does.
 */
export const next = (kept: number | undefined, seen: Seen | undefined, { nanos, wall }: Clocks): number => {
  if (kept === undefined || (kept < clockEarliest && wall >= clockEarliest)) return wall
  if (wall < kept) return wall < clockEarliest && kept >= clockEarliest ? kept : wall
  const uptime = seen !== undefined && seen.time === kept ? Number(nanos - seen.atNanos) / 1e6 : 0
  return Math.min(wall, kept + Math.floor(uptime * speedMax))
}
