import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as DispatchFrames from "@effect-dispatch/api/DispatchFrames"
import { messageIn } from "@effect-dispatch/api/GrpcFraming"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { dispatches } from "./arbitraries.ts"

describe("DispatchFrames", () => {
  it.prop("answers made of bytes are those made of messages", [dispatches], ([dispatch]) => {
    const message = Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch))
    const bytes = toBinary(Protobuf.DispatchSchema, message)
    const getSchema = Protobuf.GetMicrogridDispatchResponseSchema
    assert.deepStrictEqual(
      fromBinary(getSchema, messageIn(DispatchFrames.get(7n, bytes))),
      create(getSchema, { microgridId: 7n, dispatch: message })
    )
    const listSchema = Protobuf.ListMicrogridDispatchesResponseSchema
    const paginationInfo = { totalItems: 3, nextPageToken: "next" }
    assert.deepStrictEqual(
      fromBinary(listSchema, messageIn(DispatchFrames.list([bytes, bytes], paginationInfo))),
      create(listSchema, { dispatches: [message, message], paginationInfo })
    )
    for (const [name, kind] of [
      ["Created", "CREATED"],
      ["Updated", "UPDATED"],
      ["Deleted", "DELETED"]
    ] as const) {
      const event = fromBinary(
        Protobuf.StreamMicrogridDispatchesResponseSchema,
        messageIn(DispatchFrames.event(name, bytes))
      )
      const expected = { event: Protobuf.Event[kind], dispatch: message }
      assert.deepStrictEqual(event, create(Protobuf.StreamMicrogridDispatchesResponseSchema, expected))
    }
  })

  it("what a later version has put into a dispatch is passed on", () => {
    const later = Uint8Array.of(0xba, 0x3e, 1, 77)
    assert.isTrue(Buffer.from(DispatchFrames.get(7n, later)).includes(later))
  })

  it("messages of every length stand in an answer whole", () => {
    const schema = Protobuf.GetMicrogridDispatchResponseSchema
    for (const from of [100, 16_360, 2_097_130])
      for (let length = from; length < from + 40; length++) {
        const dispatch = { data: { type: "x".repeat(length) } }
        const bytes = toBinary(Protobuf.DispatchSchema, create(Protobuf.DispatchSchema, dispatch))
        const framed = DispatchFrames.get(7n, bytes)
        assert.deepStrictEqual(
          messageIn(framed),
          toBinary(schema, create(schema, { microgridId: 7n, dispatch }))
        )
      }
  })
})
