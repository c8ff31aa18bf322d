import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { assert, describe, it } from "@effect/vitest"
import { Cause } from "effect"
import * as CallStatus from "../src/internal/grpc/callStatus.ts"

describe("the status of a call", () => {
  it("of a broken invariant tells the client nothing of it", () => {
    const status = CallStatus.ofFailure("GetMicrogridDispatch", Cause.die(new Error("at /srv/secret")))
    assert.deepStrictEqual(status, { code: 13, message: "internal error", details: [] })
  })

  it("of a failure has its words, and of an interruption says so", () => {
    const failed = Cause.fail(DispatchError.notFound("there is none"))
    assert.deepInclude(CallStatus.ofFailure("GetMicrogridDispatch", failed), {
      code: 5,
      message: "there is none"
    })
    assert.strictEqual(CallStatus.ofFailure("GetMicrogridDispatch", Cause.interrupt(1)).code, 1)
  })
})
