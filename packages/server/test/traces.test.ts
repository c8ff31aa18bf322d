import { join } from "node:path"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as Retention from "@effect-dispatch/server/Retention"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { atNoon, create, folder } from "./services.ts"

/** A tracer that keeps the spans that were begun. */
const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const span = (options: ConstructorParameters<typeof Tracer.NativeSpan>[0]) => {
    const made = new Tracer.NativeSpan(options)
    spans.push(made)
    return made
  }
  return { spans, tracer: Tracer.make({ span }) }
}

const server = (filename: string) =>
  Layer.fresh(GrpcServer.layerAccess({ port: 0 })).pipe(
    Layer.provideMerge(Layer.fresh(DispatchService.layer)),
    Layer.merge(Layer.fresh(Retention.layer())),
    Layer.provideMerge(Layer.fresh(AccessControl.layer)),
    Layer.provide(Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" })))
  )

describe("traces of the service", () => {
  it.effect(
    "hold what was asked for alone: nothing of looking at the store, at keys and at what is old",
    () => {
      const { spans, tracer } = recording()
      return Effect.gen(function* () {
        yield* atNoon
        const services = yield* Layer.build(server(join(yield* folder, "store.sqlite")))
        const begun = spans.length
        yield* TestClock.adjust("3 minutes")
        assert.deepStrictEqual(
          spans.slice(begun).map(({ name }) => name),
          []
        )
        yield* Effect.provide(create(), services)
        assert.isAbove(spans.length, begun)
      }).pipe(Effect.withTracer(tracer))
    }
  )

  it.effect(
    "of a write hold all that the store does for it, also where several are committed together",
    () => {
      const { spans, tracer } = recording()
      return Effect.gen(function* () {
        yield* atNoon
        const services = yield* Layer.build(server(join(yield* folder, "store.sqlite")))
        const begun = spans.length
        const calls = ["a", "b", "c"].map((name) =>
          Effect.provide(create(), services).pipe(Effect.withSpan(name, { root: true }))
        )
        yield* Effect.all(calls, { concurrency: "unbounded" })
        const made = spans.slice(begun)
        const traces = Map.groupBy(made, ({ traceId }) => traceId)
        assert.strictEqual(traces.size, 3)
        for (const trace of traces.values()) {
          const statements = trace.map(({ attributes }) => String(attributes.get("db.query.text")))
          assert.isTrue(
            statements.some((text) => /INSERT INTO/i.test(text)),
            trace[0]?.name
          )
        }
      }).pipe(Effect.withTracer(tracer))
    }
  )
})
