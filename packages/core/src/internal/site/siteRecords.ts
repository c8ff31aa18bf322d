/**
 * How what an actor knows is written down: dispatches in groups by id, a group one record, so that a change rewrites
 * little however many are known.
 */
import { Cause, DateTime, Effect, Metric, Option, Result, Schema } from "effect"
import type { KeyValueStore } from "effect/persistence/KeyValueStore"
import { Dispatch } from "../../Dispatch.ts"
import { DispatchId } from "../../DispatchId.ts"
import * as Metrics from "../../Metrics.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import type { Remembered } from "../../Timeline.ts"

/** The format written; records of another are set aside. */
const formatVersion = 1

/** Into how many groups dispatches are divided, by id. */
export const groupCount = 256

/** The group of a dispatch. */
export const groupOf = (id: DispatchId): number => Number(id % BigInt(groupCount))

/** Epoch milliseconds that a date can hold. */
const Instant = Schema.Int.check(Schema.isBetween({ minimum: -8.64e15, maximum: 8.64e15 }))

const Announced = Schema.Struct({
  /** The version that runs, where it is not the one known. */
  dispatch: Schema.optionalKey(Dispatch),
  at: Instant,
  occurrence: Instant,
  until: Schema.NullOr(Instant),
  continues: Schema.Boolean
})

const Group = Schema.Struct({
  version: Schema.Literal(formatVersion),
  evaluatedAt: Instant,
  dispatches: Schema.Array(
    Schema.Struct({
      id: DispatchId,
      version: Schema.optionalKey(Dispatch),
      announced: Schema.optionalKey(Schema.Array(Announced)),
      executed: Schema.optionalKey(Schema.Array(Instant))
    })
  )
})

const GroupText = Schema.fromJsonString(Schema.toCodecJson(Group))
const encodeGroup = Schema.encodeResult(GroupText)
const decodeGroup = Schema.decodeUnknownResult(GroupText)

type Written = (typeof Group.Type)["dispatches"][number]

const writeDown = ({ announced, executed, id, version }: Remembered): Written => ({
  id,
  ...(version === undefined ? {} : { version }),
  ...(announced.length === 0 ? {} : { announced: announced.map((change) => writeChange(change, version)) }),
  ...(executed.length === 0 ? {} : { executed })
})

const writeChange = (change: RunningStateChange, version: Dispatch | undefined): typeof Announced.Type => ({
  ...(change.dispatch === version ? {} : { dispatch: change.dispatch }),
  at: change.at.epochMilliseconds,
  occurrence: change.occurrence.epochMilliseconds,
  until: change.until?.epochMilliseconds ?? null,
  continues: change.continues
})

const readBack = (
  { announced = [], executed = [], id, version }: Written,
  evaluatedAt: number
): Remembered => ({
  id,
  version,
  announced: announced.flatMap((change) => readChange(change, version)),
  executed,
  evaluatedAt
})

const readChange = (
  { at, continues, dispatch, occurrence, until }: typeof Announced.Type,
  version: Dispatch | undefined
): Array<RunningStateChange> => {
  const announced = dispatch ?? version
  if (announced === undefined) return []
  return [
    {
      dispatch: announced,
      state: "Running",
      at: DateTime.makeUnsafe(at),
      decidedAt: DateTime.makeUnsafe(at),
      occurrence: DateTime.makeUnsafe(occurrence),
      until: until === null ? undefined : DateTime.makeUnsafe(until),
      continues,
      cause: "Recovered"
    }
  ]
}

const markKey = "site"
const groupKey = (group: number) => `group-${group}`
const damagedSuffix = ".damaged"

const failed = Metric.update(Metrics.persistenceFailures.at(), 1)

/** The records of one microgrid. Failures are reported and survived: the actor matters more than its memory. */
export const make = (store: KeyValueStore) => {
  const survive = <A, E>(what: string, effect: Effect.Effect<A, E>) =>
    Effect.asSome(effect).pipe(
      Effect.catchCause((cause) =>
        Cause.hasInterrupts(cause)
          ? Effect.interrupt
          : Effect.as(Effect.andThen(failed, Effect.logError(`Could not ${what}`, cause)), Option.none<A>())
      )
    )

  const setAside = (key: string, text: string, why: string) =>
    failed.pipe(
      Effect.andThen(Effect.logError(`What was known is damaged and set aside as ${key}${damagedSuffix}`)),
      // It may quote what was known.
      Effect.andThen(Effect.logDebug(`${key} is damaged: ${why}`)),
      Effect.andThen(store.set(`${key}${damagedSuffix}`, text)),
      Effect.andThen(store.remove(key))
    )

  const readGroup = Effect.fnUntraced(function* (key: string) {
    const text = yield* store.get(key)
    if (text === undefined) return []
    const group = decodeGroup(text)
    if (Result.isFailure(group)) {
      yield* setAside(key, text, String(group.failure.message).slice(0, 200))
      return undefined
    }
    return group.success.dispatches.map((dispatch) => readBack(dispatch, group.success.evaluatedAt))
  })

  return {
    /** What an earlier process left behind; absent if it left nothing. */
    read: Effect.gen(function* () {
      const keys = yield* survive("read what was known", store.keys)
      const remembered: Array<Remembered> = []
      let isWhole = Option.isSome(keys)
      for (const key of Option.getOrElse(keys, (): ReadonlyArray<string> => [])) {
        if (key === markKey || key.endsWith(damagedSuffix)) continue
        const group = yield* survive("read what was known", readGroup(key))
        const read = Option.getOrUndefined(group)
        if (read === undefined) isWhole = false
        else remembered.push(...read)
      }
      const leftNothing = Option.isSome(keys) && keys.value.length === 0
      return leftNothing ? undefined : { remembered, isWhole }
    }),
    /** Notes that the microgrid has been listed. */
    mark: survive("write down what is known", store.set(markKey, JSON.stringify({ version: formatVersion }))),
    /** Replaces a group as a whole. */
    writeGroup: (group: number, evaluatedAt: number, remembered: ReadonlyArray<Remembered>) =>
      survive(
        "write down what is known",
        remembered.length === 0
          ? store.remove(groupKey(group))
          : Effect.flatMap(
              Effect.fromResult(
                encodeGroup({ version: formatVersion, evaluatedAt, dispatches: remembered.map(writeDown) })
              ),
              (text) => store.set(groupKey(group), text)
            )
      )
  }
}
