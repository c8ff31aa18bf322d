/** Options as a program without types gives them. */
import * as Actor from "@effect-dispatch/core/Actor"
import * as ActorFactory from "@effect-dispatch/core/ActorFactory"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import { checkNames, OptionError, readLength } from "@effect-dispatch/core/Options"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Layer, Option, Schedule, Schema, type Scope } from "effect"
import { makeLogs, run, startDispatcher } from "./managing.ts"
import { hold, layer, microgridId, moveTo, quiet } from "./site.ts"

type Wrong = readonly [option: string, given: unknown, message: RegExp]

/** The error in a cause; its message begins with the option. */
const errorIn = (error: unknown, exit: Exit.Exit<unknown, unknown>) => {
  if (!(error instanceof OptionError)) return assert.fail(String(exit))
  assert.isTrue(error.message.startsWith(`${error.refusal.path}: `), error.message)
  return error
}

/** The effect fails with an error about the option, and does not die. */
const refuses = <R>(effect: Effect.Effect<unknown, unknown, R>, [option, , message]: Wrong) =>
  Effect.map(Effect.exit(effect), (exit) => {
    const failure = Exit.isFailure(exit) ? Cause.findErrorOption(exit.cause) : Option.none()
    const error = errorIn(Option.getOrUndefined(failure), exit)
    assert.strictEqual(error.refusal.path, option, error.message)
    assert.match(error.message, message)
  })

/** The effect dies of an error about the option: its types say that it cannot fail for that. */
const diesOf = <R>(effect: Effect.Effect<unknown, never, R>, [option, , message]: Wrong) =>
  Effect.map(Effect.exit(effect), (exit) => {
    const defects = Exit.isFailure(exit) ? exit.cause.reasons.filter(Cause.isDieReason) : []
    const error = errorIn(defects[0]?.defect, exit)
    assert.strictEqual(error.refusal.path, option, error.message)
    assert.match(error.message, message)
    assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", error.message)
  })

/** Holds a subscription of any kind for a moment. */
const subscribed = (subscription: Effect.Effect<unknown, never, Scope.Scope>) => Effect.scoped(subscription)

const throwing = {
  get type(): string {
    throw new Error("boom")
  }
}

const noLengths: ReadonlyArray<unknown> = [null, "soon", Number.NaN, {}, { minuts: 1 }, true, "-1 second"]

const settings = ["resyncInterval", "streamAgeMax", "catchUpWindow", "recordTimeout"]

/** Where nothing would come of no time at all but a loop without a rest, or a call without an answer. */
const periods = ["resyncInterval", "streamAgeMax", "recordTimeout"]

const wrongSite: ReadonlyArray<Wrong> = [
  ["options", undefined, /undefined is not an object with microgridId, sync/],
  ["options", null, /null is not an object/],
  ["options", "site", /the text "site" is not an object/],
  ["microgridId", {}, /undefined is not a microgrid id: a bigint .* such as 1n/],
  ["microgridId", { microgridId: 1 }, /the number 1 is not a microgrid id/],
  ["microgrid", { microgrid: 1n }, /nothing of this name; known are microgridId, sync, askAfter/],
  ["persistence", { microgridId, persistence: "x" }, /nothing of this name/],
  ["sync", { microgridId, sync: 3 }, /the number 3 is not an object with resyncInterval/],
  ["sync.resyncIntervall", { microgridId, sync: { resyncIntervall: 1 } }, /nothing of this name; known are/],
  ["sync.pageSize", { microgridId, sync: { pageSize: "10" } }, /a whole number from 1/],
  ["sync.pageSize", { microgridId, sync: { pageSize: 0 } }, /a whole number from 1/],
  ...settings.flatMap((name) =>
    noLengths.map((length): Wrong => [
      `sync.${name}`,
      { microgridId, sync: { [name]: length } },
      /is not a length of time such as "10 seconds"/
    ])
  ),
  ...periods.map((name): Wrong => [
    `sync.${name}`,
    { microgridId, sync: { [name]: Duration.zero } },
    /^.*: 0 is not a length of time such as "10 seconds", above 0/
  ]),
  ["askAfter", { microgridId, askAfter: () => Effect.void }, /a function is not an Effect/],
  ["restartDelay", { microgridId, restartDelay: "2 potatoes" }, /is not a length of time/],
  ["restartDelay", { microgridId, restartDelay: null }, /null is not a length of time/],
  ["restartLimit", { microgridId, restartLimit: "3" }, /a whole number from 0, or Infinity/],
  ["restartLimit", { microgridId, restartLimit: -1 }, /a whole number from 0, or Infinity/],
  ["restartLimit", { microgridId, restartLimit: Number.NaN }, /a whole number from 0, or Infinity/],
  ["subscriberCapacity", { microgridId, subscriberCapacity: 1 }, /a whole number from 2/],
  ["subscriberCapacity", { microgridId, subscriberCapacity: Infinity }, /a whole number from 2/]
]

