/** A connection between two others that can vanish: nothing is refused and nothing ends, nothing arrives any more. */
import * as net from "node:net"
import { Effect } from "effect"

/** A proxy on loopback. */
export interface Proxy {
  readonly port: number
  /** From now on connections, old and new, swallow everything. */
  readonly vanish: Effect.Effect<void>
  /** The same at once, from wherever it is called. */
  readonly loseAll: () => void
  /** New connections work again; old ones stay lost. */
  readonly comeBack: Effect.Effect<void>
  /** The next request that has this text is passed on without its last bytes, and its connection is lost then. */
  readonly cutOff: (request: { readonly text: string; readonly bytes: number }) => Effect.Effect<void>
  /** True once that has happened. */
  readonly hasCutOff: () => boolean
  /** The number of open connections that are not lost. */
  readonly live: Effect.Effect<number>
}

/** A proxy before a port of this machine, for the life of the scope. */
export const proxyTo = (target: number) =>
  Effect.gen(function* () {
    const sockets = new Set<net.Socket>()
    const lost = new Set<net.Socket>()
    let isLost = false
    let cut: { readonly text: string; readonly bytes: number } | undefined
    /** The part of what arrived that is passed on. */
    const passed = (from: net.Socket, to: net.Socket, chunk: Buffer): Buffer => {
      if (cut === undefined || !chunk.includes(cut.text)) return chunk
      const left = chunk.subarray(0, -cut.bytes)
      cut = undefined
      lost.add(from)
      lost.add(to)
      return left
    }
    const accept = (client: net.Socket) => {
      const server = net.connect(target, "127.0.0.1")
      for (const [from, to] of [
        [client, server],
        [server, client]
      ] as const) {
        sockets.add(from)
        if (isLost) lost.add(from)
        from.on("data", (chunk) => void (lost.has(from) || to.write(passed(from, to, Buffer.from(chunk)))))
        from.on("end", () => void (lost.has(from) || to.end()))
        from.on("error", () => {})
        from.on("close", () => {
          sockets.delete(from)
          if (!lost.has(from)) to.destroy()
        })
      }
    }
    const listener = yield* Effect.acquireRelease(
      Effect.callback<net.Server>((resume) => {
        const made = net.createServer(accept).listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
      }),
      (made) =>
        Effect.sync(() => {
          made.close()
          for (const socket of sockets) socket.destroy()
        })
    )
    const loseAll = () => {
      isLost = true
      for (const socket of sockets) lost.add(socket)
    }
    return {
      port: (listener.address() as net.AddressInfo).port,
      vanish: Effect.sync(loseAll),
      loseAll,
      comeBack: Effect.sync(() => {
        isLost = false
      }),
      cutOff: (request) =>
        Effect.sync(() => {
          cut = request
        }),
      hasCutOff: () => cut === undefined,
      // Each has two sockets.
      live: Effect.sync(() => [...sockets].filter((socket) => !lost.has(socket)).length / 2)
    } satisfies Proxy
  })
