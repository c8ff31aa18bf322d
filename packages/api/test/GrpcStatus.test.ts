import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import { DispatchErrorReason } from "@effect-dispatch/core/DispatchError"
import { assert, describe, it } from "@effect/vitest"

const tags = DispatchErrorReason.members.map((reason) => reason.identifier)

describe("GrpcStatus", () => {
  it("every reason has a code of its own, which stands for it", () => {
    assert.sameMembers(Object.keys(GrpcStatus.codeOf), tags)
    // One is the client's own, which no service sends.
    const { Unsupported: _, ...sent } = GrpcStatus.codeOf
    const codes = Object.values(sent)
    assert.strictEqual(new Set(codes).size, codes.length)
    for (const [tag, code] of Object.entries(sent)) {
      assert.strictEqual(GrpcStatus.tagOf(code), tag)
      assert.isTrue(Number.isInteger(code) && code >= 1 && code <= 16)
    }
  })

  it("every code stands for a reason", () => {
    const reasons = Array.from({ length: 16 }, (_, index) => GrpcStatus.tagOf(index + 1))
    assert.deepStrictEqual(reasons, [
      "Unavailable",
      "Protocol",
      "InvalidArgument",
      "DeadlineExceeded",
      "NotFound",
      "AlreadyExists",
      "PermissionDenied",
      "ResourceExhausted",
      "InvalidArgument",
      "Conflict",
      "InvalidArgument",
      "Unimplemented",
      "Protocol",
      "Unavailable",
      "Protocol",
      "Unauthenticated"
    ])
  })

  it("what is no code of today stands for a breach of the protocol", () => {
    for (const code of [0, 17, -1, 99, Number.NaN]) assert.strictEqual(GrpcStatus.tagOf(code), "Protocol")
  })

  it("a reason says what the status said, and the field where it has one", () => {
    for (let code = 1; code <= 17; code++) {
      const reason = GrpcStatus.reasonOf(code, "because", "type")
      assert.strictEqual(reason._tag, GrpcStatus.tagOf(code))
      assert.strictEqual(reason.message, "because")
      assert.strictEqual(
        "field" in reason ? reason.field : undefined,
        code === 3 || code === 9 || code === 11 ? "type" : undefined
      )
    }
    assert.isFalse("field" in GrpcStatus.reasonOf(3, "because"))
  })

  it("reasons say whether asking again can help", () => {
    const retryable = Array.from({ length: 16 }, (_, index) => GrpcStatus.reasonOf(index + 1, "x"))
      .filter(({ isRetryable }) => isRetryable)
      .map(({ _tag }) => _tag)
    assert.sameMembers(
      [...new Set(retryable)],
      ["Unavailable", "DeadlineExceeded", "ResourceExhausted", "Protocol"]
    )
  })
})
