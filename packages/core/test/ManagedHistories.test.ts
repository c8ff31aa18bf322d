/** Managed actors through random histories: whatever happens, they are up exactly while their dispatches run. */
import type { ActorFactory } from "@effect-dispatch/core/ActorFactory"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchInfo } from "@effect-dispatch/core/DispatchInfo"
import { byType, byTypeTarget, type MergeStrategy } from "@effect-dispatch/core/MergeStrategy"
import { isCommand } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Duration, Effect, References, Schema, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { happen, histories, initialOf } from "./histories.ts"
import { startDispatcher } from "./managing.ts"
import { collect, hold, layer, settle } from "./site.ts"

/** The ways in which actors misbehave. */
const manners = Arbitrary.schema(
  Schema.Struct({
    finalizerSeconds: Schema.Literals([0, 0, 2, 7, 40]),
    /** Every so manieth start of an identity fails. */
    failsEvery: Schema.Literals([0, 0, 2, 3]),
    endsByItself: Schema.Literals([false, false, false, true]),
    staleSeconds: Schema.Literals([0, 5, 30, 100])
  })
)

type Manners = typeof manners extends Arbitrary.Arbitrary<infer A> ? A : never

const inWords = ({ dryRun, id, updateTime }: Dispatch) => `${id} v${updateTime}${dryRun ? " dry" : ""}`

/** Actors of all identities: which are up, with what they were told last, and which have not ended yet. */
const makeActors = (
  { endsByItself, failsEvery, finalizerSeconds }: Manners,
  identityOf: (dispatch: Dispatch) => string
) => {
  const up = new Map<string, string>()
  const alive = new Set<string>()
  const twice: Array<string> = []
  const starts = new Map<string, number>()
  const factory: ActorFactory<unknown, string, Scope.Scope> = (first, updates) =>
    Effect.gen(function* () {
      const identity = identityOf(first.dispatch)
      if (alive.has(identity)) twice.push(identity)
      alive.add(identity)
      let isForCommands = true
      const tell = (info: DispatchInfo<unknown>) => {
        isForCommands &&= Duration.isZero(info.dispatch.duration)
        up.set(identity, inWords(info.dispatch))
      }
      tell(first)
      yield* Effect.addFinalizer(() => {
        up.delete(identity)
        return Effect.andThen(
          Effect.sleep(finalizerSeconds * 1_000),
          Effect.sync(() => alive.delete(identity))
        )
      })
      yield* Effect.forkScoped(Stream.runForEach(updates, (info) => Effect.sync(() => tell(info))))
      const count = (starts.get(identity) ?? 0) + 1
      starts.set(identity, count)
      if (failsEvery > 0 && count % failsEvery === 0) return yield* Effect.fail("broken")
      yield* Effect.sleep("3 seconds")
      if (!endsByItself && !isForCommands) return yield* Effect.never
    })
  return { alive, factory, twice, up }
}

describe("managed actors, of any history", () => {
  for (const [name, merge] of Object.entries({ "one each": undefined, byType, byTypeTarget })) {
    const identityOf =
      (merge as MergeStrategy<unknown, string> | undefined)?.identity ?? (({ id }: Dispatch) => String(id))

    it.effect.prop(
      `section 7: ${name}: one actor at a time for an identity, up while it runs, with what was announced last`,
      [histories, manners],
      ([history, manner]) =>
        Effect.gen(function* () {
          yield* hold(...initialOf(history))
          const { alive, factory, twice, up } = makeActors(manner, identityOf)
          const dispatcher = yield* startDispatcher()
          const changes = yield* collect(yield* dispatcher.runningStateChanges("CHARGE", { merge }))
          const whenStale =
            manner.staleSeconds === 0 ? "continue" : { stopAfter: Duration.seconds(manner.staleSeconds) }
          yield* dispatcher.manage("CHARGE", factory, { merge, whenStale })
          yield* happen(history)
          const last = new Map(changes.map((change) => [identityOf(change.dispatch), change]))
          const now = yield* DateTime.now
          for (const [identity, { decidedAt, dispatch, state }] of last) {
            // Finalizers may take their time, and so may the next attempt after a failure.
            const isRecent = Duration.isLessThan(DateTime.distance(decidedAt, now), Duration.minutes(4))
            const wanted = state === "Running" && !manner.endsByItself ? inWords(dispatch) : undefined
            if (!isRecent) assert.strictEqual(up.get(identity), wanted, identity)
          }
          for (const identity of up.keys()) {
            const change = last.get(identity)
            assert.isTrue(change !== undefined && (change.state === "Running" || isCommand(change)), identity)
          }
          yield* Effect.forkScoped(dispatcher.stopManaging("CHARGE"))
          yield* settle
          yield* TestClock.adjust("1 minute")
          yield* settle
          assert.deepStrictEqual([up.size, alive.size, twice], [0, 0, []])
          assert.isFalse(yield* dispatcher.isManaged("CHARGE"))
        }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None")),
      { arbitrary: { runs: 80 } }
    )
  }
})
