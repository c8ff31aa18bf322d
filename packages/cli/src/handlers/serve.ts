import { isLoopback } from "@effect-dispatch/client/DispatchUrl"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import type { DispatchStore, StoreUnusable } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { GrpcServer, type ListenError } from "@effect-dispatch/server/GrpcServer"
import { Effect, Layer } from "effect"
import { localUrl } from "../connection.ts"
import { defaultPort } from "../defaults.ts"
import { tell } from "../output/terminal.ts"
import { untilStopped } from "../signals.ts"
import { Failure, UsageError } from "../UsageError.ts"

interface Options {
  readonly host: string
  readonly port: number
  /** `memory` or `sqlite:PATH`. */
  readonly store: string
}

const storeOf = (text: string): Layer.Layer<DispatchStore, StoreUnusable> =>
  text === "memory"
    ? DispatchStoreMemory.layer
    : DispatchStoreSqlite.layer({ filename: text.slice("sqlite:".length) })

/** Runs the service until it is stopped. */
export const run = Effect.fnUntraced(function* ({ host, port, store }: Options) {
  if (!isLoopback(host)) {
    return yield* new UsageError({
      message: `--host ${host}: this service has no keys and no encryption yet, so it serves this machine only`,
      example: "dispatch serve --host 127.0.0.1"
    })
  }
  const service = GrpcServer.layer({ host, port }).pipe(
    Layer.provide(DispatchService.layer),
    Layer.provide(storeOf(store))
  )
  const serving = Effect.gen(function* () {
    const server = yield* GrpcServer
    const url = localUrl(server.port)
    const flag = server.port === defaultPort ? "" : ` --url '${url}'`
    yield* tell(`Serving dispatches at ${url}`)
    yield* tell(
      store === "memory"
        ? "They are kept in memory, and gone when it ends."
        : `They are kept in ${store.slice("sqlite:".length)}.`
    )
    yield* tell(`No keys are configured: only this machine is served.`)
    yield* tell(`Try it from another terminal:`)
    yield* tell(`  dispatch watch 1${flag}`)
    yield* tell(`  dispatch create 1 CHARGE BATTERY now 30s${flag}`)
    yield* tell(`Stop with Ctrl-C.`)
    return yield* Effect.never
  })
  yield* untilStopped(serving.pipe(Effect.provide(service), Effect.mapError(explainStart)))
  yield* tell("Stopped.")
})

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
