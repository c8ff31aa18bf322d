import { assert, describe, it } from "@effect/vitest"
import { judge, type Seen, Unbroken } from "../../../src/internal/runner/suspicion.ts"

const seen = (given: Partial<Seen>): Seen => ({
  pings: ["Silent", "Silent"],
  heartbeatAge: 10_000,
  holdsLocks: true,
  unbrokenFor: 10_000,
  ...given
})

describe("F7: another process that does not answer", () => {
  it("is frozen if its heartbeat has stopped and it holds locks, whether it refuses or is silent", () => {
    assert.strictEqual(judge(seen({})), "Frozen")
    assert.strictEqual(judge(seen({ pings: ["Refused", "Refused"] })), "Frozen")
    assert.strictEqual(judge(seen({ holdsLocks: false })), "Dead")
  })

  it("is dead at once if it owns nothing and refuses twice", () => {
    const gone = { holdsLocks: false, heartbeatAge: 0, unbrokenFor: 0 }
    assert.strictEqual(judge(seen({ ...gone, pings: ["Refused", "Refused"] })), "Dead")
    assert.strictEqual(judge(seen({ ...gone, pings: ["Refused", "Silent"] })), "Alive")
  })

  it("lives if it answers, or if its heartbeat goes on: then two see the database and not each other", () => {
    assert.strictEqual(judge(seen({ pings: ["Silent", "Answered"] })), "Alive")
    assert.strictEqual(judge(seen({ heartbeatAge: 1_500 })), "Alive")
  })

  it("is not judged by one whose own heartbeats did not go through", () => {
    assert.strictEqual(judge(seen({ unbrokenFor: 2_999 })), "Alive")
    const unbroken = new Unbroken()
    assert.strictEqual(unbroken.lengthAt(0), 0)
    for (let now = 0; now <= 4_000; now += 500) unbroken.beat(now)
    assert.strictEqual(unbroken.lengthAt(4_200), 4_200)
    assert.strictEqual(unbroken.lengthAt(5_600), 0)
    unbroken.beat(6_000)
    assert.strictEqual(unbroken.lengthAt(6_500), 500)
  })
})
