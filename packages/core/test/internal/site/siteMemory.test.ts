import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { SiteMemory } from "../../../src/internal/site/siteMemory.ts"
import { at, dispatch } from "../../fixtures.ts"
import { memory } from "./recall.ts"

const running = (version: number): RunningStateChange => ({
  dispatch: dispatch({ version }),
  state: "Running",
  at: at(0),
  decidedAt: at(0),
  occurrence: at(0),
  until: at(60),
  continues: false,
  cause: "Scheduled"
})

describe("what is to be kept of a site", () => {
  it("R11: a recovered stop that nobody took counts as announced, beside the own run of the dispatch", () => {
    const [old, own, moved] = [running(1), running(2), running(3)]
    const waiting = { ended: [{ ...old, state: "Stopped" as const }], moved: [moved] }
    const kept = new SiteMemory({ waitingOf: () => waiting })
    const { id } = own.dispatch
    assert.deepStrictEqual(kept.of(id).announced, waiting.ended)
    kept.take(
      memory([{ id, version: own.dispatch, announced: [own], executed: undefined, evaluatedAt: undefined }])
    )
    assert.deepStrictEqual(kept.of(id).announced, [...waiting.ended, own])
    assert.deepStrictEqual(kept.of(id).moved, [moved])
  })
})
