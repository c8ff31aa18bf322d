/** A collector of OpenTelemetry that keeps what it is sent as JSON. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"

/** An attribute, as it is written. */
interface Attribute {
  readonly key: string
  readonly value: {
    readonly stringValue?: string
    readonly intValue?: string | number
    readonly doubleValue?: number
  }
}

/** A span, as far as tests look at it. */
export interface Span {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: ReadonlyArray<Attribute>
  readonly links: ReadonlyArray<{ readonly spanId: string; readonly traceId: string }>
}

interface Bodies {
  readonly resourceSpans?: ReadonlyArray<{
    readonly resource: { readonly attributes: ReadonlyArray<Attribute> }
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }>
  }>
  readonly resourceMetrics?: ReadonlyArray<{
    readonly resource: { readonly attributes: ReadonlyArray<Attribute> }
    readonly scopeMetrics: ReadonlyArray<{ readonly metrics: ReadonlyArray<{ readonly name: string }> }>
  }>
}

/** The telemetry received so far. */
export interface Collector {
  readonly url: string
  readonly spans: () => ReadonlyArray<Span>
  readonly metrics: () => ReadonlySet<string>
  /** The values of an attribute of the senders. */
  readonly senders: (attribute: string) => ReadonlySet<string | undefined>
  /** All of it, as it came. */
  readonly raw: () => string
}

/** The value of an attribute, as text. */
export const attribute = (
  { attributes }: { readonly attributes: ReadonlyArray<Attribute> },
  name: string
): string | undefined => {
  const value = attributes.find(({ key }) => key === name)?.value
  const content = value?.stringValue ?? value?.intValue ?? value?.doubleValue
  return content === undefined ? undefined : String(content)
}

/** Listens on this machine for the life of the scope. What comes below `/refused` is. */
export const collector: Effect.Effect<Collector, never, Scope.Scope> = Effect.gen(function* () {
  const texts: Array<string> = []
  /** Those of them that are JSON. */
  const readable: Array<string> = []
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.once("end", () => {
      if (request.url?.startsWith("/refused")) {
        response.writeHead(400).end()
        return
      }
      const text = Buffer.concat(chunks).toString("utf8")
      texts.push(text)
      if (request.headers["content-type"] === "application/json") readable.push(text)
      response.setHeader("content-type", "application/json").end("{}")
    })
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))),
    () => Effect.sync(() => (server.closeAllConnections(), server.close()))
  )
  const bodies = () => readable.map((text) => JSON.parse(text) as Bodies)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () =>
      bodies().flatMap(({ resourceSpans = [] }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
      ),
    metrics: () =>
      new Set(
        bodies().flatMap(({ resourceMetrics = [] }) =>
          resourceMetrics.flatMap(({ scopeMetrics }) =>
            scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name))
          )
        )
      ),
    senders: (name) =>
      new Set(
        bodies().flatMap(({ resourceMetrics = [], resourceSpans = [] }) =>
          [...resourceMetrics, ...resourceSpans].map(({ resource }) => attribute(resource, name))
        )
      ),
    raw: () => texts.join("\n")
  }
})
