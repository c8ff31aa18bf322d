/** Work that is not begun anew before it has ended, however often and however fast it is asked for. */
export class Turn {
  #isTaken = false

  /** Begins work, which says when it has ended; nothing while there is some. */
  begin(work: (end: () => void) => void): void {
    if (this.#isTaken) return
    this.#isTaken = true
    work(() => (this.#isTaken = false))
  }
}
