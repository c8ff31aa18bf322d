/**
 * Dispatches in memory: for tests, and for services that may forget.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, DateTime, Effect, Layer, Option, Random, Semaphore, Stream } from "effect"
import { type AccessKey, AccessKeyStore } from "./AccessKeyStore.ts"
import { DispatchFormat } from "./DispatchFormat.ts"
import * as DispatchFormatProtobuf from "./DispatchFormatProtobuf.ts"
import {
  type AuditRecord,
  type Change,
  DispatchStore,
  NameTaken,
  type Origin,
  type PageQuery,
  type Position,
  type Retained
} from "./DispatchStore.ts"
import {
  calendarSlackMillis,
  type Columns,
  columnsOf,
  matching,
  sortKey
} from "./internal/dispatchColumns.ts"
import * as MemoryReports from "./internal/reports/memoryReports.ts"
import { clockEarliest } from "./internal/retentionTime.ts"
import { sharesOf } from "./internal/nonceShares.ts"
import { Listed, Stored, StoredChange } from "./internal/storedDispatch.ts"
import { ReportStore } from "./ReportStore.ts"

/**
 * A store that lives as long as its layer, and keeps dispatches in the form at hand.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFormat: Layer.Layer<DispatchStore | AccessKeyStore | ReportStore, never, DispatchFormat> =
  Layer.effectContext(
    Effect.gen(function* () {
      const secret = new Uint8Array(32)
      for (let index = 0; index < secret.length; index++) secret[index] = yield* Random.nextIntBetween(0, 255)
      const site = new Site(yield* DispatchFormat)
      return Context.make(DispatchStore, yield* dispatchStore(site, secret)).pipe(
        Context.add(AccessKeyStore, accessKeyStore(site)),
        Context.add(ReportStore, MemoryReports.make())
      )
    })
  )

/**
 * A store that lives as long as its layer.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchStore, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const store = yield* DispatchStore.DispatchStore
 *   yield* store.check
 *   assert.strictEqual((yield* store.secret).length, 32)
 * })
 * await Effect.runPromise(Effect.provide(program, DispatchStoreMemory.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<DispatchStore | AccessKeyStore | ReportStore> = Layer.provide(
  layerFormat,
  DispatchFormatProtobuf.layer
)

interface Dated<A> {
  readonly at: number
  readonly value: A
}

/** A dispatch, and the values that it is found by. */
interface Row {
  readonly columns: Columns
  readonly stored: Stored
}

/** All of one microgrid. */
class Microgrid {
  readonly dispatches = new Map<DispatchId, Row>()
  deleted: Array<Dated<DispatchId>> = []
  changes: Array<Dated<Change>> = []
  audit: Array<AuditRecord> = []
  last = 0n
}

/** The whole content of the store. Everything that happens to it is synchronous, so nothing is ever half done. */
class Site {
  readonly microgrids = new Map<MicrogridId, Microgrid>()
  readonly keys = new Map<string, AccessKey>()
  readonly nonces = new Map<string, number>()
  /** The time of the last write. */
  newest: DateTime.Utc | undefined
  retentionTime: DateTime.Utc | undefined
  readonly format: DispatchFormat["Service"]
  #lastId = 0n

  constructor(format: DispatchFormat["Service"]) {
    this.format = format
  }

  microgrid(id: MicrogridId): Microgrid {
    const present = this.microgrids.get(id)
    if (present !== undefined) return present
    const fresh = new Microgrid()
    this.microgrids.set(id, fresh)
    return fresh
  }

  /** Fails with the id of another dispatch that has the name of this one. */
  checkName(microgridId: MicrogridId, { id, name }: Dispatch): Effect.Effect<void, NameTaken> {
    if (name === undefined) return Effect.void
    const rows = this.get(microgridId).dispatches.values()
    const holder = [...rows].find(({ columns }) => columns.name === name && columns.id !== id)
    return holder === undefined ? Effect.void : Effect.fail(new NameTaken({ id: holder.columns.id, name }))
  }

  /** A microgrid to read. */
  get(id: MicrogridId): Microgrid {
    return this.microgrids.get(id) ?? nothing
  }

  nextId(): DispatchId {
    this.#lastId += 1n
    return this.#lastId as DispatchId
  }

