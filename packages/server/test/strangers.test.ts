import { assert, describe, it } from "@effect/vitest"
import { Strangers } from "../src/internal/grpc/strangers.ts"

const bounds = {
  max: 10,
  connectionsMax: 100,
  perAddressMax: 3,
  callsMax: 2,
  proxies: new Set(["proxy"]),
  strangerNanos: 10n,
  idleNanos: 60n
}

describe("Strangers", () => {
  it("one address has few, a proxy has any number, and of too many in all the oldest goes", () => {
    const strangers = new Strangers<number>(bounds)
    const arrive = (count: number, address: string, first: number) =>
      Array.from({ length: count }, (_, index) => strangers.arrive(first + index, address, 0n))
    assert.deepStrictEqual(arrive(4, "one", 0), [undefined, undefined, undefined, 3])
    assert.deepStrictEqual(arrive(5, "proxy", 10), Array(5).fill(undefined))
    assert.deepStrictEqual(arrive(4, "other", 20), [undefined, undefined, 0, 23])
    strangers.admit(1)
    assert.deepStrictEqual(arrive(3, "one", 30), [undefined, 2, 10])
    // A stranger that was let go in favour of others takes no place any more.
    strangers.leave(0)
    strangers.leave(2)
    assert.strictEqual(strangers.arrive(40, "one", 0n), 40)
  })

  it("a stranger may ask a few times in vain, and one with an admitted call any number of times", () => {
    const strangers = new Strangers<number>(bounds)
    strangers.arrive(0, "one", 0n)
    strangers.arrive(1, "one", 0n)
    assert.deepStrictEqual([strangers.ask(0), strangers.ask(0), strangers.ask(0)], [true, true, false])
    assert.deepStrictEqual([strangers.ask(1), strangers.ask(1)], [true, true])
    strangers.admit(1)
    assert.deepStrictEqual([strangers.ask(1), strangers.ask(1)], [true, true])
  })

  it("where all connections are taken the oldest stranger goes, and nobody who is known", () => {
    const strangers = new Strangers<number>({ ...bounds, connectionsMax: 6 })
    for (let id = 0; id < 4; id++) {
      strangers.arrive(id, "proxy", 0n)
      strangers.admit(id)
    }
    assert.deepStrictEqual(
      [4, 5, 6, 7].map((id) => strangers.arrive(id, "proxy", 0n)),
      [undefined, undefined, 4, 5]
    )
  })

  it("one with an admitted call makes room for another of its address, and takes none again", () => {
    const strangers = new Strangers<number>(bounds)
    for (let id = 0; id < 9; id++) {
      assert.isUndefined(strangers.arrive(id, "one", 0n))
      strangers.admit(id)
      strangers.end(id, 0n)
    }
    for (let id = 0; id < 9; id++) strangers.leave(id)
    assert.deepStrictEqual(
      [9, 10, 11, 12].map((id) => strangers.arrive(id, "one", 0n)),
      [undefined, undefined, undefined, 12]
    )
  })

  it("a stranger has ten seconds, and a connection a minute from the end of its last admitted call", () => {
    const strangers = new Strangers<string>(bounds)
    strangers.arrive("early", "one", 0n)
    strangers.arrive("known", "one", 1n)
    strangers.arrive("late", "one", 5n)
    strangers.admit("known")
    strangers.admit("known")
    assert.deepStrictEqual(strangers.overdue(9n), { strangers: [], idle: [] })
    assert.deepStrictEqual(strangers.overdue(10n), { strangers: ["early"], idle: [] })
    strangers.leave("early")
    strangers.end("known", 20n)
    assert.deepStrictEqual(strangers.overdue(90n), { strangers: ["late"], idle: [] })
    strangers.end("known", 30n)
    strangers.admit("known")
    strangers.end("known", 40n)
    assert.deepStrictEqual(strangers.overdue(99n).idle, [])
    assert.deepStrictEqual(strangers.overdue(100n).idle, ["known"])
    assert.deepStrictEqual(strangers.overdue(200n).idle, [])
  })
})
