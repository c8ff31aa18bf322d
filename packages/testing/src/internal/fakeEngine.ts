/**
 * An engine without a network: buckets are shared out by the order of addresses, locks live in the tables of the
 * simulation, and end with the process, by hand, or when the process was not heard of for the lease. They belong to a
 * session, which a process replaces when a statement of it was given up: nobody knows which locks came by that.
 */
import { type EngineRunner, FleetEngine, FleetFronts, type Front } from "@effect-dispatch/fleet/FleetEngine"
import { FleetError } from "@effect-dispatch/fleet/FleetError"
import { pingTimeout, stopTimeout } from "@effect-dispatch/fleet/FleetLimits"
import { type FleetSettings, toleranceOf } from "@effect-dispatch/fleet/FleetSettings"
import { Clock, Duration, Effect, Fiber, Scope, Stream } from "effect"
import type { Link } from "./fleetLink.ts"
import type { FleetTables } from "./fleetTables.ts"

const elapsedOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/** The interval in which a process looks which buckets it should have. */
const lookInterval = "500 millis"

/** A process as the engine knows it. */
interface Member {
  readonly address: string
  readonly link: Link
  front: Front | undefined
  isHealthy: boolean
  isLeaving: boolean
  /** The number of the session that the database knows. */
  session: number
  /** The instant at which the database heard of its locks last. */
  heardAt: number
}

/** All processes of a simulated fleet. */
export class FakeCluster {
  readonly #tables: FleetTables
  readonly #settings: FleetSettings
  readonly #now: () => number
  readonly #members = new Map<string, Member>()

  constructor(tables: FleetTables, settings: FleetSettings, now: () => number) {
    this.#tables = tables
    this.#settings = settings
    this.#now = now
  }

