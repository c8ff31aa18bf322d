/** All versions that a simulated service has held, and its returns to backups: an actor may believe no other. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { type DispatchRecord, isReadable } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"

/** An answer may still be on its way for this long, in milliseconds: S2 and S7 give up a call after a minute. */
const answerMillisMax = 65_000

type Records = ReadonlyMap<DispatchId, DispatchRecord>

/** All times are milliseconds of the timers. */
export class ServiceHistory {
  readonly #timers: () => number
  readonly #held = new Map<DispatchId, Array<Dispatch>>()
  readonly #restored = new Set<string>()
  /** Dispatches that were gone and came back with a backup. */
  readonly #revived = new Set<DispatchId>()
  readonly #goneAt = new Map<DispatchId, number>()

  constructor(timers: () => number) {
    this.#timers = timers
  }

  /** The service holds a version from now on. */
  holds(record: DispatchRecord): void {
    const { id } = record
    if (id === undefined) return
    this.#goneAt.delete(id)
    if (!isReadable(record)) return
    const versions = this.#held.get(id)
    if (versions === undefined) this.#held.set(id, [record])
    else versions.push(record)
  }

  /** The service does not hold it any more. */
  lost(id: DispatchId): void {
    this.#goneAt.set(id, this.#timers())
  }

  /** The service goes back from what it holds to a backup. */
  goesBack(held: Records, backup: Records): void {
    for (const id of held.keys()) if (!backup.has(id)) this.lost(id)
    for (const [id, record] of backup) {
      this.#goneAt.delete(id)
      if (!held.has(id)) this.#revived.add(id)
      if (held.get(id) !== record) this.#restored.add(nameOf(id, record.updateTime))
    }
  }

  /** True if the service has ever held exactly this version. */
  hasHeld(dispatch: Dispatch): boolean {
    return this.#held.get(dispatch.id)?.some((version) => version.sameContent(dispatch)) === true
  }

  /** True if a backup brought this version back: it may take the place of a newer one (S5). */
  hasRestored({ id, updateTime }: Dispatch): boolean {
    return this.#restored.has(nameOf(id, updateTime))
  }

  /** True if a deleted dispatch may be believed to exist: a backup revived it, and `get` can have shown it (S6). */
  mayComeBack(id: DispatchId): boolean {
    const goneAt = this.#goneAt.get(id)
    return this.#revived.has(id) && (goneAt === undefined || this.#timers() - goneAt <= answerMillisMax)
  }
}

const nameOf = (id: DispatchId, updateTime: bigint | undefined): string => `${id} v${updateTime}`
