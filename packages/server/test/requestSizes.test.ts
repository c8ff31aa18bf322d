import {
  create,
  type DescMessage,
  type JsonObject,
  type MessageInitShape,
  toBinary
} from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as RequestSizes from "@effect-dispatch/api/RequestSizes"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { create as createDispatch, after } from "./services.ts"
import { test } from "./serving.ts"
import { clients } from "./wire.ts"

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** Texts of as many bytes as may be, each another. */
const text = (number: number): string => String(number).padStart(WireLimits.typeLengthMax, "€")

/** Numbers are the longest on the wire for what they take as JSON. */
const payload: JsonObject = {
  n: Array.from({ length: (WireLimits.payloadBytesMax - 8) / 2 }, () => 1)
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => WireLimits.idMax - BigInt(index))

const rule = {
  freq: Protobuf.RecurrenceRule_Frequency.MINUTELY,
  interval: 1,
  endCriteria: { countOrUntil: { case: "untilTime" as const, value: timestampFromMs(4e12) } },
  byminutes: range(0, 59),
  byhours: range(0, 23),
  byweekdays: range(1, 7),
  bymonthdays: [...range(-31, -1), ...range(1, 31)],
  bymonths: range(1, 12)
}

const data = {
  type: text(0),
  startTime: timestampFromMs(after(60).epochMilliseconds),
  duration: 60,
  target: {
    components: { case: "componentIds" as const, value: { ids: ids(WireLimits.targetsMax) } }
  },
  isActive: true,
  payload,
  recurrence: rule
} satisfies MessageInitShape<typeof Protobuf.DispatchDataSchema>

const sizeOf = <Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): number =>
  toBinary(schema, create(schema, init)).length

describe("the largest request of each method", () => {
  test("that is valid passes, and is not far below the limit", () =>
    Effect.gen(function* () {
      const { dispatches } = yield* clients
      const { id } = yield* createDispatch()
      const made = { microgridId: WireLimits.idMax, dispatchData: data }
      yield* Effect.promise(() => dispatches.createMicrogridDispatch(made))
      const { duration, isActive, target } = data
      const changes = {
        microgridId: 1n,
        dispatchId: id,
        updateMask: {
          paths: ["duration", "target", "is_active", "payload", "recurrence"]
        },
        update: { duration, isActive, target, payload, recurrence: rule }
      }
      yield* Effect.promise(() => dispatches.updateMicrogridDispatch(changes))
      yield* createDispatch({ type: text(1) })
      yield* createDispatch({ type: text(2) })
      const filter = {
        targets: [
          {
            components: {
              case: "componentIds" as const,
              value: { ids: [1n, ...ids(WireLimits.filterValuesMax - 1)] }
            }
          }
        ],
        dispatchIds: [...range(1, 10).map(BigInt), ...ids(WireLimits.filterValuesMax - 10)],
        queries: range(1, WireLimits.filterValuesMax).map(text)
      }
      const first = yield* Effect.promise(() =>
        dispatches.listMicrogridDispatches({
          microgridId: 1n,
          filter,
          paginationParams: { params: { case: "pageSize", value: 1 } }
        })
      )
      assert.strictEqual(first.dispatches.length, 1)
      const following = {
        microgridId: 1n,
        filter,
        paginationParams: {
          params: { case: "pageToken" as const, value: first.paginationInfo?.nextPageToken ?? "" }
        }
      }
      const second = yield* Effect.promise(() => dispatches.listMicrogridDispatches(following))
      assert.strictEqual(second.dispatches.length, 1)
      for (const [method, size] of [
        ["CreateMicrogridDispatch", sizeOf(Protobuf.CreateMicrogridDispatchRequestSchema, made)],
        ["UpdateMicrogridDispatch", sizeOf(Protobuf.UpdateMicrogridDispatchRequestSchema, changes)],
        ["ListMicrogridDispatches", sizeOf(Protobuf.ListMicrogridDispatchesRequestSchema, following)]
      ] as const) {
        assert.isBelow(size, RequestSizes.bytesMaxOf(method), method)
        assert.isAbove(size, RequestSizes.bytesMaxOf(method) / 4, method)
      }
    }))
})