  commit(microgridId: MicrogridId, kind: Change["kind"], dispatch: Dispatch, { at, by }: Origin): Change {
    const microgrid = this.microgrid(microgridId)
    const { id } = dispatch
    const bytes = this.format.encode(dispatch)
    microgrid.last += 1n
    if (this.newest === undefined || DateTime.isGreaterThan(at, this.newest)) this.newest = at
    const number = microgrid.last
    if (kind === "Deleted") {
      microgrid.dispatches.delete(id)
      microgrid.deleted.push({ at: at.epochMilliseconds, value: id })
    } else {
      microgrid.dispatches.set(id, {
        columns: columnsOf(dispatch),
        stored: new Stored(this.format, bytes, dispatch)
      })
    }
    const change = new StoredChange(this.format, { microgridId, number, kind }, bytes, dispatch)
    microgrid.changes.push({ at: at.epochMilliseconds, value: change })
    microgrid.audit.push({ number, kind, id, at, by })
    return change
  }

  pruneNonces(isGone: (at: number, name: string) => boolean, limit: number): number {
    let removed = 0
    for (const [nonce, at] of this.nonces) {
      if (removed >= limit) break
      if (isGone(at, nonce) && this.nonces.delete(nonce)) removed++
    }
    return removed
  }

  /** Removes so many: those taken after `last`, then the oldest of the keys that have most. */
  trimNonces(count: number, last: number): number {
    const late = this.pruneNonces((at) => at > last, count)
    const counts = new Map<string, number>()
    for (const name of this.nonces.keys()) counts.set(keyOf(name), (counts.get(keyOf(name)) ?? 0) + 1)
    const shares = [...sharesOf(counts, Math.max(0, count - late))]
    return shares.reduce(
      (removed, [key, share]) => removed + this.pruneNonces((_, name) => keyOf(name) === key, share),
      late
    )
  }

  /** Records written by a clock without battery count from now on. */
  dateAnew(what: Retained, now: DateTime.Utc): void {
    const at = now.epochMilliseconds
    const dated = <A>(all: ReadonlyArray<Dated<A>>): Array<Dated<A>> =>
      all.map((each) => (each.at < clockEarliest ? { ...each, at } : each))
    for (const microgrid of this.microgrids.values()) {
      if (what === "changes") microgrid.changes = dated(microgrid.changes)
      if (what === "dispatches") microgrid.deleted = dated(microgrid.deleted)
      if (what === "audit") {
        microgrid.audit = microgrid.audit.map((each) =>
          each.at.epochMilliseconds < clockEarliest ? { ...each, at: now } : each
        )
      }
    }
  }
}

const dispatchStore = Effect.fnUntraced(function* (site: Site, secret: Uint8Array) {
  const turns = yield* Semaphore.make(1)
  return DispatchStore.of({
    ...writes(site, turns),
    ...reads(site),
    hints: Stream.never,
    moveRetentionTime: (decide) =>
      Effect.sync(() => (site.retentionTime = decide(site.retentionTime ?? site.newest))),
    trimNonces: (most, limit, last) =>
      Effect.sync(() => site.trimNonces(Math.min(limit, site.nonces.size - most), last.epochMilliseconds)),
    prune: (what, { before, now }, limit) =>
      Effect.sync(() => {
        site.dateAnew(what, now)
        return prune[what](site, before.epochMilliseconds, limit)
      }),
    check: Effect.void,
    secret: Effect.succeed(secret)
  })
})

type Store = DispatchStore["Service"]

const writes = (site: Site, turns: Semaphore.Semaphore): Pick<Store, "insert" | "modify"> => ({
  insert: (microgridId, origin, make) =>
    turns.withPermits(1)(
      Effect.gen(function* () {
        const dispatch = make(site.nextId())
        yield* site.checkName(microgridId, dispatch)
        return site.commit(microgridId, "Created", dispatch, origin)
      })
    ),
  modify: (microgridId, id, origin, decide) =>
    turns.withPermits(1)(
      Effect.gen(function* () {
        const current = site.get(microgridId).dispatches.get(id)
        if (current === undefined) return Option.none()
        const { dispatch, kind } = yield* decide(current.stored.dispatch, undefined)
        if (kind === "Updated") yield* site.checkName(microgridId, dispatch)
        return Option.some(site.commit(microgridId, kind, dispatch, origin))
      })
    )
})

const reads = (
  site: Site
): Pick<Store, "get" | "page" | "begin" | "changesAfter" | "lastChange" | "audit"> => ({
  get: (microgridId, id) =>
    Effect.sync(() => Option.fromNullishOr(site.get(microgridId).dispatches.get(id)?.stored)),
  page: (query) =>
    Effect.sync(() => pageOf(site.format, site.get(query.microgridId).dispatches.values(), query)),
  begin: ({ limit, ...query }) =>
    Effect.sync(() => {
      const rows = site.get(query.microgridId).dispatches.values()
      const all = pageOf(site.format, rows, { ...query, after: undefined, limit: Infinity })
      return { dispatches: all.slice(0, limit), total: all.length }
    }),
  changesAfter: (microgridId, number, limit) =>
    Effect.sync(() => {
      const { changes } = site.get(microgridId)
      const first = changes[0]?.value.number ?? 1n
      const from = number < first ? 0 : Number(number - first) + 1
      return changes.slice(from, from + limit).map(({ value }) => value)
    }),
  lastChange: (microgridId) => Effect.sync(() => site.get(microgridId).last),
  audit: (microgridId, limit, id) =>
    Effect.sync(() => {
      const { audit } = site.get(microgridId)
      return (id === undefined ? audit : audit.filter((each) => each.id === id)).slice(-limit).reverse()
    })
})

