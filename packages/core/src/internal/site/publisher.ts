/** Tells subscribers, and counts the values told. */
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import type { SiteFollower } from "../../SitePersistence.ts"
import type { JournalWriter } from "../journal/journalWriter.ts"
import type { Hub } from "../subscribers/hub.ts"
import type { Publication } from "../subscribers/publication.ts"
import type { RecoveredStop } from "./recoveredStops.ts"
import type { SiteTelemetry } from "./siteTelemetry.ts"

/** The outlets of a site. Nothing empty is published. */
export interface Publisher {
  readonly changes: (publication: Publication) => void
  readonly missed: (missed: ReadonlyArray<MissedRun>) => void
  readonly events: (events: ReadonlyArray<DispatchEvent>) => void
}

/** The streams of a site. */
export interface Hubs {
  readonly changes: Hub<RunningStateChange, Publication, RecoveredStop>
  readonly missed: Hub<MissedRun>
  readonly events: Hub<DispatchEvent>
}

/** Ends all streams once they have given what was published, and later ones at once. */
export const close = ({ changes, events, missed }: Hubs): void => {
  changes.close()
  missed.close()
  events.close()
}

/** Those that are told beside the subscribers; a follower even before them. */
export interface Witnesses {
  readonly telemetry: SiteTelemetry
  readonly follower: SiteFollower | undefined
  readonly journal: JournalWriter | undefined
}

export const make = (hubs: Hubs, { follower, journal, telemetry }: Witnesses): Publisher => ({
  changes: (publication) => {
    const { changes, moved, upcoming, withdrawn } = publication
    if (changes.length + moved.length + upcoming.length + withdrawn.length === 0) return
    if (changes.length > 0) follower?.telling(changes)
    // Before the actors of the application, whose steps follow from it.
    journal?.changes(changes)
    hubs.changes.publish(publication)
    telemetry.changes(changes)
  },
  missed: (missed) => {
    if (missed.length === 0) return
    hubs.missed.publish(missed)
    telemetry.missed(missed)
    journal?.missed(missed)
  },
  events: (events) => {
    if (events.length === 0) return
    hubs.events.publish(events)
    telemetry.events(events)
  }
})
