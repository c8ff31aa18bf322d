/** The messages between the worker, which keeps in sync with the service, and the pages that show what it knows. */
import { Dispatch, DispatchJson } from "@effect-dispatch/core/Dispatch"
import { Reporter } from "@effect-dispatch/core/JournalStore"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { Run } from "@effect-dispatch/core/Run"
import { Schema } from "effect"

const {
  calendar,
  dryRun,
  durationSeconds,
  id: Id,
  name,
  payload,
  recurrence,
  target,
  type
} = DispatchJson.from.fields
const UpdateTime = DispatchJson.from.fields.updateTime

/** A dispatch that is to be created; without a start it begins at once. Its rule is in one of two fields. */
export const Draft = Schema.Struct({
  name,
  type,
  startTime: Schema.NullOr(Schema.DateTimeUtcFromString),
  durationSeconds,
  target,
  active: Schema.Boolean,
  dryRun,
  payload,
  recurrence,
  calendar
})

export type Draft = typeof Draft.Type

/** The rule of a draft, in UTC or in local time. */
export const ruleOf = ({ calendar, recurrence }: Pick<Draft, "calendar" | "recurrence">): Rule | undefined =>
  calendar ?? recurrence ?? undefined

/** The fields of a draft that hold a rule. */
export const ruleFields = (rule: Rule | undefined): Pick<Draft, "calendar" | "recurrence"> => {
  if (rule?.timeZone === undefined) return { recurrence: rule ?? null }
  return { recurrence: null, calendar: rule }
}

/** The fields of a dispatch that change. */
export const Changes = Schema.Struct({
  name: Schema.optionalKey(Schema.NullOr(Schema.String)),
  startTime: Schema.optionalKey(Schema.DateTimeUtcFromString),
  durationSeconds: Schema.optionalKey(durationSeconds),
  target: Schema.optionalKey(target),
  active: Schema.optionalKey(Schema.Boolean),
  payload: Schema.optionalKey(payload),
  /** A rule in UTC, or none in place of one. */
  recurrence: Schema.optionalKey(recurrence),
  /** A rule in local time, or none in place of one. */
  calendar: Schema.optionalKey(Schema.NullOr(calendar.schema))
})

export type Changes = typeof Changes.Type

/** The runs to tell, as sites report them: the latest first, by their planned beginning. Instants are epoch milliseconds. */
export const RunQuery = Schema.Struct({
  /** Of these dispatches, or of all if there is none. */
  ids: Schema.Array(Id),
  from: Schema.NullOr(Schema.Number),
  to: Schema.NullOr(Schema.Number),
  missed: Schema.Boolean,
  most: Schema.Int
})

export type RunQuery = typeof RunQuery.Type

/** A question to the service. */
export const Request = Schema.Union([
  Schema.TaggedStruct("Create", { draft: Draft }),
  Schema.TaggedStruct("Update", { id: Id, changes: Changes, ifUpdateTime: UpdateTime }),
  Schema.TaggedStruct("Delete", { id: Id }),
  Schema.TaggedStruct("Get", { id: Id }),
  Schema.TaggedStruct("Audit", { id: Id }),
  Schema.TaggedStruct("Runs", { query: RunQuery }),
  Schema.TaggedStruct("LastRuns", { ids: Schema.Array(Id) }),
  Schema.TaggedStruct("TryNow", {})
])

export type Request = typeof Request.Type

/** A change of a dispatch, and its author where that may be known. */
export const AuditLine = Schema.Struct({
  kind: Schema.Literals(["Created", "Updated", "Deleted", "Unknown"]),
  at: Schema.NullOr(Schema.Number),
  by: Schema.NullOr(Schema.String)
})

export type AuditLine = typeof AuditLine.Type

/** A run as one of its reporters tells it. */
export const ToldRun = Schema.Struct({
  reporter: Reporter,
  arrivedAt: Schema.DateTimeUtcFromString,
  /** True if another reporter tells the contrary. */
  contradicted: Schema.Boolean,
  run: Run
})

export type ToldRun = typeof ToldRun.Type

/** The answer to a question. */
export const Answer = Schema.Union([
  Schema.TaggedStruct("Dispatched", { dispatch: DispatchJson }),
  Schema.TaggedStruct("Audited", { lines: Schema.Array(AuditLine) }),
  /** Runs; there are more if they are not all. */
  Schema.TaggedStruct("Told", { runs: Schema.Array(ToldRun), isAll: Schema.Boolean }),
  Schema.TaggedStruct("Done", {}),
  Schema.TaggedStruct("Failed", {
    reason: Schema.String,
    message: Schema.String,
    field: Schema.NullOr(Schema.String)
  })
])

export type Answer = typeof Answer.Type

/** The most dispatches that a page begins with: 10,000 of them take 26 MB in the browser. */
export const shownMax = 100_000

/** The number of dispatches that the service has, and how many of them are in the part that is shown. */
export const Size = Schema.Struct({
  all: Schema.Finite,
  chosen: Schema.Finite,
  /** True if none of these are shown. */
  isTooMany: Schema.Boolean
})

export type Size = typeof Size.Type

