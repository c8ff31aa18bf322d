/** The time that the caller of a call gives it. */
import * as GrpcTimeout from "@effect-dispatch/api/GrpcTimeout"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { type Clock, Duration } from "effect"
import { callDurationMax } from "../../ServiceLimits.ts"

const callMillis = Duration.toMillis(callDurationMax)

/** Counts from when the headers arrived. */
export class Deadline {
  readonly #clock: Clock.Clock
  /** In milliseconds; infinite without a deadline, and no number if the header is none. */
  readonly #millis: number
  readonly #begun: bigint

  constructor(clock: Clock.Clock, header: string | undefined) {
    this.#clock = clock
    this.#begun = header === undefined ? 0n : clock.monotonicTimeNanosUnsafe()
    this.#millis = header === undefined ? Infinity : (GrpcTimeout.decode(header) ?? Number.NaN)
  }

  /** The reason to do nothing for a call: nobody can read its answer in time, or its header is wrong. */
  get fault(): DispatchError.DispatchError | undefined {
    if (Number.isNaN(this.#millis))
      return DispatchError.invalidArgument(
        GrpcTimeout.name,
        `${GrpcTimeout.name} must be up to eight digits and one of the units H, M, S, m, u and n`
      )
    return this.millis < 1 ? overdue : undefined
  }

  /** The time that is left, in milliseconds; infinite if the header is wrong, which is told with the message. */
  get millis(): number {
    if (Number.isNaN(this.#millis)) return Infinity
    return this.#millis - Number(this.#clock.monotonicTimeNanosUnsafe() - this.#begun) / 1e6
  }

  /** The time that is left for what is no stream, in milliseconds. */
  get callMillis(): number {
    return Math.min(this.millis, callMillis)
  }
}

/** The time of a call was over before its answer. */
export const overdue = DispatchError.deadlineExceeded("the service took too long to answer")
