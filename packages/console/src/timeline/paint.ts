/** The picture of a timeline: from what is shown to calls of a pen, without a look at anything else. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import { dashes, diamond, frame, hatch, type Box, type Pen, type Size, stripe } from "./shapes.ts"
import { type BarCache, type Bars, barFields } from "./spans.ts"
import { type Span, ticks, weekends } from "./ticks.ts"

export type { Pen, Size } from "./shapes.ts"

/** The colours of a picture. */
export interface Palette {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly strongLine: string
  readonly planned: string
  readonly past: string
  readonly running: string
  readonly dry: string
  readonly paused: string
  readonly now: string
  readonly stale: string
  readonly paper: string
  readonly weekend: string
  readonly marked: string
  readonly ran: string
  readonly missed: string
}

/** The past of a dispatch as sites report it. Bars of the plan are outlines there. */
export interface Past {
  /** The instant from which on all reports are known. */
  readonly since: number
  /** Draws what is reported over the outlines. */
  readonly draw: (pen: Pen, row: Row) => void
}

/** All that a picture shows. */
export interface Scene {
  readonly rows: ReadonlyArray<Dispatch | undefined>
  readonly rowHeight: number
  /** The part of a row that bars take, from its top. */
  readonly barTop: number
  readonly barHeight: number
  readonly scrollTop: number
  readonly view: Span
  readonly now: number
  /** From when on the knowledge is stale. */
  readonly staleSince: number | undefined
  readonly zone: Zone
  /** The dispatch whose row is marked. */
  readonly opened: bigint | undefined
  /** The past of a dispatch, if any is known. */
  readonly pastOf?: ((id: bigint) => Past | undefined) | undefined
  readonly palette: Palette
}

const fontOf = (size: number, weight = 400) =>
  `${weight} ${size}px system-ui, "Segoe UI", "DejaVu Sans", sans-serif`

/** Draws the axis: dates above, times below, and where the clock is set. */
export const axis = (
  pen: Pen,
  size: Size,
  { now, palette, view, zone }: Pick<Scene, "view" | "now" | "zone" | "palette">
): void => {
  const { fontSize, height, width } = size
  pen.clearRect(0, 0, width, height)
  pen.textBaseline = "middle"
  pen.lineWidth = 1
  const x = scaleOf(view, width)
  const [above, below] = [new Words(pen, height * 0.3, size), new Words(pen, height * 0.74, size)]
  const marks = ticks(view, width, zone, fontSize * 6.5)
  const flag = flagOf(pen, x(now), size, Times.clock(zone, Math.floor(now / 60_000) * 60_000))
  const firstMajor = marks.find(({ isMajor }) => isMajor)
  if (firstMajor === undefined || x(firstMajor.at) > fontSize * 9)
    above.write(Times.date(zone, view.from, now), 6, { weight: 600, colour: palette.text })
  for (const { at, isMajor, label, shift } of marks) {
    const left = Math.round(x(at)) + 0.5
    pen.strokeStyle = isMajor ? palette.strongLine : palette.line
    pen.beginPath()
    pen.moveTo(left, isMajor ? 0 : height * 0.55)
    pen.lineTo(left, height)
    pen.stroke()
    if (isMajor) above.write(label, left + 5, { weight: 600, colour: palette.text })
    else below.write(label, left + 5, { weight: 400, colour: palette.muted, flag })
    if (shift !== undefined)
      (isMajor ? below : above).write(`clock ${shift}`, left + 5, { weight: 600, colour: palette.now })
  }
  drawFlag(pen, flag, size, palette)
}

/** The look of a text on the axis, and the flag behind which it may not stand. */
interface Look {
  readonly weight: number
  readonly colour: string
  readonly flag?: Flag | undefined
}

/** A line of texts, from left to right: none covers another, and none is cut off at the edge. */
class Words {
  readonly #pen: Pen
  readonly #middle: number
  readonly #size: Size
  #end = 0

  constructor(pen: Pen, middle: number, size: Size) {
    this.#pen = pen
    this.#middle = middle
    this.#size = size
  }

