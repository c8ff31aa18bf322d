/** The shapes that a timeline is drawn of. */
/** The calls of a canvas that are used. */
export interface Pen {
  fillStyle: unknown
  strokeStyle: unknown
  lineWidth: number
  font: string
  textBaseline: string
  globalAlpha: number
  fillRect(left: number, top: number, wide: number, high: number): void
  strokeRect(left: number, top: number, wide: number, high: number): void
  clearRect(left: number, top: number, wide: number, high: number): void
  beginPath(): void
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  fill(): void
  stroke(): void
  fillText(text: string, x: number, y: number): void
  measureText(text: string): { readonly width: number }
  setLineDash(lengths: Array<number>): void
}

/** The size of a picture, in pixels of the page. */
export interface Size {
  readonly width: number
  readonly height: number
  readonly fontSize: number
}

/** A place in the picture. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly wide: number
  readonly high: number
}

/** Draws a command: a mark, which is hollow where it is not known to be executed. */
export const diamond = (
  pen: Pen,
  { high, left, top }: Box,
  colour: string,
  kind: "full" | "hollow"
): void => {
  const half = Math.min(7, high / 2)
  const middle = top + high / 2
  pen.beginPath()
  pen.moveTo(left, middle - half)
  pen.lineTo(left + half, middle)
  pen.lineTo(left, middle + half)
  pen.lineTo(left - half, middle)
  pen.lineTo(left, middle - half)
  pen.fillStyle = colour
  pen.strokeStyle = colour
  if (kind === "full") pen.fill()
  else pen.stroke()
}

/** Draws the outline of a run that was planned. */
export const frame = (pen: Pen, { high, left, top, wide }: Box, colour: string): void => {
  pen.fillStyle = pen.strokeStyle = colour
  pen.globalAlpha = 0.16
  pen.fillRect(left, top, Math.max(1, wide), high)
  pen.globalAlpha = 1
  pen.lineWidth = 1
  if (wide >= 3) pen.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1)
}

/** Draws the outline of a run that is paused. */
export const dashes = (pen: Pen, { high, left, top, wide }: Box, colour: string): void => {
  if (wide < 3) {
    pen.fillStyle = colour
    pen.fillRect(left, top, Math.max(1, wide), 1)
    pen.fillRect(left, top + high - 1, Math.max(1, wide), 1)
    return
  }
  pen.strokeStyle = colour
  pen.lineWidth = 1
  pen.setLineDash([3, 2])
  pen.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.max(1, wide - 1), high - 1)
  pen.setLineDash([])
}

/** Marks a dry run by stripes, so that its colour need not. */
export const stripe = (pen: Pen, { high, left, top, wide }: Box, colour: string): void => {
  if (wide < 6) return
  pen.strokeStyle = colour
  pen.globalAlpha = 0.75
  pen.lineWidth = 1.5
  pen.beginPath()
  for (let at = left + 3; at < left + wide - 2; at += 7) {
    pen.moveTo(at, top + high - 1)
    pen.lineTo(Math.min(at + high / 2, left + wide), top + 1)
  }
  pen.stroke()
  pen.globalAlpha = 1
}

/** Marks the time for which the plan may have changed without our knowledge. */
export const hatch = (pen: Pen, left: number, { height, width }: Size, colour: string): void => {
  if (left >= width) return
  pen.strokeStyle = colour
  pen.globalAlpha = 0.35
  pen.lineWidth = 1
  pen.beginPath()
  for (let at = left - height; at < width; at += 12) {
    const over = Math.max(0, left - at)
    pen.moveTo(at + over, height - over)
    pen.lineTo(at + height, 0)
  }
  pen.stroke()
  pen.globalAlpha = 1
}
