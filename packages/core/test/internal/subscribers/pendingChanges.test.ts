import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { eventsOfType } from "../../../src/internal/subscribers/eventsOfType.ts"
import {
  makePendingChanges,
  makePendingEvents,
  type Pending
} from "../../../src/internal/subscribers/pendingChanges.ts"
import { at, dispatch } from "../../fixtures.ts"

const change = (state: "Running" | "Stopped", id: bigint, second: number, isCommand = false) =>
  ({
    dispatch: dispatch({ id }),
    state,
    at: at(second),
    decidedAt: at(second),
    occurrence: at(second),
    until: isCommand ? at(second) : at(second + 60),
    continues: false,
    cause: "Scheduled"
  }) satisfies RunningStateChange

const started = (id: bigint, second: number) => change("Running", id, second)
const stopped = (id: bigint, second: number) => change("Stopped", id, second)
const command = (id: bigint, second: number) => [
  change("Running", id, second, true),
  change("Stopped", id, second, true)
]

const takeAll = <A>(pending: Pending<A>): Array<A> => {
  const taken: Array<A> = []
  while (!pending.isEmpty) taken.push(pending.take())
  return taken
}

/** A subscriber that reads when told to. */
const slowReader = (capacity: number) => {
  const dropped: Array<string> = []
  let conflated = 0
  const pending = makePendingChanges(
    capacity,
    ({ dispatch: { id } }) => id,
    ({ dispatch: { id }, occurrence }) => dropped.push(`${id} @${inSeconds(occurrence)}`),
    (count) => (conflated += count)
  )
  return {
    dropped,
    conflated: () => conflated,
    publish: (...changes: ReadonlyArray<RunningStateChange>) => changes.forEach((one) => pending.push(one)),
    read: () => takeAll(pending).map((taken) => `${taken.state} ${taken.dispatch.id} @${inSeconds(taken.at)}`)
  }
}

const inSeconds = (instant: RunningStateChange["at"]) =>
  (instant.epochMilliseconds - at(0).epochMilliseconds) / 1_000

