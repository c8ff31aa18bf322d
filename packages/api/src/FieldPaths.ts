/**
 * The one table between paths in the model (`recurrence.byHours[1]`) and paths in the messages of the API
 * (`dispatch_data.recurrence.byhours[1]`): for masks of updates, and for refusals on the wire.
 *
 * @since 0.1.0
 */

/**
 * A field by its name in the model and its path in a message, and the fields in it. In a `"Free"` one names are the
 * same on both sides. Where several stand for one name, the first that fits is written and all are read.
 */
interface Field {
  readonly model: string
  readonly wire: string
  readonly of: ReadonlyArray<Field> | "Free"
}

const field = (model: string, wire: string, of: Field["of"] = []): Field => ({ model, wire, of })

const rule = [
  field("frequency", "freq"),
  field("interval", "interval"),
  field("end", "end_criteria", [field("count", "count"), field("until", "until_time")]),
  field("byMinutes", "byminutes"),
  field("byHours", "byhours"),
  field("byWeekdays", "byweekdays"),
  field("byMonthDays", "bymonthdays"),
  field("byMonths", "bymonths")
]

/** A rule in local time: what every rule has is in a message of its own. */
const calendar = [
  field("timeZone", "time_zone"),
  field("nthWeekdays", "nth_weekdays", [field("nth", "nth"), field("weekday", "weekday")]),
  field("positions", "positions"),
  field("weekStart", "week_start"),
  field("exceptions", "exceptions"),
  ...rule.map((each) => ({ ...each, wire: `rule.${each.wire}` }))
]

/** The older arm of categories holds nothing but their numbers. */
const target = [
  field("ids", "component_ids.ids"),
  field("categories", "component_categories.categories"),
  field("categories", "component_categories_types.categories", [
    field("category", "category"),
    field("subtype", "type"),
    field("subtype", "battery"),
    field("subtype", "inverter"),
    field("subtype", "ev_charger")
  ])
]

const active = field("active", "is_active")

/** Flags that no update changes, and listings go by. */
const lasting = [field("dryRun", "is_dry_run")]

const changeable = [
  field("startTime", "start_time"),
  field("duration", "duration"),
  field("target", "target", target),
  active,
  field("payload", "payload", "Free"),
  field("recurrence", "recurrence", rule),
  field("calendar", "calendar", calendar),
  field("name", "name")
]

const created = [field("type", "type"), ...changeable, ...lasting]

const interval = [field("from", "start_time"), field("to", "end_time")]

const filter = [
  field("targets", "targets", target),
  active,
  ...lasting,
  field("recurring", "is_recurring"),
  field("startTime", "start_time_interval", interval),
  field("endTime", "end_time_interval", interval),
  field("updateTime", "update_time_interval", interval),
  field("ids", "dispatch_ids"),
  field("queries", "queries"),
  field("names", "names")
]

const sort = [field("field", "sort_field"), field("order", "sort_order")]

/** The same fields in a message within a request. */
const within = (wire: string, fields: ReadonlyArray<Field>): ReadonlyArray<Field> =>
  fields.map((each) => ({ ...each, wire: `${wire}.${each.wire}` }))

const microgrid = field("microgridId", "microgrid_id")
const one = [microgrid, field("id", "dispatch_id")]

const reporter = field("reporter", "reporter", [field("id", "id"), field("name", "name")])

const fate = ["planned", "running", "ran", "missed", "unknown"].map((wire) =>
  field("fate", wire, [
    field("from", "from"),
    field("lateMillis", "late_millis"),
    field("since", "since"),
    field("to", "to"),
    field("onMillis", "on_millis"),
    field("stoppedBy", "stopped_by"),
    field("reason", "reason"),
    field("count", "count"),
    field("last", "last")
  ])
)

const at = field("at", "at")
const reason = field("reason", "reason")

