/** The events of one stream, as a bad network hands them on: late, twice, out of order, cut off. */
import type { EventStream, StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Cause, Effect, Queue, type Scope, Stream } from "effect"
import { anyError, type FaultDraws } from "./faultDraws.ts"

type Mangled = Queue.Queue<StreamEvent, DispatchError | Cause.Done>

/** Takes the events as they come, for the life of the scope. */
export const mangle = Effect.fnUntraced(function* (
  events: EventStream["events"],
  draws: FaultDraws
): Effect.fn.Return<EventStream["events"], never, Scope.Scope> {
  const out: Mangled = yield* Queue.unbounded<StreamEvent, DispatchError | Cause.Done>()
  const mangler = new Mangler(out, draws)
  const pump = Effect.onExit(
    Stream.runForEach(events, (event) => mangler.take(event)),
    (exit) =>
      exit._tag === "Success" || Cause.hasInterruptsOnly(exit.cause)
        ? Queue.end(out)
        : Queue.failCause(out, exit.cause)
  )
  yield* Effect.forkScoped(pump)
  return Stream.fromQueue(out)
})

class Mangler {
  readonly #out: Mangled
  readonly #draws: FaultDraws
  /** The last event of each dispatch. */
  readonly #earlier = new Map<DispatchId, StreamEvent>()
  /** Events that the next one of their dispatch overtakes. */
  readonly #held = new Map<DispatchId, StreamEvent>()

  constructor(out: Mangled, draws: FaultDraws) {
    this.#out = out
    this.#draws = draws
  }

  take(event: StreamEvent) {
    return Effect.gen({ self: this }, function* () {
      const { id } = event.record
      const waiting = id === undefined ? undefined : this.#held.get(id)
      if (id !== undefined && waiting === undefined && (yield* this.#draws.strikes("reorder"))) {
        return yield* this.#hold(id, event)
      }
      yield* this.#deliver(event)
      if (id === undefined || waiting === undefined) return
      this.#held.delete(id)
      yield* this.#deliver(waiting)
    })
  }

  /** Lets the next event of the dispatch overtake this one. Nothing is withheld for ever: without one it comes late. */
  #hold(id: DispatchId, event: StreamEvent) {
    this.#held.set(id, event)
    const giveUp = Effect.sync(() => {
      if (this.#held.get(id) !== event) return
      this.#held.delete(id)
      Queue.offerUnsafe(this.#out, event)
    })
    return Effect.forkChild(Effect.andThen(Effect.sleep("3 seconds"), giveUp))
  }

  #deliver(event: StreamEvent) {
    return Effect.gen({ self: this }, function* () {
      const draws = this.#draws
      const out = this.#out
      yield* draws.perhapsDelay
      if (yield* draws.strikes("halfOpen")) return yield* Effect.never
      if (yield* draws.strikes("cut")) return yield* yield* anyError
      if (yield* draws.strikes("end")) return yield* Effect.interrupt
      if (yield* draws.strikes("unknownEvent"))
        Queue.offerUnsafe(out, { kind: "Unknown", record: event.record })
      Queue.offerUnsafe(out, event)
      if (yield* draws.strikes("duplicate")) Queue.offerUnsafe(out, event)
      const { id } = event.record
      if (id === undefined) return
      const old = this.#earlier.get(id)
      if (old !== undefined && (yield* draws.strikes("replay"))) Queue.offerUnsafe(out, old)
      this.#earlier.set(id, event)
    })
  }
}
