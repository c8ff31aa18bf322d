/** The service's clock, known from answers: the `date` header, and when the call was sent and answered. Rule S9. */
import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import { type Clock, DateTime, Effect, Option } from "effect"

/** The one form of a date that a sender may use today (RFC 9110 section 5.6.7). */
const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** The offset of one service's clock, which all who use a client share. */
export class ServiceClock {
  readonly #clock: Clock.Clock
  readonly #warn: (warning: string) => void
  #offset: ClockOffset.ClockOffset | undefined

  constructor(clock: Clock.Clock, warn: (warning: string) => void) {
    this.#clock = clock
    this.#warn = warn
  }

  /** Warns by the log of the fiber that makes it. */
  static readonly make = Effect.gen(function* () {
    const fork = Effect.runForkWith(yield* Effect.context<never>())
    return yield* Effect.clockWith((clock) =>
      Effect.succeed(new ServiceClock(clock, (warning) => void fork(Effect.logWarning(warning))))
    )
  })

  readonly offset = (): ClockOffset.ClockOffset | undefined => this.#offset

  /** Notes that a call is sent now, and gives the function that reads the headers of its answer. */
  begin(): (headers: Headers) => void {
    const sentAt = this.#clock.currentTimeMillisUnsafe()
    return (headers) => {
      const date = headers.get("date")
      const service = date !== null && imfFixdate.test(date) ? DateTime.make(date) : Option.none()
      if (Option.isSome(service)) this.#read(service.value.epochMilliseconds, sentAt)
    }
  }

  #read(serviceTime: number, sentAt: number): void {
    const before = this.#offset
    const receivedAt = this.#clock.currentTimeMillisUnsafe()
    this.#offset = ClockOffset.refine(before, { serviceTime, sentAt, receivedAt })
    const warning = ClockOffset.warning(before, this.#offset)
    if (warning !== undefined) this.#warn(warning)
  }
}
