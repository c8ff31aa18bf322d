/** Lists dispatches page by page, whatever page sizes the service likes. */
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import type {
  ListMicrogridDispatchesRequest,
  ListMicrogridDispatchesResponse
} from "@effect-dispatch/api/Protobuf"
import { pageSizeDefault } from "@effect-dispatch/api/WireLimits"
import type { DispatchRecord, ListOptions } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Metric, Option, Stream } from "effect"
import { emptyPagesMax } from "../ClientLimits.ts"
import { pagesHalved } from "../Metrics.ts"
import { encoded, malformed } from "./failure.ts"

/** Asks for one page. */
type ListPage = (
  request: ListMicrogridDispatchesRequest
) => Effect.Effect<ListMicrogridDispatchesResponse, DispatchError>

/** The position of a listing: its beginning with a size, or further on. The size goes only with the first request. */
interface Position {
  readonly size: number | undefined
  readonly token: string | undefined
  /** The number of empty pages in a row before this one. */
  readonly empty: number
}

/**
 * The pages, one after the other, as they are asked for. If one is too large, the listing begins anew with pages half
 * as long, and leaves out what it has given already.
 */
export const list = (
  listPage: ListPage,
  microgridId: MicrogridId,
  { filter = {}, pageSize, sort }: ListOptions
): Stream.Stream<DispatchRecord, DispatchError> =>
  Stream.suspend(() => {
    const given = new Set<DispatchId>()
    let halved = false

    const ask = ({ size, token }: Position) => {
      const page = token !== undefined ? { token } : size !== undefined ? { size } : undefined
      return Effect.flatMap(encoded(ListCodec.encode({ microgridId, filter, sort, page })), listPage)
    }

    const next = (position: Position): Effect.Effect<PageOf, DispatchError> =>
      ask(position).pipe(
        Effect.flatMap((response) => {
          const records = fresh(response.dispatches.map(DispatchCodec.decodeRecord))
          const token = response.paginationInfo?.nextPageToken
          if (token === undefined || token === "") return Effect.succeed([records, Option.none()] as const)
          if (token === position.token) {
            return Effect.fail(malformed("a page says that it is followed by itself"))
          }
          const empty = response.dispatches.length > 0 ? 0 : position.empty + 1
          if (empty > emptyPagesMax) {
            return Effect.fail(malformed(`more than ${emptyPagesMax} pages in succession are empty`))
          }
          return Effect.succeed([records, Option.some({ ...position, token, empty })] as const)
        }),
        Effect.catch((error) => {
          const size = position.size ?? pageSizeDefault
          if (error.reason._tag !== "ResourceExhausted" || size <= 1) return Effect.fail(error)
          halved = true
          return Effect.andThen(
            Metric.update(pagesHalved.at(), 1),
            next({ size: Math.floor(size / 2), token: undefined, empty: 0 })
          )
        })
      )

    /** Leaves out what was given before the listing began anew. */
    const fresh = (records: ReadonlyArray<DispatchRecord>): ReadonlyArray<DispatchRecord> => {
      const kept = halved ? records.filter(({ id }) => id === undefined || !given.has(id)) : records
      for (const { id } of kept) if (id !== undefined) given.add(id)
      return kept
    }

    return Stream.paginate({ size: pageSize, token: undefined, empty: 0 } as Position, next)
  })

type PageOf = readonly [records: ReadonlyArray<DispatchRecord>, following: Option.Option<Position>]
