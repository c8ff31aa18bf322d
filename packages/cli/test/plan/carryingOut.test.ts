import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as ServiceClient from "@effect-dispatch/testing/ServiceClient"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Stream } from "effect"
import { createOne, deleteOne, replaceOne, updateOne, type UpdateStep } from "../../src/plan/carryingOut.ts"
import type { Planned } from "../../src/plan/plan.ts"
import { creationOf, stepOf } from "../../src/plan/steps.ts"
import { at } from "../fixtures.ts"

const microgrid = MicrogridId.make(1n)

/** A dispatch of an hour, and the step that makes two of it. */
const site = Effect.gen(function* () {
  const client = yield* DispatchClient
  const dispatch = yield* client.create(microgrid, {
    type: "A",
    target: Target.componentIds(1n),
    startTime: at("2040-01-01T00:00:00Z"),
    duration: "1 hour"
  })
  const planned = { id: dispatch.id, duration: Duration.hours(2) }
  const step = stepOf(planned, dispatch, yield* DateTime.now)
  assert.strictEqual(step._tag, "Update")
  return { client, dispatch, planned, step: step as UpdateStep }
})

describe("an update of a plan", () => {
  it.effect("is not written over a version that was not shown", () =>
    Effect.gen(function* () {
      const { client, dispatch, planned, step } = yield* site
      yield* client.update(microgrid, dispatch.id, { active: false })
      const error = yield* Effect.flip(updateOne(microgrid, planned, step))
      assert.strictEqual(error.reason._tag, "Conflict")
      assert.strictEqual(Duration.toHours((yield* client.get(microgrid, dispatch.id)).duration), 1)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("whose answer is lost is looked for and never sent again", () =>
    Effect.gen(function* () {
      const { client, dispatch, planned, step } = yield* site
      const lost = DispatchError.unavailable("the connection was lost")
      let sent = 0
      const losing = (arrives: boolean) =>
        DispatchClient.of({
          ...client,
          update: (...request) => {
            sent += 1
            return Effect.andThen(arrives ? client.update(...request) : Effect.void, Effect.fail(lost))
          }
        })
      const through = (arrives: boolean) =>
        Effect.provideService(updateOne(microgrid, planned, step), DispatchClient, losing(arrives))
      assert.strictEqual(yield* Effect.flip(through(false)), lost)
      assert.strictEqual(Duration.toHours((yield* client.get(microgrid, dispatch.id)).duration), 1)
      assert.strictEqual(Duration.toHours((yield* through(true)).duration), 2)
      assert.strictEqual(sent, 2)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )
})

const lost = DispatchError.unavailable("the connection was lost")

const whole: Planned = {
  name: "week/a",
  type: "A",
  target: Target.componentIds(1n),
  startTime: at("2040-01-01T00:00:00Z"),
  duration: Duration.hours(1)
}

const creation = Effect.gen(function* () {
  const step = creationOf(whole, yield* DateTime.now)
  return step._tag === "Creation" ? step : yield* Effect.die(step)
})

/** A client whose answers to creations are lost; they arrive, or do not. */
const losing = Effect.fnUntraced(function* (arrives: boolean) {
  const client = yield* DispatchClient
  let sent = 0
  const calls = DispatchClient.of({
    ...client,
    create: (...request) => {
      sent += 1
      return Effect.andThen(arrives ? client.create(...request) : Effect.void, Effect.fail(lost))
    }
  })
  return { calls, sent: () => sent }
})

const listed = Effect.gen(function* () {
  const client = yield* DispatchClient
  return yield* Stream.runCollect(client.list(microgrid))
})

describe("a creation of a plan", () => {
  it.effect("whose answer is lost is looked for by its name, and never sent again", () =>
    Effect.gen(function* () {
      const step = yield* creation
      const lostOnWay = yield* losing(false)
      const failed = createOne(microgrid, whole, step).pipe(
        Effect.provideService(DispatchClient, lostOnWay.calls),
        Effect.flip
      )
      assert.strictEqual(yield* failed, lost)
      assert.lengthOf(yield* listed, 0)
      const lostOnWayBack = yield* losing(true)
      const made = yield* createOne(microgrid, whole, step).pipe(
        Effect.provideService(DispatchClient, lostOnWayBack.calls)
      )
      assert.strictEqual(made.name, "week/a")
      assert.strictEqual(lostOnWay.sent() + lostOnWayBack.sent(), 2)
      // Applied again, the plan finds it.
      assert.strictEqual(stepOf(whole, made, yield* DateTime.now)._tag, "Same")
      assert.lengthOf(yield* listed, 1)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("fails where its answer is lost and another dispatch has the name", () =>
    Effect.gen(function* () {
      const client = yield* DispatchClient
      const step = yield* creation
      yield* client.create(microgrid, { ...step.draft, type: "OTHER" })
      const { calls } = yield* losing(false)
      const failed = createOne(microgrid, whole, step).pipe(
        Effect.provideService(DispatchClient, calls),
        Effect.flip
      )
      assert.strictEqual(yield* failed, lost)
      const taken = yield* Effect.flip(createOne(microgrid, whole, step))
      assert.strictEqual(taken.reason._tag, "AlreadyExists")
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("without a name is not looked for: nobody could tell it from another one", () =>
    Effect.gen(function* () {
      const { name: _, ...nameless } = whole
      const step = creationOf(nameless, yield* DateTime.now)
      assert.strictEqual(step._tag, "Creation")
      if (step._tag !== "Creation") return
      const { calls } = yield* losing(true)
      const failed = createOne(microgrid, nameless, step).pipe(
        Effect.provideService(DispatchClient, calls),
        Effect.flip
      )
      assert.strictEqual(yield* failed, lost)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )
})

describe("a replacement of a plan", () => {
  const replaced = Effect.gen(function* () {
    const client = yield* DispatchClient
    const step = yield* creation
    const dispatch = yield* client.create(microgrid, { ...step.draft, payload: { by_hand: true } })
    const planned = { ...whole, type: "B" }
    const replacement = stepOf(planned, dispatch, yield* DateTime.now)
    if (replacement._tag !== "Replacement") return yield* Effect.die(replacement)
    return { client, dispatch, planned, replacement }
  })

  it.effect("has the name and all that the plan does not say, and another id", () =>
    Effect.gen(function* () {
      const { dispatch, planned, replacement } = yield* replaced
      const made = yield* replaceOne(microgrid, planned, replacement)
      assert.notStrictEqual(made.id, dispatch.id)
      assert.deepInclude(made.toJSON(), { name: "week/a", type: "B", payload: { by_hand: true } })
      assert.lengthOf(yield* listed, 1)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("deletes nothing that was changed since it was shown", () =>
    Effect.gen(function* () {
      const { client, dispatch, planned, replacement } = yield* replaced
      yield* client.update(microgrid, dispatch.id, { active: false })
      const error = yield* Effect.flip(replaceOne(microgrid, planned, replacement))
      assert.strictEqual(error._tag === "DispatchError" && error.reason._tag, "Conflict")
      assert.strictEqual((yield* client.get(microgrid, dispatch.id)).type, "A")
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("of which only the deletion is done says so, and applied again the plan creates it", () =>
    Effect.gen(function* () {
      const { planned, replacement } = yield* replaced
      const { calls } = yield* losing(false)
      const error = yield* replaceOne(microgrid, planned, replacement).pipe(
        Effect.provideService(DispatchClient, calls),
        Effect.flip
      )
      assert.strictEqual(error._tag, "Halfway")
      assert.lengthOf(yield* listed, 0)
      assert.strictEqual(stepOf(planned, undefined, yield* DateTime.now)._tag, "Creation")
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )
})

describe("a deletion of a plan", () => {
  it.effect("whose answer is lost is done if the dispatch is gone, and has failed if it is not", () =>
    Effect.gen(function* () {
      const client = yield* DispatchClient
      const step = yield* creation
      const dispatch = yield* client.create(microgrid, step.draft)
      const through = (arrives: boolean) =>
        Effect.provideService(
          deleteOne(microgrid, dispatch),
          DispatchClient,
          DispatchClient.of({
            ...client,
            delete: (...request) =>
              Effect.andThen(arrives ? client.delete(...request) : Effect.void, Effect.fail(lost))
          })
        )
      assert.strictEqual(yield* Effect.flip(through(false)), lost)
      assert.lengthOf(yield* listed, 1)
      yield* through(true)
      assert.lengthOf(yield* listed, 0)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )
})
