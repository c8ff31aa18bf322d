/** The dispatching actor of one microgrid, seen by any number of pages. */
import * as DispatchClientWeb from "@effect-dispatch/client/DispatchClientWeb"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import { ServiceConsole } from "@effect-dispatch/client/ServiceConsole"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Clock, Context, Effect, FiberSet, Layer, Option, Queue, Redacted, Stream } from "effect"
import * as Happenings from "./happenings.ts"
import * as History from "./history.ts"
import * as Knowledge from "./knowledge.ts"
import { Pages } from "./pages.ts"
import * as Part from "./part.ts"
import type { Answer, KeyState, Request } from "./protocol.ts"
import * as Writes from "./writes.ts"

/** The microgrid that is watched, and the credentials to do so. */
export interface SessionOptions {
  readonly url: string
  readonly microgridId: MicrogridId
  readonly authKey: string | undefined
  readonly signSecret: string | undefined
  readonly consoleToken: string | undefined
  /** The part of the microgrid that is shown, in words. */
  readonly part: string
}

/** A question of a page, and the way back. */
export interface Asked {
  readonly request: Request
  readonly reply: (answer: Answer) => void
}

/** The most that pages are behind the actor. */
const batchWindow = "100 millis"
const batchMax = 100_000

/** Runs until it is interrupted, or until any part of it fails: pages would take what the others still tell for all. */
export const run = (options: SessionOptions, pages: Pages, asked: Queue.Dequeue<Asked>) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const console = yield* ServiceConsole
    const reports = yield* ReportClient
    const dispatching = yield* dispatchingOf(options, {
      client,
      count: console.count,
      sized: (size) => pages.sized(size)
    })
    const works = yield* FiberSet.make<unknown, unknown>()
    const place = { dispatching, client, console, reports, pages, part: options.part, works }
    for (const pump of yield* pumpsOf(place, asked)) yield* FiberSet.run(works, Effect.andThen(pump, dried))
    yield* FiberSet.run(works, tellKey(place))
    yield* FiberSet.join(works)
  }).pipe(Effect.scoped, Effect.provide(layer(options)))

/** The end of what never ends. */
const dried = Effect.die(new Error("there are no more changes to tell"))

/** All that is told and answered, for as long as there are pages. */
const pumpsOf = Effect.fnUntraced(function* (place: Place, asked: Queue.Dequeue<Asked>) {
  const { console, dispatching, pages, works } = place
  const changes = yield* dispatching.runningStateChanges({ current: false })
  const missed = yield* dispatching.missedRuns()
  const events = yield* dispatching.lifecycleEvents({ current: true })
  return [
    Stream.runForEach(dispatching.statusChanges, (status) => tellStatus(place, status)),
    Stream.runForEach(Stream.filter(console.copyStatuses, Option.isSome), () =>
      Effect.flatMap(dispatching.status, (status) => tellStatus(place, status))
    ),
    Stream.runForEach(changes, (change) =>
      Effect.sync(() => pages.happened([Happenings.ofChange(change, pages.listeningSince)]))
    ),
    Stream.runForEach(missed, (each) =>
      Effect.map(Clock.currentTimeMillis, (at) => pages.happened([Happenings.ofMissed(each, at)]))
    ),
    Stream.runForEach(Stream.fromQueue(asked), ({ reply, request }) =>
      FiberSet.run(works, Effect.map(answer(place, request), reply))
    ),
    Stream.runForEach(Stream.groupedWithin(events, batchMax, batchWindow), (batch) =>
      tellChanges(place, batch)
    )
  ]
})

const redacted = (secret: string | undefined) => (secret === undefined ? undefined : Redacted.make(secret))

const layer = ({ authKey, consoleToken, signSecret, url }: SessionOptions) =>
  DispatchClientWeb.layer({
    url,
    authKey: redacted(authKey),
    signSecret: redacted(signSecret),
    consoleToken: redacted(consoleToken)
  })

