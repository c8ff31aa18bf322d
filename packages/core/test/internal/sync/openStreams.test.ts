import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Scope } from "effect"
import { OpenStreams } from "../../../src/internal/sync/openStreams.ts"
import type { SyncFailure } from "../../../src/internal/sync/syncFailure.ts"

const opened = (openedAt: number) => ({
  openedAt,
  since: BigInt(openedAt),
  scope: Scope.makeUnsafe(),
  effective: Effect.void,
  ended: Deferred.makeUnsafe<SyncFailure>()
})

describe("open event streams", () => {
  it("S7: a listing is streamed only if one stream stood all the while", () => {
    const streams = new OpenStreams()
    const old = streams.add(opened(1))
    const beforeItStands = streams.watch()
    old.stands = true
    assert.isFalse(beforeItStands())
    const standing = streams.watch()
    const next = streams.add(opened(2))
    next.stands = true
    assert.isTrue(standing())
    // The next one stands, but it did not when the listing began.
    streams.delete(old)
    assert.isFalse(standing())
    assert.isTrue(streams.watch()())
  })

  it("S7: of two that stood when it began, one is enough", () => {
    const streams = new OpenStreams()
    const [old, next] = [streams.add(opened(1)), streams.add(opened(2))]
    old.stands = true
    next.stands = true
    const standing = streams.watch()
    streams.delete(old)
    assert.isTrue(standing())
    streams.delete(next)
    assert.isFalse(standing())
  })

  it("S6: those opened up to a position are outdated, also one that was on its way", () => {
    const streams = new OpenStreams()
    const [old, next] = [streams.add(opened(1)), streams.add(opened(3))]
    streams.outdate(2)
    const late = streams.add(opened(2))
    assert.deepStrictEqual(
      [old, next, late].map(({ isOutdated }) => isOutdated),
      [true, false, true]
    )
  })
})
