/** A process of a simulated fleet. */
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import { FencingToken, type Token } from "@effect-dispatch/fleet/FencingToken"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning, JournalError } from "@effect-dispatch/core/JournalStore"
import type { Journal } from "@effect-dispatch/core/SiteJournal"
import { FleetEngine } from "@effect-dispatch/fleet/FleetEngine"
import type { FleetError } from "@effect-dispatch/fleet/FleetError"
import { FleetRegistry } from "@effect-dispatch/fleet/FleetRegistry"
import * as FleetRunner from "@effect-dispatch/fleet/FleetRunner"
import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { Clock, Context, Effect, Exit, Layer, Option, Scope, Stream } from "effect"
import type { FakeCluster } from "./fakeEngine.ts"
import { type Database, Link } from "./fleetLink.ts"
import type { FleetTables } from "./fleetTables.ts"

/** The things that all processes share. */
export interface FleetWorld {
  readonly tables: FleetTables
  readonly cluster: FakeCluster
  readonly database: Database
  /** The buckets whose list changes. */
  readonly changes: Stream.Stream<number>
  /** Called with the instant (epoch milliseconds) from which on the code of a site listens. */
  readonly listens: (token: Token, at: number) => void
  /** Called for each change that a site tells its code. */
  readonly told: (process: FleetProcess, token: Token, change: RunningStateChange) => void
}

export class FleetProcess {
  readonly address: string
  readonly link: Link
  readonly #scope = Scope.makeUnsafe()
  #living = new Map<string, bigint>()
  readonly #journals = new Map<string, Journal>()

  static readonly start = Effect.fnUntraced(function* (world: FleetWorld, address: string) {
    const process = new FleetProcess(address, world.database)
    yield* process.#begin(world)
    return process
  })

  private constructor(address: string, database: Database) {
    this.address = address
    this.link = new Link(database)
  }

  /** The epochs of the microgrids whose code lives here. */
  get living(): ReadonlyMap<string, bigint> {
    return this.#living
  }

  /** The whole journal of a microgrid that lives here. */
  entries(id: string): Effect.Effect<ReadonlyArray<JournalEntry>> {
    const journal = this.#journals.get(id)
    return journal === undefined ? Effect.succeed([]) : Effect.orDie(journal.after(beginning, Infinity))
  }

