/** Text in columns and lines of a given width, measured as a terminal shows it. */
import { displayWidth } from "effect/cli/CliOutput"

/** The number of columns of a text. */
export const widthOf = (text: string): number => (isPlain.test(text) ? text.length : displayWidth(text))

/** Most texts: measuring others costs a hundred times more. */
const isPlain = /^[ -~]*$/

/** Fills a text with blanks up to a width. */
export const pad = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - widthOf(text)))

/** Cuts a plain text that is too wide, and marks the cut by `…`. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ""
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const more = widthOf(segment)
    if (used + more > width - 1) break
    kept += segment
    used += more
  }
  return width < 1 ? "" : `${kept}…`
}

const graphemes = new Intl.Segmenter()

/**
 * Breaks a text into lines no wider than a width, first at double blanks, then at single ones; a wider word has a line
 * of its own.
 */
export const wrap = (text: string, width: number): ReadonlyArray<string> =>
  widthOf(text) <= width ? [text] : text.split(/ {2,}/).flatMap((part) => wrapWords(part, width))

const wrapWords = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`
    if (line === "" || widthOf(longer) <= width) line = longer
    else {
      lines.push(line.trimEnd())
      line = word
    }
  }
  return [...lines, line.trimEnd()]
}

/** Puts texts side by side, with room between them, in as few lines as they need. */
export const packed = (texts: ReadonlyArray<string>, width: number): ReadonlyArray<string> =>
  texts.reduce<ReadonlyArray<string>>((lines, text) => {
    const longer = [...lines.slice(-1), text].join("   ")
    return widthOf(longer) <= width ? [...lines.slice(0, -1), longer] : [...lines, text]
  }, [])

/** The narrowest column in which text can still be read. */
const columnMin = 24

/** A text after a head, broken so that it stays in its own column while there is room for one, else 14 blanks in. */
export const hanging = (head: string, text: string, width: number): ReadonlyArray<string> => {
  const indent = widthOf(head)
  if (width - indent >= columnMin) {
    const [first = "", ...rest] = wrap(text, width - indent)
    return [(head + first).trimEnd(), ...rest.map((line) => " ".repeat(indent) + line)]
  }
  return [head.trimEnd(), ...wrap(text, width - 14).map((line) => " ".repeat(14) + line)]
}
