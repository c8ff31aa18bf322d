/**
 * The messages that wait for the actor's loop: those of the synchroniser, and wake-ups. It counts inputs, so that
 * "before" and "after" never depend on a clock.
 */
import { type Cause, Effect } from "effect"
import type { Ring } from "../../DispatchScheduler.ts"
import type { Sequence } from "../mirror/sequence.ts"
import type { Learned, SyncMessage } from "../sync/syncOwner.ts"

/**
 * The number of messages that may wait for an actor; a gauge shows them. Beyond, the event stream is read more
 * slowly. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const inboxCapacity = 4_096

/** The messages that wake the loop, besides those of the synchroniser. */
export type WakeUp =
  | { readonly _tag: "Ring"; readonly ring: Ring }
  /** The outbox or the keeper has something new, at which the loop looks in every turn. */
  | { readonly _tag: "Nudge" }

export type Message = SyncMessage | WakeUp

/** The messages that the loop takes at once, sorted by kind. */
export interface Mail {
  readonly learned: ReadonlyArray<SyncMessage>
  readonly rings: ReadonlyArray<Ring>
}

/** The inbox of a loop, which fails with `E` when it ends. */
export class Inbox<in out E> {
  #messages: Array<Message> = []
  #last: Sequence = 0
  #end: Cause.Cause<E> | undefined
  /** Wakes the loop that waits for a message, and those that wait for room. */
  #wakeReader: (() => void) | undefined
  #wakeTellers: Array<() => void> = []

  /** The number of messages that wait. */
  get length(): number {
    return this.#messages.length
  }

  /** Takes the next position in the order of inputs. */
  readonly mark = (): Sequence => ++this.#last

  /** Hands over a learned message, at the next position; waits while the loop is behind. */
  readonly tell = (learned: Learned): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (this.length >= inboxCapacity) return Effect.andThen(this.#room, this.tell(learned))
      this.#add({ ...learned, at: this.mark() })
      return Effect.void
    })

  /** Wakes the loop. If the inbox is full, the loop is awake anyway, and the message is dropped. */
  wake(wakeUp: WakeUp): void {
    if (this.length < inboxCapacity) this.#add(wakeUp)
  }

  /** Fails for a loop that has no more to do: with the first cause that is given. */
  end(cause: Cause.Cause<E>): void {
    this.#end ??= cause
    this.#wakeReader?.()
  }

  /** Fails if it has ended. */
  readonly check: Effect.Effect<void, E> = Effect.suspend(() =>
    this.#end === undefined ? Effect.void : Effect.failCause(this.#end)
  )

  /** Takes all messages that wait; waits for one unless told not to. */
  take(how: "Waiting" | "AtOnce"): Effect.Effect<Mail, E> {
    return Effect.suspend(() => {
      if (this.#end !== undefined) return Effect.failCause(this.#end)
      if (this.length > 0) return Effect.succeed(sorted(this.#takeAll()))
      return how === "AtOnce" ? Effect.succeed(noMail) : Effect.andThen(this.#news, this.take(how))
    })
  }

  /** Forgets the messages for a loop that has ended, and its end. */
  clear(): void {
    this.#end = undefined
    this.#takeAll()
  }

  #add(message: Message): void {
    this.#messages.push(message)
    this.#wakeReader?.()
  }

  #takeAll(): ReadonlyArray<Message> {
    const taken = this.#messages
    const tellers = this.#wakeTellers
    this.#messages = []
    this.#wakeTellers = []
    for (const wake of tellers) wake()
    return taken
  }

  /** The loop goes on a little later than it is woken, so that messages that come together are taken together. */
  get #news(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.#wakeReader = () => {
        this.#wakeReader = undefined
        resume(Effect.yieldNow)
      }
      return Effect.sync(() => (this.#wakeReader = undefined))
    })
  }

  get #room(): Effect.Effect<void> {
    return Effect.callback((resume) => void this.#wakeTellers.push(() => resume(Effect.yieldNow)))
  }
}

const noMail: Mail = { learned: [], rings: [] }

/** Reads each message, once. A nudge carries nothing: to wake the loop is all it does. */
const sorted = (messages: ReadonlyArray<Message>): Mail => {
  const learned: Array<SyncMessage> = []
  const rings: Array<Ring> = []
  for (const message of messages) {
    if (message._tag === "Ring") rings.push(message.ring)
    else if (message._tag !== "Nudge") learned.push(message)
  }
  return { learned, rings }
}
