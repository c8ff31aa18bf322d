import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Duration, Effect, Option } from "effect"
import { clientLayer, explain, explainCreation } from "../connection.ts"
import * as Json from "../output/json.ts"
import { printSentences, tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { hintOf } from "../output/startNotes.ts"
import * as Times from "../output/times.ts"
import { asDispatch, type Draft, draftOf, later, type Shift } from "../schedule/draft.ts"
import { fromNowOn } from "../schedule/toCome.ts"
import { Failure, UsageError } from "../UsageError.ts"
import { callAll, type Task } from "./bulk.ts"
import { selectByIds, unfiltered } from "./selection.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly ids: ReadonlyArray<DispatchId>
  readonly start: Option.Option<DateTime.Utc>
  readonly shift: Option.Option<Duration.Duration>
  readonly to: Option.Option<MicrogridId>
  readonly target: Option.Option<Target>
  readonly active: Option.Option<boolean>
  readonly preview: boolean
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** An original, and the copy of it that is to be made. */
interface Copy {
  readonly id: DispatchId
  readonly draft: Draft
}

/** Creates copies of dispatches. */
export const run = Effect.fnUntraced(function* (options: Options) {
  if (Option.isSome(options.start) && Option.isSome(options.shift)) return yield* twoWays
  yield* Effect.provide(copyAll(options), clientLayer)
})

const twoWays = new UsageError({
  message: "--start and --shift cannot both be given",
  example: "dispatch copy 1 3-5 --shift 1w"
})

const copyAll = Effect.fnUntraced(function* (options: Options) {
  const { found } = yield* Effect.catch(selectByIds(options.microgrid, options.ids, unfiltered), explain)
  const known = new Set(found.map(({ id }) => id))
  const missing = options.ids.filter((id) => !known.has(id))
  if (missing.length > 0) {
    yield* tell(`Not there: ${Text.enumerated(missing.map((id) => `#${id}`))}`)
    if (!options.keepGoing) return yield* new Failure({ message: "Nothing was copied." })
  }
  const now = yield* DateTime.now
  const copies = copiesOf(found, options, now)
  const past = found.filter(({ id }) => copies.every((copy) => copy.id !== id))
  if (past.length > 0) {
    yield* tell(`Past, and not copied: ${Text.enumerated(past.map(({ id }) => `#${id}`))}; ${wayOut}`)
  }
  if (copies.length === 0) return yield* tell("Nothing is to be copied.")
  yield* options.preview ? preview(copies, options, now) : send(copies, options, now)
  if (missing.length > 0) return yield* new Failure({ message: "" })
})

const wayOut = "--start or --shift gives them another start"

const copiesOf = (
  found: ReadonlyArray<Dispatch>,
  options: Options,
  now: DateTime.Utc
): ReadonlyArray<Copy> => {
  const shift = shiftOf(found, options)
  return found.flatMap((dispatch): ReadonlyArray<Copy> => {
    const draft = fromNowOn(
      later(
        {
          ...draftOf(dispatch),
          target: Option.getOrElse(options.target, () => dispatch.target),
          active: Option.getOrElse(options.active, () => dispatch.active)
        },
        shift
      ),
      now
    )
    return draft === undefined ? [] : [{ id: dispatch.id, draft }]
  })
}

/** The shift of the copies: a length as clocks show it, or as far as the first one is moved. */
const shiftOf = (found: ReadonlyArray<Dispatch>, { shift, start }: Options): Shift => {
  const first = Math.min(...found.map(({ startTime }) => startTime.epochMilliseconds))
  const by = Option.match(start, {
    onNone: () => Option.getOrElse(shift, () => Duration.zero),
    onSome: ({ epochMilliseconds }) => Duration.millis(epochMilliseconds - first)
  })
  return { by, onClock: Option.isNone(start) }
}

const preview = Effect.fnUntraced(function* (
  copies: ReadonlyArray<Copy>,
  options: Options,
  now: DateTime.Utc
) {
  const times = yield* Times.forScreen(options)
  yield* Effect.forEach(
    copies,
    ({ draft, id }) => {
      const dispatch = asDispatch(draft, now)
      return options.json
        ? Json.line({ ...Json.draft(dispatch), copyOf: String(id), result: "preview" })
        : printSentences(`copy of #${id}: ${Text.content(dispatch, now, times)}`)
    },
    { discard: true }
  )
  yield* tell("Nothing was sent.")
})

const send = Effect.fnUntraced(function* (copies: ReadonlyArray<Copy>, options: Options, now: DateTime.Utc) {
  const client = yield* DispatchClient
  const microgrid = Option.getOrElse(options.to, () => options.microgrid)
  const tasks = copies.map(({ draft, id }): Task<Dispatch, Effect.Services<ReturnType<typeof explain>>> => ({
    name: `#${id}`,
    key: { copyOf: String(id) },
    done: "copied",
    call: Effect.catch(client.create(microgrid, draft), explainCreation(hintOf(draft, now)))
  }))
  yield* callAll(tasks, {
    ...options,
    jsonOf: (dispatch) => Json.dispatch(dispatch, now),
    textOf: (dispatch) => `copied as #${dispatch.id}`
  })
})
