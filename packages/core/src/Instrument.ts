/**
 * Metrics with their units and labels. Every series of a metric is made once, so that counting looks up and adds, and
 * makes nothing. Values that can be looked at, such as an age or the length of a queue, are read with the metrics, and
 * cost nothing until then.
 *
 * @since 0.1.0
 */
import { Context, Effect, Metric, Predicate, type Scope } from "effect"

/**
 * A label: its name, and all its possible values, or `any` if the application's own code names them. Ids are never
 * labels.
 *
 * @category models
 * @since 0.1.0
 */
export type Label = readonly [name: string, values: ReadonlyArray<string> | "any"]

/**
 * The values that tell one series of a metric from its others, in the order of its labels.
 *
 * @category models
 * @since 0.1.0
 */
export type ValuesOf<Labels extends ReadonlyArray<Label>> = {
  readonly [Index in keyof Labels]: Labels[Index][1] extends ReadonlyArray<infer Value extends string>
    ? Value
    : string
}

/**
 * The description of a metric. Its unit is `seconds`, or the things it counts, in the plural.
 *
 * @category models
 * @since 0.1.0
 */
export interface Description<Labels extends ReadonlyArray<Label>> {
  readonly description: string
  readonly unit: string
  /** Two at most. */
  readonly labels?: Labels | undefined
}

/**
 * A metric with its labels.
 *
 * @category models
 * @since 0.1.0
 */
export interface Instrument<
  Labels extends ReadonlyArray<Label> = ReadonlyArray<Label>,
  Series extends Metric.Metric<never, unknown> = Metric.Metric<never, unknown>
> {
  readonly _tag: "Instrument"
  readonly name: string
  readonly kind: "counter" | "gauge" | "histogram"
  readonly description: string
  readonly unit: string
  readonly labels: ReadonlyArray<Label>
  /** The upper ends of the buckets of a histogram, inclusive. */
  readonly boundaries: ReadonlyArray<number>
  /** The series with these labels. */
  readonly at: (...values: ValuesOf<Labels>) => Series
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
export interface Counter<Labels extends ReadonlyArray<Label> = []> extends Instrument<
  Labels,
  Metric.Counter<number>
> {
  /** The tallies of all series where metrics of this context are registered. */
  readonly tallies: (context: Context.Context<never>) => (...values: ValuesOf<Labels>) => Tally
}

/**
 * A histogram of how long things took, in buckets.
 *
 * @category models
 * @since 0.1.0
 */
export type Histogram<Labels extends ReadonlyArray<Label> = []> = Instrument<Labels, Metric.Histogram<number>>

/**
 * A value at the moment of reading. Several parts of a process, each with its own reading, become one value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Gauge<Labels extends ReadonlyArray<Label> = []> extends Instrument<
  Labels,
  Metric.Gauge<number>
> {
  /** Calls `read` whenever metrics are read, for the life of the scope. */
  readonly observe: (
    read: () => number,
    ...values: ValuesOf<Labels>
  ) => Effect.Effect<void, never, Scope.Scope>
}

/**
 * Makes a counter, whose name ends in `_total`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const counter = <const Labels extends ReadonlyArray<Label> = []>(
  name: string,
  options: Description<Labels>
): Counter<Labels> => {
  const { description } = options
  const instrument: Instrument<Labels, Metric.Counter<number>> = make(
    name,
    "counter",
    options,
    (attributes) => Metric.counter(name, { description, attributes, incremental: true })
  )
  const tallyOf = perRegistry<Labels, Tally>((context, values) => {
    const tally: Tally = { count: 0 }
    Metric.registerUnsafe(instrument.at(...values), context, {
      get: () => ({ count: tally.count, incremental: true }),
      update: () => {},
      modify: () => {}
    })
    return tally
  })
  return {
    ...instrument,
    tallies: (context) =>
      byLabels((...values) => tallyOf(context, values as never)) as (...values: ValuesOf<Labels>) => Tally
  }
}

/**
 * Makes a histogram.
 *
 * @category constructors
 * @since 0.1.0
 */
