/**
 * The times at which the log of SQLite is moved into the database. The length of the log is known only by moving it, so
 * statements are counted, and each move tells how many pages they wrote.
 */

/** Pages of a log that is worth moving: 4 MB, which is SQLite's own default. */
const framesMax = 1_000

/** Fewest and most statements between two moves, whatever was learned. */
const statementsMin = 64
const statementsMax = 16_384

/** Decides by the writes since the log was last moved. */
export class LogPace {
  #statements = 0
  #interval = framesMax / 4
  /** Pages left in the log that could not be moved, because somebody still reads the state before. */
  #left = 0

  noteStatement(): void {
    this.#statements++
  }

  get isDue(): boolean {
    return this.#statements >= this.#interval
  }

  /** The log begins anew, before it was due: how long it had become tells nothing. */
  begun(): void {
    this.#statements = 0
    this.#left = 0
  }

  /** The log could not be moved: it is tried again soon. */
  failed(): void {
    this.#statements = Math.max(0, this.#interval - statementsMin)
  }

  /** Takes the number of pages in the log when it was moved, and of those that were moved. */
  learn(frames: number, moved: number): void {
    const written = Math.max(1, frames - this.#left)
    const interval = (this.#statements * framesMax) / written
    this.#interval = Math.min(statementsMax, Math.max(statementsMin, Math.round(interval)))
    this.#left = frames === moved ? 0 : frames
    this.#statements = 0
  }
}
