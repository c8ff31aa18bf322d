/** Words that mean one thing: what the glossary says, and who exports a name with another use of one. */

/** A word of the glossary, and the paths below `packages` that may export names with it. */
export interface Word {
  readonly word: string
  readonly places: ReadonlyArray<string>
}

/** Reads the table of the document. */
export const wordsOf = (document: string): ReadonlyArray<Word> => {
  const [, section = ""] = document.split(/^## Glossary$/m)
  const [table = ""] = section.split(/^## /m)
  return [...table.matchAll(/^\| ([^|]+) \|[^|]*\|([^|]*)\|$/gm)]
    .filter(([, word]) => word !== "word" && !word?.startsWith("-"))
    .flatMap(([, names = "", places = ""]) =>
      names.split(", ").map((word) => ({
        word,
        places: [...places.matchAll(/`([^`]+)`/g)].map(([, place]) => place ?? "")
      }))
    )
}

/** The words of a name, in lower case: `wakeUps` is `wake`, `ups`. */
export const partsOf = (name: string): ReadonlyArray<string> =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[ _]/)

const isWord = (part: string, word: string): boolean =>
  [word, `${word}s`, `${word}es`, word.replace(/y$/, "ies")].includes(part)

/** Names that use a word of the glossary where it may not be exported. */
export const misused = (
  words: ReadonlyArray<Word>,
  exported: ReadonlyArray<{ readonly path: string; readonly name: string }>
): ReadonlyArray<string> =>
  words.flatMap(({ places, word }) =>
    exported
      .filter(({ name }) => partsOf(name).some((part) => isWord(part, word)))
      .filter(
        ({ path }) =>
          !places.some((place) => path === `packages/${place}` || path.startsWith(`packages/${place}/`))
      )
      .map(({ name, path }) => `${path} exports ${name}: "${word}" is a word of ${places.join(", ")}`)
  )
