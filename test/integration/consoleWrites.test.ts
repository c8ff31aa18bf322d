import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Draft } from "@effect-dispatch/console/worker/protocol"
import * as Writes from "@effect-dispatch/console/worker/writes"

const microgridId = MicrogridId.make(1n)
const now = DateTime.makeUnsafe("2026-11-28T12:00:00Z")

const draft: Draft = {
  type: "CHARGE",
  startTime: DateTime.makeUnsafe("2026-11-28T17:00:00Z"),
  durationSeconds: Duration.hours(1),
  target: Target.componentCategories("BATTERY"),
  active: true,
  dryRun: false,
  payload: { power_w: 1 },
  recurrence: null
}

const lost = Effect.fail(DispatchError.unavailable("the connection was cut"))

type Client = DispatchClient["Service"]

/** The calls of a service of its own, of which some are changed; and the place of writes. */
const place = Effect.fnUntraced(function* (change: (client: Client) => Partial<Client>) {
  yield* TestClock.setTime(now.epochMilliseconds)
  const client = yield* DispatchClient
  const ids = new Set<DispatchId>()
  return {
    client,
    ids,
    place: { client: { ...client, ...change(client) }, microgridId, knownIds: () => new Set(ids) }
  }
})

const test = (promise: string, body: () => Effect.Effect<void, unknown, DispatchClient>) =>
  it.effect(promise, () => Effect.provide(body(), ServiceClient.layerMemory))

/** Lets looks happen. */
const afterLooks = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(work)
    const step = Effect.andThen(TestClock.withLive(Effect.sleep("1 millis")), TestClock.adjust("1 second"))
    yield* Effect.repeat(step, { until: () => fiber.pollUnsafe() !== undefined, times: 120 })
    return yield* Fiber.join(fiber)
  })

const all = (client: Client) => Stream.runCollect(client.list(microgridId))

