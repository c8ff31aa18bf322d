import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as ServiceClient from "@effect-dispatch/testing/ServiceClient"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { updateOne, type UpdateStep } from "../../src/plan/carryingOut.ts"
import { stepOf } from "../../src/plan/steps.ts"
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
