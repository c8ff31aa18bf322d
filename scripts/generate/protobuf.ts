/** The code of the API, from its `.proto` files. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")
const api = join(root, "packages/api")
const committed = join(api, "src/gen")

const generate = (into: string) => {
  const template = {
    version: "v2",
    clean: true,
    inputs: [{ directory: "proto" }],
    // JavaScript with declarations: enums of TypeScript do not run where types are merely stripped.
    plugins: [{ local: "protoc-gen-es", out: into, opt: ["target=js+dts", "import_extension=js"] }]
  }
  const path = `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`
  execFileSync("buf", ["generate", "--template", JSON.stringify(template)], {
    cwd: api,
    env: { ...process.env, PATH: path },
    stdio: "inherit"
  })
}

const contentsOf = (folder: string): Map<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length), readFileSync(file, "utf8")])
  )

/** Writes the code. */
export const write = (): void => generate(committed)

/** The committed files that differ from what would be written. */
export const stale = (): Array<string> => {
  const scratch = mkdtempSync(join(tmpdir(), "dispatch-generate-"))
  try {
    generate(scratch)
    const [wanted, found] = [contentsOf(scratch), contentsOf(committed)]
    const files = new Set([...wanted.keys(), ...found.keys()])
    return [...files]
      .filter((file) => wanted.get(file) !== found.get(file))
      .map((file) => `packages/api/src/gen${file} is not what the .proto files say`)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