/** The actor of what is shown, running. */
const dispatchingOf = Effect.fnUntraced(function* (
  { microgridId, part }: Pick<SessionOptions, "microgridId" | "part">,
  source: Part.Source
) {
  const actor = DispatchingActor.layer({ microgridId }).pipe(
    Layer.provide([DispatchScheduler.layer, Layer.succeed(DispatchClient, Part.clientOf(part, source))])
  )
  return Context.get(yield* Layer.build(actor), DispatchingActor.DispatchingActor)
})

interface Place {
  readonly dispatching: Context.Service.Shape<typeof DispatchingActor.DispatchingActor>
  readonly client: Context.Service.Shape<typeof DispatchClient>
  readonly console: Context.Service.Shape<typeof ServiceConsole>
  readonly reports: Context.Service.Shape<typeof ReportClient>
  readonly pages: Pages
  readonly part: string
  /** All that goes on for the pages; with the first that fails, the session ends. */
  readonly works: FiberSet.FiberSet<unknown, unknown>
}

const tellChanges = Effect.fnUntraced(function* (
  { dispatching, pages }: Place,
  batch: ReadonlyArray<DispatchEvent>
) {
  const at = yield* Clock.currentTimeMillis
  pages.changed(batch)
  pages.unreadable(yield* dispatching.unschedulable)
  // Those that were there before are no news.
  const news = batch.filter(
    ({ _tag, dispatch }) =>
      _tag !== "Created" || dispatch.createTime.epochMilliseconds >= pages.listeningSince
  )
  pages.happened(news.map((event) => Happenings.ofEvent(event, at)))
})

const tellStatus = Effect.fnUntraced(function* (place: Place, status: SyncStatus) {
  const { dispatching, pages } = place
  // The dispatches of the listing are told first, so that no page shows that there are none.
  if (status._tag === "Synchronised") yield* Effect.sleep(batchWindow)
  const facts = {
    offset: yield* dispatching.clockOffset,
    lastSign: yield* place.console.lastSign,
    copy: yield* place.console.copyStatus
  }
  const knowledge = Knowledge.after(pages.knowledge, status, facts)
  pages.stands(knowledge, yield* dispatching.unschedulable)
  pages.happened([Happenings.ofKnowledge(knowledge, yield* Clock.currentTimeMillis)])
  // The key may be the cause: it is missing, revoked, or for elsewhere.
  if (knowledge.cause !== null) yield* FiberSet.run(place.works, tellKey(place))
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

const answer = (
  { client, console, dispatching, pages, part, reports }: Place,
  request: Request
): Effect.Effect<Answer> => {
  const { actor, microgridId } = dispatching
  const clockLead = part === "" ? undefined : (pages.knowledge.clockLead ?? 0)
  const place = { client, microgridId, knownIds: pages.knownIds, clockLead }
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
        return dispatched(client.get(microgridId, request.id))
      case "Audit":
        return audited(console, microgridId, request.id)
      case "Runs":
        return History.runs(reports, microgridId, request.query)
      case "LastRuns":
        return History.lastRuns(reports, microgridId, request.ids)
      case "TryNow":
        return Effect.as(Effect.andThen(Effect.ignore(actor.stop()), actor.start), {
          _tag: "Done"
        })
    }
  }
  return Effect.suspend(work).pipe(
    Effect.catch(({ reason }) =>
      Effect.succeed<Answer>({
        _tag: "Failed",
        reason: reason._tag,
        message: reason.message,
        field: reason._tag === "InvalidArgument" ? (reason.field ?? null) : null
      })
    ),
    Effect.catchDefect((thrown) => Effect.succeed(failed(thrown)))
  )
}

/** The answer to a question over which the page itself failed. A write may have been sent by then. */
const failed = (thrown: unknown): Answer => ({
  _tag: "Failed",
  reason: "Defect",
  message: `it is not known whether this was done, as the page has failed (${Thrown.messageOf(thrown)}); look before you repeat it`,
  field: null
})

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
