/** The same question put to `rrule` and to Python's dateutil, which walk from the start of the rule. */
import { spawnSync } from "node:child_process"
import { Frequency } from "@effect-dispatch/core/RecurrenceRule"
import * as library from "rrule"

// Node puts all exports of the package into the default one.
const rrule = (library as unknown as { default: typeof library }).default

/** Microseconds by frequency, one for each age; `NaN` where it was not measured. */
export type Timings = { readonly [frequency in Frequency]: ReadonlyArray<number> }

/** A peer that takes longer than this for one age is not asked for the next. */
const patienceMicros = 300_000

const timed = (f: () => void): number => {
  const begin = performance.now()
  let calls = 0
  do {
    f()
    calls++
  } while (performance.now() - begin < 20)
  return ((performance.now() - begin) * 1_000) / calls
}

/** Measures `rrule`: one `after` and one `before`, halved. */
export const measureRrule = (ages: ReadonlyArray<number>, now: number): Timings =>
  Object.fromEntries(
    Frequency.literals.map((frequency) => {
      let last = 0
      const micros = ages.map((age) => {
        if (last > patienceMicros) return Number.NaN
        const at = new Date(now * 1_000 + 500)
        // Without its cache, which would answer the same question again from memory.
        const rule = new rrule.RRule(
          { freq: rrule.RRule[frequency], dtstart: new Date((now - age) * 1_000) },
          true
        )
        last = timed(() => {
          rule.after(at, true)
          rule.before(at, true)
        })
        return last / 2
      })
      return [frequency, micros]
    })
  ) as unknown as Timings

const program = `
import json, sys, time
from datetime import datetime, timedelta, timezone
from dateutil import rrule
ages, now, patience = json.loads(sys.argv[1])
at = datetime.fromtimestamp(now, timezone.utc) + timedelta(milliseconds=500)
result = {}
for name in ["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]:
    row, last = [], 0
    for age in ages:
        if last > patience:
            row.append(None)
            continue
        rule = rrule.rrule(getattr(rrule, name), dtstart=datetime.fromtimestamp(now - age, timezone.utc))
        begin, calls = time.perf_counter(), 0
        while calls == 0 or time.perf_counter() - begin < 0.02:
            rule.after(at, True)
            rule.before(at, True)
            calls += 1
        last = (time.perf_counter() - begin) * 1e6 / calls
        row.append(last / 2)
    result[name] = row
print(json.dumps(result))
`

/** Measures dateutil, where there is a \`python3\` that has it. */
export const measureDateutil = (ages: ReadonlyArray<number>, now: number): Timings | undefined => {
  const settings = JSON.stringify([ages, now, patienceMicros])
  const { status, stdout } = spawnSync("python3", ["-c", program, settings], {
    encoding: "utf8",
    timeout: 120_000
  })
  if (status !== 0) return undefined
  const result = JSON.parse(stdout) as Record<Frequency, ReadonlyArray<number | null>>
  return Object.fromEntries(
    Object.entries(result).map(([name, row]) => [name, row.map((micros) => micros ?? Number.NaN)])
  ) as unknown as Timings
}
