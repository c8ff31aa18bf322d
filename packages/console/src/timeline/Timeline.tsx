/** The timeline: a grid of rows, which is the control, and beside it the picture of their runs. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { RefObject } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "react"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import { lines as linesAtom, type Line } from "./lines.ts"
import { RowGrid } from "./RowGrid.tsx"
import { Picture } from "./picture.ts"
import { pointing } from "./pointing.ts"
import { type Measures, measure } from "./measures.ts"
import * as View from "./view.ts"

const dispatchOf = (line: Line | undefined): Dispatch | undefined =>
  line?._tag === "Row" ? line.row.dispatch : undefined

export const Timeline = () => {
  const lines = useAtom(linesAtom)
  const scroller = useRef<HTMLDivElement>(null)
  const axis = useRef<HTMLCanvasElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const measures = useMeasures(scroller)
  const picture = usePicture(axis, canvas)
  const [scrollTop, setScrollTop] = useState(0)

  useEffect(() => {
    if (measures === undefined) return
    picture.current?.show({ dispatches: lines.map(dispatchOf), measures, scrollTop })
  })

  useEffect(() => {
    if (measures === undefined) return
    const { height, rowHeight } = measures
    const shown = lines.slice(Math.floor(scrollTop / rowHeight), Math.ceil((scrollTop + height) / rowHeight))
    registry.set(
      Atoms.inView,
      shown.flatMap((line) => (line._tag === "Row" ? [line.row.dispatch.id] : []))
    )
  }, [measures, lines, scrollTop])

  useEffect(() => {
    if (canvas.current === null || measures === undefined) return
    return pointing(canvas.current, {
      width: measures.width,
      rowAt: (y) => dispatchOf(lines[Math.floor((y + scrollTop) / measures.rowHeight)])
    })
  }, [measures, lines, scrollTop])

  return (
    <div class="timeline">
      <Controls width={measures?.width ?? 1_000} />
      <div class="axis" style={{ paddingInlineStart: `${measures?.labelWidth ?? 0}px` }}>
        <canvas ref={axis} aria-hidden="true" />
      </div>
      <div
        class="scroller"
        ref={scroller}
        onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
      >
        <div class="stick">
          <canvas ref={canvas} role="img" aria-label={pictureName(lines)} />
        </div>
        {measures === undefined ? null : (
          <RowGrid lines={lines} measures={measures} scrollTop={scrollTop} scroller={scroller} />
        )}
      </div>
      <Legend />
    </div>
  )
}

/** The measures of an element on the page, taken anew whenever its size changes. */
const useMeasures = (measured: RefObject<HTMLElement | null>): Measures | undefined => {
  const [measures, setMeasures] = useState<Measures>()
  useLayoutEffect(() => {
    const element = measured.current
    if (element === null) return
    const look = () => setMeasures(measure(element))
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return measures
}

/** The picture on two canvases, for as long as they are on the page. */
const usePicture = (
  axis: RefObject<HTMLCanvasElement | null>,
  canvas: RefObject<HTMLCanvasElement | null>
) => {
  const picture = useRef<Picture>(undefined)
  useEffect(() => {
    if (axis.current === null || canvas.current === null) return
    const made = new Picture(axis.current, canvas.current)
    picture.current = made
    return () => made.end()
  }, [])
  return picture
}

const pictureName = (lines: ReadonlyArray<Line>): string =>
  `Planned runs of ${lines.filter(({ _tag }) => _tag === "Row").length} dispatches; the rows tell them in words`

const Controls = ({ width }: { readonly width: number }) => {
  const view = useAtom(Atoms.view)
  const zone = useAtom(Atoms.zone)
  const isFollowing = useAtom(Atoms.isFollowing)
  const now = useAtom(Atoms.minute)
  const length = view.to - view.from
  const move = (to: { readonly from: number; readonly to: number }, how: "follows" | "stays" = "stays") => {
    registry.set(Atoms.isFollowing, how === "follows")
    registry.set(Atoms.view, to)
  }
  useEffect(() => {
    if (isFollowing) registry.set(Atoms.view, View.follow(registry.get(Atoms.view), now, width))
  }, [isFollowing, now, width])
  return (
    <div class="controls" role="group" aria-label="Time that is shown">
      <span class="range">
        {Times.date(zone, view.from, now)}
        {Times.sameDay(zone, view.from, view.to) ? "" : ` – ${Times.date(zone, view.to, now)}`}
      </span>
      <WindowChoice length={length} choose={(millis) => move(View.around(now, millis), "follows")} />
      <span class="buttons">
        <IconButton label="Earlier" text="‹" onPress={() => move(View.pan(view, -0.5))} />
        <IconButton label="Later" text="›" onPress={() => move(View.pan(view, 0.5))} />
        <IconButton label="Zoom in" text="+" onPress={() => move(View.zoom(view, 0.5, 0.5))} />
        <IconButton label="Zoom out" text="−" onPress={() => move(View.zoom(view, 2, 0.5))} />
        <button
          type="button"
          class="button plain"
          aria-pressed={isFollowing}
          onClick={() => move(View.around(now, length), "follows")}
        >
          Now
        </button>
      </span>
    </div>
  )
}

/** The length of the time that is shown. */
const WindowChoice = ({
  choose,
  length
}: {
  readonly length: number
  readonly choose: (millis: number) => void
}) => {
  const chosen = View.windows.find(([, , millis]) => Math.abs(millis - length) < 1_000)
  return (
    <label class="inline">
      <span>Window</span>
      <select
        value={chosen?.[0] ?? ""}
        onChange={({ currentTarget }) => {
          const window = View.windows.find(([name]) => name === currentTarget.value)
          if (window !== undefined) choose(window[2])
        }}
      >
        {chosen === undefined ? <option value="">other</option> : null}
        {View.windows.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}

const IconButton = ({
  label,
  onPress,
  text
}: {
  readonly label: string
  readonly text: string
  readonly onPress: () => void
}) => (
  <button type="button" class="button plain square" aria-label={label} title={label} onClick={onPress}>
    <span aria-hidden="true">{text}</span>
  </button>
)

/** The bars of a service that knows the plan alone, and of one that is told what ran. */
const planBars = [
  ["running", "runs now"],
  ["planned", "to come"],
  ["past", "past, as planned"]
] as const
const toldBars = [
  ["running", "runs now"],
  ["planned", "to come"],
  ["ran", "ran"],
  ["missed", "missed"],
  ["unknown", "unknown"],
  ["untold", "planned, not told"],
  ["doubt", "reporters differ"]
] as const
const allBars = [
  ["dry", "dry run"],
  ["paused", "paused"],
  ["command", "command"],
  ["share", "runs in part"]
] as const

const Legend = () => {
  const hasReports = useAtom(Atoms.hasReports)
  return (
    <ul class="legend" aria-label="What the bars mean">
      {[...(hasReports ? toldBars : planBars), ...allBars].map(([name, words]) => (
        <li key={name}>
          <i class={`swatch ${name}`} /> {words}
        </li>
      ))}
      <li class="honest">
        {hasReports
          ? "The past is as sites report it."
          : "The service knows the plan. It does not know what sites did."}
      </li>
    </ul>
  )
}
