import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isAvailable, isOwn, sharedPostgres } from "../postgres.ts"
import { type RunnerArguments, type Told, until } from "./processes.ts"
import { epochOf, ids, isSame, makeTestFleet, ownedBy, troubles } from "./testFleet.ts"

/** Upper bounds in milliseconds, five times what `pnpm bench fleet` wants: this machine does other things as well. */
const bounds = { killed: 15_000, frozen: 17_500, woken: 5_000, ended: 9_000 }

describe.skipIf(!isAvailable)("the processes of a fleet", () => {
  const server = sharedPostgres()

  const makeFleet = (count: number) => makeTestFleet(server, count)

  it.live("F2: one process runs all microgrids, and follows the list", () =>
    Effect.gen(function* () {
      const { events, owners, registry, start } = yield* makeFleet(20)
      const one = yield* start()
      yield* until(() => owners().size === 20)
      yield* registry.add([MicrogridId.make(21n)])
      yield* registry.park([MicrogridId.make(1n)], "maintenance")
      yield* registry.remove([MicrogridId.make(2n)])
      // By notification: the next look comes after 30 s.
      yield* until(() => owners().has("21") && !owners().has("1") && !owners().has("2"), 15_000)
      assert.strictEqual(owners().size, 19)
      one.signal("SIGTERM")
      assert.strictEqual(yield* one.end, 130)
      yield* until(() => owners().size === 0)
      // A write of the one that was removed may come too late.
      assert.deepStrictEqual(
        troubles(events).filter(({ text }) => !text.includes("microgrid 2 ")),
        []
      )
    }).pipe(Effect.scoped)
  )

  /** Two processes that share the microgrids. */
  const makePair = Effect.fnUntraced(function* (count: number, more: Partial<RunnerArguments> = {}) {
    const fleet = yield* makeFleet(count)
    const { owners } = fleet
    const first = yield* fleet.start(more)
    yield* until(() => owners().size === count)
    const second = yield* fleet.start(more)
    yield* until(() => owners().size === count && ownedBy(owners(), second.address) === count / 2)
    yield* fleet.settled()
    return { ...fleet, first, second }
  })
  it.live.skipIf(!isOwn)(
    "F2: after a crash of the database all microgrids run again, with higher epochs",
    () =>
      Effect.gen(function* () {
        const { owners, start } = yield* makeTestFleet(server, 20, { lease: "9 seconds" })
        const one = yield* start()
        yield* until(() => owners().size === 20)
        const before = owners()
        yield* server.stop("immediate")
        yield* Effect.sleep("2 seconds")
        yield* server.start
        yield* until(
          () => [...before].every(([id, was]) => epochOf(owners().get(id) ?? was) > epochOf(was)),
          40_000
        )
        assert.strictEqual(owners().size, 20)
        one.signal("SIGTERM")
        assert.strictEqual(yield* one.end, 130)
      }).pipe(Effect.scoped)
  )

  /** More than half of 40, so that each of two processes has some. */
  const hangs = ids(22).slice(1).map(String)

  /** Two processes, where the code of one microgrid fails; that of some does not end in the second. */
  const makeFailing = Effect.gen(function* () {
    const fleet = yield* makeFleet(40)
    const more = { fails: ["1"], restartDelay: "200 millis" } as const
    const first = yield* fleet.start(more)
    yield* until(() => fleet.owners().size === 39)
    const second = yield* fleet.start({ ...more, hangs })
    const isOfSecond = (id: string) => fleet.owners().get(id)?.from === second.address
    yield* until(
      () =>
        fleet.owners().size === 39 && ownedBy(fleet.owners(), second.address) > 18 && hangs.some(isOfSecond),
      40_000
    )
    // The code that fails comes and goes all the time.
    yield* Effect.sleep("1 second")
    return { ...fleet, first, second, end: second.end }
  })
  /** The last of the starts since an instant, in milliseconds after it. */
  const lastUpAfter = (events: ReadonlyArray<Told>, from: number) =>
    Math.max(...events.flatMap((told) => (told.event === "up" && told.at >= from ? [told.at] : []))) - from

  it.live("F7: a process that dies is replaced within seconds, and each microgrid has a higher epoch", () =>
    Effect.gen(function* () {
      const { events, first, owners, second, sql } = yield* makePair(40)
      const before = owners()
      const at = Date.now()
      second.signal("SIGKILL")
      yield* until(() => ownedBy(owners(), first.address) === 40, 15_000)
      assert.isBelow(lastUpAfter(events, at), bounds.killed)
      for (const [id, told] of owners()) {
        const was = before.get(id) ?? told
        const hasMoved = was.from === second.address
        assert.isTrue(hasMoved ? epochOf(told) > epochOf(was) : told === was)
      }
      // Code may have ended it, so its buckets count as moved.
      const moved = yield* sql<{ readonly runner: string }>`SELECT DISTINCT runner FROM fleet_suspicions`
      assert.deepStrictEqual(moved, [{ runner: second.address }])
    }).pipe(Effect.scoped)
  )

  it.live("F7: a process that stands still is replaced, and does nothing when it goes on", () =>
    Effect.gen(function* () {
      const { events, first, owners, second } = yield* makePair(40, { acts: ids(40).map(String) })
      const mine = [...owners().values()].filter(({ from }) => from === second.address)
      const at = Date.now()
      second.signal("SIGSTOP")
      yield* until(() => ownedBy(owners(), first.address) === 40, 20_000)
      assert.isBelow(lastUpAfter(events, at), bounds.frozen)
      yield* Effect.sleep("1 second")
      const woken = Date.now()
      const told = events.length
      second.signal("SIGCONT")
      yield* until(
        () => mine.every((was) => events.slice(told).some((now) => now.event === "down" && isSame(now, was))),
        10_000
      )
      const after = events
        .slice(told)
        .filter((now) => now.from === second.address && mine.some((was) => isSame(now, was)))
      assert.isBelow(Math.max(...after.map((now) => now.at)) - woken, bounds.woken)
      // It may have been stopped between its question and its act.
      assert.deepStrictEqual(
        after.filter((now) => now.event === "act" && now.asked >= woken),
        []
      )
      second.signal("SIGTERM")
      assert.strictEqual(yield* second.end, 130)
    }).pipe(Effect.scoped)
  )

  it.live("F2, F6: code that fails, or does not end, touches no other microgrid", () =>
    Effect.gen(function* () {
      const { end, events, first, owners, second } = yield* makeFailing
      // The others run, and the one that fails is tried again.
      assert.strictEqual(owners().size, 39)
      yield* until(
        () => troubles(events).filter(({ text }) => text.includes("this code never begins")).length > 2
      )
      const mine = [...owners()].flatMap(([id, { from }]) => (from === second.address ? [id] : []))
      const others = mine.filter((id) => !hangs.includes(id))
      second.signal("SIGTERM")
      yield* until(() => others.every((id) => owners().get(id)?.from === first.address), bounds.ended)
      // Their finalizers are not waited for longer than 10 s.
      yield* until(() => ownedBy(owners(), first.address) === 39, 20_000)
      assert.strictEqual(yield* end, 130)
      const abandoned = troubles(events).filter(
        ({ from, text }) => from === second.address && text.includes("take too long")
      )
      assert.isAbove(abandoned.length, 0)
    }).pipe(Effect.scoped)
  )

  it.live("F2: a process that ends gives away all it has, and one that joins gets its share", () =>
    Effect.gen(function* () {
      const { events, first, owners, second, settled, start } = yield* makePair(40)
      const at = Date.now()
      second.signal("SIGTERM")
      yield* until(() => ownedBy(owners(), first.address) === 40, 10_000)
      assert.isBelow(lastUpAfter(events, at), bounds.ended)
      const third = yield* start()
      yield* until(() => owners().size === 40 && ownedBy(owners(), third.address) === 20, 20_000)
      yield* settled()
      assert.strictEqual(owners().size, 40)
      assert.deepStrictEqual(troubles(events), [])
    }).pipe(Effect.scoped)
  )
})
