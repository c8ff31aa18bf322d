/**
 * Builds the page of the console: `node scripts/console.ts [--if-changed]`, into `packages/console/dist`. With the flag it
 * builds only what has changed since. Every file is compressed as well, so that no server need do it.
 */
import { createHash } from "node:crypto"
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { join, relative } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { build as viteBuild } from "vite"
import * as Builds from "@effect-dispatch/console/vite.config"

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

const marker = "sources.sha256"

/** Builds the page if its sources have changed, and gives its folder. */
export const buildIfChanged = async (): Promise<string> =>
  isFresh(pageFolder, hashOfSources()) ? pageFolder : await build()

const isFresh = (folder: string, hash: string): boolean => {
  const file = join(folder, marker)
  return existsSync(file) && readFileSync(file, "utf8") === hash
}

/** Builds the page, and gives its folder. It is made beside that, as several programs may build it at once. */
export const build = async (folder = pageFolder): Promise<string> => {
  const hash = hashOfSources()
  const own = mkdtempSync(join(home, "node_modules/.page-"))
  // Within tests the environment says "test", and vite would build what is not published.
  process.env["NODE_ENV"] = "production"
  await viteBuild(Builds.worker(own))
  const [worker] = globSync("assets/worker-*.js", { cwd: own })
  await viteBuild(Builds.page(own, `/${worker}`))
  for (const file of filesIn(own)) compress(file)
  writeFileSync(join(own, marker), hash)
  put(own, folder, hash)
  return folder
}

/** Puts a build in its place, unless another has put the same there at that moment. */
const put = (own: string, folder: string, hash: string): void => {
  rmSync(folder, { recursive: true, force: true })
  try {
    renameSync(own, folder)
  } catch (cause) {
    rmSync(own, { recursive: true })
    if (!isFresh(folder, hash)) throw cause
  }
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

/** The bytes that browsers get: at first sight, when a dispatch is first opened, and with the first report of a run. */
export interface Sizes {
  readonly page: number
  readonly worker: number
  readonly late: number
  readonly reports: number
}

/** Measures a built page. */
export const sizes = (): Sizes => {
  const index = readFileSync(join(pageFolder, "index.html"), "utf8")
  const names = readdirSync(join(pageFolder, "assets")).filter((name) => /\.(js|css)$/.test(name))
  const text = (name: string): string => readFileSync(join(pageFolder, "assets", name), "utf8")
  const withImports = (list: ReadonlyArray<string>): ReadonlyArray<string> => [
    ...new Set([
      ...list,
      ...names.filter((name) => list.some((each) => text(each).includes(`from"./${name}"`)))
    ])
  ]
  const bytes = (list: Iterable<string>): number =>
    [...list].reduce((sum, name) => sum + readFileSync(join(pageFolder, `${name}.br`)).length, 0)
  const inAssets = (list: Iterable<string>) => [...list].map((name) => `assets/${name}`)
  const startingWith = (start: string) => withImports(names.filter((name) => name.startsWith(start)))
  const [first, worker] = [withImports(names.filter((name) => index.includes(name))), startingWith("worker-")]
  const after = (loaded: ReadonlyArray<string>, start: string) =>
    bytes(inAssets(startingWith(start).filter((name) => !loaded.includes(name))))
  return {
    page: bytes(["index.html", ...inAssets(first)]),
    worker: bytes(inAssets(worker)),
    reports: after(worker, "of-worker-reportCalls-"),
    late: after(first, "late-")
  }
}

if (process.argv[1] === import.meta.filename) {
  if (!process.argv.includes("--if-changed") || !isFresh(pageFolder, hashOfSources())) {
    console.error("Building the console's page, whose sources are new")
    await build()
    if (!process.argv.includes("--if-changed")) console.error(sizes())
  }
  console.log(relative(process.cwd(), pageFolder) || ".")
}
