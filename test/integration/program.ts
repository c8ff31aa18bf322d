/** The program `dispatch` as a process of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll } from "@effect/vitest"
import { Effect } from "effect"
import { bundle } from "../../scripts/bundle.ts"

/** A folder for all that a file of tests leaves behind. */
export const workplace = mkdtempSync(join(tmpdir(), "dispatch-program-"))
afterAll(() => rmSync(workplace, { recursive: true, force: true }))

/** The program as it is published. */
export const program = await bundle(join(workplace, "program"))

/** A page in place of the console's, whose build takes long; tests in a browser bring the real one. */
const page = join(dirname(program), "web")
mkdirSync(page, { recursive: true })
writeFileSync(join(page, "index.html"), "<!doctype html><title>Console</title>")

/** The output of a process, and its end. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The environment of tests, with nothing in it that the program would look at. */
const environment = (env: Record<string, string>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(DISPATCH_|FREQUENZ_|OTEL_|npm_|NO_COLOR|FORCE_COLOR|TZ)/.test(name)
    )
  ),
  XDG_CACHE_HOME: join(workplace, "cache"),
  ...env
})

/** The objects of JSON lines. */
export const objects = (out: string): ReadonlyArray<Record<string, unknown>> =>
  out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const start = (args: ReadonlyArray<string>, env: Record<string, string> = {}): ChildProcess =>
  spawn(process.execPath, [program, ...args], {
    cwd: workplace,
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"]
  })

/** Runs the program to its end. */
export const run = (...args: ReadonlyArray<string>): Effect.Effect<Ended> => runWith({}, ...args)

/** Runs the program to its end, with variables of the environment. */
export const runWith = (env: Record<string, string>, ...args: ReadonlyArray<string>): Effect.Effect<Ended> =>
  Effect.callback((resume) => {
    const child = start(args, env)
    let out = ""
    let err = ""
    child.stdout?.on("data", (chunk) => (out += String(chunk)))
    child.stderr?.on("data", (chunk) => (err += String(chunk)))
    child.once("close", (code) => resume(Effect.succeed({ code, out, err })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** A program that keeps running. */
export interface Running {
  readonly pid: number
  /** Waits until what it printed matches. */
  readonly says: (pattern: RegExp) => Effect.Effect<RegExpExecArray>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  readonly end: Effect.Effect<Ended>
}

/** Starts the program, and kills it with the scope if it is still there. */
export const running = (...args: ReadonlyArray<string>) => runningWith({}, ...args)

/** Starts the program with variables of the environment. */
export const runningWith = (env: Record<string, string>, ...args: ReadonlyArray<string>) =>
  attended(() => start(args, env))

/** Starts the program in another folder. */
export const runningIn = (cwd: string, ...args: ReadonlyArray<string>) =>
  attended(() =>
    spawn(process.execPath, [program, ...args], {
      cwd,
      env: environment({}),
      stdio: ["ignore", "pipe", "pipe"]
    })
  )

/** Starts the program under another one, which watches it and leaves it its number. */
export const runningUnder = (
  [command = "", ...others]: ReadonlyArray<string>,
  ...args: ReadonlyArray<string>
) =>
  attended(() =>
    spawn(command, [...others, process.execPath, program, ...args], {
      cwd: workplace,
      env: environment({}),
      stdio: ["ignore", "pipe", "pipe"]
    })
  )

/** A file that takes nothing, as on a full disc; not every system has it. */
export const fullDevice = "/dev/full"

/** Starts the program with nowhere to say anything: whatever it tells of itself cannot be written. */
export const runningUnheard = (...args: ReadonlyArray<string>) =>
  attended(() => {
    const full = openSync(fullDevice, "w")
    const child = spawn(process.execPath, [program, ...args], {
      cwd: workplace,
      env: environment({}),
      stdio: ["ignore", "pipe", full]
    })
    closeSync(full)
    return child
  })

const attended = (spawned: () => ChildProcess) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawned()
        const printed = { out: "", err: "" }
        const listeners = new Set<() => void>()
        const heard = (key: "out" | "err") => (chunk: unknown) => {
          printed[key] += String(chunk)
          for (const listener of listeners) listener()
        }
        child.stdout?.on("data", heard("out"))
        child.stderr?.on("data", heard("err"))
        const closed = new Promise<number | null>((resolve) => child.once("close", resolve))
        return { child, printed, listeners, closed }
      }),
      ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    ({ child, closed, listeners, printed }): Running & { readonly child: ChildProcess } => ({
      child,
      pid: child.pid as number,
      says: (pattern) =>
        Effect.callback((resume) => {
          const look = () => {
            const match = pattern.exec(printed.out) ?? pattern.exec(printed.err)
            if (match === null) return
            listeners.delete(look)
            resume(Effect.succeed(match))
          }
          listeners.add(look)
          look()
          return Effect.sync(() => listeners.delete(look))
        }),
      signal: (signal) => Effect.sync(() => void child.kill(signal)),
      end: Effect.map(
        Effect.promise(() => closed),
        (code) => ({ code, ...printed })
      )
    })
  )

/** True if `script` of util-linux is there, which gives a process a terminal. */
export const hasTerminal = /util-linux/.test(
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? ""
)

/** A program that somebody looks at and types to. */
export interface Seated extends Running {
  /** Types, as keys: `\r` is Enter, `\u0003` Ctrl-C, `\u0004` Ctrl-D. What is said from then on counts. */
  readonly types: (keys: string) => Effect.Effect<void>
  /** All that was printed, with the colours. */
  readonly screen: Effect.Effect<string>
}

/** Starts the program in a terminal of some width. */
export const seated = (
  { columns, env = {} }: { readonly columns: number; readonly env?: Record<string, string> },
  ...args: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const words = [process.execPath, program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    const command = `stty cols ${columns} rows 40; exec ${words.join(" ")}`
    const { child, ...running } = yield* attended(() =>
      spawn("script", ["-qefc", command, "/dev/null"], {
        cwd: workplace,
        env: environment({ TERM: "xterm-256color", ...env }),
        stdio: ["pipe", "pipe", "pipe"]
      })
    )
    let all = ""
    child.stdout?.on("data", (chunk) => (all += String(chunk)))
    let heard = 0
    const seat: Seated = {
      ...running,
      says: (pattern) => running.says(new RegExp(`^[^]{${heard}}[^]*?(?:${pattern.source})`)),
      types: (keys) =>
        Effect.sync(() => {
          heard = all.length
          child.stdin?.write(keys)
        }),
      screen: Effect.sync(() => all)
    }
    return seat
  })

/** Starts a service on a free port and gives it with its URL. */
export const serving = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const service = yield* running("serve", "--port", "0", ...args)
    const [, url = ""] = yield* service.says(/Serving dispatches at (\S+)\n[\s\S]*Stop with/)
    return { ...service, url }
  })

/** A folder that goes with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-test-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
