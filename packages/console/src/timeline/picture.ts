/** The two canvases of a timeline, painted when anything that they show has changed. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Clock from "../browser/clock.ts"
import * as Atoms from "../state/atoms.ts"
import { registry } from "../state/binding.ts"
import * as Paint from "./paint.ts"
import { paletteOf } from "./palette.ts"
import { BarCache } from "./spans.ts"
import type { Knowledge } from "../worker/protocol.ts"
import type { Measures } from "./measures.ts"

/** The part of a picture that the page lays out. */
export interface Shown {
  readonly dispatches: ReadonlyArray<Dispatch | undefined>
  readonly measures: Measures
  readonly scrollTop: number
}

/** Longest work on bars at once, in milliseconds: before a picture, and in an idle time. */
const firstWork = 6
const idleWork = 4

/** All that a picture shows beside the rows. */
const followed = [Atoms.view, Atoms.now, Atoms.zone, Atoms.knowledge, Atoms.opened, Atoms.told, Atoms.pastOf]

/** Queries of media after whose change the colours are others. */
const themes = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)"]

export class Picture {
  readonly #axis: HTMLCanvasElement
  readonly #canvas: HTMLCanvasElement
  readonly #cache = new BarCache()
  readonly #ends: Array<() => void> = []
  #palette: Paint.Palette
  #shown: Shown | undefined
  #isAwaited = false
  #isWorking = false
  #isOver = false

  constructor(axis: HTMLCanvasElement, canvas: HTMLCanvasElement) {
    this.#axis = axis
    this.#canvas = canvas
    this.#palette = paletteOf(canvas)
    for (const atom of followed) this.#ends.push(registry.subscribe<unknown>(atom, () => this.#await()))
    for (const theme of themes) {
      const query = matchMedia(theme)
      const look = () => {
        this.#palette = paletteOf(canvas)
        this.#await()
      }
      query.addEventListener("change", look)
      this.#ends.push(() => query.removeEventListener("change", look))
    }
  }

  show(shown: Shown): void {
    this.#shown = shown
    this.#await()
  }

  end(): void {
    this.#isOver = true
    for (const end of this.#ends) end()
  }

  #await(): void {
    if (this.#isAwaited) return
    this.#isAwaited = true
    Clock.beforePaint(() => {
      this.#isAwaited = false
      if (!this.#isOver) this.#paint()
    })
  }

  #paint(): void {
    if (this.#shown === undefined) return
    const { dispatches, measures, scrollTop } = this.#shown
    const { barHeight, barTop, height, rem, rowHeight, width } = measures
    const knowledge = registry.get(Atoms.knowledge)
    const scene: Paint.Scene = {
      rows: dispatches,
      rowHeight,
      barTop,
      barHeight,
      scrollTop,
      view: registry.get(Atoms.view),
      now: registry.get(Atoms.now),
      staleSince: staleSince(knowledge),
      zone: registry.get(Atoms.zone),
      opened: registry.get(Atoms.opened),
      pastOf,
      palette: this.#palette
    }
    const fontSize = Math.round(rem * 0.78)
    const axisHeight = Math.round(rem * 3)
    const axisSize = { width, height: axisHeight, fontSize }
    Paint.axis(penOf(this.#axis, axisSize), axisSize, scene)
    this.#cache.forgetWanted()
    const size = { width, height, fontSize }
    const pen = penOf(this.#canvas, size)
    const draw = () => Paint.rows(pen, size, scene, this.#cache)
    if (draw()) return
    this.#work(firstWork)
    if (!draw()) this.#workLater()
  }

  #work(millis: number): boolean {
    const begun = Clock.elapsed()
    return this.#cache.work(() => Clock.elapsed() - begun >= millis)
  }

  #workLater(): void {
    if (this.#isWorking) return
    this.#isWorking = true
    Clock.whenIdle(() => {
      this.#isWorking = false
      if (this.#isOver) return
      if (this.#work(idleWork)) this.#workLater()
      this.#await()
    })
  }
}

/** The past of a dispatch, as far as it was told. */
const pastOf = (id: bigint): Paint.Past | undefined => {
  const told = registry.get(Atoms.told).get(id)
  return told && registry.get(Atoms.pastOf)?.(told)
}

/** The instant from which on the plan may be another, by the clock of the service. */
const staleSince = ({ clockLead, since, status }: Knowledge): number | undefined =>
  status === "Stale" && since !== null ? since + (clockLead ?? 0) : undefined

/** The pen of a canvas of this size, in pixels of the page. */
export const penOf = (
  canvas: HTMLCanvasElement,
  { height, width }: Pick<Paint.Size, "width" | "height">
): Paint.Pen => {
  const ratio = window.devicePixelRatio
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide
    canvas.height = high
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  const pen = canvas.getContext("2d")
  if (pen === null) throw new Error("this browser has no canvas")
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  return pen
}
