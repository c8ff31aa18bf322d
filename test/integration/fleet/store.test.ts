import { PgClient } from "@effect/sql-pg"
import { Dispatch, DispatchJson } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import type { Token } from "@effect-dispatch/fleet/FencingToken"
import { edgesKeptMax } from "@effect-dispatch/fleet/FleetLimits"
import * as FleetPostgres from "@effect-dispatch/fleet/FleetPostgres"
import * as FleetRegistry from "@effect-dispatch/fleet/FleetRegistry"
import * as FleetStore from "@effect-dispatch/fleet/FleetStore"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Layer, Option, Redacted, Schema, Stream } from "effect"
import { isAvailable, sharedPostgres } from "../postgres.ts"

const id = (number: bigint) => MicrogridId.make(number)
const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")
const alive = (epoch: bigint, number: bigint): JournalEntry => ({
  epoch,
  number,
  at,
  status: "Synchronised",
  event: { _tag: "Alive" }
})
const lost = (epoch: bigint, number: bigint): JournalEntry => ({
  ...alive(epoch, number),
  event: { _tag: "Lost", count: 1 }
})
const edge = (number: bigint, state = "Running") => ({
  number,
  edge: { state, dispatch: "1" },
  plannedAt: at,
  decidedAt: at
})

/** An edge in the form that a dispatcher tells it. */
const told = (number: bigint, state = "Running") => {
  const dispatch = Schema.encodeSync(DispatchJson)(
    new Dispatch({
      id: DispatchId.make(7n),
      type: "CHARGE",
      startTime: at,
      duration: Duration.minutes(5),
      target: Target.componentIds(1n),
      active: true,
      dryRun: false,
      payload: {},
      createTime: at,
      updateTime: 1n
    })
  )
  const instant = DateTime.formatIso(at)
  const times = { at: instant, decidedAt: instant, occurrence: instant, until: null }
  return { ...edge(number), edge: { state, cause: "Scheduled", ...times, continues: false, dispatch } }
}

