/** The newest state of each dispatch, out of records that may speak of the same ones (S10). */
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import { isAlike, isUnlike } from "../timeline/alike.ts"
import type { ExecutedRecord } from "../timeline/executedRecord.ts"
import { Executions } from "../timeline/executions.ts"
import type { Remembered } from "../timeline/timeline.ts"
import * as Format from "./recordFormat.ts"
import { groupCount, groupOf } from "./recordShelf.ts"
import { isNothing } from "./siteMemory.ts"
import type { ToldRun } from "./toldContents.ts"

/** A record of dispatches that was read. */
export type FoundDispatches =
  | {
      readonly _tag: "Group"
      readonly group: number
      readonly isWhole: boolean
      readonly record: Format.DispatchesRecord
    }
  | { readonly _tag: "Note"; readonly key: string; readonly record: Format.DispatchesRecord }

/** The newest state of a dispatch, and the record that has it. */
export interface Newest {
  readonly found: FoundDispatches
  readonly one: Remembered
  /** Present if the record has nothing of it any more. */
  readonly struck: { readonly isBlind: boolean } | undefined
  /** The process that wrote it had not read what is older. */
  readonly isBlind: boolean
  /** The runs told of by processes that had not read what is older. */
  readonly told: ReadonlyArray<ToldRun>
  /** The number of states whose executions are in it, and of the joins that this took. */
  readonly executions: { readonly states: number; readonly joined: number }
}

export class NewestStates {
  readonly groups: ReadonlyArray<Map<DispatchId, Newest>> = Array.from(
    { length: groupCount },
    () => new Map<DispatchId, Newest>()
  )
  /** The versions in the newest record of each group. */
  readonly versions = new Map<number, Map<DispatchId, Dispatch>>()
  /** States of processes that had not read the whole record of their group, which has a greater number all the same. */
  readonly #leftOver: Array<Newest> = []
  /** The numbers of the records that announce the runs. */
  readonly #sequences = new Map<RunningStateChange, number>()

  constructor(records: ReadonlyArray<FoundDispatches>) {
    for (const found of records.toSorted((left, right) => left.record.sequence - right.record.sequence)) {
      if (found._tag === "Group") this.#beginGroup(found)
      for (const entry of found.record.dispatches) this.#take(found, entry)
    }
    for (const left of this.#leftOver) this.#keepLeftOver(left)
  }

  /** A whole record says all that its process knew. It knew nothing of a later one whose clock had been set back. */
  #beginGroup({ group, isWhole }: Extract<FoundDispatches, { readonly _tag: "Group" }>): void {
    this.versions.set(group, new Map())
    const states = this.groups[group]
    if (!isWhole || states === undefined) return
    for (const state of states.values()) if (state.isBlind) this.#leftOver.push(state)
    states.clear()
  }

  #take(found: FoundDispatches, entry: Format.Kept): void {
    const group = groupOf(entry.id)
    const states = this.groups[group]
    const keptVersion = this.versions.get(group)?.get(entry.id)
    // The entry says nothing before the record that it refers to is read.
    if (states === undefined || (entry.asKept === true && keptVersion === undefined)) return
    const { evaluatedAt, sequence } = found.record
    const one = Format.fromKept(entry, evaluatedAt, keptVersion)
    for (const run of runsOf(one)) this.#sequences.set(run, sequence)
    const isBlind = entry.blind === true
    const before = isBlind ? states.get(entry.id) : undefined
    const own: Newest = {
      found,
      one,
      isBlind,
      struck: isNothing(one) ? { isBlind } : undefined,
      told: Format.fromTold(entry, one.version, sequence),
      executions: { states: one.executed === undefined ? 0 : 1, joined: 0 }
    }
    states.set(entry.id, before === undefined ? own : this.#withOlder(own, before))
    if (found._tag === "Group" && one.version !== undefined) {
      this.versions.get(group)?.set(entry.id, one.version)
    }
  }

  /** Its runs and executions count. What it knew of the dispatch itself may be outdated. */
  #keepLeftOver(left: Newest): void {
    const { id } = left.one
    const newest = this.groups[groupOf(id)]?.get(id)
    const state =
      newest === undefined
        ? { ...left, one: { ...left.one, version: undefined } }
        : this.#withOlder(newest, left)
    this.groups[groupOf(id)]?.set(id, state)
  }

  /** A state, plus the runs that only an older one has, and that are not over, and what it had executed. */
  #withOlder(own: Newest, older: Newest): Newest {
    const isOn = (run: RunningStateChange) =>
      isUnlike(own.one.announced)(run) &&
      !own.told.some((one) => (this.#sequences.get(run) ?? 0) < one.before && isAlike(one.run, run))
    const losses = { joined: own.executions.joined + older.executions.joined }
    return {
      ...own,
      one: {
        ...own.one,
        announced: [...older.one.announced.filter(isOn), ...own.one.announced],
        moved: [...(older.one.moved ?? []).filter(isOn), ...(own.one.moved ?? [])],
        executed: executedIn(older.one.executed, own.one.executed, losses)
      },
      told: [...older.told, ...own.told],
      executions: { states: own.executions.states + older.executions.states, joined: losses.joined }
    }
  }
}

/** The runs that a state tells of. */
export const runsOf = ({ announced, moved = [] }: Remembered): ReadonlyArray<RunningStateChange> => [
  ...announced,
  ...moved
]

/** All executions of two states. */
const executedIn = (
  older: ExecutedRecord | undefined,
  own: ExecutedRecord | undefined,
  losses: { joined: number }
): ExecutedRecord | undefined =>
  older === undefined || own === undefined
    ? (own ?? older)
    : Executions.fromRecord(older).with(Executions.fromRecord(own), losses).toRecord()
