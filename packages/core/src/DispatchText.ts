/**
 * Parts of a dispatch in a few words, and texts of others made safe to show.
 *
 * @since 0.1.0
 */
import { type DateTime, Duration } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import type { Target } from "./Target.ts"

/**
 * Text of others, safe for a terminal or a page: control characters, and those that turn the direction of writing, are
 * shown as escapes.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchText } from "@effect-dispatch/core"
 * import { Duration } from "effect"
 *
 * assert.strictEqual(DispatchText.safe("gnp.\u202eEXE"), "gnp.\\u202eEXE")
 * assert.strictEqual(DispatchText.duration(Duration.minutes(90)), "1h 30m")
 * ```
 *
 * @category rendering
 * @since 0.1.0
 */
export const safe = (text: string): string => text.replace(disturbing, escaped)

/**
 * The same for text of several lines.
 *
 * @category rendering
 * @since 0.1.0
 */
export const safeLines = (text: string): string => text.split("\n").map(safe).join("\n")

const disturbing =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/**
 * A duration: `1h 30m`, `20s`, `until stopped`, `command`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const duration = (length: Duration.Duration): string => {
  const seconds = Duration.toSeconds(length)
  if (seconds === Infinity) return "until stopped"
  return seconds === 0 ? "command" : seconds < 1 ? "under a second" : span(seconds)
}

/**
 * A number of seconds by its units: `1d 2h`; nothing for 0.
 *
 * @category rendering
 * @since 0.1.0
 */
export const span = (seconds: number): string => {
  const parts: ReadonlyArray<readonly [number, string]> = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [Math.floor(seconds % 60), "s"]
  ]
  return parts.flatMap(([number, unit]) => (number === 0 ? [] : [`${number}${unit}`])).join(" ")
}

/**
 * The distance of an instant, with its two largest units: `in 2d 3h`, `4m 10s ago`, `now`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const distance = (at: DateTime.Utc, now: DateTime.Utc): string => {
  const exact = (at.epochMilliseconds - now.epochMilliseconds) / 1_000
  // Distances of hours are given to the minute, and should not miss one by a moment.
  const unit = Math.abs(exact) < 3_600 ? 1 : 60
  const seconds = Math.round(exact / unit) * unit
  if (seconds === 0) return "now"
  const text = span(Math.abs(seconds)).split(" ").slice(0, 2).join(" ")
  return seconds > 0 ? `in ${text}` : `${text} ago`
}

/**
 * A target: ids or categories.
 *
 * @category rendering
 * @since 0.1.0
 */
export const target = (value: Target): string =>
  value._tag === "ComponentIds"
    ? value.ids.join(",")
    : value.categories
        .map(({ category, subtype }) => (subtype === undefined ? category : `${category}:${subtype}`))
        .join(",")

/**
 * A dispatch by its id, and its name if it has one: `#7 winter/peak`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const label = ({ id, name }: Pick<Dispatch, "id" | "name">): string =>
  name === undefined ? `#${id}` : `#${id} ${safe(name)}`

/**
 * A number with its noun: `1 dispatch`, `1,200 dispatches`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`
