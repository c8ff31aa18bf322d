/**
 * Judges a fleet by what its sites tell, by what its database has noted, and by what a reader believes: rules F1, F5, and
 * that no stop is lost over any number of owners.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { keyOf } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { Token } from "@effect-dispatch/fleet/FencingToken"
import type { FleetEdge } from "@effect-dispatch/fleet/Fleet"
import { codePatience } from "@effect-dispatch/fleet/FleetLimits"
import type { KeptEdge } from "@effect-dispatch/fleet/FleetStore"
import { Duration, Schema } from "effect"
import * as Oracle from "../Oracle.ts"
import type { FleetProcess } from "./fleetProcess.ts"

/** The name of a run or a command of an owner. */
const nameOf = ({ epoch, microgridId }: Token, { dispatch, occurrence }: RunningStateChange): string =>
  `${microgridId}/${epoch}/${dispatch.id}/${occurrence.epochMilliseconds}`

const Kept = Schema.Struct({
  occurrence: Schema.DateTimeUtcFromString,
  dispatch: Schema.Struct({ id: Schema.String })
})

const ownerOf = ({ epoch, microgridId }: Token): string => `${microgridId}/${epoch}`

const inWords = (told: {
  readonly state: RunningStateChange["state"]
  readonly dispatch: { readonly id: DispatchId }
  readonly occurrence: { readonly epochMilliseconds: number }
  readonly plannedAt: { readonly epochMilliseconds: number }
}): string =>
  `${told.state} ${told.dispatch.id} of ${told.occurrence.epochMilliseconds} for ${told.plannedAt.epochMilliseconds}`

const nameOfKept = ({ epoch, microgridId }: Token, { edge }: KeptEdge): string => {
  const { dispatch, occurrence } = Schema.decodeUnknownSync(Kept)(edge)
  return `${microgridId}/${epoch}/${dispatch.id}/${occurrence.epochMilliseconds}`
}

/** A change in words, and the instant (epoch milliseconds) at which it was decided. */
interface Words {
  readonly words: string
  readonly decidedAt: number
}

/** A change that a site tells its code. */
export interface ToldChange {
  readonly process: FleetProcess
  readonly token: Token
  readonly change: RunningStateChange
  /** True if the database was away, and the locks were confirmed lately. */
  readonly mayBeUnnoted: boolean
}

export class FleetJudge {
  readonly violations: Array<string> = []
  /** The runs and commands that were ever noted, with the edges that were to be told. */
  readonly #noted = new Set<string>()
  readonly #commands = new Map<string, bigint>()
  /** The runs that a reader believes in, by microgrid. */
  readonly #believed = new Map<string, Map<DispatchId, FleetEdge>>()
  readonly #last = new Map<string, FleetEdge>()
  /** The changes that each owner told its code, in words, by microgrid and epoch. */
  readonly #told = new Map<string, Array<Words>>()
  /** The instants from which on the code of owners listens. */
  readonly #listens = new Map<string, number>()
  /** Set once commits were lost: a command may be executed once more. */
  hasLostCommits = false
  told = 0
  stops = 0
  takenOver = 0
  /** Entries of journals that came late. */
  late = 0

  wrong(what: string): void {
    this.violations.push(what)
  }

  /** The code of a site listens from an instant on. */
  listens(token: Token, at: number): void {
    this.#listens.set(ownerOf(token), at)
  }

  noted(token: Token, edge: KeptEdge): void {
    this.#noted.add(nameOfKept(token, edge))
  }

  /** A site tells its code. Beside the note there is one way to tell a run: a database that does not answer. */
  toldBySite({ change, mayBeUnnoted, process, token }: ToldChange): void {
    const { address, link } = process
    this.told += 1
    const owner = ownerOf(token)
    const decidedAt = change.decidedAt.epochMilliseconds
    const words = inWords({ ...change, plannedAt: change.at })
    this.#told.set(owner, [...(this.#told.get(owner) ?? []), { words, decidedAt }])
    if (change.state === "Stopped") return
    const name = nameOf(token, change)
    const isNoted = this.#noted.has(name)
    if (isCommand(change)) this.#execute(token, change)
    else if (!isNoted && !mayBeUnnoted) this.wrong(`F1: ${address} tells ${name}, which is not noted`)
    if (link.isPaused) this.wrong(`${address} tells ${name} while it stands still: the simulation is wrong`)
  }

  #execute(token: Token, change: RunningStateChange): void {
    const name = nameOf(token, change)
    if (!this.#noted.has(name)) this.wrong(`F5: command ${name} is executed without its note`)
    const { dispatch, occurrence } = change
    const command = `${token.microgridId}/${dispatch.id}/${occurrence.epochMilliseconds}`
    const before = this.#commands.get(command)
    if (before !== undefined && before !== token.epoch && !this.hasLostCommits) {
      this.wrong(`F5: command ${command} is executed by epoch ${token.epoch}, and was by ${before}`)
    }
    this.#commands.set(command, token.epoch)
  }

  /** A reader gets an edge, after its gate. */
  read(edge: FleetEdge): void {
    const { change, number, token } = edge
    const id = String(token.microgridId)
    const last = this.#last.get(id)
    const isLater =
      last === undefined ||
      token.epoch > last.token.epoch ||
      (token.epoch === last.token.epoch && number > last.number)
    if (!isLater)
      this.wrong(
        `F5: a reader of ${id} gets ${token.epoch}/${number} after ${last.token.epoch}/${last.number}`
      )
    this.#last.set(id, edge)
    const believed = this.#believed.get(id) ?? new Map<DispatchId, FleetEdge>()
    this.#believed.set(id, believed)
    if (change.state === "Stopped") {
      this.stops += 1
      believed.delete(change.dispatch.id)
    } else if (!isCommand(change)) {
      const before = believed.get(change.dispatch.id)
      if (before !== undefined && before.token.epoch < token.epoch) this.takenOver += 1
      believed.set(change.dispatch.id, edge)
    }
  }