/** The quality of the knowledge of the service. Instants are epoch milliseconds. */
export const Knowledge = Schema.Struct({
  status: Schema.Literals(["Connecting", "Synchronised", "Stale"]),
  /** The instant from which on it is in sync, or up to which it is sure if it is stale. */
  since: Schema.NullOr(Schema.Number),
  cause: Schema.NullOr(Schema.String),
  /** The lead of the service's clock over the local one, in milliseconds, if it is worth telling. */
  clockLead: Schema.NullOr(Schema.Number),
  /** True if it is what a site knows of the service. */
  isCopy: Schema.Boolean,
  /** As it was when the service was last listed. */
  size: Schema.NullOr(Size)
})

export type Knowledge = typeof Knowledge.Type

/** The knowledge at the beginning. */
export const noKnowledge: Knowledge = {
  status: "Connecting",
  since: null,
  cause: null,
  clockLead: null,
  isCopy: false,
  size: null
}

/** The key that is shown, as far as the service tells. */
export const KeyState = Schema.Union([
  Schema.TaggedStruct("Unknown", {}),
  Schema.TaggedStruct("Needed", { message: Schema.String }),
  Schema.TaggedStruct("Known", {
    name: Schema.NullOr(Schema.String),
    rights: Schema.Array(Schema.String),
    /** Without any, all are open. */
    microgrids: Schema.Array(Schema.BigIntFromString),
    /** The features beyond the API that the service announces. */
    features: Schema.Array(Schema.String),
    /** False if the service has no part for consoles, so that this is a guess. */
    isDescribed: Schema.Boolean
  })
])

export type KeyState = typeof KeyState.Type

/** A dispatch that cannot be read. */
export const Unreadable = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  path: Schema.String,
  message: Schema.String
})

export type Unreadable = typeof Unreadable.Type

/** A thing that happened, as it is told. */
export const Happening = Schema.Struct({
  at: Schema.Number,
  kind: Schema.Literals([
    "Created",
    "Updated",
    "Deleted",
    "Retired",
    "Running",
    "Stopped",
    "Missed",
    "Status"
  ]),
  /** The dispatch that it is about, if it is about one. */
  dispatch: Schema.NullOr(Schema.Struct({ id: Id, name, type })),
  detail: Schema.String
})

export type Happening = typeof Happening.Type

/** Messages of the worker. */
export const ToPage = Schema.Union([
  /** The worker serves somebody with another key. */
  Schema.TaggedStruct("Foreign", {}),
  Schema.TaggedStruct("Stands", { knowledge: Knowledge, unreadable: Schema.Array(Unreadable) }),
  Schema.TaggedStruct("Keyed", { key: KeyState }),
  /** All that is known follows; then changes alone. */
  Schema.TaggedStruct("Begun", { listeningSince: Schema.Number }),
  Schema.TaggedStruct("Changed", {
    dispatches: Schema.Array(DispatchJson),
    gone: Schema.Array(Id)
  }),
  Schema.TaggedStruct("Happened", { lines: Schema.Array(Happening) }),
  Schema.TaggedStruct("Answered", { number: Schema.Number, answer: Answer }),
  /** The answer to a ping. */
  Schema.TaggedStruct("Alive", {}),
  /** Nothing more is told, and no question answered: what keeps in sync has failed. */
  Schema.TaggedStruct("Ended", { cause: Schema.String })
])

export type ToPage = typeof ToPage.Type

/** Messages of a page. */
export const ToWorker = Schema.Union([
  Schema.TaggedStruct("Open", {
    microgridId: Schema.BigIntFromString,
    authKey: Schema.NullOr(Schema.String),
    signSecret: Schema.NullOr(Schema.String),
    /** Of a console that hands calls on. */
    consoleToken: Schema.NullOr(Schema.String),
    /** The part of the microgrid to show, in words; all of it if there are none. */
    part: Schema.String
  }),
  Schema.TaggedStruct("Ask", { number: Schema.Number, request: Request }),
  Schema.TaggedStruct("Ping", {}),
  Schema.TaggedStruct("Leave", {})
])

export type ToWorker = typeof ToWorker.Type

/** The other end of a message channel, as far as either side uses it. */
export interface Port {
  readonly postMessage: (message: unknown) => void
}

const encodePage = Schema.encodeSync(ToPage)
const encodeWorker = Schema.encodeSync(ToWorker)

/** Sends a message to a page. */
export const toPage = (port: Port, message: ToPage): void => port.postMessage(encodePage(message))

/** Sends a message to the worker. */
export const toWorker = (port: Port, message: ToWorker): void => port.postMessage(encodeWorker(message))

/** Reads a message of the worker. */
export const fromWorker = Schema.decodeUnknownSync(ToPage)

/** Reads a message of a page. */
export const fromPage = Schema.decodeUnknownSync(ToWorker)

/** The dispatch that a draft would become, to look at its runs. */
export const dispatchOf = (draft: Draft, now: Dispatch["startTime"]): Dispatch => {
  const rule = ruleOf(draft)
  return new Dispatch(
    {
      id: Id.to.make(0n),
      ...(draft.name === undefined ? undefined : { name: draft.name }),
      type: draft.type,
      startTime: draft.startTime ?? now,
      duration: draft.durationSeconds,
      target: draft.target,
      active: draft.active,
      dryRun: draft.dryRun,
      payload: draft.payload,
      createTime: now,
      updateTime: 0n,
      ...(rule === undefined ? undefined : { recurrence: rule })
    },
    { disableChecks: true }
  )
}
