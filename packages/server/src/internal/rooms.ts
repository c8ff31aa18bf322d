/** Room that callers share: who finds none waits for it, in the order of asking. */
import { Effect } from "effect"

interface Waiting {
  readonly units: number
  readonly taken: () => void
}

/** So many units. */
class Room {
  #free: number
  readonly #whole: number
  readonly #waiting = new Set<Waiting>()

  constructor(whole: number) {
    this.#whole = whole
    this.#free = whole
  }

  get isUnused(): boolean {
    return this.#free === this.#whole && this.#waiting.size === 0
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Takes units if they are there and nobody waits for them; more than there are in all count as all. */
  tryTake(units: number): boolean {
    if (this.#waiting.size > 0 || this.#free < Math.min(units, this.#whole)) return false
    this.#free -= units
    return true
  }

  /** Takes units as soon as it is their turn; the returned function gives up waiting. */
  takeInTurn(waiting: Waiting): () => void {
    this.#waiting.add(waiting)
    return () => {
      // Perhaps others waited for this one.
      if (this.#waiting.delete(waiting)) this.give(0)
    }
  }

  /** Takes units whether they are there or not. */
  takeAnyway(units: number): void {
    this.#free -= units
  }

  give(units: number): void {
    this.#free += units
    for (const waiting of this.#waiting) {
      if (this.#free < Math.min(waiting.units, this.#whole)) return
      this.#waiting.delete(waiting)
      this.#free -= waiting.units
      waiting.taken()
    }
  }
}

/** The bounds of rooms: the units of each, and how many may wait for one. */
export interface RoomBounds {
  readonly units: number
  readonly waitingMax: number
}

/** Called with what is to be done when a call is over. */
export type WhenOver = (release: () => void) => void

/** A room for each key; `undefined` is for those who need none. */
export class Rooms {
  readonly #bounds: RoomBounds
  readonly #rooms = new Map<string | undefined, Room>()

  constructor(bounds: RoomBounds) {
    this.#bounds = bounds
  }

  /** Takes units for the life of a call, and waits for them if it must; `false` if too many wait already. */
  take(id: string | undefined, units: number, whenOver: WhenOver): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const room = this.#of(id)
      const release = this.#giving(id, units)
      if (room.tryTake(units)) {
        whenOver(release)
        return Effect.succeed(true)
      }
      if (room.waiting >= this.#bounds.waitingMax) return Effect.succeed(false)
      return Effect.callback<boolean>((resume) => {
        // Units are the call's from here on, also if it is interrupted before it knows.
        const taken = () => {
          whenOver(release)
          resume(Effect.succeed(true))
        }
        const giveUp = room.takeInTurn({ units, taken })
        return Effect.sync(() => {
          giveUp()
          this.#tidy(id, room)
        })
      })
    })
  }

  /** Takes units whether they are there or not; the returned function gives them back. */
  takeAnyway(id: string | undefined, units: number): () => void {
    this.#of(id).takeAnyway(units)
    return this.#giving(id, units)
  }

  /** Gives units back when it is called, and keeps nothing else in memory until then. */
  #giving(id: string | undefined, units: number): () => void {
    return () => this.#give(id, units)
  }

  #of(id: string | undefined): Room {
    const known = this.#rooms.get(id)
    if (known !== undefined) return known
    const room = new Room(this.#bounds.units)
    this.#rooms.set(id, room)
    return room
  }

  #give(id: string | undefined, units: number): void {
    const room = this.#of(id)
    room.give(units)
    this.#tidy(id, room)
  }

  #tidy(id: string | undefined, room: Room): void {
    if (room.isUnused && this.#rooms.get(id) === room) this.#rooms.delete(id)
  }
}