describe("pending changes of a slow subscriber", () => {
  it("come in order and complete up to the capacity", () => {
    const reader = slowReader(4)
    reader.publish(started(1n, 0), stopped(1n, 1), started(1n, 2), stopped(1n, 3))
    assert.deepStrictEqual(reader.read(), ["Running 1 @0", "Stopped 1 @1", "Running 1 @2", "Stopped 1 @3"])
    assert.strictEqual(reader.conflated(), 0)
  })

  it("beyond it are at most the stop of what the reader saw start, and the newest start", () => {
    const reader = slowReader(2)
    reader.publish(started(1n, 0))
    reader.read()
    reader.publish(stopped(1n, 1), started(1n, 2), stopped(1n, 3), started(1n, 4), started(1n, 5))
    assert.deepStrictEqual(reader.read(), ["Stopped 1 @1", "Running 1 @5"])
    assert.strictEqual(reader.conflated(), 3)
  })

  it("keep no stop of a start that the reader will not see", () => {
    const reader = slowReader(2)
    reader.publish(started(1n, 0), stopped(1n, 1), started(2n, 2), stopped(2n, 3), started(3n, 4))
    assert.deepStrictEqual(reader.read(), ["Running 3 @4"])
  })

  it("keep the stop of what started before there was a reader, however late that reads (R11)", () => {
    const reader = slowReader(2)
    reader.publish(stopped(1n, 0), stopped(2n, 0), stopped(3n, 0))
    reader.publish(started(1n, 1), stopped(1n, 2), started(4n, 3), stopped(4n, 4), started(3n, 5))
    const stops = ["Stopped 1 @0", "Stopped 2 @0", "Stopped 3 @0"]
    assert.deepStrictEqual(reader.read(), [...stops, "Running 3 @5"])
  })

  it("keep the stop of a start that is still to be read", () => {
    const reader = slowReader(2)
    reader.publish(started(1n, 0), started(2n, 0), started(3n, 0), started(4n, 0))
    reader.publish(stopped(1n, 1))
    assert.deepStrictEqual(reader.read().slice(-1), ["Stopped 1 @1"])
  })

  it("grow no further than two values a dispatch, however long nobody reads", () => {
    const reader = slowReader(2)
    for (const id of [1n, 2n, 3n]) reader.publish(started(id, 0))
    reader.read()
    for (let second = 1; second < 1_000; second++) {
      for (const id of [1n, 2n, 3n]) reader.publish(stopped(id, second), started(id, second))
    }
    assert.isAtMost(reader.read().length, 12)
  })

  it("come in order and complete up to the capacity again when what was conflated has been read", () => {
    const pending = makePendingChanges(
      4,
      ({ dispatch: { id } }) => id,
      () => {},
      () => {}
    )
    const inShort = ({ at, dispatch: { id }, state }: RunningStateChange) =>
      `${state} ${id} @${inSeconds(at)}`
    // Three of them cannot be conflated any further: twice as many may stand until they are read.
    for (const id of [1n, 2n, 3n]) pending.push(started(id, 0))
    pending.push(stopped(4n, 0))
    pending.push(stopped(5n, 0))
    assert.strictEqual(pending.length, 5)
    for (let taken = 0; taken < 5; taken++) {
      pending.take()
      pending.push(started(6n, taken))
    }
    // Never empty since; the fifth of one dispatch is beyond the capacity, as before the first conflation.
    assert.deepStrictEqual(takeAll(pending).map(inShort), ["Running 6 @4"])
    for (let second = 6; second < 10; second++) pending.push(started(6n, second))
    assert.strictEqual(pending.length, 4)
    pending.push(started(6n, 10))
    assert.deepStrictEqual(takeAll(pending).map(inShort), ["Running 6 @10"])
  })

  it("are never half a command: it is kept whole, or dropped whole and reported", () => {
    const reader = slowReader(3)
    reader.publish(...command(1n, 0), ...command(2n, 1), ...command(3n, 2))
    const read = reader.read()
    const halves = (id: bigint) => read.filter((text) => text.includes(` ${id} @`)).length
    for (const id of [1n, 2n, 3n]) {
      const wasDropped = reader.dropped.some((text) => text.startsWith(`${id} @`))
      assert.strictEqual(halves(id), wasDropped ? 0 : 2, `dispatch ${id}: ${read.join()}`)
    }
    assert.isNotEmpty(reader.dropped)
  })

  it("end a command whose start alone was read", () => {
    const reader = slowReader(1)
    const [start, stop] = command(1n, 0) as [RunningStateChange, RunningStateChange]
    reader.publish(start)
    assert.deepStrictEqual(reader.read(), ["Running 1 @0"])
    reader.publish(stop, ...command(2n, 1), ...command(3n, 2))
    assert.include(reader.read(), "Stopped 1 @0")
    assert.notInclude(reader.dropped, "1 @0")
  })
})

