/**
 * Running-state changes of dispatches as changes of identities. A deterministic state machine: publications go in, in
 * order, and the changes for a consumer of the merged stream come out.
 */
import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Identity, MergeStrategy } from "../../MergeStrategy.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import { byId, byOccurrence } from "../timeline/changeOrder.ts"
import { movedStop } from "../timeline/movedStop.ts"
import * as Identities from "./identities.ts"
import type { Publication } from "./publication.ts"

/** The running dispatches of one identity, and the one that the consumer was told last. */
interface Group {
  readonly running: Map<DispatchId, RunningStateChange>
  /** Starts that are decided and not yet told. */
  readonly upcoming: Map<DispatchId, RunningStateChange>
  told: DispatchId | undefined
  /** The stop that is told unless another change of the group is told first. */
  withheld: RunningStateChange | undefined
}

/** The stops of one publication in a group. */
interface Ending {
  readonly group: Group
  readonly stops: Array<RunningStateChange>
  /** The latest stop of a command, which is withheld if anything else of the group is on. */
  command: RunningStateChange | undefined
}

/** The present as a subscriber finds it. */
export interface Present {
  /** The running dispatches, by occurrence. */
  readonly running: ReadonlyArray<RunningStateChange>
  /** The starts that are decided and not yet told. */
  readonly upcoming: ReadonlyArray<RunningStateChange>
  /** The subscriber is told what runs. */
  readonly isTold: boolean
}

/** Merges for one subscriber. */
export interface Merging {
  /** Tells if a change is merged here. */
  readonly takesPart: (change: RunningStateChange) => boolean
  /** Tells if a version that has gone on as another (`next`) had an identity of its own here. */
  readonly moves: (stop: RunningStateChange) => boolean
  /** Takes over the present, at the moment of subscribing. Returns the running ones that take part in the merging. */
  readonly begin: (present: Present) => Array<RunningStateChange>
  /** The changes that the consumer must be told for one publication. */
  readonly merge: (publication: Publication) => Array<RunningStateChange>
  /** The identity of a change that was returned here. */
  readonly keyOf: (change: RunningStateChange) => Identity
}

/** Begins with nothing running. `type` is the type that the subscriber asked for. */
export const make = (
  strategy: MergeStrategy,
  type: string | undefined,
  report: Identities.Report
): Merging => {
  const identityOf = Identities.make(strategy, type, report)
  const state: State = {
    identityOf,
    groups: new Map(),
    parts: new Map(),
    upcoming: new Map(),
    left: new Map(),
    ended: new WeakSet(),
    given: new WeakMap()
  }
  return {
    takesPart: (change) =>
      (change.state === "Stopped" && endsPart(state.parts.get(change.dispatch.id), change)) ||
      identityOf(change.dispatch) !== undefined,
    moves: ({ dispatch, next }) => {
      const identity = identityOf(dispatch)
      return identity !== undefined && (next === undefined || identity !== identityOf(next))
    },
    begin: (present) => begin(state, present),
    merge: (publication) => merge(state, publication),
    keyOf: (change) => state.given.get(change) ?? change.dispatch.id
  }
}

interface State {
  readonly identityOf: Identities.IdentityOf
  readonly groups: Map<Identity, Group>
  /** The parts of running dispatches. */
  readonly parts: Map<DispatchId, Part>
  /** The parts of starts that are decided and not yet told. */
  readonly upcoming: Map<DispatchId, Part>
  /** The parts of runs whose next start, decided and not yet told, takes them to another identity or to none. */
  readonly left: Map<DispatchId, Left>
  /** Versions that an earlier process announced, and whose identities the dispatch has left. */
  readonly ended: WeakSet<Dispatch>
  /** The identities of the changes that the consumer was given. */
  readonly given: WeakMap<RunningStateChange, Identity>
}

/** The part of a dispatch in an identity, by its start. */
interface Part {
  readonly change: RunningStateChange
  readonly identity: Identity
}

interface Left {
  readonly part: Part
  readonly next: RunningStateChange
}

/** The work on one publication. */
interface Turn {
  readonly state: State
  readonly evaluatedAt: number
  readonly endings: Map<Identity, Ending>
  readonly commands: Array<RunningStateChange>
  readonly starts: Array<Part>
  readonly told: Array<RunningStateChange>
}

const groupOf = ({ groups }: State, identity: Identity): Group => {
  let group = groups.get(identity)
  if (group === undefined) {
    groups.set(
      identity,
      (group = { running: new Map(), upcoming: new Map(), told: undefined, withheld: undefined })
    )
  }
  return group
}

const enter = (state: State, part: Part): Group => {
  const { change, identity } = part
  const { id } = change.dispatch
  const group = groupOf(state, identity)
  state.parts.set(id, part)
  state.given.set(change, identity)
  group.running.set(id, change)
  return group
}

