/** Entries that owners before wrote late: the journal says where the first of them stands (J6). */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import type { JournalError, JournalPosition } from "@effect-dispatch/core/JournalStore"
import { journalRetryDelay } from "@effect-dispatch/core/SiteJournal"
import { DateTime, Duration, Effect, Random, Schedule } from "effect"
import type { Token } from "../../FencingToken.ts"
import { lateEntriesInterval, lateEntriesIntervalLater, lateEntriesMax } from "../../FleetLimits.ts"
import type { FleetJournal } from "../../FleetStore.ts"
import { elapsed } from "../elapsed.ts"
import type { EdgeLog } from "./edgeLog.ts"

/** The journal of an owner, and the numbers that it gives. */
export interface Amending {
  readonly token: Token
  readonly edges: EdgeLog
  readonly journal: FleetJournal
}

/** Looks for late entries, for ever, and tells of them. */
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
  late: ReadonlyArray<JournalPosition>
) {
  const at = yield* DateTime.now
  const entries = firstOfEach(late).map(({ epoch, number }): JournalEntry => {
    const event = { _tag: "Amended", epoch, number } as const
    return { epoch: token.epoch, number: edges.hold(), at, status: edges.status, event }
  })
  yield* untilDone(journal.append(entries))
  for (const { number } of entries) edges.release(number)
  yield* untilDone(journal.amended(late))
})

const untilDone = (write: Effect.Effect<void, JournalError>): Effect.Effect<void> =>
  Effect.orDie(Effect.retry(write, Schedule.spaced(journalRetryDelay)))

/** The first place of each epoch. */
const firstOfEach = (late: ReadonlyArray<JournalPosition>): ReadonlyArray<JournalPosition> =>
  late.filter(({ epoch }, index) => late[index - 1]?.epoch !== epoch)
