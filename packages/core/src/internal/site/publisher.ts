/** Tells subscribers, and counts what they are told. */
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import type { Hub } from "../subscribers/hub.ts"
import type { Publication } from "../subscribers/publication.ts"
import type { SiteRecorder } from "./siteRecorder.ts"

/** Where a site publishes. What is empty is not published. */
export interface Publisher {
  readonly changes: (publication: Publication) => void
  readonly missed: (missed: ReadonlyArray<MissedRun>) => void
  readonly events: (events: ReadonlyArray<DispatchEvent>) => void
}

/** The streams of a site. */
export interface Hubs {
  readonly changes: Hub<RunningStateChange, Publication>
  readonly missed: Hub<MissedRun>
  readonly events: Hub<DispatchEvent>
}

export const make = (hubs: Hubs, recorder: SiteRecorder): Publisher => ({
  changes: (publication) => {
    const { changes, upcoming, withdrawn } = publication
    if (changes.length + upcoming.length + withdrawn.length === 0) return
    hubs.changes.publish(publication)
    recorder.changes(changes)
  },
  missed: (missed) => {
    if (missed.length === 0) return
    hubs.missed.publish(missed)
    recorder.missed(missed)
  },
  events: (events) => {
    if (events.length === 0) return
    hubs.events.publish(events)
    recorder.events(events)
  }
})
