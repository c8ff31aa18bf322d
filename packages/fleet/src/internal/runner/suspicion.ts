/**
 * The judgement on another process that does not answer (F7). One that does not hold locks owns nothing, so it is safe
 * to take it for dead. Of one that does, its heartbeat must be old as well: two processes that see the database and not
 * each other must not take each other's locks.
 */
import { Duration } from "effect"
import type { Pinged } from "../../FleetEngine.ts"
import { heartbeatAgeMax, unbrokenMin } from "../../FleetLimits.ts"
import type { Suspicion } from "../../FleetStore.ts"

/** The signs of another process; lengths in milliseconds. */
export interface Seen {
  /** The answers to two pings, one after the other. */
  readonly pings: readonly [Pinged, Pinged]
  readonly heartbeatAge: number
  readonly holdsLocks: boolean
  /** The time for which the own heartbeats have gone through without a gap. */
  readonly unbrokenFor: number
}

/** `Dead`: it gets no buckets any more. `Frozen`: its locks are taken as well. */
type Judgement = "Alive" | Suspicion

export const judge = ({ heartbeatAge, holdsLocks, pings, unbrokenFor }: Seen): Judgement => {
  if (pings.includes("Answered")) return "Alive"
  if (!holdsLocks && pings.every((pinged) => pinged === "Refused")) return "Dead"
  if (heartbeatAge <= Duration.toMillis(heartbeatAgeMax)) return "Alive"
  if (unbrokenFor < Duration.toMillis(unbrokenMin)) return "Alive"
  return holdsLocks ? "Frozen" : "Dead"
}

/** The own heartbeats, by the elapsed instants (milliseconds) at which they went through. */
export class Unbroken {
  #since = Infinity
  #last = -Infinity

  /** A heartbeat went through. */
  beat(now: number): void {
    if (now - this.#last > Duration.toMillis(heartbeatAgeMax)) this.#since = now
    this.#last = now
  }

  /** The time for which there was no gap; 0 if there is one now. */
  lengthAt(now: number): number {
    return now - this.#last > Duration.toMillis(heartbeatAgeMax) ? 0 : now - this.#since
  }
}
