/**
 * When the log of SQLite is moved into the database. How long the log is cannot be asked for without moving it, so
 * statements are counted, and each move tells how many pages they wrote.
 */

/** Pages of a log that is worth moving: 4 MB, which is SQLite's own default. */
const framesMax = 1_000

/** Fewest and most statements between two moves, whatever was learned. */
const statementsMin = 64
const statementsMax = 16_384

/** Decides from what was written since the log was moved last. */
export class LogPace {
  #statements = 0
  #interval = framesMax / 4
  /** Pages that were in the log and could not be moved, because somebody still reads what was before. */
  #left = 0

  noteStatement(): void {
    this.#statements++
  }

  get isDue(): boolean {
    return this.#statements >= this.#interval
  }

  /** Takes how many pages the log held when it was moved, and how many of them were. */
  learn(frames: number, moved: number): void {
    const written = Math.max(1, frames - this.#left)
    const interval = (this.#statements * framesMax) / written
    this.#interval = Math.min(statementsMax, Math.max(statementsMin, Math.round(interval)))
    this.#left = frames === moved ? 0 : frames
    this.#statements = 0
  }
}
