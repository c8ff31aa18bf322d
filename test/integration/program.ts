/** The program `dispatch` as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "@effect/vitest"
import { Effect } from "effect"
import { bundle } from "../../scripts/bundle.ts"

/** A folder for all that a file of tests leaves behind. */
export const workplace = mkdtempSync(join(tmpdir(), "dispatch-program-"))
afterAll(() => rmSync(workplace, { recursive: true, force: true }))

/** The program as it is published. */
export const program = await bundle(join(workplace, "program"))

/** What a process printed and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const start = (args: ReadonlyArray<string>, env: Record<string, string> = {}): ChildProcess => {
  const { DISPATCH_API_AUTH_KEY: _, DISPATCH_API_URL: __, FREQUENZ_API_KEY: ___, ...inherited } = process.env
  return spawn(process.execPath, [program, ...args], {
    cwd: workplace,
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
}

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
export const running = (...args: ReadonlyArray<string>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const child = start(args)
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
    ({ child, closed, listeners, printed }): Running => ({
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
