import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchRecord, StreamEvent, UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as DispatchMirror from "../src/internal/mirror/dispatchMirror.ts"
import type { Outcome } from "../src/internal/mirror/mirrorOutcome.ts"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { at, dispatch, t0 } from "./fixtures.ts"
import * as Inputs from "./inputs.ts"

const event = (kind: StreamEvent["kind"], record: StreamEvent["record"]): StreamEvent => ({ kind, record })

const unreadable = (version: number): UnreadableDispatch => ({
  _tag: "UnreadableDispatch",
  id: DispatchId.make(1n),
  updateTime: BigInt(version),
  path: "target",
  message: "a target is required"
})

const told = (outcome: Outcome) => outcome.transitions.map(({ _tag }) => _tag)

const moment = { now: t0, elapsed: 0 }

/** An event of a stream that has just been opened. */
const tell = (mirror: DispatchMirror.DispatchMirror, told: StreamEvent) =>
  Inputs.applyEvent(mirror, told, Inputs.mark(mirror))

const begin = (mirror: DispatchMirror.DispatchMirror, endedSince: number) =>
  Inputs.beginListing(mirror, endedSince, 0)

/** A listing of ids, begun at a position, shows a record. */
const read = (mirror: DispatchMirror.DispatchMirror, record: DispatchRecord, askedAt: number) =>
  Inputs.applyRead(mirror, record, { askedAt, by: "ids" }, moment)

/** A whole listing that begins and ends now, with streams that are all younger. */
const list = (mirror: DispatchMirror.DispatchMirror, records: ReadonlyArray<DispatchRecord>) =>
  Inputs.applyListing(mirror, begin(mirror, t0 - 300_000), records, Infinity, moment)

