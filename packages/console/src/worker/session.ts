/** The dispatching actor of one microgrid, seen by any number of pages. */
import * as DispatchClientWeb from "@effect-dispatch/client/DispatchClientWeb"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import { ServiceConsole } from "@effect-dispatch/client/ServiceConsole"
import { Dispatcher, layerWithClient } from "@effect-dispatch/core/Dispatcher"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { Clock, Context, Effect, Layer, Option, Queue, Redacted, Stream } from "effect"
import * as Happenings from "./happenings.ts"
import * as History from "./history.ts"
import * as Knowledge from "./knowledge.ts"
import { Pages } from "./pages.ts"
import type { Answer, KeyState, Request } from "./protocol.ts"
import * as Writes from "./writes.ts"

/** The microgrid that is watched, and the credentials to do so. */
export interface SessionOptions {
  readonly url: string
  readonly microgridId: MicrogridId
  readonly authKey: string | undefined
  readonly signSecret: string | undefined
  readonly consoleToken: string | undefined
}

/** A question of a page, and the way back. */
export interface Asked {
  readonly request: Request
  readonly reply: (answer: Answer) => void
}

/** The most that pages are behind the actor. */
const batchWindow = "100 millis"
const batchMax = 100_000

/** Runs until it is interrupted. */
export const run = (options: SessionOptions, pages: Pages, asked: Queue.Dequeue<Asked>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const dispatcher = yield* Dispatcher
      const console = yield* ServiceConsole
      const now = Clock.currentTimeMillis
      const place = { dispatcher, console, reports: yield* ReportClient, pages }
      const changes = yield* dispatcher.runningStateChanges(undefined, { current: false })
      const missed = yield* dispatcher.missedRuns()
      const events = yield* dispatcher.lifecycleEvents(undefined, { current: true })
      yield* Effect.forkScoped(
        Stream.runForEach(dispatcher.statusChanges, (status) => tellStatus(place, status))
      )
      yield* Effect.forkScoped(
        Stream.runForEach(Stream.filter(console.copyStatuses, Option.isSome), () =>
          Effect.flatMap(dispatcher.status, (status) => tellStatus(place, status))
        )
      )
      yield* Effect.forkScoped(
        Stream.runForEach(changes, (change) =>
          Effect.sync(() => pages.happened([Happenings.ofChange(change, pages.listeningSince)]))
        )
      )
      yield* Effect.forkScoped(
        Stream.runForEach(missed, (each) =>
          Effect.map(now, (at) => pages.happened([Happenings.ofMissed(each, at)]))
        )
      )
      yield* Effect.forkScoped(
        Stream.runForEach(Stream.fromQueue(asked), ({ reply, request }) =>
          Effect.forkScoped(Effect.map(answer(place, request), reply))
        )
      )
      yield* Effect.forkScoped(tellKey(place))
      yield* Stream.runForEach(Stream.groupedWithin(events, batchMax, batchWindow), (batch) =>
        tellChanges(place, batch)
      )
    })
  ).pipe(Effect.provide(layer(options)))

const redacted = (secret: string | undefined) => (secret === undefined ? undefined : Redacted.make(secret))

const layer = ({ authKey, consoleToken, microgridId, signSecret, url }: SessionOptions) =>
  layerWithClient({ microgridId }).pipe(
    Layer.provideMerge(
      DispatchClientWeb.layer({
        url,
        authKey: redacted(authKey),
        signSecret: redacted(signSecret),
        consoleToken: redacted(consoleToken)
      })
    )
  )

interface Place {
  readonly dispatcher: Context.Service.Shape<typeof Dispatcher>
  readonly console: Context.Service.Shape<typeof ServiceConsole>
  readonly reports: Context.Service.Shape<typeof ReportClient>
  readonly pages: Pages
}

const tellChanges = Effect.fnUntraced(function* (
  { dispatcher, pages }: Place,
  batch: ReadonlyArray<DispatchEvent>
) {
  const at = yield* Clock.currentTimeMillis
  pages.changed(batch)
  pages.unreadable(yield* dispatcher.unschedulable)
  // Those that were there before are no news.
  const news = batch.filter(
    ({ _tag, dispatch }) =>
      _tag !== "Created" || dispatch.createTime.epochMilliseconds >= pages.listeningSince
  )
  pages.happened(news.map((event) => Happenings.ofEvent(event, at)))
})

