/**
 * Calls of a service as connect makes them, with the credentials of a client: for programs that hand calls on.
 *
 * @since 0.1.0
 */
import type { Transport } from "@connectrpc/connect"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Duration, Effect, type Scope } from "effect"
import { check, type ClientOptions } from "./ClientConfig.ts"
import type { ClientConfigError } from "./ClientConfigError.ts"
import * as Credentials from "./Credentials.ts"
import { address, type DispatchUrlError } from "./DispatchUrl.ts"
import * as CallMetadata from "./internal/callMetadata.ts"
import * as Connection from "./internal/connection.ts"
import { fromThrown } from "./internal/failure.ts"
import { ofTransport } from "./internal/nodeFailure.ts"

/**
 * The way to a service.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServiceTransport {
  /** Makes calls that show the credentials. */
  readonly transport: Transport
  /** Makes the error of what a call threw, without secrets. */
  readonly failureOf: (thrown: unknown) => DispatchError
}

/**
 * Opens the way to a service for the life of the scope. It connects with the first call.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ServiceTransport } from "@effect-dispatch/client"
 * import { Protobuf } from "@effect-dispatch/api"
 * import { Effect } from "effect"
 *
 * const { describeKey } = Protobuf.ConsoleService.method
 * const program = Effect.gen(function* () {
 *   const { failureOf, transport } = yield* ServiceTransport.make({ url: "grpc://127.0.0.1:1?ssl=false" })
 *   const thrown = yield* Effect.promise(() =>
 *     transport.unary(describeKey, undefined, 1_000, undefined, {}).catch((error: unknown) => error)
 *   )
 *   assert.strictEqual(failureOf(thrown).reason._tag, "Unavailable")
 * })
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: ClientOptions,
  credentialNames: Credentials.Names = Credentials.optionNames
): Effect.Effect<ServiceTransport, DispatchUrlError | ClientConfigError, Scope.Scope> =>
  Effect.gen(function* () {
    const checked = yield* check(options, credentialNames)
    const { callTimeout, credentials, url } = checked
    const metadata = yield* CallMetadata.make(credentials)
    const runPromise = Effect.runPromiseWith(yield* Effect.context<never>())
    const place = { credentials, where: address(url), ofTransport: ofTransport(url) }
    return {
      transport: withMetadata(yield* Connection.make(checked), (method) => runPromise(metadata(method))),
      failureOf: fromThrown(place, `did not answer within ${Duration.format(callTimeout)}`)
    }
  })

/** The same calls, each with metadata of its own beside those that it has. */
const withMetadata = (
  transport: Transport,
  metadata: (method: string) => Promise<CallMetadata.Metadata>
): Transport => {
  const headersOf = (method: string, given: Parameters<Transport["unary"]>[3]) =>
    metadata(method).then((own) => {
      const all = new Headers(given)
      for (const [name, value] of Object.entries(own)) all.set(name, value)
      return all
    })
  return {
    unary: (...[method, signal, timeoutMs, header, ...rest]) =>
      headersOf(method.name, header).then((headers) =>
        transport.unary(method, signal, timeoutMs, headers, ...rest)
      ),
    stream: (...[method, signal, timeoutMs, header, ...rest]) =>
      headersOf(method.name, header).then((headers) =>
        transport.stream(method, signal, timeoutMs, headers, ...rest)
      )
  }
}
