import { assert, describe, it } from "@effect/vitest"
import * as Instrument from "@effect-dispatch/core/Instrument"
import { Effect, Exit, Metric, Scope } from "effect"

/** Metrics of this test alone. */
const apart = Effect.provideServiceEffect(
  Metric.MetricRegistry,
  Effect.sync(() => new Map())
)

const valueOf = (metric: Metric.Metric<never, { readonly value: number }>) =>
  Effect.map(Metric.value(metric), ({ value }) => value)

const seen = Effect.map(Metric.snapshot, (series) =>
  series.map(({ attributes, id }) => {
    const { unit, ...labels } = attributes ?? {}
    return [id, labels, unit]
  })
)

describe("Instrument", () => {
  it("makes each series once, so that counting makes nothing", () => {
    const counter = Instrument.counter("x_total", {
      description: "",
      unit: "things",
      labels: [
        ["state", ["on", "off"]],
        ["type", "any"]
      ]
    })
    assert.strictEqual(counter.at("on", "A"), counter.at("on", "A"))
    assert.notStrictEqual(counter.at("on", "A"), counter.at("off", "A"))
    assert.notStrictEqual(counter.at("on", "A"), counter.at("on", "B"))
    assert.deepStrictEqual(counter.at("on", "A").attributes, { state: "on", type: "A", unit: "{things}" })
  })

  it.effect(
    "what is declared is there at 0 in every combination of its labels, unless one can be anything",
    () =>
      Effect.gen(function* () {
        const described = { description: "", unit: "things" }
        yield* Instrument.declare([
          Instrument.counter("a_total", {
            ...described,
            labels: [
              ["b", ["1", "2"]],
              ["c", ["3", "4"]]
            ]
          }),
          Instrument.counter("d_total", { ...described, labels: [["e", "any"]] }),
          Instrument.gauge("f", { ...described, unit: "seconds", combination: "sum" })
        ])
        assert.deepStrictEqual(yield* seen, [
          ["a_total", { b: "1", c: "3" }, "{things}"],
          ["a_total", { b: "1", c: "4" }, "{things}"],
          ["a_total", { b: "2", c: "3" }, "{things}"],
          ["a_total", { b: "2", c: "4" }, "{things}"],
          ["f", {}, "seconds"]
        ])
      }).pipe(apart)
  )

  const readings = { sum: 1, largest: 5, farthest: -7 } as const
  it.effect("what a label can be that takes anything is declared once it is known", () =>
    Effect.gen(function* () {
      const counter = Instrument.counter("a_total", {
        description: "",
        unit: "things",
        labels: [
          ["b", ["1", "2"]],
          ["e", "any"]
        ]
      })
      yield* Instrument.declare([counter], { e: ["mine"] })
      assert.deepStrictEqual(yield* seen, [
        ["a_total", { b: "1", e: "mine" }, "{things}"],
        ["a_total", { b: "2", e: "mine" }, "{things}"]
      ])
    }).pipe(apart)
  )

  for (const combination of ["sum", "largest", "farthest"] as const) {
    it.effect(`several parts of a process become one value: ${combination}`, () =>
      Effect.gen(function* () {
        const gauge = Instrument.gauge("x", { description: "", unit: "things", combination })
        for (const reading of [3, 5, -7]) yield* gauge.observe(() => reading)
        assert.strictEqual(yield* valueOf(gauge.at()), readings[combination])
      }).pipe(Effect.scoped, apart)
    )
  }

  it.effect("a gauge is read when it is looked at, and no longer once its scope is closed", () =>
    Effect.gen(function* () {
      const gauge = Instrument.gauge("x", { description: "", unit: "things", combination: "sum" })
      let reading = 1
      let reads = 0
      const scope = yield* Scope.make()
      const read = () => (reads++, reading)
      yield* Scope.provide(gauge.observe(read), scope)
      yield* Scope.provide(gauge.observe(read), scope)
      assert.strictEqual(reads, 0)
      reading = 2
      assert.strictEqual(yield* valueOf(gauge.at()), 4)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* valueOf(gauge.at()), 0)
      yield* Effect.scoped(
        Effect.andThen(
          gauge.observe(() => 9),
          Effect.map(valueOf(gauge.at()), (value) => assert.strictEqual(value, 9))
        )
      )
    }).pipe(apart)
  )

  it.effect("a part is shown by all gauges of a panel, and no longer once its scope is closed", () =>
    Effect.gen(function* () {
      const described = { description: "", unit: "things" }
      const all = Instrument.gauge("x", { ...described, combination: "sum" })
      const most = Instrument.gauge("y", { ...described, combination: "largest" })
      const show = Instrument.panel<{ readonly length: number }>(
        all.reading(({ length }) => length),
        most.reading(({ length }) => length)
      )
      const values = Effect.all([valueOf(all.at()), valueOf(most.at())])
      const [first, second] = [yield* Scope.make(), yield* Scope.make()]
      const growing = [1, 2, 3]
      yield* Scope.provide(show(growing), first)
      yield* Scope.provide(show([1]), second)
      assert.deepStrictEqual(yield* values, [4, 3])
      growing.push(4)
      assert.deepStrictEqual(yield* values, [5, 4])
      yield* Scope.close(first, Exit.void)
      assert.deepStrictEqual(yield* values, [1, 1])
      yield* Scope.close(second, Exit.void)
      assert.deepStrictEqual(yield* values, [0, 0])
    }).pipe(apart)
  )

  it.effect("parts told apart by the attributes around them are told apart", () =>
    Effect.gen(function* () {
      const gauge = Instrument.gauge("x", { description: "", unit: "things", combination: "sum" })
      const at = (site: string) => Effect.provideService(Metric.CurrentMetricAttributes, { site })
      yield* at("a")(gauge.observe(() => 1))
      yield* at("b")(gauge.observe(() => 2))
      const values = (yield* Metric.snapshot).map(({ attributes, state }) => [
        attributes?.["site"],
        "value" in state ? state.value : undefined
      ])
      assert.deepStrictEqual(values, [
        ["a", 1],
        ["b", 2]
      ])
    }).pipe(Effect.scoped, apart)
  )
})
