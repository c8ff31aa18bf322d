/** The progress of a long list, on the standard error while a person looks. */
import { Clock, Effect, Stream } from "effect"
import { erase, note } from "./terminal.ts"
import * as Text from "./text.ts"

/** Time before the progress of a list is shown, and between two showings, in milliseconds. */
const intervalMillis = 500

/** The same stream; the number that have come is shown from time to time, and taken away at the end. */
export const counting = <A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
  Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (begin) => {
      let count = 0
      let shownAt = begin
      return stream.pipe(
        Stream.tap(() =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            count += 1
            if (now - shownAt < intervalMillis) return Effect.void
            shownAt = now
            return note(`${Text.counted(count, "dispatch", "dispatches")} so far`)
          })
        ),
        Stream.ensuring(Effect.suspend(() => (shownAt === begin ? Effect.void : erase)))
      )
    })
  )
