/**
 * The service of a simulation: it accepts the wishes of operators, tells its streams, and can be set back to a backup.
 */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { type DispatchRecord, isReadable } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { DateTime, Duration, Effect } from "effect"
import type { ScriptedService } from "../ScriptedService.ts"
import type { Draft, Lacking } from "../SimulationPlan.ts"
import { ruleOf } from "./drafts.ts"
import { ServiceHistory } from "./serviceHistory.ts"

/** The records of the service, and what has become of them. Its clock is right. */
export class SimulatedService {
  readonly held = new Map<DispatchId, DispatchRecord>()
  readonly history: ServiceHistory
  /** True if a dispatch had another content under the same update time: an actor believes it only later (S5). */
  hasRewritten = false
  readonly #network: ScriptedService["Service"]
  readonly #now: () => number
  #backup = new Map<DispatchId, DispatchRecord>()
  #lastId = 0n
  #lastUpdateTime = 0n

  constructor(network: ScriptedService["Service"], now: () => number) {
    this.#network = network
    this.history = new ServiceHistory(now)
    this.#now = now
  }

  /** The one that `pick`, from 0 to 1, chooses. */
  choose(pick: number): DispatchRecord | undefined {
    return [...this.held.values()][Math.floor(pick * this.held.size)]
  }

  create(draft: Draft): Effect.Effect<void> {
    this.#lastId += 1n
    // A double cannot tell some ids apart.
    const id = DispatchId.make(
      this.#lastId % 3n === 0n ? 9_007_199_254_740_992n + this.#lastId : this.#lastId
    )
    const dispatch = new Dispatch({
      id,
      ...this.#fieldsOf(draft),
      createTime: DateTime.makeUnsafe(this.#now()),
      updateTime: this.#nextUpdateTime()
    } as ConstructorParameters<typeof Dispatch>[0])
    return this.#hold("Created", dispatch, draft.endsOff)
  }

  update(pick: number, changes: Partial<Draft>): Effect.Effect<void> {
    const current = this.choose(pick)
    if (current === undefined || !isReadable(current)) return Effect.void
    const { recurrence, ...fields } = current
    const kept = recurrence === undefined || "recurrence" in changes ? fields : { ...fields, recurrence }
    const dispatch = new Dispatch({ ...kept, ...this.#fieldsOf(changes), updateTime: this.#nextUpdateTime() })
    return this.#hold("Updated", dispatch, changes.endsOff)
  }

  /** Holds another content under the same update time, and tells nobody. */
  rewrite(pick: number, changes: Partial<Draft>): Effect.Effect<void> {
    const current = this.choose(pick)
    if (current === undefined || !isReadable(current)) return Effect.void
    const { recurrence, ...fields } = current
    const kept = recurrence === undefined || "recurrence" in changes ? fields : { ...fields, recurrence }
    const dispatch = withEnd(new Dispatch({ ...kept, ...this.#fieldsOf(changes) }), changes.endsOff)
    this.hasRewritten = true
    this.#keep(dispatch.id, dispatch)
    return this.#network.holdSilently(dispatch.id, dispatch)
  }

  delete(pick: number): Effect.Effect<void> {
    const current = this.choose(pick)
    if (current?.id === undefined) return Effect.void
    this.held.delete(current.id)
    this.history.lost(current.id)
    this.#nextUpdateTime()
    return this.#network.remove(current.id)
  }

  /** Holds from now on a version that its readers do not understand, or announces a record that nobody can identify. */
  becomeUnreadable(pick: number, lacks: Lacking): Effect.Effect<void> {
    const current = this.choose(pick)
    if (current?.id === undefined) return Effect.void
    const updateTime = this.#nextUpdateTime()
    const record: DispatchRecord = {
      _tag: "UnreadableDispatch",
      id: lacks === "id" ? undefined : current.id,
      updateTime: lacks === "updateTime" ? undefined : updateTime,
      path: "target",
      message: "a kind of target of the future"
    }
    if (lacks === "id") return this.#network.send({ kind: "Updated", record })
    this.#keep(current.id, record)
    return this.#network.put("Updated", record)
  }

  takeBackup(): void {
    this.#backup = new Map(this.held)
  }

  /** Goes back to the last backup; its streams end with that. */
  restoreBackup(): Effect.Effect<void> {
    const now = this.held
    const silently: Array<Effect.Effect<void>> = []
    for (const id of now.keys())
      if (!this.#backup.has(id)) silently.push(this.#network.holdSilently(id, undefined))
    for (const [id, record] of this.#backup) {
      silently.push(this.#network.holdSilently(id, record))
    }
    this.history.goesBack(now, this.#backup)
    now.clear()
    for (const [id, record] of this.#backup) now.set(id, record)
    const restarted = DispatchError.unavailable("the service was set back")
    return Effect.andThen(Effect.all(silently), this.#network.endStreams(restarted))
  }

  /** Sends the versions of these dispatches once more. */
  redeliver(ids: Iterable<DispatchId>): Effect.Effect<void> {
    return Effect.forEach(
      ids,
      (id) => {
        const record = this.held.get(id)
        return record === undefined ? Effect.void : this.#network.send({ kind: "Updated", record })
      },
      { discard: true }
    )
  }

  #hold(kind: "Created" | "Updated", written: Dispatch, endsOff = 0): Effect.Effect<void> {
    const dispatch = withEnd(written, endsOff)
    this.#keep(dispatch.id, dispatch)
    return this.#network.put(kind, dispatch)
  }

  #keep(id: DispatchId, record: DispatchRecord): void {
    this.held.set(id, record)
    this.history.holds(record)
  }

  #nextUpdateTime(): bigint {
    const now = BigInt(this.#now()) * 1_000_000n
    this.#lastUpdateTime = now > this.#lastUpdateTime ? now : this.#lastUpdateTime + 1n
    return this.#lastUpdateTime
  }

  #fieldsOf(draft: Partial<Draft>): Partial<ConstructorParameters<typeof Dispatch>[0]> {
    const { duration, endsOff: _, recurrence, startsIn, timeZone, ...same } = draft
    const startTime = startsIn === undefined ? undefined : Math.ceil((this.#now() + startsIn) / 1_000) * 1_000
    return {
      ...same,
      ...(startTime === undefined ? {} : { startTime: DateTime.makeUnsafe(startTime) }),
      ...(duration === undefined
        ? {}
        : { duration: duration === null ? Duration.infinity : Duration.seconds(duration) }),
      ...(recurrence === undefined ? {} : { recurrence: ruleOf(recurrence, timeZone) })
    }
  }
}

/** The dispatch with its last end, as a service gives it; of a rule in local time by its own zone data. */
const withEnd = (written: Dispatch, endsOff = 0): Dispatch => {
  const { endTime: _, ...fields } = written
  const off = written.recurrence?.timeZone === undefined ? 0 : endsOff
  const end = written.schedule.lastEnd + off * 3_600_000
  return new Dispatch(Number.isFinite(end) ? { ...fields, endTime: DateTime.makeUnsafe(end) } : fields)
}
