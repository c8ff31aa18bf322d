/**
 * Metrics with their units and labels: every series of one is made once, so that counting looks up and adds, and makes
 * nothing. What is a matter of looking, such as an age or the length of a queue, is looked at when metrics are read, and
 * costs nothing until then.
 *
 * @since 0.1.0
 */
import { Context, Effect, Metric, Predicate, type Scope } from "effect"

/**
 * A label: its name, and all values it can take, or `any` where those are names that the application's own code gives.
 * Ids are never labels.
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
 * What there is to know of a metric. Its unit is `seconds`, or what it counts, in the plural.
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
 * Counts what happens; it never falls.
 *
 * @category models
 * @since 0.1.0
 */
export type Counter<Labels extends ReadonlyArray<Label> = []> = Instrument<Labels, Metric.Counter<number>>

/**
 * Tells how long things took, in buckets.
 *
 * @category models
 * @since 0.1.0
 */
export type Histogram<Labels extends ReadonlyArray<Label> = []> = Instrument<Labels, Metric.Histogram<number>>

/**
 * Tells how things are at the moment of reading. Several parts of a process, each with its own reading, become one value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Gauge<Labels extends ReadonlyArray<Label> = []> extends Instrument<
  Labels,
  Metric.Gauge<number>
> {
  /** Has `read` called whenever metrics are read, for the life of the scope. */
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
): Counter<Labels> =>
  make(name, "counter", options, (attributes) =>
    Metric.counter(name, { description: options.description, attributes, incremental: true })
  )

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
 * What becomes of several readings: their sum, the largest, or the one farthest from 0. Without any it is 0.
 *
 * @category models
 * @since 0.1.0
 */
export type Combination = "sum" | "largest" | "farthest"

/**
 * Makes a gauge that is looked at when metrics are read.
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
  const readings = new WeakMap<Metric.MetricRegistry, Map<string, Set<() => number>>>()

  const readingsOf = (context: Context.Context<never>, values: ValuesOf<Labels>): Set<() => number> => {
    const registry = Context.get(context, Metric.MetricRegistry)
    const series = readings.get(registry) ?? new Map<string, Set<() => number>>()
    readings.set(registry, series)
    // What the surroundings add to all metrics makes a series of its own.
    const key = JSON.stringify([values, Object.entries(Context.get(context, Metric.CurrentMetricAttributes))])
    const present = series.get(key)
    if (present !== undefined) return present
    const added = new Set<() => number>()
    series.set(key, added)
    Metric.registerUnsafe(instrument.at(...values), context, {
      get: () => ({ value: combine(combination, added) }),
      update: () => {},
      modify: () => {}
    })
    return added
  }

  return {
    ...instrument,
    observe: (read: () => number, ...values: ValuesOf<Labels>) =>
      Effect.gen(function* () {
        const present = readingsOf(yield* Effect.context<never>(), values)
        // Two that read alike are two.
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

/** The unit as exporters know it: `seconds`, or in braces what is counted. */
const unitOf = (unit: string): string => (unit === "seconds" ? unit : `{${unit}}`)

const make = <Labels extends ReadonlyArray<Label>, Series extends Metric.Metric<never, unknown>>(
  name: string,
  kind: Instrument["kind"],
  { description, labels = [] as unknown as Labels, unit }: Description<Labels>,
  makeSeries: (attributes: { readonly [name: string]: string }) => Series
): Instrument<Labels, Series> => {
  const [firstLabel, secondLabel] = labels.map(([label]) => label)
  const all = new Map<string, Map<string, Series>>()
  const at = (first = "", second = ""): Series => {
    let some = all.get(first)
    if (some === undefined) all.set(first, (some = new Map()))
    let series = some.get(second)
    if (series === undefined) {
      series = makeSeries({
        ...(firstLabel === undefined ? undefined : { [firstLabel]: first }),
        ...(secondLabel === undefined ? undefined : { [secondLabel]: second }),
        unit: unitOf(unit)
      })
      some.set(second, series)
    }
    return series
  }
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
 * Lets every series whose labels are all known be there from the beginning, at 0: what has not happened yet can be told
 * from what is not measured.
 *
 * @category registering
 * @since 0.1.0
 */
export const declare = (instruments: Iterable<Any>): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => {
      for (const { at, labels } of instruments) {
        for (const values of combinations(labels)) (at as Instrument["at"])(...values).valueUnsafe(context)
      }
    })
  )

/** Every choice of a value for each label; none if one of them can be anything. */
const combinations = (labels: ReadonlyArray<Label>): ReadonlyArray<ReadonlyArray<string>> =>
  labels.reduce<ReadonlyArray<ReadonlyArray<string>>>(
    (chosen, [, values]) =>
      values === "any" ? [] : chosen.flatMap((before) => values.map((value) => [...before, value])),
    [[]]
  )
