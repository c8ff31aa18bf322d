import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable, type NewDispatch } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as ServiceClient from "@effect-dispatch/testing/ServiceClient"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Result, Stream } from "effect"
import {
  createOne,
  deleteOne,
  replaceOne,
  updateOne,
  type UpdateStep,
  write,
  type Writing
} from "../../src/plan/carryingOut.ts"
import type { Planned } from "../../src/plan/plan.ts"
import { creationOf, type Step, stepOf, successionOf } from "../../src/plan/steps.ts"
import { successorNames } from "../../src/plan/successor.ts"
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

/** A client that is killed once it has written so many times. */
const killedAfter = Effect.fnUntraced(function* (writes: number) {
  const client = yield* DispatchClient
  let left = writes
  const counted = <A, E>(call: Effect.Effect<A, E>) =>
    Effect.suspend(() => (left-- > 0 ? call : Effect.interrupt))
  return DispatchClient.of({
    ...client,
    create: (...request) => counted(client.create(...request)),
    update: (...request) => counted(client.update(...request)),
    delete: (...request) => counted(client.delete(...request))
  })
})

/** The step for a planned dispatch, as an apply finds it. */
const stepAgain = Effect.fnUntraced(function* (planned: Planned & { readonly name: string }) {
  const now = yield* DateTime.now
  const readable = (yield* listed).filter(isReadable)
  const successor = readable.find(({ name = "" }) => successorNames(planned.name).includes(name))
  const present = readable.find(({ name }) => name === planned.name)
  return present === undefined && successor !== undefined
    ? successionOf(planned, successor, now)
    : stepOf(planned, present, now)
})

const isWriting = (step: Step): step is Writing =>
  step._tag === "Update" || step._tag === "Creation" || step._tag === "Replacement"

