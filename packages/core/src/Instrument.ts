/**
 * Metrics with their units and labels. Every series of a metric is made once, so that counting looks up and adds, and
 * makes nothing. Values that can be looked at, such as an age or the length of a queue, are read with the metrics, and
 * cost nothing until then.
 *
 * @since 0.1.0
 */
import { Context, Effect, Metric, Predicate, type Scope } from "effect"
import { type Combination, combine, valuesOf } from "./internal/combination.ts"

/**
 * A label: its name, and all its possible values, or `any` if the application's own code names them. Ids are never
 * labels.
 *
 * @category models
 * @since 0.1.0
 */
export type Label = readonly [name: string, values: ReadonlyArray<string> | "any"]

/**
 * The labels of a metric: two at most.
 *
 * @category models
 * @since 0.1.0
 */
export type Labelling = readonly [] | readonly [Label] | readonly [Label, Label]

/**
 * The values that tell one series of a metric from its others, in the order of its labels.
 *
 * @category models
 * @since 0.1.0
 */
export type ValuesOf<Labels extends Labelling> = Labels extends readonly [
  infer First extends Label,
  infer Second extends Label
]
  ? [first: ValueOf<First>, second: ValueOf<Second>]
  : Labels extends readonly [infer Only extends Label]
    ? [only: ValueOf<Only>]
    : []

type ValueOf<Of extends Label> = Of[1] extends ReadonlyArray<infer Value extends string> ? Value : string

/**
 * The description of a metric. Its unit is `seconds`, or the things it counts, in the plural.
 *
 * @category models
 * @since 0.1.0
 */
export interface Description<Labels extends Labelling> {
  readonly description: string
  readonly unit: string
  readonly labels?: Labels | undefined
}

/**
 * The values of labels that take `any`, by label.
 *
 * @category models
 * @since 0.1.0
 */
export type NamedValues = { readonly [label: string]: ReadonlyArray<string> }

/**
 * A metric with its labels.
 *
 * @category models
 * @since 0.1.0
 */
export interface Instrument<
  Labels extends Labelling = Labelling,
  Series extends Metric.Metric<never, unknown> = Metric.Metric<never, unknown>
> {
  readonly _tag: "Instrument"
  readonly name: string
  readonly kind: "counter" | "gauge" | "histogram"
  readonly description: string
  readonly unit: string
  readonly labels: Labelling
  /** The upper ends of the buckets of a histogram, inclusive. */
  readonly boundaries: ReadonlyArray<number>
  /** The series with these labels. */
  readonly at: (...values: ValuesOf<Labels>) => Series
  /** Creates all series with known labels, at 0. */
  readonly begin: (context: Context.Context<never>, named: NamedValues) => void
}

/**
 * Any metric, whatever its labels.
 *
 * @category models
 * @since 0.1.0
 */
export interface Any extends Omit<Instrument, "at"> {
  readonly at: (...values: never) => Metric.Metric<never, unknown>
}

/**
 * A number to add to, where every nanosecond counts.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tally {
  count: number
}

/**
 * Counts events; it never falls. A series is counted either by tallies or by updates, not by both.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counter<Labels extends Labelling = []> extends Instrument<Labels, Metric.Counter<number>> {
  /** The tallies of all series where metrics of this context are registered. */
  readonly tallies: (context: Context.Context<never>) => (...values: ValuesOf<Labels>) => Tally
}

/**
 * A histogram of how long things took, in buckets.
 *
 * @category models
 * @since 0.1.0
 */
export type Histogram<Labels extends Labelling = []> = Instrument<Labels, Metric.Histogram<number>>

/**
 * A value at the moment of reading. Several parts of a process, each with its own reading, become one value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Gauge<Labels extends Labelling = []> extends Instrument<Labels, Metric.Gauge<number>> {
  /** Calls `read` whenever metrics are read, for the life of the scope. */
  readonly observe: (
    read: () => number,
    ...values: ValuesOf<Labels>
  ) => Effect.Effect<void, never, Scope.Scope>
  /** The same of many parts that have several gauges each, for `panel`. */
  readonly reading: <Part>(read: (part: Part) => number, ...values: ValuesOf<Labels>) => Reading<Part>
}

