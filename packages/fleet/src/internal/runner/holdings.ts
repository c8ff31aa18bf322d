/** The tokens that this process acts by. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Deferred, Effect } from "effect"
import type { Token } from "../../FencingToken.ts"

/** A token in use. */
export class Holding {
  readonly token: Token
  readonly #lost = Deferred.makeUnsafe<void>()
  #isLost = false
  #isAbandoned = false
  /** The elapsed instant (milliseconds) of the last question to the database whose answer was that it is held. */
  #provenAt: number

  constructor(token: Token, provenAt: number) {
    this.token = token
    this.#provenAt = provenAt
  }

  get provenAt(): number {
    return this.#provenAt
  }

  /** It was held when the database was asked at this instant, or later. */
  prove(askedAt: number): void {
    this.#provenAt = askedAt
  }

  /** Completes when it must not be acted by any more. */
  get lost(): Effect.Effect<void> {
    return Deferred.await(this.#lost)
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** True if its site takes too long to end: nothing is written any more. */
  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  abandon(): void {
    this.#isAbandoned = true
    this.lose()
  }

  lose(): void {
    this.#isLost = true
    Deferred.doneUnsafe(this.#lost, Effect.void)
  }
}

/** All tokens in use, by microgrid. */
export class Holdings {
  readonly #all = new Map<MicrogridId, Holding>()

  /** A token that the database gave when it was asked at this elapsed instant, or later. */
  take(token: Token, askedAt: number): Holding {
    const holding = new Holding(token, askedAt)
    this.#all.get(token.microgridId)?.lose()
    this.#all.set(token.microgridId, holding)
    return holding
  }

  /** The site that uses the token of a microgrid takes too long to end. */
  abandon(id: MicrogridId): void {
    this.#all.get(id)?.abandon()
  }

  /** Its site has ended. */
  drop(holding: Holding): void {
    holding.lose()
    const { microgridId } = holding.token
    if (this.#all.get(microgridId) === holding) this.#all.delete(microgridId)
  }

  get all(): ReadonlyArray<Holding> {
    return [...this.#all.values()]
  }

  /** The tokens in use of some microgrids. */
  tokensOf(ids: ReadonlyArray<MicrogridId>): ReadonlyArray<Token> {
    return ids.flatMap((id) => this.#all.get(id)?.token ?? [])
  }

  get size(): number {
    return this.#all.size
  }
}
