/**
 * The successor of a dispatch that is replaced: inactive, under a name of its own, until the one before it is deleted. It
 * holds what the plan does not say, so that a plan that was killed in between goes on from it.
 */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { Draft } from "../schedule/draft.ts"

/** The ends of its names: they tell if it is to be active. */
const suffixes = { active: " (replacement)", inactive: " (inactive replacement)" } as const

/** The names that the successor of a dispatch may have. */
export const successorNames = (name: string): ReadonlyArray<string> =>
  Object.values(suffixes).map((suffix) => name + suffix)

/** A draft that has a name. */
export interface NamedDraft extends Draft {
  readonly name: string
}

/** The draft as it waits until the one before it is deleted. */
export const waiting = (draft: NamedDraft): NamedDraft => ({
  ...draft,
  name: draft.name + (draft.active ? suffixes.active : suffixes.inactive),
  active: false
})

/** The change by which a successor takes the name that it waits for. */
export const accession = (successor: Dispatch, name: string): DispatchChanges => ({
  name,
  ...(isToBeActive(successor) ? { active: true } : undefined)
})

/** A successor as it is once it has the name that it waits for. */
export const inPlace = (successor: Dispatch, name: string): Dispatch =>
  new Dispatch({ ...successor, name, active: isToBeActive(successor) })

const isToBeActive = ({ name = "" }: Dispatch): boolean => name.endsWith(suffixes.active)
