/** Writes whose answer may be lost: they are looked for, and never repeated. */
import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import {
  type DispatchChanges,
  type DispatchClient,
  isReadable,
  type NewDispatch
} from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Duration, Effect, Option, Stream } from "effect"
import { type Changes, dispatchOf, type Draft, ruleOf } from "./protocol.ts"

/** The service, and what is known of it. */
export interface Place {
  readonly client: DispatchClient["Service"]
  readonly microgridId: MicrogridId
  readonly knownIds: () => ReadonlySet<DispatchId>
  /** Where a part alone is known: the lead of the service's clock, in milliseconds, to know what is old by its time. */
  readonly clockLead?: number | undefined
}

type Failure = DispatchError.DispatchError

/** The time before each look that the service answers: a write may be committed late. */
const lookDelays = [Duration.seconds(1), Duration.seconds(3), Duration.seconds(8)]

/** The most looks, those that the service did not answer included. */
const looksMax = 20

/** Failures after which a write may have been done. */
const isUncertain = ({ reason }: Failure): boolean =>
  ["Unavailable", "DeadlineExceeded", "Protocol"].includes(reason._tag)

/** Does a write; if its answer is lost, looks for what it would have done. */
const looked = <A>(
  write: Effect.Effect<A, Failure>,
  look: Effect.Effect<Option.Option<A>, Failure>
): Effect.Effect<A, Failure> =>
  Effect.catchIf(write, isUncertain, (lost) => lookFor(look, lost, { looks: 0, answered: 0 }))

const lookFor = <A>(
  look: Effect.Effect<Option.Option<A>, Failure>,
  lost: Failure,
  { answered, looks }: { readonly looks: number; readonly answered: number }
): Effect.Effect<A, Failure> => {
  const delay = lookDelays[answered]
  if (delay === undefined) return Effect.fail(notDone(lost))
  if (looks >= looksMax) return Effect.fail(unknown(lost))
  const again = (answers: 0 | 1) => lookFor(look, lost, { looks: looks + 1, answered: answered + answers })
  return Effect.delay(look, delay).pipe(
    Effect.matchEffect({
      onFailure: (failure) => (isUncertain(failure) ? again(0) : Effect.fail(failure)),
      onSuccess: Option.match({ onNone: () => again(1), onSome: Effect.succeed })
    })
  )
}

const notDone = ({ message }: Failure) =>
  DispatchError.unavailable(`the service shows that it was not done: ${message}`)

const unknown = ({ message }: Failure) =>
  DispatchError.unavailable(
    `it is not known whether this was done, as the answer was lost: ${message}; look again before you repeat it`
  )

/** Creates a dispatch. A lost one is a dispatch that nobody knew before, with the same content. */
export const create = Effect.fnUntraced(function* (place: Place, draft: Draft) {
  const { client, microgridId } = place
  const { active, dryRun } = draft
  const begun = yield* DateTime.now
  const before = place.knownIds()
  const since = place.clockLead === undefined ? undefined : sinceOf(begun, place.clockLead)
  const updateTime = since === undefined ? undefined : { updateTime: { from: since } }
  const all = client.list(microgridId, { filter: { active, dryRun, ...updateTime }, pageSize: 1_000 })
  const isOld = ({ createTime, id }: Dispatch) =>
    before.has(id) || (since !== undefined && DateTime.isLessThan(createTime, since))
  return yield* looked(
    client.create(microgridId, newDispatch(draft)),
    Stream.runHead(
      Stream.filter(Stream.filter(all, isReadable), (found) => !isOld(found) && isMade(found, draft, begun))
    )
  )
})

/** The beginning of a write by the clock of the service, as far as its lead is known. */
const sinceOf = (begun: DateTime.Utc, clockLead: number): DateTime.Utc =>
  DateTime.makeUnsafe(begun.epochMilliseconds + clockLead - ClockOffset.offsetMillisMax)

/** True if a dispatch is what a draft becomes. The service chooses its id, its times, and the first run of a rule. */
export const isMade = (found: Dispatch, draft: Draft, begun: DateTime.Utc): boolean => {
  const { createTime, endTime, id, startTime, updateTime } = found
  const wanted = dispatchOf(draft, begun)
  const service = {
    createTime,
    id,
    startTime,
    updateTime,
    ...(endTime === undefined ? undefined : { endTime })
  }
  return (
    found.sameContent(new Dispatch({ ...wanted, ...service }, { disableChecks: true })) &&
    isStart(found, wanted, draft)
  )
}

const isStart = (
  { createTime, startTime }: Dispatch,
  wanted: Dispatch,
  { startTime: asked }: Draft
): boolean => {
  const start = startTime.epochMilliseconds
  if (asked === null) return start <= createTime.epochMilliseconds || start === firstRun(wanted, startTime)
  const rounded = Math.ceil(asked.epochMilliseconds / 1_000) * 1_000
  return start === rounded || start === firstRun(wanted, asked)
}

const firstRun = (wanted: Dispatch, from: DateTime.Utc): number | undefined =>
  wanted.nextRun(from)?.epochMilliseconds

/** Changes a dispatch, if nobody else has meanwhile. */
export const update = (
  { client, microgridId }: Place,
  {
    changes,
    id,
    ifUpdateTime
  }: { readonly id: DispatchId; readonly changes: Changes; readonly ifUpdateTime: bigint }
): Effect.Effect<Dispatch, Failure> =>
  looked(
    client.update(microgridId, id, changesOf(changes), { ifUpdateTime }),
    Effect.flatMap(client.get(microgridId, id), (found) => {
      if (found.updateTime === ifUpdateTime) return Effect.succeedNone
      return isChanged(found, changes)
        ? Effect.succeedSome(found)
        : Effect.fail(DispatchError.conflict(`dispatch ${id} was changed by somebody else meanwhile`))
    })
  )

/** True if a dispatch has all that was to be changed. */
const isChanged = (found: Dispatch, changes: Changes): boolean => {
  const { calendar, durationSeconds, name = found.name, recurrence, ...rest } = changes
  const { name: _, recurrence: present, ...fields } = found
  const isRule = calendar !== undefined || recurrence !== undefined
  const rule = isRule ? (calendar ?? recurrence ?? undefined) : present
  const wanted = new Dispatch(
    {
      ...fields,
      ...rest,
      ...(durationSeconds === undefined ? undefined : { duration: durationSeconds }),
      ...(name == null ? undefined : { name }),
      ...(rule === undefined ? undefined : { recurrence: rule })
    },
    { disableChecks: true }
  )
  return found.sameContent(wanted)
}

/** Deletes a dispatch. */
export const remove = ({ client, microgridId }: Place, id: DispatchId): Effect.Effect<void, Failure> =>
  looked(
    client.delete(microgridId, id),
    Effect.as(client.get(microgridId, id), Option.none<void>()).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "NotFound",
        () => Effect.succeed(Option.some<void>(undefined))
      )
    )
  )

/** The request for a draft. */
export const newDispatch = (draft: Draft): NewDispatch => {
  const { calendar: _, durationSeconds, recurrence: __, startTime, ...rest } = draft
  const rule = ruleOf(draft)
  return {
    ...rest,
    startTime: startTime ?? "NOW",
    duration: durationSeconds,
    ...(rule === undefined ? undefined : { recurrence: rule })
  }
}

const changesOf = ({ durationSeconds, ...rest }: Changes): DispatchChanges => ({
  ...rest,
  ...(durationSeconds === undefined ? undefined : { duration: durationSeconds })
})