  /** Ends it in good order, in the background. */
  get end(): Effect.Effect<void> {
    return Effect.asVoid(Effect.forkDetach(Scope.close(this.#scope, Exit.void)))
  }

  #begin(world: FleetWorld) {
    return Effect.gen({ self: this }, function* () {
      const clock = this.link.clockOver(yield* Clock.Clock)
      const client = yield* DispatchClient
      const engine = yield* Effect.provideService(
        world.cluster.engineOf(this.address, this.link),
        Clock.Clock,
        clock
      )
      const services = Layer.succeedContext(
        Context.make(FleetEngine, engine).pipe(
          Context.add(FleetStore, storeOf(world.tables, world.cluster, this.link)),
          Context.add(FleetRegistry, registryOf(world, this.link)),
          Context.add(DispatchClient, clientOf(client, this.link))
        )
      )
      const runner = FleetRunner.layer({
        site: this.#site(world),
        journal: "simulated",
        sync: { resyncInterval: "1 minute" }
      })
      const built = Layer.buildWithScope(Layer.fresh(Layer.provide(runner, services)), this.#scope)
      yield* Effect.forkDetach(Effect.provideService(Effect.ignore(built), Clock.Clock, clock))
    })
  }

  #site({ listens, told }: FleetWorld) {
    return Layer.effectDiscard(
      Effect.gen({ self: this }, function* () {
        const { journal, runningStateChanges } = yield* Dispatcher
        const { epoch, microgridId } = yield* FencingToken
        const id = String(microgridId)
        yield* Effect.acquireRelease(
          Effect.sync(() => this.#living.set(id, epoch)),
          () => Effect.sync(() => this.#living.get(id) === epoch && this.#living.delete(id))
        )
        if (Option.isSome(journal)) this.#journals.set(id, journal.value)
        yield* Effect.sleep(buildMillis(epoch))
        const changes = yield* runningStateChanges(undefined, { current: true })
        listens({ epoch, microgridId }, yield* Clock.currentTimeMillis)
        const tell = (change: RunningStateChange) =>
          Effect.sync(() => told(this, { epoch, microgridId }, change))
        yield* Effect.forkScoped(Stream.runForEach(changes, tell))
      })
    )
  }
}

/** The time that the code of a site takes until it listens: none, or less than its actor waits for it. */
const buildMillis = (epoch: bigint): number => [0, 0, 400, 2_500][Number(epoch % 4n)] ?? 0

/** The store as a process of this link sees it. */
export const storeOf = (tables: FleetTables, { settings }: FakeCluster, link: Link): FleetStore["Service"] =>
  FleetStore.of({
    name: "simulated",
    settings,
    claim: (bucket, owner) => link.askInTime(() => tables.claim(bucket, owner)),
    activate: (claim, running) => link.askInTime(() => tables.activate(claim, running)),
    lost: (tokens) => link.askInTime(() => tables.lost(tokens)),
    write: (token, write) => link.ask(() => tables.write(token, write)),
    keys: (id) => link.askInTime(() => tables.keys(id)),
    read: (id, key) => link.askInTime(() => tables.read(id, key)),
    edgesAfter: (id, after, limit) =>
      link.askInTime(() => ({ edges: tables.edgesAfter(id, after).slice(0, limit), isWhole: true })),
    journal: ({ epoch, microgridId }, name) =>
      Effect.map(inTime(link.askInTime(() => ({ id: "0".repeat(32), name }))), (reporter) => ({
        reporter,
        last: { epoch, number: 0n },
        append: (entries) => link.ask(() => tables.append(microgridId, entries)),
        after: (position, limit) =>
          inTime(link.askInTime(() => tables.entriesAfter(microgridId, position, limit))),
        reachesBackTo: () => Effect.succeed(true),
        late: inTime(link.askInTime(() => tables.lateOf(microgridId).filter((entry) => entry.epoch < epoch))),
        amended: (late) => inTime(link.askInTime(() => tables.amended(microgridId, late)))
      })),
    pruneEdges: () => Effect.succeed(0),
    admit: () => Effect.void,
    join: (address, engine) => link.askInTime(() => tables.join(address, engine)),
    beat: (address) => link.askInTime(() => tables.beat(address)),
    leave: (address) => link.askInTime(() => tables.leave(address)),
    drain: () => Effect.succeed(false),
    runners: link.askInTime(() => tables.runners),
    runner: (address) =>
      link.askInTime(() =>
        Option.fromUndefinedOr(tables.runners.find((runner) => runner.address === address))
      ),
    suspect: (address, suspicion) => link.askInTime(() => tables.suspect(address, suspicion)),
    enter: () => link.askInTime(() => {}),
    restless: link.askInTime(() => tables.restless)
  })

const inTime = <A>(answer: Effect.Effect<A, FleetError>): Effect.Effect<A, JournalError> =>
  Effect.mapError(answer, ({ message }) => new JournalError({ message }))

/** The list of microgrids; a process only reads it. */
export const registryOf = ({ changes, tables }: FleetWorld, link: Link): FleetRegistry["Service"] => {
  const readOnly = Effect.die("a process does not change the list")
  return FleetRegistry.of({
    add: () => readOnly,
    remove: () => readOnly,
    park: () => readOnly,
    list: link.askInTime(() => tables.listed),
    get: (id) =>
      link.askInTime(() =>
        Option.fromUndefinedOr(tables.listed.find(({ microgridId }) => microgridId === id))
      ),
    changes: link.through(changes)
  })
}

/** The client of a process, which takes what the service sends only while it goes. A listing takes a millisecond. */
const clientOf = (client: DispatchClient["Service"], link: Link): DispatchClient["Service"] =>
  DispatchClient.of({
    ...client,
    list: (id, options) =>
      Stream.unwrap(Effect.as(Effect.sleep("1 milli"), link.through(client.list(id, options)))),
    stream: (id) =>
      Effect.map(
        Effect.tap(client.stream(id), () => link.going),
        ({ effective, events }) => ({
          effective,
          events: link.through(events)
        })
      ),
    get: (microgridId, id) => Effect.tap(client.get(microgridId, id), () => link.going)
  })
