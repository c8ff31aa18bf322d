/**
 * `pnpm mutants [NAME…]`: proves that the tests notice faults. Every patch in `scripts/mutants` is a deliberate fault;
 * each is applied to a scratch copy, and the simulation of seeds 1 to 50 or the tests of the core must fail on it. The
 * first failure is enough.
 *
 * Prints a line a mutant, then `mutants M, caught C, survived: NAMES`. Exit code 1 if any survives, or if the copy
 * fails without a fault. With names, only those mutants.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync
} from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { basename, join } from "node:path"

const root = join(import.meta.dirname, "..")
const folder = join(root, "scripts/mutants")
const seeds = "1..50"
/** A mutant that keeps its judges busy for this long counts as caught: it hangs. */
const patienceMillis = 240_000

interface Mutant {
  readonly name: string
  /** The first line of the patch: what is wrong. */
  readonly fault: string
  /** Those it names itself (`Tests: PATH PATH` before the patch), and those of the modules that it touches. */
  readonly ownTests: ReadonlyArray<string>
}

const mutants: ReadonlyArray<Mutant> = readdirSync(folder)
  .filter((file) => file.endsWith(".patch"))
  .sort()
  .map((file) => {
    const text = readFileSync(join(folder, file), "utf8")
    const named = /^Tests: (.+)$/m.exec(text)?.[1]?.split(" ") ?? []
    const touched = [...text.matchAll(/^\+\+\+ b\/(.+)\/src\/(.+)\.ts$/gm)]
    return {
      name: basename(file, ".patch"),
      fault: text.split("\n", 1)[0] ?? "",
      ownTests: [
        ...named,
        ...touched
          .map(([, owner, module]) => `${owner}/test/${module}.test.ts`)
          .filter((test) => existsSync(join(root, test)))
      ]
    }
  })

const isSource = (path: string) => !/\/(?:dist|node_modules|\.[^/]*|[^/]*\.tsbuildinfo)$/.test(path)

/** A copy of the repository that runs: its own packages, the installed dependencies of this one. */
const makeCopy = (): string => {
  const copy = mkdtempSync(join(realpathSync(tmpdir()), "dispatch-mutants-"))
  for (const part of ["package.json", "packages", "scripts", "test", "tsconfig.base.json"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true, filter: isSource })
  }
  linkModules(join(root, "node_modules"), join(copy, "node_modules"))
  for (const name of readdirSync(join(root, "packages"))) {
    const modules = join("packages", name, "node_modules")
    linkModules(join(root, modules), join(copy, modules))
  }
  linkPackages(copy)
  return copy
}

/** Links every installed module but those of this workspace. */
const linkModules = (from: string, to: string): void => {
  mkdirSync(join(to, "@effect-dispatch"), { recursive: true })
  for (const name of readdirSync(from)) {
    if (name === "@effect-dispatch" || name.startsWith(".")) continue
    symlinkSync(join(from, name), join(to, name))
  }
}

/** Links the packages of the copy to each other and to its root. */
const linkPackages = (copy: string): void => {
  const names = readdirSync(join(copy, "packages"))
  for (const place of [copy, ...names.map((name) => join(copy, "packages", name))]) {
    for (const name of names) {
      symlinkSync(join(copy, "packages", name), join(place, "node_modules/@effect-dispatch", name))
    }
  }
}

const running = new Set<ChildProcess>()

/** What becomes of a command: its exit code, or `"hangs"`. */
const outcomeOf = (copy: string, command: string, args: ReadonlyArray<string>): Promise<number | "hangs"> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: copy, stdio: "ignore", detached: true })
    running.add(child)
    const kill = () => void (child.pid === undefined || process.kill(-child.pid, "SIGKILL"))
    const timer = setTimeout(kill, patienceMillis)
    child.on("exit", (code) => {
      clearTimeout(timer)
      running.delete(child)
      resolve(code ?? "hangs")
    })
  })

const vitest = join(root, "node_modules/.bin/vitest")

/**
 * Who notices that something is wrong with the copy, and whether by waiting in vain. The quickest are asked first: the
 * tests of the modules at fault.
 */
const judge = async (copy: string, ownTests: ReadonlyArray<string> = []): Promise<string | undefined> => {
  const testsOf = (paths: ReadonlyArray<string>) =>
    outcomeOf(copy, vitest, ["run", "--config", "test/vitest.config.ts", "--bail", "1", ...paths])
  const judges = {
    "its own tests": () => (ownTests.length === 0 ? 0 : testsOf(ownTests)),
    "the simulations": () =>
      outcomeOf(copy, process.execPath, ["scripts/simulate.ts", "--seeds", seeds, "--bail"]),
    "the tests": () => testsOf(["packages/core/test"])
  }
  for (const [name, ask] of Object.entries(judges)) {
    const outcome = await ask()
    if (outcome !== 0) return outcome === "hangs" ? `${name}, which hang` : name
  }
  return undefined
}

const patch = (copy: string, name: string, ...options: ReadonlyArray<string>): boolean =>
  spawnSync("git", ["apply", ...options, `scripts/mutants/${name}.patch`], { cwd: copy }).status === 0

const copies = Array.from({ length: Math.max(1, Math.min(4, availableParallelism())) }, makeCopy)
const removeAll = () => {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, "SIGKILL")
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
}
process.on("exit", removeAll)
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => mutants.every((mutant) => mutant.name !== name))
if (unknown.length > 0) {
  console.error(
    `There is no mutant ${unknown.join(", ")}. Give names of files in scripts/mutants, without .patch`
  )
  process.exit(2)
}
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.includes(name))

const faultless = await judge(copies[0] as string)
if (faultless !== undefined) {
  console.error(`Without any fault ${faultless} already complain: mend that first`)
  process.exit(1)
}

const survived: Array<string> = []
const queue = [...chosen]
const work = async (copy: string): Promise<void> => {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const { fault, name, ownTests } = mutant
    if (!patch(copy, name)) {
      console.log(`${name}: the patch does not apply any more`)
      survived.push(name)
      continue
    }
    const by = await judge(copy, ownTests)
    if (by === undefined) survived.push(name)
    console.log(by === undefined ? `${name} SURVIVED: ${fault}` : `${name}: caught by ${by}`)
    patch(copy, name, "--reverse")
  }
}
await Promise.all(copies.map(work))
console.log(
  `mutants ${chosen.length}, caught ${chosen.length - survived.length}, survived: ${survived.sort().join(", ") || "none"}`
)
process.exit(survived.length > 0 ? 1 : 0)