describe("a replacement of a plan", () => {
  const replaced = Effect.fnUntraced(function* (
    present: Partial<NewDispatch> = { payload: { by_hand: true } },
    more: Partial<Planned> = {}
  ) {
    const client = yield* DispatchClient
    const step = yield* creation
    const dispatch = yield* client.create(microgrid, { ...step.draft, ...present })
    const planned = { ...whole, name: "week/a", type: "B", ...more }
    const replacement = stepOf(planned, dispatch, yield* DateTime.now)
    if (replacement._tag !== "Replacement") return yield* Effect.die(replacement)
    return { client, dispatch, planned, replacement }
  })

  it.effect("has the name and all that the plan does not say, and another id", () =>
    Effect.gen(function* () {
      const { dispatch, planned, replacement } = yield* replaced()
      const made = yield* replaceOne(microgrid, planned, replacement)
      assert.notStrictEqual(made.id, dispatch.id)
      assert.deepInclude(made.toJSON(), {
        name: "week/a",
        type: "B",
        payload: { by_hand: true },
        active: true
      })
      assert.lengthOf(yield* listed, 1)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("deletes nothing that was changed since it was shown", () =>
    Effect.gen(function* () {
      for (const present of [{}, { payload: { by_hand: true } }]) {
        const { client, dispatch, planned, replacement } = yield* replaced(present)
        yield* client.update(microgrid, dispatch.id, { active: false })
        const error = yield* Effect.flip(replaceOne(microgrid, planned, replacement))
        assert.strictEqual(error._tag === "DispatchError" && error.reason._tag, "Conflict")
        const left = yield* listed
        assert.deepStrictEqual([left.length, left[0]?.id], [1, dispatch.id])
        yield* client.delete(microgrid, dispatch.id)
      }
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("of which only the deletion is done says so, and applied again the plan creates it", () =>
    Effect.gen(function* () {
      const { planned, replacement } = yield* replaced({})
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

  for (const [name, present, more] of [
    ["a payload by hand", { payload: { by_hand: true } }, {}],
    ["a pause by hand", { active: false }, {}],
    ["a pause that the plan ends", { active: false, payload: { by_hand: true } }, { active: true }],
    ["a pause that the plan makes", { payload: { by_hand: true } }, { active: false }],
    ["nothing", {}, {}]
  ] as const) {
    it.effect(`killed after any request and applied again keeps ${name}, and never runs twice`, () =>
      Effect.gen(function* () {
        const { client, dispatch, planned, replacement } = yield* replaced(present, more)
        yield* replaceOne(microgrid, planned, replacement)
        const contentOf = Effect.map(listed, (records) =>
          records.filter(isReadable).map((record) => sameInAll(record))
        )
        const wanted = yield* contentOf
        for (const writes of [0, 1, 2]) {
          for (const { id } of (yield* listed).filter(isReadable)) yield* client.delete(microgrid, id)
          const again = yield* replaced(present, more)
          yield* Effect.exit(
            Effect.provideService(
              replaceOne(microgrid, planned, again.replacement),
              DispatchClient,
              yield* killedAfter(writes)
            )
          )
          const between = (yield* listed).filter(isReadable)
          assert.isAtMost(between.filter(({ active }) => active).length, 1)
          const step = yield* stepAgain(planned)
          if (isWriting(step)) yield* write(microgrid, planned, step)
          assert.deepStrictEqual(yield* contentOf, wanted, `after ${writes} writes`)
          assert.strictEqual((yield* stepAgain(planned))._tag, "Same")
        }
        assert.notInclude(
          (yield* listed).map(({ id }) => id),
          dispatch.id
        )
      }).pipe(Effect.provide(ServiceClient.layerMemory))
    )
  }

  it.effect("goes on if the answer to any request is lost, and fails where the request is", () =>
    Effect.gen(function* () {
      for (const arrives of [true, false]) {
        for (const call of ["create", "delete", "update"] as const) {
          const { client, planned, replacement } = yield* replaced({ payload: { by_hand: call } })
          const losing = <A, E>(request: Effect.Effect<A, E>) =>
            Effect.andThen(arrives ? request : Effect.void, Effect.fail(lost))
          const calls = DispatchClient.of({
            ...client,
            ...(call === "create" && { create: (...request) => losing(client.create(...request)) }),
            ...(call === "delete" && { delete: (...request) => losing(client.delete(...request)) }),
            ...(call === "update" && { update: (...request) => losing(client.update(...request)) })
          })
          const result = yield* Effect.result(
            Effect.provideService(replaceOne(microgrid, planned, replacement), DispatchClient, calls)
          )
          assert.strictEqual(Result.isSuccess(result), arrives, `${call} ${arrives}`)
          const step = yield* stepAgain(planned)
          if (isWriting(step)) yield* write(microgrid, planned, step)
          const [record, ...others] = (yield* listed).filter(isReadable)
          assert.deepInclude(record?.toJSON(), {
            name: "week/a",
            type: "B",
            payload: { by_hand: call },
            active: true
          })
          assert.lengthOf(others, 0)
          yield* client.delete(microgrid, record?.id ?? DispatchId.make(0n))
        }
      }
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )
})

describe("a replacement whose deletion is done, though nobody can tell", () => {
  it.effect("has failed, and applied again keeps what the plan does not say", () =>
    Effect.gen(function* () {
      const client = yield* DispatchClient
      const step = yield* creation
      const dispatch = yield* client.create(microgrid, { ...step.draft, payload: { by_hand: true } })
      const planned = { ...whole, name: "week/a", type: "B" }
      const replacement = stepOf(planned, dispatch, yield* DateTime.now)
      if (replacement._tag !== "Replacement") return yield* Effect.die(replacement)
      let isGone = false
      const calls = DispatchClient.of({
        ...client,
        get: (...request) => (isGone ? Effect.fail(lost) : client.get(...request)),
        delete: (...request) => {
          isGone = true
          return Effect.andThen(client.delete(...request), Effect.fail(lost))
        }
      })
      const error = yield* replaceOne(microgrid, planned, replacement).pipe(
        Effect.provideService(DispatchClient, calls),
        Effect.flip
      )
      assert.strictEqual(error, lost)
      const again = yield* stepAgain(planned)
      if (isWriting(again)) yield* write(microgrid, planned, again)
      const [made, ...others] = (yield* listed).filter(isReadable)
      assert.deepInclude(made?.toJSON(), {
        name: "week/a",
        type: "B",
        payload: { by_hand: true },
        active: true
      })
      assert.lengthOf(others, 0)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )
})

/** The content of a dispatch, the same whenever it was created. */
const sameInAll = (record: Dispatch) => {
  const { createTime: _, id: __, updateTime: ___, ...fields } = record.toJSON()
  return fields
}

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
