import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Schema } from "effect"
import * as InstantText from "../../../src/internal/journal/instantText.ts"

const day = 86_400_000
const instants = Arbitrary.schema(
  Schema.Int.check(Schema.isBetween({ minimum: -day, maximum: Date.UTC(10_000, 0, 1) + day }))
)

describe("the text of an instant", () => {
  it.prop("is that of DateTime, in any order of days", [instants], ([instant]) => {
    // Days that are sixteen apart share a place.
    for (const millis of [instant, instant + 16 * day, instant, instant + 1, instant + 0.5]) {
      const at = DateTime.makeUnsafe(millis)
      assert.strictEqual(InstantText.of(at), DateTime.formatIso(at))
    }
  })
})
