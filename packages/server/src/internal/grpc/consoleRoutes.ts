/** The service for consoles: a stream that says that it is alive, the authors of changes, and the key that is shown. */
import type { MessageShape } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import * as DispatchFrames from "@effect-dispatch/api/DispatchFrames"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import type * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Stream } from "effect"
import type { Admission } from "../../AccessControl.ts"
import { accessRights } from "../../AccessKeyStore.ts"
import { DispatchService } from "../../DispatchService.ts"
import type { AuditRecord } from "../../DispatchStore.ts"
import { heartbeatInterval } from "../../ServiceLimits.ts"
import { events, incoming, type RouteNeeds } from "./dispatchRoutes.ts"
import { type Call, type Frame, frameOf, type Route, serverPull, unary } from "./route.ts"

/** The methods of the service. */
export const routes = ({
  access,
  stopping
}: Pick<RouteNeeds, "access" | "stopping">): ReadonlyArray<Route<DispatchService>> => {
  const answering =
    <I>(
      right: "read" | undefined,
      handle: (
        message: I,
        admission: Admission
      ) => Effect.Effect<Frame, DispatchError.DispatchError, DispatchService>
    ) =>
    (call: Call) =>
      Effect.map(access.gate(incoming(right, call)), (admission) => ({
        keyId: admission.keyId,
        turn: admission.place("calls", (release) => call.whenOver(release)),
        answer: (message: I) => handle(message, admission)
      }))
  const { method } = Protobuf.ConsoleService
  return [
    serverPull(method.watchMicrogrid, (call) =>
      Effect.map(access.gate(incoming("read", call)), (admission) => ({
        keyId: admission.keyId,
        turn: admission.place("streams", (release) => call.whenOver(release)),
        answer: (message) =>
          Effect.flatMap(events(message, { admission, call, stopping }), (pull) =>
            Stream.toPull(alive(Stream.fromPull(Effect.succeed(pull))))
          )
      }))
    ),
    unary(method.listAudit, answering("read", listAudit)),
    unary(method.describeKey, answering(undefined, describeKey))
  ]
}

const { WatchMicrogridResponseSchema } = Protobuf

const ready = frameOf(WatchMicrogridResponseSchema, { kind: { case: "ready", value: {} } })
const heartbeat = frameOf(WatchMicrogridResponseSchema, { kind: { case: "heartbeat", value: {} } })

/** Browsers have no pings, so a service that is frozen must be missed. */
const alive = <E>(changes: Stream.Stream<Frame, E>): Stream.Stream<Frame, E> => {
  const told = Stream.concat(Stream.succeed(ready), Stream.map(changes, DispatchFrames.watched))
  const beats = Stream.fromEffectRepeat(Effect.as(Effect.sleep(heartbeatInterval), heartbeat))
  return Stream.merge(told, beats, { haltStrategy: "left" })
}

const listAudit = Effect.fnUntraced(function* (
  message: MessageShape<typeof Protobuf.ListAuditRequestSchema>,
  { enter, key }: Admission
) {
  const microgridId = MicrogridId.make(message.microgridId)
  yield* enter(microgridId)
  const service = yield* DispatchService
  const records = yield* service.audit(microgridId, {
    id: message.dispatchId === undefined ? undefined : DispatchId.make(message.dispatchId),
    limit: message.limit === 0 ? auditLimitDefault : message.limit
  })
  const tellsAuthors = key === undefined || key.rights.includes("audit")
  return frameOf(Protobuf.ListAuditResponseSchema, {
    entries: records.map((record) => ({
      ...entryOf(record),
      ...(tellsAuthors ? { author: record.by } : undefined)
    }))
  })
})

const auditLimitDefault = 100

const kinds = {
  Created: Protobuf.AuditEntry_Kind.CREATED,
  Updated: Protobuf.AuditEntry_Kind.UPDATED,
  Deleted: Protobuf.AuditEntry_Kind.DELETED
}

/** An entry without its author. A time that cannot be read is left out. */
const entryOf = ({ at, flaw, id, kind }: AuditRecord) => ({
  dispatchId: id,
  kind: kinds[kind],
  ...(flaw === undefined ? { time: timestampFromMs(at.epochMilliseconds) } : undefined)
})

/** Without keys, this machine may do everything. */
const describeKey = (_: unknown, { enter, key }: Admission) =>
  Effect.as(
    enter(undefined),
    frameOf(
      Protobuf.DescribeKeyResponseSchema,
      key === undefined
        ? { rights: [...accessRights] }
        : {
            name: key.name,
            rights: [...key.rights],
            ...(key.microgrids === "all" ? undefined : { microgridIds: [...key.microgrids] })
          }
    )
  )