/** Plans a start. Returns the part of a run that leaves its identity by that: its stop waits for nothing. */
const plan = (state: State, change: RunningStateChange): Part | undefined => {
  const { id } = change.dispatch
  const identity = state.identityOf(change.dispatch)
  if (identity !== undefined) {
    state.upcoming.set(id, { change, identity })
    groupOf(state, identity).upcoming.set(id, change)
  }
  const left = state.left.get(id)
  const part = left?.part ?? state.parts.get(id)
  if (part === undefined || (left === undefined && part.identity === identity)) return undefined
  state.left.set(id, { part, next: change })
  if (left !== undefined) return undefined
  state.parts.delete(id)
  groupOf(state, part.identity).running.delete(id)
  return part
}

const begin = (state: State, { isTold, running, upcoming }: Present): Array<RunningStateChange> => {
  for (const change of running) {
    const identity = state.identityOf(change.dispatch)
    if (identity === undefined) continue
    const group = enter(state, { change, identity })
    if (isTold) group.told = change.dispatch.id
  }
  for (const change of upcoming) plan(state, change)
  return running.filter((change) => state.parts.get(change.dispatch.id)?.change === change)
}

const merge = (
  state: State,
  { changes, evaluatedAt, moved, upcoming, withdrawn }: Publication
): Array<RunningStateChange> => {
  const turn: Turn = { state, evaluatedAt, endings: new Map(), commands: [], starts: [], told: [] }
  for (const change of withdrawn) {
    if (state.upcoming.get(change.dispatch.id)?.change === change) unplan(turn, change.dispatch.id)
  }
  for (const change of changes) {
    if (isCommand(change)) turn.commands.push(change)
    else if (change.state === "Running") start(turn, change)
    else leave(turn, change)
  }
  for (const change of upcoming) {
    unplan(turn, change.dispatch.id)
    const part = plan(state, change)
    if (part !== undefined) endingOf(turn, part.identity).stops.push(movedStop(part.change, change))
  }
  for (const stop of moved) endMoved(turn, stop)
  for (const change of withdrawn) comeBack(turn, change)
  tellStops(turn)
  for (const change of turn.commands) tellCommand(turn, change)
  for (const { change, identity } of turn.starts) {
    const group = groupOf(state, identity)
    group.told = change.dispatch.id
    group.withheld = undefined
  }
  for (const [identity, ending] of turn.endings) finishGroup(turn, identity, ending)
  const starts = turn.starts.map(({ change }) => change)
  return [...turn.told, ...starts.sort(byOccurrence)]
}

const endingOf = ({ endings, state }: Turn, identity: Identity): Ending => {
  let ending = endings.get(identity)
  if (ending === undefined) {
    endings.set(identity, (ending = { group: groupOf(state, identity), stops: [], command: undefined }))
  }
  return ending
}

/** Forgets the planned start of a dispatch. */
const unplan = (turn: Turn, id: DispatchId): void => {
  const planned = turn.state.upcoming.get(id)
  if (planned === undefined) return
  turn.state.upcoming.delete(id)
  endingOf(turn, planned.identity).group.upcoming.delete(id)
}

/** Takes a dispatch out of its group; `stop` is told if no other runs. */
const leave = (turn: Turn, stop: RunningStateChange): void => {
  const { id } = stop.dispatch
  const { left, parts } = turn.state
  const part = parts.get(id)
  // Its stop was told when its next start was decided.
  if (endsPart(left.get(id)?.part, stop)) return void left.delete(id)
  // Runs that an earlier process had announced are not known here; their stops are passed on (R11).
  if (part === undefined || !endsPart(part, stop)) return endEarlier(turn, stop)
  const { identity } = part
  const { group, stops } = endingOf(turn, identity)
  parts.delete(id)
  group.running.delete(id)
  stops.push(stop)
}

/** True if the run that ends is the one known here, and not another that an earlier process had announced. */
const endsPart = (part: Part | undefined, { dispatch }: RunningStateChange): boolean =>
  part !== undefined && (part.change.dispatch === dispatch || part.change.dispatch.sameContent(dispatch))

/** Ends a run that an earlier process had announced, unless the dispatch runs on under the same identity. */
const endEarlier = (turn: Turn, stop: RunningStateChange): void => {
  const { dispatch } = stop
  const { ended, identityOf, parts } = turn.state
  const identity = identityOf(dispatch)
  const isOn = identity === undefined || identity === parts.get(dispatch.id)?.identity
  if (!isOn && !ended.has(dispatch)) endingOf(turn, identity).stops.push(stop)
}

/** Ends a run that an earlier process had announced, if its next version has another identity; decided before it is told. */
const endMoved = (turn: Turn, stop: RunningStateChange): void => {
  const { ended, identityOf } = turn.state
  const { dispatch, next } = stop
  const identity = identityOf(dispatch)
  if (next !== undefined && identity === identityOf(next)) return
  endEarlier(turn, stop)
  ended.add(dispatch)
}

