import { createServer } from "node:net"
import { Effect } from "effect"

/**
 * A port of loopback that nobody uses. It lies below those that systems give to outgoing connections: one of these might
 * take it before a process listens.
 */
export const freePort: Effect.Effect<number> = Effect.callback((resume) => {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  const server = createServer()
    .on("error", () => resume(freePort))
    .listen(port, "127.0.0.1", () => server.close(() => resume(Effect.succeed(port))))
})
