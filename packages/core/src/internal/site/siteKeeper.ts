/** Keeps records of what an actor knows and has announced in step with the mirror and the timeline. Rule S10. */
import { Effect } from "effect"
import type { KeyValueStore } from "effect/persistence/KeyValueStore"
import type { DispatchId } from "../../DispatchId.ts"
import type { DispatchMirror } from "../../DispatchMirror.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import type { Remembered, Timeline } from "../../Timeline.ts"
import * as SiteRecords from "./siteRecords.ts"

/** Keeps what is known of a site. */
export interface SiteKeeper {
  /** What an earlier process left behind, once; absent if there is nothing. */
  readonly recall: Effect.Effect<Recalled | undefined>
  /** Writes down what is to be published, before it is: starts and commands, with the stops still to come. */
  readonly before: (changes: ReadonlyArray<RunningStateChange>) => Effect.Effect<void>
  /** Writes down how these dispatches are now, after all was published. */
  readonly after: (ids: Iterable<DispatchId>) => Effect.Effect<void>
  /** Notes that the microgrid has been listed. */
  readonly listed: Effect.Effect<void>
}

/** What an earlier process left behind. */
export interface Recalled {
  readonly remembered: ReadonlyArray<Remembered>
  /** Whether all of it could be read. */
  readonly isWhole: boolean
}

/** A keeper that forgets all. */
export const forgetful: SiteKeeper = {
  recall: Effect.undefined,
  before: () => Effect.void,
  after: () => Effect.void,
  listed: Effect.void
}

const noneStopping: ReadonlyMap<DispatchId, ReadonlyArray<RunningStateChange>> = new Map()

export const make = (store: KeyValueStore, mirror: DispatchMirror, timeline: Timeline): SiteKeeper => {
  const records = SiteRecords.make(store)
  const groups = new Map<number, Set<DispatchId>>()
  let recalled = false
  let marked = false

  const idsOf = (group: number): Set<DispatchId> => {
    let ids = groups.get(group)
    if (ids === undefined) groups.set(group, (ids = new Set()))
    return ids
  }

  const rememberedOf = (id: DispatchId, stillAnnounced: ReadonlyArray<RunningStateChange>): Remembered => {
    const entry = timeline.entries.get(id)
    const known = mirror.known.get(id)
    return {
      id,
      version: known?.unreadable === undefined ? known?.dispatch : undefined,
      announced: entry?.announced === undefined ? stillAnnounced : [...stillAnnounced, entry.announced],
      executed: (entry === undefined ? timeline.gone.get(id) : entry.executed)?.latest ?? [],
      evaluatedAt: timeline.evaluatedAt
    }
  }

  const write = Effect.fnUntraced(function* (
    changed: Iterable<DispatchId>,
    stopping: ReadonlyMap<DispatchId, ReadonlyArray<RunningStateChange>>
  ) {
    const touched = new Set<number>()
    for (const id of changed) {
      const group = SiteRecords.groupOf(id)
      idsOf(group).add(id)
      touched.add(group)
    }
    for (const group of touched) {
      const ids = idsOf(group)
      const all: Array<Remembered> = []
      for (const id of ids) {
        const remembered = rememberedOf(id, stopping.get(id) ?? [])
        const { announced, executed, version } = remembered
        if (version === undefined && announced.length === 0 && executed.length === 0) ids.delete(id)
        else all.push(remembered)
      }
      yield* records.writeGroup(group, timeline.evaluatedAt, all)
    }
  })

  return {
    recall: Effect.suspend(() => {
      if (recalled) return Effect.undefined
      return Effect.tap(records.read, (found) =>
        Effect.sync(() => {
          recalled = true
          for (const { id } of found?.remembered ?? []) idsOf(SiteRecords.groupOf(id)).add(id)
        })
      )
    }),
    before: (changes) => {
      const starting = changes.filter(({ state }) => state === "Running").map(({ dispatch }) => dispatch.id)
      if (starting.length === 0) return Effect.void
      const stopping = new Map<DispatchId, Array<RunningStateChange>>()
      for (const change of changes) {
        if (change.state === "Running" || isCommand(change)) continue
        const { id } = change.dispatch
        stopping.set(id, [...(stopping.get(id) ?? []), change])
      }
      return write(starting, stopping)
    },
    after: (ids) => write(ids, noneStopping),
    listed: Effect.suspend(() => {
      if (marked) return Effect.void
      marked = true
      return Effect.asVoid(records.mark)
    })
  }
}
