/** Draws the faults that strike, and counts them. Chance is Effect's `Random`, so a seed decides everything. */
import {
  DeadlineExceeded,
  DispatchError,
  PermissionDenied,
  Protocol,
  ResourceExhausted,
  Unauthenticated,
  Unavailable,
  Unimplemented
} from "@effect-dispatch/core/DispatchError"
import { Effect, Random } from "effect"
import { type FaultKind, faultKinds, type Faults } from "./faultKinds.ts"

export class FaultDraws {
  faults: Faults = {}
  readonly occurred = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>

  /** True if a fault happens here and now; then it is counted. */
  strikes(kind: FaultKind): Effect.Effect<boolean> {
    const probability = this.faults[kind] ?? 0
    if (probability === 0) return Effect.succeed(false)
    return Effect.map(Random.next, (random) => {
      if (random >= probability) return false
      this.occurred[kind] += 1
      return true
    })
  }

  get perhapsDelay(): Effect.Effect<void> {
    return Effect.flatMap(this.strikes("delay"), (isLate) => (isLate ? delayUpTo(5_000) : Effect.void))
  }

  /** The faults that may happen to any call. */
  get atCall(): Effect.Effect<void, DispatchError> {
    return Effect.gen({ self: this }, function* () {
      yield* this.perhapsDelay
      if (yield* this.strikes("die")) return yield* Effect.die("a defect of the network")
      if (yield* this.strikes("refuse")) return yield* yield* anyError
    })
  }
}

/** Waits for some milliseconds, fewer than these. */
export const delayUpTo = (millis: number): Effect.Effect<void> =>
  Effect.flatMap(Random.next, (random) => Effect.sleep(Math.floor(random * millis)))

/** All reasons for which a reading call can fail. */
const errors = [
  Unavailable,
  DeadlineExceeded,
  ResourceExhausted,
  Protocol,
  Unauthenticated,
  PermissionDenied,
  Unimplemented
].map(
  (Reason) => new DispatchError({ reason: new Reason({ message: `a faulty network says ${Reason.name}` }) })
)

export const anyError: Effect.Effect<DispatchError> = Effect.map(
  Random.nextIntBetween(0, errors.length - 1),
  (index) => errors[index] as DispatchError
)