const wrongSubscription: ReadonlyArray<Wrong> = [
  ["options", null, /null is not an object with/],
  ["options", 3, /the number 3 is not an object with/],
  ["curent", { curent: true }, /nothing of this name; known are/],
  ["capacity", { capacity: "10" }, /a whole number from 2/],
  ["capacity", { capacity: Number.NaN }, /a whole number from 2/],
  ["capacity", { capacity: 1 }, /a whole number from 2/]
]

const wrongCurrent: Wrong = ["current", { current: "yes" }, /is not true or false/]

const wrongMerge: ReadonlyArray<Wrong> = [
  ["merge", { merge: "byType" }, /the text "byType" is not an object with identity, filter/],
  ["merge", { merge: MergeStrategy.byComponent }, /a function is not an object with identity/],
  ["merge.identity", { merge: {} }, /undefined is not a function/],
  ["merge.filter", { merge: { identity: () => 1, filter: true } }, /true is not a function/]
]

const wrongTypes: ReadonlyArray<Wrong> = [
  ["type", 1, /the number 1 is not the type of dispatches/],
  ["type", null, /null is not the type of dispatches/],
  ["type", "", /the text "" is not the type of dispatches/],
  ["type", { type: "CHARGE" }, /an object is not the type of dispatches/]
]

const wrongManaging: ReadonlyArray<Wrong> = [
  ...wrongMerge,
  ["options", null, /null is not an object with merge, retry/],
  ["retires", { retires: 3 }, /nothing of this name; known are merge, retry, whenStale/],
  ["retry", { retry: "10 seconds" }, /is not a Schedule, such as Schedule.spaced/],
  ["retry", { retry: { times: 3 } }, /an object is not a Schedule/],
  ["whenStale", { whenStale: "stop" }, /the text "stop" is not an object with stopAfter/],
  ["whenStale.stopAfter", { whenStale: {} }, /undefined is not a length of time/],
  ["whenStale.after", { whenStale: { stopAfter: 1, after: 1 } }, /nothing of this name; known are stopAfter/],
  ["stopTimeLimit", { stopTimeLimit: "later" }, /nothing of this name/],
  ["commandTimeLimit", { commandTimeLimit: "0 seconds" }, /is not a length of time .*, above 0/],
  ["payload", { payload: { power_w: "number" } }, /an object is not a Schema/]
]

const wrongActor: ReadonlyArray<Wrong> = [
  ["options", undefined, /is not an object with name, logic/],
  ["name", { logic: Effect.void }, /undefined is not a text/],
  ["logic", { name: "a", logic: () => Promise.resolve() }, /a function is not an Effect/],
  ["restartDelay", { name: "a", logic: Effect.void, restartDelay: "x" }, /is not a length of time/],
  ["restartLimit", { name: "a", logic: Effect.void, restartLimit: 0.5 }, /a whole number from 0/],
  ["isFinal", { name: "a", logic: Effect.void, isFinal: true }, /true is not a function/],
  ["restarts", { name: "a", logic: Effect.void, restarts: 3 }, /nothing of this name/]
]

