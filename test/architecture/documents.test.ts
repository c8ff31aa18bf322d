import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { headlessSentences } from "./proseRules.ts"

const root = join(import.meta.dirname, "../..")

const sources = globSync(["packages/*/{src,test}/**/*.ts", "scripts/**/*.ts", "test/**/*.ts"], {
  cwd: root,
  exclude: (path) => path.includes("node_modules")
})

/** Modules that a document names and that are not there, by the end of their path. */
const missingIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/`([\w./-]+\.ts)`/g)]
    .map(([, name]) => name ?? "")
    .filter(
      (name) => !sources.some((path) => path === name || path.endsWith(`/${name}`) || basename(path) === name)
    )

describe("documents", () => {
  for (const document of [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "packages/core/BEHAVIOUR.md",
    "packages/fleet/BEHAVIOUR.md"
  ]) {
    it(`${document} names modules that are there`, () =>
      assert.deepStrictEqual(missingIn(readFileSync(join(root, document), "utf8")), []))
  }

  for (const folder of ["api", "client", "core", "server", "testing"]) {
    it(`the README of ${folder} names every public module`, () => {
      const text = readFileSync(join(root, `packages/${folder}/README.md`), "utf8")
      const modules = globSync(`packages/${folder}/src/*.ts`, { cwd: root }).map((path) =>
        basename(path, ".ts")
      )
      const missing = modules.filter((name) => name !== "index" && !text.includes(`\`${name}\``))
      assert.deepStrictEqual(missing, [])
    })
  }

  it("are found out where they name one that is not", () =>
    assert.deepStrictEqual(missingIn("see `core/src/Dispatch.ts`, `hub.ts` and `gone.ts`"), ["gone.ts"]))

  /** The table of CONTRIBUTING that shows bad sentences beside good ones. */
  const shownAsBad = new Set([
    "Who asks is answered in any case; why not, is for who runs it",
    "What has been stale for too long by now does not even begin"
  ])

  for (const document of globSync(["*.md", "packages/*/*.md"], { cwd: root })) {
    it(`${document} names the subject of a sentence first`, () =>
      assert.deepStrictEqual(headlessSentences(readFileSync(join(root, document), "utf8"), shownAsBad), []))
  }

  it("that hide the subject of a sentence are found out, wherever it begins", () => {
    const text = `# Who it is for
What is known.

- How it works. It ends: Whether or not.
| a | Whoever asks |
**What stays.** Nothing whatever, however: what is lower goes on.
\`\`\`sh
What is code.
\`\`\`
1. Whatever comes`
    assert.deepStrictEqual(headlessSentences(text), [
      "What is known",
      "How it works",
      "Whether or not",
      "Whoever asks",
      "What stays",
      "Whatever comes"
    ])
    assert.lengthOf(headlessSentences(text, new Set(["What is known", "Whatever comes"])), 4)
  })
})
