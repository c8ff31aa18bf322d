/** A fleet of stand-ins or of real dispatchers, and what happens to its processes. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { freePort } from "../../../test/integration/freePort.ts"
import {
  type RunnerArguments,
  type RunnerProcess,
  type Told
} from "../../../test/integration/fleet/processes.ts"
import { epochOf, makeTestFleet } from "../../../test/integration/fleet/testFleet.ts"
import type { Postgres } from "../../../test/integration/postgresServer.ts"

/** Milliseconds without a move after which microgrids are where they belong. */
const quietFor = 2_000

/** The longest wait for anything. */
const patience = 60_000

export class Stage {
  readonly #fleet: Effect.Success<ReturnType<typeof makeTestFleet>>
  readonly #more: Partial<RunnerArguments>
  readonly count: number
  readonly processes: Array<RunnerProcess> = []

  static readonly make = Effect.fnUntraced(function* (
    server: Postgres,
    count: number,
    more: Partial<RunnerArguments> = {}
  ) {
    return new Stage(yield* makeTestFleet(server, count), count, more)
  })

  private constructor(
    fleet: Effect.Success<ReturnType<typeof makeTestFleet>>,
    count: number,
    more: Partial<RunnerArguments>
  ) {
    this.#fleet = fleet
    this.count = count
    this.#more = more
  }

  get fleet() {
    return this.#fleet
  }

  get events(): ReadonlyArray<Told> {
    return this.#fleet.events
  }

