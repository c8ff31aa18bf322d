/** The commands that the documents of the repository tell their readers to type, and their links. */
import { globSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"

export interface Document {
  /** From the root of the repository, as `packages/core/README.md`. */
  readonly path: string
  readonly text: string
}

export const root = join(import.meta.dirname, "../..")

/** All documents: those at the top, and those of the packages. */
export const documents: ReadonlyArray<Document> = globSync(["*.md", "packages/*/*.md"], { cwd: root })
  .sort()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))

/** The blocks of a language, without their fences. */
const blocks = (language: string, text: string): ReadonlyArray<string> =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, block = ""]) => block)

/** Code within prose. A command that is only named there is as much as asking for its help. */
const spans = (text: string): ReadonlyArray<string> =>
  [...text.replace(/^```[^]*?^```$/gm, "").matchAll(/`([^`]+)`/g)].map(([, span = ""]) =>
    span.replace(/\s+/g, " ").replace(/^dispatch (?:fleet )?\w+$/, "$& --help")
  )

/** A line of shell as far as it is one command: without a comment, a redirection, or what comes before it. */
const command = (line: string): string =>
  line
    .replace(/\s+#( .*)?$/, "")
    .replace(/^\s*\$ /, "")
    .replace(/^source <\((.*)\)$/, "$1")
    .replace(/ > \S+$/, "")
    .replace(/^((?:[A-Z_]+=\S+ )+)/, "")
    .trim()

/** All that a document tells to type: lines of shell, what a prompt is shown with, and commands in prose. */
export const typed = ({ text }: Document): ReadonlyArray<string> =>
  [
    ...blocks("sh", text).flatMap((block) => block.split("\n")),
    ...blocks("text", text).flatMap((block) => block.split("\n").filter((line) => line.startsWith("$ "))),
    ...spans(text)
  ]
    .map(command)
    .map((line) => line.replace(/^(?:npx -y )pnpm@\S+ /, "pnpm "))
    .filter((line) => line !== "")

/** The command lines of `dispatch`, as its parameters are written. */
export const dispatchLines = (document: Document): ReadonlyArray<string> =>
  typed(document).flatMap((line) => /^(?:pnpm )?dispatch (.+)$/.exec(line)?.[1] ?? [])

/** The scripts that pnpm is told to run: of the workspace, or of one package. */
export const scripts = (
  document: Document
): ReadonlyArray<{ readonly package: string | undefined; readonly script: string }> =>
  typed(document).flatMap((line) => {
    const [, ofPackage, script] = /^pnpm (?:--filter (\S+) )?(\S+)/.exec(line) ?? []
    return script === undefined ? [] : [{ package: ofPackage, script }]
  })

/** The files that a document names in code, as `core/src/Dispatch.ts` or `hub.ts`. */
export const files = ({ text }: Document): ReadonlyArray<string> =>
  spans(text).filter((span) => /^[\w./-]+\.(ts|cjs|md|yaml)$/.test(span))

/** The names in code in a column of the tables whose first column has a title. */
export const namesInColumn = ({ text }: Document, title: string, column: number): ReadonlyArray<string> => {
  const tables = text.match(/(?:^\|.*\n)+/gm) ?? []
  return tables
    .map((table) => table.trimEnd().split("\n"))
    .filter(([head = ""]) => head.startsWith(`| ${title} |`))
    .flatMap(([, , ...rows]) => rows.flatMap((row) => spans(row.split(" | ")[column] ?? "")))
    .flatMap((code) => code.match(/[A-Za-z_][A-Za-z_]+/g) ?? [])
}

/** Where the links of a document lead within the repository, from its root. */
export const links = ({ path, text }: Document): ReadonlyArray<string> =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => (target.startsWith("#") ? `${path}${target}` : posix.join(posix.dirname(path), target)))

/** The names by which the headings of a document can be linked to. */
export const anchors = ({ text }: Document): ReadonlyArray<string> =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-")
  )
