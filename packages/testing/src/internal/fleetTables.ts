/** The database of a simulated fleet: what PostgreSQL holds, without any time that it takes. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Token } from "@effect-dispatch/fleet/FencingToken"
import {
  edgesKeptMax,
  enteredMax,
  heartbeatAgeMax,
  suspectMovesMax
} from "@effect-dispatch/fleet/FleetLimits"
import type { Registered } from "@effect-dispatch/fleet/FleetRegistry"
import type {
  Activation,
  Claim,
  KeptEdge,
  KnownRunner,
  Position,
  RecordWrite,
  Suspicion
} from "@effect-dispatch/fleet/FleetStore"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { isAfter } from "@effect-dispatch/core/JournalStore"
import { DateTime, Duration, Option } from "effect"

interface MicrogridRow {
  readonly microgridId: MicrogridId
  readonly bucket: number
  isWanted: boolean
  epoch: bigint
  owner: string | undefined
}

interface RecordRow {
  readonly epoch: bigint
  readonly sequence: bigint
  readonly value: string
}

interface RunnerRow {
  readonly engine: string
  readonly startedAt: number
  heartbeatAt: number
  isDraining: boolean
}

/** The place of an edge in the table. */
const placeOf = ({ epoch, number }: Position): string => `${epoch}/${number}`

/** All tables. Instants are epoch milliseconds of the clock of the database. */
export class FleetTables {
  readonly buckets: number
  readonly #now: () => number
  readonly microgrids = new Map<MicrogridId, MicrogridRow>()
  #claims = new Map<number, { readonly epoch: bigint; readonly owner: string }>()
  #records = new Map<MicrogridId, Map<string, RecordRow>>()
  #edges = new Map<MicrogridId, Map<string, KeptEdge & Position>>()
  readonly #journals = new Map<MicrogridId, Array<JournalEntry>>()
  readonly #late = new Map<MicrogridId, ReadonlyArray<JournalEntry>>()
  /** All entries that ever came late, with their microgrids. */
  readonly cameLate: Array<{ readonly microgridId: MicrogridId; readonly entry: JournalEntry }> = []
  #runners = new Map<string, RunnerRow>()
  readonly #suspicions = new Map<number, Array<{ readonly epoch: bigint; readonly at: number }>>()
  /** The owners of the locks of buckets. */
  readonly locks = new Map<number, string>()
  /** Called for each edge that is committed, with the token of its write. */
  onEdge: (token: Token, edge: KeptEdge) => void = () => {}

  constructor(buckets: number, now: () => number) {
    this.buckets = buckets
    this.#now = now
  }

  add(id: MicrogridId): void {
    const bucket = Number(id % BigInt(this.buckets))
    const row = this.microgrids.get(id)
    if (row !== undefined) row.isWanted = true
    else this.microgrids.set(id, { microgridId: id, bucket, isWanted: true, epoch: 0n, owner: undefined })
  }

  park(id: MicrogridId): void {
    const row = this.microgrids.get(id)
    if (row !== undefined) row.isWanted = false
  }

  get listed(): ReadonlyArray<Registered> {
    return [...this.microgrids.values()].map(({ bucket, epoch, isWanted, microgridId, owner }) => ({
      microgridId,
      bucket,
      epoch,
      owner,
      parked: isWanted ? undefined : "by plan",
      since: Option.none()
    }))
  }

