/**
 * `pnpm mutants [NAME…]`: proves that the tests notice faults. `scripts/mutants` lists deliberate faults; each is made
 * in a scratch copy, and its own tests, the simulation of seeds 1 to 50 or the tests of the core must fail on it. The
 * first failure is enough.
 *
 * Prints a line a mutant, then `mutants M, caught C, survived: NAMES`. Exit code 1 if any survives, or if those who
 * complain do so without a fault as well. With names, only those mutants.
 */
import { type ChildProcess, spawn } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { mutants } from "./mutants/all.ts"
import { type Mutant, mutated, titleOf } from "./mutants/mutant.ts"

const root = join(import.meta.dirname, "..")
const seeds = "1..50"
/** CPU time of a judge, in seconds. Beyond, the mutant spins: the system ends it, and it is caught. */
const cpuSecondsMax = 240
/** Time for a judge that computes nothing, beyond the limits of its own tests. Then it has said nothing. */
const patienceMillis = 1_800_000

/** The tests that a mutant names, and those of its module. */
const ownTests = ({ file, tests = [] }: Mutant): ReadonlyArray<string> =>
  [...tests, file.replace("/src/", "/test/").replace(/\.ts$/, ".test.ts")].filter((test) =>
    existsSync(join(root, test))
  )

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

type Verdict = "passes" | "fails" | "spins" | "says nothing"

/** The result of a command that may use so much CPU time. */
const verdictOf = (copy: string, command: ReadonlyArray<string>, cpuSeconds: number): Promise<Verdict> =>
  new Promise((resolve) => {
    const limited = ["-c", `ulimit -t ${cpuSeconds} && exec "$@"`, "sh", ...command]
    const child = spawn("sh", limited, { cwd: copy, stdio: "ignore", detached: true })
    running.add(child)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    }, patienceMillis)
    child.on("exit", (code) => {
      clearTimeout(timer)
      running.delete(child)
      if (isLate) resolve("says nothing")
      else resolve(code === null ? "spins" : code === 0 ? "passes" : "fails")
    })
  })

const vitest = join(root, "node_modules/.bin/vitest")

/** Those who may notice a fault in a copy. The quickest come first: the tests of the modules at fault. */
const judgesOf = (copy: string, own: ReadonlyArray<string>, cpuSeconds: number) => {
  const run = (...command: ReadonlyArray<string>) => verdictOf(copy, command, cpuSeconds)
  const testsOf = (paths: ReadonlyArray<string>) =>
    run(vitest, "run", "--config", "test/vitest.config.ts", "--bail", "1", ...paths)
  return new Map<string, () => Promise<Verdict>>([
    ["its own tests", () => (own.length === 0 ? Promise.resolve("passes") : testsOf(own))],
    ["the simulations", () => run(process.execPath, "scripts/simulate.ts", "--seeds", seeds, "--bail")],
    ["the tests", () => testsOf(["packages/core/test"])]
  ])
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => mutants.every((mutant) => mutant.name !== name))
if (unknown.length > 0) {
  console.error(`There is no mutant ${unknown.join(", ")}. Give names that stand in scripts/mutants`)
  process.exit(2)
}
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.includes(name))

const faultless = makeCopy()
const copies = Array.from({ length: Math.max(1, Math.min(4, availableParallelism())) }, makeCopy)
const removeAll = () => {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, "SIGKILL")
  for (const copy of [faultless, ...copies]) rmSync(copy, { recursive: true, force: true })
}
process.on("exit", removeAll)
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130))

const faultlessJudges = judgesOf(faultless, [...new Set(chosen.flatMap(ownTests))], 20 * cpuSecondsMax)
const faultlessVerdicts = new Map<string, Promise<Verdict> | undefined>()

/** Ends everything if a judge complains without any fault, which is asked once, and only of one that has complained. */
const checkFaultless = async (by: string): Promise<void> => {
  const asked = faultlessVerdicts.get(by) ?? faultlessJudges.get(by)?.()
  faultlessVerdicts.set(by, asked)
  if ((await asked) === "passes") return
  console.error(`Without any fault ${by} already complain: mend that first`)
  process.exit(1)
}

/** Gives the judge that notices a fault in the copy. One that says nothing is named too. */
const judge = async (
  copy: string,
  own: ReadonlyArray<string>
): Promise<{ readonly by: string; readonly verdict: Verdict } | undefined> => {
  for (const [by, ask] of judgesOf(copy, own, cpuSecondsMax)) {
    const verdict = await ask()
    if (verdict === "passes") continue
    await checkFaultless(by)
    return { by, verdict }
  }
  return undefined
}

const survived: Array<string> = []
const queue = [...chosen]
const work = async (copy: string): Promise<void> => {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const { fault, file, name } = mutant
    const title = titleOf(mutant)
    const path = join(copy, file)
    const source = readFileSync(path, "utf8")
    const faulty = mutated(source, mutant)
    if (faulty === undefined) {
      console.log(`${title}: its text does not stand in ${file} exactly once`)
      survived.push(name)
      continue
    }
    writeFileSync(path, faulty)
    const ruling = await judge(copy, ownTests(mutant))
    const isCaught = ruling !== undefined && ruling.verdict !== "says nothing"
    if (!isCaught) survived.push(name)
    console.log(isCaught ? `${title}: caught by ${ruling.by}` : `${title} SURVIVED: ${fault}`)
    writeFileSync(path, source)
  }
}
await Promise.all(copies.map(work))
console.log(
  `mutants ${chosen.length}, caught ${chosen.length - survived.length}, survived: ${survived.sort().join(", ") || "none"}`
)
process.exit(survived.length > 0 ? 1 : 0)
