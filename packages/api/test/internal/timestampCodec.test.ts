import { create } from "@bufbuild/protobuf"
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt"
import { isRefused } from "../../src/internal/coded.ts"
import * as TimestampCodec from "../../src/internal/timestampCodec.ts"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { instants, nanoseconds } from "../arbitraries.ts"

const timestamp = (seconds: bigint, nanos: number): Timestamp => create(TimestampSchema, { seconds, nanos })

describe("TimestampCodec", () => {
  it.prop("every millisecond of the years 1 to 9999 is itself", [instants], ([instant]) => {
    const written = TimestampCodec.encode(instant, "at")
    if (isRefused(written)) return assert.fail(written.message)
    assert.strictEqual(written.nanos % 1_000_000, 0)
    assert.deepStrictEqual(TimestampCodec.decode(written, "at"), instant)
  })

  it.prop("every nanosecond of the years 1 to 9999 is itself", [nanoseconds], ([nanos]) => {
    const written = TimestampCodec.encodeNanos(nanos, "at")
    if (isRefused(written)) return assert.fail(written.message)
    assert.isTrue(written.nanos >= 0 && written.nanos < 1_000_000_000)
    assert.strictEqual(TimestampCodec.decodeNanos(written, "at"), nanos)
  })

  it("what is finer than a millisecond is cut off, towards the past, also before 1970", () => {
    for (const [nanos, millis] of [
      [0, -1_000],
      [999_999, -1_000],
      [1_000_000, -999],
      [999_999_999, -1]
    ] as const) {
      assert.deepStrictEqual(TimestampCodec.decode(timestamp(-1n, nanos), "at"), DateTime.makeUnsafe(millis))
    }
  })

  it("the bounds are the years 1 and 9999, to the nanosecond", () => {
    const isIn = (seconds: bigint, nanos: number) =>
      [TimestampCodec.decode, TimestampCodec.decodeNanos].map(
        (decode) => !isRefused(decode(timestamp(seconds, nanos), "at"))
      )
    for (const [seconds, nanos] of [
      [-62_135_596_800n, 0],
      [253_402_300_799n, 999_999_999]
    ] as const) {
      assert.deepStrictEqual(isIn(seconds, nanos), [true, true])
    }
    for (const [seconds, nanos] of [
      [-62_135_596_801n, 999_999_999],
      [253_402_300_800n, 0],
      [0n, -1],
      [0n, 1_000_000_000]
    ] as const) {
      assert.deepStrictEqual(isIn(seconds, nanos), [false, false])
    }
    assert.isTrue(isRefused(TimestampCodec.encode(DateTime.makeUnsafe(253_402_300_800_000), "at")))
    assert.isTrue(isRefused(TimestampCodec.encode(DateTime.makeUnsafe(-62_135_596_800_001), "at")))
  })

  it("an instant that is not there is refused at its path", () => {
    const refused = TimestampCodec.decode(undefined, "startTime")
    if (!isRefused(refused)) return assert.fail("it is not refused")
    assert.deepStrictEqual([refused.path, refused.message], ["startTime", "an instant is required"])
  })
})
