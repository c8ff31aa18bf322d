import * as ServiceTransport from "@effect-dispatch/client/ServiceTransport"
import * as WebProxy from "@effect-dispatch/server/WebProxy"
import { Effect, Layer, Redacted } from "effect"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Base64Url from "effect/encoding/Base64Url"
import { clientOptions, serviceAddress, waysToGive, wrongOptions } from "../connection.ts"
import { tell } from "../output/terminal.ts"
import { untilStopped } from "../signals.ts"
import type { Failure } from "../UsageError.ts"
import * as Web from "./web.ts"
import { pageFolder } from "./webPage.ts"

interface Options {
  readonly port: number
}

/** Serves the page, and hands its calls on, until it is stopped. */
export const run = Effect.fnUntraced(function* ({ port }: Options) {
  const serving = Effect.gen(function* () {
    const options = yield* clientOptions
    const remote = yield* Effect.mapError(ServiceTransport.make(options, waysToGive), wrongOptions)
    const token = yield* newToken
    const page = yield* pageFolder
    const listening = yield* Layer.build(listener({ port, page, remote, token }))
    yield* Effect.provide(announce(yield* serviceAddress, token), listening)
    return yield* Effect.never
  })
  yield* untilStopped(Effect.scoped(serving))
  yield* tell("Stopped.")
})

const listener = (options: WebProxy.WebProxyOptions): Layer.Layer<WebProxy.WebProxy, Failure> =>
  Layer.catch(WebProxy.layer(options), (error) => Layer.unwrap(Effect.fail(Web.explain(error, "--port"))))

/** Bytes of the token of a process. */
const tokenBytes = 32

const newToken = SecureRandom.SecureRandom.pipe(
  Effect.flatMap((random) => random.randomBytes(tokenBytes)),
  Effect.map((bytes) => Redacted.make(Base64Url.encode(bytes))),
  Effect.provide(SecureRandom.layerWebCrypto)
)

const announce = Effect.fnUntraced(function* (address: string, token: Redacted.Redacted) {
  const { port } = yield* WebProxy.WebProxy
  yield* tell(`Console of ${address} at http://127.0.0.1:${port}/#token=${Redacted.value(token)}`)
  yield* tell("Whoever has this address acts with your credentials, from this machine, until you stop it.")
  yield* tell("Stop with Ctrl-C.")
})
