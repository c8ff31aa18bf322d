/**
 * Running-state changes of dispatches as changes of identities. A deterministic state machine: evaluations go in, in
 * order, and what a consumer of the merged stream is to be told comes out.
 */
import type { DispatchId } from "../../DispatchId.ts"
import type { MergeStrategy } from "../../MergeStrategy.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import { byId, byOccurrence } from "../timeline/changeOrder.ts"

/** What runs of one identity, and what of it the consumer was told last. */
interface Group {
  readonly running: Map<DispatchId, RunningStateChange>
  told: DispatchId | undefined
}

/** What one evaluation has ended in a group. */
interface Ending {
  readonly group: Group
  readonly stops: Array<RunningStateChange>
  /** The latest stop of a command, which is withheld if anything else of the group runs. */
  command: RunningStateChange | undefined
}

/** Merges for one subscriber. */
export interface Merging {
  /** Whether a change is one that is merged here. */
  readonly takesPart: (change: RunningStateChange) => boolean
  /** Takes over what runs as the subscription is made, by occurrence, and gives what takes part in the merging. */
  readonly begin: (running: ReadonlyArray<RunningStateChange>, isTold: boolean) => Array<RunningStateChange>
  /** Gives what the consumer is to be told of one evaluation. */
  readonly merge: (evaluation: ReadonlyArray<RunningStateChange>) => Array<RunningStateChange>
}

/** Begins with nothing running. `type` is what the subscriber asked for. */
export const make = (strategy: MergeStrategy, type: string | undefined): Merging => {
  const groups = new Map<string, Group>()
  /** The identity under which a running dispatch takes part. */
  const identities = new Map<DispatchId, string>()

  const takesPart = ({ dispatch }: RunningStateChange) =>
    (type === undefined || dispatch.type === type) && strategy.filter?.(dispatch, type) !== false

  const groupOf = (identity: string): Group => {
    let group = groups.get(identity)
    if (group === undefined) groups.set(identity, (group = { running: new Map(), told: undefined }))
    return group
  }

  const enter = (change: RunningStateChange): Group => {
    const { id } = change.dispatch
    const identity = strategy.identity(change.dispatch)
    const group = groupOf(identity)
    identities.set(id, identity)
    group.running.set(id, change)
    return group
  }

  return {
    takesPart,

    begin: (running, _upcoming, isTold) => {
      const current = running.filter(takesPart)
      for (const change of current) {
        const group = enter(change)
        if (isTold) group.told = change.dispatch.id
      }
      return current
    },

    keyOf: ({dispatch}) => strategy.identity(dispatch),
    merge: ({changes: evaluation}) => {
      const endings = new Map<string, Ending>()
      const commands: Array<RunningStateChange> = []
      const starts: Array<RunningStateChange> = []

      const endingOf = (identity: string): Ending => {
        let ending = endings.get(identity)
        if (ending === undefined) {
          endings.set(identity, (ending = { group: groupOf(identity), stops: [], command: undefined }))
        }
        return ending
      }

      /** Takes a dispatch out of its group; `stop` is what to tell of it, should no other run. */
      const leave = (stop: RunningStateChange) => {
        const { id } = stop.dispatch
        // What an earlier process had announced is not known here, and its stop is passed on (R11).
        const identity =
          identities.get(id) ?? (takesPart(stop) ? strategy.identity(stop.dispatch) : undefined)
        if (identity === undefined) return
        const ending = endingOf(identity)
        identities.delete(id)
        ending.group.running.delete(id)
        ending.stops.push(stop)
      }

      const start = (change: RunningStateChange) => {
        const { dispatch } = change
        const before = identities.get(dispatch.id)
        const isIn = takesPart(change)
        if (before !== undefined && (!isIn || before !== strategy.identity(dispatch))) {
          const ran = groupOf(before).running.get(dispatch.id) as RunningStateChange
          leave(stopOf(ran, change))
        }
        if (!isIn) return
        enter(change)
        starts.push(change)
      }

      for (const change of evaluation) {
        if (isCommand(change)) {
          if (takesPart(change)) commands.push(change)
        } else if (change.state === "Running") start(change)
        else leave(change)
      }

      const told: Array<RunningStateChange> = []
      for (const { group, stops } of endings.values()) {
        const stop = lastOf(stops.filter(({ dispatch }) => !othersRun(group, dispatch.id)))
        if (stop !== undefined) told.push(stop)
      }
      told.sort(byId)
      for (const change of commands) {
        const ending = endingOf(strategy.identity(change.dispatch))
        if (change.state === "Running") {
          told.push(change)
          ending.group.told = undefined
        } else if (ending.group.running.size === 0) told.push(change)
        else ending.command = change
      }
      for (const { dispatch } of starts) groupOf(identities.get(dispatch.id) as string).told = dispatch.id
      for (const [identity, { command, group, stops }] of endings) {
        if (group.running.size === 0) {
          groups.delete(identity)
          continue
        }
        const withheld = lastOf(stops) ?? command
        if (withheld === undefined || (group.told !== undefined && group.running.has(group.told))) continue
        const again = latest(group.running.values())
        group.told = again.dispatch.id
        starts.push(announcedAgain(again, withheld))
      }
      for (const change of starts.sort(byOccurrence)) told.push(change)
      return told
    }
  }
}

/** The end of a dispatch's part in an identity, because of a change that takes it elsewhere. */
const stopOf = (
  { dispatch, occurrence, until }: RunningStateChange,
  { at, cause, decidedAt, dispatch: next }: RunningStateChange
): RunningStateChange => ({
  dispatch,
  state: "Stopped",
  at,
  decidedAt,
  occurrence,
  until,
  continues: false,
  cause,
  next
})

const othersRun = ({ running }: Group, id: DispatchId): boolean => running.size > (running.has(id) ? 1 : 0)

/** Of several stops at once the one that says how long the identity ran. */
const lastOf = (stops: ReadonlyArray<RunningStateChange>): RunningStateChange | undefined =>
  stops.reduce<RunningStateChange | undefined>(
    (last, stop) => (last === undefined || byInstant(stop, last) > 0 ? stop : last),
    undefined
  )

const byInstant = (left: RunningStateChange, right: RunningStateChange): number =>
  left.at.epochMilliseconds - right.at.epochMilliseconds || byId(left, right)

/** The running one that began last, of several the one of the highest id. */
const latest = (running: Iterable<RunningStateChange>): RunningStateChange => {
  let found: RunningStateChange | undefined
  for (const change of running) if (found === undefined || byOccurrence(change, found) > 0) found = change
  return found as RunningStateChange
}

const announcedAgain = (
  { continues, dispatch, occurrence, until }: RunningStateChange,
  { at, decidedAt }: RunningStateChange
): RunningStateChange => ({
  dispatch,
  state: "Running",
  at,
  decidedAt,
  occurrence,
  until,
  continues,
  cause: "Merged"
})
