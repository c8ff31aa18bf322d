import { join } from "node:path"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as ChangeFeed from "@effect-dispatch/server/ChangeFeed"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import {
  type Change,
  DispatchStore,
  StoreError,
  type ChangeHint
} from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { streamBacklogMax, subscribersAtOnce } from "@effect-dispatch/server/ServiceLimits"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, PubSub, Queue, References, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { after, atNoon, create, folder, noon, one, serviceOver, stores, two } from "./services.ts"

/** A change that is in no store. */
const made = (
  microgridId: MicrogridId,
  number: bigint,
  dispatch: Dispatch = { updateTime: 0n } as never
): Change => {
  const bytes = new Uint8Array()
  return { microgridId, number, kind: "Updated", dispatch, bytes, message: bytes }
}

/** The faults of a store, switched on and off by a test. */
class Faults {
  isAway = false
  /** Reads give bytes that cannot be understood. */
  isBroken = false
  /** The next write is committed, but nobody learns of it. */
  losesAnswer = false
  /** Writes are made, and fail before they are committed. */
  isFull = false
}

/** A store that others write to as well: they are heard of by `hints` alone. */
const shared = <E>(store: Layer.Layer<DispatchStore, E>, faults: Faults, hints: PubSub.PubSub<ChangeHint>) =>
  Layer.effect(
    DispatchStore,
    Effect.map(DispatchStore, (inner) => {
      const away = Effect.fail(new StoreError({ message: "the store is away" }))
      const lossy = <A, E>(write: Effect.Effect<A, E>) =>
        Effect.flatMap(write, (committed) => {
          if (!faults.losesAnswer) return Effect.succeed(committed)
          faults.losesAnswer = false
          return away
        })
      const read = <A>(effect: Effect.Effect<A, StoreError>) =>
        Effect.suspend(() =>
          faults.isBroken ? Effect.die(new Error("broken")) : faults.isAway ? away : effect
        )
      return DispatchStore.of({
        ...inner,
        insert: (microgridId, origin, make) =>
          Effect.suspend(() => {
            if (!faults.isFull) return lossy(inner.insert(microgridId, origin, make))
            make(DispatchId.make(7n))
            return away
          }),
        changesAfter: (...args) => read(inner.changesAfter(...args)),
        lastChange: (...args) => read(inner.lastChange(...args)),
        hints: Stream.fromPubSub(hints)
      })
    })
  ).pipe(Layer.provide(store))

/** The changes that a subscriber was given so far, and its end. */
const subscriber = (microgridId: MicrogridId = one) =>
  Effect.gen(function* () {
    const feed = yield* ChangeFeed.ChangeFeed
    const { changes } = yield* feed.subscribe(microgridId)
    const seen: Array<bigint> = []
    const end = yield* Effect.forkScoped(
      Stream.runForEach(changes, ({ number }) => Effect.sync(() => seen.push(number)))
    )
    return { seen, end }
  })

const endOf = (fiber: Fiber.Fiber<void, DispatchError>) =>
  Effect.map(Effect.flip(Fiber.join(fiber)), ({ isRetryable, reason }) => [reason._tag, isRetryable])

