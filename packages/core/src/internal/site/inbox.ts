/**
 * The messages that wait for the actor's loop: those of the synchroniser, and wake-ups. It counts inputs, so that
 * "before" and "after" never depend on a clock.
 */
import { Effect, Queue } from "effect"
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

export class Inbox {
  readonly #queue: Queue.Queue<Message>
  #last: Sequence = 0

  static readonly make: Effect.Effect<Inbox> = Effect.map(
    Queue.bounded<Message>(inboxCapacity),
    (queue) => new Inbox(queue)
  )

  private constructor(queue: Queue.Queue<Message>) {
    this.#queue = queue
  }

  /** The number of messages that wait. */
  get length(): number {
    return Queue.sizeUnsafe(this.#queue)
  }

  /** Takes the next position in the order of inputs. */
  readonly mark = (): Sequence => ++this.#last

  /** Hands over a learned message, at the next position; waits while the loop is behind. */
  readonly tell = (learned: Learned): Effect.Effect<unknown> =>
    Effect.suspend(() => Queue.offer(this.#queue, { ...learned, at: this.mark() }))

  /** Wakes the loop. If the inbox is full, the loop is awake anyway, and the message is dropped. */
  wake(wakeUp: WakeUp): void {
    Queue.offerUnsafe(this.#queue, wakeUp)
  }

  /** Takes all messages that wait; waits for one unless told not to. */
  take(how: "Waiting" | "AtOnce"): Effect.Effect<Mail> {
    return how === "AtOnce" && this.length === 0
      ? Effect.succeed(noMail)
      : Effect.map(Queue.takeAll(this.#queue), sorted)
  }

  /** Forgets the messages that wait for a loop that has ended. */
  get clear(): Effect.Effect<void> {
    return Effect.asVoid(Queue.clear(this.#queue))
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
