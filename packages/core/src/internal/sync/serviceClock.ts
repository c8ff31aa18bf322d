/** The known offset of the service's clock: for display and a warning, never for ordering. Rule S9. */
import { Effect, Stream } from "effect"
import * as ClockOffset from "../../ClockOffset.ts"
import type { DispatchClient } from "../../DispatchClient.ts"

/** The offset known at this moment. It is changed by `follow` and by nothing else. */
export interface ServiceClock {
  offset: ClockOffset.ClockOffset | undefined
}

export const make = (): ServiceClock => ({ offset: undefined })

/**
 * Follows the client's readings, for ever. It warns when the clocks turn out to be apart; a reading that only narrows
 * the bounds gives no warning.
 */
export const follow = (
  { clockReadings }: DispatchClient["Service"],
  serviceClock: ServiceClock
): Effect.Effect<void> => {
  if (clockReadings === undefined) return Effect.void
  const take = Effect.fnUntraced(function* (reading: ClockOffset.ClockReading) {
    const wasOff = isOff(serviceClock.offset)
    serviceClock.offset = ClockOffset.refine(serviceClock.offset, reading)
    const { offset } = serviceClock
    if (offset !== undefined && isOff(offset) && !wasOff) yield* Effect.logWarning(describe(offset))
  })
  return Stream.runForEach(clockReadings, take)
}

const isOff = (offset: ClockOffset.ClockOffset | undefined): boolean =>
  offset !== undefined && ClockOffset.atLeast(offset) > ClockOffset.offsetMillisMax

const describe = (offset: ClockOffset.ClockOffset): string => {
  const middle = ClockOffset.middle(offset)
  const seconds = (millis: number) => `${(Math.abs(millis) / 1_000).toFixed(1)} s`
  const where = middle > 0 ? "ahead of" : "behind"
  return `The service's clock is ${seconds(middle)} ${where} the local one (give or take ${seconds(ClockOffset.bound(offset))}): dispatches start by the local clock`
}
