/** The words in which a site that is killed and its journal are compared. */

/** The argument of a site. */
export interface SiteArguments {
  readonly url: string
  readonly directory: string
}

/** A line that a site has written about its life. */
export type Life =
  | { readonly tag: "begun" | "missed" }
  | { readonly tag: "known"; readonly id: string }
  | {
      readonly tag: "told"
      readonly words: string
      readonly id: string
      readonly state: string
      readonly isCommand: boolean
    }

interface Told {
  readonly state: "Running" | "Stopped"
  readonly dispatch: { readonly id: bigint }
  readonly occurrence: { readonly epochMilliseconds: number }
  readonly plannedAt: { readonly epochMilliseconds: number }
  readonly cause: string
}

/** A change as it is told. */
export const inWords = ({ cause, dispatch, occurrence, plannedAt, state }: Told): string =>
  `${state} ${dispatch.id} of ${occurrence.epochMilliseconds} for ${plannedAt.epochMilliseconds} (${cause})`
