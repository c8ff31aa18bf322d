import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Fenced } from "@effect-dispatch/core/SitePersistence"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { RecordWrite } from "../../../src/FleetStore.ts"
import { EdgeLog } from "../../../src/internal/runner/edgeLog.ts"
import * as FencedStore from "../../../src/internal/runner/fencedStore.ts"

const token = { microgridId: MicrogridId.make(1n), epoch: 7n }

/** The store of an activation, the statements that it makes, and how often it was told that all is lost. */
const make = (records: ReadonlyMap<string, string> = new Map()) => {
  const owner = { isMine: true }
  const writes: Array<RecordWrite> = []
  const asked: Array<string> = []
  const lost = { times: 0 }
  const database = {
    name: "test",
    write: (_token: unknown, write: RecordWrite) =>
      Effect.sync(() => {
        writes.push(write)
        return owner.isMine
      }),
    keys: () => Effect.sync(() => (asked.push("keys"), ["later"])),
    read: (_id: unknown, key: string) => Effect.sync(() => (asked.push(key), "as it is now"))
  }
  const edges = new EdgeLog({ mayTellUnnoted: () => false, onLost: () => {} })
  const holding = { isAbandoned: false, lose: () => void (lost.times += 1) }
  const store = FencedStore.make(database, { token, records }, edges, holding)
  return { asked, holding, lost, owner, store, writes }
}

describe("the store of an activation", () => {
  it.effect("F1: of a microgrid that another has taken over refuses for good, whatever is written", () =>
    Effect.gen(function* () {
      const { lost, owner, store } = make()
      yield* store.set("note", "1")
      assert.strictEqual(lost.times, 0)
      owner.isMine = false
      for (const write of [store.set("note", "2"), store.remove("note")]) {
        const { cause } = yield* Effect.flip(write)
        assert.isTrue(cause instanceof Fenced)
      }
      assert.strictEqual(lost.times, 2)
    })
  )

  it.effect("F2: of a site that does not end refuses for good, though nobody has taken over", () =>
    Effect.gen(function* () {
      const { holding, store, writes } = make()
      yield* store.set("note", "1")
      holding.isAbandoned = true
      const { cause } = yield* Effect.flip(store.set("note", "2"))
      assert.isTrue(cause instanceof Fenced)
      assert.strictEqual(writes.length, 1)
    })
  )

  it.effect("F1: writes in order, so that a late write replaces nothing", () =>
    Effect.gen(function* () {
      const { store, writes } = make()
      yield* store.set("note", "1")
      yield* store.remove("note")
      assert.deepStrictEqual(
        writes.map(({ key, sequence, value }) => [key, sequence, value]),
        [
          ["note", 1n, "1"],
          ["note", 2n, undefined]
        ]
      )
    })
  )

  it.effect("F1: gives what the takeover read, once, and then asks", () =>
    Effect.gen(function* () {
      const { asked, store } = make(new Map([["note", "at the takeover"]]))
      assert.deepStrictEqual(yield* store.keys, ["note"])
      assert.strictEqual(yield* store.get("note"), "at the takeover")
      assert.deepStrictEqual(asked, [])
      assert.deepStrictEqual(yield* store.keys, ["later"])
      assert.strictEqual(yield* store.get("note"), "as it is now")
      assert.deepStrictEqual(asked, ["keys", "note"])
    })
  )
})
