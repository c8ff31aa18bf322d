/** The help of a command, laid out for the width of the terminal. */
import { Option } from "effect"
import type { FlagDoc, HelpDoc } from "effect/cli/HelpDoc"
import { hanging, pad, widthOf, wrap } from "./layout.ts"
import { bold, dim } from "./terminal.ts"

/** A name and its description. */
type Row = readonly [name: string, text: string]

/** Names up to this width have their description beside them, longer ones below them. */
const nameWidthMax = 26

/** Commands that need no service to connect to, and for which its flags would be noise. */
const unconnected = ["serve", "demo", "keys", "import", "schema"]

/** The lines of a help no wider than `width`. */
export const lines = (doc: HelpDoc, width: number): ReadonlyArray<string> => {
  const path = doc.commandPath ?? []
  const isConnected = !path.some((name) => unconnected.includes(name))
  const subcommands = commandsOf(doc)
  return [
    ...wrap(doc.description, width),
    "",
    ...hanging(`${bold("Usage")}  `, doc.usage, width),
    ...section(
      "Commands",
      subcommands.map(({ description, name, shortDescription }) => [name, shortDescription ?? description]),
      width
    ),
    ...section(
      "Arguments",
      (doc.args ?? []).map(({ description, name, required, variadic }) => {
        const text = Option.getOrElse(description, () => "")
        return [variadic ? `${name}…` : name, required ? text : `${text} (may be left out)`]
      }),
      width
    ),
    ...section("Options", doc.flags.filter((flag) => !isShared(flag)).map(rowOfFlag), width),
    ...(isConnected
      ? section(
          "Connection",
          [...doc.flags.filter(isShared), ...(doc.inheritedFlags ?? [])].map(rowOfFlag),
          width
        )
      : []),
    // The flags of every command are listed once.
    ...(path.length > 1 ? [] : section("Always", (doc.globalFlags ?? []).map(rowOfFlag), width)),
    ...examples(doc)
  ]
}

const commandsOf = (doc: HelpDoc) => (doc.subcommands ?? []).flatMap(({ commands }) => commands)

/** The names of the commands below. */
export const commandNames = (doc: HelpDoc): ReadonlyArray<string> => commandsOf(doc).map(({ name }) => name)

/** Flags that the program itself has for all commands. */
const isShared = ({ name }: FlagDoc): boolean => /^(url|auth-key|sign-secret)/.test(name)

const examples = (doc: HelpDoc): ReadonlyArray<string> =>
  (doc.examples ?? []).length === 0
    ? []
    : [
        "",
        bold("Examples"),
        ...(doc.examples ?? []).flatMap(({ command, description }) => [
          `  ${command}`,
          ...(description === undefined ? [] : [`    ${dim(description)}`])
        ])
      ]

/** Lists of choices that say nothing more than the description. */
const longChoices = / \(choices: [^)]*\)$/

const rowOfFlag = ({ aliases, description, name, type }: FlagDoc): Row => {
  const value = type === "boolean" ? "" : ` ${type}`
  const text = Option.getOrElse(description, () => "").replace(longChoices, "")
  return [`${[`--${name}`, ...aliases].join(", ")}${value}`, text]
}

const section = (title: string, rows: ReadonlyArray<Row>, width: number): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const widths = rows.map(([name]) => widthOf(name)).filter((length) => length <= nameWidthMax)
  const column = Math.max(8, ...widths) + 2
  return [
    "",
    bold(title),
    ...rows.flatMap(([name, text]) => {
      const head = `  ${pad(name, column)}`
      const [first = "", ...rest] = wrap(text, width - column - 2)
      const under = rest.map((line) => " ".repeat(column + 2) + line)
      return widthOf(name) <= column - 2
        ? [(head + first).trimEnd(), ...under]
        : [`  ${name}`, ...[first, ...rest].map((line) => " ".repeat(column + 2) + line)]
    })
  ]
}
