/** The words of a command line in the order in which the parser takes them, wherever a person has put the options. */
import type { CommandDescriptor, FlagDescriptor } from "effect/cli/Completions"
import { Frequency } from "@effect-dispatch/core/RecurrenceRule"

/**
 * The same words with the command first: options before it go behind its arguments, `help COMMAND` asks for help, and
 * a value that begins with a dash joins its option.
 */
export const arrange = (words: ReadonlyArray<string>, program: CommandDescriptor): ReadonlyArray<string> => {
  const end = words.indexOf("--")
  const [before, after] = end === -1 ? [words, []] : [words.slice(0, end), words.slice(end)]
  if (before[0] === "help") return asksForHelp(before.slice(1), program)
  const { early, level, path, rest } = split(before, program)
  if (path.length === 0) return words
  return [...path, ...joined([...rest, ...early], level), ...after]
}

/** `help COMMAND`; a command that is not there is left for the parser, which says so. */
const asksForHelp = (words: ReadonlyArray<string>, program: CommandDescriptor): ReadonlyArray<string> => {
  const { path, rest } = split(words, program)
  return path.length === 0 && rest.length > 0 ? rest : [...words, "--help"]
}

/** A command line cut where the options before the command end. */
interface Parts {
  readonly path: ReadonlyArray<string>
  /** The command that the path leads to. */
  readonly level: CommandDescriptor
  /** Options before the last word of the path, each with its value. */
  readonly early: ReadonlyArray<string>
  readonly rest: ReadonlyArray<string>
}

const split = (words: ReadonlyArray<string>, program: CommandDescriptor): Parts => {
  const path: Array<string> = []
  const early: Array<string> = []
  let level = program
  let index = 0
  while (index < words.length && level.subcommands.length > 0) {
    const word = words[index] ?? ""
    const length = isFlag(word) ? 1 + valueLength(word, words[index + 1], level) : 0
    const below = level.subcommands.find(({ name }) => name === word)
    if (length === 0 && below === undefined) break
    if (below === undefined) early.push(...words.slice(index, index + length))
    else {
      path.push(word)
      level = below
    }
    index += Math.max(1, length)
  }
  return { path, level, early, rest: words.slice(index) }
}

const isFlag = (word: string): boolean => /^-./.test(word)

/** 1 if the next word is the value of an option of this command, or of one below it. */
const valueLength = (word: string, next: string | undefined, level: CommandDescriptor): 0 | 1 => {
  if (next === undefined || word.includes("=")) return 0
  const flags = flagsFrom(level).filter((flag) => isNameOf(word, flag))
  if (flags.length === 0) return 0
  if (flags.some(({ type }) => type._tag === "Boolean")) return /^(true|false)$/.test(next) ? 1 : 0
  return 1
}

/** The options of a command and of all commands below it. */
const flagsFrom = ({ flags, subcommands }: CommandDescriptor): ReadonlyArray<FlagDescriptor> => [
  ...flags,
  ...subcommands.flatMap(flagsFrom)
]

const isNameOf = (word: string, { aliases, name }: FlagDescriptor): boolean =>
  word === `--${name}` || aliases.some((alias) => word === `-${alias}` || word === `--${alias}`)

/** Joins options to values that would be taken for options: `--sort -start`, `--by-monthday -1,-2`. */
const joined = (words: ReadonlyArray<string>, { flags }: CommandDescriptor): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ""
    const next = words[index + 1]
    const flag = flags.find((candidate) => isNameOf(word, candidate))
    if (flag === undefined || flag.type._tag === "Boolean" || next === undefined || !isValue(next, flags)) {
      found.push(word)
      continue
    }
    const name = word === "-f" && isFrequency(next) ? "--frequency" : word
    found.push(...(isFlag(next) ? [`${name}=${next}`] : [name, next]))
    index += 1
  }
  return found
}

const isValue = (word: string, flags: ReadonlyArray<FlagDescriptor>): boolean =>
  !isFlag(word) || !(word.startsWith("--") || flags.some((flag) => isNameOf(word, flag)))

/** `-f daily` is a frequency, and `-f week.jsonl` a file. */
const isFrequency = (word: string): boolean => Frequency.literals.some((name) => name === word.toUpperCase())
