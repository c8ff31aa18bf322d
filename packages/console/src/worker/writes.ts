/** Writes whose answer may be lost: they are looked for, and never repeated. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { type DispatchChanges, isReadable, type NewDispatch } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import * as Payload from "@effect-dispatch/core/Payload"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration, Effect, Option, Stream } from "effect"
import type { Changes, Draft } from "./protocol.ts"

type Client = Dispatcher["Service"]["client"]
type Place = Pick<Dispatcher["Service"], "client" | "microgridId">

/** The time between looks, and the most of them. */
const lookDelay = Duration.seconds(2)
const looksMax = 15

/** Failures after which a write may have been done. */
const isUncertain = ({ reason }: DispatchError.DispatchError): boolean =>
  ["Unavailable", "DeadlineExceeded", "Protocol"].includes(reason._tag)

/** Does a write; if its answer is lost, looks until the service answers. */
const looked = <A>(
  write: Effect.Effect<A, DispatchError.DispatchError>,
  look: Effect.Effect<Option.Option<A>, DispatchError.DispatchError>
): Effect.Effect<A, DispatchError.DispatchError> =>
  Effect.catch(write, (failure) => {
    if (!isUncertain(failure)) return Effect.fail(failure)
    const again = (looks: number): Effect.Effect<A, DispatchError.DispatchError> =>
      Effect.delay(look, lookDelay).pipe(
        Effect.flatMap((found) =>
          Option.isSome(found) ? Effect.succeed(found.value) : Effect.fail(notDone(failure))
        ),
        Effect.catchIf(
          (error) => isUncertain(error) && looks < looksMax,
          () => again(looks + 1)
        )
      )
    return again(1)
  })

const notDone = ({ message }: DispatchError.DispatchError) =>
  DispatchError.conflict(`it was not done: ${message}`)

/** Creates a dispatch. */
export const create = Effect.fnUntraced(function* ({ client, microgridId }: Place, draft: Draft) {
  const asked = newDispatch(draft)
  const begun = yield* DateTime.now
  return yield* looked(
    client.create(microgridId, asked),
    Effect.map(
      Stream.runCollect(client.list(microgridId, { filter: { updateTime: { from: before(begun) } } })),
      (all) => Option.fromUndefinedOr(all.filter(isReadable).find((each) => isMade(each, draft)))
    )
  )
})

/** The service's clock may differ a little, and gives whole seconds. */
const before = (at: DateTime.Utc): DateTime.Utc => DateTime.makeUnsafe(at.epochMilliseconds - 10_000)

const isMade = (found: Dispatch, draft: Draft): boolean =>
  found.type === draft.type &&
  found.dryRun === draft.dryRun &&
  found.active === draft.active &&
  Duration.Equivalence(found.duration, draft.durationSeconds) &&
  Target.equals(found.target, draft.target) &&
  Payload.equals(found.payload, draft.payload)

/** Changes a dispatch, if nobody else has meanwhile. */
export const update = (
  { client, microgridId }: Place,
  id: DispatchId,
  changes: Changes,
  ifUpdateTime: bigint
): Effect.Effect<Dispatch, DispatchError.DispatchError> =>
  looked(
    client.update(microgridId, id, changesOf(changes), { ifUpdateTime }),
    Effect.map(client.get(microgridId, id), (found) =>
      found.updateTime === ifUpdateTime ? Option.none() : Option.some(found)
    )
  )

/** Deletes a dispatch. */
export const remove = (
  { client, microgridId }: Place,
  id: DispatchId
): Effect.Effect<void, DispatchError.DispatchError> =>
  looked(client.delete(microgridId, id), isGone(client, microgridId, id))

const isGone = (client: Client, microgridId: Place["microgridId"], id: DispatchId) =>
  Effect.as(client.get(microgridId, id), Option.none<void>()).pipe(
    Effect.catchIf(
      ({ reason }) => reason._tag === "NotFound",
      () => Effect.succeed(Option.some<void>(undefined))
    )
  )

const newDispatch = ({ durationSeconds, recurrence, startTime, ...rest }: Draft): NewDispatch => ({
  ...rest,
  startTime: startTime ?? "NOW",
  duration: durationSeconds,
  ...(recurrence === null ? undefined : { recurrence })
})

const changesOf = ({ durationSeconds, ...rest }: Changes): DispatchChanges => ({
  ...rest,
  ...(durationSeconds === undefined ? undefined : { duration: durationSeconds })
})
