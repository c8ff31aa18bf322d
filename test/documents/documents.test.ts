import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import {
  anchors,
  type Document,
  documents,
  files,
  links,
  namesInColumn,
  root,
  scripts,
  typed
} from "./documents.ts"

interface Manifest {
  readonly name: string
  readonly packageManager?: string
  readonly scripts: Readonly<Record<string, string>>
}

const manifest = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest

/** The commands of pnpm itself, without a script. */
const ofPnpm = new Set(["exec", "install"])

const missingScripts = (document: Document): ReadonlyArray<string> =>
  scripts(document).flatMap(({ package: name, script }) => {
    const own = manifest(name === undefined ? "." : name.replace("@effect-dispatch/", "packages/")).scripts
    return script in own || (name === undefined && ofPnpm.has(script))
      ? []
      : [`${document.path}: pnpm ${script}`]
  })

const deadLinks =
  (all: ReadonlyArray<Document>) =>
  (document: Document): ReadonlyArray<string> =>
    links(document)
      .filter((link) => {
        const [path = "", anchor] = link.split("#")
        if (!existsSync(join(root, path))) return true
        const target = all.find((other) => other.path === path)
        return anchor !== undefined && (target === undefined || !anchors(target).includes(anchor))
      })
      .map((link) => `${document.path}: ${link}`)

/** All sources of a folder in one. */
const sourcesIn = (folder: string): string =>
  globSync("**/*.ts", { cwd: folder })
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n")

const planted = (text: string): Document => ({ path: "PLANTED.md", text })

describe("the documents", () => {
  it("are those of the repository and of every package", () => {
    const paths = documents.map(({ path }) => path)
    assert.includeMembers(paths, [
      "README.md",
      "ARCHITECTURE.md",
      "CONTRIBUTING.md",
      "SECURITY.md",
      "CHANGELOG.md"
    ])
    for (const name of ["core", "api", "client", "server", "cli", "testing"]) {
      assert.include(paths, `packages/${name}/README.md`)
    }
  })

  it("name no script that there is not", () => {
    assert.deepStrictEqual(documents.flatMap(missingScripts), [])
    assert.deepStrictEqual(
      missingScripts(
        planted("`pnpm nothing`\n```sh\npnpm start # so\npnpm --filter @effect-dispatch/cli start\n```\n")
      ),
      ["PLANTED.md: pnpm start", "PLANTED.md: pnpm nothing"]
    )
  })

  it("name the pnpm that the workspace pins", () => {
    const named = documents.flatMap(({ text }) => text.match(/pnpm@[\d.]+\d/g) ?? [])
    assert.deepStrictEqual([...new Set(named)], [manifest(".").packageManager])
  })

  it("link to nothing that there is not", () => {
    assert.deepStrictEqual(documents.flatMap(deadLinks(documents)), [])
    const links = "[a](LICENSE) [b](NONE.md) [c](https://example.org) [d](#a-heading-with-code) [e](#b)"
    const document = { path: "README.md", text: `# A heading, with \`code\`\n${links}` }
    assert.deepStrictEqual(deadLinks([document])(document), ["README.md: NONE.md", "README.md: README.md#b"])
  })

  it("name no file that there is not", () => {
    const all = globSync("{packages,scripts,test}/**/*.{ts,cjs,md,yaml}", {
      cwd: root,
      exclude: ["**/node_modules", "**/dist"]
    }).concat(documents.map(({ path }) => path))
    const missing = (document: Document) =>
      files(document).filter((file) => !all.some((path) => path === file || path.endsWith(`/${file}`)))
    assert.deepStrictEqual(documents.flatMap(missing), [])
    assert.deepStrictEqual(missing(planted("`core/src/Actor.ts`, `Actor.ts`, `tor.ts`, `src/Nothing.ts`")), [
      "tor.ts",
      "src/Nothing.ts"
    ])
  })

  it("name no module of a package that there is not", () => {
    const missing = ({ path, text }: Document) =>
      namesInColumn({ path, text }, "module", 0).filter(
        (name) => !existsSync(join(root, path, `../src/${name}.ts`))
      )
    assert.deepStrictEqual(documents.flatMap(missing), [])
  })

  it("give who comes from Python names that there are", () => {
    const readme = documents.find(({ path }) => path === "README.md")
    const names = readme === undefined ? [] : namesInColumn(readme, "Python", 1)
    const sources = ["core", "client", "testing", "cli"].map((name) =>
      sourcesIn(join(root, "packages", name, "src"))
    )
    assert.isAbove(names.length, 50)
    const known = new Set(sources.flatMap((text) => text.match(/\w+/g) ?? []))
    assert.deepStrictEqual(
      names.filter((name) => !known.has(name)),
      []
    )
  })

  it("are read as a reader reads them", () =>
    assert.deepStrictEqual(
      typed(
        planted(
          [
            "Say `dispatch list 1\n--running`, or:",
            "```sh",
            "A=b C='d' dispatch serve   # a comment",
            "source <(dispatch --completions bash)",
            "npx -y pnpm@1.2.3 start",
            "```",
            "```text",
            "$ dispatch get 1 2",
            "what it prints",
            "```"
          ].join("\n")
        )
      ),
      [
        "dispatch serve",
        "dispatch --completions bash",
        "pnpm start",
        "dispatch get 1 2",
        "dispatch list 1 --running"
      ]
    ))
})
