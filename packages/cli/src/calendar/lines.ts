/** Where things stand in the text of a calendar: a library reads what they mean, and does not say where. */

/** A component directly within a calendar. */
export interface Place {
  /** The line at which it begins. */
  readonly line: number
  /** The line of a property, by its name in lower case: of the first one. */
  readonly lines: ReadonlyMap<string, number>
}

/** The components within calendars, in the order of the text. */
export const placesOf = (text: string): ReadonlyArray<Place> => {
  const found: Array<{ readonly line: number; readonly lines: Map<string, number> }> = []
  let depth = 0
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const [, name = "", value = ""] = /^([A-Za-z-]+)(?:[:;](.*))?$/.exec(content) ?? []
    const word = name.toLowerCase()
    if (word === "begin") {
      depth += 1
      if (depth === 2 && value.toUpperCase() !== "VCALENDAR")
        found.push({ line: index + 1, lines: new Map() })
    } else if (word === "end") depth -= 1
    else if (depth === 2 && word !== "") {
      const { lines } = found.at(-1) ?? {}
      if (lines?.has(word) === false) lines.set(word, index + 1)
    }
  }
  return found
}
