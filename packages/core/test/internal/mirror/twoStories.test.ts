import type { DispatchRecord } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchMirror from "../../../src/internal/mirror/dispatchMirror.ts"
import type { Outcome } from "../../../src/internal/mirror/mirrorOutcome.ts"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { at, dispatch } from "../../fixtures.ts"
import { makeMirror, told, unreadable } from "../../mirroring.ts"

const endless = (fields: Parameters<typeof dispatch>[0] = {}) =>
  dispatch({ version: 5, startTime: at(-60), duration: Duration.infinity, ...fields })

const running = endless()
const stopped = endless({ active: false })
const id = DispatchId.make(1n)

const relists = (...outcomes: ReadonlyArray<Outcome>) => outcomes.map(({ relist }) => relist)

/** The content known, if it is running or stopped. */
const kept = (mirror: DispatchMirror.DispatchMirror) => DispatchMirror.dispatch(mirror, id)?.active

/** A mirror to which `first` was told, and that has believed `second` of listings. */
const believing = (first: DispatchRecord, second: DispatchRecord) => {
  const site = makeMirror()
  site.event("Created", first)
  site.list(second)
  const believed = site.list(second)
  return { ...site, believed }
}

describe("two stories of one dispatch", () => {
  it("S5: other content under the known update time is believed when a second whole listing shows it", () => {
    const { event, list, mirror } = makeMirror()
    event("Created", running)
    const first = list(stopped)
    assert.deepStrictEqual([told(first), first.anomalies, first.relist], [[], ["divergentVersion"], true])
    const second = list(stopped)
    assert.deepStrictEqual(told(second), ["Updated 1 Resync"])
    assert.include(second.anomalies, "correctedVersion")
    assert.isFalse(kept(mirror))
  })

  it("S5: an event with other content under the known update time is only a reason to list again", () => {
    const { event, mirror } = makeMirror()
    event("Created", running)
    for (let times = 0; times < 3; times++) {
      const outcome = event("Updated", stopped)
      assert.deepStrictEqual([told(outcome), outcome.relist], [[], true])
    }
    assert.isTrue(kept(mirror))
  })

  it("S5: a listing that began before the known version had arrived decides nothing", () => {
    const { apply, begin, event, mirror } = makeMirror()
    const [one, other] = [begin(), begin()]
    event("Created", running)
    assert.deepStrictEqual(relists(apply(one, [stopped]), apply(other, [stopped])), [false, false])
    assert.isTrue(kept(mirror))
  })

  it("S5: the known version seen again, or a newer one, ends the doubt", () => {
    const endings: ReadonlyArray<(site: ReturnType<typeof makeMirror>) => Outcome> = [
      ({ list }) => list(running),
      ({ event }) => event("Updated", running),
      ({ read }) => read(running, "ids")
    ]
    for (const end of endings) {
      const site = makeMirror()
      site.event("Created", running)
      site.list(stopped)
      end(site)
      assert.deepStrictEqual(told(site.list(stopped)), [])
      assert.deepStrictEqual(told(site.list(stopped)), ["Updated 1 Resync"])
    }
    const { event, list } = makeMirror()
    event("Created", endless({ version: 9 }))
    list(endless({ version: 3 }))
    event("Updated", endless({ version: 10 }))
    assert.deepStrictEqual(told(list(endless({ version: 3 }))), [])
  })

  it("S5: an older version that comes late on a stream does not end the doubt", () => {
    const { event, list } = makeMirror()
    event("Created", running)
    list(stopped)
    event("Updated", endless({ version: 4 }))
    assert.deepStrictEqual(told(list(stopped)), ["Updated 1 Resync"])
  })

  it("S5: stories that change with every listing cost one repetition for each ordinary listing", () => {
    for (const version of [5, 3]) {
      const { event, list } = makeMirror()
      event("Created", endless({ version: 5 }))
      const asked = Array.from(
        { length: 6 },
        (_, turn) => list(endless({ version, payload: { turn } })).relist
      )
      assert.deepStrictEqual(asked, [true, false, true, false, true, false])
    }
  })

  it("S5: what the repetition shows for the first time is believed when the next ordinary listing shows it", () => {
    const { event, list } = makeMirror()
    event("Created", running)
    list(endless({ payload: { a: 1 } }))
    list(stopped)
    assert.deepStrictEqual(told(list(stopped)), ["Updated 1 Resync"])
  })

  it("S5: a listing that shows an id twice counts once, with the newest it shows", () => {
    const { event, list, mirror } = makeMirror()
    event("Created", endless({ version: 9 }))
    assert.deepStrictEqual(told(list(endless({ version: 3 }), endless({ version: 3 }))), [])
    assert.deepStrictEqual(told(list(endless({ version: 10 }), endless({ version: 3 }))), [
      "Updated 1 Updated"
    ])
    assert.deepStrictEqual(told(list(endless({ version: 3 }), endless({ version: 10 }))), [])
    assert.deepStrictEqual(DispatchMirror.dispatch(mirror, id)?.updateTime, 10n)
    const again = makeMirror()
    again.event("Created", running)
    assert.deepStrictEqual(told(again.list(stopped, stopped)), [])
    // Of equals the later one counts.
    const equals = makeMirror()
    equals.event("Created", running)
    assert.deepStrictEqual(relists(equals.list(stopped, running), equals.list(running, stopped)), [
      false,
      true
    ])
  })

  it("S5: answers to a doubt count like a listing", () => {
    const { event, mirror, read } = makeMirror()
    event("Created", running)
    const first = read(stopped, "ids")
    assert.deepStrictEqual([told(first), first.relist], [[], true])
    assert.deepStrictEqual(told(read(stopped, "get")), ["Updated 1 Resync"])
    assert.isFalse(kept(mirror))
  })

  it("S5: of two contents that contradict each other, the one that does not run is kept", () => {
    const stops = believing(running, stopped)
    const contradiction = stops.list(running)
    assert.deepStrictEqual([told(contradiction), contradiction.relist], [[], false])
    assert.include(contradiction.anomalies, "contradictedVersion")
    assert.deepStrictEqual(stops.doubtful(), ["two stories of dispatch 1"])
    assert.isFalse(kept(stops.mirror))

    const starts = believing(stopped, running)
    assert.isTrue(kept(starts.mirror))
    assert.deepStrictEqual(told(starts.list(stopped)), ["Updated 1 Resync"])
    assert.isFalse(kept(starts.mirror))
    assert.deepStrictEqual(starts.doubtful(), ["two stories of dispatch 1"])
  })

  it("S5: after an older version was believed, other content of its time is a story like any other", () => {
    const { doubtful, event, list } = makeMirror()
    event("Created", endless({ version: 9 }))
    const [one, other] = [endless({ version: 3 }), endless({ version: 3, active: false })]
    list(one)
    assert.deepStrictEqual(told(list(one)), ["Updated 1 Resync"])
    assert.deepStrictEqual([told(list(other)), doubtful()], [[], []])
    assert.deepStrictEqual(told(list(other)), ["Updated 1 Resync"])
  })

  it("S5: where both run or neither does, the known one is kept", () => {
    for (const active of [true, false]) {
      const [one, other] = [endless({ active, payload: { a: 1 } }), endless({ active, payload: { a: 2 } })]
      const { doubtful, list, mirror } = believing(one, other)
      assert.deepStrictEqual([told(list(one)), doubtful()], [[], ["two stories of dispatch 1"]])
      assert.deepStrictEqual(DispatchMirror.dispatch(mirror, id)?.payload, { a: 2 })
    }
  })

  it("S5: for ten minutes since it was believed listings decide nothing more between the two", () => {
    const { doubtful, list, mirror, pass } = believing(running, stopped)
    for (let minute = 1; minute < 10; minute++) {
      pass(60)
      assert.deepStrictEqual(told(list(running)), [])
      assert.deepStrictEqual(told(list(stopped)), [])
    }
    pass(59.999)
    assert.deepStrictEqual([told(list(running)), told(list(running))], [[], []])
    assert.deepStrictEqual(doubtful().length, 1)
    pass(0.001)
    assert.deepStrictEqual(told(list(running)), [])
    assert.deepStrictEqual(doubtful(), [])
    assert.deepStrictEqual(told(list(running)), ["Updated 1 Resync"])
    assert.isTrue(kept(mirror))
  })

  it("S5: which of the two is kept does not change with what runs meanwhile", () => {
    const early = dispatch({ version: 5, duration: Duration.minutes(5) })
    const late = dispatch({ version: 5, startTime: at(300), duration: Duration.hours(1) })
    const { list, mirror, pass } = believing(early, late)
    list(early)
    pass(400)
    assert.deepStrictEqual(told(list(early)), [])
    assert.deepStrictEqual(DispatchMirror.dispatch(mirror, id)?.startTime, at(300))
  })

  it("S5: what is contradicted only after ten minutes is believed like any other", () => {
    const { doubtful, list, pass } = believing(running, stopped)
    pass(600)
    assert.deepStrictEqual([told(list(running)), doubtful()], [[], []])
    assert.deepStrictEqual(told(list(running)), ["Updated 1 Resync"])
  })

  it("S5: a newer version settles it at once, and so does the end", () => {
    const settled = believing(running, stopped)
    settled.list(running)
    assert.deepStrictEqual(told(settled.event("Updated", endless({ version: 6 }))), ["Updated 1 Updated"])
    assert.deepStrictEqual(settled.doubtful(), [])
    const gone = believing(running, stopped)
    gone.list(running)
    assert.deepStrictEqual(gone.doubtful().length, 1)
    gone.event("Deleted", stopped)
    assert.deepStrictEqual(gone.doubtful(), [])
  })

  it("S5: a service that tells three stories is believed in none", () => {
    const { list, mirror } = believing(running, endless({ payload: { a: 1 } }))
    for (const story of [endless({ payload: { a: 2 } }), stopped, running, endless({ payload: { a: 1 } })]) {
      list(story)
    }
    assert.isFalse(kept(mirror))
  })

  it("S5, S8: what can be read here and not there, under one update time, is two stories as well", () => {
    const { believed, doubtful, event, list, mirror } = believing(running, unreadable(5))
    assert.deepStrictEqual(told(believed), ["Unschedulable 1 Resync"])
    assert.deepStrictEqual(told(list(running)), [])
    assert.deepStrictEqual(told(event("Updated", running)), [])
    assert.deepStrictEqual([doubtful(), kept(mirror)], [["two stories of dispatch 1"], undefined])
  })

  it("S9: names a few of many dispatches of which two stories are told", () => {
    const { doubtful, event, list } = makeMirror()
    const all = (active: boolean) =>
      Array.from({ length: 1_000 }, (_, index) => endless({ id: BigInt(index + 1), active }))
    for (const one of all(true)) event("Created", one)
    for (const active of [false, false, true]) list(...all(active))
    assert.deepStrictEqual(doubtful(), ["two stories of dispatch 1, dispatch 2, dispatch 3 and 997 more"])
  })

  it("S5: is decided anew after exactly ten minutes, also by an answer", () => {
    for (const [seconds, doubts] of [
      [599.999, 1],
      [600, 0]
    ] as const) {
      const { doubtful, pass, read } = believing(running, stopped)
      pass(seconds)
      read(running, "ids")
      assert.lengthOf(doubtful(), doubts, String(seconds))
    }
  })

  it("S5: one repetition is asked for, however many dispatches a listing tells another story of", () => {
    const { event, list } = makeMirror()
    for (const one of [1n, 2n]) event("Created", endless({ id: one }))
    const others = [endless({ id: 1n, active: false }), endless({ id: 2n, active: false })]
    const first = list(...others)
    assert.deepStrictEqual([first.relist, first.repeat], [true, true])
    const second = list(...others)
    assert.deepStrictEqual([second.relist, second.repeat], [false, false])
  })

  it("S5: an answer after a repeated listing asks for no further repetition, and after an ordinary one it does", () => {
    const { event, list, read } = makeMirror()
    event("Created", running)
    assert.isTrue(list(stopped).relist)
    list(running)
    assert.isFalse(read(stopped, "ids").relist)
    list(running)
    assert.isTrue(read(stopped, "ids").relist)
  })

  it("S5: the known version in a listing that began before it came does not end the doubt", () => {
    const { apply, begin, event, list } = makeMirror()
    const early = begin()
    event("Created", running)
    list(stopped)
    apply(early, [running])
    assert.deepStrictEqual(told(list(stopped)), ["Updated 1 Resync"])
  })
})
