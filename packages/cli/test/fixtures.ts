/** Dispatches to show. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"

/** An instant. */
export const at = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)

/** The clock of a zone. */
export const clock = (zone: string): LocalClock => LocalClock.make(zone) as LocalClock

/** A dispatch of an hour from 10:00 on, unless something else is said. */
export const dispatchOf = (
  id: number,
  fields: Partial<ConstructorParameters<typeof Dispatch>[0]> = {}
): Dispatch =>
  new Dispatch({
    id: DispatchId.make(BigInt(id)),
    type: "CHARGE",
    startTime: at("2026-03-27T10:00:00Z"),
    duration: Duration.hours(1),
    target: Target.componentCategories("BATTERY"),
    active: true,
    dryRun: false,
    payload: {},
    createTime: at("2026-03-26T08:00:00Z"),
    updateTime: 1_774_512_000_000_000_000n,
    ...fields
  })

/** Every day. */
export const daily = new RecurrenceRule({ frequency: "DAILY", interval: 1 })

/** Every minute. */
export const minutely = new RecurrenceRule({ frequency: "MINUTELY", interval: 1 })
