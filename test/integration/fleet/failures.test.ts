import * as Target from "@effect-dispatch/core/Target"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { canFreeze, isAvailable, sharedPostgres } from "../postgres.ts"
import { proxyTo } from "../proxy.ts"
import { freePort } from "../freePort.ts"
import { type Told, until } from "./processes.ts"
import { epochOf, ids, isSame, makeTestFleet, ownedBy, troubles } from "./testFleet.ts"

type TestFleet = Effect.Success<ReturnType<typeof makeTestFleet>>

/** A dispatch that starts in so many seconds, and how long it takes; a command takes none. */
const create = (fleet: TestFleet, microgridId: MicrogridId, inSeconds: number, seconds: number) =>
  Effect.map(
    fleet.client.create(microgridId, {
      type: "CHARGE",
      startTime:
        inSeconds === 0 ? "NOW" : DateTime.makeUnsafe(Math.ceil(Date.now() / 1_000 + inSeconds) * 1_000),
      duration: seconds * 1_000,
      target: Target.componentIds(7n)
    }),
    ({ id }) => String(id)
  )

/** The edges that were told of a dispatch. */
const edgesOf = (events: ReadonlyArray<Told>, dispatch: string, state: "Running" | "Stopped") =>
  events.flatMap((told) =>
    told.event === "edge" && told.dispatch === dispatch && told.state === state ? [told] : []
  )

/** A fleet whose microgrids are shared out to so many processes. */
const spread = Effect.fnUntraced(function* (fleet: TestFleet, starts: ReadonlyArray<Started>, count: number) {
  const processes = yield* Effect.forEach(starts, (start) => start)
  yield* until(
    () =>
      fleet.owners().size === count &&
      processes.every(({ address }) => ownedBy(fleet.owners(), address) > count / processes.length / 2),
    40_000
  )
  yield* fleet.settled()
  return processes
})

type Started = ReturnType<TestFleet["start"]>

