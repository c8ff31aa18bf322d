/** Dispatches as a store receives them. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchStore, type Origin, type PageQuery } from "@effect-dispatch/server/DispatchStore"
import { DateTime, Duration, Effect, Option } from "effect"

export type Fields = Partial<ConstructorParameters<typeof Dispatch>[0]>

export const one = MicrogridId.make(1n)
/** Beyond what a signed integer holds. */
export const huge = MicrogridId.make(18_446_744_073_709_551_615n)

/** The beginning of 2026, and the instants some seconds after it. */
export const second = (seconds: number): DateTime.Utc =>
  DateTime.makeUnsafe(1_767_225_600_000 + seconds * 1_000)

const nanosOf = (instant: DateTime.Utc): bigint => BigInt(instant.epochMilliseconds) * 1_000_000n

export const origin = (at: number, by = "tester"): Origin => ({ at: second(at), by })

/** A dispatch with missing fields filled in. */
export const make =
  (fields: Fields = {}) =>
  (id: DispatchId): Dispatch =>
    new Dispatch({
      id,
      type: "CHARGE",
      startTime: second(60),
      duration: Duration.seconds(30),
      target: Target.componentIds(1n),
      active: true,
      dryRun: false,
      payload: {},
      createTime: second(0),
      updateTime: nanosOf(second(0)),
      ...fields
    })

/** Inserts at a second, which is also the time of its creation and last change. */
export const insert = (at: number, fields: Fields = {}, microgridId = one) =>
  Effect.flatMap(DispatchStore, (store) =>
    store.insert(
      microgridId,
      origin(at),
      make({ createTime: second(at), updateTime: nanosOf(second(at)), ...fields })
    )
  )

/** Changes fields at a second. */
export const update = (id: DispatchId, at: number, fields: Fields, microgridId = one) =>
  Effect.flatMap(DispatchStore, (store) =>
    store.modify(microgridId, id, origin(at), (current) =>
      Effect.succeed({
        kind: "Updated",
        dispatch: new Dispatch({ ...current, updateTime: nanosOf(second(at)), ...fields })
      })
    )
  )

/** Deletes at a second. */
export const remove = (id: DispatchId, at: number, microgridId = one) =>
  Effect.flatMap(DispatchStore, (store) =>
    store.modify(microgridId, id, origin(at), (current) =>
      Effect.succeed({
        kind: "Deleted",
        dispatch: new Dispatch({ ...current, updateTime: nanosOf(second(at)) })
      })
    )
  )

/** The dispatch as the store has it, if it does. */
export const read = (id: DispatchId, microgridId = one) =>
  Effect.flatMap(DispatchStore, (store) =>
    Effect.map(store.get(microgridId, id), (found) => Option.getOrUndefined(found)?.dispatch)
  )

/** The dispatches of a part of a listing. */
export const readPage = (query: PageQuery) =>
  Effect.flatMap(DispatchStore, (store) =>
    Effect.map(store.page(query), (page) => page.map(({ dispatch }) => dispatch))
  )