describe("pending events of a slow subscriber", () => {
  const old = dispatch({ version: 1 })
  const middle = dispatch({ version: 2 })
  const latest = dispatch({ version: 3 })
  const created = (of: Dispatch) => DispatchEvent.Created({ dispatch: of })
  const updated = (of: Dispatch, previous: Dispatch) => DispatchEvent.Updated({ dispatch: of, previous })
  const deleted = (of: Dispatch) => DispatchEvent.Deleted({ dispatch: of })

  const joined: ReadonlyArray<readonly [string, ReadonlyArray<DispatchEvent>, DispatchEvent | undefined]> = [
    ["Created + Updated is Created", [created(old), updated(latest, old)], created(latest)],
    [
      "Updated + Updated is one from the first to the last",
      [updated(middle, old), updated(latest, middle)],
      updated(latest, old)
    ],
    ["Created + Deleted is nothing", [created(old), deleted(old)], undefined],
    ["Updated + Deleted is Deleted", [updated(latest, old), deleted(latest)], deleted(latest)],
    ["Deleted + Created is an update", [deleted(old), created(latest)], updated(latest, old)]
  ]
  const moved = dispatch({ version: 4, type: "OTHER" })
  const ofType: ReadonlyArray<readonly [string, ReadonlyArray<DispatchEvent>, ReadonlyArray<DispatchEvent>]> =
    [
      ["Created + Updated to another type is nothing", [created(old), updated(moved, old)], []],
      [
        "Updated + Updated to another type is the one that leaves",
        [updated(middle, old), updated(moved, middle)],
        [updated(moved, old)]
      ],
      [
        "Created + Updated to another type + Created is Created",
        [created(old), updated(moved, old), created(latest)],
        [created(latest)]
      ],
      [
        "Updated to another type + Created is an update",
        [updated(moved, old), created(latest)],
        [updated(latest, old)]
      ],
      [
        "Updated to another type + Created + Updated to another is the one that leaves",
        [updated(moved, old), created(latest), updated(moved, latest)],
        [updated(moved, old)]
      ],
      ["Created + Updated is Created", [created(old), updated(latest, old)], [created(latest)]]
    ]
  for (const [name, events, expected] of ofType) {
    it(`to a subscriber to one type, ${name}`, () => {
      const pending = makePendingEvents(events.length - 1, () => {}, "CHARGE")
      events.forEach((one) => pending.push(one))
      assert.deepStrictEqual(takeAll(pending), expected)
    })
  }

  it("joined twice go on from the version that was told last", () => {
    const pending = makePendingEvents(1, () => {})
    for (const one of [updated(middle, old), deleted(middle), created(moved), updated(latest, moved)])
      pending.push(one)
    assert.deepStrictEqual(takeAll(pending), [updated(latest, old)])
  })

  it.prop(
    "section 5: a slow reader knows in the end what a fast one does, and each event goes on from what it was told",
    [
      Arbitrary.schema(Schema.Literals([1, 2, 3, 4])),
      Arbitrary.schema(Schema.Literals(["any", "A"])),
      Arbitrary.schema(
        Schema.Array(
          Schema.Struct({
            id: Schema.Literals([1n, 2n]),
            type: Schema.Literals(["A", "B"]),
            goes: Schema.Literals(["Changed", "Changed", "Deleted", "Retired"]),
            reads: Schema.Literals([0, 0, 0, 1, 2])
          })
        )
      )
    ],
    ([capacity, asked, steps]) => {
      const type = asked === "any" ? undefined : asked
      const pending = makePendingEvents(capacity, () => {}, type)
      const slow = new Reader(type)
      const fast = new Reader(type)
      const world = new Map<bigint, Dispatch>()
      steps.forEach(({ goes, id, reads, type: ofVersion }, index) => {
        const event = happened(world, dispatch({ id, version: index + 1, type: ofVersion }), goes)
        for (const each of eventsOfType(type)([event])) {
          fast.take(each)
          pending.push(each)
        }
        for (let left = reads; left > 0 && !pending.isEmpty; left--) slow.take(pending.take())
      })
      takeAll(pending).forEach((each) => slow.take(each))
      assert.deepStrictEqual(slow.known, fast.known)
    },
    { arbitrary: { runs: 1_000 } }
  )

  for (const [name, events, expected] of joined) {
    it(name, () => {
      let conflated = 0
      const pending = makePendingEvents(1, (count) => (conflated += count))
      events.forEach((one) => pending.push(one))
      assert.deepStrictEqual(takeAll(pending), expected === undefined ? [] : [expected])
      assert.strictEqual(conflated, expected === undefined ? 2 : 1)
    })
  }
})

/** The event of a new version, or of one that goes, in a world of dispatches. */
const happened = (
  world: Map<bigint, Dispatch>,
  next: Dispatch,
  goes: "Changed" | "Deleted" | "Retired"
): DispatchEvent => {
  const previous = world.get(next.id)
  if (previous !== undefined && goes !== "Changed") {
    world.delete(next.id)
    return DispatchEvent[goes]({ dispatch: previous })
  }
  world.set(next.id, next)
  return previous === undefined
    ? DispatchEvent.Created({ dispatch: next })
    : DispatchEvent.Updated({ dispatch: next, previous })
}

/** A subscriber that checks each event against what it knows. */
class Reader {
  readonly known = new Map<bigint, bigint>()
  readonly #type: string | undefined

  constructor(type: string | undefined) {
    this.#type = type
  }

  take(event: DispatchEvent): void {
    const { id, type, updateTime } = event.dispatch
    const before = this.known.get(id)
    if (event._tag === "Created") assert.isUndefined(before)
    else if (event._tag === "Updated") assert.strictEqual(before, event.previous.updateTime)
    else assert.isDefined(before)
    const isGone = event._tag === "Deleted" || event._tag === "Retired"
    if (isGone || (this.#type !== undefined && type !== this.#type)) this.known.delete(id)
    else this.known.set(id, updateTime)
  }
}
