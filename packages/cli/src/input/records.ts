/**
 * Dispatches as `list --json` writes them, one object a line: the one JSON of a dispatch, of which a person may leave out
 * and put into words a good deal. What only the service decides (ids, times of creation and update, states) is left
 * aside; a field that means nothing is refused, since it may be a slip.
 */
import * as CalendarRule from "@effect-dispatch/core/CalendarRule"
import { type Dispatch, DispatchJson } from "@effect-dispatch/core/Dispatch"
import { findFault } from "@effect-dispatch/core/DispatchName"
import { isPayload, type Payload } from "@effect-dispatch/core/Payload"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceRule from "@effect-dispatch/core/RecurrenceRule"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import type { Target } from "@effect-dispatch/core/Target"
import { Duration, Result, Schema, SchemaIssue } from "effect"
import { type Draft, draftOf as contentOf } from "../schedule/draft.ts"
import { parseDuration } from "./duration.ts"
import { isInCalendar } from "./isoDate.ts"
import { parseJson } from "./payload.ts"
import { inWords } from "./schemaFaults.ts"
import { parseTarget } from "./target.ts"

/** A value, or the fault of it. */
type Read<A> = Result.Result<A, string>

/** A line that holds a dispatch, or the fault of it. */
export interface Line {
  /** From 1 up. */
  readonly line: number
  readonly read: Read<Draft>
}

/** Reads the lines of a text; empty ones are left out. */
export const parseLines = (text: string): ReadonlyArray<Line> =>
  text
    .split(/\r?\n/)
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== "")
    .map(({ content, line }) => ({ line, read: parseDraft(content) }))

/** Reads one dispatch. */
export const parseDraft = (text: string): Read<Draft> => {
  const parsed = Result.mapError(parseJson(text), (fault) =>
    fault.startsWith("has ") ? fault : "is not a JSON object, as list --json writes it"
  )
  return Result.flatMap(parsed, (value) =>
    isPayload(value) ? draftOf(value) : Result.fail("is not a JSON object, as list --json writes it")
  )
}

/** Fields beside the content of a dispatch. */
const beside = [
  "id",
  "createTime",
  "updateTime",
  "endTime",
  "state",
  "currentRun",
  "nextRun",
  "conflicts",
  "result",
  "line"
]

const fields = [
  "name",
  "type",
  "startTime",
  "durationSeconds",
  "duration",
  "target",
  "active",
  "dryRun",
  "payload",
  "recurrence",
  "calendar"
]

/** Reads a dispatch from its fields. */
export const draftOf = (value: Payload): Read<Draft> => {
  const unknown = Object.keys(value).find((key) => !fields.includes(key) && !beside.includes(key))
  if (unknown !== undefined) {
    return Result.fail(`"${unknown}" is no field of a dispatch; there are ${fields.join(", ")}`)
  }
  return Result.gen(function* () {
    const startTime = yield* at("startTime", startOf(value["startTime"]))
    const dispatch = yield* decoded({
      ...ofNoService,
      ...(value["name"] === undefined ? undefined : { name: value["name"] }),
      type: value["type"],
      startTime: startTime === "NOW" ? epoch : startTime,
      durationSeconds: yield* durationOf(value),
      target: yield* at("target", targetOf(value["target"])),
      active: value["active"] ?? true,
      dryRun: value["dryRun"] ?? false,
      payload: value["payload"] ?? {},
      ...(yield* ruleFields(value))
    })
    yield* ruleOf(dispatch, value["calendar"] == null ? "recurrence" : "calendar")
    const { name } = dispatch
    if (name !== undefined) yield* at("name", nameOf(name))
    return {
      ...contentOf(dispatch),
      ...(name === undefined ? undefined : { name }),
      ...(startTime === "NOW" ? { startTime } : undefined)
    }
  })
}

const epoch = "1970-01-01T00:00:00Z"

/** Fields that only a service can fill. */
const ofNoService = {
  id: "0",
  createTime: epoch,
  updateTime: "1970-01-01T00:00:00.000000000Z",
  endTime: null
}

const decode = Schema.decodeUnknownResult(DispatchJson)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const decoded = (value: object): Read<Dispatch> =>
  Result.mapError(decode(value, { onExcessProperty: "error" }), ({ issue }) => {
    const [{ message, path = [] } = { message: "" }] = issuesOf(issue).issues
    return inWords(message, value, path)
  })

