import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchMirror from "../../../src/internal/mirror/dispatchMirror.ts"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { toEvent, toInput } from "../../../src/internal/mirror/transitions.ts"
import { at, dispatch, t0 } from "../../fixtures.ts"
import { makeMirror, told, unreadable } from "../../mirroring.ts"
import * as Inputs from "../../inputs.ts"

const endless = (version: number, fields: Parameters<typeof dispatch>[0] = {}) =>
  dispatch({ version, duration: Duration.infinity, ...fields })
const kept = endless(5)
const id = DispatchId.make(1n)

/** A mirror that has taken over version 5 from an earlier process. */
const recovered = (version = kept) => {
  const site = makeMirror()
  Inputs.recover(site.mirror, [version], true)
  return site
}

const seen = (mirror: DispatchMirror.DispatchMirror) => [
  DispatchMirror.dispatches(mirror).length,
  DispatchMirror.lastReadable(mirror).length,
  DispatchMirror.dispatch(mirror, id) === undefined ? 0 : 1
]

describe("what an earlier process knew", () => {
  it("S10: is shown to nobody before it is confirmed", () => {
    const { mirror } = recovered()
    assert.deepStrictEqual([seen(mirror), DispatchMirror.isWaiting(mirror)], [[0, 0, 0], true])
    Inputs.confirmAll(mirror)
    assert.deepStrictEqual([seen(mirror), DispatchMirror.isWaiting(mirror)], [[1, 1, 1], false])
  })

  it("S10: is confirmed by a listing, an event or an answer, with the same version or a newer one", () => {
    for (const version of [5, 6]) {
      const ways = [
        (site: ReturnType<typeof makeMirror>) => site.list(endless(version)),
        (site: ReturnType<typeof makeMirror>) => site.event("Updated", endless(version)),
        (site: ReturnType<typeof makeMirror>) => site.read(endless(version), "ids")
      ]
      for (const way of ways) {
        const site = recovered()
        const outcome = way(site)
        assert.deepStrictEqual(told(outcome), ["Confirmed 1 Recovered"])
        const [transition] = outcome.transitions
        assert.isTrue(transition?._tag === "Confirmed" && transition.kept === kept)
        assert.deepStrictEqual(DispatchMirror.dispatch(site.mirror, id)?.updateTime, BigInt(version))
        assert.deepStrictEqual(told(way(site)), [])
      }
    }
  })

  it("S10: is told as created when it is confirmed, and to the timeline as what confirms", () => {
    const [transition] = recovered().list(endless(6)).transitions
    assert.isDefined(transition)
    if (transition === undefined) return
    assert.deepStrictEqual(toEvent(transition)?._tag, "Created")
    const { cause, late, version } = toInput(transition)
    assert.deepStrictEqual([cause, late, version?.updateTime], ["Recovered", false, 6n])
  })

  it("S10: is asked for if the first listing lacks it, also if it seems over", () => {
    const over = dispatch({ startTime: at(-7_200), version: 5 })
    const { list, missing, mirror } = recovered(over)
    const outcome = list()
    assert.deepStrictEqual([told(outcome), outcome.ask], [[], [id]])
    assert.deepStrictEqual([seen(mirror), DispatchMirror.isWaiting(mirror)], [[0, 0, 0], false])
    const gone = missing(1n)
    assert.deepStrictEqual(told(gone), ["Vanished 1 Deleted"])
    assert.deepStrictEqual(gone.transitions.map(toEvent), [undefined])
    const again = recovered(over)
    again.list()
    assert.deepStrictEqual(told(again.read(over, "ids")), ["Confirmed 1 Recovered"])
    assert.deepStrictEqual(told(again.list()), ["Retired 1 Resync"])
  })

  it("S10: that an event deletes is told to no subscriber of events, and leaves a tombstone", () => {
    const { event, mirror } = recovered()
    assert.deepStrictEqual(told(event("Deleted", kept)), ["Vanished 1 Deleted"])
    assert.deepStrictEqual([mirror.tombstones.size, mirror.unconfirmed], [1, 0])
    assert.deepStrictEqual(told(event("Updated", kept)), [])
  })

  it("S8, S10: that cannot be read any more is gone, and created when it can be read again", () => {
    const { event, list, mirror } = recovered()
    const outcome = list(unreadable(6))
    assert.deepStrictEqual(
      [told(outcome), outcome.unreadable.length, outcome.ask],
      [["Vanished 1 Updated"], 1, [id]]
    )
    assert.deepStrictEqual(DispatchMirror.unschedulable(mirror).length, 1)
    assert.deepStrictEqual(told(event("Updated", endless(7))), ["Created 1 Created"])
  })

  it("S5, S10: of which the first listing tells another story is confirmed as it was kept, until the second", () => {
    for (const other of [endless(3), endless(5, { active: false })]) {
      const { list, mirror } = recovered()
      const first = list(other)
      assert.deepStrictEqual([told(first), first.relist], [["Confirmed 1 Recovered"], true])
      assert.deepStrictEqual(DispatchMirror.dispatch(mirror, id)?.updateTime, kept.updateTime)
      const second = list(other)
      assert.deepStrictEqual(told(second), ["Updated 1 Resync"])
      assert.deepStrictEqual(DispatchMirror.dispatch(mirror, id)?.active, other.active)
    }
  })

  it("S10: counts as confirmed, all of it, when waiting is given up", () => {
    const { list, mirror } = makeMirror()
    Inputs.recover(
      mirror,
      [1n, 2n, 3n].map((one) => dispatch({ id: one })),
      true
    )
    assert.deepStrictEqual(told(Inputs.confirmAll(mirror)).length, 3)
    assert.deepStrictEqual(told(Inputs.confirmAll(mirror)), [])
    assert.deepStrictEqual(told(list(...[1n, 2n, 3n].map((one) => dispatch({ id: one })))), [])
  })

  it("S10: that is read late is added to what is known, and takes the place of nothing", () => {
    const { event, list, mirror } = recovered()
    const others = [kept, endless(1, { id: 2n }), endless(1, { id: 3n }), endless(1, { id: 4n })]
    event("Updated", endless(6))
    event("Updated", endless(6, { id: 2n }))
    event("Deleted", endless(6, { id: 3n }))
    Inputs.recover(mirror, others, false)
    assert.deepStrictEqual(mirror.unconfirmed, 1)
    assert.deepStrictEqual(told(list(endless(6), endless(6, { id: 2n }), endless(1, { id: 4n }))), [
      "Confirmed 4 Recovered"
    ])
    assert.isFalse(DispatchMirror.isWaiting(mirror))
    assert.isTrue(Inputs.recover(mirror, [endless(1, { id: 5n })], false))
    assert.isTrue(DispatchMirror.isWaiting(mirror))
    assert.deepStrictEqual(list(endless(6), endless(6, { id: 2n }), endless(1, { id: 4n })).ask, [5n])
  })

  it("S10: that is read after waiting was given up waits anew", () => {
    const { mirror } = recovered()
    Inputs.confirmAll(mirror)
    assert.isTrue(Inputs.recover(mirror, [endless(1, { id: 2n })], false))
    assert.isTrue(DispatchMirror.isWaiting(mirror))
    assert.deepStrictEqual(told(Inputs.confirmAll(mirror)), ["Confirmed 2 Recovered"])
  })

  it("S10: that is read during a listing waits for the next; what that lacked waits for its answer", () => {
    const { mirror } = recovered()
    const moment = { now: t0, elapsed: 0 }
    const list = (listing: DispatchMirror.Listing) => Inputs.applyListing(mirror, listing, [], 0, moment)
    const first = Inputs.beginListing(mirror, -Infinity, 0)
    Inputs.recover(mirror, [endless(1, { id: 2n })], false)
    assert.deepStrictEqual([list(first).ask, DispatchMirror.isWaiting(mirror)], [[id], true])
    assert.deepStrictEqual(told(Inputs.confirmAll(mirror)), ["Confirmed 2 Recovered"])
    assert.strictEqual(mirror.unconfirmed, 1)
  })

  it("S10: is of the version that was read last, also for what comes later", () => {
    const { event, mirror } = recovered()
    Inputs.recover(mirror, [endless(6)], true)
    assert.deepStrictEqual(event("Updated", endless(5)).anomalies, ["staleVersion"])
    assert.deepStrictEqual(DispatchMirror.dispatch(mirror, id)?.updateTime, 6n)
  })
})
