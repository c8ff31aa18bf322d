/**
 * The part of a service that consoles need beside its dispatches.
 *
 * @since 0.1.0
 */
import { createClient } from "@connectrpc/connect"
import { timestampMs } from "@bufbuild/protobuf/wkt"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import { AuditEntry_Kind, ConsoleService, MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, DateTime, Effect, type Option, type Stream } from "effect"
import type { Calls } from "./internal/calls.ts"
import { retrying } from "./internal/calls.ts"
import { encoded } from "./internal/failure.ts"
import type { CopyStatus } from "./internal/watchStream.ts"

export type { CopyStatus } from "./internal/watchStream.ts"

/**
 * A change of a dispatch, and its author.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuditedChange {
  readonly id: DispatchId
  readonly kind: "Created" | "Updated" | "Deleted" | "Unknown"
  readonly at: DateTime.Utc | undefined
  /** The name of the key that was shown; absent without the right to know. */
  readonly by: string | undefined
}

/**
 * The key that is shown, as the service knows it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyDescription {
  /** Absent where no key is needed. */
  readonly name: string | undefined
  readonly rights: ReadonlyArray<string>
  readonly microgrids: "all" | ReadonlyArray<MicrogridId>
  /** The features beyond the upstream API that the service announces. */
  readonly features: ReadonlySet<string>
}

/**
 * The calls for consoles.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClientWeb, ServiceConsole } from "@effect-dispatch/client/web"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { describeKey } = yield* ServiceConsole.ServiceConsole
 *   assert.strictEqual((yield* Effect.flip(describeKey)).reason._tag, "Unavailable")
 * })
 * const nowhere = DispatchClientWeb.layer({ url: "http://127.0.0.1:1/api" })
 * await Effect.runPromise(Effect.provide(program, nowhere))
 * ```
 *
 * @see BEHAVIOUR W12
 * @category services
 * @since 0.1.0
 */
export class ServiceConsole extends Context.Service<
  ServiceConsole,
  {
    /** The latest changes of a microgrid, or of one dispatch there, newest first. */
    readonly audit: (
      microgridId: MicrogridId,
      options: { readonly id?: DispatchId | undefined; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<AuditedChange>, DispatchError>
    readonly describeKey: Effect.Effect<KeyDescription, DispatchError>
    /** The number of dispatches that a listing would give; 0 also where a service counts none. */
    readonly count: (microgridId: MicrogridId, filter: DispatchFilter) => Effect.Effect<number, DispatchError>
    /** The instant of the last message of an event stream: until then, all that happened was told. */
    readonly lastSign: Effect.Effect<Option.Option<DateTime.Utc>>
    /** The certainty with which the service knows its original; none as long as it is not known to be a copy of one. */
    readonly copyStatus: Effect.Effect<Option.Option<CopyStatus>>
    /** The same, and then every change of it. */
    readonly copyStatuses: Stream.Stream<Option.Option<CopyStatus>>
  }
>()("@effect-dispatch/client/ServiceConsole") {}

/** The calls by a route. @internal */
export const make = (
  calls: Calls,
  signs: Pick<ServiceConsole["Service"], "lastSign" | "copyStatus" | "copyStatuses">
): ServiceConsole["Service"] => {
  const { describeKey, listAudit } = createClient(ConsoleService, calls.transport)
  const { listMicrogridDispatches } = createClient(MicrogridDispatchService, calls.transport)
  const { method } = ConsoleService
  return {
    ...signs,
    count: Effect.fn("ServiceConsole.count")(function* (microgridId, filter) {
      const request = ListCodec.encode({ microgridId, filter, sort: undefined, page: { size: 1 } })
      const message = yield* encoded(request)
      const { paginationInfo } = yield* retrying(
        calls.unary(MicrogridDispatchService.method.listMicrogridDispatches, (options) =>
          listMicrogridDispatches(message, options)
        )
      )
      return paginationInfo?.totalItems ?? 0
    }),
    audit: Effect.fn("ServiceConsole.audit")(function* (microgridId, { id, limit }) {
      const request = { microgridId, limit, ...(id === undefined ? undefined : { dispatchId: id }) }
      const { entries } = yield* retrying(
        calls.unary(method.listAudit, (options) => listAudit(request, options))
      )
      return entries.map(({ author, dispatchId, kind, time }) => ({
        id: DispatchId.make(dispatchId),
        kind: kinds[kind],
        at: time && DateTime.makeUnsafe(timestampMs(time)),
        by: author
      }))
    }),
    describeKey: Effect.gen(function* () {
      const { microgridIds, name, rights } = yield* retrying(
        calls.unary(method.describeKey, (options) => describeKey({}, options))
      )
      const microgrids = microgridIds.length === 0 ? "all" : microgridIds.map((id) => MicrogridId.make(id))
      return { name, rights, microgrids, features: calls.features.announced } as const
    })
  }
}

const kinds: { readonly [kind in AuditEntry_Kind]: AuditedChange["kind"] } = {
  [AuditEntry_Kind.UNSPECIFIED]: "Unknown",
  [AuditEntry_Kind.CREATED]: "Created",
  [AuditEntry_Kind.UPDATED]: "Updated",
  [AuditEntry_Kind.DELETED]: "Deleted"
}
