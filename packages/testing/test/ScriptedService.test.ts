import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, type UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type * as Target from "@effect-dispatch/core/Target"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Stream } from "effect"
import { Chance } from "../src/Chance.ts"
import { drawTarget, examples, found, meet } from "../src/internal/targetCases.ts"

const microgridId = MicrogridId.make(1n)

const hold = (target: Target.Target, index: number) => {
  const id = DispatchId.make(BigInt(index + 1))
  const epoch = DateTime.makeUnsafe(0)
  const rest = { active: true, dryRun: false, payload: {}, createTime: epoch, updateTime: 0n }
  const dispatch = new Dispatch({
    id,
    type: "A",
    startTime: epoch,
    duration: Duration.infinity,
    target,
    ...rest
  })
  return Effect.flatMap(ScriptedService.ScriptedService, (service) => service.holdSilently(id, dispatch))
}

/** Places of what a listing shows. */
const listed = (targets: ReadonlyArray<Target.Target>) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const records = yield* Stream.runCollect(client.list(microgridId, { filter: { targets } }))
    return Array.from(records, ({ id }) => Number(id) - 1)
  })

it.effect("a scripted service finds by target what stores find", () =>
  Effect.gen(function* () {
    yield* Effect.forEach(examples, hold)
    for (const [name, targets, places] of found)
      assert.deepStrictEqual(yield* listed(targets), [...places], name)
  }).pipe(Effect.provide(ScriptedService.layer))
)

it.effect("a scripted service finds by target what a plain model finds", () =>
  Effect.gen(function* () {
    const chance = new Chance(7)
    const held = Array.from({ length: 60 }, () => drawTarget(chance))
    yield* Effect.forEach(held, hold)
    for (let round = 0; round < 100; round++) {
      const sought = [drawTarget(chance), drawTarget(chance)]
      const expected = held.flatMap((target, place) =>
        sought.some((each) => meet(each, target)) ? [place] : []
      )
      assert.deepStrictEqual(yield* listed(sought), expected)
    }
  }).pipe(Effect.provide(ScriptedService.layer))
)

it.effect("what cannot be read has no target that is known, and is not found by one", () =>
  Effect.gen(function* () {
    const service = yield* ScriptedService.ScriptedService
    const unreadable: UnreadableDispatch = {
      _tag: "UnreadableDispatch",
      id: DispatchId.make(1n),
      updateTime: undefined,
      path: "target",
      message: "a target is required"
    }
    yield* service.holdSilently(DispatchId.make(1n), unreadable)
    assert.deepStrictEqual(yield* listed([]), [0])
    assert.deepStrictEqual(yield* listed(examples), [])
  }).pipe(Effect.provide(ScriptedService.layer))
)
