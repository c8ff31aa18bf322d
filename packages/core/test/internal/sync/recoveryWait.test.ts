import {
  DispatchError,
  InvalidArgument,
  Unavailable,
  Unimplemented
} from "@effect-dispatch/core/DispatchError"
import * as DispatchMirror from "../../../src/internal/mirror/dispatchMirror.ts"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import * as SkewClock from "@effect-dispatch/testing/SkewClock"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { dispatch, t0 } from "../../fixtures.ts"
import { RecoveryWait } from "../../../src/internal/sync/recoveryWait.ts"
import { hold } from "../../site.ts"
import { recovering } from "./syncing.ts"

const layer = ScriptedService.layer.pipe(Layer.provideMerge(Probe.layer))
const kept = dispatch({ duration: Duration.infinity })
const fail = (reason: DispatchError["reason"]) => Effect.fail(new DispatchError({ reason }))
const refused = fail(new Unimplemented({ message: "no streams here" }))

/** A listing whose pages, of one dispatch each, come so many seconds after the one before. */
const pages = (...after: ReadonlyArray<number>) =>
  Stream.fromIterable(after).pipe(
    Stream.rechunk(1),
    Stream.mapEffect((seconds) => Effect.delay(Effect.succeed(kept), Duration.seconds(seconds)))
  )

