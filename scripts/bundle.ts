/**
 * Bundles the command line as it is published: `node scripts/bundle.ts [FOLDER]`, `packages/cli/dist` unless another
 * folder is given. Everything it needs is inside, with the licences of other authors; each command is a chunk of its
 * own, loaded when it runs. The page of the console lies beside it, in `web`.
 */
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { build } from "esbuild"
import * as ConsolePage from "./console.ts"

const root = join(import.meta.dirname, "..")
const cli = join(root, "packages/cli")

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly engines?: { readonly node: string }
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest

/** Bundles into a folder, which is emptied first, and gives the program's path. */
export const bundle = async (folder: string): Promise<string> => {
  const target = manifestIn(cli).engines?.node.replace(">=", "node") ?? ""
  rmSync(folder, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: join(cli, "src/bin.ts") },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target,
    // Its build for Node is CommonJS, which asks for modules while it runs.
    alias: { yaml: join(cli, "node_modules/yaml/browser/index.js") },
    // Less to read at the start. Names stay, for reports of faults.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
    logLevel: "error"
  })
  copyFileSync(join(cli, "src/bin.cjs"), join(folder, "bin.cjs"))
  writeFileSync(join(folder, "LICENSES.txt"), licencesOf(Object.keys(metafile.inputs)))
  return join(folder, "bin.cjs")
}

/** The folder of the package that a module belongs to; none for modules of this repository. */
const packageOf = (path: string): string | undefined =>
  /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]

/** Names, versions and licences of the packages whose modules these are. */
const licencesOf = (inputs: ReadonlyArray<string>): string => {
  const folders = new Set(inputs.flatMap((path) => packageOf(path) ?? []))
  const entries = [...folders].map((folder) => {
    const { license, name, version } = manifestIn(join(root, folder))
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry))
    const text =
      file === undefined
        ? `Its text: https://spdx.org/licenses/${license}.html`
        : readFileSync(join(root, folder, file), "utf8").trim()
    return `${name} ${version}, ${license}\n\n${text}`
  })
  return `${entries.sort().join("\n\n----------------------------------------\n\n")}\n`
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? join(cli, "dist")
  const program = await bundle(folder)
  cpSync(await ConsolePage.build(), join(folder, "web"), { recursive: true })
  console.log(relative(process.cwd(), program))
}
