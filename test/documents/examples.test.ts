import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { examplesIn, Folder } from "./examples.ts"
import { root } from "./documents.ts"

const examples = globSync("packages/*/src/**/*.ts", { cwd: root, exclude: ["**/gen"] })
  .sort()
  .flatMap((path) => examplesIn(path, readFileSync(join(root, path), "utf8")))

describe("the examples in docstrings", () => {
  it("are right, and do what they say", async () => {
    using folder = new Folder(examples)
    assert.isAbove(examples.length, 50)
    const [typeFaults, runFaults] = await Promise.all([folder.typeFaults, folder.runFaults])
    assert.deepStrictEqual(typeFaults, [])
    assert.deepStrictEqual(runFaults, [])
  })

  it("that are wrong, check nothing or never end are seen", async () => {
    const check = `import * as assert from "node:assert"\n`
    const codes = [
      `${check}assert.ok(true)`,
      `${check}assert.strictEqual(1 + 1, 3)`,
      `${check}const text: string = 1\nassert.ok(text)`,
      `import { Target } from "@effect-dispatch/core"\nTarget.componentIds(1n)`,
      `${check}setTimeout(() => assert.ok(true), 10)`,
      `${check}assert.ok(true)\nawait new Promise(() => {})`
    ]
    using folder = new Folder(codes.map((code, index) => ({ place: `A.ts:${index}`, code })))
    assert.deepStrictEqual(
      (await folder.typeFaults).map((line) => line.replace(/^(\S+)\(.*(TS\d+).*$/, "$1 $2")),
      ["A.ts:2 TS2322"]
    )
    const faults = await folder.runFaults
    assert.deepStrictEqual(
      faults.slice(0, 4).map((line) => line.split("\n")[0]),
      [
        "A.ts:1 AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:",
        "A.ts:3 checks nothing",
        "A.ts:4 checks nothing",
        "A.ts:5 did not end"
      ]
    )
  })

  it("are read out of docstrings as they stand there", () =>
    assert.deepStrictEqual(
      examplesIn(
        "A.ts",
        `/**\n * What it is.\n *\n * @example\n * \`\`\`ts\n * const a = {\n *   b: 1\n * }\n *\n * a\n * \`\`\`\n *\n * @since 0.1.0\n */`
      ),
      [{ place: "A.ts:4", code: "const a = {\n  b: 1\n}\n\na\n" }]
    ))
})