describe("the wait of what an earlier process knew", () => {
  it.effect("S10: ends with the first listing, which confirms it", () =>
    Effect.gen(function* () {
      yield* hold(kept)
      const { moveTo, start, take } = yield* recovering([kept], {})
      yield* start
      assert.deepStrictEqual(take(), ["Listed, Confirmed 1 Recovered @0"])
      yield* moveTo(100)
      assert.deepStrictEqual(take(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: ends five seconds after the start, if there is no answer", () =>
    Effect.gen(function* () {
      const { moveTo, start, take } = yield* recovering([kept], { list: () => Stream.never })
      yield* start
      yield* moveTo(4.999)
      assert.deepStrictEqual(take(), [])
      yield* moveTo(5)
      assert.deepStrictEqual(take(), [
        "GoOn: the service has not answered within 5s, Confirmed 1 Recovered @5"
      ])
      yield* moveTo(50)
      assert.deepStrictEqual(take(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: lasts five seconds after each page, and a minute at most", () =>
    Effect.gen(function* () {
      const { moveTo, start, take } = yield* recovering([kept], {
        list: () => Stream.concat(pages(4, 4.5), Stream.never)
      })
      yield* start
      yield* moveTo(13.499)
      assert.deepStrictEqual(take(), [])
      yield* moveTo(13.5)
      assert.deepStrictEqual(take().length, 1)
      const slow = yield* recovering([kept], {
        list: () => pages(...Array.from({ length: 100 }, () => 4.9))
      })
      yield* slow.start
      yield* slow.moveTo(59.999)
      assert.deepStrictEqual(slow.take(), [])
      yield* slow.moveTo(60)
      assert.deepStrictEqual(slow.take(), [
        "GoOn: the listing is not whole after 1m, Confirmed 1 Recovered @60"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: ends when the first listing fails, for whatever reason", () =>
    Effect.gen(function* () {
      const reasons = [
        [fail(new Unavailable({ message: "gone" })), "gone"],
        [fail(new InvalidArgument({ message: "no such filter" })), "no such filter"],
        [Effect.die(new Error("a defect")), "a defect"]
      ] as const
      for (const [failure, message] of reasons) {
        const { start, take } = yield* recovering([kept], { list: () => Stream.fromEffect(failure) })
        const { stop } = yield* start
        const [goOn, broken] = take()
        assert.match(goOn ?? "", new RegExp(`^GoOn: .*${message}[^]*, Confirmed 1 Recovered @0$`))
        assert.match(broken ?? "", /^Broken: /)
        yield* stop
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: asks for the listing at once where the stream is refused", () =>
    Effect.gen(function* () {
      yield* hold(kept)
      const { start, take } = yield* recovering([kept], { stream: () => refused })
      yield* start
      assert.deepStrictEqual(take(), ["Broken: no streams here @0", "Listed, Confirmed 1 Recovered @0"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: asks for the listing where the stream is slow, which is no answer", () =>
    Effect.gen(function* () {
      yield* hold(kept)
      const { moveTo, start, take } = yield* recovering([kept], { stream: () => Effect.never })
      yield* start
      yield* moveTo(0.499)
      assert.deepStrictEqual(take(), [])
      yield* moveTo(0.5)
      assert.deepStrictEqual(take(), ["Listed, Confirmed 1 Recovered @0.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: a slow stream leaves the listing its time to answer", () =>
    Effect.gen(function* () {
      const { moveTo, start, take } = yield* recovering([kept], {
        stream: () => Effect.never,
        list: () => pages(4)
      })
      yield* start
      yield* moveTo(10)
      assert.deepStrictEqual(take().slice(0, 1), ["Listed, Confirmed 1 Recovered @4.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: a stream that stands asks for the only listing", () =>
    Effect.gen(function* () {
      yield* hold(kept)
      const { moveTo, start, take } = yield* recovering([kept], {})
      yield* start
      yield* moveTo(3)
      assert.deepStrictEqual(take(), ["Listed, Confirmed 1 Recovered @0"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: a listing that is slow is not asked for once more", () =>
    Effect.gen(function* () {
      const { moveTo, start, take } = yield* recovering([kept], { list: () => pages(2) })
      yield* start
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["Listed, Confirmed 1 Recovered @2"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: is not ended by a stream that is refused, nor begun anew by it", () =>
    Effect.gen(function* () {
      const { mirror, moveTo, start, take } = yield* recovering([kept], {
        stream: () => fail(new Unavailable({ message: "gone" })),
        list: () => Stream.never
      })
      yield* start
      yield* moveTo(4.999)
      assert.isTrue(DispatchMirror.isWaiting(mirror))
      assert.isTrue(take().every((line) => line.startsWith("Broken")))
      yield* moveTo(5)
      assert.isFalse(DispatchMirror.isWaiting(mirror))
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: goes on where it was after a restart of the loop", () =>
    Effect.gen(function* () {
      const { moveTo, start, take } = yield* recovering([kept], { list: () => Stream.never })
      const { stop } = yield* start
      yield* moveTo(3)
      yield* stop
      yield* start
      yield* moveTo(4.999)
      assert.deepStrictEqual(take(), [])
      yield* moveTo(5)
      assert.deepStrictEqual(take().length, 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: that an event has ended is not ended again", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const { moveTo, start, take } = yield* recovering([kept], { list: () => Stream.never })
      yield* start
      yield* service.put("Updated", kept)
      yield* moveTo(50)
      assert.deepStrictEqual(take(), ["Event, Confirmed 1 Recovered @0"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: of a process that kept nothing there is none", () =>
    Effect.gen(function* () {
      const { moveTo, start, take } = yield* recovering([], { list: () => Stream.never })
      yield* start
      yield* moveTo(59)
      assert.deepStrictEqual(take(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S10: is told to be over once: for as long as nobody goes on, that is repeated after another wait",
    () =>
      Effect.gen(function* () {
        const wait = new RecoveryWait(() => true)
        for (let times = 0; times < 3; times++) {
          const over = yield* Effect.forkChild(wait.over)
          yield* TestClock.adjust(4_999)
          assert.isUndefined(over.pollUnsafe())
          yield* TestClock.adjust(1)
          assert.isDefined(over.pollUnsafe())
        }
      })
  )

  it.effect("S10: is measured by the clock that nobody sets", () =>
    Effect.gen(function* () {
      const skew = yield* SkewClock.SkewClock
      for (const step of [3_600_000, -3_600_000]) {
        const { mirror, start } = yield* recovering([kept], { list: () => Stream.never })
        const { stop } = yield* start
        yield* skew.step(step)
        yield* TestClock.adjust(4_999)
        assert.isTrue(DispatchMirror.isWaiting(mirror))
        yield* TestClock.adjust(1)
        assert.isFalse(DispatchMirror.isWaiting(mirror))
        yield* stop
      }
    }).pipe(
      Effect.provide(
        layer.pipe(Layer.provideMerge(SkewClock.layer({ start: t0 })), Layer.provideMerge(TestClock.layer()))
      )
    )
  )

  it.effect(
    "S10: of a record that is read late begins with it, also if another had begun and ended before",
    () =>
      Effect.gen(function* () {
        let isWaiting = true
        const wait = new RecoveryWait(() => isWaiting)
        const over = yield* Effect.forkChild(wait.over, { startImmediately: true })
        yield* TestClock.adjust("1 second")
        isWaiting = false
        yield* TestClock.adjust("2 seconds")
        isWaiting = true
        wait.beginAnew(3_000)
        yield* TestClock.adjust(4_999)
        assert.isUndefined(over.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.isDefined(over.pollUnsafe())
      })
  )

  it.effect("S10: of a record that is read late counts no page from before", () =>
    Effect.gen(function* () {
      const wait = new RecoveryWait(() => true)
      const over = yield* Effect.forkChild(wait.over, { startImmediately: true })
      wait.heard(0)
      yield* TestClock.adjust("3 seconds")
      wait.beginAnew(3_000)
      yield* TestClock.adjust(4_999)
      assert.isUndefined(over.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.isDefined(over.pollUnsafe())
    })
  )

  it.effect("S10: does not begin before the service is asked", () =>
    Effect.gen(function* () {
      const wait = new RecoveryWait(() => true)
      wait.beginAnew(0)
      yield* TestClock.adjust("3 seconds")
      const over = yield* Effect.forkChild(wait.over, { startImmediately: true })
      yield* TestClock.adjust(4_999)
      assert.isUndefined(over.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.isDefined(over.pollUnsafe())
    })
  )
})
