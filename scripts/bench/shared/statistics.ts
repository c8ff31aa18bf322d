/** Statistics of many measurements. */

/** The value below which a part of the values lies, 0.5 for the middle one. */
export const percentile = (values: Iterable<number>, part: number): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

/** A time in microseconds with the unit that suits it. */
export const duration = (micros: number): string => {
  if (Number.isNaN(micros)) return "-"
  const [value, unit] =
    micros < 1_000 ? [micros, "µs"] : micros < 1e6 ? [micros / 1_000, "ms"] : [micros / 1e6, "s"]
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ${unit}`
}

/** A figure to reach, at most or at least, and the result. */
export interface Goal {
  readonly name: string
  readonly value: number
  readonly most?: number
  readonly least?: number
  readonly unit?: string
}

const isReached = ({ least = -Infinity, most = Infinity, value }: Goal): boolean =>
  value >= least && value <= most

/** A number with three significant digits, its thousands apart. */
export const figure = (value: number): string =>
  value >= 1_000
    ? Math.round(value).toLocaleString("en-US")
    : value >= 100
      ? value.toFixed(0)
      : value.toPrecision(3)

/** Prints goals; `true` if all are reached. */
export const report = (goals: ReadonlyArray<Goal>): boolean => {
  for (const goal of goals) {
    const { least, most, name, unit = "", value } = goal
    const target = [
      ...(most === undefined ? [] : [`at most ${most.toLocaleString("en-US")}`]),
      ...(least === undefined ? [] : [`at least ${least.toLocaleString("en-US")}`])
    ]
    console.log(
      `${isReached(goal) ? "reached" : "MISSED "}  ${name}: ${figure(value)} ${unit}`.trimEnd() +
        `, ${target.join(", ")}`
    )
  }
  return goals.every(isReached)
}

/** Prints rows in columns, the first to the left, the others to the right. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): void => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
        )
        .join("  ")
    )
  }
}
