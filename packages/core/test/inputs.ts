/** Inputs of a mirror in the order in which a test gives them. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchRecord, StreamEvent } from "@effect-dispatch/core/DispatchClient"
import * as DispatchMirror from "../src/internal/mirror/dispatchMirror.ts"
import type { Outcome } from "../src/internal/mirror/mirrorOutcome.ts"

type Mirror = DispatchMirror.DispatchMirror
type Moment = Parameters<typeof DispatchMirror.applyListing>[2]

const last = new WeakMap<Mirror, number>()

/** The next position in the order of inputs. */
export const mark = (mirror: Mirror): number => {
  const position = (last.get(mirror) ?? 0) + 1
  last.set(mirror, position)
  return position
}

/** The mirrors whose next listing repeats another. */
const repeated = new WeakSet<Mirror>()

const noted = (mirror: Mirror, outcome: Outcome): Outcome => {
  if (outcome.repeat) repeated.add(mirror)
  return outcome
}

/** Begins a listing, which repeats another if the mirror has asked for that. */
export const beginListing = (
  mirror: Mirror,
  endedSince: number,
  elapsed: number
): DispatchMirror.Listing => ({
  startedAt: mark(mirror),
  endedSince,
  elapsed,
  isRepetition: repeated.delete(mirror)
})

export const recover = (mirror: Mirror, versions: Iterable<Dispatch>, isWhole: boolean): boolean =>
  DispatchMirror.recover(mirror, versions, { at: mark(mirror), isWhole })

export const confirmAll = (mirror: Mirror) => DispatchMirror.confirmAll(mirror, mark(mirror))

export const applyEvent = (mirror: Mirror, event: StreamEvent, openedAt: number) =>
  DispatchMirror.applyEvent(mirror, { event, openedAt, at: mark(mirror) })

export const applyListing = (
  mirror: Mirror,
  listing: DispatchMirror.Listing,
  records: Iterable<DispatchRecord>,
  openStreamsSince: number,
  moment: Moment
) =>
  noted(
    mirror,
    DispatchMirror.applyListing(mirror, { listing, records, openStreamsSince, at: mark(mirror) }, moment)
  )

export const applyRead = (
  mirror: Mirror,
  record: DispatchRecord,
  asked: { readonly askedAt: number; readonly by: "get" | "ids" },
  moment: Moment
) => noted(mirror, DispatchMirror.applyRead(mirror, { record, ...asked, at: mark(mirror) }, moment))

export const applyMissing = (mirror: Mirror, id: DispatchId, askedAt: number) =>
  DispatchMirror.applyMissing(mirror, { id, askedAt, at: mark(mirror) })
