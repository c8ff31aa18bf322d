import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { allowances, bans, findings, readLintConfig, unexplained } from "./adapters.ts"

const root = join(import.meta.dirname, "../..")
const config = readLintConfig(readFileSync(join(root, ".oxlintrc.json"), "utf8"))

/** The rules by which the bans object to each of some modules. */
const found = (sources: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-planted-"))
  try {
    for (const [index, source] of sources.entries()) writeFileSync(join(folder, `${index}.ts`), source)
    const all = findings(folder, ["."], bans(config)).map((finding) => finding.split(" "))
    return sources.map((_, index) =>
      all.flatMap(([file, rule = ""]) => (file === `${index}.ts` ? [rule] : []))
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("sources of packages", () => {
  const sources = readdirSync(join(root, "packages")).map((folder) => `packages/${folder}/src`)

  it("are free of seven kinds of holes in the simulation", () =>
    assert.deepStrictEqual(bans(config), [
      "no-async",
      "no-chance",
      "no-clock",
      "no-console",
      "no-process",
      "no-timers",
      "no-try"
    ]))

  it("break a ban exactly where an adapter is named for it: none unnamed, none named in vain", () =>
    assert.deepStrictEqual(findings(root, sources, bans(config)), allowances(config)))

  it("that are adapters are named one by one, each with its reason", () => {
    assert.deepStrictEqual(unexplained(config), [])
    const override = (file: string) => `{\n"files": ["${file}"],\n"rules": { "simulation/no-try": "off" } }`
    const planted = `{ "overrides": [\n// Because.\n${override("a.ts")},\n${override("b.ts")},\n// All.\n${override("*.ts")}]}`
    assert.deepStrictEqual(unexplained(readLintConfig(planted)), ["b.ts", "*.ts"].sort())
  })
})

describe("a planted hole is found:", () => {
  const holes: ReadonlyArray<readonly [rule: string, source: string]> = [
    ["no-async", "export const f = async () => 1"],
    ["no-async", "export class A { async *g() { yield 1 } }"],
    ["no-async", "export const f = await Promise.resolve(1)"],
    ["no-try", "export const f = () => { try { return 1 } finally { } }"],
    ["no-clock", "export const f = () => Date.now()"],
    ["no-clock", "export const f = () => globalThis.Date.now()"],
    ["no-clock", "export const f = () => new Date()"],
    ["no-clock", `import { performance } from "node:perf_hooks"; export const f = performance`],
    ["no-timers", "export const f = (g: () => void) => setTimeout(g, 1)"],
    ["no-timers", `import { setTimeout as wait } from "timers/promises"; export const f = wait`],
    ["no-timers", `export const f = AbortSignal.timeout(1)`],
    ["no-chance", "export const f = Math.random"],
    ["no-chance", `export const f = Math["random"]()`],
    ["no-chance", "export const f = () => crypto.randomUUID()"],
    ["no-chance", `import { randomBytes } from "node:crypto"; export const f = randomBytes`],
    ["no-console", "console.log(1)"],
    ["no-process", "export const f = process.env"],
    ["no-process", `import process from "node:process"; export const f = process.pid`],
    ["no-process", `export const f = import("node:process")`]
  ]
  const rules = found(holes.map(([, source]) => source))
  for (const [index, [rule, source]] of holes.entries()) {
    it(`${rule}: ${source}`, () => assert.deepStrictEqual(rules[index], [rule]))
  }

  it("what only has the name of a hole is none", () => {
    const source = `
      import type { Process } from "node:process"
      import { createHmac, timingSafeEqual } from "node:crypto"
      export type When = Date
      export const f = (process: { now: number }, console: string) => [process.now, console, createHmac, timingSafeEqual]
      export const g = { Date: 1, setTimeout: 2 }.setTimeout
      export type P = Process`
    assert.deepStrictEqual(found([source]), [[]])
  })
})
