import { assert, describe, it } from "@effect/vitest"
import { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, Option } from "effect"
import * as Knowledge from "../src/worker/knowledge.ts"
import { noKnowledge } from "../src/worker/protocol.ts"

const at = (millis: number) => DateTime.makeUnsafe(millis)
const heard = (millis: number) => ({
  lastSign: Option.some(at(millis)),
  offset: Option.none(),
  copy: Option.none()
})
const nothingHeard = { lastSign: Option.none<DateTime.Utc>(), offset: Option.none(), copy: Option.none() }
const stale = (millis: number) => SyncStatus.Stale({ since: at(millis), cause: "silence" })

describe("the knowledge that pages are told", () => {
  it("W7: is stale from the last sign of life on, not from when the silence was noticed", () => {
    const inSync = Knowledge.after(noKnowledge, SyncStatus.Synchronised({ since: at(1_000) }), heard(2_000))
    assert.strictEqual(inSync.since, 1_000)
    const silent = Knowledge.after(inSync, stale(33_000), heard(2_000))
    assert.deepInclude(silent, { status: "Stale", since: 2_000, cause: "silence" })
  })

  it("W7: stays sure until the same instant while it is stale, whatever is heard of new streams", () => {
    const silent = Knowledge.after(noKnowledge, stale(33_000), heard(2_000))
    const trying = Knowledge.after(silent, stale(33_000), heard(40_000))
    assert.strictEqual(trying.since, 2_000)
    const again = Knowledge.after(trying, SyncStatus.Synchronised({ since: at(41_000) }), heard(41_000))
    assert.strictEqual(Knowledge.after(again, stale(60_000), heard(55_000)).since, 55_000)
  })

  it("W11: of a copy is as stale as the site is, and sure again with it", () => {
    const since = at(7_000)
    const copyOf = (isStale: boolean) => ({
      ...heard(60_000),
      copy: Option.some({ isStale, since: isStale ? since : undefined, cause: "no answer" })
    })
    const inSync = SyncStatus.Synchronised({ since: at(1_000) })
    const doubtful = Knowledge.after(noKnowledge, inSync, copyOf(true))
    assert.deepInclude(doubtful, {
      status: "Stale",
      since: 7_000,
      cause: "at the site: no answer",
      isCopy: true
    })
    assert.deepInclude(Knowledge.after(doubtful, inSync, copyOf(false)), {
      status: "Synchronised",
      cause: null
    })
    // Without the site, nothing is known beyond what it was sure of.
    assert.strictEqual(Knowledge.after(doubtful, stale(90_000), copyOf(true)).since, 7_000)
  })

  it("W7: is sure no longer than until the doubt, if the service is heard all the same", () => {
    assert.strictEqual(Knowledge.after(noKnowledge, stale(33_000), heard(50_000)).since, 33_000)
    assert.strictEqual(Knowledge.after(noKnowledge, stale(33_000), nothingHeard).since, 33_000)
  })
})
