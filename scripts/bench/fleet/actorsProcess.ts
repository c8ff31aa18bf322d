/**
 * A process that starts dispatchers, alone or as the owner in a fleet has them, or opens streams and lists without any,
 * for so many microgrids; the argument is the URL of the service.
 */
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { SiteJournal } from "@effect-dispatch/core/SiteJournal"
import { SitePersistence } from "@effect-dispatch/core/SitePersistence"
import { Effect, Layer, Logger, ManagedRuntime, Option, Scope, Stream } from "effect"
import { EdgeLog } from "../../../packages/fleet/src/internal/runner/edgeLog.ts"
import * as FencedStore from "../../../packages/fleet/src/internal/runner/fencedStore.ts"
import { Holding } from "../../../packages/fleet/src/internal/runner/holdings.ts"
import * as SiteJournals from "../../../packages/fleet/src/internal/runner/siteJournal.ts"
import { obey, usage } from "../service/process.ts"

const runtime = ManagedRuntime.make(
  Layer.mergeAll(
    DispatchClientGrpc.layer({ url: process.argv[2] ?? "" }),
    DispatchScheduler.layer,
    Logger.layer([])
  )
)
const scope = Scope.makeUnsafe()

/** A dispatcher in sync. */
const started = (microgridId: MicrogridId) =>
  Effect.flatMap(
    Dispatcher.make({ microgridId, sync: { resyncInterval: "15 minutes" } }),
    ({ initialized }) => initialized
  )

/** The tables of a fleet, which are elsewhere. */
const tables: Parameters<typeof FencedStore.make>[0] & Parameters<typeof SiteJournals.make>[0] = {
  name: "bench",
  keys: () => Effect.succeed([]),
  read: () => Effect.undefined,
  write: () => Effect.succeed(true),
  edgesAfter: () => Effect.succeed({ edges: [], isWhole: true }),
  journal: ({ epoch }, name) =>
    Effect.succeed({
      reporter: { id: "0".repeat(32), name },
      last: { epoch, number: 0n },
      append: () => Effect.void,
      after: () => Effect.succeed([]),
      reachesBackTo: () => Effect.succeed(true),
      late: Effect.succeed([]),
      amended: () => Effect.void
    })
}

const journals = SiteJournals.underName("bench")

/** A dispatcher in sync, with fenced records and a journal. */
const owned = (microgridId: MicrogridId) => {
  const token = { microgridId, epoch: 1n }
  const edges = new EdgeLog({ mayTellUnnoted: () => false, onLost: () => {} })
  const records = FencedStore.make(tables, { token, records: new Map() }, edges, new Holding(token, 0))
  return started(microgridId).pipe(
    Effect.provideService(SitePersistence, Option.some(records)),
    Effect.provideService(SiteJournal, Option.some(SiteJournals.make(tables, token, edges, journals)))
  )
}

/** A stream that is followed, and a list. */
const bare = (id: MicrogridId) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const { effective, events } = yield* client.stream(id)
    yield* effective
    yield* Effect.forkScoped(Stream.runDrain(events))
    yield* Stream.runDrain(client.list(id))
  })

type Needs = DispatchClient | DispatchScheduler.DispatchScheduler | Scope.Scope

const measured =
  <E>(act: (id: MicrogridId) => Effect.Effect<unknown, E, Needs>) =>
  async (count: number) => {
    const ids = Array.from({ length: count }, (_, index) => MicrogridId.make(BigInt(index + 1)))
    const before = usage()
    const from = performance.now()
    await runtime.runPromise(
      Scope.provide(Effect.forEach(ids, act, { concurrency: "unbounded", discard: true }), scope)
    )
    const millis = performance.now() - from
    // Passing needs of the start are over by then.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const after = usage()
    return {
      cpu: (after["cpu"] ?? 0) - (before["cpu"] ?? 0),
      heap: (after["heap"] ?? 0) - (before["heap"] ?? 0),
      millis
    }
  }

await runtime.runPromise(Effect.void)
obey(usage(), { actors: measured(started), owned: measured(owned), bare: measured(bare) })