  write(text: string, at: number, { colour, flag, weight }: Look): void {
    const { fontSize, width } = this.#size
    this.#pen.font = fontOf(fontSize, weight)
    const wide = this.#pen.measureText(text).width
    const left = Math.max(at, this.#end)
    if (left + wide > width || isHidden(left - 5, wide + 8, flag)) return
    this.#pen.fillStyle = colour
    this.#pen.fillText(text, left, this.#middle)
    this.#end = left + wide + 8
  }
}

/** The flag of the present on the axis. */
interface Flag {
  readonly label: string
  readonly left: number
  readonly wide: number
}

const flagOf = (pen: Pen, at: number, { fontSize, width }: Size, label: string): Flag | undefined => {
  if (at < 0 || at > width) return undefined
  pen.font = fontOf(fontSize, 700)
  const wide = pen.measureText(label).width + 10
  return { label, wide, left: Math.min(Math.max(0, at - wide / 2), width - wide) }
}

const drawFlag = (pen: Pen, flag: Flag | undefined, { fontSize, height }: Size, palette: Palette): void => {
  if (flag === undefined) return
  pen.font = fontOf(fontSize, 700)
  pen.fillStyle = palette.now
  pen.fillRect(flag.left, height - fontSize - 8, flag.wide, fontSize + 8)
  pen.fillStyle = palette.paper
  pen.fillText(flag.label, flag.left + 5, height - fontSize / 2 - 3.5)
}

/** True if a label of the lower line would stand behind the flag. */
const isHidden = (left: number, wide: number, flag: Flag | undefined): boolean =>
  flag !== undefined && left < flag.left + flag.wide && left + wide > flag.left

/** Draws the rows in view. Gives true if all bars were known. */
export const rows = (pen: Pen, size: Size, scene: Scene, cache: BarCache): boolean => {
  const { height, width } = size
  const { now, palette, rowHeight, scrollTop, staleSince, view } = scene
  pen.clearRect(0, 0, width, height)
  const x = scaleOf(view, width)
  drawGrid(pen, size, scene, x)
  const first = Math.max(0, Math.floor(scrollTop / rowHeight))
  const last = Math.min(scene.rows.length, Math.ceil((scrollTop + height) / rowHeight))
  let isWhole = true
  for (let index = first; index < last; index++) {
    const top = index * rowHeight - scrollTop
    const dispatch = scene.rows[index]
    if (dispatch !== undefined && dispatch.id === scene.opened) {
      pen.fillStyle = palette.marked
      pen.fillRect(0, top, width, rowHeight)
    }
    pen.fillStyle = palette.line
    pen.fillRect(0, top + rowHeight - 1, width, 1)
    if (dispatch === undefined) continue
    const { isWhole: isKnown, known } = cache.bars(
      dispatch,
      view.from,
      view.to,
      (view.to - view.from) / width
    )
    isWhole &&= isKnown
    const past = scene.pastOf?.(dispatch.id)
    const row: Row = { dispatch, top: top + scene.barTop, x, width, scene, past }
    for (const bars of known) drawBars(pen, bars, row)
    past?.draw(pen, row)
  }
  if (staleSince !== undefined) hatch(pen, Math.max(0, x(staleSince)), size, palette.stale)
  const line = Math.round(x(now)) + 0.5
  if (line >= 0 && line <= width) {
    pen.fillStyle = palette.now
    pen.fillRect(line - 1, 0, 2, height)
  }
  return isWhole
}

const scaleOf = ({ from, to }: Span, width: number) => {
  const perMilli = width / (to - from)
  return (at: number): number => (at - from) * perMilli
}

const drawGrid = (
  pen: Pen,
  { fontSize, height, width }: Size,
  scene: Scene,
  x: (at: number) => number
): void => {
  const { palette, view, zone } = scene
  pen.fillStyle = palette.weekend
  for (const { from, to } of weekends(view, zone)) pen.fillRect(x(from), 0, x(to) - x(from), height)
  for (const { at, isMajor } of ticks(view, width, zone, fontSize * 6.5)) {
    pen.fillStyle = isMajor ? palette.strongLine : palette.line
    pen.fillRect(Math.round(x(at)), 0, 1, height)
  }
}

/** A row of a picture. */
export interface Row {
  readonly dispatch: Dispatch
  readonly top: number
  readonly x: (at: number) => number
  readonly width: number
  readonly scene: Scene
  readonly past: Past | undefined
}

/** Draws bars: runs as they are, shares as columns that are as high as they are full, commands as marks. */
const drawBars = (pen: Pen, bars: Bars, row: Row): void => {
  const { dispatch, scene, top, width, x } = row
  const { barHeight, now, palette, view } = scene
  // A colour is read by the canvas each time that it is set.
  let used: string | undefined
  for (let at = 0; at < bars.length; at += barFields) {
    const begin = bars[at] ?? 0
    const end = bars[at + 1] ?? 0
    const share = bars[at + 2] ?? 0
    if (end < view.from || begin >= view.to) continue
    const left = Math.max(-4, x(begin))
    const right = Math.min(width + 4, x(end))
    if (share < 1) {
      used = undefined
      // Whole pixels, so that neighbours meet without a seam.
      const [from, to] = [Math.round(left), Math.round(right)]
      drawShare(pen, { left: from, right: to, share, isTold: isTold(begin, row) }, row)
      continue
    }
    const colour = dispatch.dryRun ? palette.dry : colourAt(begin, end, now, palette)
    const box = { left, top, wide: right - left, high: barHeight }
    if (isTold(begin, row)) {
      used = undefined
      drawTold(pen, { box, begin, end, colour }, row)
      continue
    }
    if (dispatch.active && !dispatch.dryRun && end !== begin) {
      if (colour !== used) pen.fillStyle = used = colour
      fillBar(pen, box)
      continue
    }
    used = undefined
    if (end === begin) diamond(pen, box, colour, dispatch.active ? "full" : "hollow")
    else if (!dispatch.active) dashes(pen, box, palette.paused)
    else {
      pen.fillStyle = colour
      fillBar(pen, box)
      stripe(pen, box, palette.paper)
    }
  }
}

interface Plan {
  readonly box: Box
  readonly begin: number
  readonly end: number
  readonly colour: string
}

/** Draws the plan of a run of which reports tell: an outline up to the present, and from there on as it is to come. */
const drawTold = (pen: Pen, { begin, box, colour, end }: Plan, { dispatch, scene, x }: Row): void => {
  if (end === begin) return diamond(pen, box, colour, "hollow")
  const past = Math.min(box.wide, x(scene.now) - box.left)
  frame(pen, { ...box, wide: past }, colour)
  if (end <= scene.now) return
  const rest = { ...box, left: box.left + past, wide: box.wide - past }
  pen.fillStyle = colour
  fillBar(pen, rest)
  if (dispatch.dryRun) stripe(pen, rest, scene.palette.paper)
}

/** True for what reports are known about, if there are any. */
const isTold = (begin: number, { dispatch, past, scene }: Row): boolean =>
  past !== undefined && dispatch.active && begin < scene.now && begin >= past.since

/** A gap of a pixel tells a bar from the next, where there is room for one. */
const fillBar = (pen: Pen, { high, left, top, wide }: Box): void =>
  pen.fillRect(left, top, Math.max(1, wide - (wide > 3 ? 1 : 0)), high)

const colourAt = (begin: number, end: number, now: number, { past, planned, running }: Palette): string => {
  if (begin <= now && now < end) return running
  return end <= now ? past : planned
}

interface Share {
  readonly left: number
  readonly right: number
  readonly share: number
  /** True if reports tell how much of it ran. */
  readonly isTold: boolean
}

/** Draws a stretch that is run in part: as high as it is full, in the colours before and after the present. */
const drawShare = (
  pen: Pen,
  { isTold, left, right, share }: Share,
  { dispatch, scene: { barHeight, now, palette }, top, x }: Row
): void => {
  if (!dispatch.active) {
    pen.fillStyle = palette.paused
    pen.fillRect(left, top, right - left, 1)
    pen.fillRect(left, top + barHeight - 1, right - left, 1)
    return
  }
  const middle = Math.min(right, Math.max(left, x(now)))
  const high = Math.max(2, Math.round(barHeight * share))
  for (const [from, to, colour] of [
    [left, middle, dispatch.dryRun ? palette.dry : palette.past],
    [middle, right, dispatch.dryRun ? palette.dry : palette.planned]
  ] as const) {
    if (to <= from) continue
    pen.fillStyle = colour
    pen.globalAlpha = 0.3
    pen.fillRect(from, top, to - from, barHeight)
    pen.globalAlpha = 1
    if (!isTold || from >= middle) pen.fillRect(from, top + barHeight - high, to - from, high)
  }
}