/**
 * A gauge, and its value of each part of a process.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reading<in Part> {
  /** Has the gauge show these parts, wherever metrics of the context are registered. @internal */
  readonly show: (context: Context.Context<never>, parts: Iterable<Part>) => void
}

/**
 * Makes a counter, whose name ends in `_total`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Instrument } from "@effect-dispatch/core"
 * import { Effect, Metric } from "effect"
 *
 * const resets = Instrument.counter("example_resets_total", {
 *   description: "Meters that were reset",
 *   unit: "resets",
 *   labels: [["cause", ["Command", "Restart"]]]
 * })
 * const program = Effect.gen(function* () {
 *   yield* Metric.update(resets.at("Command"), 1)
 *   assert.strictEqual((yield* Metric.value(resets.at("Command"))).count, 1)
 *   assert.strictEqual((yield* Metric.value(resets.at("Restart"))).count, 0)
 * })
 * await Effect.runPromise(program)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const counter = <const Labels extends Labelling = []>(
  name: string,
  options: Description<Labels>
): Counter<Labels> => {
  const { description } = options
  const { instrument, seriesOf } = make<Labels, Metric.Counter<number>>(
    name,
    "counter",
    options,
    (attributes) => Metric.counter(name, { description, attributes, incremental: true })
  )
  const tallyOf = perRegistry((context, values) => {
    const tally: Tally = { count: 0 }
    Metric.registerUnsafe(seriesOf(...values), context, {
      get: () => ({ count: tally.count, incremental: true }),
      update: () => {},
      modify: () => {}
    })
    return tally
  })
  // One for all who count, since a process may have thousands of actors.
  const lookupsOf = perRegistry((context) => byLabels((...values) => tallyOf(context, values)))
  return {
    ...instrument,
    tallies: (context) => lookupsOf(context, [])
  }
}

/**
 * Makes a histogram.
 *
 * @category constructors
 * @since 0.1.0
 */
export const histogram = <const Labels extends Labelling = []>(
  name: string,
  options: Description<Labels> & { readonly boundaries: ReadonlyArray<number> }
): Histogram<Labels> => {
  const { boundaries, description } = options
  const { instrument } = make<Labels, Metric.Histogram<number>>(name, "histogram", options, (attributes) =>
    Metric.histogram(name, { description, attributes, boundaries })
  )
  return { ...instrument, boundaries }
}

export type { Combination } from "./internal/combination.ts"

/**
 * Makes a gauge that is read with the metrics.
 *
 * @category constructors
 * @since 0.1.0
 */
export const gauge = <const Labels extends Labelling = []>(
  name: string,
  options: Description<Labels> & { readonly combination: Combination }
): Gauge<Labels> => {
  const { combination, description } = options
  const { instrument, seriesOf } = make<Labels, Metric.Gauge<number>>(name, "gauge", options, (attributes) =>
    Metric.gauge(name, { description, attributes })
  )
  const readingsOf = perRegistry((context, values) => {
    const readings = new Set<() => number>()
    Metric.registerUnsafe(seriesOf(...values), context, {
      get: () => ({
        value: combine(
          combination,
          valuesOf(readings, (read) => read())
        )
      }),
      update: () => {},
      modify: () => {}
    })
    return readings
  })

  return {
    ...instrument,
    reading: (read, ...values) => ({
      show: (context, parts) =>
        readingsOf(context, values).add(() => combine(combination, valuesOf(parts, read)))
    }),
    observe: (read: () => number, ...values: ValuesOf<Labels>) =>
      Effect.gen(function* () {
        const present = readingsOf(yield* Effect.context<never>(), values)
        // Wrap it, so that one function registered twice counts twice.
        const own = () => read()
        present.add(own)
        yield* Effect.addFinalizer(() => Effect.sync(() => present.delete(own)))
      })
  }
}

/**
 * Makes the function that has parts of a process shown by several gauges at once, each for the life of its scope. Of each
 * part only itself is kept, since there may be thousands.
 *
 * @category constructors
 * @since 0.1.0
 */
