/** The text of a plan, YAML or JSON: its values, and the line of each. */
import { Result } from "effect"
import { type Document, isNode, LineCounter, parseDocument } from "yaml"
import { nameOf as wayOf } from "../input/schemaFaults.ts"

/** The way to a value: `["dispatches", 0, "start"]`. */
export type Path = ReadonlyArray<PropertyKey>

/** A path in words. `dispatches[0].start` is `start`: the line tells which one. */
export const nameOf = (path: Path): string => {
  const [first, , ...inItem] = path
  const named = first === "dispatches" && path.length > 2 ? inItem : path
  return named.length === 0 ? "the plan" : wayOf(named)
}

/** A fault, and its place. */
export interface Fault {
  readonly line: number
  readonly message: string
}

/** A text that could be read. */
export interface PlanText {
  readonly value: unknown
  /** The line of a value; of what holds it, where it is not there. */
  readonly lineOf: (path: Path) => number
}

/** Reads a text; a number that would not be kept as it is written is a fault in a payload, and a text elsewhere. */
export const parse = (text: string): Result.Result<PlanText, ReadonlyArray<Fault>> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: true, prettyErrors: false })
  if (document.errors.length > 0) {
    // Further faults are mostly consequences of the first one.
    return Result.fail(
      document.errors.slice(0, 1).map(({ message, pos }) => ({
        line: lines.linePos(pos[0]).line,
        message: `is no YAML: ${message}`
      }))
    )
  }
  const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line
  const faults: Array<Fault> = []
  const whole = valueOf(document)
  if (Result.isFailure(whole)) return Result.fail([{ line: 1, message: whole.failure }])
  const value = exact(whole.success, [], (path, message) => faults.push({ line: lineOf(path), message }))
  return faults.length === 0 ? Result.succeed({ value, lineOf }) : Result.fail(faults)
}

/** The library refuses aliases that stand for too much. */
const valueOf = (document: Document): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => document.toJS({ maxAliasCount: aliasesMax }),
    catch: () => `has aliases that stand for more than ${aliasesMax} others`
  })

const aliasesMax = 1_000

const offsetOf = (document: Document, path: Path): number => {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range != null) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

type Report = (path: Path, message: string) => void

/** The value with plain numbers. */
const exact = (value: unknown, path: Path, report: Report): unknown => {
  if (typeof value === "bigint") return exactInteger(value, path, report)
  if (typeof value === "number" && !Number.isSafeInteger(Math.trunc(value))) {
    report(path, tooLarge(path, String(value)))
    return value
  }
  if (Array.isArray(value)) return value.map((item, index) => exact(item, [...path, index], report))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, exact(item, [...path, key], report)])
  )
}

const exactInteger = (value: bigint, path: Path, report: Report): unknown => {
  if (Number.isSafeInteger(Number(value))) return Number(value)
  if (path.includes("payload")) report(path, tooLarge(path, String(value)))
  return String(value)
}

const tooLarge = (path: Path, number: string) =>
  `${nameOf(path)} ${number} is beyond 2^53 and would not be kept exactly; use a text, "${number}"`
