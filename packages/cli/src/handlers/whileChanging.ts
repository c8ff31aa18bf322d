/** Changes that depend on the dispatch as it is: read, changed and written, unless somebody else wrote meanwhile. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, type DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect } from "effect"
import { clientLayer, explain, explainWrite } from "../connection.ts"
import { formOf, printWritten } from "../output/dispatch.ts"
import { utcHint } from "../output/startNotes.ts"
import { tell } from "../output/terminal.ts"

interface Which {
  readonly microgrid: MicrogridId
  readonly id: DispatchId
}

interface Options extends Which {
  /** Shows no record. */
  readonly quiet?: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Changes to make, and what a person should know of them; or why there is nothing to do. */
export type Change =
  | { readonly changes: DispatchChanges; readonly notes: ReadonlyArray<string> }
  | { readonly nothing: string }

/** The result of a change: the service's record and what a person should know, or why there was nothing to do. */
export type Changed =
  | { readonly dispatch: Dispatch; readonly notes: ReadonlyArray<string> }
  | { readonly nothing: string }

/** The number of times that a change is tried anew. */
const attemptsMax = 4

const hintOf = ({ calendar, startTime }: DispatchChanges, { startTime: present }: Dispatch): string =>
  calendar != null && "timeZone" in calendar ? utcHint(calendar, startTime ?? present) : ""

/** Reads the dispatch, and writes what `change` says. */
export const changing = Effect.fnUntraced(function* <E, R>(
  { id, microgrid }: Which,
  change: (present: Dispatch) => Effect.Effect<Change, E, R>
) {
  const client = yield* DispatchClient
  const attempted = Effect.fnUntraced(function* (attempt: number) {
    const present = yield* Effect.catch(client.get(microgrid, id), explain)
    const found = yield* change(present)
    if ("nothing" in found) return found
    // Only a rule that was read is written as a whole; any other service knows no such condition.
    const options = found.changes.calendar == null ? {} : { ifUpdateTime: present.updateTime }
    return yield* client.update(microgrid, id, found.changes, options).pipe(
      Effect.matchEffect({
        onFailure: (error: DispatchError) =>
          error.reason._tag === "Conflict" && attempt < attemptsMax
            ? Effect.succeed("Conflict" as const)
            : explainWrite(hintOf(found.changes, present))(error),
        onSuccess: (dispatch) => Effect.succeed({ dispatch, notes: found.notes })
      })
    )
  })
  for (let attempt = 1; ; attempt++) {
    const changed: Changed | "Conflict" = yield* attempted(attempt)
    if (changed !== "Conflict") return changed
  }
})

/** Reads the dispatch, changes it as `change` says, and shows the service's record of it. */
export const whileChanging = <E, R>(
  options: Options,
  change: (present: Dispatch) => Effect.Effect<Change, E, R>
) =>
  Effect.gen(function* () {
    const form = yield* formOf(options)
    const changed = yield* changing(options, change)
    if ("nothing" in changed) yield* tell(changed.nothing)
    else if (options.quiet !== true) yield* printWritten(changed.dispatch, form, changed.notes)
  }).pipe(Effect.provide(clientLayer))
