import { assert, describe, it } from "@effect/vitest"
import { knowledgeAfter, type Loss } from "../src/state/loss.ts"
import { noKnowledge } from "../src/worker/protocol.ts"

const loss: Loss = { kind: "Ended", cause: "it has failed", at: 2_000 }
const inSync = { ...noKnowledge, status: "Synchronised", since: 1_000 } as const

describe("what was known before the worker was lost", () => {
  it("W13: is stale from its last word on, with the cause", () =>
    assert.deepStrictEqual(knowledgeAfter(inSync, loss), {
      ...inSync,
      status: "Stale",
      since: 2_000,
      cause: "it has failed"
    }))

  it("W13: gets no surer by the loss", () => {
    const stale = { ...inSync, status: "Stale", cause: "no answer" } as const
    assert.deepStrictEqual(knowledgeAfter(stale, loss), { ...stale, cause: "it has failed" })
    assert.deepStrictEqual(knowledgeAfter(noKnowledge, loss), { ...noKnowledge, cause: "it has failed" })
  })

  it("is what it was as long as there is no loss", () =>
    assert.strictEqual(knowledgeAfter(inSync, undefined), inSync))
})
