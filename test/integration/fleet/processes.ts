/** Processes of a fleet, as tests start, stop, freeze and kill them. */
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Duration, Effect, Exit, type Scope } from "effect"

/** The argument of a process. */
export interface RunnerArguments {
  /** Of PostgreSQL. */
  readonly url: string
  readonly address: string
  /** The place on which it listens, if that is another. */
  readonly listen?: string
  /** The URL of the dispatch service. */
  readonly service: string
  readonly name?: string
  readonly buckets?: number
  readonly lease?: Duration.Input
  readonly restartDelay?: Duration.Input
  /** Microgrids whose finalizers never end, and those whose code never begins. */
  readonly hangs?: ReadonlyArray<string>
  readonly fails?: ReadonlyArray<string>
  /** Microgrids whose code ends the process. */
  readonly ends?: ReadonlyArray<string>
  /** Microgrids whose code lets the process do nothing else for so many milliseconds, each time it is entered. */
  readonly blocks?: Readonly<Record<string, number>>
  /** Dispatchers are stand-ins that do nothing, so that the fleet alone is measured. */
  readonly standIns?: boolean
  /** Keeps journals and reports them to the service, under this name. */
  readonly reporter?: string
  /** Microgrids whose site prints every 20 ms that it acts. */
  readonly acts?: ReadonlyArray<string>
}

/** An event of a process. */
export type ProcessEvent =
  | { readonly event: "up" | "down" | "inSync"; readonly id: string; readonly epoch: string }
  /** An act of the code of a microgrid, with the instant at which it asked if it may. */
  | { readonly event: "act"; readonly id: string; readonly epoch: string; readonly asked: number }
  | {
      readonly event: "edge"
      readonly id: string
      readonly epoch: string
      readonly dispatch: string
      readonly state: string
      readonly cause: string
    }
  /** All its modules are loaded. */
  | { readonly event: "loaded" }
  | { readonly event: "log"; readonly level: string; readonly text: string }

/** An event with its instant, and the process it is of. */
export type Told = ProcessEvent & { readonly at: number; readonly from: string }

/** A running process. */
export interface RunnerProcess {
  readonly address: string
  readonly pid: number
  readonly signal: (signal: NodeJS.Signals) => void
  /** Completes with the exit code, or the signal, when it has ended. */
  readonly end: Effect.Effect<number | NodeJS.Signals | null>
}

/** The processes of a test, and all that they told, in the order of arrival. */
export interface Processes {
  readonly events: ReadonlyArray<Told>
  readonly start: (given: RunnerArguments) => RunnerProcess
  /** The process that each microgrid lives in, by what was told. */
  readonly owners: () => ReadonlyMap<string, Told>
}

const program = join(import.meta.dirname, "runnerProcess.ts")

export const makeProcesses: Effect.Effect<Processes, never, Scope.Scope> = Effect.gen(function* () {
  const events: Array<Told> = []
  const children = new Set<ChildProcess>()
  const owners = new Map<string, Told>()
  const take = (told: Told) => {
    events.push(told)
    if (told.event === "up") owners.set(told.id, told)
    if (told.event === "down" && sameEpoch(owners.get(told.id), told.epoch)) owners.delete(told.id)
  }
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => {
      for (const child of children) child.kill("SIGKILL")
      // A test that seldom fails is explained by the last words of its processes.
      if (Exit.isFailure(exit)) for (const told of events.slice(-100)) console.error(JSON.stringify(told))
    })
  )
  return {
    events,
    start: (given) => {
      const child = spawn(process.execPath, [program, JSON.stringify(given)], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      children.add(child)
      if (child.stdout !== null) {
        createInterface({ input: child.stdout }).on("line", (line) => take(JSON.parse(line) as Told))
      }
      return {
        address: given.address,
        pid: child.pid ?? 0,
        signal: (signal) => void child.kill(signal),
        end: Effect.callback((resume) => {
          const ended = () => resume(Effect.succeed(child.exitCode ?? child.signalCode))
          if (child.exitCode !== null || child.signalCode !== null) return ended()
          child.once("exit", ended)
        })
      }
    },
    owners: () => new Map(owners)
  }
})

const sameEpoch = (told: Told | undefined, epoch: string) =>
  told !== undefined && "epoch" in told && told.epoch === epoch

/** Waits until something holds, and fails with the last reason if it does not in time. */
export const until = <A>(what: () => A | undefined | false, atMost = 30_000): Effect.Effect<A> =>
  Effect.gen(function* () {
    const from = Date.now()
    for (;;) {
      const found = what()
      if (found !== undefined && found !== false) return found
      if (Date.now() - from > atMost) return yield* Effect.die(`not within ${atMost} ms: ${what}`)
      yield* Effect.sleep("20 millis")
    }
  })