describe("DispatchMirror", () => {
  it("S5: applies a version only if it is newer, and counts what it drops", () => {
    const mirror = DispatchMirror.make()
    const apply = (version: Dispatch) => tell(mirror, event("Updated", version))
    assert.deepStrictEqual(told(apply(dispatch({ version: 5 }))), ["Created"])
    assert.deepStrictEqual(apply(dispatch({ version: 4 })).anomalies, ["staleVersion"])
    assert.deepStrictEqual(apply(dispatch({ version: 5 })).anomalies, ["duplicateVersion"])
    const divergent = apply(dispatch({ version: 5, payload: { x: 1 } }))
    assert.deepStrictEqual(
      [divergent.anomalies, divergent.relist, told(divergent)],
      [["divergentVersion"], true, []]
    )
    assert.deepStrictEqual(told(apply(dispatch({ version: 6 }))), ["Updated"])
  })

  it("S5: believes a service that was set back when a second whole listing says the same", () => {
    const mirror = DispatchMirror.make()
    list(mirror, [dispatch({ version: 9 })])
    const first = list(mirror, [dispatch({ version: 3 })])
    assert.deepStrictEqual([told(first), first.relist], [[], true])
    const second = list(mirror, [dispatch({ version: 3 })])
    assert.deepStrictEqual([told(second), second.anomalies], [["Updated"], ["rolledBackVersion"]])
    assert.strictEqual(second.transitions[0]?.cause, "Resync")
  })

  it("S7: an answer from before the service last showed the dispatch deletes nothing, whatever came between", () => {
    const mirror = DispatchMirror.make()
    list(mirror, [dispatch({ version: 3 })])
    const [early, later] = [Inputs.mark(mirror), Inputs.mark(mirror)]
    const listing = begin(mirror, t0)
    Inputs.applyListing(mirror, listing, [dispatch({ version: 3 })], Infinity, moment)
    read(mirror, dispatch({ version: 3 }), early)
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, DispatchId.make(1n), later)), [])
    const before = Inputs.mark(mirror)
    tell(mirror, event("Updated", dispatch({ version: 4 })))
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, DispatchId.make(1n), before)), [])
    const asked = Inputs.mark(mirror)
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, DispatchId.make(1n), asked)), ["Deleted"])
  })

  it("S7: one that never occurs is retired when a listing lacks it", () => {
    const mirror = DispatchMirror.make()
    const recurrence = RecurrenceRule.make({
      frequency: "YEARLY",
      interval: 1,
      byMonths: [2],
      byMonthDays: [30]
    })
    assert.deepStrictEqual(told(list(mirror, [dispatch({ recurrence })])), ["Created"])
    const outcome = list(mirror, [])
    assert.deepStrictEqual([told(outcome), outcome.ask], [["Retired"], []])
  })

  it("S5: an older version in a listing that began before the newer one came is no set back", () => {
    const mirror = DispatchMirror.make()
    list(mirror, [dispatch({ version: 3 })])
    const listing = begin(mirror, t0)
    tell(mirror, event("Updated", dispatch({ version: 9 })))
    const outcome = Inputs.applyListing(mirror, listing, [dispatch({ version: 3 })], Infinity, moment)
    assert.deepStrictEqual([told(outcome), outcome.relist], [[], false])
    assert.isTrue(list(mirror, [dispatch({ version: 3 })]).relist)
  })

  it("S5: so too when the older version is over, so that no listing shows it, and it is asked for", () => {
    const mirror = DispatchMirror.make()
    list(mirror, [dispatch({ version: 9, startTime: at(-3_600), duration: Duration.infinity })])
    const over = dispatch({ version: 3, startTime: at(-3_600), duration: Duration.seconds(1) })
    assert.deepStrictEqual(list(mirror, []).ask, [over.id])
    const first = read(mirror, over, Inputs.mark(mirror))
    assert.deepStrictEqual([told(first), first.relist], [[], true])
    const asked = Inputs.mark(mirror)
    Inputs.mark(mirror)
    const second = read(mirror, over, asked)
    assert.deepStrictEqual([told(second), second.anomalies], [["Updated"], ["rolledBackVersion"]])
  })

  it("S5: an older version that was asked for before the newer one came is no set back", () => {
    const mirror = DispatchMirror.make()
    list(mirror, [dispatch({ version: 3 })])
    const asked = Inputs.mark(mirror)
    tell(mirror, event("Updated", dispatch({ version: 9 })))
    const outcome = read(mirror, dispatch({ version: 3 }), asked)
    assert.deepStrictEqual([told(outcome), outcome.relist, outcome.anomalies], [[], false, ["staleVersion"]])
    assert.isTrue(read(mirror, dispatch({ version: 3 }), Inputs.mark(mirror)).relist)
  })

  it("S6: deletion is final, whatever comes later", () => {
    const mirror = DispatchMirror.make()
    list(mirror, [dispatch({ version: 3 })])
    const deleted = tell(mirror, event("Deleted", dispatch({ version: 4 })))
    assert.deepStrictEqual(told(deleted), ["Deleted"])
    const [transition] = deleted.transitions
    assert.isTrue(transition?._tag === "Deleted" && transition.dispatch.deleted === true)
    assert.deepStrictEqual(told(tell(mirror, event("Updated", dispatch({ version: 9 })))), [])
    assert.deepStrictEqual(list(mirror, [dispatch({ version: 9 })]).anomalies, ["deletedButListed"])
    assert.deepStrictEqual(told(tell(mirror, event("Deleted", dispatch({ version: 4 })))), [])
  })

  it("S6: a listing does not delete what became known after it began", () => {
    const mirror = DispatchMirror.make()
    const listing = begin(mirror, t0)
    tell(mirror, event("Created", dispatch()))
    assert.deepStrictEqual(told(Inputs.applyListing(mirror, listing, [], Infinity, moment)), [])
    assert.strictEqual(DispatchMirror.dispatches(mirror).length, 1)
    const later = begin(mirror, t0 + 3_600_000)
    tell(mirror, event("Created", dispatch({ id: 2n })))
    const outcome = Inputs.applyListing(mirror, later, [], Infinity, {
      now: t0 + 3_600_000,
      elapsed: 0
    })
    assert.deepStrictEqual(
      outcome.transitions.map((transition) => [transition._tag, String("id" in transition && transition.id)]),
      [["Retired", "1"]]
    )
  })

  it("S6: tombstones go with a listing begun later, once no older stream is open", () => {
    const mirror = DispatchMirror.make()
    const opened = Inputs.mark(mirror)
    tell(mirror, event("Deleted", dispatch()))
    Inputs.applyListing(mirror, begin(mirror, t0), [], opened, moment)
    assert.strictEqual(mirror.tombstones.size, 1)
    const reopened = Inputs.mark(mirror)
    Inputs.applyListing(mirror, begin(mirror, t0), [], reopened, moment)
    assert.strictEqual(mirror.tombstones.size, 0)
  })

  it("S7: absence means deleted only where the listing would have shown it; what is over is retired", () => {
    const mirror = DispatchMirror.make()
    const over = dispatch({ id: 1n, startTime: at(-7_200) })
    const running = dispatch({ id: 2n, duration: Duration.infinity })
    Inputs.applyListing(mirror, begin(mirror, -Infinity), [over, running], Infinity, moment)
    const outcome = list(mirror, [])
    assert.deepStrictEqual(
      outcome.transitions.map(
        (transition) => `${transition._tag} ${"id" in transition ? transition.id : ""}`
      ),
      ["Retired 1"]
    )
    // The other one may have ended unnoticed, or be gone: the service is asked, and what comes meanwhile counts more.
    assert.deepStrictEqual(outcome.ask, [2n])
    const askedAt = Inputs.mark(mirror)
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, DispatchId.make(2n), askedAt)), ["Deleted"])
    list(mirror, [dispatch({ id: 3n })])
    const askedBefore = Inputs.mark(mirror)
    tell(mirror, event("Updated", dispatch({ id: 3n, version: 2 })))
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, DispatchId.make(3n), askedBefore)), [])
    // The service has shown it since it was asked, so what it answers late is of the past.
    const askedFirst = Inputs.mark(mirror)
    const shown = dispatch({ id: 3n, version: 2 })
    list(mirror, [shown])
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, shown.id, askedFirst)), [])
    const [askedLate, askedLater] = [Inputs.mark(mirror), Inputs.mark(mirror)]
    Inputs.applyRead(mirror, shown, { askedAt: askedLater, by: "get" }, moment)
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, shown.id, askedLate)), [])
    assert.deepStrictEqual(told(Inputs.applyMissing(mirror, shown.id, Inputs.mark(mirror))), ["Deleted"])
    // Nor is a listing believed to lack what a later answer has shown.
    list(mirror, [dispatch({ id: 4n })])
    const slow = begin(mirror, t0)
    const asked = { askedAt: Inputs.mark(mirror), by: "ids" as const }
    Inputs.applyRead(mirror, dispatch({ id: 4n }), asked, moment)
    assert.deepStrictEqual(Inputs.applyListing(mirror, slow, [], Infinity, moment).ask, [])
    assert.deepStrictEqual(list(mirror, []).ask, [4n])
    // Retired is not final: should it be extended, it is known again.
    const extended = dispatch({ id: 1n, version: 2, duration: Duration.infinity })
    assert.deepStrictEqual(told(tell(mirror, event("Updated", extended))), ["Created"])
  })

  it("S7: what the service takes for ended is not missed in its listings, and goes on by its schedule", () => {
    const mirror = DispatchMirror.make()
    const endless = dispatch({ duration: Duration.infinity, endTime: at(-7_200) })
    const other = dispatch({ id: 2n, duration: Duration.infinity })
    list(mirror, [endless, other])
    const { ask, transitions } = list(mirror, [])
    assert.deepStrictEqual([ask, transitions], [[other.id], []])
    assert.deepStrictEqual(DispatchMirror.dispatches(mirror), [endless, other])
  })

  it("S7: a rule in local time is listed for 26 hours more, since service and site may have different zone data", () => {
    const hours = (number: number) => number * 3_600
    const ending = (id: bigint, hour: number, timeZone?: string) => {
      const end = { _tag: "Until", until: at(hours(hour) - 3_600) } as const
      const fields = { frequency: "DAILY", interval: 1, end } as const
      const recurrence =
        timeZone === undefined ? new RecurrenceRule(fields) : new CalendarRule({ ...fields, timeZone })
      const start = at(hours(hour) - 3_600)
      return dispatch({
        id,
        startTime: start,
        duration: Duration.hours(1),
        endTime: at(hours(hour)),
        recurrence
      })
    }
    const [plain, recent, old] = [ending(1n, -3), ending(2n, -25, "UTC"), ending(3n, -27, "UTC")]
    // As the service finds it, it ended yesterday; as this site finds it, it runs tomorrow.
    const other = dispatch({ ...ending(4n, 24, "Europe/Berlin"), endTime: at(-hours(20)) })
    const mirror = DispatchMirror.make()
    list(mirror, [plain, recent, old, other])
    assert.deepStrictEqual(DispatchMirror.dispatches(mirror), [recent, old, other])
    const { ask, transitions } = list(mirror, [])
    assert.deepStrictEqual(ask, [recent.id, other.id])
    assert.deepStrictEqual(
      transitions.map((transition) => transition._tag === "Retired" && transition.id),
      [old.id]
    )
  })

  it("S8: an unreadable version is reported once, stays visible, hides no other, and is fetched again once", () => {
    const mirror = DispatchMirror.make()
    list(mirror, [dispatch({ id: 1n }), dispatch({ id: 2n })])
    const first = tell(mirror, event("Updated", unreadable(2)))
    assert.deepStrictEqual([told(first), first.unreadable.length, first.ask], [["Unschedulable"], 1, [1n]])
    assert.deepStrictEqual(
      DispatchMirror.dispatches(mirror).map(({ id }) => id),
      [2n]
    )
    assert.strictEqual(DispatchMirror.unschedulable(mirror).length, 1)
    const second = list(mirror, [unreadable(2), dispatch({ id: 2n })])
    assert.deepStrictEqual([second.unreadable, second.ask, told(second)], [[], [], []])
    // Another version takes the place of none that could be read.
    const third = tell(mirror, event("Updated", unreadable(3)))
    assert.deepStrictEqual([third.unreadable.length, third.ask], [0, []])
    const readable = tell(mirror, event("Updated", dispatch({ version: 3 })))
    assert.deepStrictEqual(told(readable), ["Updated"])
    assert.deepStrictEqual(DispatchMirror.unschedulable(mirror), [])
  })

  it("S8: an unknown kind of event is a reason to list again", () => {
    const mirror = DispatchMirror.make()
    const outcome = tell(mirror, event("Unknown", dispatch()))
    assert.deepStrictEqual([outcome.relist, outcome.anomalies, told(outcome)], [true, ["unknownEvent"], []])
  })

  it("first sight is a creation; a command may be executed late only if it is new to the service too", () => {
    const late = (outcome: Outcome) =>
      outcome.transitions.map((transition) => transition._tag === "Created" && transition.late)
    const mirror = DispatchMirror.make()
    assert.deepStrictEqual(late(list(mirror, [dispatch({ id: 1n })])), [false])
    assert.deepStrictEqual(late(list(mirror, [dispatch({ id: 1n }), dispatch({ id: 2n })])), [true])
    assert.deepStrictEqual(late(tell(mirror, event("Created", dispatch({ id: 3n })))), [true])
    assert.deepStrictEqual(late(tell(mirror, event("Updated", dispatch({ id: 4n })))), [false])
  })

  it("S6: an answer that was on its way does not bring back what was deleted meanwhile", () => {
    const mirror = DispatchMirror.make()
    const endless = { duration: Duration.infinity }
    for (const id of [1n, 2n]) tell(mirror, event("Created", dispatch({ ...endless, id })))
    const asked = Inputs.mark(mirror)
    tell(mirror, event("Deleted", dispatch({ ...endless, version: 2 })))
    list(mirror, [])
    assert.deepStrictEqual(told(read(mirror, dispatch(endless), asked)), [])
    // Of one that was not deleted it does tell.
    assert.deepStrictEqual(told(read(mirror, dispatch({ ...endless, id: 2n, version: 2 }), asked)), [
      "Updated"
    ])
  })

  it("S6: a listing that shows what is deleted is counted, and repeated later", () => {
    const mirror = DispatchMirror.make()
    tell(mirror, event("Created", dispatch()))
    tell(mirror, event("Deleted", dispatch({ version: 2 })))
    const { anomalies, relist, relistLater } = list(mirror, [dispatch()])
    assert.deepStrictEqual([anomalies, relist, relistLater], [["deletedButListed"], false, true])
  })

  it("S8: the version before one that cannot be read, and has no time, does not come back", () => {
    const mirror = DispatchMirror.make()
    const timeless = { ...unreadable(0), updateTime: undefined }
    tell(mirror, event("Created", dispatch()))
    assert.deepStrictEqual(told(tell(mirror, event("Updated", timeless))), ["Unschedulable"])
    assert.deepStrictEqual(told(tell(mirror, event("Updated", dispatch()))), [])
    const again = list(mirror, [timeless])
    assert.deepStrictEqual([told(again), again.unreadable, again.ask], [[], [], []])
    const shown = list(mirror, [dispatch()])
    assert.deepStrictEqual([told(shown), shown.relist], [[], true])
    assert.deepStrictEqual(told(list(mirror, [dispatch()])), ["Updated"])
  })

  it("S5: an older version in a listing that began before the newer one came is counted", () => {
    const mirror = DispatchMirror.make()
    const listing = begin(mirror, t0)
    tell(mirror, event("Created", dispatch({ version: 2 })))
    const { anomalies } = Inputs.applyListing(mirror, listing, [dispatch()], 0, moment)
    assert.deepStrictEqual(anomalies, ["staleVersion"])
  })
})
