/** The painting of the past: runs as they were, over the outlines of the plan. It loads once a service has reports. */
import type { Told } from "../state/toldRuns.ts"
import type { Past, Pen, Row } from "./paint.ts"
import { cellsOf, isDense, type Part, partsOf } from "./pastParts.ts"
import { type Box, diamond, frame, stripe } from "./shapes.ts"

/** Least distance of parts that are drawn by themselves, and the width of a cell, in pixels. */
const partWidthMin = 3
const cellWidth = 4

/** The past that is told, as a picture shows it. */
export const pastOf = ({ runs, since }: Told): Past => ({
  since,
  draw: (pen, row) => {
    const { now, view } = row.scene
    const scale = (view.to - view.from) / row.width
    const parts = partsOf(runs, now).filter(({ begin, end }) => end >= view.from && begin < view.to)
    if (isDense(parts, scale * partWidthMin)) drawCells(pen, parts, scale, row)
    else for (const part of inDrawing(parts)) drawPart(pen, part, row)
  }
})

/** The order in which parts are drawn: a reporter that calls a run missed is seen beside one that saw it run. */
const inDrawing = (parts: ReadonlyArray<Part>): ReadonlyArray<Part> => [
  ...parts.filter(({ kind }) => kind !== "missed"),
  ...parts.filter(({ kind }) => kind === "missed")
]

const drawCells = (pen: Pen, parts: ReadonlyArray<Part>, scale: number, row: Row): void => {
  const { barHeight, palette, view } = row.scene
  const inView = parts.map((part) => ({
    ...part,
    begin: Math.max(part.begin, view.from),
    end: Math.min(part.end, view.to)
  }))
  for (const { begin, end, isMissed, share } of cellsOf(inView, scale * cellWidth)) {
    const [left, right] = [Math.round(row.x(begin)), Math.round(row.x(end))]
    if (share > 0) {
      const high = Math.max(2, Math.round(barHeight * Math.min(1, share)))
      pen.fillStyle = palette.ran
      pen.fillRect(left, row.top + barHeight - high, right - left, high)
    }
    if (!isMissed) continue
    pen.fillStyle = palette.missed
    pen.fillRect(left, row.top - 3, right - left, 3)
  }
}

const drawPart = (pen: Pen, part: Part, row: Row): void => {
  const { scene, top, width, x } = row
  const { begin, end, told } = part
  const left = Math.max(-4, x(begin))
  const box = { left, top, wide: Math.min(width + 4, x(end)) - left, high: scene.barHeight }
  const { occurrence, until } = told.run
  const isCommand = until?.epochMilliseconds === occurrence.epochMilliseconds
  if (isCommand) drawCommandPart(pen, part, box, row)
  else draws[part.kind](pen, box, part, row)
  if (told.contradicted && part.kind !== "planned") drawDoubt(pen, box, row)
}

const drawCommandPart = (pen: Pen, { kind }: Part, box: Box, { scene: { palette } }: Row): void => {
  if (kind === "missed") {
    diamond(pen, box, palette.missed, "hollow")
    cross(pen, { ...box, left: box.left - 4, wide: 8 }, palette.missed)
  } else diamond(pen, box, palette.ran, kind === "ran" || kind === "running" ? "full" : "hollow")
}

type Draw = (pen: Pen, box: Box, part: Part, row: Row) => void

const draws: { readonly [kind in Part["kind"]]: Draw } = {
  planned: (pen, box, _, { scene: { palette } }) => frame(pen, box, palette.past),
  ran: (pen, box, part, row) => fill(pen, box, row.scene.palette.ran, part, row),
  running: (pen, box, part, row) => fill(pen, box, row.scene.palette.running, part, row),
  missed: (pen, box, { told }, { scene: { palette } }) => {
    pen.strokeStyle = palette.missed
    pen.fillStyle = palette.paper
    if (!told.contradicted) pen.fillRect(box.left, box.top, Math.max(2, box.wide), box.high)
    pen.lineWidth = 1.5
    pen.strokeRect(box.left + 0.5, box.top + 0.5, Math.max(1, box.wide - 1), box.high - 1)
    if (box.wide >= 5) cross(pen, box, palette.missed)
  },
  unknown: (pen, box, _, { scene }) => {
    pen.strokeStyle = scene.palette.muted
    pen.lineWidth = 1
    pen.setLineDash([1.5, 2.5])
    pen.strokeRect(box.left + 0.5, box.top + 0.5, Math.max(1, box.wide - 1), box.high - 1)
    pen.setLineDash([])
    if (box.wide >= 14) letter(pen, "?", box, scene.palette.muted)
  }
}

/** A bar of what ran; a dry run has stripes. */
const fill = (...[pen, box, colour, { told }, row]: [Pen, Box, string, Part, Row]): void => {
  pen.fillStyle = colour
  pen.fillRect(box.left, box.top, Math.max(1, box.wide), box.high)
  if (told.run.dispatch.dryRun) stripe(pen, box, row.scene.palette.paper)
}

const cross = (pen: Pen, { high, left, top, wide }: Box, colour: string): void => {
  pen.strokeStyle = colour
  pen.lineWidth = 1.5
  pen.beginPath()
  pen.moveTo(left, top)
  pen.lineTo(left + wide, top + high)
  pen.moveTo(left + wide, top)
  pen.lineTo(left, top + high)
  pen.stroke()
}

/** Marks a run about which reporters contradict each other. */
const drawDoubt = (pen: Pen, box: Box, { scene: { palette } }: Row): void => {
  const mark = { ...box, left: box.left - 1, top: box.top - 1, wide: doubtWidth, high: box.high + 2 }
  pen.fillStyle = palette.stale
  pen.fillRect(mark.left, mark.top, mark.wide, mark.high)
  letter(pen, "!", mark, palette.paper)
}

/** The width of such a mark, in pixels. */
const doubtWidth = 10

const letter = (pen: Pen, text: string, { high, left, top, wide }: Box, colour: string): void => {
  pen.fillStyle = colour
  pen.font = `700 ${Math.round(high * 0.7)}px system-ui, "DejaVu Sans", sans-serif`
  pen.textBaseline = "middle"
  pen.fillText(text, left + wide / 2 - pen.measureText(text).width / 2, top + high / 2 + 0.5)
}
