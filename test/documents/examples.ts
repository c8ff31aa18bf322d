/** The examples in docstrings: read out of the sources, type-checked together, and run one after the other. */
import { execFile, fork } from "node:child_process"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "./documents.ts"

/** An example, named after the place it stands at, as `packages/core/src/Target.ts:97`. */
export interface Example {
  readonly place: string
  readonly code: string
}

/** The examples in the docstrings of a source. */
export const examplesIn = (path: string, source: string): ReadonlyArray<Example> =>
  [...source.matchAll(/^ *\* @example\n *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)].map(
    ({ 1: lines = "", index }) => ({
      place: `${path}:${source.slice(0, index).split("\n").length}`,
      code: lines.replace(/^ *\* ?/gm, "")
    })
  )

/** Writes examples into a folder in which the packages are found by name, as in a project of a user. */
export class Folder {
  readonly #path = mkdtempSync(join(tmpdir(), "examples-"))
  readonly #examples: ReadonlyArray<Example>

  constructor(examples: ReadonlyArray<Example>) {
    this.#examples = examples
    symlinkSync(join(root, "node_modules"), join(this.#path, "node_modules"))
    writeFileSync(join(this.#path, "package.json"), `{ "type": "module" }`)
    const off = {
      composite: false,
      declaration: false,
      declarationMap: false,
      rewriteRelativeImportExtensions: false
    }
    writeFileSync(
      join(this.#path, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "tsconfig.base.json"),
        compilerOptions: { ...off, noEmit: true, allowImportingTsExtensions: true },
        files: examples.map((_, index) => this.#file(index))
      })
    )
    examples.forEach(({ code }, index) => writeFileSync(this.#file(index), code))
  }

  #file(index: number): string {
    return join(this.#path, `example${index}.ts`)
  }

  /** The place of what is told about a file, for its reader. */
  #placed(text: string): string {
    return text.replace(
      /\S*example(\d+)\.ts/g,
      (_, index: string) => this.#examples[Number(index)]?.place ?? ""
    )
  }

  /** The faults that the compiler finds. */
  get typeFaults(): Promise<ReadonlyArray<string>> {
    return new Promise((resolve) =>
      execFile(join(root, "node_modules/.bin/tsc"), ["-p", this.#path], (_, stdout) =>
        resolve(
          this.#placed(stdout)
            .split("\n")
            .filter((line) => line !== "")
        )
      )
    )
  }

  /** The examples that fail, check nothing, or never end. */
  get runFaults(): Promise<ReadonlyArray<string>> {
    const unended = new Set(this.#examples.keys())
    const faults: Array<string> = []
    const files = this.#examples.map((_, index) => this.#file(index))
    const runner = fork(join(import.meta.dirname, "exampleRunner.ts"), files, { silent: true })
    let errors = ""
    runner.stderr?.on("data", (text) => (errors += text))
    runner.on("message", ({ fault, index }: { readonly index: number; readonly fault?: string }) => {
      unended.delete(index)
      if (fault !== undefined) faults.push(`${this.#examples[index]?.place} ${fault}`)
    })
    return new Promise((resolve) =>
      runner.on("close", () => {
        const stuck = [...unended].map((index) => `${this.#examples[index]?.place} did not end`)
        resolve([...faults, ...stuck, ...(stuck.length > 0 && errors !== "" ? [this.#placed(errors)] : [])])
      })
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true })
  }
}
