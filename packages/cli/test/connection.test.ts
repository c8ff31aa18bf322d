import {
  DispatchError,
  type DispatchErrorReason,
  InvalidArgument,
  NotFound,
  Unauthenticated,
  Unavailable
} from "@effect-dispatch/core/DispatchError"
import { assert, describe, it } from "@effect/vitest"
import { explanation } from "../src/connection.ts"

const said = (reason: DispatchErrorReason, start?: string): string =>
  explanation(new DispatchError({ reason }), start).message

describe("a failed call", () => {
  it("is told without what a service could do to the terminal", () => {
    assert.strictEqual(said(new NotFound({ message: "\u001b[2Jno\nsuch" })), "\\u001b[2Jno\nsuch")
  })

  it("names the field as the command line does", () => {
    const message = (field: string) => said(new InvalidArgument({ field, message: "7, must be less: 5" }))
    assert.strictEqual(message("startTime"), "start time: 7, must be less: 5")
    assert.strictEqual(message("recurrence.end.count"), "recurrence count: 7, must be less: 5")
    assert.strictEqual(message("recurrence.byHours[1]"), "recurrence by hours[1]: 7, must be less: 5")
    assert.strictEqual(message("filter.ids"), "ids: 7, must be less: 5")
    assert.strictEqual(message("microgridId"), "microgrid id: 7, must be less: 5")
    assert.strictEqual(message("payload.maxPower"), "payload.maxPower: 7, must be less: 5")
    assert.strictEqual(message("payload.\u001b[2J"), "payload.\\u001b[2J: 7, must be less: 5")
    const untold = new InvalidArgument({ message: "No field, v1.2: at all" })
    assert.strictEqual(said(untold), "No field, v1.2: at all")
  })

  it("says what can be done about a service that is not there, and about a key that is missing", () => {
    const message = "x cannot be reached: nothing listens there (ECONNREFUSED)"
    const refused = new Unavailable({ message, fault: "NothingListens" })
    assert.strictEqual(
      said(refused, "pnpm dispatch serve"),
      `${message}\nStart one with: pnpm dispatch serve`
    )
    assert.strictEqual(said(refused), message)
    assert.strictEqual(said(new Unavailable({ message: "shutting down" }), "serve"), "shutting down")
    assert.match(said(new Unauthenticated({ message: "a valid key is needed" })), /--auth-key-file PATH$/)
  })
})
