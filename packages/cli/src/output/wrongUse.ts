/** Wrong use, answered as a colleague would: what was wrong, what is allowed, an example. */
import { Option } from "effect"
import type { NonShowHelpErrors } from "effect/cli/CliError"
import type { ArgDoc, FlagDoc, HelpDoc } from "effect/cli/HelpDoc"
import { asCalled } from "../programName.ts"
import { commandNames } from "./help.ts"
import * as Text from "./text.ts"

/** The fault, the allowed values, and the next step. */
export interface Answer {
  readonly sentences: ReadonlyArray<string>
  readonly hints: ReadonlyArray<string>
}

/** Answers wrong use in the name of the program. */
export const answer = (
  errors: ReadonlyArray<NonShowHelpErrors>,
  doc: HelpDoc,
  path: ReadonlyArray<string>,
  program: string
): Answer => {
  const [example] = doc.examples ?? []
  return {
    sentences: [
      ...errors.map((error) => Text.safeLines(sentenceOf(error, doc, path))),
      ...(errors.some(({ _tag }) => _tag === "UnknownSubcommand")
        ? [`Commands: ${commandNames(doc).join(", ")}`]
        : [])
    ],
    hints: [
      ...(example === undefined ? [] : [`Example: ${asCalled(example.command, program)}`]),
      `All about it: ${asCalled(`${path.join(" ")} --help`, program)}`
    ]
  }
}

const sentenceOf = (error: NonShowHelpErrors, doc: HelpDoc, path: ReadonlyArray<string>): string => {
  switch (error._tag) {
    case "InvalidValue":
      return sentenceOfValue(error)
    case "MissingArgument":
      return `${error.argument} is missing${described(doc.args, error.argument)}`
    case "MissingOption":
      return `--${error.option} is missing${described(doc.flags, error.option)}`
    case "UnexpectedArgument": {
      const words = error.arguments.map((word) => `"${word}"`).join(" ")
      return `${words} is more than ${path.join(" ")} takes; put what has blanks in quotes`
    }
    case "UnrecognizedOption":
      return `${error.option} is not an option of ${path.join(" ")}${suggested(error.suggestions)}`
    case "UnknownSubcommand":
      return `"${error.subcommand}" is not a command of ${path.join(" ")}${suggested(error.suggestions)}`
    default:
      return error.message
  }
}

/** A value that is read here has its own message; for others the allowed values are listed. */
const sentenceOfValue = ({
  expected,
  kind,
  option,
  value
}: Extract<NonShowHelpErrors, { readonly _tag: "InvalidValue" }>): string => {
  const name = kind === "flag" ? `--${option}` : option
  if (/^\d+ occurrences$/.test(value)) return `${name} is given more than once, and takes one value`
  if (value === "" && kind === "flag") return `${name} needs a value`
  const isRead = /^(is|has|must|needs) /.test(expected)
  const allowed = expected
    .replace(/^Expected /, "")
    .replaceAll('"', "")
    .split(" | ")
    .join(", ")
  return `${name} "${value}" ${isRead ? expected : `must be one of ${allowed}`}`
}

/** The description of an argument or a flag, after a colon. */
const described = (docs: ReadonlyArray<ArgDoc | FlagDoc> = [], name: string): string => {
  const found = docs.find((candidate) => candidate.name === name)
  const text = found === undefined ? "" : Option.getOrElse(found.description, () => "")
  return text === "" ? "" : `: ${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

const suggested = (suggestions: ReadonlyArray<string>): string =>
  suggestions.length === 0 ? "" : `; did you mean ${suggestions.join(" or ")}?`
