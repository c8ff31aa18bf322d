/** The part of the benchmark that runs in the browser. */
import * as Paint from "@effect-dispatch/console/timeline/paint"
import { BarCache } from "@effect-dispatch/console/timeline/spans"
import { Zone } from "@effect-dispatch/console/time/zone"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchId from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"
import { percentile } from "../shared/statistics.ts"
import type { Measured, Times } from "../console.ts"

/** The parts of a browser that are used. */
interface Page {
  readonly document: {
    readonly body: { readonly append: (element: unknown) => void }
    readonly createElement: (name: "canvas") => {
      width: number
      height: number
      getContext: (kind: "2d") => Paint.Pen
    }
    readonly createElementNS: (space: string, name: string) => Node
  }
  measured?: Measured
}

interface Node {
  readonly setAttribute: (name: string, value: string) => void
  readonly append: (node: Node) => void
  readonly getBoundingClientRect: () => unknown
}

const page = globalThis as unknown as Page

const [width, height, rowHeight, rowCount, rounds] = [1_400, 3_000, 30, 100, 60]
const hour = 3_600_000
const start = Date.parse("2027-01-01T00:00:00Z")
const view = { from: start, to: start + 100 * hour }

const rows = Array.from(
  { length: rowCount },
  (_, number) =>
    new Dispatch({
      id: DispatchId.make(BigInt(number + 1)),
      type: "CHARGE",
      startTime: DateTime.makeUnsafe(start + number * 1_000),
      duration: Duration.minutes(20),
      target: Target.componentIds(1n),
      active: true,
      dryRun: false,
      payload: {},
      createTime: DateTime.makeUnsafe(start),
      updateTime: 1n,
      recurrence: new RecurrenceRule({ frequency: "HOURLY", interval: 1 })
    })
)

const colours = [
  "text",
  "muted",
  "line",
  "strongLine",
  "planned",
  "past",
  "running",
  "dry",
  "paused",
  "now",
  "stale",
  "paper",
  "weekend",
  "marked",
  "ran",
  "missed"
]
const palette = Object.fromEntries(
  colours.map((name, at) => [name, `hsl(${at * 27} 60% 45%)`])
) as unknown as Paint.Palette

const scene = (from: number, to: number): Paint.Scene => ({
  rows,
  rowHeight,
  barTop: 8,
  barHeight: 20,
  scrollTop: 0,
  view: { from, to },
  now: start + 30 * hour,
  staleSince: undefined,
  zone: new Zone("Europe/Berlin"),
  opened: undefined,
  palette
})

const size = { width, height, fontSize: 12 }

const canvas = page.document.createElement("canvas")
canvas.width = width
canvas.height = height
page.document.body.append(canvas)
const pen = canvas.getContext("2d")

/** The times of a work by the script, with the layout that it asks for; the browser draws later in any case. */
const times = (work: (round: number) => void): Times => {
  const found: Array<number> = []
  for (let round = 0; round < rounds + 5; round++) {
    const begun = performance.now()
    work(round)
    if (round >= 5) found.push(performance.now() - begun)
  }
  return { p50: percentile(found, 0.5), p95: percentile(found, 0.95) }
}

const cache = new BarCache()
/** A little further each time, as when somebody pans. */
const moved = (round: number) => scene(view.from + round * 60_000, view.to + round * 60_000)
const draw = (shown: Paint.Scene, known = cache) => Paint.rows(pen, size, shown, known)
for (let round = 0; round < rounds + 5; round++) {
  draw(moved(round))
  while (cache.work(() => false));
}

/** The rectangles that one picture fills. */
const rectangles: Array<readonly [string, number, number, number, number]> = []
const noting = Object.create(pen, {
  fillStyle: { value: "", writable: true },
  fillRect: {
    value(this: { readonly fillStyle: string }, ...box: readonly [number, number, number, number]) {
      rectangles.push([this.fillStyle, ...box])
    }
  },
  ...Object.fromEntries(
    [
      "clearRect",
      "beginPath",
      "moveTo",
      "lineTo",
      "fill",
      "stroke",
      "fillText",
      "strokeRect",
      "setLineDash"
    ].map((name) => [name, { value: () => {} }])
  )
}) as Paint.Pen
Paint.rows(noting, size, moved(0), cache)

const fill = (round: number) => {
  pen.clearRect(0, 0, width, height)
  for (const [colour, left, top, wide, high] of rectangles) {
    pen.fillStyle = colour
    pen.fillRect(left - (round % 2), top, wide, high)
  }
}

const space = "http://www.w3.org/2000/svg"
const svg = page.document.createElementNS(space, "svg")
svg.setAttribute("width", String(width))
svg.setAttribute("height", String(height))
const nodes = rectangles.map(([colour, left, top, wide, high]) => {
  const node = page.document.createElementNS(space, "rect")
  for (const [name, value] of Object.entries({ fill: colour, x: left, y: top, width: wide, height: high }))
    node.setAttribute(name, String(value))
  svg.append(node)
  return { node, left }
})

const paint = times((round) => void draw(moved(round)))
const filled = times(fill)
const year = times(() => void draw(scene(start, start + 365 * 24 * hour), new BarCache()))
page.document.body.append(svg)
const moving = times((round) => {
  for (const { left, node } of nodes) node.setAttribute("x", String(left - round))
  svg.getBoundingClientRect()
})
const bars = rectangles.filter(([, , , , high]) => high === 20).length
page.measured = { bars, paint, fill: filled, year, svg: moving }
