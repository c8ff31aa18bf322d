/** The tokens that this process acts by. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Deferred, Effect } from "effect"
import type { Token } from "../../FencingToken.ts"

/** A token in use. */
export class Holding {
  readonly token: Token
  readonly #lost = Deferred.makeUnsafe<void>()
  #isLost = false

  constructor(token: Token) {
    this.token = token
  }

  /** Completes when it must not be acted by any more. */
  get lost(): Effect.Effect<void> {
    return Deferred.await(this.#lost)
  }

  get isLost(): boolean {
    return this.#isLost
  }

  lose(): void {
    this.#isLost = true
    Deferred.doneUnsafe(this.#lost, Effect.void)
  }
}

/** All tokens in use, by microgrid. */
export class Holdings {
  readonly #all = new Map<MicrogridId, Holding>()

  take(token: Token): Holding {
    const holding = new Holding(token)
    this.#all.get(token.microgridId)?.lose()
    this.#all.set(token.microgridId, holding)
    return holding
  }

  /** Its site has ended. */
  drop(holding: Holding): void {
    holding.lose()
    const { microgridId } = holding.token
    if (this.#all.get(microgridId) === holding) this.#all.delete(microgridId)
  }

  get tokens(): ReadonlyArray<Token> {
    return [...this.#all.values()].map(({ token }) => token)
  }

  /** The tokens in use of some microgrids. */
  tokensOf(ids: ReadonlyArray<MicrogridId>): ReadonlyArray<Token> {
    return ids.flatMap((id) => this.#all.get(id)?.token ?? [])
  }

  get size(): number {
    return this.#all.size
  }

  /** These tokens were replaced, as far as they are still the ones in use. */
  lose(tokens: ReadonlyArray<Token>): ReadonlyArray<Holding> {
    const lost = tokens.flatMap(({ epoch, microgridId }) => {
      const holding = this.#all.get(microgridId)
      return holding !== undefined && holding.token.epoch === epoch && !holding.isLost ? [holding] : []
    })
    for (const holding of lost) holding.lose()
    return lost
  }
}
