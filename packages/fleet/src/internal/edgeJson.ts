/** The JSON of an edge: what `--json` prints of a running-state change, with the versions before and after it. */
import { DispatchJson } from "@effect-dispatch/core/Dispatch"
import { ChangeCause, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { Option, Schema } from "effect"

const Instant = Schema.DateTimeUtcFromString

const ChangeJson = Schema.Struct({
  state: Schema.Literals(["Running", "Stopped"]),
  cause: ChangeCause,
  at: Instant,
  decidedAt: Instant,
  occurrence: Instant,
  until: Schema.NullOr(Instant),
  continues: Schema.Boolean,
  dispatch: DispatchJson,
  previous: Schema.optionalKey(DispatchJson),
  next: Schema.optionalKey(DispatchJson)
})

type Fields = typeof ChangeJson.Type

const encodeFields = Schema.encodeSync(ChangeJson)
const decodeFields = Schema.decodeUnknownOption(ChangeJson)

export const encode = ({ until, ...change }: RunningStateChange): typeof ChangeJson.Encoded =>
  encodeFields({ ...change, until: until ?? null } satisfies Fields)

/** Nothing, if it is not the JSON of an edge. */
export const decode = (json: unknown) =>
  Option.map(decodeFields(json), ({ until, ...change }): RunningStateChange => ({
    ...change,
    until: until ?? undefined
  }))