for (const [name, store] of stores) {
  describe(`ChangeFeed over ${name}`, () => {
    const test = <E>(
      promise: string,
      body: (
        faults: Faults,
        tell: (hint: ChangeHint) => Effect.Effect<unknown>
      ) => Effect.Effect<
        void,
        E,
        DispatchService.DispatchService | DispatchStore | ChangeFeed.ChangeFeed | Scope.Scope
      >
    ) =>
      it.effect(promise, () =>
        Effect.gen(function* () {
          yield* atNoon
          const faults = new Faults()
          const hints = yield* PubSub.unbounded<ChangeHint>()
          const layers = Layer.fresh(DispatchService.layerWithFeed).pipe(
            Layer.provideMerge(Layer.fresh(ChangeFeed.layer)),
            Layer.provideMerge(shared(store, faults, hints)),
            Layer.provideMerge(Probe.layer)
          )
          const tell = (hint: ChangeHint) => Effect.andThen(PubSub.publish(hints, hint), Probe.settled)
          yield* Effect.provide(
            Effect.andThen(
              Probe.settled,
              Effect.suspend(() => body(faults, tell))
            ),
            layers
          )
        })
      )

    /** Committed by another instance of the service. */
    const byAnother = Effect.flatMap(DispatchStore, (inner) =>
      inner.insert(one, { at: noon, by: "another" }, (id) =>
        Object.assign(Object.create(template), { ...template, id })
      )
    )
    let template: Change["dispatch"]

    test("a subscriber is told of every change after its subscription, each once, in the order of commits", () =>
      Effect.gen(function* () {
        yield* create()
        const { seen } = yield* subscriber()
        const other = yield* subscriber(two)
        yield* Effect.all(
          Array.from({ length: 30 }, () => create()),
          { concurrency: 8 }
        )
        yield* Probe.settled
        assert.deepStrictEqual(
          seen,
          Array.from({ length: 30 }, (_, index) => BigInt(index + 2))
        )
        assert.deepStrictEqual(other.seen, [])
      }))

    test("what other instances commit is read when a hint comes, in order, whatever hints are late or repeated", (_, tell) =>
      Effect.gen(function* () {
        template = yield* create()
        const { seen } = yield* subscriber()
        yield* byAnother
        yield* byAnother
        assert.deepStrictEqual(seen, [])
        yield* tell({ _tag: "Changed", microgridId: one, number: 3n })
        assert.deepStrictEqual(seen, [2n, 3n])
        yield* tell({ _tag: "Changed", microgridId: one, number: 2n })
        yield* tell({ _tag: "Anything" })
        assert.deepStrictEqual(seen, [2n, 3n])
        // No hint of number 4: the own number 5 shows that something is missing.
        yield* byAnother
        yield* create()
        yield* Probe.settled
        assert.deepStrictEqual(seen, [2n, 3n, 4n, 5n])
      }))

    test("a change whose commit was not confirmed is told of all the same", (faults) =>
      Effect.gen(function* () {
        const { seen } = yield* subscriber()
        faults.losesAnswer = true
        const error = yield* Effect.flip(create())
        assert.strictEqual(error.reason._tag, "Unavailable")
        yield* Probe.settled
        assert.deepStrictEqual(seen, [1n])
      }))

    test("a stream goes on by itself after the store was away, and misses nothing", (faults, tell) =>
      Effect.gen(function* () {
        template = yield* create()
        const { seen } = yield* subscriber()
        faults.isAway = true
        yield* byAnother
        yield* tell({ _tag: "Anything" })
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(seen, [])
        faults.isAway = false
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(seen, [2n])
      }))

    test("what cannot be read ends the readers with what they can retry; those after them are served", (faults, tell) =>
      Effect.gen(function* () {
        template = yield* create()
        const broken = yield* subscriber()
        faults.isBroken = true
        yield* byAnother
        yield* tell({ _tag: "Anything" })
        assert.deepStrictEqual(yield* endOf(broken.end), ["Unavailable", true])
        faults.isBroken = false
        const again = yield* subscriber()
        yield* TestClock.adjust("1 second")
        yield* create()
        yield* Probe.settled
        assert.strictEqual(again.seen.at(-1), 3n)
        assert.deepStrictEqual(broken.seen, [])
      }).pipe(Effect.provideService(References.MinimumLogLevel, "None")))

    test("a subscription needs the store, and says so", (faults) =>
      Effect.gen(function* () {
        faults.isAway = true
        const error = yield* Effect.flip(Effect.scoped(subscriber()))
        assert.strictEqual(error.reason._tag, "Unavailable")
        faults.isAway = false
        yield* Effect.scoped(subscriber())
      }))

    test("a reader whose changes are no longer kept is ended with what it can retry", (_, tell) =>
      Effect.gen(function* () {
        template = yield* create()
        const inner = yield* DispatchStore
        const { end, seen } = yield* subscriber()
        yield* byAnother
        yield* byAnother
        yield* inner.prune("changes", { now: after(1), before: after(1) }, 2)
        yield* tell({ _tag: "Anything" })
        assert.deepStrictEqual(yield* endOf(end), ["Unavailable", true])
        assert.deepStrictEqual(seen, [])
        // A client that lists and subscribes again is served.
        const again = yield* subscriber()
        yield* create()
        yield* Probe.settled
        assert.deepStrictEqual(again.seen, [4n])
      }))

    test("also when none at all are kept", (_, tell) =>
      Effect.gen(function* () {
        template = yield* create()
        const inner = yield* DispatchStore
        const { end } = yield* subscriber()
        yield* byAnother
        yield* inner.prune("changes", { now: after(1), before: after(1) }, 100)
        yield* tell({ _tag: "Anything" })
        assert.deepStrictEqual(yield* endOf(end), ["Unavailable", true])
      }))

    test("nobody is told of what is not committed, and its number goes to what is", (faults) =>
      Effect.gen(function* () {
        const { seen } = yield* subscriber()
        faults.isFull = true
        yield* Effect.flip(create())
        yield* Probe.settled
        assert.deepStrictEqual(seen, [])
        faults.isFull = false
        yield* create()
        yield* Probe.settled
        assert.deepStrictEqual(seen, [1n])
      }))

    test("a reader that falls too far behind is ended with what it can retry; the others do not notice", () =>
      Effect.gen(function* () {
        const feed = yield* ChangeFeed.ChangeFeed
        template = yield* create()
        const slow = yield* feed.subscribe(two)
        const quick = yield* subscriber(two)
        for (let number = 1n; number <= BigInt(streamBacklogMax) + 1n; number++) {
          yield* feed.publish(made(two, number, template))
          if (number % 1_000n === 0n) yield* Probe.settled
        }
        yield* Probe.settled
        let overruns = 0
        slow.whenFailed(() => overruns++)
        assert.strictEqual(overruns, 1)
        assert.strictEqual(quick.seen.length, streamBacklogMax + 1)
        assert.isUndefined(quick.end.pollUnsafe())
        const numbers: Array<bigint> = []
        const exit = yield* Effect.exit(
          Stream.runForEach(slow.changes, ({ number }) => Effect.sync(() => numbers.push(number)))
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual(
          Option.map(Exit.findErrorOption(exit), ({ isRetryable, reason }) => [reason._tag, isRetryable]),
          Option.some(["ResourceExhausted", true])
        )
        // Nothing before the end was skipped.
        assert.strictEqual(numbers.length, streamBacklogMax)
        assert.strictEqual(numbers.at(-1), BigInt(streamBacklogMax))
      }))
  })
}

/** A store of numbers alone. */
const numbered = (
  hints: Queue.Dequeue<ChangeHint>,
  lastChange: Effect.Effect<bigint>,
  changes: ReadonlyArray<Change> = []
) => {
  const unused = () => Effect.die("not used")
  const store = DispatchStore.of({
    insert: unused,
    modify: unused,
    get: unused,
    page: unused,
    begin: unused,
    changesAfter: (_, number) => Effect.succeed(changes.filter((change) => change.number > number)),
    lastChange: () => lastChange,
    hints: Stream.fromQueue(hints),
    audit: unused,
    moveRetentionTime: unused,
    trimNonces: unused,
    prune: unused,
    check: Effect.void,
    secret: Effect.succeed(new Uint8Array(32))
  })
  return Layer.fresh(ChangeFeed.layer).pipe(
    Layer.provide(Layer.succeed(DispatchStore, store)),
    Layer.provideMerge(Probe.layer)
  )
}

it.effect("what is committed while a subscription is being made is told of", () =>
  Effect.gen(function* () {
    const hints = yield* Queue.unbounded<ChangeHint>()
    const change = made(one, 1n)
    let last = 0n
    // Its answer is a second old.
    const lastChange = Effect.suspend(() => {
      const then = last
      return Effect.as(Effect.sleep("1 second"), then)
    })
    yield* Effect.gen(function* () {
      const feed = yield* ChangeFeed.ChangeFeed
      const subscribing = yield* Effect.forkScoped(subscriber(), { startImmediately: true })
      yield* Probe.settled
      last = 1n
      yield* feed.publish(change)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual((yield* Fiber.join(subscribing)).seen, [1n])
    }).pipe(Effect.provide(numbered(hints, lastChange, [change])))
  })
)

const onDisc = Layer.unwrap(
  Effect.map(folder, (path) =>
    DispatchStoreSqlite.layer({ filename: join(path, "store.sqlite"), synchronous: "FULL" })
  )
)

it.live("a listing begun after a subscription has all that was committed before it", () =>
  Effect.gen(function* () {
    const { list, subscribe } = yield* DispatchService.DispatchService
    const write = create({ startTime: "NOW" })
    yield* write
    const writers = yield* Effect.forkScoped(
      Effect.replicateEffect(Effect.forever(write), 8, { concurrency: "unbounded" })
    )
    const looks = yield* Effect.replicateEffect(
      Effect.gen(function* () {
        const { changes } = yield* subscribe(one)
        const told = yield* Effect.forkScoped(Stream.runHead(changes))
        const { totalItems } = yield* list(one, { pageSize: 1 })
        const next = Option.getOrThrow(yield* Fiber.join(told))
        return { listed: BigInt(totalItems), next: next.number }
      }).pipe(Effect.scoped),
      20
    )
    yield* Fiber.interrupt(writers)
    for (const { listed, next } of looks) assert.isTrue(listed >= next - 1n)
  }).pipe(Effect.scoped, Effect.provide(serviceOver(Layer.fresh(onDisc))))
)

it.effect("what is committed here while the store is being read does not look like a store set back", () =>
  Effect.gen(function* () {
    const hints = yield* Queue.unbounded<ChangeHint>()
    let last = 0n
    // Its answer is a second old.
    const lastChange = Effect.suspend(() => {
      const then = last
      return Effect.as(Effect.sleep("1 second"), then)
    })
    yield* Effect.gen(function* () {
      const feed = yield* ChangeFeed.ChangeFeed
      const subscribing = yield* Effect.forkScoped(subscriber(), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      const { end, seen } = yield* Fiber.join(subscribing)
      yield* Queue.offer(hints, { _tag: "Anything" })
      yield* Probe.settled
      for (let number = 1n; number <= 3n; number++) {
        last = number
        yield* feed.publish(made(one, number))
      }
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(seen, [1n, 2n, 3n])
      assert.isUndefined(end.pollUnsafe())
    }).pipe(Effect.provide(numbered(hints, lastChange)))
  })
)

for (const [how, tell] of [
  ["a look", (hints: Queue.Queue<ChangeHint>) => Queue.offer(hints, { _tag: "Anything" })],
  [
    "a hint of a number that goes back",
    (hints: Queue.Queue<ChangeHint>) => Queue.offer(hints, { _tag: "Changed", microgridId: one, number: 5n })
  ],
  [
    "a commit here, of a number that was given before",
    () => Effect.flatMap(ChangeFeed.ChangeFeed, (feed) => feed.publish(made(one, 5n)))
  ]
] as const) {
  it.effect(`a store that was set back ends its readers, who list again: found out by ${how}`, () =>
    Effect.gen(function* () {
      const hints = yield* Queue.unbounded<ChangeHint>()
      let last = 7n
      const lastChange = Effect.sync(() => last)
      yield* Effect.gen(function* () {
        const { end } = yield* subscriber()
        yield* Queue.offer(hints, { _tag: "Changed", microgridId: one, number: 7n })
        yield* Probe.settled
        assert.isUndefined(end.pollUnsafe())
        last = 5n
        yield* tell(hints)
        assert.deepStrictEqual(yield* endOf(end), ["Unavailable", true])
      }).pipe(Effect.provide(numbered(hints, lastChange)))
    })
  )
}

describe("very many subscribers", () => {
  const crowd = subscribersAtOnce * 3
  /** A feed of a store that has as many changes as `last` says, and a crowd that reads. */
  const crowded = <A, E>(
    test: (
      feed: ChangeFeed.ChangeFeed["Service"],
      all: ReadonlyArray<Effect.Success<ReturnType<typeof subscriber>>>,
      setBack: Effect.Effect<void>
    ) => Effect.Effect<A, E, ChangeFeed.ChangeFeed | Scope.Scope>
  ) =>
    Effect.gen(function* () {
      const hints = yield* Queue.unbounded<ChangeHint>()
      let last = 7n
      const setBack = Effect.suspend(() => {
        last = 3n
        return Effect.asVoid(Queue.offer(hints, { _tag: "Anything" }))
      })
      yield* Effect.gen(function* () {
        const feed = yield* ChangeFeed.ChangeFeed
        const all = yield* Effect.replicateEffect(subscriber(), crowd)
        return yield* test(feed, all, setBack)
      }).pipe(
        Effect.provide(
          numbered(
            hints,
            Effect.sync(() => last)
          )
        )
      )
    })

  it.effect("are told in turns, each of every change, in order; one that comes meanwhile of later ones", () =>
    crowded((feed, all) =>
      Effect.gen(function* () {
        const told = () => all.filter(({ seen }) => seen.length > 0).length
        yield* feed.publish(made(one, 8n))
        yield* Effect.repeat(Effect.yieldNow, { until: () => told() > 0 })
        assert.isBelow(told(), crowd)
        const late = yield* subscriber()
        yield* feed.publish(made(one, 9n))
        yield* Probe.settled
        for (const { seen } of all) assert.deepStrictEqual(seen, [8n, 9n])
        assert.deepStrictEqual(late.seen, [9n])
        yield* feed.publish(made(one, 10n))
        yield* Probe.settled
        assert.deepStrictEqual(late.seen, [9n, 10n])
      })
    )
  )

  it.effect(
    "are all ended by a store that was set back meanwhile; who comes then hears nothing of before",
    () =>
      crowded((feed, all, setBack) =>
        Effect.gen(function* () {
          yield* feed.publish(made(one, 8n))
          yield* Effect.repeat(Effect.yieldNow, { until: () => all.some(({ seen }) => seen.length > 0) })
          yield* setBack
          yield* Effect.repeat(Effect.yieldNow, { until: () => all[0]?.end.pollUnsafe() !== undefined })
          const again = yield* subscriber()
          yield* feed.publish(made(one, 4n))
          yield* Probe.settled
          for (const { end } of all) assert.deepStrictEqual(yield* endOf(end), ["Unavailable", true])
          assert.deepStrictEqual(again.seen, [4n])
        })
      )
  )

  it.effect("who are told more slowly than changes come are ended", () =>
    crowded((feed, all) =>
      Effect.gen(function* () {
        for (let number = 8n; number <= BigInt(streamBacklogMax) + 20n; number++)
          yield* feed.publish(made(one, number))
        for (const { end } of all.slice(-1)) assert.deepStrictEqual(yield* endOf(end), ["Unavailable", true])
      })
    )
  )
})
