/** The fields of the form as they are typed, and the dispatch that they make. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { readRunDuration } from "@effect-dispatch/core/Dispatch"
import * as Payload from "@effect-dispatch/core/Payload"
import * as DispatchName from "@effect-dispatch/core/DispatchName"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration, Result } from "effect"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import * as Rules from "../words/rules.ts"
import { type Draft, ruleFields, ruleOf } from "../worker/protocol.ts"

/** The fields, as they are typed. */
export interface Form {
  readonly name: string
  readonly type: string
  readonly targetKind: "ids" | "categories"
  readonly ids: string
  readonly categories: ReadonlyArray<string>
  readonly startKind: "now" | "time"
  readonly start: string
  /** Which of two instants is meant, where the clock is set back. */
  readonly startSecond: boolean
  readonly lengthKind: "length" | "command" | "unending"
  readonly length: string
  readonly rule: Rule | undefined
  readonly ruleText: string
  /** The reason why the text, or the last choice, makes no rule. */
  readonly ruleFault: string | undefined
  readonly payload: string
  readonly dryRun: boolean
  readonly active: boolean
}

/** Faults of fields, by their names. */
export type Faults = { readonly [field in keyof Form]?: string }

/** The form of a draft. */
export const formOf = (draft: Draft, zone: Zone): Form => {
  const seconds = Duration.toSeconds(draft.durationSeconds)
  const rule = ruleOf(draft)
  return {
    name: draft.name ?? "",
    type: draft.type,
    targetKind: draft.target._tag === "ComponentIds" ? "ids" : "categories",
    ids: draft.target._tag === "ComponentIds" ? draft.target.ids.join(", ") : "",
    categories: draft.target._tag === "ComponentIds" ? [] : Target.parts(draft.target),
    startKind: draft.startTime === null ? "now" : "time",
    start: draft.startTime === null ? "" : Times.fieldValue(zone, draft.startTime.epochMilliseconds),
    startSecond: isSecond(draft.startTime?.epochMilliseconds, zone),
    lengthKind: seconds === Infinity ? "unending" : seconds === 0 ? "command" : "length",
    length: seconds === Infinity || seconds === 0 ? "1h" : DispatchText.duration(draft.durationSeconds),
    rule,
    ruleText: rule === undefined ? "" : Rules.textOf(rule),
    ruleFault: undefined,
    payload: JSON.stringify(draft.payload, undefined, 2),
    dryRun: draft.dryRun,
    active: draft.active
  }
}

const isSecond = (at: number | undefined, zone: Zone): boolean =>
  at !== undefined && zone.instantsOf(zone.wall(at))[1] === at

/** The draft that fields make at an instant, or what is wrong with them. */
export const draftOf = (form: Form, zone: Zone, now: number): Result.Result<Draft, Faults> => {
  const faults: Partial<Record<keyof Form, string>> = {}
  const or = <A>(field: keyof Form, read: Result.Result<A, string>): A | undefined => {
    if (Result.isSuccess(read)) return read.success
    faults[field] = read.failure
    return undefined
  }
  const name = or("name", readName(form.name))
  const type = or("type", readType(form.type))
  const target = or(form.targetKind, readTarget(form))
  const start = or("start", readStart(form, zone))
  const length = or("length", readLength(form))
  const payload = or("payload", readPayload(form.payload))
  if (form.ruleFault !== undefined) faults.ruleText = form.ruleFault
  if (name === undefined || type === undefined || target === undefined) return Result.fail(faults)
  if (start === undefined || length === undefined || payload === undefined) return Result.fail(faults)
  if (form.ruleFault !== undefined) return Result.fail(faults)
  const { active, dryRun } = form
  const startTime = start === "now" ? startOfNow(form.rule, now) : start
  return Result.succeed({
    ...(name === "" ? undefined : { name }),
    type,
    target,
    startTime,
    durationSeconds: length,
    payload,
    ...ruleFields(form.rule),
    active,
    dryRun
  })
}

/** The time that a write takes at most before a start must be later. */
const margin = 10_000
const minute = 60_000

/** A rule that names its times takes only seconds from its start: it starts with a whole minute. */
const startOfNow = (rule: Rule | undefined, now: number): DateTime.Utc | null =>
  rule?.byMinutes === undefined || rule.byMinutes.length === 0
    ? null
    : DateTime.makeUnsafe(Math.ceil((now + margin) / minute) * minute)

const readName = (text: string): Result.Result<string, string> => {
  const fault = text === "" ? undefined : DispatchName.findFault(text)
  return fault === undefined ? Result.succeed(text) : Result.fail(fault)
}

const readType = (text: string): Result.Result<string, string> =>
  text === ""
    ? Result.fail("a type is needed, such as CHARGE")
    : text.length > 256
      ? Result.fail("at most 256 characters")
      : Result.succeed(text)

const readTarget = ({ categories, ids, targetKind }: Form): Result.Result<Target.Target, string> => {
  if (targetKind === "categories") {
    if (categories.length === 0) return Result.fail("choose at least one category")
    return Result.succeed(Target.componentCategories(...categories.map(categoryOf)))
  }
  const parts = ids.split(/[\s,]+/).filter((part) => part !== "")
  if (parts.length === 0) return Result.fail("give ids of components, such as 2, 3")
  const wrong = parts.find((part) => !/^\d{1,20}$/.test(part))
  return wrong === undefined
    ? Result.succeed(Target.componentIds(...parts.map(BigInt)))
    : Result.fail(`${wrong} is no id`)
}

