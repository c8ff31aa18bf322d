/** Types as people write them: in any case. */

/** True for a type that is asked for, or for all where none is. */
export const matcher = (asked: ReadonlyArray<string>): ((type: string) => boolean) => {
  const wanted = new Set(asked.map(folded))
  return wanted.size === 0 ? () => true : (type) => wanted.has(folded(type))
}

const folded = (type: string): string => type.trim().toUpperCase()

/** Most types that a message lists. */
const listedMax = 10

/** The known types, for a person who asked for an unknown one; nothing if all are known. */
export const suggestion = (asked: ReadonlyArray<string>, there: Iterable<string>): string | undefined => {
  const known = [...new Set(there)].sort()
  const isKnown = new Set(known.map(folded))
  const unknown = asked.filter((type) => !isKnown.has(folded(type)))
  if (unknown.length === 0) return undefined
  const what = `Nothing is of type ${unknown.join(" or ")}`
  if (known.length === 0) return `${what}.`
  const more = known.length > listedMax ? ` and ${known.length - listedMax} more` : ""
  return `${what}; there is ${known.slice(0, listedMax).join(", ")}${more}.`
}
