/**
 * The examples of the documents. Each is a file of its own, checked and run like any other; a document shows it after
 * a comment that names it: `<!-- example: packages/examples/src/NAME.ts -->`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")
/** A marker and its code, which may still be missing. */
const example = /<!-- example: (\S+) -->\n(?:\n```ts\n[^]*?```\n)?/g

const documents = (): Array<string> => {
  const inRoot = readdirSync(root).filter((name) => name.endsWith(".md"))
  const inPackages = readdirSync(join(root, "packages"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
    .map((name) => join("packages", name))
  return [...inRoot, ...inPackages]
}

const filled = (text: string): string =>
  text.replaceAll(example, (_, file: string) => {
    const code = readFileSync(join(root, file), "utf8")
    return `<!-- example: ${file} -->\n\n\`\`\`ts\n${code}\`\`\`\n`
  })

const codeBlocks = (text: string): number => text.split("\n```ts\n").length - 1

/** Writes the examples into the documents. */
export const write = (): void => {
  for (const name of documents()) {
    const path = join(root, name)
    const text = readFileSync(path, "utf8")
    const wanted = filled(text)
    if (wanted !== text) writeFileSync(path, wanted)
  }
}

/** The documents whose code is not, or no longer, that of an example. */
export const stale = (): Array<string> =>
  documents().flatMap((name) => {
    const text = readFileSync(join(root, name), "utf8")
    const unnamed = codeBlocks(text) - codeBlocks((text.match(example) ?? []).join(""))
    return [
      ...(filled(text) === text ? [] : [`${name} shows an example that has changed`]),
      ...(unnamed === 0 ? [] : [`${name} has ${unnamed} block(s) of code that no example stands behind`])
    ]
  })
