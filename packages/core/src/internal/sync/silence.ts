/** Calls that go without an answer. */
import { Duration, Effect } from "effect"
import * as DispatchError from "../../DispatchError.ts"
import { reached } from "../elapsed.ts"

/** Fails once a call has gone without an answer, or another part of it, for so long. */
export const silence = (
  patience: Duration.Duration,
  heardAt: () => number
): Effect.Effect<never, DispatchError.DispatchError> => {
  const millis = Duration.toMillis(patience)
  const message = `no answer came within ${Duration.format(patience)}`
  const failure = DispatchError.deadlineExceeded(message)
  return millis === Infinity
    ? Effect.never
    : Effect.andThen(
        reached(() => heardAt() + millis),
        Effect.fail(failure)
      )
}
