/** Faults of values that a schema finds, in words. */

/** The way to a value, as schemas tell it. */
export type Steps = ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>

/** The keys of a way. */
export const keysOf = (steps: Steps): ReadonlyArray<PropertyKey> =>
  steps.map((step) => (typeof step === "object" ? step.key : step))

/** A way in words: `recurrence.byHours[0]`. */
export const nameOf = (keys: ReadonlyArray<PropertyKey>): string =>
  keys
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "")

/** The fault of a value within another, with its place and what would be right. */
export const inWords = (message: string, whole: unknown, steps: Steps): string => {
  const keys = keysOf(steps)
  return `${nameOf(keys)} ${faultOf(message, whole, keys)}`
}

/** The fault of a value within another, without its place. */
export const faultOf = (message: string, whole: unknown, keys: ReadonlyArray<PropertyKey>): string => {
  if (message === "Missing key") return "is missing"
  if (message === "Expected no excess property") return "is no field"
  const found = keys.reduce<unknown>(
    (holder, key) => (typeof holder === "object" && holder !== null ? Reflect.get(holder, key) : undefined),
    whole
  )
  if (found === undefined) return "is missing"
  const expected = message.replace(/^Expected /, "")
  return `${JSON.stringify(found)} must be ${kinds.get(expected) ?? expected}`
}

/** Kinds of values as people call them. */
const kinds: ReadonlyMap<string, string> = new Map([
  ["boolean", "true or false"],
  ["string", "a text"],
  ["array", "a list"],
  ["an integer", "a whole number"],
  ["a value greater than 0", "a whole number from 1 up"]
])
