/** Random histories of a microgrid, for property tests. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { Arbitrary, Duration, Effect, Schema } from "effect"
import { at, dispatch } from "./fixtures.ts"
import { moveTo, settle } from "./site.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** The shape of a dispatch: few different ones, so that they meet; lengths of time in steps of ten seconds. */
const Shape = Schema.Struct({
  type: Schema.Literals(["CHARGE", "OTHER"]),
  component: Schema.Literals([1, 2]),
  from: int(0, 12),
  length: Schema.Literals([0, 0, 1, 2, 3, 5, 8, "endless"]),
  everyMinutes: Schema.Literals([0, 0, 0, 1, 2]),
  active: Schema.Literals([true, true, true, false]),
  dryRun: Schema.Literals([false, false, false, true]),
  power: int(0, 1)
})

const Step = Schema.Struct({
  pauseSeconds: Schema.Literals([0, 3, 5, 10, 10, 20, 40]),
  network: Schema.Literals(["as it is", "as it is", "as it is", "as it is", "cut", "healed"]),
  number: int(1, 7),
  /** The new shape of that dispatch; nothing means that it is deleted. */
  shape: Schema.Union([Shape, Shape, Shape, Schema.Null])
})

/** Dispatches held from the beginning, and what happens to these and others. */
export const histories = Arbitrary.all({
  initial: Arbitrary.array(Arbitrary.schema(Shape), { maxLength: 5 }),
  steps: Arbitrary.array(Arbitrary.schema(Step), { maxLength: 15 })
})

type History = typeof histories extends Arbitrary.Arbitrary<infer A> ? A : never

const versionOf = (id: number, version: number, shape: typeof Shape.Type): Dispatch =>
  dispatch({
    id: BigInt(id),
    version,
    type: shape.type,
    target: Target.componentIds(BigInt(shape.component)),
    startTime: at(shape.from * 10),
    duration: shape.length === "endless" ? Duration.infinity : Duration.seconds(shape.length * 10),
    active: shape.active,
    dryRun: shape.dryRun,
    payload: { power: shape.power },
    ...(shape.everyMinutes === 0
      ? {}
      : { recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: shape.everyMinutes }) })
  })

/** The dispatches held from the beginning. */
export const initialOf = ({ initial }: History): ReadonlyArray<Dispatch> =>
  initial.map((shape, index) => versionOf(index + 1, 1, shape))

const unavailable = DispatchError.unavailable("gone")

/** Lets a history happen, and ten minutes pass after it, in which the network is as it should be. */
export const happen = Effect.fnUntraced(function* ({ initial, steps }: History) {
  const service = yield* ScriptedService
  /** The id that a number stands for; a new one after each deletion. */
  const ids = new Map<number, number>(initial.map((_, index) => [index + 1, index + 1]))
  let seconds = 0
  let version = 1
  for (const { network, number, pauseSeconds, shape } of steps) {
    yield* moveTo((seconds += pauseSeconds))
    if (network !== "as it is") yield* service.failWith(network === "cut" ? unavailable : undefined)
    if (network === "cut") yield* service.endStreams(unavailable)
    version += 1
    const id = ids.get(number)
    if (shape !== null) {
      const next = id ?? number + 100 * version
      ids.set(number, next)
      yield* service.put(id === undefined ? "Created" : "Updated", versionOf(next, version, shape))
    } else if (id !== undefined) {
      ids.delete(number)
      yield* service.remove(DispatchId.make(BigInt(id)))
    }
    yield* settle
  }
  yield* service.failWith(undefined)
  yield* moveTo(seconds + 600)
})
