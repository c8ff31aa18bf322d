/** The stretch of time that is shown, and its moves. */
import type { Span } from "./ticks.ts"

const second = 1_000
const hour = 3_600_000
const day = 24 * hour

/** Lengths to choose from. */
export const windows = [
  ["6h", "6 hours", 6 * hour],
  ["24h", "24 hours", day],
  ["7d", "7 days", 7 * day],
  ["4w", "4 weeks", 28 * day],
  ["1y", "1 year", 365 * day]
] as const

/** Shortest and longest stretch. */
const lengthMin = 10 * 60 * second
const lengthMax = 5 * 366 * day
/** Where the calendar of the page ends. */
const timeMax = Date.UTC(9999, 0)

/** The share of the view that lies in the past while it follows the present. */
const pastShare = 1 / 12

const within = (from: number, length: number): Span => {
  const bounded = Math.max(0, Math.min(from, timeMax - length))
  return { from: bounded, to: bounded + length }
}

/** A view of a length, around the present. */
export const around = (now: number, length: number): Span => within(now - length * pastShare, length)

/** Moves by a share of the view. */
export const pan = ({ from, to }: Span, share: number): Span => within(from + (to - from) * share, to - from)

/** Shows a stretch that is so many times as long; the instant at a share of the width stays there. */
export const zoom = ({ from, to }: Span, factor: number, at: number): Span => {
  const length = Math.min(lengthMax, Math.max(lengthMin, (to - from) * factor))
  return within(from + (to - from) * at - length * at, length)
}

/** Follows the present, a pixel at a time. */
export const follow = (view: Span, now: number, width: number): Span => {
  const wanted = around(now, view.to - view.from)
  const pixel = (view.to - view.from) / Math.max(1, width)
  return Math.abs(wanted.from - view.from) >= pixel ? wanted : view
}

/** Shows an instant that is outside of the view. */
export const showing = (view: Span, at: number): Span =>
  at >= view.from && at < view.to ? view : around(at, view.to - view.from)

/** The instant of a new dispatch that was asked for by a place: whole five minutes, or whole minutes where one sees them. */
export const snap = ({ from, to }: Span, at: number): number => {
  const step = to - from < 2 * hour ? 60 * second : 5 * 60 * second
  return Math.round(at / step) * step
}