describe("Options", () => {
  it.effect("a dispatching actor and a dispatcher name the option that they cannot use", () =>
    Effect.forEach(wrongSite, (wrong) =>
      Effect.gen(function* () {
        const given = wrong[1] as never
        yield* refuses(Effect.scoped(DispatchingActor.make(given)), wrong)
        yield* refuses(Effect.scoped(Layer.build(DispatchingActor.layer(given))), wrong)
        yield* refuses(Effect.scoped(Layer.build(Dispatcher.layerWithClient(given))), wrong)
      })
    ).pipe(Effect.provide(layer))
  )

  it.effect("lengths are given in any form of a duration", () =>
    Effect.gen(function* () {
      const sync = { resyncInterval: "7 minutes", catchUpWindow: 1_500, streamAgeMax: { hours: 1 } } as const
      const { settings } = yield* DispatchingActor.make({ microgridId, sync })
      assert.deepStrictEqual(settings.resyncInterval, Duration.minutes(7))
      assert.deepStrictEqual(settings.catchUpWindow, Duration.millis(1_500))
      assert.deepStrictEqual(settings.streamAgeMax, Duration.hours(1))
      assert.strictEqual(settings.pageSize, 1_000)
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "a dispatch is looked up by an id: it dies of a number, which would find some and never all",
    () =>
      Effect.gen(function* () {
        const dispatcher = yield* startDispatcher()
        for (const id of [1, "1", undefined]) {
          const wrong: Wrong = ["id", id, /is not a dispatch id: a bigint from 0n/]
          yield* diesOf(dispatcher.dispatch(id as never), wrong)
        }
        assert.isTrue(Option.isNone(yield* dispatcher.dispatch(DispatchId.make(1n))))
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect(
    "a subscription dies of an option that it cannot use, and names it, whoever is asked for it",
    () =>
      Effect.gen(function* () {
        const dispatching = yield* DispatchingActor.make({ microgridId, sync: quiet })
        const dispatcher = yield* startDispatcher()
        const asks = {
          lifecycleEvents: [...wrongSubscription, wrongCurrent],
          runningStateChanges: [...wrongSubscription, wrongCurrent, ...wrongMerge],
          missedRuns: [...wrongSubscription, ["current", { current: true }, /nothing of this name/] as Wrong]
        }
        for (const name of ["lifecycleEvents", "runningStateChanges", "missedRuns"] as const) {
          for (const wrong of asks[name]) {
            yield* diesOf(subscribed(dispatching[name](wrong[1] as never)), wrong)
            yield* diesOf(subscribed(dispatcher[name](undefined, wrong[1] as never)), wrong)
          }
          for (const wrong of wrongTypes) {
            yield* diesOf(subscribed(dispatching[name]({ type: wrong[1] } as never)), wrong)
            yield* diesOf(subscribed(dispatcher[name](wrong[1] as never)), wrong)
          }
          // The type is given apart: here it would be ignored.
          const misplaced: Wrong = ["type", { type: "CHARGE" }, /nothing of this name/]
          yield* diesOf(subscribed(dispatcher[name](undefined, misplaced[1] as never)), misplaced)
          const unreadable: Wrong = ["type", throwing, /it cannot be read: boom/]
          yield* diesOf(subscribed(dispatching[name](throwing)), unreadable)
          yield* subscribed(dispatching[name]({ type: undefined, capacity: undefined }))
        }
      }).pipe(Effect.provide(layer))
  )

  it.effect("section 7: manage dies of what it cannot use, names it, and manages nothing", () =>
    Effect.gen(function* () {
      const dispatcher = yield* startDispatcher()
      const manage = dispatcher.manage as (...given: ReadonlyArray<unknown>) => Effect.Effect<void>
      const factory = () => Effect.never
      for (const wrong of [["type", undefined, /undefined is not the type/] as Wrong, ...wrongTypes])
        yield* diesOf(manage(wrong[1], factory), wrong)
      for (const none of [undefined, {}, Effect.never])
        yield* diesOf(manage("CHARGE", none), ["factory", none, /is not a function/])
      for (const wrong of wrongManaging) yield* diesOf(manage("CHARGE", factory, wrong[1]), wrong)
      assert.isFalse(yield* dispatcher.isManaged("CHARGE"))
      yield* dispatcher.noneManaged
      yield* manage("CHARGE", factory, {
        merge: undefined,
        retry: Schedule.spaced("1 second"),
        whenStale: { stopAfter: "1 hour" },
        commandTimeLimit: Duration.infinity,
        payload: Schema.Any
      })
      assert.isTrue(yield* dispatcher.isManaged("CHARGE"))
    }).pipe(Effect.provide(layer))
  )

  it.effect("section 7: a factory that gives a promise is told of it", () =>
    Effect.gen(function* () {
      const logs = makeLogs()
      yield* hold(run(1n, 0, 60))
      const dispatcher = yield* startDispatcher()
      const asynchronous = () => Promise.resolve() as never
      yield* Effect.provide(dispatcher.manage("CHARGE", asynchronous), logs.layer)
      yield* moveTo(10)
      assert.match(logs.lines.join("\n"), /factory: a Promise is not an Effect/)
    }).pipe(Effect.provide(layer))
  )

  it.effect("an actor dies of a part that it cannot be made of, and names it", () =>
    Effect.forEach(wrongActor, (wrong) => diesOf(Effect.scoped(Actor.make(wrong[1] as never)), wrong))
  )

  it.effect("what is set up is a function that gives an effect, and not a promise", () =>
    Effect.gen(function* () {
      yield* startDispatcher()
      const run = (setUp: unknown) => Effect.provide(Dispatcher.run(setUp as () => Effect.Effect<void>), site)
      yield* diesOf(run(undefined), ["setUp", undefined, /undefined is not a function/])
      yield* diesOf(
        run(async () => {}),
        ["setUp", undefined, /a Promise is not an Effect/]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("actors that are driven are actors, and a component is followed by its id", () =>
    Effect.gen(function* () {
      const refusal = (make: () => unknown) => Effect.flip(Effect.try({ try: make, catch: String }))
      for (const none of [undefined, null, {}, [undefined], "charger"]) {
        const error = yield* refusal(() => ActorFactory.drive(none as never))
        assert.match(error, /actors\[0\]/)
      }
      const actor = yield* Actor.make({ name: "a", logic: Effect.never })
      assert.match(yield* refusal(() => ActorFactory.drive(actor, {} as never)), /update: an object is/)
      for (const none of [1, "1", undefined]) {
        const error = yield* refusal(() => MergeStrategy.byComponent(none as never))
        assert.match(error, /component id: a bigint/)
      }
    })
  )

  it.effect("names are checked and lengths are read for other packages alike", () =>
    Effect.gen(function* () {
      const names = { a: true, b: true }
      const check = (given: unknown) => checkNames(given as typeof names, names)
      yield* check({ a: 1, b: undefined, c: undefined })
      yield* refuses(check({ c: 1 }), ["c", {}, /known are a, b/])
      yield* refuses(check(undefined), ["options", {}, /undefined is not an object/])
      assert.deepStrictEqual(readLength("1 hour"), Option.some(Duration.hours(1)))
      for (const none of [Number.NaN, {}, null]) assert.isTrue(Option.isNone(readLength(none as never)))
    })
  )
})

const site = Layer.orDie(Dispatcher.layerWithClient({ microgridId, sync: quiet }))