  /** The number of changes that an owner has told its code so far. */
  toldBy(token: Token): number {
    return this.#told.get(ownerOf(token))?.length ?? 0
  }

  /** Healed: the journal has all that the owner told, one account of each run, and those of what runs say so (J6). */
  journalled(
    { now, token, told: least }: { readonly token: Token; readonly told: number; readonly now: number },
    entries: ReadonlyArray<JournalEntry>,
    dispatches: ReadonlyArray<Dispatch>
  ): void {
    const since = this.#toldSince(token, entries)
    const wordsOf = (all: ReadonlyArray<Words>) =>
      all.flatMap(({ decidedAt, words }) => (decidedAt > since ? [words] : []))
    const all = this.#told.get(ownerOf(token)) ?? []
    const told = wordsOf(all)
    const written = wordsOf(
      entries.flatMap(({ at, epoch, event }) =>
        epoch === token.epoch && (event._tag === "Running" || event._tag === "Stopped")
          ? [{ words: inWords({ ...event, state: event._tag }), decidedAt: at.epochMilliseconds }]
          : []
      )
    )
    const leastTold = wordsOf(all.slice(0, least)).slice(written.length)
    const differs = [...written, ...leastTold].findIndex((_, index) => told[index] !== written[index])
    if (differs >= 0) {
      this.wrong(
        `J6: the journal of ${token.microgridId} says ${written[differs]}, and its owner told ${told[differs]}`
      )
    }
    const before = entries.filter(({ at }) => at.epochMilliseconds <= now)
    this.#accounts(String(token.microgridId), before, dispatches, now)
  }

  /** Healed: an owner has told of an entry that came late, by an entry that its reader came to later (J6). */
  amended({ epoch, event, number }: JournalEntry, entries: ReadonlyArray<JournalEntry>): void {
    this.late += 1
    const isAmended = entries.some(
      ({ event: told, ...place }) =>
        told._tag === "Amended" && told.epoch === epoch && told.number <= number && place.epoch > epoch
    )
    if (!isAmended) this.wrong(`J6: ${epoch}/${number} ${event._tag} came late, and no owner says so`)
  }

  /**
   * The instant (epoch milliseconds) after which the code of an owner is told all. Its actor may have gone on without it,
   * once it had had its time (F8).
   */
  #toldSince(token: Token, entries: ReadonlyArray<JournalEntry>): number {
    const began = entries.find(({ epoch, event }) => epoch === token.epoch && event._tag === "Began")
    const listens = this.#listens.get(ownerOf(token))
    if (began === undefined || listens === undefined) return -Infinity
    const hadItsTime = listens - began.at.epochMilliseconds >= Duration.toMillis(codePatience)
    return hadItsTime ? listens : -Infinity
  }

  #accounts(
    microgrid: string,
    entries: ReadonlyArray<JournalEntry>,
    dispatches: ReadonlyArray<Dispatch>,
    now: number
  ): void {
    const book = new RunBook({ endedMax: Infinity })
    const places = new Set<string>()
    for (const entry of entries) {
      places.add(`${entry.epoch}/${entry.number}`)
      book.add(entry)
    }
    if (places.size < entries.length) this.wrong(`J6: two entries of ${microgrid} have one place`)
    const names = book.runs.map(keyOf)
    if (new Set(names).size < names.length) this.wrong(`J6: a run of ${microgrid} has two accounts`)
    const running = book.runs.filter(({ fate }) => fate._tag === "Running")
    for (const dispatch of dispatches) {
      const occurrence = Oracle.runAt(dispatch, now)
      const found = running.filter(
        (run) => run.dispatch.id === dispatch.id && run.occurrence.epochMilliseconds === occurrence
      )
      if (occurrence !== undefined && found.length !== 1) {
        this.wrong(`J6: at ${now} the journal of ${microgrid} does not say that ${dispatch.id} runs`)
      }
    }
    const held = new Set(dispatches.flatMap((one) => (Oracle.runAt(one, now) === undefined ? [] : [one.id])))
    for (const run of running) {
      const isOver = run.until !== undefined && run.until.epochMilliseconds <= now
      if (!held.has(run.dispatch.id) && !isOver) {
        this.wrong(`J6: at ${now} the journal of ${microgrid} says that ${run.dispatch.id} runs`)
      }
    }
  }

  /** Healed: a reader believes to run what runs, by the text of the behaviour, and by the last owner. */
  healed(microgrid: string, epoch: bigint, dispatches: ReadonlyArray<Dispatch>, now: number): void {
    const believed = this.#believed.get(microgrid) ?? new Map<DispatchId, FleetEdge>()
    for (const dispatch of dispatches) {
      const occurrence = Oracle.runAt(dispatch, now)
      const edge = believed.get(dispatch.id)
      const name = `dispatch ${dispatch.id} of microgrid ${microgrid}`
      if (occurrence !== edge?.change.occurrence.epochMilliseconds) {
        this.wrong(
          `F5: at ${now} a reader believes that ${name} runs since ${edge?.change.occurrence.epochMilliseconds}, not ${occurrence}`
        )
      }
      if (edge !== undefined && edge.token.epoch !== epoch) {
        this.wrong(
          `F5: at ${now} a reader has ${name} from epoch ${edge.token.epoch}, and it is owned by ${epoch}`
        )
      }
    }
    const held = new Set(dispatches.map(({ id }) => id))
    for (const id of believed.keys()) {
      if (!held.has(id))
        this.wrong(`F5: at ${now} a reader of ${microgrid} was never told that ${id} has stopped`)
    }
  }
}