const run = [
  ...[
    field("id", "dispatch_id"),
    field("name", "name"),
    field("type", "type"),
    field("dryRun", "is_dry_run"),
    field("updateTime", "update_time")
  ].map((each) => ({ ...each, model: `dispatch.${each.model}` })),
  field("occurrence", "occurrence"),
  field("until", "until"),
  ...fate,
  field("actor", "actor", [field("step", "step"), at, reason]),
  field("failures", "failures", [at, reason]),
  field("failuresTotal", "failures_total"),
  field("outcome", "outcome", "Free")
]

const place = [field("epoch", "epoch"), field("number", "number")]

const reports = field("reports", "reports", [...place, field("run", "run", run)])

const requests: { readonly [method: string]: ReadonlyArray<Field> } = {
  ListMicrogridDispatches: [
    microgrid,
    field("filter", "filter", filter),
    field("sort", "sort_options", sort),
    field("pageSize", "pagination_params.page_size"),
    field("pageToken", "pagination_params.page_token")
  ],
  StreamMicrogridDispatches: [microgrid],
  CreateMicrogridDispatch: [
    microgrid,
    ...within("dispatch_data", created),
    field("startTime", "start_immediately"),
    field("dispatch", "dispatch_data")
  ],
  UpdateMicrogridDispatch: [
    ...one,
    ...within("update", changeable),
    field("changes", "update_mask"),
    // Metadata of the call, not of its message.
    field("ifUpdateTime", "if-update-time")
  ],
  ReportRuns: [microgrid, reporter, reports, field("after", "after", place)],
  ListRuns: [
    microgrid,
    field("ids", "dispatch_ids"),
    field("from", "from"),
    field("to", "to"),
    field("pageSize", "page_size"),
    field("pageToken", "page_token")
  ],
  ListLastRuns: [microgrid, field("ids", "dispatch_ids")],
  GetMicrogridDispatch: one,
  DeleteMicrogridDispatch: one
}

/**
 * The path in the request of a method for a path in the model; one that the request does not have stays as it is.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FieldPaths } from "@effect-dispatch/api"
 *
 * const wire = FieldPaths.toWire("UpdateMicrogridDispatch", "recurrence.byHours[1]")
 * assert.strictEqual(wire, "update.recurrence.byhours[1]")
 * assert.strictEqual(FieldPaths.fromWire(wire), "recurrence.byHours[1]")
 * ```
 *
 * @category mapping
 * @since 0.1.0
 */
export const toWire = (method: string, path: string): string =>
  translate(path, requests[method] ?? [], "model", "wire") ?? path

/**
 * The path in the model for a path in a request of any kind; one that no request has stays as it is.
 *
 * @category mapping
 * @since 0.1.0
 */
export const fromWire = (path: string): string => {
  for (const fields of Object.values(requests)) {
    const found = translate(path, fields, "wire", "model")
    if (found !== undefined) return found
  }
  return path
}

/**
 * The paths of a mask of an update by the paths of the changes in the model, in the order in which they are written. A
 * change of a rule names its parts.
 *
 * @category mapping
 * @since 0.1.0
 */
export const maskPaths: ReadonlyMap<string, string> = new Map([
  ...changeable.map(({ model, wire }) => [model, wire] as const),
  ...rule.map(({ model, wire }) => [`recurrence.${model}`, `recurrence.${wire}`] as const),
  ["calendar.exceptions", "calendar.exceptions"] as const
])

type Side = "model" | "wire"

const translate = (path: string, fields: ReadonlyArray<Field>, from: Side, to: Side): string | undefined => {
  for (const each of fields) {
    if (!path.startsWith(each[from])) continue
    const rest = path.slice(each[from].length)
    if (each.of === "Free" && isBelow(rest)) return each[to] + rest
    const index = rest.startsWith("[") ? rest.slice(0, rest.indexOf("]") + 1) : ""
    const below = rest.slice(index.length)
    if (below === "") return each[to] + index
    if (each.of === "Free" || !below.startsWith(".")) continue
    const translated = translate(below.slice(1), each.of, from, to)
    if (translated !== undefined) return `${each[to]}${index}.${translated}`
  }
  return undefined
}

/** True for the rest of a path after a whole name. */
const isBelow = (rest: string): boolean => rest === "" || rest.startsWith(".") || rest.startsWith("[")
