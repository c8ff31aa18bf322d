/** What the output may look like: how wide, in colour or not. */
import { Console, Effect } from "effect"

/** Columns of the terminal; wide when the output is no terminal. */
export const columns = Effect.sync(() => process.stdout.columns ?? 200)

const colourful = (): boolean => process.stdout.isTTY === true && !process.env["NO_COLOR"]

const paint =
  (code: number) =>
  (text: string): string =>
    colourful() ? `\u001b[${code}m${text}\u001b[0m` : text

export const bold = paint(1)
export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)
export const yellow = paint(33)
export const cyan = paint(36)

/** Writes a line of data. */
export const print = (line: string): Effect.Effect<void> => Console.log(line)

/** Writes a line about what goes on, apart from the data. */
export const tell = (line: string): Effect.Effect<void> => Console.error(line)

/** Whether a person can be asked. */
export const isInteractive = Effect.sync(() => process.stdin.isTTY === true && process.stderr.isTTY === true)