  /** Starts processes together; gives the milliseconds until the last microgrid was up for the first time. */
  begin(processes: number): Effect.Effect<number> {
    return Effect.gen({ self: this }, function* () {
      const at = Date.now()
      for (let number = 0; number < processes; number++)
        this.processes.push(yield* this.#fleet.start(this.#more))
      yield* this.#until(() => this.#fleet.owners().size === this.count)
      const last = this.events.at(-1)?.at ?? Number.NaN
      yield* this.quiet
      return last - at
    })
  }

  /** Waits until nothing has moved for a while. */
  get quiet(): Effect.Effect<void> {
    const isQuiet = () => {
      const last = this.events.findLast(({ event }) => event === "up" || event === "down")
      return this.#fleet.owners().size === this.count && Date.now() - (last?.at ?? 0) > quietFor
    }
    return this.#until(isQuiet)
  }

  /** Lets moves by suspicion lie long enough behind: after two of them sites begin one after the other, with care. */
  get forgiven() {
    return Effect.asVoid(this.#fleet.sql`UPDATE fleet_suspicions SET at = at - interval '11 minutes'`)
  }

  /** Waits until a process has its share again, and nothing moves. */
  returned(process: RunnerProcess): Effect.Effect<void> {
    return Effect.andThen(
      this.#until(() => this.of(process).length > this.count / 12),
      Effect.suspend(() => this.quiet)
    )
  }

  /** The microgrids of a process. */
  of({ address }: RunnerProcess): ReadonlyArray<Told> {
    return [...this.#fleet.owners().values()].filter(({ from }) => from === address)
  }

  /**
   * Does something to a process; gives the milliseconds until another noticed, if one had to, and until the last of its
   * microgrids was up elsewhere.
   */
  replaced(victim: RunnerProcess, act: Effect.Effect<void>) {
    return Effect.gen({ self: this }, function* () {
      const mine = new Map(this.of(victim).map((told) => [idOf(told), told]))
      const from = this.events.length
      const at = Date.now()
      yield* act
      yield* this.#until(() => {
        const owners = this.#fleet.owners()
        return [...mine.keys()].every((id) => (owners.get(id)?.from ?? victim.address) !== victim.address)
      })
      const owners = this.#fleet.owners()
      const noticed = this.events
        .slice(from)
        .find((told) => told.event === "log" && told.text.includes(`The process ${victim.address}`))
      return {
        noticed: (noticed?.at ?? at) - at,
        last: Math.max(...[...mine.keys()].map((id) => (owners.get(id)?.at ?? Number.NaN) - at))
      }
    })
  }

  /**
   * Starts a process in the place of one that has ended; gives how long its program took to load, when its last
   * microgrid was up, and how long each was away.
   */
  rejoin(ended: RunnerProcess) {
    return Effect.gen({ self: this }, function* () {
      const from = this.events.length
      const at = Date.now()
      const port = yield* freePort
      const next = yield* this.#fleet.start({ ...this.#more, address: `127.0.0.1:${port}` })
      this.processes.splice(this.processes.indexOf(ended), 1, next)
      yield* this.returned(next)
      const moved = this.events.slice(from)
      const downs = new Map(
        moved.flatMap((told) => (told.event === "down" ? [[told.id, told.at] as const] : []))
      )
      const ups = moved.flatMap((told) => (told.event === "up" && told.from === next.address ? [told] : []))
      const loaded = moved.find((told) => told.event === "loaded" && told.from === next.address)
      return {
        loaded: (loaded?.at ?? Number.NaN) - at,
        last: Math.max(...ups.map((told) => told.at)) - at,
        away: ups.map((told) => told.at - (downs.get(told.id) ?? told.at))
      }
    })
  }

  /**
   * Acts and starts of an owner after one of a higher epoch had begun, and takeovers that do not raise the epoch. `asked`
   * are those that were asked for by then; a process that is stopped between the question and the act does that act alone
   * when it goes on, which no guard can prevent.
   */
  get overlaps(): { readonly asked: number; readonly stopped: number } {
    const highest = new Map<string, Told>()
    let [asked, stopped] = [0, 0]
    for (const told of this.events.toSorted((left, right) => left.at - right.at)) {
      const isUp = told.event === "up"
      if (!isUp && told.event !== "act" && !(told.event === "edge" && told.state === "Running")) continue
      const before = highest.get(told.id)
      const isOld =
        before !== undefined && (isUp ? epochOf(told) <= epochOf(before) : epochOf(told) < epochOf(before))
      if (!isOld) {
        if (isUp) highest.set(told.id, told)
      } else if (told.event === "act" && told.asked < before.at) stopped += 1
      else asked += 1
    }
    return { asked, stopped }
  }

  /** Acts that were told, which the overlaps are counted among. */
  get acts(): number {
    return this.events.filter(({ event }) => event === "act").length
  }

  /** Commits of the database a second, and the share of a core that each process takes, over so many seconds. */
  idle(seconds: number) {
    return Effect.gen({ self: this }, function* () {
      const before = { commits: yield* this.#commits, ticks: this.#ticks }
      yield* Effect.sleep(seconds * 1_000)
      const after = { commits: yield* this.#commits, ticks: this.#ticks }
      return {
        commits: (after.commits - before.commits) / seconds,
        core: (after.ticks - before.ticks) / 100 / seconds / this.processes.length
      }
    })
  }

  get #commits() {
    return Effect.map(
      this.#fleet.sql<{ readonly count: number }>`
        SELECT xact_commit::integer AS count FROM pg_stat_database WHERE datname = current_database()`,
      ([row]) => row?.count ?? 0
    )
  }

  /** Hundredths of a second of processor time of all processes, on Linux. */
  get #ticks(): number {
    return this.processes.reduce((sum, { pid }) => {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
      return sum + Number(fields[11]) + Number(fields[12])
    }, 0)
  }

  #until(what: () => boolean): Effect.Effect<void> {
    const { events } = this
    return Effect.gen(function* () {
      const from = Date.now()
      while (!what()) {
        if (Date.now() - from > patience) {
          const said = events.flatMap((told) => (told.event === "log" ? [`${told.level} ${told.text}`] : []))
          return yield* Effect.die(new Error(`not within ${patience} ms; ${said.slice(-5).join("\n")}`))
        }
        yield* Effect.sleep("50 millis")
      }
    })
  }
}

export const idOf = (told: Told): string => ("id" in told ? told.id : "")
