/** Entries that owners before wrote late, and the runs that the journal tells anew because of them (J6). */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import type { JournalError } from "@effect-dispatch/core/JournalStore"
import { keyOf } from "@effect-dispatch/core/Run"
import { journalRetryDelay } from "@effect-dispatch/core/SiteJournal"
import { DateTime, Duration, Effect, Option, Random, Schedule } from "effect"
import type { Token } from "../../FencingToken.ts"
import { lateEntriesInterval, lateEntriesIntervalLater, lateEntriesMax } from "../../FleetLimits.ts"
import type { FleetJournal, LateEntry } from "../../FleetStore.ts"
import { elapsed } from "../elapsed.ts"
import type { EdgeLog } from "./edgeLog.ts"

/** The journal of an owner, and the numbers that it gives. */
export interface Amending {
  readonly token: Token
  readonly edges: EdgeLog
  readonly journal: FleetJournal
}

/** Looks for late entries, for ever, and amends their runs. */
export const amendAll = (amending: Amending): Effect.Effect<never> =>
  Effect.gen(function* () {
    const began = yield* elapsed
    for (;;) {
      const found = yield* Effect.orElseSucceed(amending.journal.late, () => [])
      if (found.length > 0) yield* amend(amending, found)
      if (found.length >= lateEntriesMax) continue
      const isLater = (yield* elapsed) - began >= Duration.toMillis(lateEntriesIntervalLater)
      yield* Effect.sleep(
        Duration.times(isLater ? lateEntriesIntervalLater : lateEntriesInterval, yield* share)
      )
    }
  })

/** Half of the interval or more: sites that began together do not look together for long. */
const share = Effect.map(Random.next, (drawn) => (1 + drawn) / 2)

/** A reader who has gone on is told by an entry of this owner, and goes over the journal anew. */
const amend = Effect.fnUntraced(function* (
  { edges, journal, token }: Amending,
  late: ReadonlyArray<LateEntry>
) {
  const at = yield* DateTime.now
  const runs = new Map(late.flatMap(({ entry }) => Option.toArray(Option.flatMap(entry, aboutRun))))
  const entries = [...runs.values()].map((event): JournalEntry => {
    return { epoch: token.epoch, number: edges.hold(), at, status: edges.status, event }
  })
  yield* untilDone(journal.append(entries))
  for (const { number } of entries) edges.release(number)
  yield* untilDone(journal.amended(late))
})

const untilDone = (write: Effect.Effect<void, JournalError>): Effect.Effect<void> =>
  Effect.orDie(Effect.retry(write, Schedule.spaced(journalRetryDelay)))

/** The run that an entry is about, by its name. */
const aboutRun = ({ epoch, event }: JournalEntry) => {
  if (!("occurrence" in event)) return Option.none()
  const { dispatch, occurrence, until } = event
  const about = { dispatch, occurrence, ...(until === undefined ? undefined : { until }) }
  return Option.some([keyOf(about), { _tag: "Amended", ...about, epoch }] as const)
}
