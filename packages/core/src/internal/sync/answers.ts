/** Calls that may hang: none waits for its answer without end. Rule S2, S7. */
import { Effect, Stream } from "effect"
import type { DispatchError } from "../../DispatchError.ts"
import { answerTimeout } from "../../SyncSettings.ts"
import { elapsedMillis } from "../elapsed.ts"
import { silence } from "./silence.ts"

/** Collects the pages of a listing; each page is an answer (`onPage`). */
export const collect = Effect.fnUntraced(function* <A>(
  pages: Stream.Stream<A, DispatchError>,
  onPage: (elapsed: number) => void
) {
  const all: Array<A> = []
  let heardAt = yield* elapsedMillis
  const read = Stream.runForEachArray(pages, (page) =>
    Effect.map(elapsedMillis, (now) => {
      heardAt = now
      for (const one of page) all.push(one)
      onPage(now)
    })
  )
  yield* Effect.raceFirst(
    read,
    silence(answerTimeout, () => heardAt)
  )
  return all
})

/** Waits for the one answer of a call. */
export const answer = <A>(call: Effect.Effect<A, DispatchError>): Effect.Effect<A, DispatchError> =>
  Effect.flatMap(elapsedMillis, (calledAt) =>
    Effect.raceFirst(
      call,
      silence(answerTimeout, () => calledAt)
    )
  )