const nothing = new Microgrid()

const accessKeyStore = (site: Site): AccessKeyStore["Service"] => ({
  keys: Effect.sync(() => [...site.keys.values()]),
  addKey: (key) => Effect.sync(() => void site.keys.set(key.id, key)),
  revokeKey: (id: string, revokedAt: DateTime.Utc) =>
    Effect.sync(() => {
      const key = site.keys.get(id)
      if (key !== undefined && key.revokedAt === undefined) site.keys.set(id, { ...key, revokedAt })
      return key !== undefined
    }),
  useNonce: (keyId, nonce, at) =>
    Effect.sync(() => {
      const name = nameOf(keyId, nonce)
      if (site.nonces.has(name)) return false
      site.nonces.set(name, at.epochMilliseconds)
      return true
    })
})

const nameOf = (keyId: string, nonce: string): string => `${keyId} ${nonce}`

/** The key that has taken a nonce. */
const keyOf = (name: string): string => name.slice(0, name.lastIndexOf(" "))

type Prune = (site: Site, before: number, limit: number) => number

const prune: { readonly [what in "changes" | "audit" | "nonces" | "dispatches"]: Prune } = {
  changes: (site, before, limit) =>
    ofEach(site, limit, (microgrid, rest) => {
      const kept = microgrid.changes.findIndex(({ at }) => at >= before)
      const old = Math.min(rest, kept < 0 ? microgrid.changes.length : kept)
      microgrid.changes = microgrid.changes.slice(old)
      return old
    }),
  audit: (site, before, limit) =>
    ofEach(site, limit, (microgrid, rest) => {
      const kept = microgrid.audit.findIndex(({ at }) => at.epochMilliseconds >= before)
      const old = Math.min(rest, kept < 0 ? microgrid.audit.length : kept)
      microgrid.audit = microgrid.audit.slice(old)
      return old
    }),
  nonces: (site, before, limit) => site.pruneNonces((at) => at < before, limit),
  dispatches: (site, before, limit) =>
    ofEach(site, limit, (microgrid, rest) => {
      const kept = microgrid.deleted.findIndex(({ at }) => at >= before)
      const deleted = microgrid.deleted.splice(
        0,
        Math.min(rest, kept < 0 ? microgrid.deleted.length : kept)
      ).length
      const over = [...microgrid.dispatches.values()]
        .filter(({ columns }) => isOver(columns, before))
        .slice(0, rest - deleted)
      for (const { columns } of over) microgrid.dispatches.delete(columns.id)
      return deleted + over.length
    })
}

/** Over, and not changed since; unknown if it was changed by a clock without battery. */
const isOver = ({ calendar, endTime, updateTime }: Columns, before: number): boolean =>
  endTime !== undefined &&
  endTime < BigInt(before - (calendar ? calendarSlackMillis : 0)) &&
  updateTime < BigInt(before) * 1_000_000n &&
  updateTime >= BigInt(clockEarliest) * 1_000_000n

const ofEach = (
  site: Site,
  limit: number,
  remove: (microgrid: Microgrid, limit: number) => number
): number => {
  let removed = 0
  for (const microgrid of site.microgrids.values()) {
    if (removed < limit) removed += remove(microgrid, limit - removed)
  }
  return removed
}

const pageOf = (
  format: DispatchFormat["Service"],
  rows: Iterable<Row>,
  { after, filter, limit, sort }: PageQuery
): Array<Listed> => {
  const matches = matching(filter)
  const sign = sort.order === "ascending" ? 1 : -1
  const compare = (left: Position, right: Position): number =>
    sign * (left.key === right.key ? order(left.id, right.id) : order(left.key, right.key))
  return [...rows]
    .filter(({ columns }) => matches(columns))
    .map(({ columns, stored }) => ({ id: columns.id, key: sortKey(columns, sort), stored }))
    .filter((position) => after === undefined || compare(position, after) > 0)
    .sort(compare)
    .slice(0, limit)
    .map(({ id, key, stored }) => new Listed(format, stored.bytes, { id, key }, stored.dispatch))
}

const order = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0)
