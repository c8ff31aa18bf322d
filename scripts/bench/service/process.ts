/** Processes that obey lines: a command and a number, each answered by a line of JSON. */
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface, type Interface } from "node:readline"

/** The answer of a process. */
export interface Reply {
  readonly [name: string]: number
}

/** The act of a process at a command. */
export type Commands = { readonly [name: string]: (count: number) => Promise<Reply> }

/** The processor time of this process so far, in microseconds, and its memory in bytes after a collection. */
export const usage = (): Reply => {
  const { system, user } = process.cpuUsage()
  globalThis.gc?.()
  const { external, heapUsed, rss } = process.memoryUsage()
  return { cpu: user + system, heap: heapUsed + external, rss }
}

/** Says that it is there, then obeys each line. */
export const obey = (hello: Reply, commands: Commands): void => {
  console.log(JSON.stringify(hello))
  const all: Commands = { ...commands, usage: () => Promise.resolve(usage()) }
  createInterface({ input: process.stdin }).on("line", (line) => {
    const [name = "", count = ""] = line.split(" ")
    void all[name]?.(Number(count)).then((reply) => console.log(JSON.stringify(reply)))
  })
}

/** A process that obeys. */
export class Obedient {
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly hello: Promise<Reply>

  constructor(command: string, args: ReadonlyArray<string>) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
    this.#child = child
    this.#lines = createInterface({ input: child.stdout })
    this.hello = this.#next()
  }

  #next(): Promise<Reply> {
    return new Promise((resolve) =>
      this.#lines.once("line", (line) => {
        const reply: Reply = JSON.parse(line)
        resolve(reply)
      })
    )
  }

  ask(command: string, count = 0): Promise<Reply> {
    const reply = this.#next()
    this.#child.stdin?.write(`${command} ${count}\n`)
    return reply
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve))
    this.#child.kill("SIGKILL")
    await ended
  }
}
