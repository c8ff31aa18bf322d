import type { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { FleetStore, type KeptEdge, type Position } from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Stream } from "effect"
import { TestClock } from "effect/testing"
import { readerBacklogMax } from "../../../src/FleetLimits.ts"
import * as EdgeJson from "../../../src/internal/edgeJson.ts"
import { EdgeLog } from "../../../src/internal/runner/edgeLog.ts"
import { FrontDesk } from "../../../src/internal/runner/frontDesk.ts"
import { unusedStore } from "./unusedStore.ts"
import { change } from "../changes.ts"

const token = { microgridId: MicrogridId.make(1n), epoch: 2n }

/** A site whose edges are kept in a table. */
const makeSite = () => {
  const table: Array<KeptEdge & Position> = []
  const store = FleetStore.of({
    ...unusedStore,
    name: "test",
    settings: { buckets: 1, lease: Duration.seconds(30), joinDebounce: Duration.zero },
    edgesAfter: (_, { number }) =>
      Effect.sync(() => ({ edges: table.filter((edge) => edge.number > number), isWhole: true }))
  })
  const edges = new EdgeLog({ mayTellUnnoted: () => false, onLost: () => {} })
  const desk = new FrontDesk(store, "127.0.0.1:7070")
  desk.add({ token, edges, dispatcher: {} as Dispatcher["Service"], ended: Effect.never })
  const write = () => {
    const rows = edges.takeRows()
    table.push(...edges.kept(rows).map((edge) => ({ ...edge, epoch: token.epoch })))
    edges.markWritten(rows)
  }
  return { desk, edges, write }
}

describe("the front desk", () => {
  it.effect("F5: a reader that comes back is told of no start whose row goes with the next write", () =>
    Effect.gen(function* () {
      const { desk, edges, write } = makeSite()
      const [told, withdrawn, overtaken, overtaking] = [change(5n), change(6n), change(7n), change(8n)]
      edges.noting([told, withdrawn, overtaken])
      write()
      edges.telling([told])
      edges.dropping([withdrawn])
      edges.telling([overtaking])
      edges.caughtUp()
      const request = { microgrid: token.microgridId, after: { epoch: 2n, number: 0n }, held: [] }
      const messages = yield* Stream.runCollect(Stream.take(desk.front.edges(request), 3))
      const heard = messages.flatMap((message) => {
        if (message._tag === "Snapshot") return [`all that runs: ${message.running.length}`]
        if (message._tag !== "Edge") return []
        const change = EdgeJson.decode(JSON.parse(message.edge))
        return [`${change._tag === "Some" ? change.value.dispatch.id : "?"} by ${message.number}`]
      })
      assert.deepStrictEqual(heard, ["5 by 1", "8 by 4", "all that runs: 2"])
    }).pipe(Effect.scoped)
  )

  it.effect(
    "F5: a reader that takes nothing has no more wait for it than there is room for, and loses nothing",
    () =>
      Effect.gen(function* () {
        const { desk, edges, write } = makeSite()
        const numbers: Array<bigint> = []
        let after = { epoch: 2n, number: 0n }
        const read = (atMost: number) =>
          desk.front.edges({ microgrid: token.microgridId, after, held: [] }).pipe(
            Stream.take(atMost),
            Stream.runForEach((message) =>
              Effect.sync(() => {
                if (message._tag !== "Edge") return
                numbers.push(message.number)
                after = { epoch: message.epoch, number: message.number }
              })
            )
          )
        const pull = yield* Stream.toPull(desk.front.edges({ microgrid: token.microgridId, after, held: [] }))
        edges.telling([change(1n)])
        yield* pull
        yield* TestClock.adjust("1 hour")
        for (let id = 2; id <= readerBacklogMax + 500; id++) {
          edges.telling([change(BigInt(id))])
          write()
        }
        let taken = 0
        const ended = yield* Effect.exit(
          Effect.forever(Effect.map(pull, (all) => void (taken += all.length)))
        )
        assert.isTrue(Exit.isFailure(ended))
        // One sign of life, and those that there was room for.
        assert.isAtMost(taken, readerBacklogMax + 2)
        yield* read(readerBacklogMax + 500)
        assert.deepStrictEqual(
          numbers,
          Array.from({ length: readerBacklogMax + 500 }, (_, index) => BigInt(index + 1))
        )
      }).pipe(Effect.scoped)
  )
})
