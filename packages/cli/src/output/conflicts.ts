/** Conflicts as text: who, where from when to when. */
import { DateTime } from "effect"
import type { Conflict, Conflicts, Span } from "../schedule/conflicts.ts"
import { wrap } from "./layout.ts"
import { yellow } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** Most conflicts that are shown to a person. */
const shownMax = 5

/** The lines that tell of conflicts; none where there are none. */
export const lines = (
  { found, reached }: Conflicts,
  span: Span,
  { columns, times }: { readonly columns: number; readonly times: Times }
): ReadonlyArray<string> => {
  if (found.length === 0) return []
  const isComplete = DateTime.Equivalence(reached, span.to)
  const more = found.length - shownMax
  const texts = [
    `${Text.counted(found.length, "conflict")} until ${times.moment(reached)}${isComplete ? "" : ", the first of many"}:`,
    ...found.slice(0, shownMax).map((conflict) => `! ${lineOf(conflict, times)}`),
    ...(more > 0 ? [`! and ${more.toLocaleString("en-US")} more`] : [])
  ]
  return texts.flatMap((text) => wrap(text, columns)).map(yellow)
}

const lineOf = ({ from, one, other, to }: Conflict, times: Times): string => {
  const end = to === undefined ? "without an end" : `to ${times.near(to, from).replace(/:00$/, "")}`
  return `#${one.id} and #${other.id} are both ${Text.safe(one.type)} on ${where(one, other)}, ${times.moment(from)} ${end}`
}

/** The target of the one that says it in fewer words. */
const where = (one: Conflict["one"], other: Conflict["other"]): string => {
  const [left, right] = [Text.target(one.target), Text.target(other.target)]
  return left.length <= right.length ? left : right
}

/** The ids of the dispatches that conflict, each with those that it conflicts with. */
export const byId = (found: ReadonlyArray<Conflict>): ReadonlyMap<bigint, ReadonlyArray<string>> => {
  const others = new Map<bigint, Array<string>>()
  const note = (id: bigint, other: bigint) => {
    const known = others.get(id)
    if (known === undefined) others.set(id, [String(other)])
    else known.push(String(other))
  }
  for (const { one, other } of found) {
    note(one.id, other.id)
    note(other.id, one.id)
  }
  return others
}
