/** Dispatches of every kind, drawn from a seed. */
import { makeResult } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { Payload } from "@effect-dispatch/core/Payload"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { Frequency, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { inZone } from "@effect-dispatch/core/RunExceptions"
import * as Target from "@effect-dispatch/core/Target"
import { Chance } from "@effect-dispatch/testing/Chance"
import { DateTime, Duration, Result } from "effect"
import { isFast, withExceptions } from "../../src/schedule/rule.ts"
import { dispatchOf } from "../fixtures.ts"

/** Draws values. */
export class Draw {
  readonly #chance: Chance

  constructor(seed: number) {
    this.#chance = new Chance(seed)
  }

  below(limit: number): number {
    return this.#chance.int(0, limit - 1)
  }

  oneOf<A>(values: readonly [A, ...ReadonlyArray<A>]): A {
    return values[this.below(values.length)] ?? values[0]
  }

  isLucky(probability = 0.5): boolean {
    return this.#chance.happens(probability)
  }

  /** A start up to 40 days from an instant, in either direction. */
  start(around: DateTime.Utc): DateTime.Utc {
    return DateTime.add(DateTime.startOf(around, "minute"), { minutes: this.below(115_200) - 57_600 })
  }

  duration(): Duration.Duration {
    return this.oneOf([
      Duration.zero,
      Duration.seconds(90),
      Duration.hours(2),
      Duration.days(3),
      Duration.infinity
    ])
  }

  target(): Target.Target {
    return this.oneOf([
      Target.componentIds(1n),
      Target.componentIds(BigInt(this.below(9)), 18_446_744_073_709_551_615n, 12n),
      Target.componentCategories("BATTERY", "METER"),
      Target.componentCategories({ category: "EV_CHARGER", subtype: "AC" })
    ])
  }

  payload(): Payload {
    return this.oneOf<Payload>([
      {},
      { power_w: this.below(9_000), "on ": "yes", list: [1, "012", null, { deep: true }] },
      { text: "a: # b\n\u2028 {", number: -1.5, "": "2026-03-01", null: "null" }
    ])
  }

  /** A rule in UTC, or in local time with exceptions, some of which match an occurrence. */
  rule(around: DateTime.Utc, start: DateTime.Utc): Rule {
    const plain = this.plainRule(around)
    if (isFast(plain) || this.isLucky(0.4)) return plain
    const { timeZone: _, ...parts } = plain
    const isCounted = plain.frequency === "MONTHLY" || plain.frequency === "YEARLY"
    const made = makeResult({
      ...parts,
      timeZone: this.oneOf(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
      ...(isCounted && this.isLucky(0.3)
        ? { nthWeekdays: [{ nth: this.oneOf([1, 2, -1]), weekday: this.oneOf(Weekday.literals) }] }
        : undefined),
      ...(this.isLucky(0.2) ? { positions: [this.oneOf([1, -1, 2])] } : undefined),
      ...(this.isLucky(0.2) ? { weekStart: this.oneOf(Weekday.literals) } : undefined)
    })
    const rule = Result.isSuccess(made) ? made.success : inZone(plain)
    const compiled = Recurrence.compile(rule, start.epochMilliseconds / 1_000)
    const exceptions: Array<DateTime.Utc> = []
    if (this.isLucky()) {
      for (const at of Recurrence.between(compiled, start, DateTime.add(start, { years: 4 }))) {
        if (this.isLucky(0.2)) exceptions.push(this.isLucky(0.8) ? at : DateTime.add(at, { minutes: 7 }))
        if (exceptions.length === 20) break
      }
    }
    return withExceptions(rule, exceptions)
  }

  plainRule(around: DateTime.Utc): RecurrenceRule {
    const frequency = this.oneOf(Frequency.literals)
    const some = <A>(values: ReadonlyArray<A>) => values.filter(() => this.isLucky(0.4))
    const isByMonthDay = frequency !== "WEEKLY" && this.isLucky(0.3)
    return new RecurrenceRule({
      frequency,
      interval: 1 + this.below(3),
      ...(this.isLucky(0.3) ? { byHours: some([0, 2, 3, 8, 18, 23]) } : undefined),
      ...(this.isLucky(0.2) ? { byMinutes: some([0, 15, 30]) } : undefined),
      ...(this.isLucky(0.3) ? { byWeekdays: some(Weekday.literals) } : undefined),
      ...(isByMonthDay ? { byMonthDays: some([1, 15, -1, 29]) } : undefined),
      ...(this.isLucky(0.15) ? { byMonths: some([2, 3, 4, 12]) } : undefined),
      ...this.oneOf([
        undefined,
        { end: { _tag: "Count" as const, count: 1 + this.below(60) } },
        { end: { _tag: "Until" as const, until: this.start(around) } }
      ])
    })
  }

  dispatch(id: number, around: DateTime.Utc): Dispatch {
    const startTime = this.start(around)
    return dispatchOf(id, {
      type: this.oneOf(["CHARGE", "PEAK SHAVING", "Ä: #1"]),
      startTime,
      duration: this.duration(),
      target: this.target(),
      active: this.isLucky(0.8),
      dryRun: this.isLucky(0.2),
      payload: this.payload(),
      ...(this.isLucky(0.7) ? { recurrence: this.rule(around, startTime) } : undefined)
    })
  }
}
