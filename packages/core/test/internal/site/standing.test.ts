import { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { assert, describe, it } from "@effect/vitest"
import { draw, make } from "../../../src/internal/site/standing.ts"
import { at } from "../../fixtures.ts"

const stale = SyncStatus.Stale({ since: at(0), cause: "the stream broke" })

describe("the status of a site", () => {
  it("S9: is stale for all its reasons, since the first of them", () => {
    const reasons = ["two stories of dispatch 7", "the service shows what was deleted: dispatch 1"]
    const standing = { ...make(), base: stale, reasons }
    const drawn = draw(standing, stale, at(60))
    assert.deepStrictEqual(
      drawn,
      SyncStatus.Stale({ since: at(0), cause: ["the stream broke", ...reasons].join("; ") })
    )
    const inSync = SyncStatus.Synchronised({ since: at(-60) })
    const doubtful = draw({ ...standing, base: inSync }, inSync, at(60))
    assert.deepStrictEqual(doubtful, SyncStatus.Stale({ since: at(60), cause: reasons.join("; ") }))
  })
})
