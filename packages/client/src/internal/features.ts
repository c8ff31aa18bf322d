/** The features that the service has announced to this client. It is asked before anything is sent that might be lost. */
import { type Feature, featuresHeader, parse } from "@effect-dispatch/api/ServiceFeatures"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Clock, Duration, Effect, Semaphore } from "effect"
import { featuresMemory } from "../ClientLimits.ts"

/** The features of the last answer. */
interface Announced {
  readonly features: ReadonlySet<string>
  readonly atNanos: bigint
}

/** The announcements of one service. */
export class Features {
  readonly #clock: Clock.Clock
  readonly #address: string
  readonly #asking = Semaphore.makeUnsafe(1)
  #announced: Announced | undefined

  constructor(clock: Clock.Clock, address: string) {
    this.#clock = clock
    this.#address = address
  }

  /** The features of the last answer; none before the first one. */
  get announced(): ReadonlySet<string> {
    return this.#announced?.features ?? new Set()
  }

  /** Notes the headers of an answer. */
  readonly see = (headers: Headers): void => {
    const features = parse(headers.get(featuresHeader) ?? "")
    this.#announced = { features, atNanos: this.#clock.monotonicTimeNanosUnsafe() }
  }

  /** Notes the headers of a refusal: others than the service may refuse, which proves nothing. */
  readonly seeRefusal = (headers: Headers): void => {
    if (headers.has(featuresHeader)) this.see(headers)
  }

  /**
   * Fails unless the service has the features. If no answer has told yet, `ask` gets one first, once for all that wait;
   * "not announced" counts for a while, since a service may be replaced. A refusal that tells is an answer as well: a key
   * may have the right to write alone.
   */
  require(needed: ReadonlyArray<Feature>, ask: Effect.Effect<unknown, DispatchError.DispatchError>) {
    const areKnown = () => needed.every((feature) => this.#isKnown(feature))
    const answered = Effect.catch(ask, (error) => (areKnown() ? Effect.void : Effect.fail(error)))
    const asked = Effect.suspend(() => (areKnown() ? Effect.void : answered))
    return Effect.suspend(() => (areKnown() ? Effect.void : this.#asking.withPermits(1)(asked))).pipe(
      Effect.andThen(this.check(needed, "nothing was sent"))
    )
  }

  /** Fails for a feature that the last answer did not announce; `outcome` says what became of the call. */
  check(needed: ReadonlyArray<Feature>, outcome: string): Effect.Effect<void, DispatchError.DispatchError> {
    return Effect.suspend(() => {
      const missing = needed.find((feature) => !this.#has(feature))
      return missing === undefined ? Effect.void : this.#unsupported(missing, outcome)
    })
  }

  #has(feature: Feature): boolean {
    return this.#announced?.features.has(feature) === true
  }

  #isKnown(feature: Feature): boolean {
    if (this.#announced === undefined || this.#has(feature)) return this.#announced !== undefined
    const age = this.#clock.monotonicTimeNanosUnsafe() - this.#announced.atNanos
    return Number(age) / 1e6 < Duration.toMillis(featuresMemory)
  }

  #unsupported(feature: Feature, outcome: string) {
    return Effect.fail(
      DispatchError.unsupported(
        `the service at ${this.#address} keeps no ${featureNames[feature]}, as it does not say that it does; ${outcome}`
      )
    )
  }
}

const featureNames: { readonly [feature in Feature]: string } = {
  calendar: "rules in local time",
  name: "names of dispatches",
  report: "reports of runs"
}