  /** The engine of a process, whose fibers use the clock at hand. */
  engineOf(address: string, link: Link) {
    return Effect.map(Clock.Clock, (clock) => {
      const heardAt = this.#now()
      const member: Member = {
        address,
        link,
        front: undefined,
        isHealthy: true,
        isLeaving: false,
        session: 0,
        heardAt
      }
      const holder = new Holder(this, member, clock)
      return FleetEngine.of({
        address,
        release: "fake",
        runBuckets: (program) => holder.run(program),
        leave: Effect.sync(() => void (member.isLeaving = true)),
        serve: (front) =>
          Effect.acquireRelease(
            Effect.sync(() => void (member.front = front)),
            () => Effect.sync(() => void (member.front = undefined))
          ),
        confirmedAt: () => holder.confirmedAt,
        runners: link.askInTime(() => this.runners),
        ping: (other) => this.#ping(other),
        markUnhealthy: (other) => link.askInTime(() => this.#mark(other))
      })
    })
  }

  /** The way to the owners, for a reader. */
  get fronts(): FleetFronts["Service"] {
    const frontOf = (bucket: number) =>
      Effect.suspend(() => {
        const owner = this.#members.get(this.#tables.locks.get(bucket) ?? "")
        const front = owner?.front
        if (owner !== undefined && front !== undefined && !owner.link.isPaused)
          return Effect.succeed({ front, owner })
        return Effect.fail(new FleetError({ reason: "Unavailable", message: "nobody owns the bucket" }))
      })
    return FleetFronts.of({
      at: (bucket) => ({
        edges: (request) =>
          Stream.unwrap(
            Effect.map(frontOf(bucket), ({ front, owner }) =>
              // A stream of a process that died would not end by itself.
              Stream.interruptWhen(front.edges(request), this.#goneOf(owner, bucket))
            )
          ),
        report: (microgrid) => Effect.flatMap(frontOf(bucket), ({ front }) => front.report(microgrid))
      })
    })
  }

  get runners(): ReadonlyArray<EngineRunner> {
    return [...this.#members.values()].map(({ address, isHealthy }) => ({ address, isHealthy }))
  }

  get settings(): FleetSettings {
    return this.#settings
  }

  enter(member: Member): void {
    this.#members.set(member.address, member)
  }

  leave(member: Member): void {
    if (this.#members.get(member.address) === member) this.#members.delete(member.address)
    this.#tables.endLocks(member.address)
  }

  /** A process has died: its connections end, and its locks with them. */
  died(address: string): void {
    this.#tables.endLocks(address)
  }

  /** The buckets that a process should have. */
  shareOf({ address }: Member): ReadonlySet<number> {
    const healthy = [...this.#members.values()].filter((one) => one.isHealthy && !one.isLeaving)
    const inOrder = healthy.map((one) => one.address).sort()
    const place = inOrder.indexOf(address)
    const all = Array.from({ length: this.#settings.buckets }, (_, bucket) => bucket)
    return new Set(place < 0 ? [] : all.filter((bucket) => bucket % inOrder.length === place))
  }

  /** Takes the locks that are free, of those wanted; the database has heard of the process. */
  lock(member: Member, session: number, wanted: Iterable<number>): ReadonlyArray<number> {
    this.#forgetSilent()
    if (!this.#hears(member, session)) return []
    return [...wanted].filter((bucket) => {
      const owner = this.#tables.locks.get(bucket)
      if (owner !== undefined && owner !== member.address) return false
      this.#tables.locks.set(bucket, member.address)
      return true
    })
  }

  unlock(member: Member, session: number, bucket: number): void {
    if (!this.#hears(member, session)) return
    if (this.#tables.locks.get(bucket) === member.address) this.#tables.locks.delete(bucket)
  }

  /** The database hears of a session; false if that was replaced. With a new one the locks of the one before end. */
  #hears(member: Member, session: number): boolean {
    if (session < member.session) return false
    if (session > member.session) this.#tables.endLocks(member.address)
    member.session = session
    member.heardAt = this.#now()
    return true
  }

  /** True if all these locks are still those of the process. */
  confirm(member: Member, session: number, buckets: Iterable<number>): boolean {
    if (!this.#hears(member, session)) return false
    member.isHealthy = true
    return [...buckets].every((bucket) => this.#tables.locks.get(bucket) === member.address)
  }

  #forgetSilent(): void {
    for (const { address, heardAt } of this.#members.values()) {
      if (this.#now() - heardAt > Duration.toMillis(this.#settings.lease)) this.#tables.endLocks(address)
    }
  }

  #mark(address: string): void {
    const member = this.#members.get(address)
    if (member === undefined) return
    member.isHealthy = false
    if (member.link.isDead) this.#members.delete(address)
  }

  #ping(address: string) {
    return Effect.suspend(() => {
      const member = this.#members.get(address)
      if (member === undefined || member.link.isDead) return Effect.succeed("Refused" as const)
      if (!member.link.isPaused) return Effect.succeed("Answered" as const)
      return Effect.as(Effect.sleep(pingTimeout), "Silent" as const)
    })
  }

  #goneOf({ address, link }: Member, bucket: number): Effect.Effect<void> {
    const look = Effect.suspend((): Effect.Effect<void> =>
      link.isDead || this.#tables.locks.get(bucket) !== address
        ? Effect.void
        : Effect.andThen(Effect.sleep(lookInterval), look)
    )
    return look
  }
}

/** The buckets of one process, and their programs. */
class Holder {
  readonly #cluster: FakeCluster
  readonly #member: Member
  readonly #clock: Clock.Clock
  readonly #programs = new Map<number, Fiber.Fiber<void>>()
  #session = 0
  confirmedAt = -Infinity

  constructor(cluster: FakeCluster, member: Member, clock: Clock.Clock) {
    this.#cluster = cluster
    this.#member = member
    this.#clock = clock
  }

  run(program: (bucket: number) => Effect.Effect<void>): Effect.Effect<void, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => this.#cluster.enter(this.#member)),
        () =>
          Effect.andThen(
            this.#release([...this.#programs.keys()]),
            Effect.sync(() => this.#cluster.leave(this.#member))
          )
      )
      yield* Effect.forkScoped(this.#keep(program))
    })
  }

  #keep(program: (bucket: number) => Effect.Effect<void>): Effect.Effect<never> {
    const { link } = this.#member
    const tolerance = Duration.toMillis(toleranceOf(this.#cluster.settings))
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        const askedAt = elapsedOf(this.#clock)
        const held = [...this.#programs.keys()]
        const session = this.#session
        const isConfirmed = yield* Effect.timeoutOption(
          link.ask(() => this.#cluster.confirm(this.#member, session, held)),
          tolerance
        )
        if (isConfirmed._tag === "None") this.#session += 1
        if (isConfirmed._tag === "None" || !isConfirmed.value) yield* this.#release(held)
        else {
          this.confirmedAt = askedAt
          yield* this.#follow(program)
        }
        yield* Effect.sleep(lookInterval)
      }
    })
  }

  /** Gives away what others should have, and takes what is free. */
  #follow(program: (bucket: number) => Effect.Effect<void>) {
    const { link } = this.#member
    return Effect.gen({ self: this }, function* () {
      const share = yield* Effect.option(link.askInTime(() => this.#cluster.shareOf(this.#member)))
      if (share._tag === "None") return
      yield* this.#release([...this.#programs.keys()].filter((bucket) => !share.value.has(bucket)))
      const missing = [...share.value].filter((bucket) => !this.#programs.has(bucket))
      const session = this.#session
      const taken = yield* Effect.option(
        this.#withSession(() => this.#cluster.lock(this.#member, session, missing))
      )
      if (taken._tag === "None") return
      for (const bucket of taken.value) this.#programs.set(bucket, yield* Effect.forkDetach(program(bucket)))
    })
  }

  /** Ends programs, then gives their locks away. */
  #release(buckets: ReadonlyArray<number>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const ending = buckets.flatMap((bucket) => this.#programs.get(bucket) ?? [])
      const ended = Fiber.interruptAll(ending)
      yield* Effect.timeoutOption(Effect.interruptible(ended), stopTimeout)
      for (const bucket of buckets) {
        this.#programs.delete(bucket)
        const session = this.#session
        yield* Effect.ignore(this.#withSession(() => this.#cluster.unlock(this.#member, session, bucket)))
      }
    })
  }

  /** Asks about locks; a session that does not answer is replaced. */
  #withSession<A>(statement: () => A): Effect.Effect<A, FleetError> {
    return Effect.tapError(this.#member.link.askInTime(statement), () =>
      Effect.sync(() => void (this.#session += 1))
    )
  }
}
