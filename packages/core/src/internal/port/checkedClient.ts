/** Checks the arguments that an application gives to the client port, before any call reaches the service. */
import { Effect, Stream, Struct } from "effect"
import { CalendarRule } from "../../CalendarRule.ts"
import type { DispatchCalls, DispatchChanges, NewDispatch } from "../../DispatchCalls.ts"
import * as DispatchError from "../../DispatchError.ts"
import type { Rule } from "../../Recurrence.ts"
import { RecurrenceRule } from "../../RecurrenceRule.ts"
import type { Refusal } from "../../Refusal.ts"
import * as RequestChecks from "./requestChecks.ts"

const refusal = ({ message, path }: Refusal): DispatchError.DispatchError =>
  DispatchError.invalidArgument(path, message)

/** Makes a call unless there is a fault. */
const unless = <A, R>(
  faultOf: () => Refusal | undefined,
  call: () => Effect.Effect<A, DispatchError.DispatchError, R>
): Effect.Effect<A, DispatchError.DispatchError, R> =>
  Effect.suspend(() => {
    const fault = faultOf()
    return fault === undefined ? call() : Effect.fail(refusal(fault))
  })

/** A rule may be given by its fields alone; a field that is `undefined` is not given. */
const withRule = (dispatch: NewDispatch): NewDispatch =>
  dispatch.recurrence === undefined ? dispatch : { ...dispatch, recurrence: ruleOf(dispatch.recurrence) }

const ruleOf = (rule: Rule): Rule => {
  if (rule.timeZone !== undefined) return CalendarRule.make(given(rule))
  return rule instanceof RecurrenceRule ? rule : RecurrenceRule.make(given(rule))
}

const withGivenParts = (changes: DispatchChanges): DispatchChanges => {
  const { calendar, recurrence } = changes
  return {
    ...changes,
    ...(recurrence == null || recurrence instanceof RecurrenceRule
      ? undefined
      : { recurrence: given(recurrence) }),
    ...(calendar == null || !("timeZone" in calendar)
      ? undefined
      : { calendar: CalendarRule.make(given(calendar)) })
  }
}

/** A rule that was made already stays what it is. */
const given = <A extends object>(fields: A): A => {
  const copy = { ...fields }
  for (const key of Struct.keys(copy)) if (copy[key] === undefined) delete copy[key]
  return copy
}

/** The same client, but a call with a wrong argument is refused with the field, and not made. */
export const checked = (client: DispatchCalls): DispatchCalls => ({
  ...client,
  list: (microgridId, options = {}) =>
    Stream.suspend(() => {
      const fault = RequestChecks.ofMicrogrid(microgridId) ?? RequestChecks.ofListOptions(options)
      return fault === undefined ? client.list(microgridId, options) : Stream.fail(refusal(fault))
    }),
  stream: (microgridId) =>
    unless(
      () => RequestChecks.ofMicrogrid(microgridId),
      () => client.stream(microgridId)
    ),
  create: (microgridId, dispatch) =>
    unless(
      () => RequestChecks.ofMicrogrid(microgridId) ?? RequestChecks.ofNewDispatch(dispatch),
      () => client.create(microgridId, withRule(dispatch))
    ),
  update: (microgridId, id, changes, options) =>
    unless(
      () =>
        RequestChecks.ofMicrogrid(microgridId) ??
        RequestChecks.ofId(id) ??
        RequestChecks.ofChanges(changes) ??
        (options === undefined ? undefined : RequestChecks.ofUpdateOptions(options)),
      () => client.update(microgridId, id, withGivenParts(changes), options)
    ),
  get: (microgridId, id) =>
    unless(
      () => RequestChecks.ofMicrogrid(microgridId) ?? RequestChecks.ofId(id),
      () => client.get(microgridId, id)
    ),
  delete: (microgridId, id) =>
    unless(
      () => RequestChecks.ofMicrogrid(microgridId) ?? RequestChecks.ofId(id),
      () => client.delete(microgridId, id)
    )
})
