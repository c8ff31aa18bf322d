/**
 * A client of the dispatch service for browsers, over Connect.
 *
 * @since 0.1.0
 */
import type { Interceptor, Transport } from "@connectrpc/connect"
import { createConnectTransport } from "@connectrpc/connect-web"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { Context, DateTime, Duration, Effect, Layer, Option, Redacted, Ref, SubscriptionRef } from "effect"
import type { ClientConfigError } from "./ClientConfigError.ts"
import { defaultCallTimeout } from "./ClientLimits.ts"
import * as Credentials from "./Credentials.ts"
import * as Calls from "./internal/calls.ts"
import * as LateReports from "./internal/lateReports.ts"
import * as Remote from "./internal/remote.ts"
import * as WatchStream from "./internal/watchStream.ts"
import { ofTransport } from "./internal/webFailure.ts"
import * as ReportClient from "./ReportClient.ts"
import * as ServiceConsole from "./ServiceConsole.ts"

/**
 * The options of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebOptions {
  /** The service's address for browsers, such as `http://127.0.0.1:50060/api`. */
  readonly url: string
  /** Shown to the service with every call. */
  readonly authKey?: Redacted.Redacted | undefined
  /** The secret that belongs to the key. Calls are signed with it, and it is never sent. */
  readonly signSecret?: Redacted.Redacted | undefined
  /** The token of a console that hands calls on, sent with every call. */
  readonly consoleToken?: Redacted.Redacted | undefined
  /** A transport of connect to make calls through, instead of the one for browsers. */
  readonly transport?: Transport | undefined
}

/**
 * The client of a service, for the life of the layer, as `DispatchClientGrpc.layer` gives it. Its streams fail when the
 * service gives no sign of life for `silenceMax`, since browsers have no pings.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClientWeb } from "@effect-dispatch/client/web"
 * import { DispatchClient, DispatchId, MicrogridId } from "@effect-dispatch/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* DispatchClient.DispatchClient
 *   const error = yield* Effect.flip(client.delete(MicrogridId.make(1n), DispatchId.make(7n)))
 *   assert.strictEqual(error.reason._tag, "Unavailable")
 * })
 * const nowhere = DispatchClientWeb.layer({ url: "http://127.0.0.1:1/api" })
 * await Effect.runPromise(Effect.provide(program, nowhere))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: WebOptions
): Layer.Layer<
  DispatchClient | ReportClient.ReportClient | ServiceConsole.ServiceConsole,
  ClientConfigError
> => Layer.effectContext(make(options))

/** Shows the token with each call. */
const showing =
  (token: Redacted.Redacted): Interceptor =>
  (next) =>
  (request) => {
    request.header.set("dispatch-console-token", Redacted.value(token))
    return next(request)
  }

const make = Effect.fnUntraced(function* ({ consoleToken, transport, url, ...given }: WebOptions) {
  const credentials = yield* Effect.fromResult(Credentials.make(given))
  const settings = { credentials, callTimeout: defaultCallTimeout, streamTimeout: Duration.infinity }
  const calls = yield* Calls.make(settings, {
    transport:
      transport ??
      createConnectTransport({
        baseUrl: url,
        useBinaryFormat: true,
        interceptors: consoleToken === undefined ? [] : [showing(consoleToken)]
      }),
    where: url,
    ofTransport: ofTransport(url)
  })
  const lastSign = yield* Ref.make(Option.none<DateTime.Utc>())
  const heard = Effect.flatMap(DateTime.now, (at) => Ref.set(lastSign, Option.some(at)))
  const copyStatuses = yield* SubscriptionRef.make(Option.none<ServiceConsole.CopyStatus>())
  const stands = (status: ServiceConsole.CopyStatus) => SubscriptionRef.set(copyStatuses, Option.some(status))
  const client = Remote.make(calls, (microgridId) =>
    WatchStream.open(calls, microgridId, { where: url, heard, stands })
  )
  const signs = {
    lastSign: Ref.get(lastSign),
    copyStatus: SubscriptionRef.get(copyStatuses),
    copyStatuses: SubscriptionRef.changes(copyStatuses)
  }
  return Context.make(DispatchClient, client).pipe(
    Context.add(ReportClient.ReportClient, LateReports.make(calls)),
    Context.add(ServiceConsole.ServiceConsole, ServiceConsole.make(calls, signs))
  )
})
