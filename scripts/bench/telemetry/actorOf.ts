/**
 * The work of the actor in a second: `node actorOf.ts NUMBER [PORT]` prints one line of JSON, measured with so many
 * dispatches known; with a port, logs, metrics and traces go to the collector there.
 */
import { Effect, Layer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Otlp from "effect/observability/Otlp"
import { createsOf, measureActor, updatesOf } from "../actor/atSize.ts"
import { mix } from "../actor/dispatches.ts"
import { startActor } from "../actor/port.ts"

/** Events per second, and the time of the first listing in milliseconds. */
export interface ActorOf {
  readonly syncMillis: number
  readonly updates: number
  readonly creates: number
}

const [number = 0, port] = process.argv.slice(2).map(Number)

const telemetry =
  port === undefined
    ? Layer.empty
    : Otlp.layerProtobuf({
        baseUrl: `http://127.0.0.1:${port}`,
        resource: { serviceName: "bench" },
        metricsExportInterval: "1 second",
        tracerExportInterval: "1 second"
      }).pipe(Layer.provide(FetchHttpClient.layer))

const measure = Effect.gen(function* () {
  const now = Date.now()
  const known = mix(number, now)
  // The first use makes its things before the measurement.
  const first = yield* startActor(mix(1_000, now))
  yield* measureActor(first, updatesOf(1_000, now))
  const site = yield* startActor(known)
  return {
    syncMillis: site.syncMillis,
    updates: yield* measureActor(site, updatesOf(number, now)),
    creates: yield* measureActor(site, createsOf(number, now))
  } satisfies ActorOf
}).pipe(Effect.scoped, Effect.provide(telemetry))

console.log(JSON.stringify(await Effect.runPromise(measure)))
