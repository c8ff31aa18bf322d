/** The life of one microgrid in this process: its dispatcher, and the application's code beside it. */
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { SiteJournal } from "@effect-dispatch/core/SiteJournal"
import { SitePersistence } from "@effect-dispatch/core/SitePersistence"
import type { SyncOptions } from "@effect-dispatch/core/SyncSettings"
import { type Duration, Effect, Metric, Option, type Scope } from "effect"
import { FencingToken, type Token } from "../../FencingToken.ts"
import type { Activation, FleetStore } from "../../FleetStore.ts"
import * as Metrics from "../../Metrics.ts"
import { CodeGate } from "./codeGate.ts"
import { EdgeLog } from "./edgeLog.ts"
import * as FencedStore from "./fencedStore.ts"
import type { FrontDesk } from "./frontDesk.ts"
import type { Guard } from "./guard.ts"
import type { Holding, Holdings } from "./holdings.ts"
import * as SiteJournals from "./siteJournal.ts"

/** The things that all sites of a process share. */
export interface Surroundings {
  readonly store: FleetStore["Service"]
  readonly holdings: Holdings
  readonly guard: Guard
  readonly desk: FrontDesk
  readonly sync: SyncOptions | undefined
  readonly journals: SiteJournals.Journals | undefined
  readonly makeDispatcher: typeof Dispatcher.make
  /** True if starts may be told that could not be noted. */
  readonly mayTellUnnoted: () => boolean
  /** Called with the number of edges that will never be kept. */
  readonly onEdgesLost: (count: number) => void
  readonly restartDelay: Duration.Duration
  /** Completes when the code of a site may be entered. */
  readonly enter: (token: Token) => Effect.Effect<void>
  /** Builds the application's code for a microgrid, in the scope at hand. */
  readonly build: (
    microgridId: MicrogridId
  ) => Effect.Effect<void, unknown, Dispatcher.Dispatcher | FencingToken | Scope.Scope>
}

/** The reason for which a site has ended by itself. */
export type SiteEnd = "Replaced" | "Defect"

/**
 * Lives until the microgrid is taken over by another process; an interruption ends it at any time. `askedAt` is the
 * elapsed instant (milliseconds) at which the database was asked for the activation.
 */
export const live = (
  surroundings: Surroundings,
  activation: Activation,
  askedAt: number
): Effect.Effect<SiteEnd, never, DispatchClient | DispatchScheduler> =>
  Effect.scoped(begun(surroundings, activation, askedAt)).pipe(
    Effect.sandbox,
    Effect.catch((cause) =>
      Effect.as(Effect.logError("A site ended by a defect, and is started again", cause), "Defect" as const)
    ),
    Effect.annotateLogs({
      microgrid: String(activation.token.microgridId),
      epoch: String(activation.token.epoch)
    })
  )

const begun = Effect.fnUntraced(function* (
  surroundings: Surroundings,
  activation: Activation,
  askedAt: number
) {
  const { desk, guard, holdings, store, sync } = surroundings
  const { microgridId } = activation.token
  const holding = yield* Effect.acquireRelease(
    Effect.sync(() => holdings.take(activation.token, askedAt)),
    (taken) => Effect.sync(() => holdings.drop(taken))
  )
  const edges = new EdgeLog({
    mayTellUnnoted: surroundings.mayTellUnnoted,
    onLost: surroundings.onEdgesLost
  })
  const records = FencedStore.make(store, activation, edges, holding)
  const journal = Option.map(Option.fromUndefinedOr(surroundings.journals), (journals) =>
    SiteJournals.make(store, activation.token, edges, journals)
  )
  const gate = new CodeGate()
  const dispatcher = yield* surroundings
    .makeDispatcher({ microgridId, sync, askAfter: gate.passed })
    .pipe(
      Effect.provideService(SitePersistence, Option.some(records)),
      Effect.provideService(SiteJournal, journal),
      Effect.orDie
    )
  const live = { token: activation.token, edges, dispatcher, ended: holding.lost }
  yield* Effect.acquireRelease(
    Effect.sync(() => desk.add(live)),
    () => Effect.sync(() => desk.remove(live))
  )
  const token = FencingToken.of({ ...activation.token, confirm: guard.confirm(holding) })
  yield* Effect.forkScoped(code(surroundings, { dispatcher, token, gate }), { startImmediately: true })
  return yield* Effect.as(ended(dispatcher, holding), "Replaced" as const)
})

/** Completes when another process has taken over: the store or the guard has found out. */
const ended = ({ actor }: Dispatcher.Dispatcher["Service"], holding: Holding): Effect.Effect<void> =>
  Effect.raceFirst(
    holding.lost,
    Effect.catch(Effect.andThen(actor.wait, Effect.never), () => Effect.void)
  )

/** The parts of a site that its code works with, or holds up. */
interface Beside {
  readonly dispatcher: Dispatcher.Dispatcher["Service"]
  readonly token: FencingToken["Service"]
  readonly gate: CodeGate
}

/** Builds the application's code, in a scope of its own each time, until that works; then it lives on. */
const code = Effect.fnUntraced(function* (
  { build, enter, restartDelay }: Surroundings,
  { dispatcher, gate, token }: Beside
): Effect.fn.Return<never> {
  for (;;) {
    yield* enter(token)
    const failed = yield* build(token.microgridId).pipe(
      Effect.andThen(gate.open),
      Effect.andThen(Effect.never),
      Effect.scoped,
      Effect.provideService(Dispatcher.Dispatcher, dispatcher),
      Effect.provideService(FencingToken, token),
      Effect.sandbox,
      Effect.flip
    )
    yield* Metric.update(Metrics.codeFailures.at(), 1)
    yield* Effect.logError("The code of a site failed, and is tried again", failed)
    yield* Effect.sleep(restartDelay)
  }
})
