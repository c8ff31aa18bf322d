/**
 * Keeps the mirror fed: subscribes, lists, reconnects. It decides nothing about dispatches; it hands all it learns to
 * its owner as messages, in order. Rules S1 to S4.
 */
import { Effect } from "effect"
import type { Outcome } from "../mirror/mirrorOutcome.ts"
import type { ListingReason } from "../metricLabels.ts"
import { Doubts } from "./doubts.ts"
import { EventStreams } from "./eventStreams.ts"
import { Listings } from "./listings.ts"
import type { SyncOwner } from "./syncOwner.ts"

export class Synchroniser {
  readonly #owner: SyncOwner
  readonly #listings: Listings
  readonly #streams: EventStreams
  readonly #doubts: Doubts
  #hasBegun = false
  /** True while knowledge of an earlier process waits. */
  #isPatient = false

  constructor(owner: SyncOwner) {
    const requestListing = (reason: ListingReason) => this.requestListing(reason)
    this.#owner = owner
    this.#streams = new EventStreams(owner, requestListing)
    this.#doubts = new Doubts(owner, requestListing)
    this.#listings = new Listings(owner)
  }

  /** Begins to synchronise, for as long as its errands are run. Its first listing answers all requests made before. */
  get begin(): Effect.Effect<void> {
    return Effect.map(this.#listings.begin, () => {
      this.#hasBegun = true
      this.#streams.begin()
      this.#giveUpRecovery()
    })
  }

  /** Knowledge of an earlier process waits, from now on, for a listing that confirms it. */
  requestConfirmation(): void {
    this.requestListing("Recovery")
    if (this.#hasBegun) this.#giveUpRecovery()
  }

  /** Asks for a listing, soon; several requests before it begins are one. */
  requestListing(reason: ListingReason): void {
    if (this.#hasBegun) this.#listings.request(reason)
  }

  /** Asks the service the questions that the mirror has after a message was applied. */
  followUp(outcome: Outcome): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      // Before anything waits, so that the very next listing is the repetition.
      if (outcome.repeat) this.#listings.markRepetition()
      if (outcome.settledUpTo !== undefined) this.#doubts.settle(outcome.settledUpTo)
      yield* this.#doubts.add(outcome.ask, "ids")
      yield* this.#doubts.add(outcome.verify, "get")
      if (outcome.renewUpTo !== undefined) this.#streams.renewUpTo(outcome.renewUpTo)
      if (outcome.relist) this.#listings.request("Doubt")
      if (outcome.relistLater) this.#listings.requestLater()
    })
  }

  /** Tells that patience is over, if it is; for as long as nobody goes on, that is repeated after another wait. */
  #giveUpRecovery(): void {
    const { errands, recovery, tell } = this.#owner
    if (this.#isPatient || !recovery.isOn) return
    this.#isPatient = true
    const wait: Effect.Effect<void> = Effect.flatMap(recovery.over, (cause) => {
      if (cause !== undefined) return Effect.andThen(tell({ _tag: "GoOn", cause }), wait)
      this.#isPatient = false
      return Effect.void
    })
    errands.begin(wait)
  }
}
