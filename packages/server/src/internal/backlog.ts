/** Values that wait for their one reader. To wait for them takes no fiber, of which each open stream would have one. */
import { type Array as Arr, Effect } from "effect"

/** Values that come some at a time, until a failure. */
export interface Source<A, E> {
  /** Takes the next of those that there are. */
  next(): A | undefined
  /** The reason why no more come after those that there are. */
  readonly failure: E | undefined
  /** Acts from now on when there is something new, once for all that is told at the same time. */
  listen(act: () => void): void
}

/** So many values at most. */
export class Backlog<A, E> implements Source<A, E> {
  readonly #max: number
  readonly #waiting: Array<A> = []
  #failure: E | undefined
  #act: (() => void) | undefined
  #onFailure: (() => void) | undefined
  #isTelling = false

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#waiting.length
  }

  get failure(): E | undefined {
    return this.#failure
  }

  /** Adds a value; `false` if there is no room for it. After a failure nobody is told. */
  offer(value: A): boolean {
    if (this.#failure !== undefined) return true
    if (this.#waiting.length >= this.#max) return false
    this.#waiting.push(value)
    this.#tell()
    return true
  }

  /** The first failure is the end. */
  fail(failure: E): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.#onFailure?.()
    this.#tell()
  }

  /** Acts when there is a failure, however much is to be taken before. */
  whenFailed(act: () => void): void {
    this.#onFailure = act
    if (this.#failure !== undefined) act()
  }

  next(): A | undefined {
    return this.#waiting.shift()
  }

  listen(act: () => void): void {
    this.#act = act
    if (this.#waiting.length > 0 || this.#failure !== undefined) this.#tell()
  }

  #tell(): void {
    if (this.#act === undefined || this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      this.#act?.()
    })
  }
}

/** The same values, each made another. */
export class Mapped<A, B, E> implements Source<B, E> {
  readonly #source: Source<A, E>
  readonly #map: (value: A) => B

  constructor(source: Source<A, E>, map: (value: A) => B) {
    this.#source = source
    this.#map = map
  }

  get failure(): E | undefined {
    return this.#source.failure
  }

  next(): B | undefined {
    const value = this.#source.next()
    return value === undefined ? undefined : this.#map(value)
  }

  listen(act: () => void): void {
    this.#source.listen(act)
  }
}

/** Waits for the next values of a source each time it is run, and gives all there are. */
export const pull = <A, E>(source: Source<A, E>): Effect.Effect<Arr.NonEmptyReadonlyArray<A>, E> =>
  Effect.suspend(() => {
    const first = source.next()
    if (first !== undefined) return Effect.succeed(withRest(source, first))
    const { failure } = source
    if (failure !== undefined) return Effect.fail(failure)
    return Effect.flatMap(told(source), () => pull(source))
  })

const withRest = <A, E>(source: Source<A, E>, first: A): Arr.NonEmptyReadonlyArray<A> => {
  const all: Arr.NonEmptyArray<A> = [first]
  for (let next = source.next(); next !== undefined; next = source.next()) all.push(next)
  return all
}

const told = <A, E>(source: Source<A, E>): Effect.Effect<void> =>
  Effect.callback((resume) => source.listen(() => resume(Effect.void)))
