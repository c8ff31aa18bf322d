import { create } from "@bufbuild/protobuf"
import { anyPack } from "@bufbuild/protobuf/wkt"
import * as GrpcTimeout from "@effect-dispatch/api/GrpcTimeout"
import * as GrpcTrailers from "@effect-dispatch/api/GrpcTrailers"
import { BadRequestSchema } from "@effect-dispatch/api/Protobuf"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"

const decode = (trailers: { readonly [name: string]: string }) =>
  GrpcTrailers.decode((name) => trailers[name])

const details = [
  anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [{ field: "a", description: "b" }] }))
]

describe("GrpcTrailers", () => {
  it.prop(
    "any message arrives as it was, in characters that any header takes",
    [
      Arbitrary.schema(Schema.String),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16 })))
    ],
    ([message, code]) => {
      for (const some of [[], details]) {
        const trailers = GrpcTrailers.encode({ code, message, details: some })
        assert.match(Object.values(trailers).join(""), /^[\x20-\x7e]*$/)
        assert.deepStrictEqual(decode(trailers), { code, message: message.toWellFormed(), details: some })
      }
    }
  )

  it("a percent sign is a percent sign, also before digits", () => {
    for (const message of ["100%41", "%", "%%20", "50 % "])
      assert.strictEqual(decode(GrpcTrailers.encode({ code: 3, message, details: [] }))?.message, message)
  })

  it("details that belong to another code are left out", () => {
    const trailers = GrpcTrailers.encode({ code: 5, message: "m", details })
    assert.deepStrictEqual(decode({ ...trailers, "grpc-status": "3" })?.details, [])
  })

  it("what others write is read as far as it can be", () => {
    assert.isUndefined(decode({}))
    assert.deepStrictEqual(decode(GrpcTrailers.ok), { code: 0, message: "", details: [] })
    for (const [trailers, code, message] of [
      [{ "grpc-status": "x" }, 2, ""],
      [{ "grpc-status": "" }, 2, ""],
      [{ "grpc-status": "99", "grpc-message": "plain text" }, 99, "plain text"],
      [{ "grpc-status": "3", "grpc-message": "100%" }, 3, "100%"],
      [{ "grpc-status": "3", "grpc-message": "%ff" }, 3, "%ff"],
      [{ "grpc-status": "3", "grpc-status-details-bin": "!" }, 3, ""],
      [{ "grpc-status": "3", "grpc-status-details-bin": "CAU" }, 3, ""]
    ] as const) {
      assert.deepStrictEqual(decode(trailers), { code, message, details: [] })
    }
    const { "grpc-status-details-bin": bin = "" } = GrpcTrailers.encode({ code: 3, message: "m", details })
    assert.deepStrictEqual(
      decode({ "grpc-status": "3", "grpc-status-details-bin": `${bin}==` })?.details.length,
      1
    )
  })
})

describe("GrpcTimeout", () => {
  it("a time is never written shorter than it is, and has eight digits at most", () => {
    for (const millis of [0.2, 1, 59_999.5, 1e8 - 1, 1e8, 86_400_000, 1e11, 5e12, 3e14]) {
      const text = GrpcTimeout.encode(millis)
      assert.match(text, /^\d{1,8}[HMSm]$/)
      assert.isAtLeast(GrpcTimeout.decode(text) ?? 0, millis)
    }
    assert.strictEqual(GrpcTimeout.encode(Infinity), "99999999H")
    assert.strictEqual(GrpcTimeout.encode(1_500), "1500m")
  })

  it("every unit is read, and nothing else", () => {
    assert.deepStrictEqual(
      ["1H", "1M", "1S", "1m", "100u", "500000n", "00000000m"].map(GrpcTimeout.decode),
      [3_600_000, 60_000, 1_000, 1, 0.1, 0.5, 0]
    )
    for (const text of ["", "1", "m", "-1m", "1.5S", "123456789m", "1 m", "1d", "1mm"]) {
      assert.isUndefined(GrpcTimeout.decode(text), text)
    }
  })
})