describe.skipIf(!isAvailable)("F7: failures of a fleet", () => {
  const server = sharedPostgres()

  it.live.skipIf(!canFreeze)(
    "F5: while the database stands still for 8 s stops are told in time, starts once, commands at most once",
    () =>
      Effect.gen(function* () {
        const fleet = yield* makeTestFleet(server, 8)
        const { events, owners } = fleet
        yield* spread(fleet, [fleet.start(), fleet.start()], 8)
        const all = ids(8)
        const stopping = yield* Effect.forEach(all, (id) => create(fleet, id, 0, 8))
        const starting = yield* Effect.forEach(all, (id) => create(fleet, id, 6, 60))
        const commands = yield* Effect.forEach(all, (id) => create(fleet, id, 7, 0))
        yield* until(() => stopping.every((one) => edgesOf(events, one, "Running").length === 1))
        const before = owners()
        yield* Effect.sleep("1 second")
        yield* server.freeze
        yield* Effect.sleep("8 seconds")
        const stopped = stopping.flatMap((one) => edgesOf(events, one, "Stopped"))
        yield* server.thaw
        // All of them in the freeze, at their time.
        assert.strictEqual(stopped.length, 8)
        const [first] = stopping.flatMap((one) => edgesOf(events, one, "Running"))
        assert.isTrue(stopped.every(({ at }) => at - (first?.at ?? 0) < 10_000))
        yield* until(() => starting.every((one) => edgesOf(events, one, "Running").length > 0))
        yield* Effect.sleep("4 seconds")
        for (const one of starting) assert.strictEqual(edgesOf(events, one, "Running").length, 1)
        for (const one of commands) assert.isAtMost(edgesOf(events, one, "Running").length, 1)
        // It was too short for anything to move.
        assert.deepStrictEqual(owners(), before)
        const kept = yield* fleet.sql<{ readonly count: number }>`
          SELECT count(*)::integer AS count FROM fleet_edges WHERE edge->>'state' = 'Running'
          GROUP BY microgrid, edge->'dispatch'->>'id' HAVING count(*) > 1`
        assert.deepStrictEqual(kept, [])
      }).pipe(Effect.scoped)
  )

  it.live("F1: a process that was replaced while it stood still tells no start that fell due", () =>
    Effect.gen(function* () {
      const fleet = yield* makeTestFleet(server, 12)
      const { events, owners } = fleet
      const [first, second] = yield* spread(fleet, [fleet.start(), fleet.start()], 12)
      const mine = [...owners().values()].filter(({ from }) => from === second?.address)
      const due = yield* Effect.forEach(ids(12), (id) => create(fleet, id, 6, 60))
      // Until both know of them, and long before they are due.
      yield* Effect.sleep("1 second")
      second?.signal("SIGSTOP")
      yield* until(() => ownedBy(owners(), first?.address ?? "") === 12, 20_000)
      yield* until(() => due.every((one) => edgesOf(events, one, "Running").length === 1), 20_000)
      const woken = events.length
      second?.signal("SIGCONT")
      yield* until(
        () =>
          mine.every((was) => events.slice(woken).some((now) => now.event === "down" && isSame(now, was))),
        10_000
      )
      yield* Effect.sleep("1 second")
      // A microgrid may have come back to it meanwhile, with another epoch.
      const isOld = (told: Told) => mine.some((was) => isSame(told, was))
      for (const one of due) {
        const told = edgesOf(events, one, "Running")
        assert.strictEqual(told[0]?.from, first?.address)
        assert.isFalse(told.some(isOld))
      }
      const old = new Map(mine.map((was) => ["id" in was ? was.id : "", String(epochOf(was))]))
      const kept = yield* fleet.sql<{ readonly id: string; readonly epoch: bigint }>`
        SELECT microgrid::text AS id, epoch FROM fleet_edges WHERE edge->>'state' = 'Running'`
      assert.isAtLeast(kept.length, 12)
      assert.isTrue(kept.every(({ epoch, id }) => old.get(id) !== String(epoch)))
    }).pipe(Effect.scoped)
  )

  it.live(
    "F2: a process whose locks were taken by hand loses its microgrids for a moment, and ends in time",
    () =>
      Effect.gen(function* () {
        const fleet = yield* makeTestFleet(server, 12, { lease: "6 seconds" })
        const { owners, sql } = fleet
        const processes = yield* spread(fleet, [fleet.start(), fleet.start()], 12)
        const before = owners()
        const victim = processes[1] ?? (yield* Effect.die("there is no second process"))
        yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = ${victim.address} AND pid IN
          (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`
        const moved = [...before].filter(([, { from }]) => from === victim.address).map(([id]) => id)
        yield* until(
          () =>
            moved.every((id) => {
              const [now, was] = [owners().get(id), before.get(id)]
              return now !== undefined && was !== undefined && epochOf(now) > epochOf(was)
            }),
          30_000
        )
        victim.signal("SIGTERM")
        assert.strictEqual(yield* victim.end, 130)
        yield* until(() => ownedBy(owners(), processes[0]?.address ?? "") === 12, 15_000)
      }).pipe(Effect.scoped)
  )

  describe("partitions", () => {
    /** A second process that reaches the database, and is reached by others, through links of its own. */
    const makeLinked = Effect.fnUntraced(function* (lease: string) {
      const fleet = yield* makeTestFleet(server, 12, { lease: lease as "6 seconds" })
      const url = new URL(fleet.url)
      const database = yield* proxyTo(Number(url.port))
      const port = yield* freePort
      const peers = yield* proxyTo(port)
      url.port = String(database.port)
      const linked = Effect.sync(() => {
        const place = { address: `127.0.0.1:${peers.port}`, listen: `127.0.0.1:${port}` }
        return fleet.start({ url: url.href, ...place })
      }).pipe(Effect.flatten)
      const [first, second] = yield* spread(fleet, [fleet.start(), linked], 12)
      return { ...fleet, database, peers, first: first?.address ?? "", second: second?.address ?? "" }
    })

    it.live(
      "from the database alone: its microgrids stop there, then run elsewhere",
      () =>
        Effect.gen(function* () {
          const { database, events, first, owners, second } = yield* makeLinked("6 seconds")
          const mine = [...owners().values()].filter(({ from }) => from === second)
          yield* database.vanish
          yield* until(() => ownedBy(owners(), first) === 12, 40_000)
          for (const was of mine) {
            const down = events.find((now) => now.event === "down" && isSame(now, was))
            const up = events.find(
              (now) =>
                now.event === "up" &&
                "id" in was &&
                now.id === was.id &&
                now.from === first &&
                now.at > was.at
            )
            assert.isDefined(down)
            assert.isAtMost(down?.at ?? Infinity, up?.at ?? 0)
          }
          // It comes back, and gets its share.
          yield* database.comeBack
          yield* until(() => ownedBy(owners(), second) === 6 && owners().size === 12, 40_000)
        }).pipe(Effect.scoped),
      180_000
    )

    it.live("from the other processes alone: nothing moves", () =>
      Effect.gen(function* () {
        const { events, owners, peers } = yield* makeLinked("30 seconds")
        const before = owners()
        yield* peers.vanish
        // It is looked after every 2.5 s.
        yield* Effect.sleep("6 seconds")
        assert.deepStrictEqual(owners(), before)
        assert.deepStrictEqual(
          troubles(events).filter(({ text }) => text.includes("others take over")),
          []
        )
      }).pipe(Effect.scoped)
    )

    it.live("from all, as a machine that is lost: replaced within seconds, although nothing was closed", () =>
      Effect.gen(function* () {
        const { database, events, first, owners, peers } = yield* makeLinked("30 seconds")
        const at = Date.now()
        yield* database.vanish
        yield* peers.vanish
        yield* until(() => ownedBy(owners(), first) === 12, 20_000)
        const last = Math.max(...events.flatMap((told) => (told.event === "up" ? [told.at] : [])))
        assert.isBelow(last - at, 17_500)
      }).pipe(Effect.scoped)
    )
  })

  it.live(
    "F7: code that blocks its process moves on with its bucket, is named, and is parked by hand alone",
    () =>
      Effect.gen(function* () {
        const fleet = yield* makeTestFleet(server, 12, { buckets: 4 })
        const { events, owners, registry, start } = fleet
        yield* spread(
          fleet,
          [1, 2, 3].map(() => start({ blocks: { "13": 7_000 } })),
          12
        )
        yield* registry.add([MicrogridId.make(13n)])
        const named = yield* until(
          () => troubles(events).find(({ text }) => text.includes("has moved 3 times because its process")),
          90_000
        )
        assert.match(named.text, /^Bucket \d .* Entered last: microgrids .*\b13\b/)
        const found = yield* fleet.store.restless
        assert.isTrue(
          found.some(({ bucket, entered }) => bucket === 1 && entered.includes(MicrogridId.make(13n)))
        )
        assert.deepStrictEqual(
          (yield* registry.list).filter(({ parked }) => parked !== undefined),
          []
        )
        yield* registry.park([MicrogridId.make(13n)], "it blocks")
        yield* until(() => owners().size === 12 && !owners().has("13"), 60_000)
        // Longer than its code blocks.
        yield* fleet.settled(8_000)
        assert.deepStrictEqual([owners().size, owners().has("13")], [12, false])
      }).pipe(Effect.scoped),
    180_000
  )

  it.live(
    "F7: code that ends its process, which is started again and again, is named as well",
    () =>
      Effect.gen(function* () {
        const { events, owners, registry, settled, start } = yield* makeTestFleet(server, 12, { buckets: 4 })
        const kept = Effect.forever(Effect.flatMap(start({ ends: ["13"] }), ({ end }) => end))
        for (let count = 0; count < 3; count++) yield* Effect.forkScoped(kept)
        yield* until(() => owners().size === 12)
        yield* registry.add([MicrogridId.make(13n)])
        // It goes on, so the code that was entered last is known at the latest after some further moves.
        const isNamed = (text: string) =>
          /^Bucket 1 has moved \d+ times because its process died .* Entered last: microgrids .*\b13\b/.test(
            text
          )
        yield* until(() => troubles(events).some(({ text }) => isNamed(text)), 90_000)
        yield* registry.park([MicrogridId.make(13n)], "it ends its process")
        yield* until(() => ids(12).every((id) => owners().has(String(id))), 60_000)
        yield* settled()
      }).pipe(Effect.scoped),
    180_000
  )
})