/** The parts of a rule are checked together, which their schema does not do. */
const ruleOf = ({ recurrence }: Dispatch, field: string): Read<Rule | undefined> => {
  if (recurrence === undefined) return Result.succeed(undefined)
  const made: Result.Result<Rule, { readonly path: string; readonly message: string }> =
    recurrence.timeZone === undefined
      ? RecurrenceRule.makeResult(recurrence)
      : CalendarRule.makeResult(recurrence)
  return Result.mapError(made, (fault) => `${field} ${inOneLine(fault)}`)
}

const nameOf = (name: string): Read<string> => {
  const fault = findFault(name)
  return fault === undefined ? Result.succeed(name) : Result.fail(`${shown(name)} ${fault}`)
}

const at = <A>(field: string, read: Read<A>): Read<A> => Result.mapError(read, (fault) => `${field} ${fault}`)

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing"

const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

/** A file may be read in any zone: a time without one would mean another instant there. */
const startOf = (value: unknown): Read<string> => {
  if (value === undefined) return Result.fail("is missing")
  if (typeof value === "string" && value.toLowerCase() === "now") return Result.succeed("NOW")
  return typeof value === "string" && zoned.test(value) && isInCalendar(value)
    ? Result.succeed(value)
    : Result.fail(`${shown(value)} is not a time with its zone, such as 2026-03-01T08:00:00Z`)
}

/** `durationSeconds` as it is written, or `duration` in words; without an end neither is there, or null. */
const durationOf = (value: Payload): Read<unknown> => {
  const { duration, durationSeconds = duration, recurrence, calendar = recurrence } = value
  if (typeof duration === "string") {
    return Result.mapBoth(parseDuration(duration), {
      onFailure: (fault) => `duration "${duration}" ${fault}`,
      onSuccess: (length) => Duration.toSeconds(length)
    })
  }
  return durationSeconds === undefined && (calendar ?? null) !== null
    ? Result.fail("durationSeconds is missing: what recurs needs one, 0 for a command")
    : Result.succeed(durationSeconds ?? null)
}

/** A target in words, or as JSON in which numbers and names in any case are understood. */
const targetOf = (value: unknown): Read<object> => {
  if (typeof value === "string") return asJson(parseTarget(value), value)
  const { categories, componentIds } = objectOf(value)
  if (isList(componentIds) && categories === undefined) {
    return asJson(parseTarget(componentIds.map(String).join(",")), value)
  }
  if (isList(categories) && componentIds === undefined) {
    return asJson(parseTarget(categories.map(categoryText).join(",")), value)
  }
  return Result.fail(
    `${shown(value)} must be {"componentIds": […]}, {"categories": […]} or a text such as "1-3"`
  )
}

const asJson = (read: Read<Target>, written: unknown): Read<object> =>
  Result.mapBoth(read, {
    onFailure: (fault) => `${shown(written)} ${fault}`,
    onSuccess: (target) =>
      target._tag === "ComponentIds"
        ? { componentIds: target.ids.map(String) }
        : { categories: target.categories }
  })

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

const objectOf = (value: unknown): { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null ? { ...value } : {}

const categoryText = (value: unknown): string => {
  if (typeof value === "string") return value
  const { category, subtype } = objectOf(value)
  return subtype === undefined ? String(category) : `${String(category)}:${String(subtype)}`
}

/** The rule in UTC or the one in local time. */
const ruleFields = ({ calendar = null, recurrence = null }: Payload): Read<object> => {
  if (calendar !== null && recurrence !== null) {
    return Result.fail("recurrence and calendar cannot both be given: a dispatch recurs by one rule")
  }
  const { count, until } = objectOf(calendar ?? recurrence)
  if (count !== undefined && until !== undefined) {
    return Result.fail(`${calendar === null ? "recurrence" : "calendar"} has both count and until`)
  }
  return Result.succeed({
    recurrence: written(recurrence),
    ...(calendar === null ? undefined : { calendar: written(calendar) })
  })
}

/** A rule as it is written: `daily` is `DAILY`, and without an interval it is every one. */
const written = (rule: unknown): unknown => {
  if (typeof rule !== "object" || rule === null || isList(rule)) return rule
  const { frequency, ...parts } = objectOf(rule)
  return {
    interval: 1,
    ...parts,
    ...(frequency === undefined
      ? undefined
      : { frequency: typeof frequency === "string" ? frequency.toUpperCase() : frequency })
  }
}
