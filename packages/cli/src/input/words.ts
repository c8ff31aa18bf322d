/** A line cut into words, as a shell does it. */
import { Result } from "effect"

const isBlank = (character: string): boolean => character === " " || character === "\t"

/** Cuts a line at its blanks; quotes keep their content together, a backslash keeps the next character as it is. */
export const parseWords = (line: string): Result.Result<ReadonlyArray<string>, string> => {
  const words: Array<string> = []
  let word: string | undefined
  let quote = ""
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index)
    const next = line.charAt(index + 1)
    if (quote !== "") {
      if (character === quote) quote = ""
      else if (quote === '"' && character === "\\" && (next === '"' || next === "\\")) {
        word += next
        index++
      } else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ""
    } else if (character === "\\" && next !== "") {
      word = (word ?? "") + next
      index++
    } else if (isBlank(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? "") + character
  }
  if (quote !== "") return Result.fail(`The quote ${quote} is not closed.`)
  if (word !== undefined) words.push(word)
  return Result.succeed(words)
}
