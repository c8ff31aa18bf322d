import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

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

  it("are found out where they name one that is not", () =>
    assert.deepStrictEqual(missingIn("see `core/src/Dispatch.ts`, `hub.ts` and `gone.ts`"), ["gone.ts"]))
})
