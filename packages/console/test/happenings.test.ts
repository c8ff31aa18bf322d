import * as DispatchEvent from "@effect-dispatch/core/DispatchEvent"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchId from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import * as Happenings from "../src/worker/happenings.ts"

const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")

const id = DispatchId.make(2n)

const dispatch = (name?: string) =>
  new Dispatch({
    id,
    ...(name === undefined ? undefined : { name }),
    type: "PEAK",
    startTime: at,
    duration: Duration.hours(1),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: at,
    updateTime: 1n
  })

describe("what happened", () => {
  it("is told of a dispatch by number, name and type, also when it is gone", () => {
    for (const [name, called] of [
      ["winter peak", { id, name: "winter peak", type: "PEAK" }],
      [undefined, { id, type: "PEAK" }]
    ] as const) {
      const event = DispatchEvent.DispatchEvent.Deleted({ dispatch: dispatch(name) })
      assert.deepStrictEqual(Happenings.ofEvent(event, 0).dispatch, called)
    }
  })
})
