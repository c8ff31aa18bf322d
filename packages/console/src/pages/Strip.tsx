/** A small timeline of one dispatch: as it is in force, and as it is typed. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime } from "effect"
import { useEffect, useRef, useState } from "react"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Paint from "../timeline/paint.ts"
import { paletteOf } from "../timeline/palette.ts"
import { penOf } from "../timeline/picture.ts"
import { BarCache } from "../timeline/spans.ts"
import * as View from "../timeline/view.ts"

interface Props {
  /** The version in force; none of a new dispatch. */
  readonly present: Dispatch | undefined
  readonly typed: Dispatch
}

/** Heights in the size of text: the words of a row, its bars, and all of it. */
const labelHeight = 1.25
const barHeight = 0.9
const rowHeight = 2.6

export const Strip = ({ present, typed }: Props) => {
  const axis = useRef<HTMLCanvasElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const cache = useRef(new BarCache())
  const shown = useAtom(Atoms.view)
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const rows = present === undefined ? [typed] : [present, typed]
  const width = useWidthAround(axis)
  const first = typed.nextRun(DateTime.makeUnsafe(now))?.epochMilliseconds
  useEffect(() => {
    if (axis.current === null || canvas.current === null || width === 0) return
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
    const size = {
      width,
      height: Math.round(rows.length * rowHeight * rem),
      fontSize: Math.round(rem * 0.78)
    }
    const scene: Paint.Scene = {
      rows,
      rowHeight: Math.round(rowHeight * rem),
      barTop: Math.round(labelHeight * rem),
      barHeight: Math.round(barHeight * rem),
      scrollTop: 0,
      view: first === undefined ? shown : View.showing(shown, first),
      now,
      staleSince: undefined,
      zone,
      opened: undefined,
      palette: paletteOf(canvas.current)
    }
    const axisSize = { ...size, height: Math.round(3 * rem) }
    Paint.axis(penOf(axis.current, axisSize), axisSize, scene)
    const pen = penOf(canvas.current, size)
    cache.current.forgetWanted()
    if (Paint.rows(pen, size, scene, cache.current)) return
    cache.current.work(() => false)
    Paint.rows(pen, size, scene, cache.current)
  })
  return (
    <div class="strip">
      <canvas ref={axis} aria-hidden="true" />
      <div class="strip-rows">
        <canvas ref={canvas} role="img" aria-label="Planned runs; the list below tells them in words" />
        {rows.length === 1 ? null : <span>In force</span>}
        {rows.length === 1 ? null : <span>As typed</span>}
      </div>
    </div>
  )
}

/** The width of the box of an element. A dialog has none before it is open, and another when the window has. */
const useWidthAround = (element: { readonly current: Element | null }): number => {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const box = element.current?.parentElement
    if (box == null) return
    const observer = new ResizeObserver(() => setWidth(box.clientWidth))
    observer.observe(box)
    return () => observer.disconnect()
  }, [element])
  return width
}
