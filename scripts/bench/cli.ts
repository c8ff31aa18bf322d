/** The speed of the published command line: `--help` and a list of ten, beside a Node that does nothing. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundle } from "../bundle.ts"
import { duration, percentile, report, table } from "./shared/statistics.ts"

const rounds = 25

/** Rounds that are not counted: files come from the disk and compiled code is kept, once. */
const warmUp = 3

/** The time of a process from its start to its end, in microseconds; it must succeed. */
const measure = (args: ReadonlyArray<string>, cwd: string): number => {
  const begin = performance.now()
  const env = { ...process.env, XDG_CACHE_HOME: cwd }
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: "utf8" })
  const micros = (performance.now() - begin) * 1_000
  if (status !== 0) throw new Error(`node ${args.join(" ")}: ${stderr}`)
  return micros
}

/** Starts a service in memory on a free port, and gives its URL once it listens. */
const serve = (
  program: string,
  cwd: string
): Promise<{ readonly url: string; readonly service: ChildProcess }> =>
  new Promise((resolve, reject) => {
    const service = spawn(process.execPath, [program, "serve", "--port", "0", "--store", "memory"], {
      cwd,
      stdio: ["ignore", "ignore", "pipe"]
    })
    let said = ""
    service.stderr?.on("data", (chunk) => {
      said += String(chunk)
      const [, url] = /at (grpc:\S+)\n/.exec(said) ?? []
      if (url !== undefined) resolve({ url, service })
    })
    service.once("exit", () => reject(new Error(said)))
  })

/** Measures and prints. */
export const run = async (): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-bench-"))
  const program = await bundle(join(folder, "program"))
  const { service, url } = await serve(program, folder)
  try {
    for (let index = 0; index < 10; index++) {
      measure([program, "create", "1", `TYPE_${index}`, "BATTERY", "in 1 hour", "1h", "--url", url], folder)
    }
    const bare = { name: "node -e 0", args: ["-e", "0"], times: Array<number>() }
    const help = { name: "dispatch --help", args: [program, "--help"], times: Array<number>() }
    const list = {
      name: "dispatch list 1, ten of them",
      args: [program, "list", "1", "--url", url],
      times: Array<number>()
    }
    const cases = [bare, help, list]
    // In turns, so that all meet the same load of the machine.
    for (let round = 0; round < warmUp + rounds; round++) {
      for (const { args, times } of cases) {
        const micros = measure(args, folder)
        if (round >= warmUp) times.push(micros)
      }
    }
    const middle = (times: ReadonlyArray<number>) => percentile(times, 0.5)
    table([
      ["", "p50", "p90", "× node -e 0"],
      ...cases.map(({ name, times }) => [
        name,
        duration(middle(times)),
        duration(percentile(times, 0.9)),
        (middle(times) / middle(bare.times)).toFixed(2)
      ])
    ])
    console.log()
    return report([
      { name: "dispatch --help / node -e 0", value: middle(help.times) / middle(bare.times), most: 6 }
    ])
  } finally {
    service.removeAllListeners("exit")
    service.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}
