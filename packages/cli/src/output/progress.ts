/** The progress of long work, on the standard error while a person looks. */
import { Clock, Effect, Stream } from "effect"
import { erase, note, noteColumns } from "./terminal.ts"
import * as Text from "./text.ts"

/** Time before progress is shown, and between two showings, in milliseconds. */
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

/** A bar that grows with the work. */
export interface Bar {
  /** One more is done. */
  readonly advance: Effect.Effect<void>
  /** Writes something else in the place of the bar, which comes back with the next advance. */
  readonly aside: (effect: Effect.Effect<void>) => Effect.Effect<void>
}

/** Time between two showings of a bar, in milliseconds. */
const barMillis = 100

/** A bar for so much work; it is taken away when the scope closes. */
export const bar = Effect.fnUntraced(function* (total: number) {
  const begin = yield* Clock.currentTimeMillis
  const columns = yield* noteColumns
  let done = 0
  let dueAt = begin + intervalMillis
  let isShown = false
  const clear = Effect.suspend(() => (isShown ? erase : Effect.void))
  yield* Effect.addFinalizer(() => clear)
  const advance = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    done += 1
    if (columns === 0 || now < dueAt) return Effect.void
    dueAt = now + barMillis
    isShown = true
    return note(barOf({ columns, done, millis: now - begin, total }))
  })
  const bar: Bar = { advance, aside: (effect) => Effect.andThen(clear, effect) }
  return bar
})

/** The state of a bar. */
export interface BarState {
  readonly done: number
  readonly total: number
  /** Since the beginning. */
  readonly millis: number
  readonly columns: number
}

/** The widest part of a bar that grows. */
const cellsMax = 30

/** A bar with figures and, where there is room, the time that is left: `███░░░ 3,412 of 10,000, 12s left`. */
export const barOf = ({ columns, done, millis, total }: BarState): string => {
  const figures = `${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`
  const seconds = Math.ceil(((millis / done) * (total - done)) / 1_000)
  const left = `, ${Text.span(seconds)} left`
  const isRoom = figures.length + left.length + 8 < columns
  const text = isRoom && seconds > 0 ? figures + left : figures
  const cells = Math.min(cellsMax, columns - text.length - 2)
  if (cells < 3) return text.slice(0, columns - 1)
  const full = Math.floor((cells * done) / total)
  return `${"█".repeat(full)}${"░".repeat(cells - full)} ${text}`
}
