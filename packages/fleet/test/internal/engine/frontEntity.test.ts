import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { Sharding } from "effect/cluster"
import type { EdgesMessage, EdgesRequest, Front } from "../../../src/FleetEngine.ts"
import * as FrontEntity from "../../../src/internal/engine/frontEntity.ts"

const request: EdgesRequest = { microgrid: 1n, after: null, held: [] }
const snapshot = (epoch: bigint): EdgesMessage => ({ _tag: "Snapshot", epoch, ended: [], running: [] })

/** An owner of this epoch: it tells what runs, and then nothing for ever. */
const ownerOf = (epoch: bigint): Front => ({
  edges: () => Stream.concat(Stream.succeed(snapshot(epoch)), Stream.never),
  report: () => Effect.never
})

/** The answer of an owner as it leaves its process. */
const answerOf = Effect.fnUntraced(function* (owner: Front) {
  let answer: Stream.Stream<unknown> = Stream.empty
  const registerEntity = (
    _: unknown,
    handlers: Effect.Effect<{ Edges: (given: { readonly payload: EdgesRequest }) => Stream.Stream<unknown> }>
  ) => Effect.map(handlers, ({ Edges }) => void (answer = Edges({ payload: request })))
  yield* FrontEntity.serve({ registerEntity } as unknown as Sharding.Sharding["Service"], owner)
  return answer
})

/** The front of an owner whose requests are answered by this. */
const frontTo = (answer: Stream.Stream<unknown>) =>
  Effect.map(
    FrontEntity.reach(
      {
        makeClient: () => Effect.succeed(() => ({ Edges: () => answer }))
      } as unknown as Sharding.Sharding["Service"],
      ["bucket/1"]
    ),
    ({ at }) => at(0)
  )

describe("the front of a bucket", () => {
  it.effect("gives a reader what the owner says", () =>
    Effect.gen(function* () {
      const front = yield* frontTo(yield* answerOf(ownerOf(1n)))
      const told = yield* Stream.runCollect(Stream.take(front.edges(request), 1))
      assert.deepStrictEqual(told, [snapshot(1n)])
    })
  )

  it.effect(
    "F5: a request that the engine sends again to the next owner ends, since what the reader holds is not in it",
    () =>
      Effect.gen(function* () {
        const [first, second] = yield* Effect.all([answerOf(ownerOf(1n)), answerOf(ownerOf(2n))])
        const front = yield* frontTo(Stream.concat(Stream.take(first, 2), second))
        const told: Array<EdgesMessage> = []
        const failed = yield* front.edges(request).pipe(
          Stream.runForEach((message) => Effect.sync(() => void told.push(message))),
          Effect.flip
        )
        assert.deepStrictEqual(told, [snapshot(1n)])
        assert.isTrue(failed.isRetryable)
      })
  )
})
