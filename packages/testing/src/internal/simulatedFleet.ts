/** A fleet in simulation: the steps of a plan happen to it. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { isReadable } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as Fleet from "@effect-dispatch/fleet/Fleet"
import { FleetFronts } from "@effect-dispatch/fleet/FleetEngine"
import { FleetRegistry } from "@effect-dispatch/fleet/FleetRegistry"
import { toleranceOf } from "@effect-dispatch/fleet/FleetSettings"
import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import * as TokenGate from "@effect-dispatch/fleet/TokenGate"
import { Clock, Context, Duration, Effect, Exit, Layer, PubSub, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Probe from "../Probe.ts"
import { ScriptedService } from "../ScriptedService.ts"
import { Chance } from "../Chance.ts"
import { FakeCluster } from "./fakeEngine.ts"
import { FleetJudge } from "./fleetJudge.ts"
import { Database, Link } from "./fleetLink.ts"
import { FleetProcess, type FleetWorld, registryOf, storeOf } from "./fleetProcess.ts"
import type { FleetPlan, FleetStep } from "./fleetSteps.ts"
import { FleetTables } from "./fleetTables.ts"
import { SimulatedService } from "./simulatedService.ts"

/** A clock moves in steps that no pulse takes for a pause. */
const slice = 250

/** Within this all must be well again: the longest lease, twice, and what follows. */
const healedWithin = 90_000

/** A journal is read within this: its statements take some hundred milliseconds. */
const readWithin = 2_000

/** The time for which a database that answers again may still be waited for by starts. */
const cutForgottenAfter = 1_000

/** The instants from and until which a process did not reach the database; it is over once it does again. */
interface Cut {
  readonly from: number
  readonly to: number
  isOver: boolean
}

export class SimulatedFleet {
  readonly judge: FleetJudge
  readonly taken: Record<string, number> = {}
  readonly #world: FleetWorld
  readonly #service: SimulatedService
  readonly #clock: Clock.Clock
  /** The buckets whose list has changed. */
  readonly #changes: PubSub.PubSub<number>
  readonly #processes: Array<FleetProcess> = []
  readonly #ending: Array<FleetProcess> = []
  /** True while nothing has happened that leaves a process in the belief that it owns what it has lost. */
  #isOrderly = true
  /** The last time for which each process did not reach the database. */
  readonly #cuts = new Map<FleetProcess, Cut>()
  #restore: (() => void) | undefined
  #started = 0

  static readonly begin = Effect.fnUntraced(function* (plan: FleetPlan) {
    const clock = yield* Clock.Clock
    const now = () => clock.currentTimeMillisUnsafe()
    const tables = new FleetTables(plan.buckets, now)
    const settings = {
      buckets: plan.buckets,
      lease: Duration.millis(plan.lease),
      joinDebounce: Duration.zero
    }
    const cluster = new FakeCluster(tables, settings, now)
    const service = new SimulatedService(yield* ScriptedService, now)
    const changes = yield* PubSub.unbounded<number>()
    const fleet = new SimulatedFleet({ plan, tables, cluster, service, clock, changes })
    for (let number = 1; number <= plan.microgrids; number++) tables.add(MicrogridId.make(BigInt(number)))
    for (let number = 0; number < plan.processes; number++) yield* fleet.#join
    yield* fleet.#follow
    yield* fleet.#advance(3_000)
    return fleet
  })

