/**
 * Builds the page of the console: `node scripts/console.ts [--if-changed]`, into `packages/console/dist`. With the flag it
 * builds only what has changed since. Every file is compressed as well, so that no server need do it.
 */
import { createHash } from "node:crypto"
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { build as viteBuild } from "vite"

const root = join(import.meta.dirname, "..")
const home = join(root, "packages/console")

/** The built page. */
export const pageFolder = join(home, "dist")

/** All that the page is made of. */
const sources = [
  "packages/console/{index.html,vite.config.ts,package.json}",
  "packages/{console,core,api,client}/src/**/*.{ts,tsx,js,css}",
  "pnpm-lock.yaml"
]

/** A hash of the sources, which lies beside the build. */
const hashOfSources = (): string => {
  const hash = createHash("sha256")
  for (const file of globSync(sources, { cwd: root }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest("hex")
}

const marker = join(pageFolder, "sources.sha256")

const isFresh = (hash: string): boolean => existsSync(marker) && readFileSync(marker, "utf8") === hash

/** Builds the page, and gives its folder. */
export const build = async (): Promise<string> => {
  const hash = hashOfSources()
  await viteBuild({ configFile: join(home, "vite.config.ts") })
  for (const file of filesIn(pageFolder)) compress(file)
  writeFileSync(marker, hash)
  return pageFolder
}

const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const compress = (file: string): void => {
  const content = readFileSync(file)
  const best = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: best }))
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
}

/** The bytes of the page as browsers get them, by the parts that have budgets. */
export const sizes = (): { readonly page: number; readonly worker: number; readonly editor: number } => {
  const bytes = (file: string): number => readFileSync(join(pageFolder, "assets", `${file}.br`)).length
  const names = readdirSync(join(pageFolder, "assets")).filter((name) => /\.(js|css)$/.test(name))
  const text = (name: string): string => readFileSync(join(pageFolder, "assets", name), "utf8")
  const index = readFileSync(join(pageFolder, "index.html"), "utf8")
  const first = names.filter((name) => index.includes(name) || isImportedAtOnce(name, names, index, text))
  const worker = names.filter((name) => name.startsWith("main-"))
  const late = names.filter((name) => /^(Editor|sentence)-/.test(name))
  const sum = (list: ReadonlyArray<string>): number => list.reduce((total, name) => total + bytes(name), 0)
  return { page: sum(first), worker: sum(worker), editor: sum(late) }
}

/** True if the first script imports a file before it runs. */
const isImportedAtOnce = (
  name: string,
  names: ReadonlyArray<string>,
  index: string,
  text: (name: string) => string
): boolean =>
  names
    .filter((each) => each.endsWith(".js") && index.includes(each))
    .some((each) => new RegExp(`from\\s*"\\./${name.replaceAll(".", "\\.")}"`).test(text(each)))

if (process.argv[1] === import.meta.filename) {
  if (!process.argv.includes("--if-changed") || !isFresh(hashOfSources())) {
    console.error("Building the console's page, whose sources are new")
    await build()
  }
  console.log(relative(process.cwd(), pageFolder) || ".")
}