/** A start is withdrawn that had taken a run to another identity: if that runs on, it is told again. */
const comeBack = (turn: Turn, withdrawn: RunningStateChange): void => {
  const { evaluatedAt, starts, state } = turn
  const { id } = withdrawn.dispatch
  const left = state.left.get(id)
  if (left?.next !== withdrawn) return
  state.left.delete(id)
  const { change, identity } = left.part
  enter(state, left.part)
  const at = DateTime.makeUnsafe(evaluatedAt)
  const again = announcedAgain(change, { at, decidedAt: at }, evaluatedAt)
  state.given.set(again, identity)
  starts.push({ change: again, identity })
}

const start = (turn: Turn, change: RunningStateChange): void => {
  const { state } = turn
  const { dispatch } = change
  unplan(turn, dispatch.id)
  state.left.delete(dispatch.id)
  const before = state.parts.get(dispatch.id)
  const identity = state.identityOf(dispatch)
  if (before !== undefined && before.identity !== identity) leave(turn, movedStop(before.change, change))
  if (identity === undefined) return
  const part = { change, identity }
  enter(state, part)
  turn.starts.push(part)
}

/** Tells the stops that leave nothing running, and keeps the others until another change is told or none is. */
const tellStops = ({ endings, state, told }: Turn): void => {
  for (const [identity, { group, stops }] of endings) {
    const all = group.withheld === undefined ? stops : [group.withheld, ...stops]
    const stop = lastOf(all.filter(({ dispatch }) => !othersRun(group, dispatch.id)))
    group.withheld = stop === undefined ? lastOf(all) : undefined
    if (stop === undefined) continue
    state.given.set(stop, identity)
    told.push(stop)
  }
  // One dispatch may have several: of identities that it has left, where one was withheld or an earlier process told it.
  told.sort((left, right) => byId(left, right) || byDecision(left, right) || byOccurrence(left, right))
}

const tellCommand = (turn: Turn, change: RunningStateChange): void => {
  const identity = turn.state.identityOf(change.dispatch)
  if (identity === undefined) return
  const ending = endingOf(turn, identity)
  const { group } = ending
  if (change.state === "Running") group.told = undefined
  else if (group.running.size + group.upcoming.size > 0) {
    ending.command = change
    return
  }
  turn.state.given.set(change, identity)
  turn.told.push(change)
}

/** Announces a running dispatch if a stop was withheld and the dispatch told last is off. */
const finishGroup = (
  { evaluatedAt, starts, state }: Turn,
  identity: Identity,
  { command, group }: Ending
): void => {
  const { running, told, upcoming } = group
  if (running.size + upcoming.size === 0) {
    state.groups.delete(identity)
    return
  }
  const isOn = told !== undefined && running.has(told)
  const withheld = isOn ? undefined : (group.withheld ?? command)
  // A planned start may still announce it.
  group.withheld = upcoming.size > 0 ? withheld : undefined
  const last = upcoming.size > 0 ? undefined : latest(running.values())
  if (withheld === undefined || last === undefined) return
  const again = announcedAgain(last, withheld, evaluatedAt)
  group.told = again.dispatch.id
  state.given.set(again, identity)
  starts.push({ change: again, identity })
}

/** True if any other dispatch runs, or will be told as running. */
const othersRun = ({ running, upcoming }: Group, id: DispatchId): boolean =>
  running.size > (running.has(id) ? 1 : 0) || upcoming.size > (upcoming.has(id) ? 1 : 0)

/** The stop, of several, that says how long the identity ran; for one dispatch at one instant, the newest. */
const lastOf = (stops: ReadonlyArray<RunningStateChange>): RunningStateChange | undefined =>
  stops.reduce<RunningStateChange | undefined>(
    (last, stop) => (last === undefined || byInstant(stop, last) >= 0 ? stop : last),
    undefined
  )

const byInstant = (left: RunningStateChange, right: RunningStateChange): number =>
  left.at.epochMilliseconds - right.at.epochMilliseconds || byId(left, right)

const byDecision = (left: RunningStateChange, right: RunningStateChange): number =>
  left.decidedAt.epochMilliseconds - right.decidedAt.epochMilliseconds

/** The running one that began last; of several, the one with the highest id. */
const latest = (running: Iterable<RunningStateChange>): RunningStateChange | undefined => {
  let found: RunningStateChange | undefined
  for (const change of running) if (found === undefined || byOccurrence(change, found) > 0) found = change
  return found
}

/** The change from the instant at which the other stopped; decided now, which is later if another start was due. */
const announcedAgain = (
  { continues, dispatch, occurrence, until }: RunningStateChange,
  { at, decidedAt }: Pick<RunningStateChange, "at" | "decidedAt">,
  evaluatedAt: number
): RunningStateChange => ({
  dispatch,
  state: "Running",
  at,
  decidedAt: decidedAt.epochMilliseconds < evaluatedAt ? DateTime.makeUnsafe(evaluatedAt) : decidedAt,
  occurrence,
  until,
  continues,
  cause: "Merged"
})
