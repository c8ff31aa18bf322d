/** Something that happens once, or never. To wait for it takes no fiber, of which a stream would have several. */

/** Acts when it happens, at once if it has; the returned function stops that. */
export type When<A> = (act: (value: A) => void) => () => void

export class Signal<A> {
  readonly #acts = new Set<(value: A) => void>()
  #happened: { readonly value: A } | undefined

  get value(): A | undefined {
    return this.#happened?.value
  }

  /** Only the first time counts. */
  happen(value: A): void {
    if (this.#happened !== undefined) return
    this.#happened = { value }
    const acts = [...this.#acts]
    this.#acts.clear()
    for (const act of acts) act(value)
  }

  readonly when: When<A> = (act) => {
    if (this.#happened === undefined) this.#acts.add(act)
    else act(this.#happened.value)
    return () => this.#acts.delete(act)
  }
}
