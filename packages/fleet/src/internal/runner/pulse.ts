/**
 * The pulse of a process, which tells that it was paused: stopped, suspended with its machine, or kept busy by one turn
 * of the event loop. A pause shows in the elapsed time or, where that stands still as well, in the wall clock.
 */

/** An instant by both clocks, in milliseconds. */
export interface Beat {
  readonly elapsed: number
  readonly wall: number
}

export class Pulse {
  readonly #pauseMin: number
  #last: Beat

  constructor(pauseMin: number, first: Beat) {
    this.#pauseMin = pauseMin
    this.#last = first
  }

  /** True if the process was paused since the last beat. */
  wasPaused(now: Beat): boolean {
    const { elapsed, wall } = this.#last
    return Math.max(now.elapsed - elapsed, now.wall - wall) > this.#pauseMin
  }

  beat(now: Beat): void {
    this.#last = now
  }
}
