/** The parts of the past: what became of runs, as their reporters tell it. */
import type { ToldRun } from "../worker/protocol.ts"

/** A stretch of time, and what became of it. A command has no length. */
export interface Part {
  readonly kind: "planned" | "ran" | "running" | "missed" | "unknown"
  readonly begin: number
  readonly end: number
  readonly told: ToldRun
}

/** The parts of runs, the earliest first. What a site calls running is so up to the present. */
export const partsOf = (runs: ReadonlyArray<ToldRun>, now: number): ReadonlyArray<Part> =>
  runs.flatMap((told) => ofRun(told, now)).sort((one, other) => one.begin - other.begin)

const ofRun = (told: ToldRun, now: number): ReadonlyArray<Part> => {
  const { fate, occurrence, until } = told.run
  const begin = occurrence.epochMilliseconds
  const end = until?.epochMilliseconds ?? Math.max(begin, now)
  const part = (kind: Part["kind"], from: number, to: number): Part => ({
    kind,
    begin: from,
    end: Math.max(from, to),
    told
  })
  // The plan of what is to come is no part of the past.
  const planned = begin > now ? [] : [part("planned", begin, Math.min(end, now))]
  switch (fate._tag) {
    case "Planned":
      return planned
    case "Running":
      return [...planned, part("running", fate.from.epochMilliseconds, now)]
    case "Ran":
      return [...planned, part("ran", (fate.from ?? occurrence).epochMilliseconds, fate.to.epochMilliseconds)]
    case "Missed":
      // Those that share a reason are told as one.
      return [part("missed", begin, end + (fate.last ?? occurrence).epochMilliseconds - begin)]
    case "Unknown": {
      const since = fate.since.epochMilliseconds
      const from = fate.from?.epochMilliseconds
      if (from === undefined) return [part("unknown", begin, Math.min(end, now))]
      return [part("ran", from, since), part("unknown", since, Math.min(end, now))]
    }
  }
}

/** A cell of time: the share of it that ran, and if something was missed in it. */
export interface PastCell {
  readonly begin: number
  readonly end: number
  readonly share: number
  readonly isMissed: boolean
}

/** Cells of parts, where these are too near to be told apart; those in which nothing ran or was missed are left out. */
export const cellsOf = (parts: ReadonlyArray<Part>, cell: number): ReadonlyArray<PastCell> => {
  const cells = new Map<number, { covered: number; isMissed: boolean }>()
  const at = (number: number) => {
    const found = cells.get(number) ?? { covered: 0, isMissed: false }
    cells.set(number, found)
    return found
  }
  let reached = -Infinity
  for (const { begin, end, kind } of parts) {
    if (kind === "missed") {
      const until = Math.max(end, begin + 1)
      for (let number = Math.floor(begin / cell); number * cell < until; number++) at(number).isMissed = true
    }
    if (kind !== "ran" && kind !== "running") continue
    // Reporters tell the same run, each for itself.
    for (let from = Math.max(begin, reached); from < end;) {
      const number = Math.floor(from / cell)
      const to = Math.min(end, (number + 1) * cell)
      at(number).covered += to - from
      from = to
    }
    reached = Math.max(reached, end)
  }
  return [...cells].map(([number, { covered, isMissed }]) => ({
    begin: number * cell,
    end: (number + 1) * cell,
    share: covered / cell,
    isMissed
  }))
}

/** Parts in succession whose distance is looked at. */
const partsLooked = 8

/** True if several parts in succession are nearer to each other than a distance. */
export const isDense = (parts: ReadonlyArray<Part>, distance: number): boolean =>
  parts.some(({ begin }, index) => {
    const before = parts[index - partsLooked]
    return before !== undefined && begin - before.begin < distance * partsLooked
  })
