import { DispatchService } from "@effect-dispatch/server/DispatchService"
import type { DispatchStore, StoreUnusable } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { GrpcServer, type ListenError } from "@effect-dispatch/server/GrpcServer"
import { isLoopback } from "@effect-dispatch/client/DispatchUrl"
import { Effect, Layer, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { defaultPort, localUrl } from "../connection.ts"
import { flag } from "../input/flags.ts"
import { tell } from "../output/terminal.ts"
import { untilStopped } from "../signals.ts"
import { Failure, UsageError } from "../UsageError.ts"

/** Where dispatches are kept unless something else is said, seen from the working directory. */
export const defaultStore = "sqlite:.dispatch/dispatches.sqlite"

const parseStore = (text: string): Result.Result<Layer.Layer<DispatchStore, StoreUnusable>, string> => {
  if (text === "memory") return Result.succeed(DispatchStoreMemory.layer)
  const [kind, ...path] = text.split(":")
  const filename = path.join(":")
  return kind === "sqlite" && filename !== ""
    ? Result.succeed(DispatchStoreSqlite.layer({ filename }))
    : Result.fail("must be memory or sqlite:PATH")
}

/** Runs the service. */
export const serve = Command.make(
  "serve",
  {
    host: Flag.String("host").pipe(
      Flag.withDescription("Address to listen on; only this machine can reach the default"),
      Flag.withDefault("127.0.0.1")
    ),
    port: Flag.Int("port").pipe(
      Flag.withDescription("Port to listen on; 0 for any that is free"),
      Flag.withDefault(defaultPort)
    ),
    store: flag("store", parseStore).pipe(
      Flag.withDescription("Where dispatches are kept: memory or sqlite:PATH"),
      Flag.withDefault(Result.getOrThrow(parseStore(defaultStore)))
    )
  },
  Effect.fn(function* ({ host, port, store }) {
    if (!isLoopback(host)) {
      return yield* new UsageError({
        message: `--host ${host}: this service has no keys and no encryption yet, so it serves this machine only`,
        example: "dispatch serve --host 127.0.0.1"
      })
    }
    if (port < 0 || port > 65_535) {
      return yield* new UsageError({
        message: `--port ${port}: ports are from 0 to 65535`,
        example: "dispatch serve --port 50051"
      })
    }
    const service = GrpcServer.layer({ host, port }).pipe(
      Layer.provide(DispatchService.layer),
      Layer.provide(store)
    )
    const run = Effect.gen(function* () {
      const server = yield* GrpcServer
      const url = localUrl(server.port)
      yield* tell(`Serving dispatches at ${url}`)
      yield* tell(`No keys are configured: only this machine is served.`)
      yield* tell(`Try it from another terminal:`)
      yield* tell(`  dispatch create 1 CHARGE BATTERY now 30s --url '${url}'`)
      yield* tell(`  dispatch watch 1 --url '${url}'`)
      yield* tell(`Stop with Ctrl-C.`)
      return yield* Effect.never
    })
    yield* untilStopped(run.pipe(Effect.provide(service), Effect.mapError(explainStart)))
    yield* tell("Stopped.")
  })
).pipe(
  Command.withDescription("Run the dispatch service"),
  Command.withExamples([{ command: "dispatch serve" }, { command: "dispatch serve --port 0 --store memory" }])
)

/** Why the service could not be started, and what would help. */
export const explainStart = (error: StoreUnusable | ListenError): Failure => {
  switch (error.reason) {
    case "Locked":
      return new Failure({
        message: `${error.message}. Stop that one first, or give another file: --store sqlite:PATH`
      })
    case "AddressInUse":
      return new Failure({ message: `${error.message}. Give another port: --port 0 takes any that is free` })
    default:
      return new Failure({ message: error.message })
  }
}
