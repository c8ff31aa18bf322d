/** A listener for browsers, with its page, its door and its calls. */
import type { AddressInfo } from "node:net"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Effect, type Scope } from "effect"
import { webConnectionsMax } from "../../ServiceLimits.ts"
import { Arrivals } from "../grpc/arrivals.ts"
import type { TlsFiles } from "../grpc/tlsFiles.ts"
import { ListenError, listen } from "../listening.ts"
import { isLoopbackHost } from "../loopback.ts"
import * as Assets from "./assets.ts"
import * as Guard from "./guard.ts"
import * as WebListener from "./webListener.ts"
import * as WebRequests from "./webRequests.ts"

/** The address to listen on, the names that lead to it, and the page. */
export interface Place {
  readonly host?: string | undefined
  readonly port: number
  readonly tls?: TlsFiles | undefined
  readonly names?: ReadonlyArray<string> | undefined
  readonly page: string
}

/** The calls that are answered there. */
export interface Answering extends Pick<WebRequests.WebParts, "calls" | "mayBeForwarded"> {
  /** Ends streams. It comes before connections are closed. */
  readonly stop: Effect.Effect<unknown>
  /** Changes files of the page once they are read. */
  readonly prepare?: (assets: Assets.Assets) => Assets.Assets
}

/** The reason why streams end with the listener. */
export const shuttingDown = DispatchError.unavailable("the service is shutting down")

/** Listens for the life of the scope; gives the address. */
export const serve = Effect.fnUntraced(function* (
  { host = "127.0.0.1", names: given = [], page, port, tls }: Place,
  { calls, mayBeForwarded, prepare = (assets) => assets, stop }: Answering
): Effect.fn.Return<{ readonly host: string; readonly port: number }, ListenError, Scope.Scope> {
  if (tls === undefined && !isLoopbackHost(host)) {
    return yield* new ListenError({
      reason: "Unencrypted",
      message: `without a certificate the console serves this machine only, and ${host} is reached by others`
    })
  }
  const assets = yield* Effect.mapError(
    Assets.read(page),
    ({ message }) => new ListenError({ reason: "Page", message })
  )
  let names: Guard.Names = { scheme: "http", port: 0, hosts: [] }
  const handle = WebRequests.handler({
    assets: prepare(assets),
    names: () => names,
    arrivals: yield* Arrivals.make,
    calls,
    mayBeForwarded,
    services: yield* Effect.context<never>()
  })
  const { certified, server } = yield* WebListener.open(tls, handle)
  yield* Effect.addFinalizer(() => stop)
  yield* listen(server, { host, port, connectionsMax: webConnectionsMax })
  const actual = (server.address() as AddressInfo).port
  names = {
    scheme: tls === undefined ? "http" : "https",
    port: actual,
    hosts: [...Guard.loopbackNames, ...certified, ...given]
  }
  return { host, port: actual }
})
