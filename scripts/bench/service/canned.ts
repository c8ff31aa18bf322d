/** The messages that servers without a store answer with: as large as those of the service. */
import { create, toBinary } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import * as Protobuf from "@effect-dispatch/api/Protobuf"

/** Dispatches on a page. */
export const pageSize = 100

export const data = {
  type: "CHARGE",
  startTime: timestampFromMs(Date.now()),
  duration: 600,
  target: { components: { case: "componentIds" as const, value: { ids: [1n, 2n] } } },
  isActive: true,
  payload: { power_w: 5_000, mode: "charge" }
}

const now = timestampFromMs(Date.now())
export const metadata = { dispatchId: 1n, createTime: now, updateTime: now, endTime: now }

export const dispatch = create(Protobuf.DispatchSchema, { metadata, data })

export const get = create(Protobuf.GetMicrogridDispatchResponseSchema, { microgridId: 1n, dispatch })

export const list = create(Protobuf.ListMicrogridDispatchesResponseSchema, {
  dispatches: Array.from({ length: pageSize }, () => dispatch),
  paginationInfo: { totalItems: pageSize }
})

export const event = create(Protobuf.StreamMicrogridDispatchesResponseSchema, {
  dispatch,
  event: Protobuf.Event.UPDATED
})

/** The same as bytes, by the name of the method. */
export const answers: { readonly [method: string]: Uint8Array } = {
  GetMicrogridDispatch: toBinary(Protobuf.GetMicrogridDispatchResponseSchema, get),
  ListMicrogridDispatches: toBinary(Protobuf.ListMicrogridDispatchesResponseSchema, list),
  StreamMicrogridDispatches: toBinary(Protobuf.StreamMicrogridDispatchesResponseSchema, event)
}

/** The requests as bytes, by the name of the method. */
export const requests: { readonly [method: string]: Uint8Array } = {
  GetMicrogridDispatch: toBinary(
    Protobuf.GetMicrogridDispatchRequestSchema,
    create(Protobuf.GetMicrogridDispatchRequestSchema, { microgridId: 1n, dispatchId: 1n })
  ),
  ListMicrogridDispatches: toBinary(
    Protobuf.ListMicrogridDispatchesRequestSchema,
    create(Protobuf.ListMicrogridDispatchesRequestSchema, {
      microgridId: 1n,
      paginationParams: { params: { case: "pageSize", value: pageSize } }
    })
  ),
  StreamMicrogridDispatches: toBinary(
    Protobuf.StreamMicrogridDispatchesRequestSchema,
    create(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId: 1n })
  )
}

export const service = `/${Protobuf.MicrogridDispatchService.typeName}`
