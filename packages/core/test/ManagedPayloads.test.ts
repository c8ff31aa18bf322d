import type { Manage } from "@effect-dispatch/core/ManageOptions"
import type { DispatchInfo } from "@effect-dispatch/core/DispatchInfo"
import { byComponent, byType } from "@effect-dispatch/core/MergeStrategy"
import * as Metrics from "@effect-dispatch/core/Metrics"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, References, Schema, SchemaTransformation } from "effect"
import { at } from "./fixtures.ts"
import { countOf, makeLogs, makeRecorder, run, startDispatcher } from "./managing.ts"
import { hold, layer, moveTo, put, remove } from "./site.ts"

describe("Managed actors: payloads (section 7)", () => {
  const PeakShaving = Schema.Struct({
    limit: Schema.Finite.check(Schema.isGreaterThan(0)),
    unit: Schema.String,
    since: Schema.optionalKey(Schema.DateTimeUtcFromString)
  })
  const withLimit = (limit: unknown) => ({ payload: { limit, unit: "W" } as { limit: number } })

  it("have the type of their schema, or are taken as they are", () => {
    const uses = (info: DispatchInfo<{ readonly limit: number }>) => Effect.succeed(info.payload.limit)
    const typed = (manage: Manage) => {
      void manage("CHARGE", uses, { payload: PeakShaving })
      void manage("CHARGE", ({ payload }) => Effect.succeed(payload["limit"]))
      // @ts-expect-error nobody has made sure that there is a limit
      void manage("CHARGE", uses)
      // @ts-expect-error that is not what the schema gives
      void manage("CHARGE", uses, { payload: Schema.String })
    }
    assert.isFunction(typed)
  })

  it.effect("are decoded with the schema of their type", () =>
    Effect.gen(function* () {
      const { factory, infos } = makeRecorder<typeof PeakShaving.Type>()
      yield* hold(
        run(1n, 0, 60, { payload: { limit: 5, unit: "W", since: "2026-01-05T10:00:00Z", more: true } })
      )
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { payload: PeakShaving })
      yield* moveTo(10)
      assert.deepStrictEqual(infos[0]?.payload, { limit: 5, unit: "W", since: at(0) })
    }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode start nothing, are reported for their dispatch, and hide no other", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600, { payload: { limit: "much" } }), run(2n, 0, 600, withLimit(7)))
      const unusable = yield* countOf(Metrics.payloadsUnusable, "CHARGE")
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { payload: PeakShaving }), logs)
      yield* moveTo(300)
      assert.deepStrictEqual(take(), ["start 2 @0"])
      assert.deepStrictEqual(lines, [
        "Error The payload of dispatch 1 (CHARGE) cannot be used, no actor is started for it: payload.limit: Expected number; payload.unit: Missing key"
      ])
      assert.strictEqual((yield* countOf(Metrics.payloadsUnusable, "CHARGE")) - unusable, 1)
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(3) }))
      assert.deepStrictEqual(take(), ["start 1 @300"])
      yield* remove(1n)
      assert.deepStrictEqual(take(), ["stop 1 @300"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode leave an actor that is up with its last good one, and it says so", () =>
    Effect.gen(function* () {
      const { factory, infos, take } = makeRecorder<typeof PeakShaving.Type>()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600, withLimit(5)))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { payload: PeakShaving }), logs)
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(-1) }))
      assert.deepStrictEqual(take(), ["start 1 @0"])
      assert.match(lines[0] ?? "", /its actor goes on with what it was told before/)
      yield* put("Updated", run(1n, 0, 600, { version: 3, ...withLimit(6) }))
      assert.deepStrictEqual(
        infos.map(({ payload: { limit } }) => limit),
        [5, 6]
      )
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["update 1 @10", "stop 1 @600"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode end the attempts to start with what its dispatch no longer says", () =>
    Effect.gen(function* () {
      const { take, write } = makeRecorder<typeof PeakShaving.Type>()
      yield* hold(run(1n, 0, 600, withLimit(5)), run(2n, 0, 600, withLimit(5)))
      const fail = yield* Deferred.make<void>()
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage(
        "CHARGE",
        (info) =>
          Effect.andThen(
            write("try", info),
            Effect.andThen(
              info.dispatch.id === 2n ? Deferred.await(fail) : Effect.void,
              Effect.fail("broken")
            )
          ),
        { payload: PeakShaving }
      )
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(-1) }))
      yield* put("Updated", run(2n, 0, 600, { version: 2, ...withLimit(-1) }))
      yield* Deferred.succeed(fail, undefined)
      yield* moveTo(300)
      assert.deepStrictEqual(take(), ["try 1 @0", "try 2 @0"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("that a schema breaks on are reported like those that do not decode", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<string>()
      const { lines, layer: logs } = makeLogs()
      const Brittle = Schema.Struct({ limit: Schema.Finite }).pipe(
        Schema.decodeTo(
          Schema.String,
          SchemaTransformation.transform({
            decode: ({ limit }) => limit.toString(limit),
            encode: (): { limit: number } => ({ limit: 0 })
          })
        )
      )
      yield* hold(run(1n, 0, 600, withLimit(99)), run(2n, 0, 600, withLimit(10)))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { payload: Brittle }), logs)
      yield* moveTo(10)
      assert.deepStrictEqual(take(), ["start 2 @0"])
      assert.match(lines[0] ?? "", /^Error The payload of dispatch 1 .*radix/)
    }).pipe(Effect.provide(layer))
  )

  it("are seen decoded by the merge strategy of their type, and by that alone", () => {
    const typed = (manage: Manage) => {
      const factory = () => Effect.never
      void manage("CHARGE", factory, {
        payload: PeakShaving,
        merge: { identity: ({ payload }) => payload.limit }
      })
      void manage("CHARGE", factory, { payload: PeakShaving, merge: byType })
      void manage("CHARGE", factory, { merge: byType })
      // @ts-expect-error nobody has made sure that there is a limit
      void manage("CHARGE", factory, { merge: { identity: ({ payload }) => payload.limit } })
      // @ts-expect-error what it gives is no identity
      void manage("CHARGE", factory, { merge: { identity: ({ target }) => target } })
    }
    assert.isFunction(typed)
  })

  it.effect("are decoded for the merge strategy, once a version, with all that a dispatch can be asked", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
      const seen: Array<unknown> = []
      const since = (text: string) => ({ payload: { limit: 5, unit: "W", since: text } })
      yield* hold(
        run(1n, 0, 100, since("2026-01-05T10:00:00Z")),
        run(2n, 50, 200, since("2026-01-05T11:00:00+01:00")),
        run(3n, 60, 90, { payload: { limit: 7, unit: "W" } })
      )
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), {
        payload: PeakShaving,
        merge: {
          filter: ({ payload }) => payload.limit < 6,
          identity: (dispatch) => {
            seen.push([dispatch.id, dispatch.payload.since, dispatch.startedAt(at(70))])
            return dispatch.payload.since?.epochMilliseconds ?? 0
          }
        }
      })
      yield* moveTo(300)
      assert.deepStrictEqual(take(), ["start 1 @0", "update 2 @50", "stop 1 @200"])
      assert.deepStrictEqual(seen, [
        [1n, at(0), true],
        [2n, at(0), true]
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "that do not decode are reported, unless the filter turns their dispatch away without a look",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
        const { lines, layer: logs } = makeLogs()
        const bad = { limit: "much" }
        yield* hold(
          run(1n, 0, 60, { payload: bad }),
          run(2n, 0, 60, { payload: bad, target: Target.componentIds(2n) }),
          run(3n, 0, 60, { ...withLimit(5), target: Target.componentIds(2n) })
        )
        const dispatcher = yield* startDispatcher()
        yield* Effect.provide(
          dispatcher.manage("CHARGE", factory(), { payload: PeakShaving, merge: byComponent(2n) }),
          logs
        )
        yield* moveTo(100)
        assert.deepStrictEqual(take(), ["start 3 @0", "stop 3 @60"])
        assert.deepStrictEqual(
          lines.map((line) => line.slice(0, 38)),
          ["Error The payload of dispatch 2 (CHARG"]
        )
      }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode keep no other of their identity from its actor", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
      yield* hold(
        run(1n, 0, 600, withLimit(-1)),
        run(2n, 10, 600, withLimit(5)),
        run(3n, 20, 600, withLimit(-1))
      )
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { payload: PeakShaving, merge: byType })
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 2 @10", "stop 2 @600"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("that do not decode keep no actor of their identity up beyond those that do", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
      const { lines, layer: logs } = makeLogs()
      yield* hold(
        run(1n, 0, 600, withLimit(-1)),
        run(2n, 10, 100, withLimit(5)),
        run(3n, 20, 600, withLimit(-1)),
        run(4n, 200, 400, withLimit(6)),
        run(5n, 210, 300, withLimit(7))
      )
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(
        dispatcher.manage("CHARGE", factory(), { payload: PeakShaving, merge: byType }),
        logs
      )
      yield* moveTo(220)
      assert.deepStrictEqual(take(), ["start 2 @10", "stop 2 @100", "start 4 @200", "update 5 @210"])
      assert.deepStrictEqual(
        lines.map((line) => line.replace(/: .*/, "")),
        [1, 3].map(
          (id) =>
            `Error The payload of dispatch ${id} (CHARGE) cannot be used, it is taken as if it did not run`
        )
      )
      yield* put("Updated", run(4n, 200, 400, { version: 2, ...withLimit(-1) }))
      yield* moveTo(500)
      assert.deepStrictEqual(take(), ["stop 4 @300"])
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(8) }))
      yield* put("Updated", run(1n, 0, 600, { version: 3, ...withLimit(-1) }))
      assert.deepStrictEqual(take(), ["start 1 @500", "stop 1 @500"])
      assert.strictEqual(lines.length, 4)
    }).pipe(Effect.provide(layer))
  )
})
