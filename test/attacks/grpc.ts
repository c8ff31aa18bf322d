/** Attacks on the port of gRPC, with nothing but Node's HTTP/2, on a server in a process of its own. */
import { spawn } from "node:child_process"
import * as http2 from "node:http2"
import { createInterface } from "node:readline"
import { create, toBinary } from "@bufbuild/protobuf"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { Effect } from "effect"

/** A server that is attacked. */
export interface Target {
  readonly port: number
  readonly key: string
  readonly otherKey: string
  /** The most memory it has held so far, in MiB, and the streams that are open. */
  readonly look: Effect.Effect<{ readonly peak: number; readonly streams: number }>
}

/** A server for the life of the scope, which knows its key. */
export const target = Effect.gen(function* () {
  const started = yield* start
  const asked = call(yield* session(started), "GetMicrogridDispatch", { key: started.key })
  asked.end(messages.get)
  yield* statusOf(asked)
  return started
})

const start = Effect.gen(function* () {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [new URL("grpcServer.ts", import.meta.url).pathname], {
        stdio: ["pipe", "pipe", "inherit"]
      })
    ),
    (started) => Effect.sync(() => started.kill("SIGKILL"))
  )
  const lines = createInterface({ input: child.stdout })
  const next = Effect.callback<string>(
    (resume) => void lines.once("line", (line) => resume(Effect.succeed(line)))
  )
  const hello: Pick<Target, "key" | "otherKey" | "port"> = JSON.parse(yield* next)
  const look = Effect.suspend(() => {
    child.stdin.write("\n")
    return Effect.map(next, (line): { readonly peak: number; readonly streams: number } => JSON.parse(line))
  })
  return { ...hello, look } satisfies Target
})

/** A session for the life of the scope. */
export const session = ({ port }: Target, options: http2.ClientSessionOptions = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => http2.connect(`http://127.0.0.1:${port}`, options).on("error", () => {})),
    (open) => Effect.sync(() => open.destroy())
  )

/** Opens a call; what it sends is up to the attack. */
export const call = (
  open: http2.ClientHttp2Session,
  method: string,
  headers: http2.OutgoingHttpHeaders = {}
): http2.ClientHttp2Stream =>
  open
    .request({
      ":method": "POST",
      ":path": `/${Protobuf.MicrogridDispatchService.typeName}/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers
    })
    .on("error", () => {})

const microgrid = { microgridId: 1n }

/** Messages that the service takes. */
export const messages = {
  create: frame(
    toBinary(
      Protobuf.CreateMicrogridDispatchRequestSchema,
      create(Protobuf.CreateMicrogridDispatchRequestSchema, {
        ...microgrid,
        startImmediately: true,
        dispatchData: {
          type: "CHARGE",
          duration: 600,
          target: { components: { case: "componentIds", value: { ids: [1n] } } },
          payload: { text: "x".repeat(20_000) }
        }
      })
    )
  ),
  get: frame(
    toBinary(
      Protobuf.GetMicrogridDispatchRequestSchema,
      create(Protobuf.GetMicrogridDispatchRequestSchema, { ...microgrid, dispatchId: 1n })
    )
  ),
  list: frame(
    toBinary(
      Protobuf.ListMicrogridDispatchesRequestSchema,
      create(Protobuf.ListMicrogridDispatchesRequestSchema, microgrid)
    )
  ),
  stream: frame(
    toBinary(
      Protobuf.StreamMicrogridDispatchesRequestSchema,
      create(Protobuf.StreamMicrogridDispatchesRequestSchema, microgrid)
    )
  )
}

/** The status that a call ends with, -1 without one. */
export const statusOf = (open: http2.ClientHttp2Stream): Effect.Effect<number> =>
  Effect.callback((resume) => {
    const hear = ({ "grpc-status": status }: http2.IncomingHttpHeaders) => {
      if (status !== undefined) resume(Effect.succeed(Number(status)))
    }
    open.on("response", hear).on("trailers", hear)
    open.on("close", () => resume(Effect.succeed(-1))).resume()
  })

/**
 * Asks a server for a dispatch again and again while an attack goes on; gives the longest that one took in
 * milliseconds.
 */
export const whileAttacked = <A, E, R>(
  attacked: Target,
  key: { readonly [name: string]: string },
  attack: Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const other = yield* session(attacked)
    let longest = 0
    const ask = Effect.gen(function* () {
      const began = performance.now()
      const asked = call(other, "GetMicrogridDispatch", key)
      asked.end(messages.get)
      const status = yield* statusOf(asked)
      if (status !== 0) return yield* Effect.die(`another was answered with ${status}`)
      longest = Math.max(longest, performance.now() - began)
    })
    // The first one connects.
    yield* ask
    longest = 0
    const asking = Effect.forever(Effect.delay(ask, "20 millis"))
    const value = yield* Effect.raceFirst(attack, asking)
    yield* ask
    return { value, longest }
  })
