/** Readings of the service's clock from answers: the `date` header, and when the call was sent and answered. */
import type { ClockReading } from "@effect-dispatch/core/ClockOffset"
import { Clock, DateTime, Effect, Option, PubSub, Stream } from "effect"
import { clockReadingsMax } from "../ClientLimits.ts"

/** Collects readings from the headers of answers. */
export interface ClockReadings {
  /** Notes when a call is sent, and gives the function that notes its headers. */
  readonly begin: Effect.Effect<(headers: Headers) => void>
  readonly stream: Stream.Stream<ClockReading>
}

/** The one form of a date that a sender may use today (RFC 9110 section 5.6.7). */
const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** Starts with no reading; a new reader gets the latest. */
export const make: Effect.Effect<ClockReadings> = Effect.gen(function* () {
  const readings = yield* PubSub.sliding<ClockReading>({ capacity: clockReadingsMax, replay: 1 })
  const clock = yield* Clock.Clock
  const begin = Effect.sync(() => {
    const sentAt = clock.currentTimeMillisUnsafe()
    return (headers: Headers) => {
      const date = headers.get("date")
      const service = date !== null && imfFixdate.test(date) ? DateTime.make(date) : Option.none()
      if (Option.isNone(service)) return
      const serviceTime = service.value.epochMilliseconds
      PubSub.publishUnsafe(readings, { serviceTime, sentAt, receivedAt: clock.currentTimeMillisUnsafe() })
    }
  })
  return { begin, stream: Stream.fromPubSub(readings) }
})
