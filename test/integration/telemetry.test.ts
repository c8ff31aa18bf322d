import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as ClientMetrics from "@effect-dispatch/client/Metrics"
import * as Instrument from "@effect-dispatch/core/Instrument"
import * as CoreMetrics from "@effect-dispatch/core/Metrics"
import * as ServerMetrics from "@effect-dispatch/server/Metrics"
import { Effect, Schedule } from "effect"
import parseText from "parse-prometheus-text-format"
import { attribute, collector } from "./collector.ts"
import { run, running, runningWith, runWith } from "./program.ts"

const bounded = { timeout: 60_000 }

/** Asks again until what is asked holds. */
const eventually = <A>(ask: Effect.Effect<A>, holds: (answer: A) => boolean): Effect.Effect<A> =>
  ask.pipe(
    Effect.repeat({ until: holds, schedule: Schedule.spaced("50 millis") }),
    Effect.andThen(ask),
    Effect.timeout("20 seconds"),
    Effect.orDie
  )

const get = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(url)
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await response.text()
    }
  })

/** Metrics as a parser of Prometheus' format understands them. */
const scrape = Effect.fnUntraced(function* (at: string) {
  const { status, text, type } = yield* get(`${at}/metrics`)
  assert.strictEqual(status, 200)
  assert.match(type ?? "", /^text\/plain; version=0\.0\.4/)
  const families = parseText(text)
  // Of histograms the parser keeps the last labels only; without their types, it gives every sample as it is.
  const samples = parseText(text.replace(/^#.*\n/gm, ""))
  const valueOf = (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const metrics = samples.flatMap((family) => (family.name === name ? family.metrics : []))
    const wanted = Object.entries(labels)
    const found = metrics.find((series) => wanted.every(([label, value]) => series.labels?.[label] === value))
    return Number(found?.value ?? Number.NaN)
  }
  return { families, valueOf, text }
})

const outlookOf = ({ says }: { readonly says: (pattern: RegExp) => Effect.Effect<RegExpExecArray> }) =>
  Effect.map(says(/Metrics and health at (\S+):/), ([, url = ""]) => url)

const withMetrics = ["--metrics-port", "0"] as const

describe("metrics and health of a process", () => {
  it.live(
    "dispatch serve: every metric is there from the beginning, as Prometheus reads it, and tells of calls",
    () =>
      Effect.gen(function* () {
        const service = yield* running("serve", "--port", "0", "--store", "memory", ...withMetrics)
        const at = yield* outlookOf(service)
        const [, url = ""] = yield* service.says(/Serving dispatches at (\S+)/)
        assert.match(at, /^http:\/\/127\.0\.0\.1:\d+$/)
        const { families, valueOf } = yield* scrape(at)
        for (const { description, kind, name } of Instrument.allOf(ServerMetrics)) {
          const family = families.find((one) => one.name === name)
          assert.strictEqual(family?.type, kind.toUpperCase(), name)
          assert.strictEqual(family?.help, description)
        }
        assert.strictEqual(
          valueOf(ServerMetrics.calls.name, { method: "CreateMicrogridDispatch", code: "OK" }),
          0
        )
        yield* run("create", "1", "CHARGE", "BATTERY", "now", "5s", "--url", url)
        yield* run("get", "1", "77", "--url", url)
        const after = yield* scrape(at)
        assert.strictEqual(
          after.valueOf(ServerMetrics.calls.name, { method: "CreateMicrogridDispatch", code: "OK" }),
          1
        )
        assert.strictEqual(
          after.valueOf(ServerMetrics.calls.name, { method: "GetMicrogridDispatch", code: "NOT_FOUND" }),
          1
        )
        assert.strictEqual(
          after.valueOf(`${ServerMetrics.storeDuration.name}_count`, { operation: "insert" }),
          1
        )
        assert.deepInclude(yield* get(`${at}/healthz`), { status: 200, text: "ok\n" })
        assert.deepInclude(yield* get(`${at}/readyz`), { status: 200, text: "ready\n" })
        assert.strictEqual((yield* get(`${at}/other`)).status, 404)
      }),
    bounded
  )

  it.live(
    "dispatch watch: ready while in sync, and says why when it is not; alive all the while",
    () =>
      Effect.gen(function* () {
        const service = yield* running("serve", "--port", "0", "--store", "memory")
        const [, url = ""] = yield* service.says(/Serving dispatches at (\S+)/)
        const site = yield* running("watch", "1", "--no-keep", "--url", url, ...withMetrics)
        const at = yield* outlookOf(site)
        yield* eventually(get(`${at}/readyz`), ({ status }) => status === 200)
        yield* run("create", "1", "CHARGE", "BATTERY", "now", "5s", "--url", url)
        const seen = yield* eventually(
          scrape(at),
          ({ valueOf }) =>
            valueOf(CoreMetrics.changesPublished.name, { state: "Stopped", cause: "Scheduled" }) === 1
        )
        for (const { name } of [...Instrument.allOf(CoreMetrics), ...Instrument.allOf(ClientMetrics)]) {
          const isThere = seen.families.some((family) => family.name === name)
          // Metrics of an application's own types are there once it manages one.
          assert.strictEqual(isThere, !/managed_actor|payloads_unusable/.test(name), name)
        }
        assert.strictEqual(seen.valueOf(CoreMetrics.syncActors.name, { phase: "Synchronised" }), 1)
        assert.strictEqual(seen.valueOf(`${CoreMetrics.lateness.name}_count`, { state: "Stopped" }), 1)
        assert.strictEqual(seen.valueOf(CoreMetrics.dispatchesKnown.name), 1)
        yield* service.signal("SIGTERM")
        const unready = yield* eventually(get(`${at}/readyz`), ({ status }) => status === 503)
        assert.match(unready.text, /^stale since \S+: /)
        assert.strictEqual((yield* get(`${at}/healthz`)).status, 200)
        assert.strictEqual((yield* scrape(at)).valueOf(CoreMetrics.syncActors.name, { phase: "Stale" }), 1)
      }),
    bounded
  )

  it.live(
    "an address that is empty is refused: it would be every address of this machine",
    () =>
      Effect.gen(function* () {
        const serve = ["serve", "--port", "0", "--store", "memory", "--metrics-port", "0"] as const
        const { code, err } = yield* Effect.timeout(run(...serve, "--metrics-host", ""), "20 seconds")
        assert.strictEqual(code, 2, err)
        assert.match(err, /--metrics-host needs a value/)
      }),
    bounded
  )

  it.live(
    "nothing listens unless a port is given; one that is taken is said to be",
    () =>
      Effect.gen(function* () {
        const service = yield* running("serve", "--port", "0", "--store", "memory")
        yield* service.says(/Stop with/)
        yield* service.signal("SIGTERM")
        assert.notMatch((yield* service.end).err, /Metrics and health/)
        const taken = yield* Effect.acquireRelease(
          Effect.promise(
            () =>
              new Promise<ReturnType<typeof createServer>>((resolve) => {
                const server = createServer()
                server.listen(0, "127.0.0.1", () => resolve(server))
              })
          ),
          (server) => Effect.sync(() => server.close())
        )
        const { port } = taken.address() as AddressInfo
        const { code, err } = yield* run(
          "serve",
          "--port",
          "0",
          "--store",
          "memory",
          "--metrics-port",
          String(port)
        )
        assert.strictEqual(code, 1)
        assert.include(err, `127.0.0.1:${port} is in use by another process`)
      }),
    bounded
  )
})

describe("a collector of OpenTelemetry that the standard variables name", () => {
  it.live(
    "gets traces that go on from client to service, edges linked to listings, and metrics; no payloads",
    () =>
      Effect.gen(function* () {
        const { metrics, raw, senders, spans, url: endpoint } = yield* collector
        const variables = {
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
          OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
          OTEL_BSP_SCHEDULE_DELAY: "200",
          OTEL_METRIC_EXPORT_INTERVAL: "300"
        }
        const service = yield* runningWith(variables, "serve", "--port", "0", "--store", "memory")
        const [, url = ""] = yield* service.says(/Serving dispatches at (\S+)/)
        yield* run(
          "create",
          "1",
          "CHARGE",
          "BATTERY",
          "now",
          "1h",
          "--payload",
          `{"a":"canary-42"}`,
          "--url",
          url
        )
        const named = { ...variables, OTEL_SERVICE_NAME: "site-1" }
        const site = yield* runningWith(named, "watch", "1", "--no-keep", "--url", url)
        yield* site.says(/Running/)
        yield* eventually(Effect.sync(spans), (all) =>
          all.some(({ name }) => name === "DispatchingActor.Running")
        )
        yield* eventually(Effect.sync(metrics), (all) => all.has(CoreMetrics.changesPublished.name))
        yield* site.signal("SIGTERM")
        yield* service.signal("SIGTERM")
        assert.strictEqual((yield* site.end).code, 0)
        assert.strictEqual((yield* service.end).code, 0)

        const all = spans()
        const method = "frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"
        const cycle = all.find(({ name }) => name === "DispatchingActor.list")
        const calls = all.filter(({ name }) => name === method)
        const client = calls.find(({ kind, traceId }) => kind === 3 && traceId === cycle?.traceId)
        const server = calls.find(({ kind, traceId }) => kind === 2 && traceId === cycle?.traceId)
        const edge = all.find(({ name }) => name === "DispatchingActor.Running")
        assert.isDefined(client)
        assert.strictEqual(server?.parentSpanId, client?.spanId)
        assert.strictEqual(attribute(cycle ?? { attributes: [] }, "sync.reason"), "Connected")
        assert.deepStrictEqual(
          edge?.links.map(({ spanId }) => spanId),
          [cycle?.spanId]
        )
        assert.strictEqual(attribute(edge ?? { attributes: [] }, "dispatch.id"), "1")
        assert.isTrue(all.some(({ name }) => name === "DispatchService.list"))
        assert.isTrue(metrics().has(ServerMetrics.calls.name))
        assert.deepStrictEqual(senders("service.name"), new Set(["dispatch", "site-1"]))
        assert.notInclude(raw(), "canary")
      }),
    bounded
  )

  it.live(
    "is asked for by nothing else; what cannot be is wrong use",
    () =>
      Effect.gen(function* () {
        const { url: endpoint } = yield* collector
        const serve = ["serve", "--port", "0", "--store", "memory"] as const
        const grpc = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }
        const refused = yield* runWith(grpc, ...serve)
        assert.strictEqual(refused.code, 2)
        assert.match(
          refused.err,
          /OTEL_EXPORTER_OTLP_PROTOCOL grpc is not supported: http\/protobuf or http\/json/
        )
        const broken = yield* runWith({ OTEL_EXPORTER_OTLP_ENDPOINT: "not a url" }, ...serve)
        assert.strictEqual(broken.code, 2, broken.err)
        assert.match(broken.err, /OTEL_EXPORTER_OTLP_ENDPOINT must be a URL that begins with http/)
        const wrong: ReadonlyArray<readonly [name: string, value: string]> = [
          ["OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://localhost:4318"],
          ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:canary@localhost:4318"],
          ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc"],
          ["OTEL_METRIC_EXPORT_INTERVAL", "0"],
          ["OTEL_BSP_SCHEDULE_DELAY", "-5"],
          ["OTEL_EXPORTER_OTLP_COMPRESSION", "zip"]
        ]
        for (const [name, value] of wrong) {
          const { code, err } = yield* runWith(
            { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, [name]: value },
            ...serve
          )
          assert.strictEqual(code, 2, `${name}=${value}`)
          assert.include(err, name)
          assert.notMatch(err, /canary|SchemaError|ConfigError|fault of the program/)
        }
      }),
    bounded
  )

  it.live(
    "is left alone where the standard says so: by true in any case, and by exporters that there are not",
    () =>
      Effect.gen(function* () {
        const { raw, url: endpoint } = yield* collector
        const serve = ["serve", "--port", "0", "--store", "memory"] as const
        const often = { OTEL_METRIC_EXPORT_INTERVAL: "100", OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }
        const named = { ...often, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
        const disabled = yield* runningWith({ ...named, OTEL_SDK_DISABLED: "TRUE" }, ...serve)
        const elsewhere = { ...named, OTEL_METRICS_EXPORTER: "prometheus", OTEL_TRACES_EXPORTER: "none" }
        const other = yield* runningWith({ ...elsewhere, OTEL_LOGS_EXPORTER: "" }, ...serve)
        yield* disabled.says(/Stop with/)
        yield* other.says(/OTEL_METRICS_EXPORTER prometheus is left out: there are otlp and none/)
        yield* other.says(/Stop with/)
        yield* Effect.sleep("500 millis")
        for (const process of [disabled, other]) yield* process.signal("SIGTERM")
        assert.strictEqual((yield* disabled.end).code, 0)
        assert.strictEqual((yield* other.end).code, 0)
        assert.notInclude(raw(), "dispatch_service")
      }),
    bounded
  )

  it.live(
    "gets each signal in a protocol of its own, what has not happened yet at 0, and tells processes apart",
    () =>
      Effect.gen(function* () {
        const { metrics, senders, url: endpoint } = yield* collector
        const variables = {
          OTEL_METRICS_EXPORTER: "otlp,console",
          OTEL_TRACES_EXPORTER: "none",
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
          OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
          OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json",
          OTEL_METRIC_EXPORT_INTERVAL: "100"
        }
        const serve = ["serve", "--port", "0", "--store", "memory"] as const
        const services = [
          yield* runningWith(variables, ...serve),
          yield* runningWith({ ...variables, OTEL_RESOURCE_ATTRIBUTES: "a=b" }, ...serve),
          yield* runningWith({ ...variables, OTEL_RESOURCE_ATTRIBUTES: "service.instance.id=mine" }, ...serve)
        ]
        const instances = Effect.sync(() => senders("service.instance.id"))
        const all = yield* eventually(instances, ({ size }) => size === 3)
        assert.isTrue(all.has("mine"))
        assert.isFalse(all.has(undefined))
        assert.isTrue(metrics().has(ServerMetrics.overruns.name))
        for (const service of services) yield* service.signal("SIGTERM")
      }),
    bounded
  )

  it.live(
    "that refuses what it is sent is told of once for each of its addresses, without what lets it in",
    () =>
      Effect.gen(function* () {
        const { url: endpoint } = yield* collector
        const variables = {
          OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/refused?key=canary`,
          OTEL_EXPORTER_OTLP_HEADERS: "api-key=canary",
          OTEL_TRACES_EXPORTER: "none",
          OTEL_METRIC_EXPORT_INTERVAL: "100"
        }
        const service = yield* runningWith(variables, "serve", "--port", "0", "--store", "memory")
        yield* service.says(/Telemetry does not arrive at/)
        yield* Effect.sleep("500 millis")
        yield* service.signal("SIGTERM")
        const { err } = yield* service.end
        const told = [...err.matchAll(/Telemetry does not arrive at (\S+):/g)].map(([, address]) => address)
        assert.deepStrictEqual(told, [...new Set(told)], err)
        assert.notInclude(err, "canary")
      }),
    bounded
  )

  it.live(
    "that is not there stops nothing, and is told of",
    () =>
      Effect.gen(function* () {
        const variables = {
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
          OTEL_METRIC_EXPORT_INTERVAL: "100"
        }
        const service = yield* runningWith(variables, "serve", "--port", "0", "--store", "memory")
        const [, url = ""] = yield* service.says(/Serving dispatches at (\S+)/)
        assert.strictEqual(
          (yield* run("create", "1", "CHARGE", "BATTERY", "now", "1h", "--url", url)).code,
          0
        )
        yield* service.says(/Telemetry does not arrive at http:\/\/127\.0\.0\.1:9\/v1\/metrics: /)
        yield* service.signal("SIGTERM")
        assert.strictEqual((yield* service.end).code, 0)
      }),
    bounded
  )
})