const tellStatus = Effect.fnUntraced(function* (place: Place, status: SyncStatus) {
  const { dispatcher, pages } = place
  // The dispatches of the listing are told first, so that no page shows that there are none.
  if (status._tag === "Synchronised") yield* Effect.sleep(batchWindow)
  const facts = {
    offset: yield* dispatcher.clockOffset,
    lastSign: yield* place.console.lastSign,
    copy: yield* place.console.copyStatus
  }
  const knowledge = Knowledge.after(pages.knowledge, status, facts)
  pages.stands(knowledge, yield* dispatcher.unschedulable)
  pages.happened([Happenings.ofKnowledge(knowledge, yield* Clock.currentTimeMillis)])
  // The key may be the cause: it is missing, revoked, or for elsewhere.
  if (knowledge.cause !== null) yield* Effect.forkScoped(tellKey(place))
})

const tellKey = ({ console, pages }: Place) =>
  console.describeKey.pipe(
    Effect.map(({ features, microgrids, name, rights }) =>
      pages.keyed({
        _tag: "Known",
        name: name ?? null,
        rights,
        microgrids: microgrids === "all" ? [] : microgrids,
        features: [...features],
        isDescribed: true
      })
    ),
    Effect.catch(({ reason }) =>
      Effect.sync(() => {
        if (reason._tag === "Unauthenticated") pages.keyed({ _tag: "Needed", message: reason.message })
        if (reason._tag === "Unimplemented") pages.keyed(undescribed)
      })
    )
  )

/** A service without the part for consoles: it may let write, and says so when it does not. */
const undescribed: KeyState = {
  _tag: "Known",
  name: null,
  rights: ["read", "write"],
  microgrids: [],
  features: [],
  isDescribed: false
}

const answer = ({ console, dispatcher, pages, reports }: Place, request: Request): Effect.Effect<Answer> => {
  const place = { client: dispatcher.client, microgridId: dispatcher.microgridId, knownIds: pages.knownIds }
  const dispatched = <E>(work: Effect.Effect<Extract<Answer, { _tag: "Dispatched" }>["dispatch"], E>) =>
    Effect.map(work, (dispatch): Answer => ({ _tag: "Dispatched", dispatch }))
  const work = (): Effect.Effect<Answer, DispatchError.DispatchError> => {
    switch (request._tag) {
      case "Create":
        return dispatched(Writes.create(place, request.draft))
      case "Update":
        return dispatched(Writes.update(place, request))
      case "Delete":
        return Effect.as(Writes.remove(place, request.id), { _tag: "Done" })
      case "Get":
        return dispatched(dispatcher.client.get(dispatcher.microgridId, request.id))
      case "Audit":
        return audited(console, dispatcher.microgridId, request.id)
      case "Runs":
        return History.runs(reports, dispatcher.microgridId, request.query)
      case "LastRuns":
        return History.lastRuns(reports, dispatcher.microgridId, request.ids)
      case "TryNow":
        return Effect.as(Effect.andThen(Effect.ignore(dispatcher.actor.stop()), dispatcher.actor.start), {
          _tag: "Done"
        })
    }
  }
  return Effect.catch(Effect.suspend(work), ({ reason }) =>
    Effect.succeed<Answer>({
      _tag: "Failed",
      reason: reason._tag,
      message: reason.message,
      field: reason._tag === "InvalidArgument" ? (reason.field ?? null) : null
    })
  )
}

/** Most changes that are shown of a dispatch. */
const auditMax = 20

const audited = (
  console: Place["console"],
  microgridId: MicrogridId,
  id: Extract<Request, { _tag: "Audit" }>["id"]
) =>
  Effect.map(console.audit(microgridId, { id, limit: auditMax }), (entries): Answer => ({
    _tag: "Audited",
    lines: entries.map(({ at, by, kind }) => ({
      kind,
      at: at?.epochMilliseconds ?? null,
      by: by ?? null
    }))
  }))
