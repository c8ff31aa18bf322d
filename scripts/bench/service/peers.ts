/** Starts the servers and clients of the benchmark, and ends all of them with it. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Canned from "./canned.ts"
import { Obedient } from "./process.ts"

/** A Python with `grpcio`, if there is one. */
const python = ["python3", "/usr/bin/python3"].find(
  (name) => spawnSync(name, ["-c", "import grpc"]).status === 0
)

const file = (name: string): string => join(import.meta.dirname, name)

const base64 = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("base64")

/** A server, and the way to reach it. */
export interface Server {
  readonly process: Obedient
  readonly port: number
}

export type ServerKind = "ours" | "bare" | "raw" | "grpc-js" | "grpcio"
export type ClientKind = "ours" | "connect" | "raw" | "grpc-js" | "grpcio"

/** All that was started. */
export class Peers {
  readonly #folder = mkdtempSync(join(tmpdir(), "dispatch-bench-"))
  readonly #started: Array<Obedient> = []
  readonly hasPython = python !== undefined

  async server(kind: ServerKind): Promise<Server> {
    const folder = mkdtempSync(join(this.#folder, "server-"))
    const started =
      kind === "grpcio"
        ? this.#start(python ?? "python3", [
            file("grpcio.py"),
            "server",
            base64(Canned.answers["GetMicrogridDispatch"])
          ])
        : this.#start(process.execPath, ["--expose-gc", file("server.ts"), kind, folder])
    const { port = 0 } = await started.hello
    return { process: started, port }
  }

  async client(kind: ClientKind, { port }: Server): Promise<Obedient> {
    const started =
      kind === "grpcio"
        ? this.#start(python ?? "python3", [
            file("grpcio.py"),
            "client",
            String(port),
            base64(Canned.requests["GetMicrogridDispatch"])
          ])
        : this.#start(process.execPath, ["--expose-gc", file("client.ts"), kind, String(port)])
    await started.hello
    return started
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.map((one) => one.end()))
    rmSync(this.#folder, { recursive: true })
  }

  #start(command: string, args: ReadonlyArray<string>): Obedient {
    const started = new Obedient(command, args)
    this.#started.push(started)
    return started
  }
}
