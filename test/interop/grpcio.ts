/** The implementation of the gRPC project for Python, on its core in C. It is there where a Python with `grpcio` is. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { createInterface } from "node:readline"
import { Effect } from "effect"
import type { ClientMaker, PeerOutcome, ServiceMaker } from "./peers.ts"

/** A Python that can import it, if there is one. */
export const python = ["python3", "/usr/bin/python3"].find(
  (name) => spawnSync(name, ["-c", "import grpc"]).status === 0
)

interface Reply {
  readonly id: number
  readonly port?: number
  readonly cancellations?: number
  readonly code?: number
  readonly message?: string
  readonly messages?: ReadonlyArray<string>
  readonly details?: string | null
}

/** A process that answers lines with lines. */
class Process {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #id = 0

  constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) return
    createInterface(child.stdout).on("line", (line) => {
      const reply: Reply = JSON.parse(line)
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    })
  }

  static readonly start = Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        spawn(python ?? "python3", [new URL("grpcio.py", import.meta.url).pathname], {
          stdio: ["pipe", "pipe", "inherit"]
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => new Process(child)
  )

  ask(command: { readonly do: string; readonly [name: string]: unknown }): Effect.Effect<Reply> {
    return Effect.callback((resume) => {
      const id = ++this.#id
      this.#waiting.set(id, (reply) => resume(Effect.succeed(reply)))
      this.#child.stdin?.write(`${JSON.stringify({ ...command, id })}\n`)
    })
  }
}

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
const decode = (text: string): Uint8Array => Buffer.from(text, "base64")

const outcomeOf = ({ code = -1, details, message = "", messages = [] }: Reply): PeerOutcome => ({
  code,
  message,
  messages: messages.map(decode),
  details: typeof details === "string" ? decode(details) : undefined
})

export const grpcio: ClientMaker & ServiceMaker = {
  name: "grpcio",
  client: (port) =>
    Effect.gen(function* () {
      const peer = yield* Process.start
      yield* peer.ask({ do: "connect", port })
      return {
        call: ({ metadata = {}, request, ...rest }) =>
          Effect.map(
            peer.ask({
              do: "call",
              ...rest,
              request: encode(request),
              metadata: Object.fromEntries(
                Object.entries(metadata).map(([name, value]) => [
                  name,
                  typeof value === "string" ? value : { bytes: encode(value) }
                ])
              )
            }),
            outcomeOf
          )
      }
    }),
  service: ({ event, events, get, large, status }, streamsMax) =>
    Effect.gen(function* () {
      const peer = yield* Process.start
      const canned = {
        get: encode(get),
        event: encode(event),
        status: encode(status),
        large: encode(large)
      }
      const { port = 0 } = yield* peer.ask({ do: "serve", ...canned, events, streamsMax })
      return {
        port,
        cancellations: Effect.map(peer.ask({ do: "count" }), ({ cancellations = 0 }) => cancellations)
      }
    })
}
