/** The pointer on the picture: it moves and zooms the view, opens a dispatch, or begins a new one. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry } from "../state/binding.ts"
import type { Span } from "./ticks.ts"
import * as View from "./view.ts"

/** The place of things on the picture. */
export interface Places {
  readonly width: number
  readonly rowAt: (y: number) => Dispatch | undefined
}

/** A pointer that moved less was not dragged. */
const clickMax = 4

/** Listens; gives the function that ends it. */
export const pointing = (canvas: HTMLCanvasElement, places: Places): (() => void) => {
  const end = new AbortController()
  const on = { signal: end.signal }
  const drag = new Drag(canvas, places)
  canvas.addEventListener("wheel", (event) => turnWheel(event, places), { ...on, passive: false })
  canvas.addEventListener("pointerdown", (event) => drag.begin(event), on)
  canvas.addEventListener("pointermove", (event) => drag.move(event), on)
  canvas.addEventListener("pointerup", (event) => drag.end(event), on)
  canvas.addEventListener("pointercancel", () => drag.cancel(), on)
  canvas.addEventListener("dblclick", (event) => startNew(event, places), on)
  return () => end.abort()
}

const show = (view: Span) => {
  registry.set(Atoms.isFollowing, false)
  registry.set(Atoms.view, view)
}

/** Zooms with a key held, and moves sideways; else the page scrolls as it always does. */
const turnWheel = (event: WheelEvent, { width }: Places) => {
  const view = registry.get(Atoms.view)
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault()
    show(View.zoom(view, 2 ** (event.deltaY / 240), event.offsetX / width))
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault()
    show(View.pan(view, (event.deltaX || event.deltaY) / width))
  }
}

/** A pointer that is held down: it drags the view, or opens a dispatch if it was let go where it was. */
class Drag {
  readonly #canvas: HTMLCanvasElement
  readonly #places: Places
  #last: { readonly x: number; readonly moved: number } | undefined

  constructor(canvas: HTMLCanvasElement, places: Places) {
    this.#canvas = canvas
    this.#places = places
  }

  begin({ button, clientX, pointerId }: PointerEvent): void {
    if (button !== 0) return
    this.#last = { x: clientX, moved: 0 }
    this.#canvas.setPointerCapture(pointerId)
  }

  move({ clientX }: PointerEvent): void {
    if (this.#last === undefined) return
    const { x } = this.#last
    const moved = this.#last.moved + Math.abs(clientX - x)
    if (moved > clickMax) show(View.pan(registry.get(Atoms.view), (x - clientX) / this.#places.width))
    this.#last = { x: clientX, moved }
  }

  end({ offsetY }: PointerEvent): void {
    const isClick = this.#last !== undefined && this.#last.moved <= clickMax
    this.#last = undefined
    const found = this.#places.rowAt(offsetY)
    if (isClick && found !== undefined) registry.set(Atoms.opened, found.id)
  }

  cancel(): void {
    this.#last = undefined
  }
}

/** Begins a dispatch at the instant that was pointed at, where nothing else is. */
const startNew = ({ offsetX, offsetY }: MouseEvent, { rowAt, width }: Places) => {
  if (rowAt(offsetY) !== undefined || !registry.get(Atoms.mayWrite)) return
  const view = registry.get(Atoms.view)
  Actions.startNew(View.snap(view, view.from + ((view.to - view.from) * offsetX) / width))
}