export const panel = <Part extends object>(
  ...readings: ReadonlyArray<Reading<Part>>
): ((part: Part) => Effect.Effect<void, never, Scope.Scope>) => {
  const partsOf = perRegistry((context) => {
    const parts = new Set<Part>()
    for (const { show } of readings) show(context, parts)
    return parts
  })
  return (part) =>
    Effect.contextWith((context: Context.Context<never>) => {
      const parts = partsOf(context, [])
      return Effect.acquireRelease(
        Effect.sync(() => void parts.add(part)),
        () => Effect.sync(() => parts.delete(part))
      )
    })
}

/** The unit as exporters know it: `seconds`, or in braces the things counted. */
const unitOf = (unit: string): string => (unit === "seconds" ? unit : `{${unit}}`)

const make = <Labels extends Labelling, Series extends Metric.Metric<never, unknown>>(
  name: string,
  kind: Instrument["kind"],
  { description, labels = [], unit }: Description<Labelling>,
  makeSeries: (attributes: { readonly [name: string]: string }) => Series
) => {
  const [firstLabel, secondLabel] = labels.map(([label]) => label)
  const seriesOf = byLabels((first, second) =>
    makeSeries({
      ...(firstLabel === undefined ? undefined : { [firstLabel]: first }),
      ...(secondLabel === undefined ? undefined : { [secondLabel]: second }),
      unit: unitOf(unit)
    })
  )
  const instrument: Instrument<Labels, Series> = {
    _tag: "Instrument",
    name,
    kind,
    description,
    unit,
    labels,
    boundaries: [],
    at: seriesOf,
    begin: (context, named) => {
      const known = labels.map(([label, values]) => (values === "any" ? (named[label] ?? []) : values))
      for (const [first, second] of combinations(known)) seriesOf(first, second).valueUnsafe(context)
    }
  }
  return { instrument, seriesOf }
}

/** The values of any labels. */
type Values = readonly [first?: string, second?: string]

/** Makes one value for each choice of labels; a second lookup makes nothing. */
const byLabels = <A>(make: (first: string, second: string) => A) => {
  const all = new Map<string, Map<string, A>>()
  return (first = "", second = ""): A => {
    let some = all.get(first)
    if (some === undefined) all.set(first, (some = new Map()))
    let value = some.get(second)
    if (value === undefined) some.set(second, (value = make(first, second)))
    return value
  }
}

/** Makes one value for each series of each registry; attributes that the context adds make a series of their own. */
const perRegistry = <A>(make: (context: Context.Context<never>, values: Values) => A) => {
  const registries = new WeakMap<Metric.MetricRegistry, Map<string, A>>()
  return (context: Context.Context<never>, values: Values): A => {
    const registry = Context.get(context, Metric.MetricRegistry)
    let all = registries.get(registry)
    if (all === undefined) registries.set(registry, (all = new Map()))
    const key = JSON.stringify([values, Object.entries(Context.get(context, Metric.CurrentMetricAttributes))])
    let value = all.get(key)
    if (value === undefined) all.set(key, (value = make(context, values)))
    return value
  }
}

/**
 * The metrics that a module of metrics exports, in the order of their names.
 *
 * @category queries
 * @since 0.1.0
 */
export const allOf = (module: { readonly [name: string]: unknown }): Array<Any> =>
  Object.values(module)
    .filter((value): value is Any => Predicate.isTagged(value, "Instrument"))
    .sort((left, right) => (left.name < right.name ? -1 : 1))

/**
 * Creates every series with known labels from the beginning, at 0: an event that has not happened yet differs from one
 * that is not measured, and a rise to 1 is seen. `named` gives the values of labels that take `any`.
 *
 * @category registering
 * @since 0.1.0
 */
export const declare = (instruments: Iterable<Any>, named: NamedValues = {}): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => {
      for (const instrument of instruments) instrument.begin(context, named)
    })
  )

/** Every choice of a value for each label. */
const combinations = (labels: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> =>
  labels.reduce<ReadonlyArray<ReadonlyArray<string>>>(
    (chosen, values) => chosen.flatMap((before) => values.map((value) => [...before, value])),
    [[]]
  )