describe.skipIf(!isAvailable)("FleetStore", () => {
  const server = sharedPostgres()
  const connected = (url: string) => PgClient.layer({ url: Redacted.make(url), maxConnections: 4 })
  const fleetAt = (url: string, options: FleetPostgres.FleetPostgresOptions = {}) =>
    FleetPostgres.layer(options).pipe(Layer.provideMerge(connected(url)), Layer.fresh)
  const fleet = Layer.unwrap(Effect.map(server.database, (url) => fleetAt(url)))

  /** Takes over the bucket of a microgrid, as a process of this name. */
  const take = Effect.fnUntraced(function* (owner: string, microgrid: MicrogridId) {
    const store = yield* FleetStore.FleetStore
    const claim = yield* store.claim(Number(microgrid % 64n), owner)
    const taken = yield* Effect.fromOption(yield* store.activate(claim, []))
    return {
      claim,
      taken,
      ...(yield* Effect.fromNullishOr(taken.find(({ token }) => token.microgridId === microgrid)))
    }
  })
  let sequence = 0n
  const write = (
    token: Token,
    key: string,
    value: string | undefined,
    edges: ReadonlyArray<FleetStore.KeptEdge> = []
  ) => writeAs(++sequence, token, { key, value, edges })
  const writeAs = (
    sequence: bigint,
    token: Token,
    record: Pick<FleetStore.RecordWrite, "key" | "value"> & Partial<FleetStore.RecordWrite>
  ) =>
    Effect.flatMap(FleetStore.FleetStore, (store) =>
      store.write(token, { edges: [], removed: [], sequence, ...record })
    )

  it.live("F1: each takeover has a higher epoch, and gives what the owner before wrote", () =>
    Effect.gen(function* () {
      yield* (yield* FleetRegistry.FleetRegistry).add([id(1n), id(65n), id(2n), id(2n ** 64n - 1n)])
      const first = yield* take("a", id(1n))
      assert.sameMembers(
        first.taken.map(({ token }) => token.microgridId),
        [id(1n), id(65n)]
      )
      assert.isTrue(yield* write(first.token, "note-1", "by a"))
      const second = yield* take("b", id(1n))
      assert.isAbove(Number(second.token.epoch), Number(first.token.epoch))
      assert.deepStrictEqual([...second.records], [["note-1", "by a"]])
      // The largest id there may be is one like any other.
      assert.strictEqual((yield* take("a", id(2n ** 64n - 1n))).taken.length, 1)
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live("F1: who was replaced writes nothing, removes nothing, and keeps no edge", () =>
    Effect.gen(function* () {
      yield* (yield* FleetRegistry.FleetRegistry).add([id(1n)])
      const store = yield* FleetStore.FleetStore
      const first = yield* take("a", id(1n))
      assert.isTrue(yield* write(first.token, "note-1", "by a", [edge(1n)]))
      const second = yield* take("b", id(1n))
      assert.isFalse(yield* write(first.token, "note-1", "late", [edge(2n)]))
      assert.isFalse(yield* write(first.token, "note-1", undefined))
      assert.deepStrictEqual(yield* store.keys(id(1n)), ["note-1"])
      assert.strictEqual(yield* store.read(id(1n), "note-1"), "by a")
      assert.isTrue(yield* write(second.token, "note-1", undefined, [edge(1n, "Stopped")]))
      assert.strictEqual(yield* store.read(id(1n), "note-1"), undefined)
      const kept = yield* store.edgesAfter(id(1n), { epoch: 0n, number: 0n })
      assert.deepStrictEqual(
        kept.edges.map(({ edge, epoch, number }) => [epoch, number, edge]),
        [
          [first.token.epoch, 1n, { state: "Running", dispatch: "1" }],
          [second.token.epoch, 1n, { state: "Stopped", dispatch: "1" }]
        ]
      )
      assert.deepStrictEqual(yield* store.lost([first.token]), [id(1n)])
      assert.deepStrictEqual(yield* store.lost([second.token]), [])
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live("F1: a write that comes late changes no record that a later one wrote", () =>
    Effect.gen(function* () {
      yield* (yield* FleetRegistry.FleetRegistry).add([id(1n)])
      const store = yield* FleetStore.FleetStore
      const first = yield* take("a", id(1n))
      assert.isTrue(yield* writeAs(2n, first.token, { key: "group-1", value: "new" }))
      assert.isTrue(yield* writeAs(1n, first.token, { key: "group-1", value: "late" }))
      assert.isTrue(yield* writeAs(1n, first.token, { key: "group-1", value: undefined }))
      assert.strictEqual(yield* store.read(id(1n), "group-1"), "new")
      // The next owner counts from 1 again.
      const second = yield* take("b", id(1n))
      assert.isTrue(yield* writeAs(1n, second.token, { key: "group-1", value: "by b" }))
      assert.strictEqual(yield* store.read(id(1n), "group-1"), "by b")
      assert.isTrue(yield* writeAs(2n, second.token, { key: "group-1", value: undefined }))
      assert.deepStrictEqual(yield* store.keys(id(1n)), [])
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live("F7: a bucket that moved three times by suspicion is named, with the sites entered last", () =>
    Effect.gen(function* () {
      yield* (yield* FleetRegistry.FleetRegistry).add([id(1n), id(65n), id(129n), id(193n), id(257n), id(2n)])
      const store = yield* FleetStore.FleetStore
      const sql = yield* PgClient.PgClient
      const old = sql`UPDATE fleet_runners SET heartbeat = now() - interval '3 seconds'`
      const found: Array<ReadonlyArray<FleetStore.RestlessBucket>> = []
      for (const owner of ["a", "b", "c"]) {
        yield* store.join(owner, "effect")
        // A bucket in which nothing is to run blocks nobody.
        yield* store.claim(3, owner)
        const { claim, taken } = yield* take(owner, id(1n))
        assert.strictEqual(claim.isSuspect, owner === "c")
        const tokenOf = (one: MicrogridId) =>
          Effect.fromNullishOr(taken.map(({ token }) => token).find(({ microgridId }) => microgridId === one))
        for (const one of [65n, 129n, 193n]) yield* store.enter(yield* tokenOf(id(one)))
        // One is told of an edge, after the others were entered.
        yield* write(yield* tokenOf(id(257n)), "note-1", owner, [edge(1n)])
        // One that beats is not late, whoever suspects it.
        assert.deepStrictEqual(yield* store.suspect(owner, "Frozen"), [])
        yield* old
        assert.deepStrictEqual(yield* store.suspect(owner, "Frozen"), [1])
        assert.deepStrictEqual(yield* store.suspect(owner, "Frozen"), [])
        found.push(yield* store.restless)
      }
      assert.deepStrictEqual(found, [[], [], [{ bucket: 1, moves: 3, entered: [257n, 193n, 129n].map(id) }]])
      // Moves that lie long enough behind do not count.
      yield* sql`UPDATE fleet_suspicions SET at = at - interval '11 minutes'`
      assert.deepStrictEqual(yield* store.restless, [])
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live("F7: a bucket whose process died has moved as well, unless that is back with its locks", () =>
    Effect.gen(function* () {
      yield* (yield* FleetRegistry.FleetRegistry).add([id(1n)])
      const store = yield* FleetStore.FleetStore
      yield* store.join("a", "effect")
      yield* take("a", id(1n))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const sql = yield* PgClient.PgClient
          const session = yield* sql.reserve
          yield* session.executeUnprepared("SET application_name = 'a'", [], undefined)
          yield* session.executeUnprepared("SELECT pg_advisory_lock(1)", [], undefined)
          assert.deepStrictEqual(yield* store.suspect("a", "Dead"), [])
          yield* session.executeUnprepared("SELECT pg_advisory_unlock(1)", [], undefined)
        })
      )
      // It has beaten a moment ago.
      assert.deepStrictEqual(yield* store.suspect("a", "Dead"), [1])
      assert.deepStrictEqual(yield* store.suspect("a", "Dead"), [])
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it("F7: a bucket that moves again and again is said to be so, whether or not code is known", () => {
    const moved = "Bucket 1 has moved 3 times because its process died or did not answer"
    assert.strictEqual(
      FleetStore.restlessInWords({ bucket: 1, moves: 3, entered: [id(7n), id(8n)] }),
      `${moved}: code of a site may end or block it. Entered last: microgrids 7, 8`
    )
    assert.strictEqual(
      FleetStore.restlessInWords({ bucket: 1, moves: 3, entered: [] }),
      `${moved}, though no code of a site was entered shortly before`
    )
  })

  it.live(
    "F2: a process that only looks after a fleet makes no tables, and takes its buckets from them",
    () =>
      Effect.gen(function* () {
        const url = yield* server.database
        const present = Effect.gen(function* () {
          return (yield* FleetStore.FleetStore).settings.buckets
        }).pipe(
          Effect.provide(FleetPostgres.layerClient().pipe(Layer.provide(connected(url)), Layer.fresh)),
          Effect.scoped
        )
        assert.include((yield* Effect.flip(present)).message, "there is no fleet fleet in this database yet")
        yield* Effect.scoped(Layer.build(fleetAt(url, { buckets: 32 })))
        assert.strictEqual(yield* present, 32)
        yield* Effect.provide(
          Effect.flatMap(
            PgClient.PgClient,
            (sql) => sql`UPDATE fleet_meta SET value = '9' WHERE name = 'protocol'`
          ),
          Layer.fresh(connected(url))
        )
        assert.include((yield* Effect.flip(present)).message, "protocol 9, and this process 1")
      }).pipe(Effect.scoped)
  )

  it.live("F1: a bucket that another has claimed activates nothing, so nobody is replaced by it", () =>
    Effect.gen(function* () {
      const registry = yield* FleetRegistry.FleetRegistry
      const store = yield* FleetStore.FleetStore
      yield* registry.add([id(1n)])
      const first = yield* take("a", id(1n))
      const second = yield* take("b", id(1n))
      yield* registry.add([id(65n)])
      assert.deepStrictEqual(yield* store.activate(first.claim, [id(1n)]), Option.none())
      const taken = yield* Effect.fromOption(yield* store.activate(second.claim, [id(1n)]))
      assert.deepStrictEqual(
        taken.map(({ token }) => token.microgridId),
        [id(65n)]
      )
      assert.deepStrictEqual(yield* store.lost([second.token]), [])
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  describe("F1: a write and a takeover at the same time", () => {
    /** Runs a statement, then begins something that must wait until its transaction ends. */
    const holding = <A, E>(statement: string, waiting: Effect.Effect<A, E, FleetStore.FleetStore>) =>
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        // Outside of the transaction.
        const fork = Effect.runForkWith(yield* Effect.context<FleetStore.FleetStore>())
        return yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql.unsafe(statement)
            const fiber = fork(waiting)
            yield* Effect.sleep("400 millis")
            assert.isUndefined(fiber.pollUnsafe())
            return fiber
          })
        )
      })

    it.live("the write first: the takeover waits, and reads it", () =>
      Effect.gen(function* () {
        yield* (yield* FleetRegistry.FleetRegistry).add([id(1n)])
        yield* take("a", id(1n))
        const takeover = yield* holding(
          `WITH mine AS (SELECT id, epoch FROM fleet_microgrids WHERE id = 1 FOR SHARE)
           INSERT INTO fleet_records (microgrid, key, epoch, sequence, value) SELECT id, 'note-1', epoch, 1, 'by a' FROM mine`,
          take("b", id(1n))
        )
        assert.deepStrictEqual([...(yield* Fiber.join(takeover)).records], [["note-1", "by a"]])
      }).pipe(Effect.scoped, Effect.provide(fleet))
    )

    it.live("the takeover first: the write waits, and does nothing", () =>
      Effect.gen(function* () {
        yield* (yield* FleetRegistry.FleetRegistry).add([id(1n)])
        const { token } = yield* take("a", id(1n))
        const writing = yield* holding(
          "UPDATE fleet_microgrids SET epoch = epoch + 1 WHERE id = 1",
          write(token, "note-1", "late")
        )
        assert.isFalse(yield* Fiber.join(writing))
        assert.deepStrictEqual(yield* (yield* FleetStore.FleetStore).keys(id(1n)), [])
      }).pipe(Effect.scoped, Effect.provide(fleet))
    )

    it.live("F6: a removal waits for a write as well, and forgets it", () =>
      Effect.gen(function* () {
        const registry = yield* FleetRegistry.FleetRegistry
        yield* registry.add([id(1n)])
        yield* take("a", id(1n))
        const removal = yield* holding(
          `WITH mine AS (SELECT id, epoch FROM fleet_microgrids WHERE id = 1 FOR SHARE)
           INSERT INTO fleet_records (microgrid, key, epoch, sequence, value) SELECT id, 'note-1', epoch, 1, 'by a' FROM mine`,
          registry.remove([id(1n)])
        )
        assert.strictEqual(yield* Fiber.join(removal), 1)
        assert.deepStrictEqual(yield* (yield* FleetStore.FleetStore).keys(id(1n)), [])
      }).pipe(Effect.scoped, Effect.provide(fleet))
    )
  })

  it.live("J6: a journal has an author for all owners, and keeps what comes late under its epoch", () =>
    Effect.gen(function* () {
      const largest = id(2n ** 64n - 1n)
      const registry = yield* FleetRegistry.FleetRegistry
      yield* registry.add([largest, id(1n)])
      const store = yield* FleetStore.FleetStore
      const first = yield* take("a", largest)
      const journal = yield* store.journal(first.token, "plant")
      assert.deepStrictEqual(journal.last, { epoch: first.token.epoch, number: 0n })
      yield* journal.append([alive(first.token.epoch, 1n), alive(first.token.epoch, 4n)])
      const second = yield* take("b", largest)
      const next = yield* store.journal(second.token, "plant 7")
      assert.deepStrictEqual(next.reporter, { id: journal.reporter.id, name: "plant 7" })
      yield* next.append([alive(second.token.epoch, 1n)])
      // The one that was replaced has still something to say, and does not know if that was taken.
      yield* journal.append([lost(first.token.epoch, 5n)])
      // That it lived is no news to those who have gone on, and is left out.
      yield* journal.append([lost(first.token.epoch, 5n), alive(first.token.epoch, 6n)])
      const found = yield* next.after({ epoch: first.token.epoch, number: 1n }, 10)
      assert.deepStrictEqual(found, [
        alive(first.token.epoch, 4n),
        lost(first.token.epoch, 5n),
        alive(second.token.epoch, 1n)
      ])
      assert.lengthOf(yield* next.after(beginning, 2), 2)
      // Its successor finds what came late, until that is amended.
      const late = yield* next.late
      assert.deepStrictEqual(late, [{ epoch: first.token.epoch, number: 5n }])
      assert.deepStrictEqual(yield* journal.late, [])
      yield* next.amended(late)
      assert.deepStrictEqual(yield* next.late, [])
      const other = yield* store.journal((yield* take("a", id(1n))).token, "plant")
      assert.lengthOf(yield* other.after(beginning, 10), 0)
      assert.notStrictEqual(other.reporter.id, journal.reporter.id)
      // One that is added again is a new journal.
      yield* registry.remove([largest])
      yield* registry.add([largest])
      const again = yield* store.journal((yield* take("a", largest)).token, "plant")
      assert.notStrictEqual(again.reporter.id, journal.reporter.id)
      assert.lengthOf(yield* again.after(beginning, 10), 0)
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live(
    "F6: a microgrid that was removed leaves no journal, whatever its site still writes as it ends",
    () =>
      Effect.gen(function* () {
        const registry = yield* FleetRegistry.FleetRegistry
        yield* registry.add([id(1n)])
        const { token } = yield* take("a", id(1n))
        const journal = yield* (yield* FleetStore.FleetStore).journal(token, "plant")
        yield* journal.append([alive(token.epoch, 1n)])
        assert.strictEqual((yield* journal.after(beginning, 9)).length, 1)
        yield* registry.remove([id(1n)])
        yield* journal.append([alive(token.epoch, 2n)])
        assert.deepStrictEqual(yield* journal.after(beginning, 9), [])
        // Its next life began just before.
        yield* (yield* FleetStore.FleetStore).journal(token, "plant")
        const sql = yield* PgClient.PgClient
        assert.deepStrictEqual(yield* sql`SELECT microgrid FROM fleet_journal_reporters`, [])
      }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live("F2: a process with other buckets is refused, and so is a name that cannot be one", () =>
    Effect.gen(function* () {
      const url = yield* server.database
      const built = (options: FleetPostgres.FleetPostgresOptions) =>
        Effect.scoped(Layer.build(fleetAt(url, options)))
      yield* built({ buckets: 32 })
      const refused = yield* Effect.flip(built({ buckets: 64 }))
      assert.include(refused.message, "fleet fleet has buckets 32, and this process 64")
      // Another fleet in the same database is none of its business.
      yield* built({ name: "other", buckets: 64 })
      assert.include((yield* Effect.flip(built({ name: "Fleet; --" }))).message, "no name of a fleet")
    })
  )

  it.live("F5: edges that were removed by now are missed, and the newest stay", () =>
    Effect.gen(function* () {
      yield* (yield* FleetRegistry.FleetRegistry).add([id(1n)])
      const store = yield* FleetStore.FleetStore
      const { token } = yield* take("a", id(1n))
      const all = Array.from({ length: edgesKeptMax + 2 }, (_, index) => edge(BigInt(index + 1)))
      assert.isTrue(yield* write(token, "note-1", "by a", all))
      const after = (number: bigint) =>
        Effect.map(store.edgesAfter(id(1n), { epoch: token.epoch, number }), ({ edges, isWhole }) => [
          edges.length,
          isWhole
        ])
      assert.deepStrictEqual(yield* after(0n), [edgesKeptMax + 2, true])
      const first = yield* store.edgesAfter(id(1n), { epoch: token.epoch, number: 5n }, 2)
      assert.deepStrictEqual(
        first.edges.map(({ number }) => number),
        [6n, 7n]
      )
      assert.strictEqual(yield* store.pruneEdges(1), 2)
      assert.deepStrictEqual(yield* after(0n), [edgesKeptMax, false])
      assert.deepStrictEqual(yield* after(2n), [edgesKeptMax, true])
      assert.deepStrictEqual(yield* after(BigInt(edgesKeptMax + 2)), [0, true])
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE fleet_edges SET written_time = now() - interval '8 days'`
      assert.strictEqual(yield* store.pruneEdges(2), 0)
      assert.strictEqual(yield* store.pruneEdges(1), edgesKeptMax)
      assert.deepStrictEqual(yield* after(2n), [0, false])
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live("J6: edges that are kept no longer go on as entries of the journal, if there is one", () =>
    Effect.gen(function* () {
      yield* (yield* FleetRegistry.FleetRegistry).add([id(1n), id(65n)])
      const store = yield* FleetStore.FleetStore
      const { claim, taken, token } = yield* take("a", id(1n))
      const journal = yield* store.journal(token, "plant")
      yield* journal.append([alive(token.epoch, 1n), alive(token.epoch, 3n)])
      // One is of a newer release.
      for (const each of taken) {
        const edges = [told(2n), { ...told(4n, "Stopped"), status: "Synchronised" as const }, edge(5n)]
        yield* write(each.token, "note-1", "by a", edges)
      }
      assert.isFalse(yield* journal.reachesBackTo({ epoch: token.epoch, number: 0n }))
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE fleet_edges SET written_time = now() - interval '8 days'`
      assert.strictEqual(yield* store.pruneEdges(claim.bucket), 6)
      assert.deepStrictEqual((yield* store.edgesAfter(id(1n), beginning)).edges, [])
      const found = yield* journal.after(beginning, 10)
      assert.deepStrictEqual(
        found.map(({ event, number, status }) => `${number} ${event._tag} ${status}`),
        ["1 Alive Synchronised", "2 Running Stale", "3 Alive Synchronised", "4 Stopped Synchronised"]
      )
      assert.isTrue(yield* journal.reachesBackTo({ epoch: token.epoch, number: 2n }))
      const journals = yield* sql<{
        readonly microgrid: string
      }>`SELECT DISTINCT microgrid FROM fleet_journal_entries`
      assert.deepStrictEqual(journals, [{ microgrid: "1" }])
    }).pipe(Effect.scoped, Effect.provide(fleet))
  )

  it.live(
    "F6: what is added runs, what is parked stays known, what is removed is forgotten, and buckets are told",
    () =>
      Effect.gen(function* () {
        const registry = yield* FleetRegistry.FleetRegistry
        const store = yield* FleetStore.FleetStore
        const told: Array<number> = []
        yield* Effect.forkScoped(
          Stream.runForEach(registry.changes, (bucket) => Effect.sync(() => void told.push(bucket)))
        )
        // A bucket of none of them, until somebody listens.
        const sql = yield* PgClient.PgClient
        while (told.length === 0) {
          yield* sql`SELECT pg_notify('fleet_registry', '0')`
          yield* Effect.sleep("20 millis")
        }
        const others = () => told.filter((bucket) => bucket !== 0)
        assert.strictEqual(yield* registry.add([id(1n), id(65n), id(7n)]), 3)
        assert.strictEqual(yield* registry.add([id(1n)]), 0)
        const { token } = yield* take("a", id(1n))
        yield* write(token, "note-1", "by a", [edge(1n)])
        assert.strictEqual(yield* registry.park([id(1n)], "maintenance"), 1)
        assert.deepStrictEqual(yield* store.lost([token]), [id(1n)])
        assert.deepStrictEqual(
          (yield* registry.list).map(({ microgridId, owner, parked }) => [microgridId, owner, parked]),
          [
            [1n, "a", "maintenance"],
            [7n, undefined, undefined],
            [65n, "a", undefined]
          ]
        )
        assert.strictEqual(yield* store.read(id(1n), "note-1"), "by a")
        assert.strictEqual(yield* registry.add([id(1n)]), 1)
        assert.strictEqual(yield* registry.remove([id(1n)]), 1)
        assert.strictEqual(yield* store.read(id(1n), "note-1"), undefined)
        assert.deepStrictEqual(yield* registry.get(id(1n)), Option.none())
        while (others().length < 5) yield* Effect.sleep("20 millis")
        // Those of one commit come in any order.
        const [first, second, ...rest] = others()
        assert.deepStrictEqual([new Set([first, second]), rest], [new Set([1, 7]), [1, 1, 1]])
      }).pipe(Effect.scoped, Effect.provide(fleet))
  )
})
