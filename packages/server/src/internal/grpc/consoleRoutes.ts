/** The service for consoles: a stream that says that it is alive, the authors of changes, and the key that is shown. */
import type { MessageShape } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import * as DispatchFrames from "@effect-dispatch/api/DispatchFrames"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import type * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { Effect, Option, type Scope, Stream } from "effect"
import type { Admission } from "../../AccessControl.ts"
import { accessRights } from "../../AccessKeyStore.ts"
import { DispatchService } from "../../DispatchService.ts"
import type { AuditRecord } from "../../DispatchStore.ts"
import { heartbeatInterval } from "../../ServiceLimits.ts"
import type { Source } from "../backlog.ts"
import { OriginalStatus } from "../originalStatus.ts"
import { events, incoming, type RouteNeeds } from "./dispatchRoutes.ts"
import {
  type Call,
  type Frame,
  frameOf,
  type Frames,
  type Route,
  serverStream,
  type Unary,
  unary
} from "./route.ts"

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
      Effect.map(access.gate(incoming(right, call)), (admission): Unary<DispatchService, I> => ({
        _tag: "Unary",
        keyId: admission.keyId,
        turn: admission.place("calls", (release) => call.whenOver(release)),
        answer: (message) => handle(message, admission)
      }))
  const { method } = Protobuf.ConsoleService
  return [
    serverStream(method.watchMicrogrid, (call) =>
      Effect.map(access.gate(incoming("read", call)), (admission) => ({
        _tag: "Stream",
        keyId: admission.keyId,
        turn: admission.place("streams", (release) => call.whenOver(release)),
        answer: (message) => Effect.flatMap(events(message, { admission, call, stopping }), alive)
      }))
    ),
    unary(method.listAudit, answering("read", listAudit)),
    unary(method.describeKey, answering(undefined, describeKey))
  ]
}

const { WatchMicrogridResponseSchema } = Protobuf

const ready = frameOf(WatchMicrogridResponseSchema, { kind: { case: "ready", value: {} } })
const heartbeat = frameOf(WatchMicrogridResponseSchema, { kind: { case: "heartbeat", value: {} } })

/** Browsers have no pings, so a service that is frozen must be missed. A copy tells how well it knows its original. */
const alive = Effect.fnUntraced(function* (changes: Frames): Effect.fn.Return<Frames, never, Scope.Scope> {
  const watched = new Watched(changes)
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.delay(
        Effect.sync(() => watched.beat()),
        heartbeatInterval
      )
    )
  )
  const original = yield* OriginalStatus
  if (Option.isSome(original)) {
    const stands = (status: SyncStatus) => Effect.sync(() => watched.stands(copyStatus(status)))
    yield* Effect.forkScoped(Stream.runForEach(original.value, stands))
  }
  return watched
})

const copyStatus = (status: SyncStatus): Frame => {
  const cause = status._tag === "Synchronised" ? "" : (status.cause ?? "the site is connecting")
  const value = {
    isStale: status._tag !== "Synchronised",
    cause,
    ...(status._tag === "Stale" ? { since: timestampFromMs(status.since.epochMilliseconds) } : undefined)
  }
  return frameOf(WatchMicrogridResponseSchema, { kind: { case: "copyStatus", value } })
}

/** Says that it is ready, then how it stands, then changes, and heartbeats between them: one of each waits at most. */
class Watched implements Source<Frame, DispatchError.DispatchError> {
  readonly #changes: Frames
  #sign: Frame | undefined = ready
  #standing: Frame | undefined
  #act: (() => void) | undefined

  constructor(changes: Frames) {
    this.#changes = changes
  }

  get failure(): DispatchError.DispatchError | undefined {
    return this.#changes.failure
  }

  next(): Frame | undefined {
    const sign = this.#sign
    this.#sign = undefined
    if (sign !== undefined) return sign
    const standing = this.#standing
    this.#standing = undefined
    if (standing !== undefined) return standing
    const change = this.#changes.next()
    return change && DispatchFrames.watched(change)
  }

  listen(act: () => void): void {
    this.#act = act
    this.#changes.listen(act)
    if (this.#sign !== undefined || this.#standing !== undefined) queueMicrotask(act)
  }

  stands(standing: Frame): void {
    this.#standing = standing
    this.#act?.()
  }

  beat(): void {
    if (this.#sign !== undefined) return
    this.#sign = heartbeat
    this.#act?.()
  }
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
            ...(key.name === undefined ? undefined : { name: key.name }),
            rights: [...key.rights],
            ...(key.microgrids === "all" ? undefined : { microgridIds: [...key.microgrids] })
          }
    )
  )