/** The categories with their subtypes, as they are shown: `EV_CHARGER`, `EV_CHARGER:AC`. */
export const categoryNames: ReadonlyArray<string> = Target.ComponentCategory.literals.flatMap((category) => [
  category,
  ...(Object.hasOwn(Target.subtypesByCategory, category)
    ? Target.subtypesByCategory[category as keyof typeof Target.subtypesByCategory].map(
        (each) => `${category}:${each}`
      )
    : [])
])

const categoryOf = (name: string): Target.CategoryTarget => {
  const [category, subtype] = name.split(":")
  return { category, ...(subtype === undefined ? undefined : { subtype }) } as Target.CategoryTarget
}

/** The instants that a field means: none where the clock jumps over it, two where it comes twice. */
export const startsOf = ({ start }: Form, zone: Zone): ReadonlyArray<number> => {
  const wall = Times.wallOfField(start)
  return wall === undefined ? [] : zone.instantsOf(wall)
}

const readStart = (form: Form, zone: Zone): Result.Result<DateTime.Utc | "now", string> => {
  if (form.startKind === "now") return Result.succeed("now")
  if (Times.wallOfField(form.start) === undefined) return Result.fail("give a date and a time")
  const [first, second] = startsOf(form, zone)
  if (first === undefined)
    return Result.fail(`this time does not exist in ${zone.name}: the clock jumps over it`)
  return Result.succeed(DateTime.makeUnsafe(form.startSecond && second !== undefined ? second : first))
}

const units: { readonly [unit: string]: number } = { d: 86_400, h: 3_600, m: 60, min: 60, s: 1 }

/** Reads `1h 30m`, `90m`, `45 s` or `1:30:00`. */
export const readLength = ({
  length,
  lengthKind
}: Pick<Form, "length" | "lengthKind">): Result.Result<Duration.Duration, string> => {
  if (lengthKind === "command") return Result.succeed(Duration.zero)
  if (lengthKind === "unending") return Result.succeed(Duration.infinity)
  const clock = /^(\d{1,4}):(\d{2})(?::(\d{2}))?$/.exec(length.trim())
  const seconds =
    clock === null
      ? secondsOf(length)
      : Number(clock[1]) * 3_600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)
  if (seconds === undefined || seconds === 0) return Result.fail("give a length, such as 1h 30m or 45s")
  return readRunDuration(Duration.seconds(seconds))
}

const secondsOf = (text: string): number | undefined => {
  const parts = [...text.toLowerCase().matchAll(/(\d+)\s*(d|h|min|m|s)\b/g)]
  const rest = text
    .toLowerCase()
    .replace(/(\d+)\s*(d|h|min|m|s)\b/g, "")
    .trim()
  if (parts.length === 0 || rest !== "") return undefined
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0)
}

const readPayload = (text: string): Result.Result<Payload.Payload, string> => {
  if (text.trim() === "") return Result.succeed({})
  const read = parseJson(text)
  if (Result.isFailure(read)) return Result.fail(jsonFault(text))
  const fault = Payload.findFault(read.success, "")
  if (fault !== undefined) return Result.fail(fault.message)
  return Payload.isPayload(read.success)
    ? Result.succeed(read.success)
    : Result.fail("a payload is an object")
}

/** The line at which JSON cannot be read: the first one up to which it is wrong, and not just unfinished. */
const jsonFault = (text: string): string => {
  const lines = text.split("\n")
  const wrong = lines.findIndex((_, index) => !isUnfinished(lines.slice(0, index + 1).join("\n")))
  return wrong < 0 ? "the end of the JSON is missing" : `line ${wrong + 1} is no JSON`
}

/** True for a beginning of JSON, by the words of any browser: it is wrong nowhere but at its end. */
const isUnfinished = (text: string): boolean =>
  Result.match(parseJson(text), {
    onFailure: (message) => {
      const [, position] = /position (\d+)/.exec(message) ?? []
      return /\bend\b|EOF|unterminated/i.test(message) || Number(position) >= text.length
    },
    onSuccess: () => true
  })

const parseJson = (text: string): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: (thrown) => (thrown instanceof Error ? thrown.message : "")
  })

/** The form with another rule, or none: the text follows. One that cannot be made changes nothing, and says why. */
export const withRule = (form: Form, made: Rules.Made | undefined): Form => {
  if (made === undefined) return { ...form, rule: undefined, ruleText: "", ruleFault: undefined }
  return Result.match(made, {
    onFailure: (ruleFault) => ({ ...form, ruleFault }),
    onSuccess: (rule) => ({ ...form, rule, ruleText: Rules.textOf(rule), ruleFault: undefined })
  })
}

/** The form with another text: the rule follows where it can be read, and the start where the text gives one. */
export const withRuleText = (form: Form, ruleText: string, zone: Zone): Form => {
  if (ruleText.trim() === "") return withRule(form, undefined)
  const read = Rules.read(ruleText, form.rule === undefined ? zone.name : Rules.clockOf(form.rule))
  if (Result.isFailure(read)) return { ...form, ruleText, ruleFault: read.failure }
  const { rule, start } = read.success
  const begin = start?.epochMilliseconds
  return {
    ...form,
    ruleText,
    rule,
    ruleFault: undefined,
    ...(begin === undefined
      ? undefined
      : { startKind: "time", start: Times.fieldValue(zone, begin), startSecond: isSecond(begin, zone) })
  }
}

/** The field of the form that the service names. */
export const fieldOf = (path: string | null): keyof Form | undefined => {
  const [part = ""] = (path ?? "").split(/[.[]/)
  const fields: { readonly [part: string]: keyof Form } = {
    name: "name",
    type: "type",
    target: "ids",
    startTime: "start",
    duration: "length",
    payload: "payload",
    recurrence: "ruleText",
    calendar: "ruleText"
  }
  return fields[part]
}