  private constructor({
    changes,
    clock,
    cluster,
    plan,
    service,
    tables
  }: {
    readonly plan: FleetPlan
    readonly tables: FleetTables
    readonly cluster: FakeCluster
    readonly service: SimulatedService
    readonly clock: Clock.Clock
    readonly changes: PubSub.PubSub<number>
  }) {
    this.judge = new FleetJudge()
    this.#changes = changes
    this.#service = service
    this.#clock = clock
    tables.onEdge = (token, edge) => this.judge.noted(token, edge)
    this.#world = {
      tables,
      cluster,
      database: new Database(new Chance(plan.seed + 1)),
      changes: Stream.fromPubSub(changes),
      listens: (token, at) => this.judge.listens(token, at),
      told: (process, token, change) =>
        this.judge.toldBySite({ process, token, change, mayBeUnnoted: this.#mayTellUnnoted(process) })
    }
  }

  take(step: FleetStep): Effect.Effect<void, never, DispatchClient> {
    this.taken[step._tag] = (this.taken[step._tag] ?? 0) + 1
    return Effect.andThen(this.#act(step), Probe.settled)
  }

  /** All links work, all processes go: a reader must believe what runs. */
  get heal(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#world.database.thaw()
      for (const { link } of this.#processes) {
        link.mend()
        link.resume()
      }
      yield* this.#advance(healedWithin)
      const now = this.#clock.currentTimeMillisUnsafe()
      const held = [...this.#service.held.values()].filter(isReadable)
      for (const { epoch, isWanted, microgridId } of this.#world.tables.microgrids.values()) {
        const id = String(microgridId)
        const owners = this.#alive.filter(({ living }) => living.has(id))
        const epochs = owners.map(({ living }) => living.get(id))
        const wanted = isWanted ? [epoch] : []
        if (String(epochs) !== String(wanted)) {
          this.judge.wrong(
            `F2, F6: at ${now} microgrid ${id} runs with the epochs ${epochs.join(", ")}, not ${wanted.join(", ")}`
          )
        } else this.judge.healed(id, epoch, isWanted ? held : [], now)
      }
      yield* this.#judgeJournals(held)
    })
  }

  /** Reads the journals at their owners, which takes its time. */
  #judgeJournals(held: ReadonlyArray<Dispatch>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const now = this.#clock.currentTimeMillisUnsafe()
      const owned = [...this.#world.tables.microgrids.values()].flatMap(({ epoch, microgridId }) =>
        this.#alive
          .filter(({ living }) => living.get(String(microgridId)) === epoch)
          .map((owner) => ({ owner, token: { microgridId, epoch } }))
      )
      const readings = yield* Effect.forEach(owned, ({ owner, token }) =>
        Effect.map(Effect.forkChild(owner.entries(String(token.microgridId))), (fiber) => ({
          fiber,
          token,
          told: this.judge.toldBy(token)
        }))
      )
      yield* this.#advance(readWithin)
      for (const { fiber, told, token } of readings) {
        const exit = fiber.pollUnsafe()
        if (exit === undefined || Exit.isFailure(exit)) {
          this.judge.wrong(`J6: the journal of ${token.microgridId} cannot be read`)
        } else {
          this.judge.journalled({ token, told, now }, exit.value, held)
          for (const { entry, microgridId } of this.#world.tables.cameLate) {
            if (microgridId === token.microgridId) this.judge.amended(entry, exit.value)
          }
        }
      }
    })
  }

  get #alive(): ReadonlyArray<FleetProcess> {
    return this.#processes.filter(({ link }) => !link.isDead)
  }

  #choose(pick: number): FleetProcess | undefined {
    return this.#alive[Math.floor(pick * this.#alive.length)]
  }

  #act(step: FleetStep): Effect.Effect<void, never, DispatchClient> {
    const { database, tables } = this.#world
    switch (step._tag) {
      case "Advance":
        return this.#advance(step.millis)
      case "Park":
      case "Add":
        return this.#list(step)
      case "Create":
        return this.#create(step)
      case "Delete":
        return this.#service.delete(step.pick)
      case "Join":
        return this.#join
      case "Freeze":
        return this.#for(
          step,
          () => void (database.isFrozen = true),
          () => database.thaw()
        )
      case "Backup":
        return Effect.sync(() => void (this.#restore = tables.backup))
      case "LoseCommits":
        return Effect.sync(() => this.#loseCommits())
      default:
        return this.#harm(step)
    }
  }

  /** Changes the list of microgrids, of which processes are told. */
  #list({ _tag, pick }: Extract<FleetStep, { readonly _tag: "Park" | "Add" }>): Effect.Effect<void> {
    const { tables } = this.#world
    const all = [...tables.microgrids.values()]
    const one = all[Math.floor(pick * all.length)]
    if (one === undefined) return Effect.void
    return Effect.suspend(() => {
      if (_tag === "Park") tables.park(one.microgridId)
      else tables.add(one.microgridId)
      return PubSub.publish(this.#changes, one.bucket)
    })
  }

  /** Does something to one process. The last one neither dies nor ends. */
  #harm(step: Extract<FleetStep, { readonly pick: number }>): Effect.Effect<void> {
    const process = this.#choose(step.pick)
    if (process === undefined) return Effect.void
    const { link } = process
    const isLast = this.#alive.length === 1
    switch (step._tag) {
      case "End":
        return isLast ? Effect.void : Effect.andThen(process.end, this.#forget(process))
      case "Kill":
        return isLast ? Effect.void : Effect.sync(() => this.#kill(process))
      case "Pause":
        return this.#for(
          step,
          () => link.pause(),
          () => link.resume()
        )
      case "Cut":
        return this.#for(
          step,
          () => link.cut(),
          () => link.mend()
        )
      case "TakeLocks":
        return Effect.sync(() => {
          this.#isOrderly = false
          this.#world.tables.endLocks(process.address)
        })
      default:
        return Effect.void
    }
  }

  /** A trouble that lasts, and a run that begins meanwhile or after it. */
  #for(
    { millis, startsIn }: { readonly millis: number; readonly startsIn: number },
    begin: () => void,
    end: () => void
  ): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#isOrderly = false
      yield* this.#create({ startsIn, seconds: 8 })
      yield* Effect.sync(begin)
      yield* this.#advance(millis)
      yield* Effect.sync(end)
      // Its locks may be confirmed between two cuts, however short the time is.
      for (const [{ link }, cut] of this.#cuts) cut.isOver ||= !link.isCut
    })
  }

  #create({
    seconds,
    startsIn
  }: {
    readonly startsIn: number
    readonly seconds: number
  }): Effect.Effect<void> {
    return this.#service.create({
      type: "CHARGE",
      startsIn,
      duration: seconds,
      recurrence: undefined,
      target: Target.componentIds(1n),
      active: true,
      dryRun: false,
      payload: {}
    })
  }

  #kill({ address, link }: FleetProcess): void {
    link.die()
    this.#world.cluster.died(address)
  }

  /** One that ends is no longer chosen; it lives on until it has ended. */
  #forget(process: FleetProcess): Effect.Effect<void> {
    return Effect.sync(() => {
      this.#ending.push(process)
      this.#processes.splice(this.#processes.indexOf(process), 1)
    })
  }

  #loseCommits(): void {
    if (this.#restore === undefined) return
    this.#restore()
    this.#restore = undefined
    this.judge.hasLostCommits = true
    this.#isOrderly = false
  }

  get #join(): Effect.Effect<void, never, DispatchClient> {
    return Effect.map(FleetProcess.start(this.#world, `10.0.0.${++this.#started}:7070`), (process) => {
      this.#processes.push(process)
    })
  }

  /** A reader of each microgrid, behind a gate. */
  get #follow() {
    return Effect.gen({ self: this }, function* () {
      const { cluster, tables } = this.#world
      const link = new Link(this.#world.database)
      const services = Context.make(FleetFronts, cluster.fronts).pipe(
        Context.add(FleetStore, storeOf(tables, cluster, link)),
        Context.add(FleetRegistry, registryOf(this.#world, link))
      )
      const context = yield* Layer.build(Layer.provide(Fleet.layer, Layer.succeedContext(services)))
      const { edges } = Context.get(context, Fleet.Fleet)
      for (const microgridId of tables.microgrids.keys()) {
        const gate = yield* TokenGate.make
        yield* Effect.forkScoped(
          edges(microgridId).pipe(
            Stream.filterEffect(({ number, token }) => gate.admit(token, number)),
            Stream.runForEach((edge) => Effect.sync(() => this.judge.read(edge)))
          )
        )
      }
    })
  }

  #advance(millis: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (let left = millis; left > 0; left -= slice) {
        yield* TestClock.adjust(Math.min(slice, left))
        yield* Probe.settled
        for (const process of this.#processes) if (process.link.isCut) this.#noteCut(process)
        if (this.#isOrderly) this.#judgeOwners()
      }
    })
  }

  /** While nothing is wrong but that processes join, end and die, no code lives in two places. */
  #judgeOwners(): void {
    const now = this.#clock.currentTimeMillisUnsafe()
    const all = [...this.#alive, ...this.#ending]
    for (const id of this.#world.tables.microgrids.keys()) {
      const owners = all.filter(({ living }) => living.has(String(id)))
      if (owners.length < 2) continue
      this.judge.wrong(
        `F2: at ${now} microgrid ${id} lives at ${owners.map(({ address }) => address).join(" and ")}`
      )
    }
  }

  #noteCut(process: FleetProcess): void {
    const now = this.#clock.currentTimeMillisUnsafe()
    const last = this.#cuts.get(process)
    const isSame = last !== undefined && !last.isOver && now - last.to <= slice
    this.#cuts.set(process, { from: isSame ? last.from : now - slice, to: now, isOver: false })
  }

  /** True if a process may tell a run that it could not note: the database is away, and was not for longer than it may. */
  #mayTellUnnoted(process: FleetProcess): boolean {
    if (process.link.isCut) this.#noteCut(process)
    const { from, to } = this.#cuts.get(process) ?? { from: -Infinity, to: -Infinity }
    const now = this.#clock.currentTimeMillisUnsafe()
    const tolerance = Duration.toMillis(toleranceOf(this.#world.cluster.settings))
    return now - to <= cutForgottenAfter && now - from <= tolerance + cutForgottenAfter
  }
}