  claim(bucket: number, owner: string): Claim {
    const epoch = this.#epochAfter(this.#claims.get(bucket)?.epoch)
    this.#claims.set(bucket, { epoch, owner })
    return { bucket, owner, epoch, isSuspect: (this.#suspicions.get(bucket) ?? []).length > 1 }
  }

  activate(
    { bucket, epoch, owner }: Claim,
    running: ReadonlyArray<MicrogridId>
  ): Option.Option<ReadonlyArray<Activation>> {
    if (this.#claims.get(bucket)?.epoch !== epoch) return Option.none()
    const taken = [...this.microgrids.values()].filter(
      (row) => row.bucket === bucket && row.isWanted && !running.includes(row.microgridId)
    )
    return Option.some(
      taken.map((row): Activation => {
        row.epoch = this.#epochAfter(row.epoch)
        row.owner = owner
        const records = this.#records.get(row.microgridId) ?? []
        return {
          token: { microgridId: row.microgridId, epoch: row.epoch },
          records: new Map([...records].map(([key, { value }]) => [key, value]))
        }
      })
    )
  }

  lost(tokens: ReadonlyArray<Token>): ReadonlyArray<MicrogridId> {
    return tokens.flatMap((token) => {
      const row = this.microgrids.get(token.microgridId)
      return row?.epoch === token.epoch && row.isWanted ? [] : [token.microgridId]
    })
  }

  write(token: Token, { edges, key, removed, sequence, value }: RecordWrite): boolean {
    const { epoch, microgridId } = token
    if (this.microgrids.get(microgridId)?.epoch !== epoch) return false
    const records = this.#recordsOf(microgridId)
    const found = records.get(key)
    const isNewer = found === undefined || found.epoch < epoch || found.sequence < sequence
    if (isNewer && value !== undefined) records.set(key, { epoch, sequence, value })
    if (isNewer && value === undefined) records.delete(key)
    const table = this.#edgesOf(microgridId)
    for (const edge of edges) {
      const place = placeOf({ epoch, number: edge.number })
      if (!table.has(place)) table.set(place, { ...edge, epoch })
      this.onEdge(token, edge)
    }
    for (const number of removed) table.delete(placeOf({ epoch, number }))
    return true
  }

  keys(microgridId: MicrogridId): ReadonlyArray<string> {
    return [...this.#recordsOf(microgridId).keys()]
  }

  read(microgridId: MicrogridId, key: string): string | undefined {
    return this.#recordsOf(microgridId).get(key)?.value
  }

  edgesAfter(microgridId: MicrogridId, after: Position): ReadonlyArray<KeptEdge & Position> {
    const later = [...this.#edgesOf(microgridId).values()].filter(
      ({ epoch, number }) => epoch > after.epoch || (epoch === after.epoch && number > after.number)
    )
    const inOrder = (left: Position, right: Position) =>
      Number(left.epoch - right.epoch) || Number(left.number - right.number)
    return later.sort(inOrder).slice(-edgesKeptMax)
  }

  /** The entries of a journal beside the edges. */
  entriesAfter(microgridId: MicrogridId, after: Position, limit: number): ReadonlyArray<JournalEntry> {
    const entries = this.#journals.get(microgridId) ?? []
    return entries
      .filter((entry) => isAfter(entry, after))
      .sort((left, right) => (isAfter(left, right) ? 1 : -1))
      .slice(0, limit)
  }

  append(microgridId: MicrogridId, entries: ReadonlyArray<JournalEntry>): void {
    const journal = this.#journals.get(microgridId) ?? []
    const known = new Set(journal.map(placeOf))
    const present = this.microgrids.get(microgridId)?.epoch ?? 0n
    const isLate = ({ epoch }: JournalEntry) => epoch < present
    const added = entries.filter(
      (entry) => !known.has(placeOf(entry)) && !(isLate(entry) && entry.event._tag === "Alive")
    )
    this.#journals.set(microgridId, [...journal, ...added])
    const late = added.filter(isLate)
    this.#late.set(microgridId, [...this.lateOf(microgridId), ...late])
    for (const entry of late) this.cameLate.push({ microgridId, entry })
  }

  /** The entries that came late, and are not amended yet. */
  lateOf(microgridId: MicrogridId): ReadonlyArray<JournalEntry> {
    return (this.#late.get(microgridId) ?? []).toSorted((one, other) => (isAfter(one, other) ? 1 : -1))
  }

  amended(microgridId: MicrogridId, late: ReadonlyArray<Position>): void {
    const places = new Set(late.map(placeOf))
    this.#late.set(
      microgridId,
      this.lateOf(microgridId).filter((entry) => !places.has(placeOf(entry)))
    )
  }

  /** The runs and commands that the table of edges has of an epoch. */
  hasEdge({ epoch, microgridId }: Token, has: (edge: KeptEdge) => boolean): boolean {
    return [...this.#edgesOf(microgridId).values()].some((edge) => edge.epoch === epoch && has(edge))
  }

  join(address: string, engine: string): void {
    const now = this.#now()
    this.#runners.set(address, { engine, startedAt: now, heartbeatAt: now, isDraining: false })
  }

  beat(address: string) {
    const own = this.#runners.get(address)
    if (own !== undefined) own.heartbeatAt = this.#now()
    return {
      others: [...this.#runners.keys()].filter((other) => other !== address),
      isListed: own !== undefined,
      isDraining: own?.isDraining === true
    }
  }

  leave(address: string): void {
    this.#runners.delete(address)
  }

  get runners(): ReadonlyArray<KnownRunner> {
    return [...this.#runners].map(([address, { engine, heartbeatAt, isDraining, startedAt }]) => ({
      address,
      engine,
      isDraining,
      startedAt: DateTime.makeUnsafe(startedAt),
      heartbeatAge: Duration.millis(this.#now() - heartbeatAt),
      holdsLocks: [...this.locks.values()].includes(address)
    }))
  }

  /** Ends the locks of a process whose heartbeat is old, or that has none; gives its buckets. */
  suspect(address: string, suspicion: Suspicion): ReadonlyArray<number> {
    const runner = this.#runners.get(address)
    if (runner === undefined) return []
    const isLate = this.#now() - runner.heartbeatAt > Duration.toMillis(heartbeatAgeMax)
    const holdsLocks = [...this.locks.values()].includes(address)
    if (suspicion === "Dead" ? holdsLocks : !isLate) return []
    this.endLocks(address)
    return [...this.#claims].flatMap(([bucket, { epoch, owner }]) => {
      const noted = this.#suspicions.get(bucket) ?? []
      if (owner !== address || noted.some((one) => one.epoch === epoch)) return []
      this.#suspicions.set(bucket, [...noted, { epoch, at: this.#now() }])
      return [bucket]
    })
  }

  get restless() {
    return [...this.#suspicions].flatMap(([bucket, { length }]) =>
      length >= suspectMovesMax
        ? [{ bucket, moves: length, entered: [...this.microgrids.keys()].slice(0, enteredMax) }]
        : []
    )
  }

  endLocks(address: string): void {
    for (const [bucket, owner] of this.locks) if (owner === address) this.locks.delete(bucket)
  }

  /** A copy of what commits changed, to go back to. */
  get backup(): () => void {
    const records = new Map([...this.#records].map(([id, all]) => [id, new Map(all)]))
    const edges = new Map([...this.#edges].map(([id, all]) => [id, new Map(all)]))
    const claims = new Map(this.#claims)
    const runners = new Map([...this.#runners].map(([address, row]) => [address, { ...row }]))
    const rows = [...this.microgrids.values()].map((row) => ({ ...row }))
    return () => {
      this.#records = records
      this.#edges = edges
      this.#claims = claims
      this.#runners = runners
      for (const row of rows) this.microgrids.set(row.microgridId, row)
      this.locks.clear()
    }
  }

  /** At least the milliseconds since 1970, so that it rises also after commits were lost. */
  #epochAfter(epoch = 0n): bigint {
    const now = BigInt(this.#now())
    return epoch + 1n > now ? epoch + 1n : now
  }

  #recordsOf(id: MicrogridId): Map<string, RecordRow> {
    const found = this.#records.get(id) ?? new Map<string, RecordRow>()
    this.#records.set(id, found)
    return found
  }

  #edgesOf(id: MicrogridId): Map<string, KeptEdge & Position> {
    const found = this.#edges.get(id) ?? new Map<string, KeptEdge & Position>()
    this.#edges.set(id, found)
    return found
  }
}
