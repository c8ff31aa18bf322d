/**
 * Dispatches as `list --json` writes them, one object a line. What only the service decides (ids, times of creation
 * and update, states) is left aside; a field that means nothing is refused, since it may be a slip.
 */
import type { Payload } from "@effect-dispatch/core/Payload"
import { isPayload } from "@effect-dispatch/core/Payload"
import { Frequency, makeResult, type RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration, Option, Result } from "effect"
import type { Draft } from "../schedule/draft.ts"
import { parseDuration } from "./duration.ts"
import { isInCalendar } from "./isoDate.ts"
import { parseJson } from "./payload.ts"
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

/** What the service adds to a dispatch. */
const ofTheService = [
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
  "type",
  "startTime",
  "durationSeconds",
  "duration",
  "target",
  "active",
  "dryRun",
  "payload",
  "recurrence"
]

/** Reads a dispatch from its fields. */
export const draftOf = (value: Payload): Read<Draft> => {
  const unknown = Object.keys(value).find((key) => !fields.includes(key) && !ofTheService.includes(key))
  if (unknown !== undefined) {
    return Result.fail(`"${unknown}" is no field of a dispatch; there are ${fields.join(", ")}`)
  }
  return Result.gen(function* () {
    const recurrence = yield* at("recurrence", ruleOf(value["recurrence"] ?? null))
    return {
      type: yield* at("type", textOf(value["type"])),
      startTime: yield* at("startTime", startOf(value["startTime"])),
      duration: yield* durationOf(value, recurrence !== undefined),
      target: yield* at("target", targetOf(value["target"])),
      active: yield* at("active", flagOf(value["active"], true)),
      dryRun: yield* at("dryRun", flagOf(value["dryRun"], false)),
      payload: yield* at("payload", payloadOf(value["payload"])),
      ...(recurrence === undefined ? undefined : { recurrence })
    }
  })
}

const at = <A>(field: string, read: Read<A>): Read<A> => Result.mapError(read, (fault) => `${field} ${fault}`)

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing"

const textOf = (value: unknown): Read<string> => {
  if (value === undefined) return Result.fail("is missing")
  return typeof value === "string" ? Result.succeed(value) : Result.fail(`${shown(value)} is not a text`)
}

const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

const startOf = (value: unknown): Read<DateTime.Utc | "NOW"> =>
  typeof value === "string" && value.toLowerCase() === "now"
    ? Result.succeed("NOW")
    : Result.flatMap(textOf(value), instantOf)

/** A file may be read in any zone: a time without one would mean another instant there. */
const instantOf = (text: string): Read<DateTime.Utc> => {
  const read = zoned.test(text) && isInCalendar(text) ? DateTime.make(text) : Option.none()
  return Option.isSome(read)
    ? Result.succeed(DateTime.toUtc(read.value))
    : Result.fail(`"${text}" is not a time with its zone, such as 2026-03-01T08:00:00Z`)
}

/** `durationSeconds` as it is written, or `duration` in words; without an end neither is there, or null. */
const durationOf = (value: Payload, isRecurring: boolean): Read<Duration.Duration> => {
  const { duration, durationSeconds } = value
  if (duration === null) return Result.succeed(Duration.infinity)
  if (typeof duration === "string") {
    return Result.mapError(parseDuration(duration), (fault) => `duration "${duration}" ${fault}`)
  }
  if (typeof durationSeconds === "number") return at("durationSeconds", secondsOf(durationSeconds))
  if ((durationSeconds ?? duration ?? null) !== null) {
    return Result.fail(`durationSeconds ${shown(durationSeconds ?? duration)} is not a number of seconds`)
  }
  return isRecurring && durationSeconds === undefined
    ? Result.fail("durationSeconds is missing: what recurs needs one, 0 for a command")
    : Result.succeed(Duration.infinity)
}

const secondsOf = (seconds: number): Read<Duration.Duration> =>
  Number.isInteger(seconds) && seconds >= 0
    ? Result.mapError(parseDuration(String(seconds)), (fault) => `${seconds} ${fault}`)
    : Result.fail(`${seconds} must be a whole number from 0 up`)

const targetOf = (value: unknown): Read<Target.Target> => {
  if (typeof value === "string") return Result.mapError(parseTarget(value), (fault) => `"${value}" ${fault}`)
  const { categories, componentIds } = objectOf(value)
  if (isList(componentIds) && categories === undefined) return parseTarget(componentIds.map(String).join(","))
  if (isList(categories) && componentIds === undefined) {
    return parseTarget(categories.map(categoryText).join(","))
  }
  return Result.fail(
    `${shown(value)} must be {"componentIds": […]}, {"categories": […]} or a text such as "1-3"`
  )
}

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

const objectOf = (value: unknown): { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null ? { ...value } : {}

const categoryText = (value: unknown): string => {
  if (typeof value === "string") return value
  const { category, subtype } = objectOf(value)
  return subtype === undefined ? String(category) : `${String(category)}:${String(subtype)}`
}

const flagOf = (value: unknown, unlessGiven: boolean): Read<boolean> => {
  if (value === undefined) return Result.succeed(unlessGiven)
  return typeof value === "boolean"
    ? Result.succeed(value)
    : Result.fail(`${shown(value)} must be true or false`)
}

const payloadOf = (value: unknown): Read<Payload> =>
  value === undefined
    ? Result.succeed({})
    : isPayload(value)
      ? Result.succeed(value)
      : Result.fail(`${shown(value)} is not a JSON object`)

const ruleFields = [
  "frequency",
  "interval",
  "count",
  "until",
  "byMinutes",
  "byHours",
  "byWeekdays",
  "byMonthDays",
  "byMonths"
]

/** Reads a rule from its fields, nothing for null; `timeOf` reads the time of its end. */
export const ruleOf = (
  value: unknown,
  timeOf: (text: string) => Read<DateTime.Utc> = instantOf
): Read<RecurrenceRule | undefined> => {
  if (value === null) return Result.succeed(undefined)
  const { count, frequency, interval = 1, until, ...lists } = objectOf(value)
  const unknown = Object.keys(objectOf(value)).find((key) => !ruleFields.includes(key))
  if (unknown !== undefined) return Result.fail(`has "${unknown}"; there are ${ruleFields.join(", ")}`)
  const unit = Frequency.literals.find((name) => name === String(frequency).toUpperCase())
  if (unit === undefined) return Result.fail(`needs a frequency: one of ${Frequency.literals.join(", ")}`)
  if (count !== undefined && until !== undefined) return Result.fail("has both count and until")
  const wrong = Object.entries(lists).find(([, list]) => !isList(list))
  if (wrong !== undefined) return Result.fail(`${wrong[0]} ${shown(wrong[1])} must be a list`)
  return Result.gen(function* () {
    const end =
      until !== undefined
        ? ({ _tag: "Until", until: yield* at("until", Result.flatMap(textOf(until), timeOf)) } as const)
        : count !== undefined
          ? ({ _tag: "Count", count: Number(count) } as const)
          : undefined
    return yield* Result.mapError(
      makeResult({
        frequency: unit,
        interval: Number(interval),
        ...(end === undefined ? undefined : { end }),
        ...lists
      }),
      inOneLine
    )
  })
}
