/** The colours of the canvas: those of the page, so that themes and forced colours count there too. */
import type { Palette } from "./paint.ts"

const names: { readonly [name in keyof Palette]: string } = {
  text: "--text",
  muted: "--muted",
  line: "--line",
  strongLine: "--strong-line",
  planned: "--planned",
  past: "--past",
  running: "--running",
  dry: "--dry",
  paused: "--paused",
  now: "--now",
  stale: "--stale",
  paper: "--paper",
  weekend: "--weekend",
  marked: "--accent-soft",
  ran: "--ran",
  missed: "--bad"
}

/** Reads the colours of an element. */
export const paletteOf = (element: Element): Palette => {
  const style = getComputedStyle(element)
  const read = (name: keyof Palette) => style.getPropertyValue(names[name]).trim()
  return {
    text: read("text"),
    muted: read("muted"),
    line: read("line"),
    strongLine: read("strongLine"),
    planned: read("planned"),
    past: read("past"),
    running: read("running"),
    dry: read("dry"),
    paused: read("paused"),
    now: read("now"),
    stale: read("stale"),
    paper: read("paper"),
    weekend: read("weekend"),
    marked: read("marked"),
    ran: read("ran"),
    missed: read("missed")
  }
}
