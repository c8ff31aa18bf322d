import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fromBinary, toBinary } from "@bufbuild/protobuf"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import {
  ListMicrogridDispatchesRequestSchema,
  UpdateMicrogridDispatchRequestSchema
} from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { success } from "./expectations.ts"

const vectors: ReadonlyArray<{ readonly message: string; readonly hex: string }> = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../test/vectors/wire.json"), "utf8")
)

const bytes = (index: number, message: string): Uint8Array => {
  const vector = vectors[index]
  assert.strictEqual(vector?.message, `frequenz.api.dispatch.v1.${message}`)
  return Buffer.from(vector?.hex ?? "", "hex")
}

const list = (index: number) =>
  ListCodec.decode(
    fromBinary(ListMicrogridDispatchesRequestSchema, bytes(index, "ListMicrogridDispatchesRequest"))
  )

const update = (index: number) =>
  UpdateCodec.decode(
    fromBinary(UpdateMicrogridDispatchRequestSchema, bytes(index, "UpdateMicrogridDispatchRequest"))
  )

const instant = (text: string) => DateTime.makeUnsafe(text)

describe("requests of another implementation", () => {
  it("a listing is read with all its conditions; instants are cut to milliseconds", () => {
    assert.deepStrictEqual(success(list(9)), {
      microgridId: MicrogridId.make(6n),
      filter: {
        recurring: true,
        startTime: { from: instant("2025-01-01T00:00:00.123Z") },
        endTime: { to: instant("2026-02-28T22:15:00.000Z") },
        updateTime: { from: instant("1970-01-01T00:00:00Z"), to: instant("1969-12-31T23:59:59.500Z") }
      },
      sort: undefined,
      page: undefined
    })
  })

  it("a listing is read with its order and page, and written as the same bytes", () => {
    const request = success(list(10))
    assert.deepStrictEqual(request, {
      microgridId: MicrogridId.make(6n),
      filter: { endTime: {} },
      sort: { field: "startTime", order: "descending" },
      page: { size: 100 }
    })
    const written = toBinary(ListMicrogridDispatchesRequestSchema, success(ListCodec.encode(request)))
    assert.deepStrictEqual(Buffer.from(written), bytes(10, "ListMicrogridDispatchesRequest"))
  })

  it("a target that says nothing is asked for by a listing like any other, and finds nothing", () => {
    assert.deepStrictEqual(success(list(8)).filter, {
      targets: [Target.componentIds(1n, 2n), Target.componentCategories("BATTERY"), Target.componentIds()],
      active: false,
      dryRun: false,
      recurring: false
    })
  })

  it("an update is read with what its mask names", () => {
    const { changes, id, microgridId } = success(update(17))
    assert.deepStrictEqual([microgridId, id], [1n, 2n])
    assert.sameMembers(Object.keys(changes), ["startTime", "duration"])
    assert.deepStrictEqual(changes.startTime, instant("2025-01-01T00:00:00.123Z"))
    assert.strictEqual(changes.duration && Duration.toSeconds(changes.duration), 0)
  })

  it("an update to no frequency makes it once, whatever else its mask names of the rule", () => {
    assert.deepStrictEqual(success(update(18)).changes, { recurrence: null })
  })
})
