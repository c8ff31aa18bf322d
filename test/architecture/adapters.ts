/** The adapters named in the lint configuration, and what the linter finds without them. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

interface Override {
  readonly files: ReadonlyArray<string>
  readonly rules: Readonly<Record<string, unknown>>
}

/** The lint configuration as far as it is about the simulation. */
export interface LintConfig {
  readonly overrides: ReadonlyArray<Override>
  /** The comment above an override, by the file it names. */
  readonly reasons: ReadonlyMap<string, string>
}

/** A module and a rule it is let off, or breaks: `packages/x/src/Y.ts no-clock`. */
type Allowance = string

const plugin = "simulation/"
const isBan = (rule: string) => rule.startsWith(plugin)

/** Reads `.oxlintrc.json`, whose only comments are whole lines. */
export const readLintConfig = (text: string): LintConfig => {
  const code = text.replace(/^\s*\/\/.*$/gm, "")
  const reasons = text.matchAll(/^\s*\/\/ (.+)\n\s*\{\s*"files": \["([^"]+)"\]/gm)
  return {
    overrides: (JSON.parse(code) as { readonly overrides: ReadonlyArray<Override> }).overrides,
    reasons: new Map([...reasons].map(([, reason, file]) => [file ?? "", reason ?? ""]))
  }
}

/** The bans in `packages/*\/src`, by the names of the rules. */
export const bans = ({ overrides }: LintConfig): ReadonlyArray<string> =>
  overrides
    .filter(({ files }) => files.includes("packages/*/src/**/*.ts"))
    .flatMap(({ rules }) => Object.keys(rules).filter((rule) => isBan(rule) && rules[rule] === "error"))
    .map((rule) => rule.slice(plugin.length))
    .sort()

/** The exceptions for adapters. */
export const allowances = ({ overrides }: LintConfig): ReadonlyArray<Allowance> =>
  overrides
    .flatMap(({ files, rules }) =>
      files.flatMap((file) =>
        Object.keys(rules)
          .filter((rule) => isBan(rule) && rules[rule] !== "error")
          .map((rule) => `${file} ${rule.slice(plugin.length)}`)
      )
    )
    .sort()

/** Adapters named by a pattern, or without a sentence why. */
export const unexplained = (config: LintConfig): ReadonlyArray<string> =>
  allowances(config)
    .map((allowance) => allowance.split(" ")[0] ?? "")
    .filter((file) => file.includes("*") || !config.reasons.has(file))

/** The findings of the linter in `paths` under `root` when no adapter is named. */
export const findings = (
  root: string,
  paths: ReadonlyArray<string>,
  rules: ReadonlyArray<string>
): ReadonlyArray<Allowance> => {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-lint-"))
  try {
    const config = join(folder, "oxlintrc.json")
    writeFileSync(
      config,
      JSON.stringify({
        jsPlugins: [join(repository, "scripts/lintSimulation.ts")],
        plugins: [],
        categories: { correctness: "off" },
        ignorePatterns: ["**/gen/**", "**/dist/**"],
        rules: Object.fromEntries(rules.map((rule) => [plugin + rule, "error"]))
      })
    )
    const { error, stdout } = spawnSync(
      join(repository, "node_modules/.bin/oxlint"),
      ["--format", "json", "--config", config, ...paths],
      { cwd: root, encoding: "utf8" }
    )
    if (error) throw error
    const { diagnostics } = JSON.parse(stdout) as {
      readonly diagnostics: ReadonlyArray<{ readonly code: string; readonly filename: string }>
    }
    const found = diagnostics.map(({ code, filename }) => `${filename} ${/\((.*)\)/.exec(code)?.[1] ?? code}`)
    return [...new Set(found)].sort()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const repository = join(import.meta.dirname, "../..")
