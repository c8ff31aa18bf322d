/** The pointer on the picture: it moves and zooms the view, opens a dispatch, or begins a new one. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry } from "../state/binding.ts"
import * as View from "./view.ts"

/** The place of things on the picture. */
export interface Places {
  readonly width: number
  readonly rowAt: (y: number) => Dispatch | undefined
}

/** A pointer that moved less was not dragged. */
const clickMax = 4

/** Listens; gives the function that ends it. */
export const pointing = (canvas: HTMLCanvasElement, { rowAt, width }: Places): (() => void) => {
  const end = new AbortController()
  const on = { signal: end.signal }
  let last: { readonly x: number; moved: number } | undefined

  const move = (to: { readonly from: number; readonly to: number }) => {
    registry.set(Atoms.isFollowing, false)
    registry.set(Atoms.view, to)
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      const view = registry.get(Atoms.view)
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault()
        move(View.zoom(view, 2 ** (event.deltaY / 240), event.offsetX / width))
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault()
        move(View.pan(view, (event.deltaX || event.deltaY) / width))
      }
    },
    { ...on, passive: false }
  )
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return
      last = { x: event.clientX, moved: 0 }
      canvas.setPointerCapture(event.pointerId)
    },
    on
  )
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (last === undefined) return
      const moved = last.moved + Math.abs(event.clientX - last.x)
      if (moved > clickMax) move(View.pan(registry.get(Atoms.view), (last.x - event.clientX) / width))
      last = { x: event.clientX, moved }
    },
    on
  )
  canvas.addEventListener(
    "pointerup",
    (event) => {
      const isClick = last !== undefined && last.moved <= clickMax
      last = undefined
      const found = rowAt(event.offsetY)
      if (isClick && found !== undefined) registry.set(Atoms.opened, found.id)
    },
    on
  )
  canvas.addEventListener("pointercancel", () => (last = undefined), on)
  canvas.addEventListener(
    "dblclick",
    (event) => {
      if (rowAt(event.offsetY) !== undefined || !registry.get(Atoms.mayWrite)) return
      const view = registry.get(Atoms.view)
      Actions.startNew(View.snap(view, view.from + ((view.to - view.from) * event.offsetX) / width))
    },
    on
  )
  return () => end.abort()
}
