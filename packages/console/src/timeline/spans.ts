/**
 * The bars of a dispatch. Where runs are nearer than a few pixels, a bar would claim that it always runs; then shares
 * are drawn: how much of each cell is run, by a look at a few runs of it.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime } from "effect"

/** Bars in a stretch of time: begin, end and share of each, one after the other. A share of 1 is a run as it is. */
export type Bars = Float64Array

/** Fields of a bar. */
export const barFields = 3

/** Narrowest run that is drawn by itself, with the gap after it, in pixels. */
const runWidthMin = 3
/** Width of a cell of shares, in pixels. */
const cellWidth = 4
/** Most runs of a cell that are looked at; the rest of it is taken to be like them. */
export const runsPerCellMax = 4

/** The bars between two instants, at a scale in milliseconds a pixel. */
export const barsOf = (dispatch: Dispatch, from: number, to: number, scale: number): Bars => {
  const single = runsOf(dispatch, from, to, scale * runWidthMin)
  return single ?? sharesOf(dispatch, from, to, scale * cellWidth)
}

/** Runs in succession whose distance is looked at. */
const runsLooked = 8

/** Each run by itself, unless several in succession are nearer to each other than the least distance. */
const runsOf = (dispatch: Dispatch, from: number, to: number, distance: number): Bars | undefined => {
  const bars: Array<number> = []
  for (const { occurrence, until } of dispatch.runs(DateTime.makeUnsafe(from), DateTime.makeUnsafe(to))) {
    const begin = occurrence.epochMilliseconds
    const before = bars[bars.length - runsLooked * barFields]
    if (before !== undefined && begin - before < distance * runsLooked) return undefined
    bars.push(begin, until?.epochMilliseconds ?? Infinity, 1)
  }
  return Float64Array.from(bars)
}

const sharesOf = (dispatch: Dispatch, from: number, to: number, cell: number): Bars => {
  const bars: Array<number> = []
  for (let begin = from; begin < to; begin += cell) {
    const share = shareOf(dispatch, begin, Math.min(begin + cell, to))
    if (share === 0) continue
    const last = bars.length - barFields
    if (bars[last + 1] === begin && bars[last + 2] === share) bars[last + 1] = begin + cell
    else bars.push(begin, begin + cell, share)
  }
  return Float64Array.from(bars)
}

/** The share of a cell that is run, in eighths so that neighbours join; at least one where there is any run. */
const shareOf = (dispatch: Dispatch, begin: number, end: number): number => {
  let looked = 0
  let covered = 0
  let coveredWithin = 0
  let first = begin
  let reached = -Infinity
  for (const { occurrence, until } of dispatch.runs(DateTime.makeUnsafe(begin), DateTime.makeUnsafe(end))) {
    const from = occurrence.epochMilliseconds
    // The runs that were looked at stand for the rest: what they cover, from the first one to the next.
    if (looked === runsPerCellMax) return eighths(covered / Math.max(1, from - first))
    if (looked++ === 0) first = from
    const to = until?.epochMilliseconds ?? Infinity
    const fresh = Math.max(from, reached)
    covered += Math.max(0, to - fresh)
    coveredWithin += Math.max(0, Math.min(to, end) - Math.max(fresh, begin))
    reached = Math.max(reached, to)
  }
  return looked === 0 ? 0 : eighths(coveredWithin / (end - begin))
}

/** Never a whole: a share of 1 is for runs. */
const eighths = (share: number): number => Math.min(7.5, Math.max(1, Math.round(share * 8))) / 8

/** Pixels of a piece of the time line that is looked at as a whole. */
const pieceWidth = 1_024

/** Bars of dispatches in pieces, each found once: by the work that fits into idle times. */
export class BarCache {
  readonly #pieces = new WeakMap<Dispatch, Map<string, Bars>>()
  readonly #wanted = new Map<string, () => void>()

  /** The pieces that a view needs, as far as they are known; the others are noted as wanted. */
  bars(
    dispatch: Dispatch,
    from: number,
    to: number,
    scale: number
  ): { readonly known: ReadonlyArray<Bars>; readonly isWhole: boolean } {
    const level = Math.round(2 * Math.log2(scale))
    const levelScale = 2 ** (level / 2)
    const length = Math.round(levelScale * pieceWidth)
    const pieces = this.#of(dispatch)
    const known: Array<Bars> = []
    let isWhole = true
    for (let number = Math.floor(from / length); number * length < to; number++) {
      const key = `${level} ${number}`
      const found = pieces.get(key)
      if (found !== undefined) known.push(found)
      else {
        isWhole = false
        this.#wanted.set(`${dispatch.id} ${key}`, () =>
          pieces.set(key, barsOf(dispatch, number * length, (number + 1) * length, levelScale))
        )
      }
    }
    return { known, isWhole }
  }

  /** Finds wanted pieces until the time is over; true if some are left. */
  work(isOver: () => boolean): boolean {
    for (const [key, find] of this.#wanted) {
      this.#wanted.delete(key)
      find()
      if (isOver()) break
    }
    return this.#wanted.size > 0
  }

  /** Nobody waits for what was wanted before any more. */
  forgetWanted(): void {
    this.#wanted.clear()
  }

  #of(dispatch: Dispatch): Map<string, Bars> {
    let pieces = this.#pieces.get(dispatch)
    if (pieces === undefined) this.#pieces.set(dispatch, (pieces = new Map()))
    if (pieces.size > piecesMax) pieces.clear()
    return pieces
  }
}

/** Most pieces of a dispatch that are kept. */
const piecesMax = 32