describe("a write whose answer is lost", () => {
  test("W8: is found when it was done, and not done again", () =>
    Effect.gen(function* () {
      const { client, place: at } = yield* place((client) => ({
        create: (...asked) => Effect.andThen(client.create(...asked), lost),
        update: (...asked) => Effect.andThen(client.update(...asked), lost),
        delete: (...asked) => Effect.andThen(client.delete(...asked), lost)
      }))
      const made = yield* afterLooks(Writes.create(at, draft))
      assert.strictEqual(made.type, "CHARGE")
      assert.lengthOf(yield* all(client), 1)
      const changed = yield* afterLooks(
        Writes.update(at, { id: made.id, changes: { active: false }, ifUpdateTime: made.updateTime })
      )
      assert.isFalse(changed.active)
      yield* afterLooks(Writes.remove(at, made.id))
      assert.lengthOf(yield* all(client), 0)
    }))

  test("W8: that was not done is told to be so, after looks that leave it time", () =>
    Effect.gen(function* () {
      const { client, place: at } = yield* place(() => ({
        create: () => lost,
        update: () => lost,
        delete: () => lost
      }))
      const made = yield* client.create(microgridId, Writes.newDispatch({ ...draft, startTime: null }))
      const update = Writes.update(at, {
        id: made.id,
        changes: { active: false },
        ifUpdateTime: made.updateTime
      })
      for (const write of [
        Writes.create(at, { ...draft, type: "OTHER" }),
        update,
        Writes.remove(at, made.id)
      ]) {
        const { reason } = yield* afterLooks(
          Effect.flip(write as Effect.Effect<unknown, DispatchError.DispatchError>)
        )
        assert.strictEqual(reason._tag, "Unavailable")
        assert.match(reason.message, /shows that it was not done: the connection was cut/)
      }
      assert.lengthOf(yield* all(client), 1)
    }))

  test("W8: and is committed late is found", () =>
    Effect.gen(function* () {
      const { client, place: at } = yield* place((client) => ({
        create: (...asked) =>
          Effect.andThen(Effect.forkDetach(Effect.delay(client.create(...asked), "6 seconds")), lost)
      }))
      const made = yield* afterLooks(Writes.create(at, draft))
      assert.strictEqual(made.type, "CHARGE")
      assert.lengthOf(yield* all(client), 1)
    }))

  test("W8: is not taken for one that was there before, or that others made of another content", () =>
    Effect.gen(function* () {
      const { client, ids, place: at } = yield* place(() => ({ create: () => lost }))
      const twin = yield* client.create(microgridId, Writes.newDispatch(draft))
      ids.add(twin.id)
      const later = DateTime.makeUnsafe("2026-11-28T18:00:00Z")
      yield* client.create(microgridId, Writes.newDispatch({ ...draft, startTime: later }))
      yield* client.create(microgridId, Writes.newDispatch({ ...draft, durationSeconds: Duration.hours(2) }))
      const { reason } = yield* afterLooks(Effect.flip(Writes.create(at, draft)))
      assert.match(reason.message, /shows that it was not done/)
    }))

  test("W8: is told by its time from an older one, where a part of the microgrid alone is known", () =>
    Effect.gen(function* () {
      for (const [isDone, clockLead] of [
        [false, 0],
        [true, 0],
        // The clock of the service is behind, and its time of creation before the write began here.
        [true, -3_600_000]
      ] as const) {
        const { client, place: at } = yield* place((client) => ({
          create: (...asked) =>
            Effect.gen(function* () {
              if (isDone) {
                yield* TestClock.setTime(now.epochMilliseconds + 60_000 + clockLead)
                yield* client.create(...asked)
                yield* TestClock.setTime(now.epochMilliseconds + 60_000)
              }
              return yield* lost
            })
        }))
        const before = yield* all(client)
        yield* TestClock.setTime(now.epochMilliseconds + Math.min(0, clockLead))
        if (before.length === 0) yield* client.create(microgridId, Writes.newDispatch(draft))
        yield* TestClock.setTime(now.epochMilliseconds + 60_000)
        const written = yield* afterLooks(Effect.exit(Writes.create({ ...at, clockLead }, draft)))
        assert.strictEqual(written._tag, isDone ? "Success" : "Failure")
      }
    }))

  test("of a rule in local time is found by its first run", () =>
    Effect.gen(function* () {
      const { place: at } = yield* place((client) => ({
        // As the client does, so that readers who know no zones run a right one.
        create: (id, asked) =>
          Effect.andThen(
            client.create(id, { ...asked, startTime: DateTime.makeUnsafe("2026-11-30T05:00:00Z") }),
            lost
          )
      }))
      const calendar = CalendarRule.make({
        frequency: "WEEKLY",
        interval: 1,
        byWeekdays: ["MONDAY"],
        byHours: [6],
        byMinutes: [0],
        timeZone: "Europe/Berlin"
      })
      const made = yield* afterLooks(Writes.create(at, { ...draft, calendar }))
      assert.strictEqual(made.recurrence?.timeZone, "Europe/Berlin")
    }))

  test("W8: is a conflict if somebody else has changed it otherwise, and no conflict if it is as wanted", () =>
    Effect.gen(function* () {
      const { client, place: at } = yield* place(() => ({ update: () => lost }))
      const made = yield* client.create(microgridId, Writes.newDispatch({ ...draft, startTime: null }))
      const write = (active: boolean) =>
        Writes.update(at, { id: made.id, changes: { active }, ifUpdateTime: made.updateTime })
      yield* TestClock.adjust("1 second")
      yield* client.update(microgridId, made.id, { active: false })
      assert.isFalse((yield* afterLooks(write(false))).active)
      const { reason } = yield* afterLooks(Effect.flip(write(true)))
      assert.strictEqual(reason._tag, "Conflict")
    }))

  test("W8: is said to be unknown while the service does not answer", () =>
    Effect.gen(function* () {
      const { place: at } = yield* place(() => ({ create: () => lost, list: () => Stream.fromEffect(lost) }))
      const { reason } = yield* afterLooks(Effect.flip(Writes.create(at, draft)))
      assert.match(reason.message, /not known whether this was done/)
    }))
})

describe("W8: a dispatch that was asked for", () => {
  it("is recognised by all its content, with what the service chooses", () => {
    const wanted = { ...draft, name: "evening peak" }
    const fields = { ...draft, name: "evening peak", duration: draft.durationSeconds, startTime: now }
    const {
      calendar: _,
      durationSeconds: __,
      recurrence: ___,
      ...content
    } = { calendar: undefined, ...fields }
    const found = (changes: Partial<Dispatch>) =>
      new Dispatch(
        {
          ...content,
          startTime: DateTime.makeUnsafe("2026-11-28T17:00:00Z"),
          id: 7n as DispatchId,
          createTime: now,
          updateTime: 5n,
          ...changes
        },
        { disableChecks: true }
      )
    assert.isTrue(Writes.isMade(found({}), wanted, now))
    for (const other of [
      { name: "morning peak" },
      { dryRun: true },
      { payload: {} },
      { startTime: now }
    ] as const)
      assert.isFalse(Writes.isMade(found(other), wanted, now))
    assert.isTrue(Writes.isMade(found({ startTime: now }), { ...wanted, startTime: null }, now))
  })
})
