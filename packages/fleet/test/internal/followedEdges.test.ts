import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { EdgesMessage, Front } from "../../src/FleetEngine.ts"
import { type FleetError, unavailable } from "../../src/FleetError.ts"
import * as EdgeJson from "../../src/internal/edgeJson.ts"
import { follow, type PlacedEdge, ToldEdges } from "../../src/internal/followedEdges.ts"
import { at, change } from "./changes.ts"

const now = DateTime.makeUnsafe("2026-11-28T13:00:00Z")

const json = (one: RunningStateChange) => JSON.stringify(EdgeJson.encode(one))
const edge = (epoch: bigint, number: bigint, one: RunningStateChange) =>
  ({ _tag: "Edge", epoch, number, edge: json(one) }) as const
const inShort = (edges: ReadonlyArray<PlacedEdge>) =>
  edges.map(
    ({ change: { cause, dispatch, state }, number, token: { epoch } }) =>
      `${state} ${dispatch.id} ${epoch}/${number}${cause === "Recovered" ? " Recovered" : ""}`
  )

describe("F5: a reader of edges", () => {
  it("is told what is new, in order, and nothing twice", () => {
    const told = new ToldEdges(MicrogridId.make(1n), undefined)
    assert.deepStrictEqual(told.request, { microgrid: 1n, after: null, held: [] })
    assert.deepStrictEqual(inShort(told.take(edge(1n, 1n, change(5n)), now)), ["Running 5 1/1"])
    assert.deepStrictEqual(told.take(edge(1n, 1n, change(5n)), now), [])
    assert.deepStrictEqual(inShort(told.take(edge(1n, 3n, change(6n)), now)), ["Running 6 1/3"])
    assert.deepStrictEqual(told.take(edge(1n, 2n, change(7n)), now), [])
    assert.deepStrictEqual(told.request, { microgrid: 1n, after: { epoch: 1n, number: 3n }, held: [5n, 6n] })
    assert.deepStrictEqual(told.take({ ...edge(2n, 1n, change(6n)), edge: "{}" }, now), [])
  })

  it("F5: takes no snapshot of an owner that was replaced, and does not know it yet", () => {
    const told = new ToldEdges(MicrogridId.make(1n), undefined)
    told.take(edge(2n, 1n, change(5n)), now)
    told.take(edge(2n, 2n, change(6n)), now)
    const stale = {
      _tag: "Snapshot",
      epoch: 1n,
      ended: [{ number: 7n, dispatch: 5n }],
      running: [{ number: 8n, edge: json(change(6n)) }]
    } as const
    assert.deepStrictEqual(inShort(told.take(stale, now)), [])
    assert.deepStrictEqual(told.request, { microgrid: 1n, after: { epoch: 2n, number: 2n }, held: [5n, 6n] })
  })

  it("F5: keeps what it was told until the new owner knows, then stops what does not run, and no more", () => {
    const told = new ToldEdges(MicrogridId.make(1n), undefined)
    told.take(edge(1n, 1n, change(5n)), now)
    told.take(edge(1n, 2n, change(6n)), now)
    told.take(edge(1n, 3n, change(7n)), now)
    // A stop that the earlier owner left, told before the new one has caught up.
    assert.deepStrictEqual(inShort(told.take(edge(2n, 1n, change(7n, "Stopped")), now)), ["Stopped 7 2/1"])
    const snapshot = {
      _tag: "Snapshot",
      epoch: 2n,
      ended: [
        { number: 2n, dispatch: 5n },
        { number: 3n, dispatch: 7n }
      ],
      running: [{ number: 4n, edge: json(change(6n)) }]
    } as const
    const edges = told.take(snapshot, now)
    assert.deepStrictEqual(inShort(edges), ["Stopped 5 2/2 Recovered", "Running 6 2/4"])
    assert.deepStrictEqual(edges[0]?.change.at, now)
    assert.deepStrictEqual(told.take(snapshot, now), [], "the same owner, connected to again")
    assert.deepStrictEqual(told.request.held, [6n])
  })

  it("F5: is told once of a stop that a snapshot tells first, and its owner's edge again", () => {
    const told = new ToldEdges(MicrogridId.make(1n), undefined)
    told.take(edge(1n, 1n, change(5n)), now)
    const ended = [{ number: 1n, dispatch: 5n }]
    assert.lengthOf(told.take({ _tag: "Snapshot", epoch: 2n, ended, running: [] }, now), 1)
    assert.deepStrictEqual(told.take(edge(2n, 2n, change(5n, "Stopped")), now), [])
    // A run of it that begins later has its own stop.
    assert.deepStrictEqual(inShort(told.take(edge(2n, 3n, change(5n)), now)), ["Running 5 2/3"])
    assert.deepStrictEqual(inShort(told.take(edge(2n, 4n, change(5n, "Stopped")), now)), ["Stopped 5 2/4"])
    // So has one that goes on after all.
    const goesOn = [{ number: 6n, edge: json(change(5n)) }]
    told.take(edge(2n, 5n, change(5n)), now)
    told.take({ _tag: "Snapshot", epoch: 2n, ended: [{ number: 5n, dispatch: 5n }], running: [] }, now)
    assert.lengthOf(told.take({ _tag: "Snapshot", epoch: 2n, ended: [], running: goesOn }, now), 1)
    assert.lengthOf(told.take(edge(2n, 7n, change(5n, "Stopped")), now), 1)
    // So has one whose owner is another by then.
    told.take(edge(2n, 8n, change(6n)), now)
    const sixth = [{ number: 1n, dispatch: 6n }]
    told.take({ _tag: "Snapshot", epoch: 3n, ended: sixth, running: [] }, now)
    assert.lengthOf(told.take(edge(4n, 1n, change(6n, "Stopped")), now), 1)
  })

  it("holds no command, which is over when it is told", () => {
    const told = new ToldEdges(MicrogridId.make(1n), undefined)
    told.take(edge(1n, 1n, { ...change(5n), until: at }), now)
    assert.deepStrictEqual(told.request.held, [])
  })

  it("F6: is told that runs have stopped by the newest place, also of those that an owner before told", () => {
    const told = new ToldEdges(MicrogridId.make(1n), undefined)
    told.take(edge(1n, 7n, change(5n)), now)
    // The next owner tells of a run, and is parked before it has caught up.
    told.take(edge(2n, 1n, change(6n)), now)
    assert.deepStrictEqual(inShort(told.endAll(now)), ["Stopped 5 2/2 Recovered", "Stopped 6 2/3 Recovered"])
    assert.deepStrictEqual(told.request, { microgrid: 1n, after: { epoch: 2n, number: 3n }, held: [] })
  })

  it.effect("F6: asks the database seldom, and not at all while a microgrid moves", () =>
    Effect.gen(function* () {
      let asked = 0
      let present: Stream.Stream<EdgesMessage, FleetError> = Stream.make(edge(2n, 4n, change(5n)))
      const isOut = Effect.sync(() => ++asked < 0)
      const front: Front = { edges: () => present, report: () => Effect.never }
      yield* Effect.forkScoped(Stream.runDrain(follow(front, MicrogridId.make(1n), { isOut })))
      yield* TestClock.adjust("1 second")
      present = Stream.fail(unavailable(new Error("it does not run here")))
      yield* TestClock.adjust("800 millis")
      assert.strictEqual(asked, 0)
      yield* TestClock.adjust("20 seconds")
      assert.isAtLeast(asked, 8)
      assert.isAtMost(asked, 10)
    })
  )

  it.effect(
    "F5: looks for the owner anew when it hears nothing, and stays with one that gives signs of life",
    () =>
      Effect.gen(function* () {
        let asked = 0
        const front: Front = {
          edges: () =>
            ++asked === 1
              ? Stream.never
              : Stream.concat(
                  Stream.make(edge(2n, 1n, change(5n))),
                  Stream.tick("3 seconds").pipe(Stream.as({ _tag: "Alive" } as const))
                ),
          report: () => Effect.never
        }
        const told: Array<string> = []
        yield* Effect.forkScoped(
          follow(front, MicrogridId.make(1n), { isOut: Effect.succeed(true) }).pipe(
            Stream.runForEach((one) => Effect.sync(() => void told.push(...inShort([one]))))
          )
        )
        yield* TestClock.adjust("9 seconds")
        assert.deepStrictEqual([asked, told], [1, []])
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual([asked, told], [2, ["Running 5 2/1"]])
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(asked, 2)
      })
  )

  it.effect(
    "F5: is told that all has stopped when its microgrid gets no owner, and by no owner that moves it",
    () =>
      Effect.gen(function* () {
        const owner = Stream.make(edge(2n, 4n, change(5n)), edge(2n, 5n, change(6n)))
        let present: Stream.Stream<EdgesMessage, FleetError> = owner
        let isOut = false
        const front: Front = { edges: () => present, report: () => Effect.never }
        const told: Array<string> = []
        yield* Effect.forkScoped(
          follow(front, MicrogridId.make(1n), { isOut: Effect.sync(() => isOut) }).pipe(
            Stream.runForEach((one) => Effect.sync(() => void told.push(...inShort([one]))))
          )
        )
        yield* TestClock.adjust("1 second")
        present = Stream.fail(unavailable(new Error("it does not run here")))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(told.splice(0), ["Running 5 2/4", "Running 6 2/5"])
        isOut = true
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(told.splice(0), ["Stopped 5 2/6 Recovered", "Stopped 6 2/7 Recovered"])
        isOut = false
        present = Stream.make({
          _tag: "Snapshot",
          epoch: 3n,
          ended: [],
          running: [{ number: 1n, edge: json(change(6n)) }]
        })
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(told, ["Running 6 3/1"])
      })
  )
})
