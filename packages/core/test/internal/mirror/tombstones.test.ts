import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchMirror from "../../../src/internal/mirror/dispatchMirror.ts"
import { tombstonesMax } from "@effect-dispatch/core/SyncSettings"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { dispatch } from "../../fixtures.ts"
import { makeMirror, told, unreadable } from "../../mirroring.ts"

const id = DispatchId.make(1n)
const endless = (version: number) => dispatch({ version, duration: Duration.infinity })
const kept = (mirror: DispatchMirror.DispatchMirror) => DispatchMirror.dispatch(mirror, id)?.updateTime

/** A mirror that knew version 5, told of the deletion by a stream that was opened before. */
const deleted = () => {
  const site = makeMirror()
  const openedAt = site.mark()
  site.event("Created", endless(5), openedAt)
  site.event("Deleted", endless(5), openedAt)
  return { ...site, openedAt }
}

/** The same, and two listings have shown version 3 since, half a minute apart. */
const reappeared = () => {
  const site = deleted()
  const first = site.list(endless(3))
  site.pass(30)
  const second = site.list(endless(3))
  return { ...site, first, second }
}

describe("a dispatch that is deleted", () => {
  it("S6: is back when two listings, 30 s apart, have shown it and the service gives it", () => {
    const { doubtful, first, mirror, openedAt, read, second } = reappeared()
    assert.deepStrictEqual([told(first), first.relistLater, first.verify], [[], true, []])
    assert.deepStrictEqual([told(second), second.relistLater, second.verify], [[], false, [id]])
    assert.isTrue(second.renewUpTo !== undefined && second.renewUpTo > openedAt)
    assert.deepStrictEqual(doubtful(), ["the service shows what was deleted: dispatch 1"])
    const given = read(endless(3), "get")
    assert.deepStrictEqual([told(given), given.anomalies], [["Created 1 Resync"], ["undoneDeletion"]])
    assert.deepStrictEqual(
      given.transitions.map((transition) => "late" in transition && transition.late),
      [false]
    )
    assert.deepStrictEqual([kept(mirror), doubtful(), mirror.tombstones.size], [3n, [], 0])
  })

  it("S6: of two that are back, streams from before the later deletion are renewed", () => {
    const site = makeMirror()
    const two = (version: number) => dispatch({ id: 2n, version, duration: Duration.infinity })
    const openedAt = site.mark()
    for (const one of [endless(5), two(5)]) site.event("Created", one, openedAt)
    site.event("Deleted", endless(5), openedAt)
    const between = site.mark()
    site.event("Deleted", two(5), openedAt)
    for (const order of [
      [endless(3), two(3)],
      [two(3), endless(3)]
    ]) {
      site.list(...order)
      site.pass(30)
      const { renewUpTo } = site.list(...order)
      assert.isAbove(renewUpTo ?? 0, between)
    }
  })

  it("S6: turns up as a doubt with the first listing that shows it, and as none with one that lacks it", () => {
    const { apply, begin, doubtful, list, openedAt, pass } = deleted()
    assert.deepStrictEqual(doubtful(), [])
    list(endless(3))
    assert.deepStrictEqual(doubtful().length, 1)
    // The stream from before is open, so the deletion is remembered.
    apply(begin(), [], openedAt)
    assert.deepStrictEqual(doubtful(), [])
    pass(30)
    assert.deepStrictEqual(list(endless(3)).verify, [])
    pass(30)
    assert.deepStrictEqual(list(endless(3)).verify, [id])
  })

  it("S6: is not asked for before the listings are 30 s apart", () => {
    const { list, pass } = deleted()
    list(endless(3))
    pass(29.999)
    const early = list(endless(3))
    assert.deepStrictEqual([early.verify, early.relistLater], [[], true])
    pass(0.001)
    assert.deepStrictEqual(list(endless(3)).verify, [id])
  })

  it("S6: is 30 s apart from when a listing began, not from when it was applied", () => {
    const { apply, begin, list, pass } = deleted()
    list(endless(3))
    pass(29)
    const listing = begin()
    pass(10)
    assert.deepStrictEqual(apply(listing, [endless(3)]).verify, [])
    assert.deepStrictEqual(list(endless(3)).verify, [id])
  })

  it("S6: is not brought back by a listing that began before the deletion", () => {
    const { apply, begin, doubtful, event, list, pass } = makeMirror()
    event("Created", endless(5))
    const listing = begin()
    event("Deleted", endless(5))
    const outcome = apply(listing, [endless(5)])
    assert.deepStrictEqual([outcome.anomalies, doubtful()], [["staleVersion"], []])
    pass(30)
    assert.deepStrictEqual(list(endless(5)).verify, [])
    pass(30)
    assert.deepStrictEqual(list(endless(5)).verify, [id])
  })

  it("S6: is not brought back by an answer to a question from before the second listing, or by a listing of ids", () => {
    const { list, mark, mirror, pass, read } = deleted()
    const early = mark()
    list(endless(3))
    pass(30)
    const between = mark()
    list(endless(3))
    for (const askedAt of [early, between]) assert.deepStrictEqual(told(read(endless(3), "get", askedAt)), [])
    assert.deepStrictEqual(told(read(endless(3), "ids")), [])
    assert.isUndefined(kept(mirror))
    assert.deepStrictEqual(told(read(endless(3), "get")), ["Created 1 Resync"])
  })

  it("S6: stays deleted if it is deleted once more before the service gives it", () => {
    const { event, list, mark, pass, read } = reappeared()
    const askedAt = mark()
    event("Deleted", endless(3))
    assert.deepStrictEqual(told(read(endless(3), "get", askedAt)), [])
    pass(30)
    assert.deepStrictEqual(list(endless(3)).verify, [])
    pass(30)
    assert.deepStrictEqual(list(endless(3)).verify, [id])
    assert.deepStrictEqual(told(read(endless(3), "get")), ["Created 1 Resync"])
  })

  it("S6: is asked for again with every listing that shows it, since the question may have been lost", () => {
    const { list, missing, pass } = reappeared()
    pass(300)
    assert.deepStrictEqual(list(endless(3)).verify, [id])
    assert.deepStrictEqual(told(missing(1n)), [])
  })

  it("S6: is back by an answer to any question since the second listing, however many show it meanwhile", () => {
    const { list, mark, pass, read } = reappeared()
    const askedAt = mark()
    pass(300)
    list(endless(3))
    assert.deepStrictEqual(told(read(endless(3), "get", askedAt)), ["Created 1 Resync"])
  })

  it("S6: an event is a reason to list again only if it is newer and its stream was opened after the deletion", () => {
    const { event, mark, mirror, openedAt } = deleted()
    const later = mark()
    const cases = [
      [6, openedAt, false, "staleVersion"],
      [5, later, false, "staleVersion"],
      [6, later, true, "deletedButTold"]
    ] as const
    for (const [version, stream, relist, anomaly] of cases) {
      const outcome = event("Updated", endless(version), stream)
      assert.deepStrictEqual([told(outcome), outcome.relist, outcome.anomalies], [[], relist, [anomaly]])
    }
    assert.isFalse(event("Updated", unreadable(undefined), later).relist)
    assert.isUndefined(kept(mirror))
  })

  it("S6: the deletion may tell a later time than the last version, and newer is what is newer than that", () => {
    const { event, mark } = makeMirror()
    event("Created", endless(5))
    event("Deleted", endless(8))
    // A late or repeated message takes nothing back.
    event("Deleted", endless(6), mark())
    assert.isFalse(event("Updated", endless(7), mark()).relist)
    assert.isTrue(event("Updated", endless(9), mark()).relist)
  })

  it("S6: once back, is not deleted or changed by what comes late on a stream from before the deletion", () => {
    const { event, mark, mirror, openedAt, read } = reappeared()
    const renewed = mark()
    read(endless(3), "get")
    for (const kind of ["Deleted", "Updated"] as const) {
      const late = event(kind, endless(5), openedAt)
      assert.deepStrictEqual([told(late), late.anomalies], [[], ["staleVersion"]])
    }
    assert.deepStrictEqual(kept(mirror), 3n)
    assert.deepStrictEqual(told(event("Updated", endless(4), renewed)), ["Updated 1 Updated"])
    assert.deepStrictEqual(told(event("Deleted", endless(4), renewed)), ["Deleted 1 Deleted"])
  })

  it("S6: once back, and no stream from before is open, forgets that it was gone", () => {
    const { apply, begin, event, mark, openedAt, read } = reappeared()
    read(endless(3), "get")
    apply(begin(), [endless(3)], openedAt)
    assert.deepStrictEqual(told(event("Deleted", endless(3), openedAt)), [])
    apply(begin(), [endless(3)], mark())
    assert.deepStrictEqual(told(event("Deleted", endless(3), openedAt)), ["Deleted 1 Deleted"])
  })

  it("S6: what was on its way when it came back deletes nothing", () => {
    const { apply, begin, list, mark, missing, mirror, read } = reappeared()
    const [askedAt, listing] = [mark(), begin()]
    read(endless(3), "get")
    assert.deepStrictEqual([told(missing(1n, askedAt)), apply(listing, []).ask], [[], []])
    assert.deepStrictEqual(kept(mirror), 3n)
    assert.deepStrictEqual(list().ask, [id])
    assert.deepStrictEqual(told(missing(1n)), ["Deleted 1 Deleted"])
  })

  it("S6, S8: is back as what cannot be read, if that is what the service gives", () => {
    const { mirror, read } = reappeared()
    assert.deepStrictEqual(told(read(unreadable(undefined), "get")), ["Unschedulable 1 Resync"])
    assert.deepStrictEqual(DispatchMirror.unschedulable(mirror).length, 1)
  })

  it("S6: of a hundred thousand none is forgotten; beyond, the oldest is, and is in doubt no more", () => {
    const { doubtful, event, list, mirror } = deleted()
    list(endless(3))
    for (let other = 2n; other <= tombstonesMax; other++) event("Deleted", dispatch({ id: other }))
    assert.deepStrictEqual([mirror.tombstones.size, doubtful().length], [tombstonesMax, 1])
    const { anomalies } = event("Deleted", dispatch({ id: BigInt(tombstonesMax) + 1n }))
    assert.deepStrictEqual(anomalies, ["forgottenDeletion"])
    assert.deepStrictEqual([mirror.tombstones.size, doubtful()], [tombstonesMax, []])
  })

  it("S6: of many that are back, all are asked for, and streams from before all of them are renewed", () => {
    const { event, list, mark, pass } = makeMirror()
    const all = [1n, 2n, 3n].map((one) => dispatch({ id: one, duration: Duration.infinity }))
    for (const one of all) event("Created", one)
    for (const one of all) event("Deleted", one)
    const last = mark() - 1
    list(...all)
    pass(30)
    const { renewUpTo, verify } = list(...all)
    assert.deepStrictEqual([verify.map(String), renewUpTo], [["1", "2", "3"], last])
  })

  it("S6: deleted once more, is not shown by a listing that began before that", () => {
    const { apply, begin, doubtful, event } = deleted()
    const listing = begin()
    event("Deleted", endless(5))
    assert.deepStrictEqual(apply(listing, [endless(5)]).anomalies, ["staleVersion"])
    assert.deepStrictEqual(doubtful(), [])
  })

  it("S6: once back, is listed again when a stream from before tells of its deletion, not of what is known", () => {
    const { event, openedAt, read } = reappeared()
    read(endless(3), "get")
    assert.isFalse(event("Updated", endless(3), openedAt).relist)
    assert.isTrue(event("Deleted", endless(3), openedAt).relist)
  })

  it("S6: is not brought back by a listing that began just before the deletion", () => {
    const { apply, begin, doubtful, event, mark } = makeMirror()
    const openedAt = mark()
    event("Created", endless(5), openedAt)
    const listing = begin()
    event("Deleted", endless(5), openedAt)
    assert.deepStrictEqual([apply(listing, [endless(5)]).anomalies, doubtful()], [["staleVersion"], []])
  })

  it("S6: is back also if a stream from before tells of the deletion again meanwhile", () => {
    const { event, openedAt, read } = reappeared()
    assert.deepStrictEqual(event("Deleted", endless(5), openedAt).anomalies, ["duplicateVersion"])
    assert.deepStrictEqual(told(read(endless(3), "get")), ["Created 1 Resync"])
  })
})
