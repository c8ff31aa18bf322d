/** A mirror under test, and a service that tells it things. */
import type { DispatchRecord, StreamEvent, UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchMirror from "../src/internal/mirror/dispatchMirror.ts"
import type { Outcome } from "../src/internal/mirror/mirrorOutcome.ts"
import { t0 } from "./fixtures.ts"
import * as Inputs from "./inputs.ts"
import { doubtful } from "../src/internal/mirror/doubtful.ts"

/** A record under id 1 that cannot be read. */
export const unreadable = (version: number | undefined): UnreadableDispatch => ({
  _tag: "UnreadableDispatch",
  id: DispatchId.make(1n),
  updateTime: version === undefined ? undefined : BigInt(version),
  path: "target",
  message: "a target is required"
})

/** The new knowledge, in short: `Updated 1 Resync`. */
export const told = ({ transitions }: Outcome): Array<string> =>
  transitions.map((transition) => {
    const id = "id" in transition ? transition.id : transition.dispatch.id
    return `${transition._tag} ${id} ${transition.cause}`
  })

/** A mirror, and what can happen to it; time passes only as it is told. */
export const makeMirror = () => {
  const mirror = DispatchMirror.make()
  let elapsed = 0
  const moment = () => ({ now: t0 + elapsed, elapsed })
  const begin = (endedSince = t0 - 300_000) => Inputs.beginListing(mirror, endedSince, elapsed)
  const apply = (
    listing: DispatchMirror.Listing,
    records: ReadonlyArray<DispatchRecord>,
    openStreamsSince = Infinity
  ) => Inputs.applyListing(mirror, listing, records, openStreamsSince, moment())
  return {
    mirror,
    pass: (seconds: number) => void (elapsed += seconds * 1_000),
    /** Opens a stream, or asks something: gives the position. */
    mark: () => Inputs.mark(mirror),
    begin,
    apply,
    /** A whole listing that begins and ends now. */
    list: (...records: ReadonlyArray<DispatchRecord>) => apply(begin(), records),
    /** An event of a stream: one that has just been opened, unless it says when. */
    event: (kind: StreamEvent["kind"], record: DispatchRecord, openedAt: number = Inputs.mark(mirror)) =>
      Inputs.applyEvent(mirror, { kind, record }, openedAt),
    read: (record: DispatchRecord, by: "get" | "ids", askedAt: number = Inputs.mark(mirror)) =>
      Inputs.applyRead(mirror, record, { askedAt, by }, moment()),
    missing: (id: bigint, askedAt: number = Inputs.mark(mirror)) =>
      Inputs.applyMissing(mirror, DispatchId.make(id), askedAt),
    doubtful: () => doubtful(mirror)
  }
}
