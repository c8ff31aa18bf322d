/** The form of the output: its width, and colour or not. Data and messages are kept apart. */
import { Console, Effect } from "effect"
import { wrap } from "./layout.ts"

/** Columns of the terminal for data, 80 if it does not know them; unlimited if the data goes elsewhere. */
export const columns = Effect.sync(() => (process.stdout.isTTY ? process.stdout.columns || 80 : Infinity))

/** Columns for text that is laid out for reading, wherever it goes. */
export const readingColumns = Effect.map(columns, (width) => Math.min(width === Infinity ? 80 : width, 100))

const colourful = (): boolean => process.stdout.isTTY && !process.env["NO_COLOR"]

const paint =
  (code: number) =>
  (text: string): string =>
    text !== "" && colourful() ? `\u001b[${code}m${text}\u001b[0m` : text

export const bold = paint(1)
export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)
export const yellow = paint(33)
export const cyan = paint(36)
export const plain = (text: string): string => text

/** Writes a line of data. */
export const print = (line: string): Effect.Effect<void> => Console.log(line)

/** Writes sentences of data, broken between words where a terminal is too narrow for them. */
export const printSentences = (text: string): Effect.Effect<void> =>
  Effect.flatMap(columns, (width) => Effect.forEach(wrap(text, width), print, { discard: true }))

/** Writes a message, apart from the data. */
export const tell = (line: string): Effect.Effect<void> => Console.error(line)

/** Writes sentences of a message, broken between words where a terminal is too narrow for them. */
export const tellSentences = (text: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const width = process.stderr.isTTY ? process.stderr.columns || 80 : Infinity
    const lines = text.split("\n").flatMap((line) => wrap(line, width))
    return Effect.forEach(lines, tell, { discard: true })
  })

/** Writes a message that the next note, or `erase`, replaces. Terminals only. */
export const note = (line: string): Effect.Effect<void> =>
  Effect.sync(() => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`)
  })

/** Takes a note away. */
export const erase: Effect.Effect<void> = note("")

/** True if a person is there. */
export const isAttended = Effect.sync(() => process.stdin.isTTY)

/** True if a person looks at the data. */
export const isTerminal = Effect.sync(() => process.stdout.isTTY)

/** Columns for messages that are laid out for reading. */
export const messageColumns = Effect.sync(() =>
  process.stderr.isTTY ? Math.min(process.stderr.columns || 80, 100) : 80
)

/** Columns of the terminal that shows notes; 0 where notes are not shown. */
export const noteColumns = Effect.sync(() => (process.stderr.isTTY ? process.stderr.columns || 80 : 0))
