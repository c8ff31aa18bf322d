/** A synchroniser with a mirror of its own, and no actor: what it asks for, and what it tells, each with its time. */
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchMirror from "../../../src/internal/mirror/dispatchMirror.ts"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { defaultSettings, type SyncSettings } from "@effect-dispatch/core/SyncSettings"
import { Clock, Effect, Exit, Random, Scope } from "effect"
import { TestClock } from "effect/testing"
import { read } from "../../../src/internal/site/messages.ts"
import { Errands } from "../../../src/internal/errands.ts"
import { RecoveryWait } from "../../../src/internal/sync/recoveryWait.ts"
import { Synchroniser } from "../../../src/internal/sync/synchroniser.ts"
import type { Learned } from "../../../src/internal/sync/syncOwner.ts"
import { t0 } from "../../fixtures.ts"
import { settle } from "../../site.ts"
import { told } from "../../mirroring.ts"
import { OpenStreams } from "../../../src/internal/sync/openStreams.ts"
import * as Inputs from "../../inputs.ts"

/** Chance always falls in the middle: waits are half of their step, intervals exactly their length. */
const middling = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }

/** A site that took over these from an earlier process; its synchroniser runs until it is stopped. */
export const recovering = Effect.fnUntraced(function* (
  kept: ReadonlyArray<Dispatch>,
  client: Partial<DispatchClient["Service"]>,
  options: Partial<SyncSettings> = {}
) {
  yield* TestClock.setTime(t0)
  const clock = yield* Clock.Clock
  const mirror = DispatchMirror.make()
  Inputs.recover(mirror, kept, true)
  const settings = { ...defaultSettings, ...options }
  const recovery = new RecoveryWait(() => DispatchMirror.isWaiting(mirror))
  const log: Array<string> = []
  const seconds = () => (clock.currentTimeMillisUnsafe() - t0) / 1_000

  const start = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const errands = yield* Scope.provide(
      Errands.make(() => {}),
      scope
    )
    const synchroniser = new Synchroniser({
      errands,
      client: { ...(yield* DispatchClient), ...client },
      microgridId: MicrogridId.make(1n),
      settings,
      recovery,
      mark: () => Inputs.mark(mirror),
      streams: new OpenStreams(),
      tell: (learned: Learned) =>
        Effect.suspend(() => {
          const message = { ...learned, at: Inputs.mark(mirror) }
          const elapsed = Number(clock.monotonicTimeNanosUnsafe()) / 1e6
          const outcome = read(message).learn(mirror, { now: clock.currentTimeMillisUnsafe(), elapsed })
          const cause = "cause" in message ? `: ${message.cause}` : ""
          log.push(`${[message._tag + cause, ...told(outcome)].join(", ")} @${seconds()}`)
          return synchroniser.followUp(outcome)
        })
    })
    yield* synchroniser.begin
    yield* settle
    return { stop: Effect.andThen(Scope.close(scope, Exit.void), settle) }
  }).pipe(Effect.provideService(Random.Random, middling))
  return {
    mirror,
    start,
    /** The messages told since last asked. */
    take: () => log.splice(0),
    moveTo: (to: number) =>
      Effect.suspend(() => Effect.andThen(TestClock.adjust(Math.round((to - seconds()) * 1_000)), settle))
  }
})