export const histogram = <const Labels extends ReadonlyArray<Label> = []>(
  name: string,
  options: Description<Labels> & { readonly boundaries: ReadonlyArray<number> }
): Histogram<Labels> => {
  const { boundaries, description } = options
  return {
    ...make(name, "histogram", options, (attributes) =>
      Metric.histogram(name, { description, attributes, boundaries })
    ),
    boundaries
  }
}

/**
 * The way to combine several readings: their sum, the largest, or the one farthest from 0. Without any it is 0.
 *
 * @category models
 * @since 0.1.0
 */
export type Combination = "sum" | "largest" | "farthest"

/**
 * Makes a gauge that is read with the metrics.
 *
 * @category constructors
 * @since 0.1.0
 */
export const gauge = <const Labels extends ReadonlyArray<Label> = []>(
  name: string,
  options: Description<Labels> & { readonly combination: Combination }
): Gauge<Labels> => {
  const { combination, description } = options
  const instrument: Instrument<Labels, Metric.Gauge<number>> = make(name, "gauge", options, (attributes) =>
    Metric.gauge(name, { description, attributes })
  )
  const readingsOf = perRegistry<Labels, Set<() => number>>((context, values) => {
    const readings = new Set<() => number>()
    Metric.registerUnsafe(instrument.at(...values), context, {
      get: () => ({ value: combine(combination, readings) }),
      update: () => {},
      modify: () => {}
    })
    return readings
  })

  return {
    ...instrument,
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

const combine = (combination: Combination, readings: Iterable<() => number>): number => {
  let value = 0
  for (const read of readings) {
    const next = read()
    if (combination === "sum") value += next
    else if (combination === "largest") value = Math.max(value, next)
    else if (Math.abs(next) > Math.abs(value)) value = next
  }
  return value
}

/** The unit as exporters know it: `seconds`, or in braces the things counted. */
const unitOf = (unit: string): string => (unit === "seconds" ? unit : `{${unit}}`)

const make = <Labels extends ReadonlyArray<Label>, Series extends Metric.Metric<never, unknown>>(
  name: string,
  kind: Instrument["kind"],
  { description, labels = [], unit }: Description<ReadonlyArray<Label>>,
  makeSeries: (attributes: { readonly [name: string]: string }) => Series
): Instrument<Labels, Series> => {
  const [firstLabel, secondLabel] = labels.map(([label]) => label)
  const at = byLabels((first, second) =>
    makeSeries({
      ...(firstLabel === undefined ? undefined : { [firstLabel]: first }),
      ...(secondLabel === undefined ? undefined : { [secondLabel]: second }),
      unit: unitOf(unit)
    })
  )
  return {
    _tag: "Instrument",
    name,
    kind,
    description,
    unit,
    labels,
    boundaries: [],
    at: at as Instrument<Labels, Series>["at"]
  }
}

/** Makes one value for each choice of labels, of which there are two at most; a second lookup makes nothing. */
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
const perRegistry = <Labels extends ReadonlyArray<Label>, A>(
  make: (context: Context.Context<never>, values: ValuesOf<Labels>) => A
) => {
  const registries = new WeakMap<Metric.MetricRegistry, Map<string, A>>()
  return (context: Context.Context<never>, values: ValuesOf<Labels>): A => {
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
export const declare = (
  instruments: Iterable<Any>,
  named: { readonly [label: string]: ReadonlyArray<string> } = {}
): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => {
      for (const { at, labels } of instruments) {
        const known = labels.map(([label, values]) => (values === "any" ? (named[label] ?? []) : values))
        for (const values of combinations(known)) (at as Instrument["at"])(...values).valueUnsafe(context)
      }
    })
  )

/** Every choice of a value for each label. */
const combinations = (labels: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> =>
  labels.reduce<ReadonlyArray<ReadonlyArray<string>>>(
    (chosen, values) => chosen.flatMap((before) => values.map((value) => [...before, value])),
    [[]]
  )
